"""The resource monitor: responds to the SDK's calls as Pulumi's engine does in a first preview."""

# ruff: noqa: N802 - names of gRPC methods

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, resource_pb2

from platform_components.engine import transforms, wire
from platform_components.engine.aliases import former_urns, with_inherited
from platform_components.engine.declaration_check import check_declaration
from platform_components.engine.declared import declared
from platform_components.engine.errors import DeclarationError
from platform_components.engine.functions import FunctionCall, Functions, unknown_functions
from platform_components.engine.graph import Resource
from platform_components.engine.invocation import invoked
from platform_components.engine.journal import COMPLAINT, CURRENT, USE_INSTEAD, Journal
from platform_components.engine.packages import Packages
from platform_components.engine.plan.planner import Planned, Planner
from platform_components.engine.plan.steps import Plan
from platform_components.engine.previewed import Previewed, is_configured, previewed
from platform_components.engine.source import Source
from platform_components.engine.stack_references import STACK_REFERENCE, StackReferences
from platform_components.engine.state.sealed import revealed
from platform_components.engine.urn import (
    PROVIDER_TYPE,
    STACK_TYPE,
    make_urn,
    package_of,
    type_of,
)
from platform_components.engine.values import UNKNOWN, Unknown

_FEATURES = (0, 1, *range(3, 13))
"""All of ResourceMonitorFeature up to SENDS_OPTIONS_TO_HOOKS except OUTPUT_VALUES (2), which only
remote components use, and these need their provider. BYTE_STRING and later features are for values and
calls that the monitor does not process."""

_ROOT_STACK, _DEFAULT_PROVIDER = -2, -1
"""Call numbers of the root stack and of default providers, before all calls of the program."""

_AUTONAMING = (
    "pulumi:autonaming is ignored: with names that are not random, a deployment deletes a replaced resource "
    "before it creates the new one"
)


@dataclass
class _Registered:
    """A resource, and the options that its children inherit."""

    resource: Resource
    number: int
    providers: Mapping[str, str] = field(default_factory=dict)
    transforms: tuple[str, ...] = ()
    protect: bool | None = None
    retain_on_delete: bool | None = None
    configured: bool = True
    """Of a provider: whether its configuration is known."""


