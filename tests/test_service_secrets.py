"""Secrets of a service: delivered as files, or as variables if the service asks for it explicitly."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from platform_components.base import InvalidInput
from platform_components.engine import ProgramError
from platform_components.platform_services import PlatformServicesOutputs
from platform_components.service_secrets import ServiceSecret
from platform_components.service_stack import ServiceStack, ServiceStackArgs
from platform_components.testing import Graph, render
from tests.deployed import render_deployed
from tests.kubernetes_schema import kubernetes_objects, problems_in
from tests.samples import IMAGE, KEY_ARN, context_of, given_foundation, given_platform_services

STRIPE = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf"
MAIL = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail-AbCdEf"
CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
POLICY = "aws:iam/rolePolicy:RolePolicy"


def build(*, sync: bool = True, **args: Any) -> ServiceStack:
    """Create a service. Call it in a program."""
    return ServiceStack(
        "orders",
        ServiceStackArgs(image=IMAGE, **args),
        context=context_of("development"),
        foundation=given_foundation(),
        platform_services=given_platform_services(sync=sync),
    )


def service(*, sync: bool = True, **args: Any) -> Graph:
    return render(lambda: build(sync=sync, **args))


def pod(graph: Graph) -> Any:
    return graph.one(DEPLOYMENT).inputs["spec"]["template"]["spec"]


def entries(graph: Graph) -> Any:
    return json.loads(graph.one(CLASS).inputs["spec"]["parameters"]["objects"])


def statements(**args: Any) -> dict[str, dict[str, Any]]:
    """Return the statements of the service's role by Sid."""
    policy = render_deployed(lambda: build(**args)).one(POLICY).inputs["policy"]
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def problems(**args: Any) -> str:
    """Return the error message for an invalid service."""
    with pytest.raises(ProgramError) as caught:
        service(**args)
    return " ".join(str(caught.value).split())


def test_a_secret_is_mounted_as_a_file() -> None:
    """The variable contains the path of the file, and the volume is read-only."""
    graph = service(secrets={"STRIPE_KEY": STRIPE})
    (container,) = pod(graph)["containers"]
    assert {"name": "STRIPE_KEY_FILE", "value": "/run/secrets/platform/STRIPE_KEY"} in container["env"]
    (mount,) = (each for each in container["volumeMounts"] if each["mountPath"] == "/run/secrets/platform")
    assert mount["readOnly"] is True
    (volume,) = (each for each in pod(graph)["volumes"] if each["name"] == mount["name"])
    assert volume["csi"]["volumeAttributes"] == {"secretProviderClass": "orders-secrets"}
    assert entries(graph) == [{"objectName": STRIPE, "objectAlias": "STRIPE_KEY"}]
    assert "secretObjects" not in graph.one(CLASS).inputs["spec"]


def test_its_objects_are_valid() -> None:
    """This applies to files and variables."""
    graph = service(secrets={"STRIPE_KEY": STRIPE, "MAIL": {"arn": MAIL, "as": "env"}})
    assert CLASS in {each.type for each in kubernetes_objects(graph)}
    for each in kubernetes_objects(graph):
        assert problems_in(each.inputs) == [], each


def test_the_role_can_read_exactly_that_secret() -> None:
    """The driver's provider describes a secret before it fetches it again."""
    (statement,) = statements(secrets={"STRIPE_KEY": STRIPE}).values()
    assert statement["Action"] == ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    assert statement["Resource"] == [STRIPE]


def test_the_role_can_use_the_key_of_a_secret_through_secrets_manager() -> None:
    """A customer managed key requires it; the role can't decrypt other data with the key."""
    found = statements(secrets={"STRIPE_KEY": {"arn": STRIPE, "kms_key_arn": KEY_ARN}})
    assert (found["SecretKeys"]["Action"], found["SecretKeys"]["Resource"]) == ("kms:Decrypt", [KEY_ARN])
    host = {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}
    assert found["SecretKeys"]["Condition"] == {"StringEquals": host}


def test_the_pods_wait_for_the_secrets() -> None:
    """The class and the permissions exist before the first pod, whose volume could not be mounted."""
    graph = service(secrets={"STRIPE_KEY": STRIPE})
    needed = {urn.rpartition("::")[2] for urn in graph.one(DEPLOYMENT).dependencies}
    assert needed >= {"orders-secrets", "orders-access", "orders-identity"}
    secrets = graph.one(CLASS)
    assert "orders-namespace" in {urn.rpartition("::")[2] for urn in secrets.dependencies}
    assert "::orders-kubernetes::" in secrets.provider


def test_a_key_selects_a_value_of_a_secret() -> None:
    """Two values of one secret are one object, which the provider fetches once."""
    given = {
        name: {"arn": MAIL, "key": key} for name, key in (("MAIL_USER", "user"), ("MAIL_PASS", "pass-word"))
    }
    (entry,) = entries(service(secrets=given))
    assert entry["jmesPath"] == [
        {"path": '"user"', "objectAlias": "MAIL_USER"},
        {"path": '"pass-word"', "objectAlias": "MAIL_PASS"},
    ]


