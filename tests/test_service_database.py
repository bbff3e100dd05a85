"""Service database: users, tokens and certificates of a service, and the Jobs that run before its pods."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from platform_components.aws.bucket import BucketArgs, BucketOutputs
from platform_components.aws.cache import CacheArgs
from platform_components.aws.database_args import DatabaseArgs
from platform_components.aws.database_roles import roles_script
from platform_components.aws.rds_certificates import rds_certificates
from platform_components.base import Context
from platform_components.engine import ProgramError
from platform_components.service_database import _BOOTSTRAP
from platform_components.service_stack import ServiceStack, ServiceStackArgs
from platform_components.service_tokens import _WRITE_TOKEN, _WRITE_TOKENS
from platform_components.testing import UNKNOWN, Graph, Resource, render
from tests.deployed import arn_of, render_deployed
from tests.kubernetes_schema import kubernetes_objects, problems_in
from tests.samples import IMAGE, context_of, given_foundation, given_platform_services

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
JOB = "kubernetes:batch/v1:Job"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf"
SECRET = f"{arn_of('aws:rds/instance:Instance', 'orders-db-instance')}/secret"
TOKEN = "db:5432/?Action=connect&X=%2F"
USERS = "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-orders-db-instance"


def build(context: Context | None = None, **args: Any) -> ServiceStack:
    defaults: dict[str, Any] = {"image": IMAGE, "database": DatabaseArgs()}
    service_args = ServiceStackArgs(**(defaults | args))
    return ServiceStack(
        "orders",
        service_args,
        context=context or context_of("development"),
        foundation=given_foundation(),
        platform_services=given_platform_services(),
    )


def service(**args: Any) -> Graph:
    return render_deployed(lambda: build(**args))


def job(graph: Graph, name: str) -> Any:
    return graph.one(JOB, name).inputs


def pod_of(resource: Any) -> Any:
    return resource["spec"]["template"]["spec"]


def variables(container: Any) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in container["env"]}


def statements(graph: Graph, policy: str) -> dict[str, Any]:
    document = json.loads(graph.one(ROLE_POLICY, policy).inputs["policy"])
    return {statement.get("Sid", "Permissions"): statement for statement in document["Statement"]}


def depends_on(resource: Resource) -> set[str]:
    return {urn.rpartition("::")[2] for urn in resource.dependencies}


def problems(**args: Any) -> str:
    with pytest.raises(ProgramError) as caught:
        service(**args)
    return " ".join(str(caught.value).split())


ALL: dict[str, Any] = {"migration_command": ("./migrate", "up"), "database_password_file": True}


def test_pods_log_in_as_the_runtime_user_of_their_database() -> None:
    """Their role may do this on one instance as one user, and can't read the secret of the master user."""
    graph = service()
    allowed = statements(graph, "orders-access")
    assert set(allowed) == {"DatabaseLogin"}
    assert allowed["DatabaseLogin"]["Action"] == "rds-db:connect"
    assert allowed["DatabaseLogin"]["Resource"] == [f"{USERS}/application_runtime"]
    (container,) = pod_of(graph.one(DEPLOYMENT).inputs)["containers"]
    assert variables(container)["DATABASE_USER"] == "application_runtime"
    assert "DATABASE_SECRET_ARN" not in variables(container)


def test_pods_verify_the_server_with_the_certificates_of_their_region() -> None:
    """The certificates are in a ConfigMap, whose path is in the variable that clients read."""
    graph = service()
    (container,) = pod_of(graph.one(DEPLOYMENT).inputs)["containers"]
    found = variables(container)
    assert found["DATABASE_SSLMODE"] == "verify-full"
    directory, _, name = found["DATABASE_SSLROOTCERT"].rpartition("/")
    (mount,) = [each for each in container["volumeMounts"] if each["mountPath"] == directory]
    assert mount["readOnly"] is True
    (volume,) = [
        each for each in pod_of(graph.one(DEPLOYMENT).inputs)["volumes"] if each["name"] == mount["name"]
    ]
    files = graph.one("kubernetes:core/v1:ConfigMap", "orders-files").inputs
    assert volume["configMap"]["name"] == files["metadata"]["name"]
    assert files["data"] == {name: rds_certificates("eu-west-1")}


