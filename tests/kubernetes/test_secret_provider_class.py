"""SecretProviderClass: what the Secrets Store CSI driver and its AWS provider read."""

from __future__ import annotations

import json
from typing import Any

import pulumi

from platform_components import Workload, WorkloadArgs
from platform_components.kubernetes.pod import PodAdditions
from platform_components.kubernetes.secret_provider_class import (
    WHOLE_SECRET,
    SecretObject,
    provider_class,
    secrets_mount,
)
from platform_components.testing import Graph, render
from tests.kubernetes_schema import problems_in
from tests.samples import IMAGE, context_of

STRIPE = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf"
MAIL = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail-AbCdEf"
CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"


def program(*objects: SecretObject, **sync: str) -> Graph:
    """Return the graph of a workload whose pods mount the files of these secrets."""

    def create() -> None:
        owner = Workload("bank", WorkloadArgs(image=IMAGE), context=context_of("development"))
        Workload(
            "orders",
            WorkloadArgs(image=IMAGE),
            context=context_of("development"),
            additions=PodAdditions(
                mounts=[secrets_mount("/run/secrets/orders", "orders-secrets")],
                objects=[
                    lambda first: provider_class(
                        owner,
                        "secrets",
                        "orders",
                        "eu-west-1",
                        objects,
                        sync=sync,
                        opts=owner.child(depends_on=list(first)),
                    )
                ],
            ),
        )

    return render(create)


def spec(*objects: SecretObject, **sync: str) -> Any:
    return program(*objects, **sync).one(CLASS).inputs["spec"]


def entries(*objects: SecretObject) -> Any:
    """Return the list that the AWS provider parses."""
    return json.loads(spec(*objects)["parameters"]["objects"])


def test_a_secret_becomes_a_file() -> None:
    """The provider uses the ARN as the name of the secret, and the alias as the name of the file."""
    given = SecretObject(STRIPE, {"STRIPE_KEY": WHOLE_SECRET})
    assert entries(given) == [{"objectName": STRIPE, "objectAlias": "STRIPE_KEY"}]


def test_each_value_of_a_secret_with_json_becomes_a_file() -> None:
    """The provider also mounts the complete value, which has a name of its own."""
    given = SecretObject(MAIL, {"MAIL_USER": '"user"', "MAIL_PASSWORD": '"pass-word"'})
    assert entries(given) == [
        {
            "objectName": MAIL,
            "objectAlias": "MAIL_USER.json",
            "jmesPath": [
                {"path": '"user"', "objectAlias": "MAIL_USER"},
                {"path": '"pass-word"', "objectAlias": "MAIL_PASSWORD"},
            ],
        }
    ]


def test_a_secret_can_be_in_several_files() -> None:
    """The provider rejects the same alias twice, and the same secret twice without aliases."""
    given = SecretObject(MAIL, {"FIRST": WHOLE_SECRET, "SECOND": WHOLE_SECRET, "USER": "user"})
    assert entries(given) == [
        {
            "objectName": MAIL,
            "objectAlias": "FIRST",
            "jmesPath": [{"path": "user", "objectAlias": "USER"}],
        },
        {"objectName": MAIL, "objectAlias": "SECOND"},
    ]


def test_an_arn_can_be_an_output() -> None:
    """The list is a string, in which an ARN that is an Output is resolved."""

    def create() -> None:
        owner = Workload("bank", WorkloadArgs(image=IMAGE), context=context_of("development"))
        arn = pulumi.Output.from_input(STRIPE)
        provider_class(owner, "secrets", "bank", "eu-west-1", [SecretObject(arn, {"KEY": WHOLE_SECRET})])

    found = json.loads(render(create).one(CLASS).inputs["spec"]["parameters"]["objects"])
    assert found == [{"objectName": STRIPE, "objectAlias": "KEY"}]


def test_it_uses_the_identity_of_the_pod() -> None:
    """Without `usePodIdentity` the provider uses IAM roles for service accounts."""
    parameters = spec(SecretObject(STRIPE, {"STRIPE_KEY": WHOLE_SECRET}))["parameters"]
    assert (parameters["usePodIdentity"], parameters["region"]) == ("true", "eu-west-1")


def test_a_synced_file_is_a_key_of_a_kubernetes_secret() -> None:
    """Only the files named in `sync` are copied; without any, there is no Kubernetes Secret."""
    given = SecretObject(STRIPE, {"STRIPE_KEY": WHOLE_SECRET, "OTHER": WHOLE_SECRET})
    (synced,) = spec(given, STRIPE_KEY="STRIPE_KEY")["secretObjects"]
    assert (synced["secretName"], synced["type"]) == ("bank-secrets", "Opaque")
    assert synced["data"] == [{"key": "STRIPE_KEY", "objectName": "STRIPE_KEY"}]
    assert "secretObjects" not in spec(given)


def test_it_is_valid() -> None:
    """The object has the fields of its custom resource definition."""
    found = program(SecretObject(STRIPE, {"STRIPE_KEY": WHOLE_SECRET}), STRIPE_KEY="STRIPE_KEY").one(CLASS)
    assert problems_in(found.inputs) == []


def test_the_pods_wait_for_it() -> None:
    """It is created in the namespace and before the Deployment, whose pods can't mount a missing class."""
    graph = program(SecretObject(STRIPE, {"STRIPE_KEY": WHOLE_SECRET}))
    (deployment,) = (each for each in graph.managed if each.name == "orders-deployment")
    assert any(urn.endswith("::bank-secrets") for urn in deployment.dependencies)
    assert any(urn.endswith("::orders-namespace") for urn in graph.one(CLASS).dependencies)


def test_its_mount_is_read_only() -> None:
    """The driver supports only read-only mounts."""
    mount = secrets_mount("/run/secrets/orders", "orders-secrets")
    assert (mount.path, mount.writable) == ("/run/secrets/orders", False)
    assert mount.volume["name"] == "orders-secrets"
    assert mount.volume["csi"] == {
        "driver": "secrets-store.csi.k8s.io",
        "read_only": True,
        "volume_attributes": {"secretProviderClass": "orders-secrets"},
    }
