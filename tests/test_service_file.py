"""service.yaml: a service as data, with overrides per environment, and errors at the paths of the file."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from platform_components.base import Context, InvalidInput
from platform_components.base.settings import Platform
from platform_components.service_file import ServiceFile, load_service

IMAGE = "registry.example/courier:1.4.2"
ROOT = Path(__file__).parent.parent

PLATFORM = """
    organization: shop
    regions: [eu-west-1]
    teams: [shop-team]
    environments:
      dev: { tier: development, region: eu-west-1 }
      prod: { tier: production, region: eu-west-1 }
    stacks:
      courier: { owner: shop-team }
      billing: { owner: shop-team }
"""


def context(environment: str = "dev") -> Context:
    tier = {"prod": "production"}.get(environment, "development")
    return Context.model_validate(
        {
            "environment": environment,
            "tier": tier,
            "region": "eu-west-1",
            "service": "courier",
            "owner": "shop-team",
        }
    )


def written(directory: Path, text: str, folder: str = "courier") -> Path:
    """Write a service.yaml in the folder of a stack, with a platform.yaml."""
    (directory / "platform.yaml").write_text(textwrap.dedent(PLATFORM), encoding="utf-8")
    path = directory / "stacks" / folder / "service.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def load(path: Path, context: Context, image: str | None = None) -> ServiceFile:
    """Load the file, with the platform.yaml in a parent directory if there is one."""
    root = next((parent for parent in path.parents if (parent / "platform.yaml").is_file()), None)
    return load_service(path, context, image=image, platform=Platform.load(root) if root else None)


def problems(path: Path, environment: str = "dev", image: str | None = IMAGE) -> str:
    """Return the error message for an invalid file."""
    with pytest.raises(InvalidInput) as caught:
        load(path, context(environment), image=image)
    return "\n".join(" ".join(line.split()) for line in str(caught.value).splitlines())


def test_a_file_can_set_all_fields(tmp_path: Path) -> None:
    """The fields of a service and its parts have the same names in the file."""
    path = written(
        tmp_path,
        """
        service: courier
        image: registry.example/courier:1.4.2
        kind: worker
        cpu: 0.5
        command: [courier, --loop]
        environment: { LOG_LEVEL: debug }
        egress: [{ cidr: 203.0.113.0/24, port: 587 }]
        database: {}
        buckets:
          attachments: { expire_after_days: 30 }
        """,
    )
    service = load(path, context())
    args = service.args
    assert (service.name, args.image, args.kind, args.cpu) == ("courier", IMAGE, "worker", "0.5")
    assert args.command == ("courier", "--loop")
    assert args.egress[0].port == 587
    assert args.database is not None
    assert args.cache is None
    assert args.buckets["attachments"].expire_after_days == 30


def test_an_environment_overrides_fields(tmp_path: Path) -> None:
    """Mappings are merged field by field, other values are replaced; other environments have no effect."""
    path = written(
        tmp_path,
        """
        service: courier
        max_replicas: 4
        command: [courier, --loop]
        buckets:
          attachments: { expire_after_days: 30, versioned: false }
        environments:
          prod:
            max_replicas: 12
            command: [courier]
            buckets:
              attachments: { expire_after_days: 365 }
        """,
    )
    dev, prod = (load(path, context(name), image=IMAGE).args for name in ("dev", "prod"))
    assert (dev.max_replicas, dev.command) == (4, ("courier", "--loop"))
    assert dev.buckets["attachments"].expire_after_days == 30
    assert (prod.max_replicas, prod.command) == (12, ("courier",))
    assert prod.buckets["attachments"].expire_after_days == 365
    assert prod.buckets["attachments"].versioned is False


def test_an_environment_unsets_fields_with_null(tmp_path: Path) -> None:
    """At any depth: a part, an entry of a mapping, a field of a part. The default applies there."""
    path = written(
        tmp_path,
        """
        service: courier
        database: { storage_gb: 50, multi_az: true }
        cache: {}
        memory: 1Gi
        environment: { LOG_LEVEL: debug, REGION: eu }
        buckets: { attachments: {}, exports: {} }
        environments:
          dev:
            database: { storage_gb: null }
            cache: null
            memory: ~
            environment: { LOG_LEVEL: null }
            buckets: { exports: null }
        """,
    )
    dev, prod = (load(path, context(name), image=IMAGE).args for name in ("dev", "prod"))
    assert dev.cache is None
    assert dev.origin("cache") == "stacks/courier/service.yaml environments.dev"
    assert dev.database is not None
    assert (dev.database.resolve(context(), "").storage_gb, dev.database.multi_az) == (20, True)
    assert (dev.memory, set(dev.environment), set(dev.buckets)) == ("256Mi", {"REGION"}, {"attachments"})
    assert prod.database is not None
    assert prod.cache is not None
    assert (prod.database.storage_gb, prod.memory, len(prod.buckets)) == (50, "1Gi", 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # An empty value often means "with all defaults": it must not remove a database.
        ("database: {}\nenvironments: { dev: { database: } }", "environments.dev.database has no value"),
        ("environments: { dev: { database: null } }", "environments.dev.database unsets a field that is not"),
        ("database: null", "database has no value write database: {}"),
        ("callers: [null]", "callers[0] = null must be a string"),
        ("environments: { dev: { service: null } }", "environments.dev.service must be the same"),
        ("environments: { dev: null }", "environments.dev has no value"),
    ],
)
def test_null_elsewhere_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    """Only in an environment, and only for what the file sets."""
    found = problems(written(tmp_path, f"service: courier\n{text}\n"))
    assert found.startswith("stacks/courier/service.yaml: 1 problem\n")
    assert message in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("memory: 512", "memory = 512 must be between 16Mi and 512Gi did you mean 512Mi?"),
        (
            "memory: 1g",
            'memory = "1g" must be a Kubernetes memory quantity such as 256Mi or 2Gi did you mean 1Gi?',
        ),
        ("memory: 512m", "did you mean 512Mi?"),
        ("memory: 2 GB", "did you mean 2Gi?"),
        ("memory: 1.5gib", "did you mean 1.5Gi?"),
        ("memory: 4", "did you mean 4Gi?"),
        ("memory: lots", "remove it to use the default, 256Mi"),
        ("memory: 9999Gi", "remove it to use the default, 256Mi"),
        ("cpu: 500", "cpu = 500 must be between 1m and 96 cores; 100m is 0.1 cores did you mean 500m?"),
        ("cpu: 250 m", "did you mean 250m?"),
        ("cpu: 250M", "did you mean 250m?"),
        ("cpu: 200000", "remove it to use the default, 100m"),
        ("command: python -m app", "command must be a list write a list: [first, second]"),
        ("callers: ledger", 'callers = "ledger" must be a list write a list: [ledger]'),
        ("callers: ledger, shop", 'callers = "ledger, shop" must be a list write a list: [first, second]'),
        ("environment: { prod: { A: b } }", "environment.prod must be a string did you mean environments?"),
    ],
)
def test_likely_intentions_are_suggested(tmp_path: Path, text: str, message: str) -> None:
    """Units of other tools, missing units, a string for a list, and overrides under `environment`."""
    found = problems(written(tmp_path, f"service: courier\n{text}\n"))
    assert found.startswith("stacks/courier/service.yaml: 1 problem\n")
    assert message in found


def test_every_value_has_an_origin(tmp_path: Path) -> None:
    """The origin is the file, an environment in the file, the config of the stack, or the sizing table."""
    path = written(
        tmp_path,
        """
        service: courier
        cpu: 250m
        cache: {}
        environments: { prod: { max_replicas: 12 } }
        """,
    )
    args = load(path, context("prod"), image=IMAGE).args
    resolved = args.resolve(context("prod"), "it")
    file = "stacks/courier/service.yaml"
    assert resolved.origin("cpu") == file
    assert resolved.origin("max_replicas") == f"{file} environments.prod"
    assert resolved.origin("image") == "config of the stack"
    assert resolved.origin("min_replicas") == "sizing table (production tier)"
    assert resolved.origin("port") == "default"


def test_either_the_stack_or_the_file_sets_the_image(tmp_path: Path) -> None:
    """An image in the file that the stack overrides is an error; so is no image at all."""
    path = written(tmp_path, "service: courier\nimage: registry.example/courier:1.0.0\n")
    assert load(path, context()).args.image == "registry.example/courier:1.0.0"
    assert "image is set by the config of the stack remove it here, and set `image` there" in problems(path)
    path.write_text(
        "service: courier\nenvironments: { prod: { image: 'courier:1.0.0' } }\n", encoding="utf-8"
    )
    assert "environments.prod.image is set by the config of the stack" in problems(path)
    path.write_text("service: courier\n", encoding="utf-8")
    assert "image is required Container image to run" in problems(path, image=None)
    assert 'image = "courier" must have a digest' in problems(path, image="courier")
    assert "correct it in the config of the stack" in problems(path, image="courier")


def test_all_errors_of_a_file_are_reported_together(tmp_path: Path) -> None:
    """Each error has the path of its value, including those of other environments."""
    path = written(
        tmp_path,
        """
        service: courier
        prot: 8080
        cpu: 100 m
        database: { storage: 20 }
        buckets:
          Attachments: {}
        environments:
          dev: { max_replicas: 0 }
          prod: { min_replica: 6, database: { multi_az: "yes" } }
        """,
    )
    lines = problems(path).splitlines()
    assert lines[0] == "stacks/courier/service.yaml: 7 problems"
    assert sorted(line.split(" ")[0] for line in lines[1:]) == [
        "buckets.Attachments",
        "cpu",
        "database.storage",
        "environments.dev.max_replicas",
        "environments.prod.database.multi_az",
        "environments.prod.min_replica",
        "prot",
    ]
    text = "\n".join(lines)
    assert "prot = 8080 unknown field did you mean port?" in text
    assert "database.storage = 20 unknown field did you mean storage_gb?" in text
    assert "environments.prod.min_replica = 6 unknown field did you mean min_replicas?" in text


CUSTOMIZED = """
    service: courier
    database:
      customize: { instance: { max_allocated_storage: 500, iops: 3000, dedicated_log_volume: null } }
    customize:
      deployment: { spec: { minReadySeconds: 10 } }
      autoscaler: { spec: { minReplicas: 4 } }
    environments:
      dev:
        database: { customize: { instance: { iops: null, storage_throughput: null } } }
        customize:
          deployment: { spec: { paused: true, minReadySeconds: null, progressDeadlineSeconds: null } }
          autoscaler: { spec: { minReplicas: null } }
    """


def test_customize_is_merged_with_that_of_the_environment(tmp_path: Path) -> None:
    """`null` unsets an override of the file; without one, it removes the value of the component."""
    args = load(written(tmp_path, CUSTOMIZED), context("dev"), IMAGE).args
    assert args.customize == {
        "deployment": {"spec": {"paused": True, "progressDeadlineSeconds": None}},
        "autoscaler": {},
    }
    assert args.database is not None
    assert args.database.customize["instance"] == {
        "max_allocated_storage": 500,
        "dedicated_log_volume": None,
        "storage_throughput": None,
    }


def test_customize_without_a_value_is_an_error(tmp_path: Path) -> None:
    """A key without a value is often a mistake; `null` is not. A child is not a value to remove."""
    path = written(
        tmp_path,
        """
        service: courier
        customize:
          deployment: null
          service: { spec: { type: } }
        """,
    )
    text = problems(path)
    assert "customize.deployment has no value" in text
    assert "customize.service.spec.type has no value" in text


def test_a_value_of_another_type_in_customize_is_reported_for_its_environment(tmp_path: Path) -> None:
    """Before that environment is deployed, with the path in the file."""
    path = written(
        tmp_path,
        """
        service: courier
        database: { customize: { instance: { multi_az: "yes" } } }
        customize: { namespace: { metadata: { name: other } } }
        environments: { prod: { customize: { deployment: { spec: { replicas: three } } } } }
        """,
    )
    text = problems(path, "dev")
    assert 'database.customize.instance.multi_az = "yes" must be true or false' in text
    assert "customize.namespace.metadata.name is set by the component" in text
    assert 'environments.prod.customize.deployment.spec.replicas = "three" must be an integer' in text


def test_contradictions_are_reported_for_the_file(tmp_path: Path) -> None:
    """Values that contradict the tier's sizes are reported for the file, before the service is created."""
    path = written(
        tmp_path,
        """
        service: courier
        customize: { deploymnet: {} }
        environments: { prod: { max_replicas: 2 } }
        """,
    )
    text = problems(path, "prod")
    assert text.startswith("stacks/courier/service.yaml: 2 problems")
    assert "environments.prod.max_replicas = 2 must be at least min_replicas, which is 3" in text
    assert "customize.deploymnet unknown child did you mean deployment?" in text
    assert "environments.prod.max_replicas = 2" in problems(path, "dev")  # before a deployment of prod fails


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: worker", "service is required Name of the service"),
        ("service: Courier", "service"),
        ("service: curier", 'service = "curier" must be courier, the stack whose folder it is in'),
        (
            "service: courier\nenvironments: { prd: {} }",
            "environments.prd is not an environment in platform.yaml",
        ),
        ("service: courier\nenvironments: { prd: {} }", "did you mean prod?"),
        (
            "service: courier\nenvironments: { dev: { service: other } }",
            "environments.dev.service must be the same",
        ),
        ("service: courier\nenvironments: [dev]", "environments = "),
        ("service: courier\nenvironments: { dev: 4 }", "environments.dev = 4 must be a mapping"),
        (
            "service: courier\ndatabase:",
            "database has no value write database: {} for one with all defaults, or",
        ),
        ("service: courier\nenvironments:", "environments has no value"),
        ("service: courier\nenvironment: { A: }", "environment.A has no value"),
        ("service: courier\nenvironment: { DEBUG: true }", "environment.DEBUG must be a string"),
        ("service: courier\nenvironment: { API_KEY: abcdef }", "environment.API_KEY looks like a secret"),
        ("service: courier\nservice: courier", 'duplicate key "service"'),
        ("service: courier\n  cpu: 1", "line 2, column 6"),
        ("- service", "file must be a mapping"),
        ("", "file is empty add at least `service: courier`"),
        ("service: courier\nbuckets:", "buckets has no value set a value, or remove the line"),
    ],
)
def test_errors_have_a_path_or_line(tmp_path: Path, text: str, message: str) -> None:
    """Each message has the path or line, and a remedy."""
    found = problems(written(tmp_path, text))
    assert found.startswith("stacks/courier/service.yaml: ")
    assert message in found
    assert "abcdef" not in found