def test_files_of_other_parts_are_mounted_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable with the path of a file has that file, whichever part declares it."""
    monkeypatch.setattr(BucketOutputs, "files", {"POLICY": lambda _: "content"})
    graph = service(database=None, buckets={"receipts": BucketArgs()})
    pod = pod_of(graph.one(DEPLOYMENT).inputs)
    (container,) = pod["containers"]
    path = variables(container)["BUCKET_RECEIPTS_POLICY"]
    assert path == "/etc/platform/bucket-receipts-policy"
    assert "/etc/platform" in [mount["mountPath"] for mount in container["volumeMounts"]]
    files = graph.one("kubernetes:core/v1:ConfigMap", "orders-files")
    assert files.inputs["data"] == {"bucket-receipts-policy": "content"}
    assert "orders-files" in depends_on(graph.one(DEPLOYMENT))
    assert "orders-namespace" in depends_on(files)


def test_only_the_bootstrap_job_can_read_the_secret_of_the_master_user() -> None:
    """Of all roles of a service, one can; only pods with the Job's service account can assume it."""
    graph = service(**ALL)
    readers = {
        policy.name for policy in graph.of_type(ROLE_POLICY) if "secretsmanager" in policy.inputs["policy"]
    }
    assert readers == {"orders-bootstrap-access"}
    allowed = statements(graph, "orders-bootstrap-access")
    assert set(allowed) == {"DatabaseSecret", "DatabaseLogin"}
    assert allowed["DatabaseSecret"]["Resource"] == [SECRET]
    assert allowed["DatabaseLogin"]["Resource"] == [f"{USERS}/app_admin"]
    role = graph.one("aws:iam/role:Role", "orders-bootstrap-role").inputs
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
    accounts = statement["Condition"]["StringEquals"]["aws:RequestTag/kubernetes-service-account"]
    assert accounts == "orders-bootstrap" == pod_of(job(graph, "orders-bootstrap"))["serviceAccountName"]


def test_the_secret_of_the_master_user_is_a_file_of_the_bootstrap_job() -> None:
    """The CSI driver mounts it; it is in no Kubernetes Secret, environment variable or argument."""
    graph = service(**ALL)
    secret = graph.one("kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass").inputs
    (listed,) = json.loads(secret["spec"]["parameters"]["objects"])
    assert listed["objectName"] == SECRET
    assert listed["jmesPath"] == [{"path": "password", "objectAlias": "password"}]
    pod = pod_of(job(graph, "orders-bootstrap"))
    mounted = [volume["csi"]["volumeAttributes"] for volume in pod["volumes"] if "csi" in volume]
    assert mounted == [{"secretProviderClass": secret["metadata"]["name"]}]
    assert "PGPASSWORD" not in variables(pod["containers"][0])
    for other in (graph.one(DEPLOYMENT).inputs, job(graph, "orders-migrations")):
        assert not [volume for volume in pod_of(other)["volumes"] if "csi" in volume]


def test_the_bootstrap_job_verifies_the_server() -> None:
    """It connects as the master user, with the same certificates as the pods."""
    (container,) = pod_of(job(service(), "orders-bootstrap"))["containers"]
    found = variables(container)
    assert (found["PGUSER"], found["PGSSLMODE"]) == ("app_admin", "verify-full")
    assert found["PGSSLROOTCERT"] == "/etc/platform/database-sslrootcert"
    assert found["PGCONNECT_TIMEOUT"] == "10"
    assert (found["OWNER"], found["RUNTIME_USER"]) == ("application_owner", "application_runtime")


def test_the_bootstrap_job_runs_again_for_a_restored_database() -> None:
    """A restored instance has another resource ID. Like a change of the script, it changes the pod."""
    graph = service()
    annotations = job(graph, "orders-bootstrap")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["platform/database"] == "db-orders-db-instance"
    assert len(annotations["platform/script"]) == 16
    script = graph.one("kubernetes:core/v1:ConfigMap", "orders-bootstrap-script").inputs
    assert script["data"] == {"database_roles.sql": roles_script()}


