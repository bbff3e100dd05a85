"""Pods: they run without privileges, as the Pod Security Standards of Kubernetes require.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards. The first two rules are controls
of the `baseline` profile, the others of `restricted`; `pod_controls` has further ones of both. A patch is
checked only for the fields that it sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from platform_components.policy import Example, PolicyContext, ResourceView, Rule, Undetermined

from .flags import is_off, is_on
from .kubernetes_objects import POD_KINDS, Container, containers, of_kind, pods
from .pod_examples import PASSING, POD, as_init, everywhere, pod, secured

Findings = Iterator[str | Undetermined]

_HOST_NAMESPACES: Final = ("hostNetwork", "hostPID", "hostIPC")
_SECCOMP: Final = ("RuntimeDefault", "Localhost")
_CAPABILITY: Final = "NET_BIND_SERVICE"
"""The only capability that the `restricted` profile lets a container add."""


def _privileged(view: ResourceView, context: PolicyContext) -> Findings:
    for container in containers(view):
        yield from _flagged(container.fields.peek("securityContext", "privileged"), container, "privileged")
        host_process = container.security("windowsOptions", "hostProcess")
        yield from _flagged(host_process, container, "windowsOptions.hostProcess")


def _flagged(value: Any, container: Container, name: str) -> Findings:
    if isinstance(value, Undetermined):
        yield value
    elif is_on(value):
        yield f"{container.label}: {name} is on"


def _host_access(view: ResourceView, context: PolicyContext) -> Findings:
    for spec, _ in pods(view):
        for name in _HOST_NAMESPACES:
            value = spec.peek(name)
            if isinstance(value, Undetermined):
                yield value
            elif is_on(value):
                yield f"{name} is on"
        for volume in spec.each("volumes"):
            if volume.has("hostPath"):
                yield f"volume {volume.peek('name')} is the hostPath {volume.peek('hostPath', 'path')}"
    for container in containers(view):
        for port in container.fields.each("ports"):
            number = port.peek("hostPort")
            if isinstance(number, Undetermined):
                yield number
            elif number:
                yield f"{container.label}: hostPort is {number}"


def _non_root(view: ResourceView, context: PolicyContext) -> Findings:
    for container in containers(view):
        required, user = container.security("runAsNonRoot"), container.security("runAsUser")
        yield from (value for value in (required, user) if isinstance(value, Undetermined))
        if str(user) == "0":
            yield f"{container.label}: runAsUser is 0"
        elif _is_missing(required, container) or is_off(required):
            yield f"{container.label}: runAsNonRoot is not on"


def _privilege_escalation(view: ResourceView, context: PolicyContext) -> Findings:
    for container in _of_linux(view):
        value = container.fields.peek("securityContext", "allowPrivilegeEscalation")
        if isinstance(value, Undetermined):
            yield value
        elif is_on(value):
            yield f"{container.label}: allowPrivilegeEscalation is on"
        elif _is_missing(value, container):
            yield f"{container.label}: allowPrivilegeEscalation is not off"


def _capabilities(view: ResourceView, context: PolicyContext) -> Findings:
    for container in _of_linux(view):
        added, dropped = (
            container.fields.peek("securityContext", "capabilities", name) for name in ("add", "drop")
        )
        yield from [value for value in (added, dropped) if isinstance(value, Undetermined)][:1]
        if isinstance(added, list) and (extra := [name for name in added if name != _CAPABILITY]):
            yield f"{container.label}: adds the capabilities {', '.join(extra)}"
        if _is_missing(dropped, container) or (isinstance(dropped, list) and "ALL" not in dropped):
            yield f"{container.label}: does not drop the capabilities ALL"


def _seccomp(view: ResourceView, context: PolicyContext) -> Findings:
    for container in _of_linux(view):
        profile = container.security("seccompProfile", "type")
        if isinstance(profile, Undetermined):
            yield profile
        elif _is_missing(profile, container):
            yield f"{container.label}: seccompProfile is not set"
        elif profile is not None and profile not in _SECCOMP:
            yield f"{container.label}: seccompProfile is {profile}"


def _image_tag(view: ResourceView, context: PolicyContext) -> Findings:
    for container in containers(view):
        image = container.fields.peek("image")
        if isinstance(image, Undetermined):
            yield image
        elif image and "@" not in image:
            _, colon, tag = str(image).rpartition("/")[2].partition(":")
            if not colon or tag == "latest":
                yield f"{container.label}: image {image} has {'the tag latest' if colon else 'no tag'}"


def _of_linux(view: ResourceView) -> Iterator[Container]:
    """The containers that are not Windows containers, which don't have these settings."""
    return (each for each in containers(view) if each.pod.peek("os", "name") != "windows")


def _is_missing(value: Any, container: Container) -> bool:
    return value is None and not container.partial


