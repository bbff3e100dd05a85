"""Service tokens: the containers that generate IAM tokens for the database of a service.

A token is valid for 15 minutes (RDS User Guide, "IAM database authentication").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.core import v1 as core

from platform_components.base import Input
from platform_components.kubernetes.pod import SIDECAR_STORAGE, Mount, PodAdditions, container_security

_DIRECTORY: Final = "/run/database"
TOKEN_FILE: Final = f"{_DIRECTORY}/password"
"""File with a token, without a newline."""
UNPRIVILEGED_USER: Final = 65534
"""Numeric user of the containers whose images run as root: `nobody`."""

_VOLUME: Final = "database-token"

# The AWS CLI would use the credentials of the node, if it can get them, for a pod without its own.
_WRITE_TOKEN: Final = """\
if [ -z "$AWS_CONTAINER_CREDENTIALS_FULL_URI" ]; then
  echo 'no credentials: the Pod Identity association was not effective when this pod was created' >&2
  exit 1
fi
token="$(aws rds generate-db-auth-token --hostname "$PGHOST" --port "$PGPORT" --username "$PGUSER")"
printf %s "$token" >"$TOKEN_FILE"
"""

# `mv` replaces the file in one step, so that a reader never sees a part of a token.
_WRITE_TOKENS: Final = """\
trap 'exit 0' TERM
while true; do
  delay=5
  if token="$(aws rds generate-db-auth-token \\
      --hostname "$PGHOST" --port "$PGPORT" --username "$PGUSER")"; then
    printf %s "$token" >"$TOKEN_FILE.new" && mv -f "$TOKEN_FILE.new" "$TOKEN_FILE" && delay=600
  fi
  sleep "$delay" &
  wait $!
done
"""


@dataclass(frozen=True)
class DatabaseTokens:
    """Tokens of a database user, in `TOKEN_FILE`, in memory that only their pod has."""

    image: str
    """Image with the AWS CLI."""
    region: str
    connection: Mapping[str, Input[str]]
    """Host, port and user, in the variables of libpq."""

    def additions(self, *, first: bool = False, renewed: bool = False) -> PodAdditions:
        """Return the volume of the file, and the containers that write it.

        `first` is an init container for Jobs, which writes one token and fails in a pod without credentials.
        Such a pod never gets them, and the Job replaces it: EKS adds the variables of Pod Identity when a pod
        is created (aws/amazon-eks-pod-identity-webhook#210).

        `renewed` is a sidecar that writes a token every 10 minutes. Kubernetes restarts it in the same pod.
        In a Job, `first` proves that the pod has credentials. In a Deployment, the association is created
        before the namespace, and the pods only after the Jobs, whose own associations were effective by then.
        """
        volume: core.VolumeArgsDict = {
            "name": _VOLUME,
            "empty_dir": {"medium": "Memory", "size_limit": "1Mi"},
        }
        return PodAdditions(
            mounts=[Mount(_DIRECTORY, volume)],
            init_containers=[self._container(f"{_VOLUME}-first", "-ec", _WRITE_TOKEN)] if first else [],
            sidecars=[self._sidecar()] if renewed else [],
        )

    def _sidecar(self) -> core.ContainerArgsDict:
        sidecar = self._container(_VOLUME, "-c", _WRITE_TOKENS)
        # The main container starts after the first token is there.
        sidecar["startup_probe"] = {
            "exec_": {"command": ["sh", "-c", f"test -s {TOKEN_FILE}"]},
            "period_seconds": 2,
            "timeout_seconds": 2,
            "failure_threshold": 60,
        }
        return sidecar

    def _container(self, name: str, option: str, script: str) -> core.ContainerArgsDict:
        environment: dict[str, Input[str]] = {
            **self.connection,
            "AWS_REGION": self.region,
            "TOKEN_FILE": TOKEN_FILE,
            "HOME": _DIRECTORY,
        }
        return {
            "name": name,
            "image": self.image,
            "command": ["sh", option, script],
            "env": [{"name": variable, "value": value} for variable, value in environment.items()],
            "resources": {
                "requests": {"cpu": "10m", "memory": "128Mi", "ephemeral-storage": SIDECAR_STORAGE},
                "limits": {"memory": "128Mi", "ephemeral-storage": SIDECAR_STORAGE},
            },
            "security_context": container_security(UNPRIVILEGED_USER),
            "volume_mounts": [{"name": _VOLUME, "mount_path": _DIRECTORY}],
        }