class ResourceMonitor:
    """Records the resources of one program. The capitalized methods implement Pulumi's gRPC service."""

    def __init__(
        self,
        journal: Journal,
        *,
        project: str,
        stack: str,
        directory: Path,
        config: Mapping[str, Any],
        references: Mapping[str, Mapping[str, Any]],
        functions: Functions = unknown_functions,
        planner: Planner | None = None,
    ) -> None:
        self.journal = journal
        self.outputs: dict[str, Any] = {}
        self.references = StackReferences(references, journal)
        self._project = project
        self._stack = stack
        self._directory = directory
        self._config = config
        self._functions = functions
        self._planner = planner
        self._registered: dict[str, _Registered] = {}
        self._stack_transforms: list[str] = []
        self._invoke_transforms: list[str] = []
        self._packages = Packages()
        if planner and "pulumi:autonaming" in config:
            journal.diagnose("warning", _AUTONAMING)

    @property
    def plan(self) -> Plan | None:
        """The differences from the state; None without a planner."""
        order = [resource.urn for resource in self.resources]
        return self._planner.plan(self.outputs, order) if self._planner else None

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The root stack, default providers by URN, then the others in the order of the program."""
        entries = self._registered.values()
        return tuple(e.resource for e in sorted(entries, key=lambda e: (e.number, e.resource.urn)))

    # --- the deployment ---

    def GetDeploymentInfo(self, request: Any) -> Any:
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def SignalAndWaitForShutdown(self, request: Any) -> Empty:
        return Empty()

    def RegisterPackage(self, request: Any) -> Any:
        return resource_pb2.RegisterPackageResponse(ref=self._packages.register(request))

    def RegisterStackTransform(self, request: Any) -> Empty:
        self._stack_transforms.append(request.token)
        return Empty()

    def RegisterStackInvokeTransform(self, request: Any) -> Empty:
        self._invoke_transforms.append(request.token)
        return Empty()

    def RegisterResourceHook(self, request: Any) -> Empty:
        """Accept the hook and ignore it: hooks run in operations, which a preview does not perform."""
        return Empty()

    RegisterErrorHook = RegisterResourceHook

    # --- functions ---

    async def Invoke(self, request: Any) -> Any:
        if request.tok == "pulumi:pulumi:getResource":
            return self._known_resource(request)
        await transforms.transform_invoke(request, self._invoke_transforms)
        arguments = wire.read(request.args, self._directory)
        provider = self._provider_configuration(request)
        call = FunctionCall(request.tok, arguments, provider, default_provider=not request.provider)
        result = invoked(call, self._functions, self.journal)
        if isinstance(result, Unknown):
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        answer: dict[str, Any] = {"return": wire.write(result)}  # a keyword of Python
        return resource_pb2.ResourceInvokeResponse(**answer)

    def _provider_configuration(self, request: Any) -> Mapping[str, Any]:
        """The configuration of an invoke's provider; of a default provider the stack's."""
        if request.provider:
            entry = self._registered.get(request.provider.rpartition("::")[0])
            return entry.resource.inputs if entry else {}
        # A call creates it, as in Pulumi (getProviderFromSource in pkg/resource/deploy/source_eval.go).
        urn = self._default_provider(request, request.tok).rpartition("::")[0]
        return self._registered[urn].resource.inputs

    def _configuration_of(self, package: str) -> dict[str, Any]:
        """The stack's configuration of a default provider."""
        prefix = f"{package}:"
        return {key.removeprefix(prefix): v for key, v in self._config.items() if key.startswith(prefix)}

    def _known_resource(self, request: Any) -> Any:
        """Return the state of a resource of this program, for a resource reference."""
        urn = request.args.fields["urn"].string_value
        resource = self._registered[urn].resource
        state = {"urn": urn, "id": resource.id, "state": resource.outputs}
        answer: dict[str, Any] = {"return": wire.write(state)}
        return resource_pb2.ResourceInvokeResponse(**answer)

    def Call(self, request: Any) -> Any:
        answer: dict[str, Any] = {"return": wire.write({"result": UNKNOWN})}
        return provider_pb2.CallResponse(**answer)

    def ExistsResource(self, request: Any) -> Any:
        return resource_pb2.ExistsResourceResponse(exists=False, unknown=True)

    # --- resources ---

    async def RegisterResource(self, request: Any) -> Any:
        parent = self._registered.get(request.parent)
        tokens = [*(callback.token for callback in request.transforms), *self._inherited_transforms(parent)]
        own_tokens = tuple(callback.token for callback in request.transforms)
        if parent is not None:
            _inherit(request, parent)
        if request.custom or request.remote:
            request.provider = self._explicit_provider(request, parent)
        if tokens:
            await transforms.transform_resource(request, tokens, own=bool(own_tokens))
        urn = make_urn(self._stack, self._project, request.parent, request.type, request.name)
        self._check(request, urn, custom=request.custom or request.remote)
        manages = request.remote or (request.custom and not request.type.startswith(PROVIDER_TYPE))
        provider = (request.provider or self._default_provider(request)) if manages else ""
        resource = declared(
            request,
            urn=urn,
            provider="" if request.remote else provider,  # its plugin registers it, as a local component
            plugin=self._packages.plugin(request),
            aliases=former_urns(
                request,
                urn,
                parent.resource.aliases if parent else (),
                stack=self._stack,
                project=self._project,
            ),
            directory=self._directory,
            source=_source(),
        )
        providers = dict(request.providers)
        if not request.custom and parent is not None:
            providers = {**parent.providers, **providers}
        response = resource_pb2.RegisterResourceResponse(urn=urn)
        struct, in_state = request.object, False
        if self._planner:
            aliases = self._aliases_in_state(request, urn)
            planned = self._planner.register(resource, aliases, remote=request.remote)
            self._warn(resource, planned)
            response.id = planned.id
            if planned.outputs is not None and (request.custom or request.remote):
                resource, struct = self._with_known(resource, planned)
                response.object.CopyFrom(struct)
                in_state = True
        if request.custom:
            secrets = request.additionalSecretOutputs
            preview = self._previewed(resource, struct, secrets, in_state=in_state)
            resource = replace(resource, outputs=preview.outputs)
            response.object.CopyFrom(preview.response)
        self._registered[urn] = _Registered(
            resource,
            _number(request.type),
            providers,
            own_tokens,
            request.protect if request.HasField("protect") else None,
            request.retainOnDelete if request.HasField("retainOnDelete") else None,
            is_configured(resource.inputs) if resource.is_provider else True,
        )
        if request.remote:
            self.journal.diagnose(
                "warning",
                f'the children of component {request.type} "{request.name}" are unknown offline: '
                "a plugin creates them",
                urn=urn,
                source=resource.source,
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Empty:
        entry = self._registered[request.urn]
        for path in wire.paths_containing(request.outputs, COMPLAINT):
            if entry.resource.is_stack:
                self._report_formatted_output(f"output {path}", self.journal.export_of(path))
            else:
                place = f'output {path} of "{entry.resource.name}"'
                self._report_formatted_output(place, entry.resource.source)
        outputs = wire.read(request.outputs, self._directory)
        entry.resource = replace(entry.resource, outputs=outputs)
        if entry.resource.is_stack:
            self.outputs = outputs
        return Empty()

    def ReadResource(self, request: Any) -> Any:
        urn = make_urn(self._stack, self._project, request.parent, request.type, request.name)
        self._check(request, urn, custom=True)
        inputs = wire.read(request.properties, self._directory)
        id_ = UNKNOWN if request.id == wire.UNKNOWN_TEXT else request.id
        known = inputs if id_ is not UNKNOWN else {}
        if request.type == STACK_REFERENCE:
            inputs = {"name": id_}
            known = inputs | self.references.state(request.id, urn, _source())
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=True,
            parent=request.parent,
            provider=self._explicit_provider(request, self._registered.get(request.parent))
            or self._default_provider(request),
            inputs=inputs,
            outputs=known,
            dependencies=tuple(sorted(request.dependencies)),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            version=request.version,
            external=True,
            id="" if id_ is UNKNOWN else request.id,
            source=_source(),
        )
        struct, in_state = wire.write(known), False
        if self._planner:
            aliases = with_inherited((), request.parent, self._former_parent(request), urn)
            available = self.references.is_available(request.id)
            planned = self._planner.read(resource, aliases, available=available)
            if planned.outputs is not None:
                resource, struct = self._with_known(resource, planned)
                in_state = True
        preview = self._previewed(resource, struct, request.additionalSecretOutputs, in_state=in_state)
        resource = replace(resource, outputs=preview.outputs)
        self._registered[urn] = _Registered(resource, _number(request.type))
        return resource_pb2.ReadResourceResponse(urn=urn, id=resource.id, properties=preview.response)

    def _previewed(
        self, resource: Resource, struct: Struct, secret_keys: Iterable[str], *, in_state: bool
    ) -> Previewed:
        """The outputs of a resource, of which `struct` contains those that its provider may know.

        `in_state`: whether they come from the state, which needs no provider.
        """
        provider = self._registered.get(resource.provider.rpartition("::")[0])
        call = CURRENT.get()
        if provider is not None and not provider.configured and not in_state:
            resource, struct = replace(resource, outputs={}), Struct()
        found = previewed(resource.outputs, struct, secret_keys, call.resource_class if call else None)
        if found.unfit:
            self.journal.diagnose(
                "info",
                f"{', '.join(found.unfit)} of {resource.type}: unknown until deployment, because the input "
                "has another type than the output",
                urn=resource.urn,
                source=resource.source,
            )
        return found

    def _aliases_in_state(self, request: Any, urn: str) -> tuple[str, ...]:
        """The URNs that the resource can have in the state."""
        former = self._planner.former if self._planner else {}
        parents = self._former_parent(request)
        return former_urns(request, urn, parents, stack=self._stack, project=self._project, former=former)

    def _former_parent(self, request: Any) -> tuple[str, ...]:
        """The URN in the state of a parent that an alias found (generateAliases in step_generator.go)."""
        former = self._planner.former if self._planner else {}
        return (former[request.parent],) if request.parent in former else ()

    def _warn(self, resource: Resource, planned: Planned) -> None:
        if planned.warning:
            message = f'{resource.type} "{resource.name}" {planned.warning}'
            self.journal.diagnose("warning", message, urn=resource.urn, source=resource.source)

    def _with_known(self, resource: Resource, planned: Planned) -> tuple[Resource, Struct]:
        """The resource with what the state has of it, whose secrets are decrypted here."""
        outputs = revealed(planned.outputs)
        self.journal.redact.learn_marked(outputs)
        return replace(resource, id=planned.id, outputs=outputs), wire.write(outputs)

    def _inherited_transforms(self, parent: _Registered | None) -> list[str]:
        """Transforms of the parents, nearest first, then those of the stack."""
        tokens: list[str] = []
        while parent is not None:
            tokens += parent.transforms
            parent = self._registered.get(parent.resource.parent)
        return tokens + self._stack_transforms

    def _check(self, request: Any, urn: str, *, custom: bool) -> None:
        """Raise DeclarationError for an invalid type or a duplicate URN; report Outputs in strings."""
        existing = self._registered.get(urn)
        check_declaration(request, existing.resource if existing else None, custom=custom)
        properties = request.properties if hasattr(request, "properties") else request.object
        for path in wire.paths_containing(properties, COMPLAINT):
            self._report_formatted_output(f'{path} of {request.type} "{request.name}"', _source())

    def _report_formatted_output(self, place: str, source: Source | None) -> None:
        self.journal.fail(
            DeclarationError(
                f"an Output is formatted into a string in {place}", remedy=USE_INSTEAD, location=source
            )
        )

    def _explicit_provider(self, request: Any, parent: _Registered | None) -> str:
        """`urn::id` of the resource's explicit provider, or of the one from its parent, or empty."""
        package = package_of(request.type)
        if request.provider:
            return str(request.provider)
        if parent is None:
            return ""
        inherited = parent.resource.provider
        if inherited and package_of(type_of(inherited)) == package:
            return inherited
        return parent.providers.get(package, "")

    def _default_provider(self, request: Any, type_: str = "") -> str:
        package, plugin = package_of(type_ or request.type), self._packages.plugin(request)
        name = self._packages.default_provider_name(request)
        type_ = f"{PROVIDER_TYPE}{package}"
        urn = make_urn(self._stack, self._project, "", type_, name)
        if urn not in self._registered:
            own = self._configuration_of(package)
            inputs = {**own, **{key: value for key, value in plugin.items() if value}}
            resource = Resource(urn=urn, type=type_, name=name, custom=True, inputs=inputs, outputs=inputs)
            id_ = self._planner.register(resource, ()).id if self._planner else ""
            self._registered[urn] = _Registered(replace(resource, id=id_), _DEFAULT_PROVIDER)
        return f"{urn}::{self._registered[urn].resource.id or wire.UNKNOWN_TEXT}"


def _inherit(request: Any, parent: _Registered) -> None:
    """Set the options that a child inherits from its parent in Pulumi's engine, unless it sets them."""
    if parent.protect is not None and not request.HasField("protect"):
        request.protect = parent.protect
    if parent.retain_on_delete is not None and not request.HasField("retainOnDelete"):
        request.retainOnDelete = parent.retain_on_delete
    if not request.deletedWith:
        request.deletedWith = parent.resource.deleted_with


def _source() -> Source | None:
    call = CURRENT.get()
    return call.source if call else None


def _number(type_: str) -> int:
    """The position in the order of the program: the number of the current call."""
    call = CURRENT.get()
    return _ROOT_STACK if type_ == STACK_TYPE or call is None else call.number