def test_a_variable_is_explicit() -> None:
    """It makes a Kubernetes Secret of this secret only; the others are files."""
    graph = service(secrets={"STRIPE_KEY": {"arn": STRIPE, "as": "env"}, "MAIL": MAIL})
    (container,) = pod(graph)["containers"]
    variables = {each["name"]: each for each in container["env"]}
    assert variables["STRIPE_KEY"]["valueFrom"]["secretKeyRef"] == {
        "name": "orders-secrets",
        "key": "STRIPE_KEY",
    }
    assert "STRIPE_KEY_FILE" not in variables
    assert "MAIL_FILE" in variables
    (synced,) = graph.one(CLASS).inputs["spec"]["secretObjects"]
    assert synced["data"] == [{"key": "STRIPE_KEY", "objectName": "STRIPE_KEY"}]


def test_a_variable_requires_the_synchronization() -> None:
    """Without it, the Kubernetes Secret would never exist and the pods would not start."""
    given = {"STRIPE_KEY": {"arn": STRIPE, "as": "env"}}
    found = problems(sync=False, secrets=given)
    assert "secrets.STRIPE_KEY.as requires sync_to_kubernetes of PlatformServices" in found
    assert service(sync=False, secrets={"STRIPE_KEY": STRIPE}).of_type(CLASS)


def test_secrets_require_the_platform_services() -> None:
    """Without the driver no volume is mounted. The problem is in one message with the others."""

    def create() -> None:
        ServiceStack(
            "default",
            ServiceStackArgs(image=IMAGE, secrets={"STRIPE_KEY": STRIPE}),
            context=context_of("development"),
            foundation=given_foundation(),
        )

    with pytest.raises(ProgramError) as caught:
        render(create)
    text = " ".join(str(caught.value).split())
    assert "platform_services is required by secrets pass PlatformServicesOutputs.imported(...)" in text
    assert "2 problems" in text


def test_a_service_without_secrets_is_as_before() -> None:
    """With and without platform services, it has no class and no volume for secrets."""
    graph = service()
    assert graph.of_type(CLASS) == ()
    assert [volume["name"] for volume in pod(graph)["volumes"]] == ["tmp"]


def test_a_secret_is_in_the_region_of_the_environment() -> None:
    """The driver's provider rejects an ARN of another region; a replica has its own."""
    found = problems(secrets={"STRIPE_KEY": STRIPE.replace("eu-west-1", "us-east-1")})
    assert "secrets.STRIPE_KEY.arn" in found
    assert "must be in eu-west-1, the region of the component" in found
    assert "pass the ARN of the replica there" in found
    found = problems(secrets={"A": {"arn": STRIPE, "kms_key_arn": KEY_ARN.replace("eu-west-1", "us-east-1")}})
    assert "secrets.A.kms_key_arn" in found
    assert "must be in eu-west-1, the region of the component" in found
    found = problems(secrets={"A": STRIPE.replace("arn:aws:", "arn:aws-cn:")})
    assert "must be an ARN of the partition aws" in found


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"arn": "sk_live_0123456789"}, "secrets.A.arn must be the ARN of a secret"),
        ({"arn": STRIPE.replace("eu-west-1", "us-east-1")}, "must be in eu-west-1"),
        ({"kms_key_arn": "garbage"}, "secrets.A.kms_key_arn must be the ARN of a KMS key"),
        ({"kms_key_arn": KEY_ARN.replace("eu-west-1", "us-east-1")}, "must be in eu-west-1"),
    ],
)
def test_outputs_are_checked_when_they_are_known(given: dict[str, str], problem: str) -> None:
    """The message names the field, and does not show a value that may be the secret."""

    def create() -> None:
        outputs: Any = {field: pulumi.Output.from_input(value) for field, value in given.items()}
        build(secrets={"A": ServiceSecret(**({"arn": STRIPE} | outputs))})

    with pytest.raises(ProgramError) as caught:
        render(create)
    found = " ".join(str(caught.value).split())
    assert 'ServiceStack "orders"' in found
    assert problem in found
    assert "sk_live" not in found


@pytest.mark.parametrize(
    ("name", "as_"),
    [
        *(("AWS_CONTAINER_CREDENTIALS_FULL_URI", "env"), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "file")),
        *(("AWS_WEB_IDENTITY_TOKEN", "file"), ("AWS_ROLE_ARN", "env"), ("AWS_ACCESS_KEY_ID", "env")),
        *(("AWS_SECRET_ACCESS_KEY", "env"), ("AWS_SESSION_TOKEN", "env"), ("KUBERNETES_SERVICE_HOST", "env")),
        *(("LD_PRELOAD", "env"), ("PATH", "env")),
    ],
)
def test_reserved_variables_are_not_secrets(name: str, as_: str) -> None:
    """They would replace the credentials of the pod's role, or determine the programs that run."""
    found = problems(secrets={name: {"arn": STRIPE, "as": as_}})
    assert f"secrets.{name} sets {name}" in found
    assert "which must not be a variable" in found


