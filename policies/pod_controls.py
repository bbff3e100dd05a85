"""Pods: the controls of the Pod Security Standards that concern the kernel and volumes.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards. The first four rules are controls
of the `baseline` profile, the last one of `restricted`. The values are those that Kubernetes 1.36 allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from platform_components.policy import Example, PolicyContext, Properties, ResourceView, Rule, Undetermined

from .kubernetes_objects import POD_KINDS, containers, of_kind, pod_annotations, pods
from .pod_examples import PASSING, POD, everywhere, pod, secured

Findings = Iterator[str | Undetermined]

_SELINUX_TYPES: Final = ("container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_APPARMOR: Final = ("RuntimeDefault", "Localhost")
_APPARMOR_ANNOTATION: Final = "container.apparmor.security.beta.kubernetes.io/"
_SYSCTLS: Final = frozenset(
    (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    )
)
_VOLUMES: Final = frozenset(
    (
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"),
        *("persistentVolumeClaim", "projected", "secret"),
    )
)
_OTHER_FIELDS: Final = frozenset(("name", "hostPath"))
"""Fields of a volume that are no type, or one that `pod-host-access` reports."""


def _security_contexts(view: ResourceView) -> Iterator[tuple[str, Properties]]:
    """The pods and containers of a resource, each with a label: both can have a security context."""
    yield from (("pod", spec) for spec, _ in pods(view))
    yield from ((container.label, container.fields) for container in containers(view))


def _proc_mount(view: ResourceView, context: PolicyContext) -> Findings:
    for container in containers(view):
        mount = container.fields.peek("securityContext", "procMount")
        if isinstance(mount, Undetermined):
            yield mount
        elif mount not in (None, "Default"):
            yield f"{container.label}: procMount is {mount}"


def _selinux(view: ResourceView, context: PolicyContext) -> Findings:
    for label, fields in _security_contexts(view):
        for name in ("type", "user", "role"):
            value = fields.peek("securityContext", "seLinuxOptions", name)
            if isinstance(value, Undetermined):
                yield value
            elif value and not (name == "type" and value in _SELINUX_TYPES):
                yield f"{label}: seLinuxOptions.{name} is {value}"


def _apparmor(view: ResourceView, context: PolicyContext) -> Findings:
    for label, fields in _security_contexts(view):
        profile = fields.peek("securityContext", "appArmorProfile", "type")
        if isinstance(profile, Undetermined):
            yield profile
        elif profile not in (None, *_APPARMOR):
            yield f"{label}: appArmorProfile is {profile}"
    for annotated in pod_annotations(view):
        for name, value in annotated.items():
            if not name.startswith(_APPARMOR_ANNOTATION):
                continue
            if isinstance(value, Undetermined):
                yield value
            elif value not in (None, "", "runtime/default") and not str(value).startswith("localhost/"):
                yield f"annotation {name} is {value}"


def _sysctls(view: ResourceView, context: PolicyContext) -> Findings:
    for spec, _ in pods(view):
        for sysctl in spec.each("securityContext", "sysctls"):
            name = sysctl.peek("name")
            if isinstance(name, Undetermined):
                yield name
            elif name not in _SYSCTLS:
                yield f"sysctl {name} is set"


def _volumes(view: ResourceView, context: PolicyContext) -> Findings:
    for spec, _ in pods(view):
        for volume in spec.each("volumes"):
            for type_ in sorted({*volume.keys()} - _VOLUMES - _OTHER_FIELDS):
                if volume.has(type_):
                    yield f"volume {volume.peek('name')} has the type {type_}"


def _annotated(value: str) -> dict[str, Any]:
    return {**secured(), "metadata": {"annotations": {f"{_APPARMOR_ANNOTATION}web": value}}}


def _with_sysctls(*names: str) -> dict[str, Any]:
    return pod(securityContext={"sysctls": [{"name": name, "value": "1"} for name in names]})


POD_CONTROLS: Final = (
    Rule(
        id="pod-proc-mount",
        title="Every container has the default masks of /proc",
        why="An unmasked /proc shows a container files of the kernel, and lets it write some.",
        remedy="remove procMount",
        severity="high",
        enforcement="advisory",
        controls=("Kubernetes PSS baseline", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_proc_mount,
        passing=(*PASSING, Example(POD, secured(procMount="Default"))),
        failing=everywhere(secured(procMount="Unmasked"), "container web: procMount is Unmasked"),
    ),
    Rule(
        id="pod-selinux",
        title="No pod has SELinux options other than those of containers",
        why="A type such as spc_t lets a container access the files and processes of its node.",
        remedy="remove seLinuxOptions, or use container_t as type without user and role",
        severity="high",
        enforcement="advisory",
        controls=("Kubernetes PSS baseline", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_selinux,
        passing=(
            *PASSING,
            Example(POD, secured(seLinuxOptions={"type": "container_kvm_t", "level": "s0:c1,c2"})),
        ),
        failing=(
            *everywhere(secured(seLinuxOptions={"type": "spc_t"}), "container web: seLinuxOptions.type is"),
            Example(
                POD, secured(seLinuxOptions={"user": "system_u"}), says="seLinuxOptions.user is system_u"
            ),
            Example(
                POD, secured(seLinuxOptions={"role": "system_r"}), says="seLinuxOptions.role is system_r"
            ),
            Example(POD, pod(securityContext={"seLinuxOptions": {"type": "spc_t"}}), says="pod: seLinux"),
        ),
    ),
    Rule(
        id="pod-apparmor",
        title="No pod disables the AppArmor profile of its containers",
        why="The default profile denies mounts and writes to files of the kernel.",
        remedy="remove appArmorProfile and the annotation, or set RuntimeDefault",
        severity="high",
        enforcement="advisory",
        controls=("Kubernetes PSS baseline", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_apparmor,
        passing=(
            *PASSING,
            Example(POD, secured(appArmorProfile={"type": "RuntimeDefault"})),
            Example(POD, _annotated("runtime/default")),
            Example(POD, _annotated("localhost/web")),
        ),
        failing=(
            *everywhere(
                secured(appArmorProfile={"type": "Unconfined"}),
                "container web: appArmorProfile is Unconfined",
            ),
            Example(
                POD, pod(securityContext={"appArmorProfile": {"type": "Unconfined"}}), says="pod: appArmor"
            ),
            *everywhere(_annotated("unconfined"), "kubernetes.io/web is unconfined"),
        ),
    ),
    Rule(
        id="pod-sysctls",
        title="Pods set only the sysctls that the Pod Security Standards consider safe",
        why="Other sysctls disable protections, or affect all pods of the node.",
        remedy="remove the sysctl, or set it on the nodes",
        severity="medium",
        enforcement="advisory",
        controls=("Kubernetes PSS baseline", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_sysctls,
        passing=(*PASSING, Example(POD, _with_sysctls(*sorted(_SYSCTLS)))),
        failing=everywhere(_with_sysctls("kernel.msgmax"), "sysctl kernel.msgmax is set"),
    ),
    Rule(
        id="pod-volumes",
        title="Pods mount only the types of volumes that the restricted profile allows",
        why="Other types, such as nfs, mount storage without the access control of a PersistentVolume.",
        remedy="use a PersistentVolumeClaim",
        severity="medium",
        enforcement="advisory",
        controls=("Kubernetes PSS restricted", "NIST 800-53 AC-6"),
        types=of_kind(*POD_KINDS),
        check=_volumes,
        passing=(
            *PASSING,
            Example(POD, pod(volumes=[{"name": type_, type_: {}} for type_ in sorted(_VOLUMES)])),
            Example("kubernetes:core/v1:PodPatch", pod(volumes=[{"name": "shared"}])),
        ),
        failing=everywhere(
            pod(volumes=[{"name": "shared", "nfs": {"server": "nfs", "path": "/"}}]),
            "volume shared has the type nfs",
        ),
    ),
)
