"""Service secrets: secrets of Secrets Manager in the containers of a service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, cast

import pulumi
from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from platform_components.aws.access import Access
from platform_components.aws.iam import Statement, via_service
from platform_components.aws.keys import KmsKeyArn, key_arn
from platform_components.aws.regions import region_problems
from platform_components.aws.secrets import SecretArn, secret_arn
from platform_components.base import Args, Component, Context, Input, InvalidInput, Problem
from platform_components.base.values import matching
from platform_components.kubernetes.pod import PodAdditions
from platform_components.kubernetes.reserved_variables import reserved_for_processes
from platform_components.kubernetes.secret_provider_class import (
    WHOLE_SECRET,
    SecretObject,
    provider_class,
    secrets_mount,
)
from platform_components.platform_services import PlatformServicesOutputs

SUFFIX: Final = "secrets"
"""Suffix of the SecretProviderClass of a service."""

DIRECTORY: Final = "/run/secrets/platform"
"""Directory of the files. Not `/run/secrets`, below which Kubernetes mounts the token of Pod Identity."""


class ServiceSecret(Args):
    """A secret of Secrets Manager that the containers of a service read."""

    model_config = ConfigDict(populate_by_name=True)  # `as` is a keyword of Python

    also_known_as = MappingProxyType({"secret_arn": "arn", "json_key": "key", "kms_key": "kms_key_arn"})

    arn: Input[SecretArn]
    """Complete ARN of the secret, in the region of the environment. A secret of another account requires a
    resource policy that allows the role of the service, and `kms_key_arn`."""

    key: Annotated[str, matching(r"[\w./@ -]{1,256}", "a key of the secret's JSON")] | None = None
    """Key of a value in a secret that contains a JSON object with strings. Default: the complete secret."""

    as_: Literal["file", "env"] = Field(default="file", validation_alias="as")
    """`file` mounts the secret as a file and sets `<NAME>_FILE` to its path; the file is updated when the
    secret is rotated. `env` sets the variable `<NAME>` and creates a Kubernetes Secret with the value, which
    everyone with read access to the Secrets of the namespace can read; running containers keep the value."""

    kms_key_arn: Input[KmsKeyArn] | None = None
    """Customer managed KMS key of the secret. Default: the AWS managed key `aws/secretsmanager`."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from region_problems(context, arn=self.arn, kms_key_arn=self.kms_key_arn)

    @property
    def path(self) -> str:
        """The JMESPath expression of the value; a quoted identifier can have any characters."""
        return json.dumps(self.key) if self.key else WHOLE_SECRET