def test_pods_are_replaced_after_the_jobs() -> None:
    """The database has its users before the migrations run, and its schema before the pods use it."""
    graph = service(**ALL)
    assert "orders-migrations" in depends_on(graph.one(DEPLOYMENT))
    assert "orders-bootstrap" in depends_on(graph.one(JOB, "orders-migrations"))
    for name, prefix in (("orders-bootstrap", "bootstrap"), ("orders-migrations", "migrations")):
        needed = {f"orders-{prefix}-identity", f"orders-{prefix}-access", "orders-database-ingress"}
        assert needed | {"orders-files", "orders-namespace"} <= depends_on(graph.one(JOB, name))
    assert "orders-bootstrap" in depends_on(service().one(DEPLOYMENT))


def test_no_resource_uses_a_value_of_a_job() -> None:
    """Pulumi deletes a Job before it creates its replacement, and with it all that uses its values."""
    graph = service(**ALL)
    jobs = {each.urn for each in graph.of_type(JOB)}
    for resource in graph.managed:
        for urns in resource.property_dependencies.values():
            assert not jobs & set(urns), resource.name


def test_a_job_ends_before_pulumi_stops_waiting() -> None:
    """So the error of the Job is reported, and a failed Job is replaced by the next deployment. The deadline
    of the Job includes 120 seconds for a node and the images, as that of a Deployment does."""
    graph = service(**ALL, migration_seconds=30)
    for name, seconds in (("orders-bootstrap", 540), ("orders-migrations", 150)):
        found = job(graph, name)
        assert found["spec"]["activeDeadlineSeconds"] == seconds
        annotations = found["metadata"]["annotations"]
        assert int(annotations["pulumi.com/timeoutSeconds"]) > seconds
        assert annotations["pulumi.com/replaceUnready"] == "true"
        assert "ttlSecondsAfterFinished" not in found["spec"]


def test_a_failed_pod_is_replaced_four_times() -> None:
    """With the back-off of Kubernetes (10, 20, 40 and 80 seconds), a pod that was created before its identity
    was effective is no failure of the deployment. The deadline of the bootstrap Job leaves time for it."""
    graph = service(**ALL)
    for found in graph.of_type(JOB):
        assert found.inputs["spec"]["backoffLimit"] == 4
        assert pod_of(found.inputs)["restartPolicy"] == "Never"
    retries = sum(10 * 2**attempt for attempt in range(4))
    assert job(graph, "orders-bootstrap")["spec"]["activeDeadlineSeconds"] >= 120 + retries + 5 * 50