def test_a_policy_that_iam_rejects_for_its_size_is_reported() -> None:
    """The quota is that of all inline policies of a role."""
    queues = [f"arn:aws:sqs:eu-west-1:111122223333:orders-{number}" for number in range(400)]
    found = problems(permissions=[{"actions": ["sqs:SendMessage"], "resources": queues}])
    assert "policy must have at most 10,240 characters, IAM's quota per role; has" in found


def test_keys_of_one_secret_are_one_statement() -> None:
    """Statements count towards the quota of the role."""
    secrets = {f"KEY_{number}": {"arn": STRIPE, "key": f"k{number}"} for number in range(100)}
    assert list(statements(secrets=secrets)) == ["Key0"]


@pytest.mark.parametrize(
    ("secrets", "environment", "problem"),
    [
        (
            {"AWS_REGION": {"arn": STRIPE, "as": "env"}},
            {},
            "secrets.AWS_REGION sets AWS_REGION, as the platform",
        ),
        ({"A": STRIPE, "A_FILE": {"arn": MAIL, "as": "env"}}, {}, "sets A_FILE, as secrets.A does"),
        ({"A": STRIPE}, {"A_FILE": "/tmp/a"}, "environment.A_FILE is set by the platform"),
        ({"A": {"arn": STRIPE, "as": "env"}}, {"A": "a"}, "environment.A is set by the platform"),
    ],
)
def test_two_fields_never_set_one_variable(
    secrets: dict[str, Any], environment: dict[str, str], problem: str
) -> None:
    """Kubernetes would use the last one."""
    assert problem in problems(secrets=secrets, environment=environment)


def test_the_value_of_a_secret_is_never_shown() -> None:
    """Someone who passes it instead of the ARN does not find it in the logs of CI."""
    given: Any
    for given in ("sk_live_0123456789", {"arn": "sk_live_0123456789"}, {"value": "sk_live_0123456789"}):
        with pytest.raises(InvalidInput) as caught:
            ServiceStackArgs(image=IMAGE, secrets={"STRIPE_KEY": given})
        assert "0123456789" not in str(caught.value)


def test_a_program_can_pass_outputs() -> None:
    """The ARN of a secret of the same stack is known after the deployment."""

    def create() -> None:
        shared = pulumi.Output.from_input(STRIPE)
        build(secrets={"A": shared, "B": ServiceSecret(arn=shared, key="b")})

    (entry,) = entries(render(create))
    assert (entry["objectName"], entry["objectAlias"]) == (STRIPE, "A")


def test_further_permissions_are_those_of_the_role() -> None:
    """They are statements of the same policy as the access to data stores."""
    queue = "arn:aws:sqs:eu-west-1:111122223333:orders"
    policy = render_deployed(
        lambda: build(
            permissions=[
                {
                    "actions": ["sqs:SendMessage"],
                    "resources": [queue],
                    "condition": {"Bool": {"aws:SecureTransport": "true"}},
                }
            ]
        )
    ).one(POLICY)
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["sqs:SendMessage"],
        "Resource": [queue],
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }


def test_outputs_of_the_platform_services_are_required_of_the_other_stack() -> None:
    """A service imports them from the stack between the foundation and the services."""
    assert PlatformServicesOutputs.exported_names() == ["network_policy", "csi_driver", "sync_to_kubernetes"]


def test_the_region_of_its_secrets_can_be_overridden() -> None:
    """For a replica of the secrets in another region, of the service and of the bootstrap Job."""
    override = {"spec": {"parameters": {"region": "eu-central-1"}}}
    graph = service(
        secrets={"STRIPE_KEY": STRIPE},
        database={},
        customize={"secrets": override, "bootstrap-secret": override},
    )
    before = service(secrets={"STRIPE_KEY": STRIPE}, database={})
    assert len(graph.of_type(CLASS)) == 2
    for each, original in zip(graph.of_type(CLASS), before.of_type(CLASS), strict=True):
        parameters = each.inputs["spec"]["parameters"]
        assert parameters == {**original.inputs["spec"]["parameters"], "region": "eu-central-1"}


@pytest.mark.parametrize("child", ["secrets", "bootstrap-secret"])
def test_the_spec_of_its_secrets_cannot_be_removed(child: str) -> None:
    """The message is about the spec, not about selectors, which the objects of Kubernetes' own API have."""
    text = problems(secrets={"STRIPE_KEY": STRIPE}, database={}, customize={child: {"spec": None}})
    assert f"customize.{child}.spec is required remove the line, so that the component's value stays" in text
    assert "selector" not in text