def test_a_copied_file_must_have_its_own_name(tmp_path: Path) -> None:
    """A copy in another stack's folder would otherwise overwrite the original service."""
    path = written(tmp_path, "service: courier\n", folder="billing")
    assert "must be billing, the stack whose folder it is in" in problems(path)


def test_outside_the_folders_of_stacks_the_name_must_be_a_stack(tmp_path: Path) -> None:
    """The name of the service is compared with the stacks of the platform."""
    path = written(tmp_path, "service: curier\n", folder="deploy")
    assert "is not a stack in platform.yaml did you mean courier?" in problems(path)


def test_a_file_without_a_platform_is_valid(tmp_path: Path) -> None:
    """Without a platform.yaml, names are not checked, and messages contain the name of the file."""
    path = tmp_path / "service.yaml"
    path.write_text("service: anything\nenvironments: { anywhere: {} }\n", encoding="utf-8")
    assert load(path, context(), image=IMAGE).name == "anything"
    path.write_text("service: anything\nprot: 1\n", encoding="utf-8")
    assert problems(path).startswith("service.yaml: 1 problem")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    """The remedy names the folder."""
    path = written(tmp_path, "")
    path.unlink()
    assert "file does not exist create it in courier/" in problems(path)


def test_the_service_file_of_this_project_is_valid() -> None:
    """The service.yaml of the notifications stack is valid in every environment."""
    path = ROOT / "stacks" / "notifications" / "service.yaml"
    for environment in ("dev", "prod"):
        service = load(path, context(environment), image=IMAGE)
        assert (service.name, service.args.kind) == ("notifications", "worker")


def test_callers_are_stacks_of_the_platform(tmp_path: Path) -> None:
    """Each unknown caller is reported at its place, in every environment."""
    path = written(
        tmp_path,
        """
        service: courier
        callers: [billing, biling]
        environments:
          prod: { callers: [nobody] }
        """,
    )
    text = problems(path)
    assert 'callers[1] = "biling" is not a stack or namespace in platform.yaml did you mean billing?' in text
    assert 'environments.prod.callers[0] = "nobody" is not a stack or namespace in platform.yaml' in text
    assert "2 problems" in text
