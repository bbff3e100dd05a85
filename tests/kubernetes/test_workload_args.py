"""Arguments of a workload: what is accepted, and the message for what is not."""

from __future__ import annotations

from typing import Any

import pytest

from platform_components.base import Context, InvalidInput
from platform_components.engine import ProgramError
from platform_components.kubernetes.workload import Workload
from platform_components.kubernetes.workload_args import WorkloadArgs
from platform_components.testing import render
from tests.kubernetes.workloads import DIGEST, IMAGE, problems
from tests.samples import context_of


@pytest.mark.parametrize(
    "image",
    [
        "orders:1.4.2",
        "shop/orders:1.4.2",
        IMAGE,
        f"registry.example/orders:latest@{DIGEST}",
        "localhost:5000/a:b",
    ],
)
def test_an_image_that_names_one_build_is_taken(image: str) -> None:
    """Images with a digest or a tag are accepted, from any registry; with a digest, any tag is."""
    assert WorkloadArgs(image=image).image == image


@pytest.mark.parametrize(
    ("image", "rule"),
    [
        ("orders", "or a tag; without either"),
        ("registry.example:5000/orders", "or a tag; without either"),
        ("orders:latest", "must not use the tag latest"),
        ("orders@sha256:8c1f", "64 lowercase hexadecimal digits"),
        ("Orders:1.0", "must be an image reference"),
        ("orders:1.0 ", "must be an image reference"),
        ("https://registry.example/orders:1.0", "must be an image reference"),
        ("", "must be an image reference"),
    ],
)
def test_an_image_that_could_change_is_refused(image: str, rule: str) -> None:
    """Images without a tag, with the tag latest, and invalid references are rejected."""
    assert rule in problems(image=image)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"cpu": "1000"}, 'cpu = "1000" must be between 1m and 96 cores'),
        ({"cpu": "0"}, "must be between 1m"),
        ({"cpu": "100 m"}, "must be a Kubernetes CPU quantity such as 250m or 2"),
        ({"cpu": "-1"}, "must be a Kubernetes CPU quantity"),
        ({"memory": "256MB"}, "must be a Kubernetes memory quantity such as 256Mi or 2Gi"),
        ({"memory": "256m"}, "must be a Kubernetes memory quantity"),
        ({"memory": "256"}, "must be between 16Mi and 512Gi"),
        ({"memory": "4Ti"}, "must be a Kubernetes memory quantity"),
        ({"memory": "512Mi", "memory_limit": "0.25Gi"}, "must be at least memory, which is 512Mi"),
        ({"max_replicas": 2}, "max_replicas = 2 must be at least min_replicas, which is 3"),
        ({"max_replicas": 2}, "min_replicas is from sizing table (development tier), max_replicas from"),
        ({"min_replicas": 0}, "must be at least 1"),
        ({"kind": "webb"}, 'must be "web" or "worker"'),
        ({"kind": "worker", "port": 80}, "port does not apply to kind worker"),
        ({"kind": "worker", "health_path": "/x"}, "health_path does not apply to kind worker"),
        ({"kind": "worker", "callers": ("cart",)}, "callers does not apply to kind worker"),
        ({"health_path": "healthz"}, "must be a path such as /healthz"),
        ({"startup_seconds": 2}, "must be at least 5"),
        ({"min_ready_seconds": 601}, "must be at most 600"),
        ({"architecture": "x86"}, 'must be "amd64" or "arm64"'),
        ({"zone_spread": "hard"}, 'must be "required" or "preferred"'),
        ({"metrics_port": 8080}, "metrics_port = 8080 must not be port, which callers can connect to"),
        *(
            ({field: ("",)}, f"{field}[0] must not be empty: it is the executable such as [./healthcheck]")
            for field in ("command", "health_command", "liveness_command")
        ),
        *(
            ({field: ("a", f"b{character}")}, f"{field}[1] must not contain control characters other than")
            for field in ("command", "arguments", "health_command", "liveness_command")
            for character in ("\0", "\x1b", "\r")
        ),
        ({"metrics_callers": ("otel",)}, "metrics_callers does not apply without metrics_port"),
        (
            {"metrics_port": 9090, "metrics_callers": ()},
            "metrics_callers = [] must have at least 1 entry remove it to use the default, monitoring",
        ),
        ({"tmp_size": "65Gi"}, 'tmp_size = "65Gi" must be at most 64Gi use a bucket for larger data'),
        ({"tmp_size": "1G2"}, "must be a Kubernetes memory quantity"),
        ({"port": "8080"}, "must be an integer"),
        ({"egress": ({"cidr": "10.0.0.1/8", "port": 1},)}, "egress[0].cidr"),
        ({"environment": {"1ST": "x"}}, "must be letters, digits and underscores"),
        ({"environment": {"A": 1}}, "environment.A must be a string put it in quotes"),
    ],
)
def test_mistakes_are_named(args: dict[str, Any], message: str) -> None:
    """Each problem has the field, its value, the constraint, and the origin if relevant."""
    assert message in problems(**args)


