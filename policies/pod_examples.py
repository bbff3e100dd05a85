"""Examples of pods, for the rules about them."""

from __future__ import annotations

from typing import Any, Final

from platform_components.policy import Example

POD: Final = "kubernetes:core/v1:Pod"
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
_CRON_JOB = "kubernetes:batch/v1:CronJob"
_SECURE: Final = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(**spec: Any) -> dict[str, Any]:
    """A pod with this spec."""
    return {"spec": spec}


def secured(**changed: Any) -> dict[str, Any]:
    """A pod that complies with the `restricted` profile, except for the changes of its container."""
    security = {key: value for key, value in (_SECURE | changed).items() if value is not None}
    return pod(containers=[{"name": "web", "image": "web:1.4.2", "securityContext": security}])


def template(of: dict[str, Any]) -> dict[str, Any]:
    """A Deployment, or another owner, of a pod."""
    return {"spec": {"template": of}}


def as_init(of: dict[str, Any]) -> dict[str, Any]:
    """The pod with its containers as init containers of a secured one."""
    return pod(containers=secured()["spec"]["containers"], initContainers=of["spec"]["containers"])


def everywhere(of: dict[str, Any], says: str) -> tuple[Example, ...]:
    """The same pod in every form in which a program can create it or change it."""
    within = template(of)
    return (
        Example(POD, of, says=says),
        *(
            Example(f"kubernetes:{kind}", within, "prod", says=says)
            for kind in (
                *("apps/v1:Deployment", "apps/v1:StatefulSet", "apps/v1:DaemonSet", "apps/v1:ReplicaSet"),
                *("core/v1:ReplicationController", "batch/v1:Job", "apps/v1:DeploymentPatch"),
            )
        ),
        Example(_CRON_JOB, {"spec": {"jobTemplate": within}}, says=says),
        Example("kubernetes:core/v1:PodTemplate", {"template": of}, says=says),
        Example("kubernetes:apps/v1:DeploymentList", {"items": [template(secured()), within]}, says=says),
        Example("kubernetes:batch/v1:CronJobList", {"items": [{"spec": {"jobTemplate": within}}]}, says=says),
    )


PASSING: Final = (
    Example(POD, secured()),
    Example(DEPLOYMENT, template(secured(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}))),
    Example(DEPLOYMENT, template(as_init(secured()))),
    Example("kubernetes:apps/v1:DeploymentPatch", template(pod(containers=[{"name": "web"}]))),
    Example("kubernetes:apps/v1:DeploymentPatch", {"metadata": {"name": "web"}}),
)
"""Examples that comply with every rule about pods."""
