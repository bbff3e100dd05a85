"""Service database: the logins of a service, its migrations and its bootstrap Job to its database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any, Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_aws import eks, iam
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking
from pydantic import Field, Strict

from platform_components.aws.access import Access
from platform_components.aws.cluster import ClusterOutputs
from platform_components.aws.database import DatabaseOutputs
from platform_components.aws.database_args import DatabaseArgs
from platform_components.aws.database_roles import roles_script
from platform_components.aws.pod_identity import PodIdentity
from platform_components.aws.rds_certificates import missing_certificates
from platform_components.base import Component, Context, Flag, Input, Problem, labels_of, sized
from platform_components.kubernetes.container import Image
from platform_components.kubernetes.job import Job
from platform_components.kubernetes.network_policy import Destinations
from platform_components.kubernetes.pod import MainContainer, Mount, PodAdditions
from platform_components.kubernetes.pod_template import main_container
from platform_components.kubernetes.secret_provider_class import (
    SecretObject,
    SecretProviderClass,
    provider_class,
    secrets_mount,
)
from platform_components.kubernetes.words import command_problems
from platform_components.kubernetes.workload_args import WorkloadArgs
from platform_components.service_files import ServiceFiles
from platform_components.service_tokens import TOKEN_FILE, UNPRIVILEGED_USER, DatabaseTokens

BOOTSTRAP: Final = "bootstrap"
MIGRATIONS: Final = "migrations"

CHILD_TYPES: Final[Mapping[str, type[pulumi.CustomResource]]] = MappingProxyType(
    {
        f"{BOOTSTRAP}-secret": SecretProviderClass,
        f"{BOOTSTRAP}-script": core.ConfigMap,
        **{
            f"{job}{suffix}": kind
            for job in (BOOTSTRAP, MIGRATIONS)
            for suffix, kind in {
                "-role": iam.Role,
                "-access": iam.RolePolicy,
                "-identity": eks.PodIdentityAssociation,
                "-service-account": core.ServiceAccount,
                "-network-policy": networking.NetworkPolicy,
                "": batch.Job,
            }.items()
        },
    }
)
"""Children of a service that has a database, by the suffix of the name."""

PASSWORD_VARIABLE: Final = "DATABASE_PASSWORD_FILE"
MASTER_SECRET_VARIABLE: Final = "DATABASE_SECRET_ARN"
USER_VARIABLE: Final = "DATABASE_USER"

_MASTER_DIRECTORY = "/run/database-master"
_SCRIPT_DIRECTORY = "/etc/database-bootstrap"
_SCRIPT_FILE = "database_roles.sql"
_BOOTSTRAP_SECONDS: Final = 420
"""Time for five attempts of 50 seconds, and 150 seconds between them. An attempt connects twice, and waits 10
seconds for a lock."""

# RDS accepts only tokens of a user that is a member of rds_iam, even indirectly. Since PostgreSQL 16, a user
# with CREATEROLE is a member of the roles that it created. So if the password is rejected, the token is used.
_BOOTSTRAP: Final = f"""\
for file in {_MASTER_DIRECTORY}/password {TOKEN_FILE}; do
  PGPASSWORD="$(cat "$file")"
  export PGPASSWORD
  if psql -X -q -c 'SELECT 1' >/dev/null; then
    exec psql -X -v ON_ERROR_STOP=1 -v owner="$OWNER" -v runtime="$RUNTIME_USER" \\
      -v move="$MOVE" -f {_SCRIPT_DIRECTORY}/{_SCRIPT_FILE}
  fi