_BY_POD = Example(
    POD,
    pod(
        securityContext={"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}},
        containers=secured(runAsNonRoot=None, seccompProfile=None)["spec"]["containers"],
    ),
)
_WINDOWS = Example(POD, pod(os={"name": "windows"}, containers=[{"name": "web", "image": "web:1.4.2"}]))

_USE_A_WORKLOAD = "use a Workload, or "

PODS: Final = (
    Rule(
        id="pod-privileged",
        title="No container is privileged",
        why="A privileged container is root on its node, and reads the secrets of all pods there.",
        remedy="remove privileged; add the single capability that the program requires",
        severity="critical",
        controls=("Kubernetes PSS baseline", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_privileged,
        passing=(*PASSING, Example(POD, secured(privileged=False))),
        failing=(
            *everywhere(secured(privileged=True), "container web: privileged is on"),
            Example(POD, as_init(secured(privileged=True)), says="privileged is on"),
            Example(POD, pod(ephemeralContainers=secured(privileged=True)["spec"]["containers"])),
            Example(POD, secured(windowsOptions={"hostProcess": True}), says="hostProcess is on"),
        ),
    ),
    Rule(
        id="pod-host-access",
        title="No pod uses the namespaces, directories or ports of its node",
        why="Such a pod sees the traffic, the processes or the files of all pods of its node, "
        "and network policies do not apply to hostNetwork.",
        remedy="remove the field; a Service makes a port reachable, a PersistentVolumeClaim stores files",
        severity="high",
        controls=("Kubernetes PSS baseline", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_host_access,
        passing=(
            *PASSING,
            Example(POD, pod(hostNetwork=False, containers=[], volumes=[{"name": "tmp", "emptyDir": {}}])),
        ),
        failing=(
            *everywhere(pod(hostNetwork=True), "hostNetwork is on"),
            Example(POD, pod(hostPID=True), says="hostPID is on"),
            Example(POD, pod(hostIPC=True), says="hostIPC is on"),
            Example(
                POD,
                pod(volumes=[{"name": "root", "hostPath": {"path": "/"}}]),
                says="volume root is the hostPath /",
            ),
            Example(
                POD,
                pod(containers=[{"name": "web", "ports": [{"containerPort": 80, "hostPort": 80}]}]),
                says="container web: hostPort is 80",
            ),
        ),
    ),
    Rule(
        id="pod-non-root",
        title="Every container runs as a user other than root",
        why="Root in a container is root on the node as soon as the container's isolation fails.",
        remedy=f"{_USE_A_WORKLOAD}set runAsNonRoot in the securityContext of the pod",
        severity="medium",
        enforcement="advisory",
        controls=("Kubernetes PSS restricted", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_non_root,
        passing=(*PASSING, _BY_POD),
        failing=(
            *everywhere(secured(runAsNonRoot=False), "container web: runAsNonRoot is not on"),
            Example(POD, secured(runAsNonRoot=None), says="runAsNonRoot is not on"),
            Example(POD, secured(runAsUser=0), says="runAsUser is 0"),
        ),
    ),
    Rule(
        id="pod-privilege-escalation",
        title="No process in a container can gain more privileges than its parent",
        why="A setuid program in the image makes a user root, who then attacks the node.",
        remedy=f"{_USE_A_WORKLOAD}set allowPrivilegeEscalation to false",
        severity="medium",
        enforcement="advisory",
        controls=("Kubernetes PSS restricted", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_privilege_escalation,
        passing=(*PASSING, _WINDOWS),
        failing=(
            *everywhere(secured(allowPrivilegeEscalation=True), "allowPrivilegeEscalation is on"),
            Example(POD, secured(allowPrivilegeEscalation=None), says="is not off"),
        ),
    ),
    Rule(
        id="pod-capabilities",
        title="Every container drops all capabilities, and adds at most NET_BIND_SERVICE",
        why="Capabilities such as SYS_ADMIN or NET_ADMIN are steps from a container to its node.",
        remedy=f'{_USE_A_WORKLOAD}set capabilities to {{"drop": ["ALL"]}}',
        severity="medium",
        enforcement="advisory",
        controls=("Kubernetes PSS restricted", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_capabilities,
        passing=(*PASSING, _WINDOWS),
        failing=(
            *everywhere(secured(capabilities={"drop": ["KILL"]}), "does not drop the capabilities ALL"),
            Example(POD, secured(capabilities=None), says="does not drop the capabilities ALL"),
            Example(
                POD,
                secured(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN", _CAPABILITY]}),
                says="adds the capabilities SYS_ADMIN",
            ),
        ),
    ),
    Rule(
        id="pod-seccomp",
        title="Every container has a seccomp profile",
        why="Without one, a container can use system calls in which most kernel exploits begin.",
        remedy=f"{_USE_A_WORKLOAD}set seccompProfile to RuntimeDefault in the securityContext of the pod",
        severity="medium",
        enforcement="advisory",
        controls=("Kubernetes PSS restricted", "NIST 800-53 SC-39"),
        types=of_kind(*POD_KINDS),
        check=_seccomp,
        passing=(*PASSING, _BY_POD, _WINDOWS),
        failing=(
            *everywhere(secured(seccompProfile={"type": "Unconfined"}), "seccompProfile is Unconfined"),
            Example(POD, secured(seccompProfile=None), says="seccompProfile is not set"),
        ),
    ),
    Rule(
        id="image-tag",
        title="Every image has a digest, or a tag other than latest",
        why="latest can move: replicas run different versions, and a rollback brings back the same image.",
        remedy="use the digest of the image, or the tag of a version",
        severity="medium",
        enforcement="advisory",
        controls=("NIST 800-53 CM-2",),
        types=of_kind(*POD_KINDS),
        check=_image_tag,
        passing=(
            *PASSING,
            Example(POD, pod(containers=[{"name": "web", "image": "registry:5000/web@sha256:8c1f"}])),
            Example(POD, pod(containers=[{"name": "web", "image": "registry:5000/web:1.4.2"}])),
        ),
        failing=(
            *everywhere(
                pod(containers=[{"name": "web", "image": "web:latest"}]),
                "container web: image web:latest has the tag latest",
            ),
            Example(POD, pod(containers=[{"image": "registry:5000/web"}]), says="web has no tag"),
        ),
    ),
)