class _OrArn:
    """Accepts the ARN instead of the args: `STRIPE_KEY: <arn>` for `STRIPE_KEY: {arn: <arn>}`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def expanded(value: Any) -> Any:
            return {"arn": value} if isinstance(value, str | pulumi.Output) else value

        args = handler.generate_schema(ServiceSecret)
        return core_schema.no_info_before_validator_function(expanded, args)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        args = handler(schema)
        arn = handler.resolve_ref_schema(args)["properties"]["arn"]
        return {"anyOf": [{key: arn[key] for key in ("type", "pattern")}, args]}


VariableName = Annotated[
    str,
    matching(r"[A-Za-z_][A-Za-z0-9_]{0,127}", "letters, digits and underscores, and not start with a digit"),
]
"""Name of an environment variable."""
Secrets = Mapping[VariableName, Annotated[ServiceSecret | str | pulumi.Output[str], _OrArn()]]
"""Secrets of a service by name: `STRIPE_KEY`. Validation replaces ARNs by args."""


def secret_variables(secrets: Secrets) -> Iterator[tuple[str, str]]:
    """Yield the environment variables that secrets set, each with the path of the field."""
    for name, secret in _parsed(secrets):
        yield f"{name}_FILE" if secret.as_ == "file" else name, f"secrets.{name}"


def reserved_names(secrets: Secrets) -> Iterator[Problem]:
    """Yield the problems of secrets whose environment variables are reserved."""
    for variable, path in secret_variables(secrets):
        if reserved := reserved_for_processes(variable):
            yield Problem(path, f"sets {variable}, which {reserved[0]}", reserved[1])


def checked_secrets(secrets: Secrets, context: Context, subject: str) -> Secrets:
    """Return the secrets, with ARNs that are checked once they are known.

    Raises:
        InvalidInput: in deployment, an ARN is invalid or in another region; with `subject` and its field.
    """
    outputs: dict[int, pulumi.Output[str]] = {}  # one per Output: secrets are compared by it

    def checked(arn: Input[str] | None, validate: Callable[[str], str], path: str) -> Input[str] | None:
        def check(known: object) -> str:
            # The value is not shown: it may be the secret instead of its ARN.
            try:
                found = validate(str(known))
            except ValueError as error:
                problem = Problem(path, str(error), getattr(error, "remedy", ""))
                raise InvalidInput(subject, [problem]) from None
            for each in region_problems(context, **{path: found}):
                raise InvalidInput(subject, [each])
            return found

        if not isinstance(arn, pulumi.Output):
            return arn
        if id(arn) not in outputs:
            outputs[id(arn)] = arn.apply(check)
        return outputs[id(arn)]

    return {
        name: secret.model_copy(
            update={
                "arn": checked(secret.arn, secret_arn, f"secrets.{name}.arn"),
                "kms_key_arn": checked(secret.kms_key_arn, key_arn, f"secrets.{name}.kms_key_arn"),
            }
        )
        for name, secret in _parsed(secrets)
    }


def secret_paths(secrets: Secrets) -> dict[str, str]:
    """Return the environment variables with the paths of the files."""
    return {
        f"{name}_FILE": f"{DIRECTORY}/{name}" for name, secret in _parsed(secrets) if secret.as_ == "file"
    }


def secret_access(secrets: Secrets) -> Access:
    """Return the permissions to read exactly these secrets."""
    arns = {next(iter(each.files)): each.arn for each in _objects(secrets)}
    keys = [secret.kms_key_arn for _, secret in _parsed(secrets) if secret.kms_key_arn is not None]
    statements = [
        Statement("kms:Decrypt", [key], sid="SecretKeys", condition=via_service("secretsmanager", key))
        for key in keys
    ]
    return Access(secrets=arns, statements=tuple(statements))


def secret_additions(
    component: Component[Any],
    secrets: Secrets,
    platform_services: PlatformServicesOutputs | None,
    provider: pulumi.ProviderResource,
) -> PodAdditions:
    """Return the volume and the variables of the pods, and the SecretProviderClass that they require."""
    if not secrets or platform_services is None:
        return PodAdditions()
    class_name = f"{component.name}-{SUFFIX}"
    in_environment = {name: name for name, secret in _parsed(secrets) if secret.as_ == "env"}

    def create(first: Sequence[pulumi.Resource]) -> pulumi.Resource:
        return provider_class(
            component,
            SUFFIX,
            component.name,
            component.context.region,
            _objects(secrets),
            sync=in_environment,
            opts=component.child(provider=provider, depends_on=list(first)),
        )

    def synced(name: str) -> pulumi.Output[str]:
        subject = f'{type(component).__name__} "{component.name}"'
        return platform_services.sync_to_kubernetes.apply(
            lambda supported: class_name if supported else _not_supported(subject, name)
        )

    return PodAdditions(
        mounts=[secrets_mount(DIRECTORY, class_name)],
        variables=[
            {"name": name, "value_from": {"secret_key_ref": {"name": synced(name), "key": name}}}
            for name in in_environment
        ],
        objects=[create],
    )


def driver_problems(
    users: Iterable[str], platform_services: PlatformServicesOutputs | None
) -> Iterator[Problem]:
    """Yield a problem if fields need the driver of the platform services, which were not passed."""
    needed_by = [user for user in users if platform_services is None]
    if needed_by:
        what = f"is required by {' and '.join(needed_by)}"
        yield Problem("platform_services", what, "pass PlatformServicesOutputs.imported(...)")


def _parsed(secrets: Secrets) -> Iterable[tuple[str, ServiceSecret]]:
    return cast("Mapping[str, ServiceSecret]", secrets).items()


def _objects(secrets: Secrets) -> list[SecretObject]:
    """Return one object per ARN, because the driver's provider fetches each object separately."""
    found: dict[object, tuple[Input[str], dict[str, str]]] = {}
    for name, secret in _parsed(secrets):
        identity = secret.arn if isinstance(secret.arn, str) else id(secret.arn)
        found.setdefault(identity, (secret.arn, {}))[1][name] = secret.path
    return [SecretObject(arn, files) for arn, files in found.values()]


def _not_supported(subject: str, name: str) -> str:
    what = "requires sync_to_kubernetes of PlatformServices"
    remedy = "set platform:sync_to_kubernetes of the stack platform-services, or remove it to mount a file"
    raise InvalidInput(subject, [Problem(f"secrets.{name}.as", what, remedy)])