done
exit 1
"""


class ServiceDatabaseArgs(WorkloadArgs):
    """Arguments of a service with a database."""

    database: DatabaseArgs | None = None
    """Its own PostgreSQL database. Default: none."""

    migration_command: tuple[str, ...] = Field(default=(), repr=False)
    """Command that migrates the database, in a Job with the image of the service, before its pods are
    replaced. It runs as the owner of the schema, with the variables, secrets and permissions of the service,
    again whenever its pod changes, such as the image, and up to five times if it fails. Pods of the previous
    version use the new schema until they are replaced. Default: none."""

    migration_seconds: Annotated[int, Strict(), Field(ge=30, le=21600)] = 900
    """Maximum time for all attempts of the migrations, in seconds, in addition to 120 seconds for the start
    of the first pod. After it, the deployment fails, and the pods stay as they are."""

    database_password_file: Flag = False
    """Write an IAM token to the file in `DATABASE_PASSWORD_FILE` every 10 minutes, for applications that
    can't generate tokens. They must read the file for each new connection: a token is valid for 15 minutes. A
    sidecar writes it, with 10m of CPU and 128Mi of memory per pod."""

    database_master_secret: Flag = False
    """Deprecated. For applications that still log in as the master user: allow pods to read its secret, in
    `DATABASE_SECRET_ARN`, set `DATABASE_SSLMODE` to `require`, do not set `DATABASE_USER`, and leave its
    tables its own. RDS accepts no tokens of the pods until it is removed, and, with PostgreSQL 16 or later,
    no password of the master user afterwards."""

    postgres_client_image: Image = sized("images.postgres_client")
    """Container image with `psql` and `sh`, for the Job that creates the users of the database. It must
    support the architectures of all nodes."""

    aws_cli_image: Image = sized("images.aws_cli")
    """Container image with the AWS CLI (version 2) and `sh`, for the containers that generate IAM tokens. It
    must support the architectures of all nodes."""

    def problems(self, context: Context) -> Iterable[Problem]:
        yield from super().problems(context)
        yield from command_problems("migration_command", self.migration_command)
        if self.database is None:
            for field in ("migration_command", "migration_seconds", *_DATABASE_FLAGS):
                if self.origin(field) != "default":
                    yield Problem(field, "requires a database", "set database, or remove it")
            return
        if self.migration_command and self.database_master_secret:
            what = "does not apply with database_master_secret: the tables belong to the master user"
            yield Problem("migration_command", what, "remove one of them")
        if self.database_password_file and self.database_master_secret:
            what = "does not apply with database_master_secret: no user logs in with tokens yet"
            yield Problem("database_password_file", what, "remove one of them")
        if not self.database.iam_authentication:
            what = "must be true, because pods log in with IAM tokens"
            yield Problem("database.iam_authentication", what, "remove it", False)
        if problem := missing_certificates("database", context.region):
            yield problem


_DATABASE_FLAGS = ("database_password_file", "database_master_secret")


def database_variables(args: ServiceDatabaseArgs) -> list[str]:
    """Return the variables that the args add to those of the database."""
    added = {
        PASSWORD_VARIABLE: args.database_password_file,
        MASTER_SECRET_VARIABLE: args.database_master_secret,
    }
    return [variable for variable, enabled in added.items() if enabled]


@dataclass(frozen=True)
class ServiceDatabase:
    """The database of a service, and the Jobs that run before the service uses it."""

    service: Component[Any]
    args: ServiceDatabaseArgs
    database: DatabaseOutputs
    cluster: ClusterOutputs
    provider: kubernetes.Provider
    egress: Sequence[Destinations]
    """Destinations of the bootstrap Job's pod: the database."""
    others: Access
    """What the service's pods need other than the database; the migrations need it, too."""

    @property
    def access(self) -> Access:
        """The additional access of the service's pods."""
        return self.database.master_access() if self.args.database_master_secret else Access()

    def environment(self, connections: Mapping[str, Input[str]]) -> dict[str, Input[str]]:
        """Return the variables of the service's pods, from those of all its connections."""
        environment = dict(connections)
        if self.args.database_password_file:
            environment[PASSWORD_VARIABLE] = TOKEN_FILE
        if self.args.database_master_secret:
            # The runtime user can't log in yet, and the name of the master user is in its secret.
            del environment[USER_VARIABLE]
            # Without the certificates, which pods of the previous version don't know, verify-full fails.
            environment["DATABASE_SSLMODE"] = "require"
        return environment

    def additions(
        self,
        files: ServiceFiles,
        others: PodAdditions,
        environment: Mapping[str, Input[str]],
        first: Sequence[pulumi.Resource],
    ) -> PodAdditions:
        """Return what the service's pods need in addition to `others`: a sidecar if any, and the Jobs.

        The Jobs run before the pods, and after `first`. The migrations get `others` and `environment`, that
        of the service's container, too.
        """

        def create_jobs(needed: Sequence[pulumi.Resource]) -> pulumi.Resource:
            before = [*needed, *first]
            bootstrap = self._bootstrap(files, before)
            if not self.args.migration_command:
                return bootstrap
            return self._migrations(others, environment, [*before, bootstrap])

        additions = PodAdditions(objects=[create_jobs])
        if self.args.database_password_file:
            additions += self._tokens_of(self.database.runtime_user).additions(renewed=True)
        return additions

    def _bootstrap(self, files: ServiceFiles, first: Sequence[pulumi.Resource]) -> batch.Job:
        """Create the Job that creates the users. Only its role can read the secret of the master user."""
        service, database = self.service, self.database
        job = Job(service, BOOTSTRAP)
        identity = self._identity(job, database.master_access() + database.login_access(database.username))
        script = core.ConfigMap(
            f"{job.name}-script",
            metadata={
                "name": f"{job.name}-script",
                "namespace": service.name,
                "labels": labels_of(service.context, service.name, BOOTSTRAP),
            },
            data={_SCRIPT_FILE: roles_script()},
            opts=self._child(*first),
        )
        secret = provider_class(
            service,
            f"{BOOTSTRAP}-secret",
            service.name,
            service.context.region,
            [SecretObject(database.secret_arn, {"password": "password"})],
            opts=self._child(*first),
        )
        volume: core.VolumeArgsDict = {"name": "script", "config_map": {"name": f"{job.name}-script"}}
        additions = PodAdditions(
            mounts=[
                files.mount,
                Mount(_SCRIPT_DIRECTORY, volume),
                secrets_mount(_MASTER_DIRECTORY, f"{job.name}-secret"),
            ]
        )
        container = MainContainer(
            name=job.suffix,
            image=self.args.postgres_client_image,
            command=["sh", "-ec", _BOOTSTRAP],
            environment={
                **self._connection(database.username),
                "PGCONNECT_TIMEOUT": "10",  # libpq waits without a limit otherwise
                "PGDATABASE": database.database_name,
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": files.environment["DATABASE_SSLROOTCERT"],
                "OWNER": database.owner,
                "RUNTIME_USER": database.runtime_user,
                # Pods that still log in as the master user use its password, and may change its tables.
                "MOVE": "false" if self.args.database_master_secret else "true",
            },
            cpu="50m",
            memory="64Mi",
            tmp_size="16Mi",
            run_as_user=UNPRIVILEGED_USER,
        )
        return job.create(
            container,
            seconds=_BOOTSTRAP_SECONDS,
            additions=additions + self._tokens_of(database.username).additions(first=True),
            egress=self.egress,
            # A restored instance in the state has another resource ID, and the Job runs again.
            annotations={
                "platform/database": database.resource_id,
                "platform/script": hashlib.sha256(roles_script().encode()).hexdigest()[:16],
            },
            opts=self._child(*first, script, secret, *identity),
        )

    def _migrations(
        self, others: PodAdditions, environment: Mapping[str, Input[str]], first: Sequence[pulumi.Resource]
    ) -> batch.Job:
        """Create the Job that migrates the database: a pod like those of the service, as the owner."""
        args, database = self.args, self.database
        job = Job(self.service, MIGRATIONS)
        identity = self._identity(job, database.login_access(database.owner) + self.others)
        tokens = self._tokens_of(database.owner).additions(first=True, renewed=args.database_password_file)
        container = replace(
            main_container(job.suffix, args),
            command=args.migration_command,
            environment={**environment, USER_VARIABLE: database.owner},
        )
        return job.create(
            container,
            seconds=args.migration_seconds,
            architecture=args.architecture,
            additions=others + tokens,
            egress=[*args.egress, *others.egress],
            opts=self._child(*first, *identity),
        )

    def _identity(self, job: Job, access: Access) -> list[pulumi.Resource]:
        """Create the role of a Job, with the permissions of an access."""
        identity = PodIdentity.of(
            self.service,
            self.cluster,
            job.name,
            prefix=f"{job.suffix}-",
            description=f"Job {job.suffix} of the service {self.service.name}",
        )
        granted = access.grant(job.name, identity.role.name, opts=self.service.child())
        return [identity.association, *([granted] if granted else [])]

    def _connection(self, user: Input[str]) -> dict[str, Input[str]]:
        """Return the variables of libpq for the address and the user."""
        port = self.database.port.apply(str)
        return {"PGHOST": self.database.address, "PGPORT": port, "PGUSER": user}

    def _tokens_of(self, user: Input[str]) -> DatabaseTokens:
        region = self.service.context.region
        return DatabaseTokens(self.args.aws_cli_image, region, self._connection(user))

    def _child(self, *first: pulumi.Resource) -> pulumi.ResourceOptions:
        return self.service.child(provider=self.provider, depends_on=list(first))