def test_two_pods_of_a_job_never_run_at_the_same_time() -> None:
    """A pod is replaced only after it ended, and EKS Auto Mode does not evict it to consolidate nodes."""
    for found in service(**ALL).of_type(JOB):
        spec = found.inputs["spec"]
        assert spec["podReplacementPolicy"] == "Failed"
        assert spec["template"]["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] == "true"


def test_jobs_do_not_call_the_kubernetes_api() -> None:
    """Their service accounts mount no token for it; Pod Identity mounts its own."""
    graph = service(**ALL)
    for name in ("orders-bootstrap", "orders-migrations"):
        account = graph.one("kubernetes:core/v1:ServiceAccount", f"{name}-service-account").inputs
        assert account["automountServiceAccountToken"] is False
        assert account["metadata"]["name"] == pod_of(job(graph, name))["serviceAccountName"]


def test_pods_of_jobs_without_credentials_fail() -> None:
    """A container that is not restarted needs a token before all others start, so that the Job replaces the
    pod. A sidecar would be restarted in the same pod, which never gets credentials."""
    for args in (ALL, {"migration_command": ("m",)}):
        graph = service(**args)
        for name, user in (("orders-bootstrap", "app_admin"), ("orders-migrations", "application_owner")):
            first = pod_of(job(graph, name))["initContainers"][0]
            assert first["command"] == ["sh", "-ec", _WRITE_TOKEN]
            assert "restartPolicy" not in first
            assert variables(first)["PGUSER"] == user


def test_the_migrations_have_what_the_service_has() -> None:
    """They run the same image: nodes, resources, variables, files, secrets, destinations and permissions are
    those of the service, except for the user of the database."""
    graph = service(
        **ALL,
        architecture="arm64",
        cpu="2",
        memory="300Mi",
        memory_limit="400Mi",
        tmp_size="3Gi",
        cache=CacheArgs(),
        buckets={"receipts": BucketArgs()},
        secrets={"STRIPE_KEY": SECRET_ARN, "MAIL": {"arn": SECRET_ARN, "as": "env"}},
        permissions=(
            {"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:eu-west-1:111122223333:orders"]},
        ),
        egress=({"port": 9092, "cidr": "10.9.0.0/16"},),
        environment={"LOG_LEVEL": "debug"},
    )
    pod, of_service = pod_of(job(graph, "orders-migrations")), pod_of(graph.one(DEPLOYMENT).inputs)
    for key in ("nodeSelector", "securityContext", "volumes", "enableServiceLinks"):
        assert pod[key] == of_service[key], key
    assert pod["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    (container,), (main,) = pod["containers"], of_service["containers"]
    for key in ("image", "resources", "securityContext", "volumeMounts"):
        assert container[key] == main[key], key
    assert container["resources"]["limits"] == {"memory": "400Mi", "ephemeral-storage": "3328Mi"}
    (user,) = [each for each in container["env"] if each not in main["env"]]
    assert user == {"name": "DATABASE_USER", "value": "application_owner"}
    assert len(container["env"]) == len(main["env"])

    allowed, of_pods = statements(graph, "orders-migrations-access"), statements(graph, "orders-access")
    assert allowed.pop("DatabaseLogin")["Resource"] == [f"{USERS}/application_owner"]
    assert of_pods.pop("DatabaseLogin")["Resource"] == [f"{USERS}/application_runtime"]
    assert allowed == of_pods
    policies = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
    egress, of_pods = (
        graph.one(policies, f"{name}-network-policy").inputs["spec"]["egress"]
        for name in ("orders-migrations", "orders")
    )
    assert egress == of_pods
    assert "orders-secrets" in depends_on(graph.one(JOB, "orders-migrations"))


def test_migrations_run_as_the_owner_with_the_image_of_the_service() -> None:
    """Their role may log in as the owner; they have the variables of the service otherwise."""
    graph = service(migration_command=("./migrate", "up"), environment={"LOG_LEVEL": "debug"})
    allowed = statements(graph, "orders-migrations-access")
    assert [one["Resource"] for one in allowed.values()] == [[f"{USERS}/application_owner"]]
    pod = pod_of(job(graph, "orders-migrations"))
    (container,) = pod["containers"]
    assert pod["serviceAccountName"] == "orders-migrations"
    assert (container["image"], container["command"]) == (IMAGE, ["./migrate", "up"])
    (main,) = pod_of(graph.one(DEPLOYMENT).inputs)["containers"]
    assert variables(container) == {**variables(main), "DATABASE_USER": "application_owner"}


def test_without_a_command_there_are_no_migrations() -> None:
    """A service without a database has no Jobs at all."""
    assert [each.name for each in service().of_type(JOB)] == ["orders-bootstrap"]
    assert service(database=None).of_type(JOB) == ()


def test_an_application_can_read_its_password_from_a_file() -> None:
    """A sidecar writes IAM tokens for the user of the pod into memory; the pod starts after the first one."""
    graph = service(**ALL)
    for found, user in (
        (graph.one(DEPLOYMENT).inputs, "application_runtime"),
        (job(graph, "orders-migrations"), "application_owner"),
    ):
        pod = pod_of(found)
        sidecar = pod["initContainers"][-1]
        assert sidecar["restartPolicy"] == "Always"
        assert variables(sidecar)["PGUSER"] == user
        assert "test -s" in sidecar["startupProbe"]["exec"]["command"][2]
        (volume,) = [each for each in pod["volumes"] if each["name"] == "database-token"]
        assert volume["emptyDir"]["medium"] == "Memory"
        (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "database-token"]
        assert mount["readOnly"] is True
    (main,) = pod_of(graph.one(DEPLOYMENT).inputs)["containers"]
    assert variables(main)["DATABASE_PASSWORD_FILE"] == "/run/database/password"
    assert "initContainers" not in pod_of(service().one(DEPLOYMENT).inputs)


def test_the_secret_of_the_master_user_can_be_kept_during_the_transition() -> None:
    """Pods that don't log in with tokens yet have the variables of before, and the path of the certificates.
    `DATABASE_USER` is not set, because no client can log in as the runtime user yet."""
    graph = service(database_master_secret=True)
    assert statements(graph, "orders-access")["DatabaseSecret"]["Resource"] == [SECRET]
    (container,) = pod_of(graph.one(DEPLOYMENT).inputs)["containers"]
    found = variables(container)
    assert (found["DATABASE_SECRET_ARN"], found["DATABASE_SSLMODE"]) == (SECRET, "require")
    assert {name for name in found if name.startswith("DATABASE_")} == {
        *("DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_SECRET_ARN", "DATABASE_SSLMODE"),
        "DATABASE_SSLROOTCERT",
    }
    assert statements(graph, "orders-access")["DatabaseLogin"]["Resource"] == [f"{USERS}/application_runtime"]
    for tables_move, args in (("false", {"database_master_secret": True}), ("true", {})):
        (bootstrap,) = pod_of(job(service(**args), "orders-bootstrap"))["containers"]
        assert variables(bootstrap)["MOVE"] == tables_move


def test_the_pods_of_jobs_have_their_own_network_policies() -> None:
    """They can connect to the database, accept no connections, and are not selected by the service."""
    graph = service(**ALL)
    selector = graph.one(DEPLOYMENT).inputs["spec"]["selector"]["matchLabels"]
    for name in ("orders-bootstrap", "orders-migrations"):
        policy = graph.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", f"{name}-network-policy").inputs
        labels = job(graph, name)["spec"]["template"]["metadata"]["labels"]
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
        assert not policy["spec"].get("ingress")
        assert "5432" in json.dumps(policy["spec"]["egress"], default=str)
        assert not selector.items() <= labels.items()


def test_jobs_are_valid_and_restricted() -> None:
    """All objects are valid for Kubernetes, and the pods comply with the restricted Pod Security Standard."""
    graph = service(**ALL)
    for found in kubernetes_objects(graph):
        if found.type.rpartition(":")[2] != "SecretProviderClass":
            assert problems_in(found.inputs) == [], found.name
    for each in graph.of_type(JOB):
        pod = pod_of(each.inputs)
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in [*pod["containers"], *pod["initContainers"]]:
            security = container["securityContext"]
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert set(container["resources"]["limits"]) == {"memory", "ephemeral-storage"}
            assert set(container["resources"]["requests"]) == {"cpu", "memory", "ephemeral-storage"}
        images = {container["image"]: container for container in [*pod["containers"], *pod["initContainers"]]}
        for image, container in images.items():
            # Images other than the service's own run as root by default.
            assert container["securityContext"].get("runAsUser", 0) != 0 or image == IMAGE


def test_images_can_be_those_of_a_mirror() -> None:
    """For a service in its args, and for the organisation in the sizing table of platform.yaml."""
    mirror = "registry.example/postgres:18"
    pod = pod_of(job(service(postgres_client_image=mirror), "orders-bootstrap"))
    assert pod["containers"][0]["image"] == mirror
    assert ":" in pod["initContainers"][0]["image"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"database": None, "migration_command": ("x",)}, "migration_command requires a database"),
        ({"database": None, "database_password_file": True}, "database_password_file requires a database"),
        ({"database": DatabaseArgs(iam_authentication=False)}, "database.iam_authentication = false must be"),
        ({"migration_command": ("m", "--password=hunter22")}, "migration_command[1] looks like a secret"),
        ({"environment": {"DATABASE_USER": "x"}}, "environment.DATABASE_USER is set by the platform"),
        ({"environment": {"DATABASE_SSLROOTCERT": "x"}}, "environment.DATABASE_SSLROOTCERT is set by"),
        (
            {"environment": {"DATABASE_PASSWORD_FILE": "/x"}, "database_password_file": True},
            "environment.DATABASE_PASSWORD_FILE is set by the platform",
        ),
        ({"migration_seconds": 10}, "migration_seconds = 10"),
        (
            {"migration_command": ("m",), "database_master_secret": True},
            "migration_command does not apply with database_master_secret",
        ),
        (
            {"database_password_file": True, "database_master_secret": True},
            "database_password_file does not apply with database_master_secret",
        ),
    ],
)
def test_contradictions_are_reported(args: dict[str, Any], message: str) -> None:
    """The message has the field, and nothing is registered."""
    assert message in problems(**args)