def test_a_workload_is_not_called_like_a_namespace_of_kubernetes() -> None:
    """Its namespace has its name, and Kubernetes reserves these."""
    with pytest.raises(ProgramError, match="is a namespace that Kubernetes reserves"):
        render(lambda: Workload("kube-dns", WorkloadArgs(image=IMAGE), context=context_of("development")))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STRIPE_API_KEY", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
        ("DB_PASSWORD", "hunter2hunter2"),
        ("DATABASE_URL", "postgres://orders:hunter2hunter2@db.example/orders"),
        ("BASIC_AUTH", "orders:hunter2"),
        ("JAVA_OPTS", "-Xmx1g -Dstore.password=hunter2"),
        ("DSN", "host=db.example password='hunter2'"),
    ],
)
def test_a_secret_in_plain_text_is_refused_and_not_shown(variable: str, value: str) -> None:
    """It is detected by its name or its format; the message states what to do instead."""
    text = problems(environment={variable: value})
    assert f"environment.{variable}" in text
    assert "ARN of a" in text
    assert value not in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STRIPE_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf"),
        ("TOKEN_TTL_SECONDS", "3600"),
        ("TOKEN_FILE", "/var/run/secrets/token"),
        ("USE_SECRET_STORE", "true"),
        ("TOKEN_LIFETIME", "15m"),
        ("AUTH_MODE", "oidc"),
        ("AUTH_URL", "https://login.example"),
        ("PASSWORD", ""),
        ("DATABASE_URL", "postgres://db.example/orders"),
        ("DATABASE_URL", "postgres://orders:$(PASSWORD)@db.example/orders"),
    ],
)
def test_a_reference_to_a_secret_is_none(variable: str, value: str) -> None:
    """An ARN, a path, a number, a duration or a boolean is accepted for any variable name."""
    args = WorkloadArgs(image=IMAGE, environment={variable: value})
    assert args.resolve(context_of("development"), "it").environment == {variable: value}


@pytest.mark.parametrize("field", ["command", "arguments"])
@pytest.mark.parametrize(
    "words",
    [
        ["run", "--password=hunter2"],
        ["run", "--db-password", "hunter2"],
        ["env", "TOKEN=hunter2"],
        ["sh", "-c", "export API_KEY='hunter2' && run"],
        ["sh", "-c", "run --token hunter2"],
        ["run", "--dsn=postgres://orders:hunter2@db.example/orders"],
    ],
)
def test_a_secret_in_a_command_is_refused_and_not_shown(field: str, words: list[str]) -> None:
    """It is detected as a word, after an option, or in a shell command; the message names the word."""
    given: dict[str, Any] = {field: words}
    text = problems(**given)
    assert f"{field}[{len(words) - 1}] " in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--token-file=/run/token", "--no-password", "--verbose"],
        ["run", "--secret-arn", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf"],
        ["run", "--token=$(TOKEN)", "--token-ttl", "15m", "--author=me", "--secret-name", "orders/stripe"],
        ["sh", "-c", 'TOKEN="$(cat /run/token)" exec run'],
    ],
)
def test_a_command_that_refers_to_a_secret_is_taken(words: list[str]) -> None:
    """Files, ARNs, other variables, and options that only refer to secrets are accepted."""
    args = WorkloadArgs(image=IMAGE, command=tuple(words))
    assert args.resolve(context_of("development"), "it").command == tuple(words)


def test_a_number_of_cores_is_taken_as_yaml_gives_it() -> None:
    """`cpu: 2` in a file is accepted; `cpu: true` is rejected."""
    assert WorkloadArgs.parse({"image": IMAGE, "cpu": 2}, "service.yaml").cpu == "2"
    assert "must be a string" in problems(cpu=True)


def test_a_caller_that_is_no_stack_is_rejected() -> None:
    """A typo would silently keep the caller out. Without a platform.yaml, any name is accepted."""
    args = WorkloadArgs(image=IMAGE, callers=("cart", "crat"))
    known = context_of("development").narrowed(Context, callers=("cart", "orders"))
    with pytest.raises(InvalidInput) as caught:
        args.resolve(known, "it")
    text = " ".join(str(caught.value).split())
    assert 'callers[1] = "crat" is not a stack or namespace in platform.yaml did you mean cart?' in text
    assert "1 problem" in text
    assert args.resolve(context_of("development"), "it").callers == ("cart", "crat")


@pytest.mark.parametrize(
    "variable",
    [
        *("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "KUBERNETES_SERVICE_HOST"),
    ],
)
def test_variables_of_credentials_and_kubernetes_are_rejected(variable: str) -> None:
    """The pods would not use the credentials of their own role, or not find the API server."""
    found = problems(environment={variable: "x"})
    assert f"environment.{variable}" in found
    assert "must not be a variable" in found


@pytest.mark.parametrize("variable", ["AWS_DEFAULT_REGION", "AWS_ROLE_SESSION_NAME", "LD_PRELOAD", "PATH"])
def test_other_variables_are_accepted(variable: str) -> None:
    """Images preload libraries such as allocators, and a service can extend its path."""
    assert variable in WorkloadArgs(image=IMAGE, environment={variable: "/usr/lib/x.so"}).environment