def test_a_region_without_certificates_is_rejected() -> None:
    """Pods could not verify the server. The message states how to add the certificates."""
    context = context_of("development").__class__(
        environment="here", tier="development", region="us-gov-west-1", service="shop", owner="orders-team"
    )
    text = problems(context=context)
    assert "database = " in text
    assert "has no packaged root certificates of RDS" in text


def executable(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_the_sidecar_writes_a_new_token_in_one_step_and_tries_again_after_a_failure(tmp_path: Path) -> None:
    """The file has the token only, without a newline. The sidecar ends at once when it is told to."""
    calls, token_file = tmp_path / "calls", tmp_path / "password"
    executable(
        tmp_path / "aws",
        f'echo "$@" >>{calls}; [ "$(wc -l <{calls})" -gt 1 ] || exit 255; echo "{TOKEN}"',
    )
    executable(tmp_path / "sleep", f'echo "$1" >>{tmp_path}/slept; [ "$1" = 5 ] || exec /bin/sleep 60')
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PGHOST": "db.example",
        "PGPORT": "5432",
        "PGUSER": "application_runtime",
        "TOKEN_FILE": str(token_file),
    }
    process = subprocess.Popen(["sh", "-c", _WRITE_TOKENS], env=environment, start_new_session=True)
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "slept").exists() or "600" not in (tmp_path / "slept").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert token_file.read_text() == TOKEN
        assert (tmp_path / "slept").read_text().split() == ["5", "600"]
        last = calls.read_text().splitlines()[-1]
        assert last == (
            "rds generate-db-auth-token --hostname db.example --port 5432 --username application_runtime"
        )
        process.terminate()
        assert process.wait(timeout=10) == 0
    finally:
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("credentials", "answer", "code"),
    [
        ("http://169.254.170.23/v1/credentials", "echo token", 0),
        ("", "echo token", 1),
        ("http://x", "exit 255", 255),
    ],
)
def test_the_first_container_of_a_job_needs_a_token(
    tmp_path: Path, credentials: str, answer: str, code: int
) -> None:
    """It fails without the variable of Pod Identity, although the AWS CLI could find those of the node."""
    executable(tmp_path / "aws", answer)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PGHOST": "db.example",
        "PGPORT": "5432",
        "PGUSER": "application_owner",
        "TOKEN_FILE": str(tmp_path / "password"),
        **({"AWS_CONTAINER_CREDENTIALS_FULL_URI": credentials} if credentials else {}),
    }
    run = subprocess.run(
        ["sh", "-ec", _WRITE_TOKEN], env=environment, check=False, capture_output=True, text=True
    )
    assert run.returncode == code
    assert ("Pod Identity" in run.stderr) is (not credentials)
    if code == 0:
        assert (tmp_path / "password").read_text() == "token"
    else:
        assert not (tmp_path / "password").exists()


@pytest.mark.parametrize(("accepted", "code"), [("from-secret", 0), ("from-token", 0), ("other", 1)])
def test_the_bootstrap_uses_the_password_or_the_token(tmp_path: Path, accepted: str, code: int) -> None:
    """RDS accepts one of them; neither is in the arguments of psql."""
    (tmp_path / "password").write_text("from-secret")
    (tmp_path / "token").write_text("from-token")
    executable(tmp_path / "psql", f'echo "$PGPASSWORD $@" >>{tmp_path}/calls; [ "$PGPASSWORD" = {accepted} ]')
    script = _BOOTSTRAP.replace("/run/database-master/password", str(tmp_path / "password")).replace(
        "/run/database/password", str(tmp_path / "token")
    )
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "OWNER": "o",
        "RUNTIME_USER": "r",
        "MOVE": "true",
    }
    run = subprocess.run(["sh", "-ec", script], env=environment, check=False)
    assert run.returncode == code
    calls = [line.partition(" ") for line in (tmp_path / "calls").read_text().splitlines()]
    assert not [arguments for _, _, arguments in calls if "from-" in arguments]
    if code == 0:
        password, _, arguments = calls[-1]
        assert password == accepted
        assert "-v ON_ERROR_STOP=1 -v owner=o -v runtime=r -v move=true -f" in arguments


def test_a_preview_of_a_new_database_is_complete() -> None:
    """Host and resource ID are unknown until deployment; everything else is known."""
    graph = render(lambda: build(**ALL))
    assert graph.diagnostics == ()  # nothing is taken for a secret in plain text
    annotations = job(graph, "orders-bootstrap")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["platform/database"] is UNKNOWN
    (container,) = pod_of(job(graph, "orders-migrations"))["containers"]
    assert [name for name, value in variables(container).items() if value is UNKNOWN] == ["DATABASE_HOST"]
