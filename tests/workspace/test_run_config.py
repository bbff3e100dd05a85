"""The images and the configuration of one run: the stacks that they apply to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from platform_components.base import InvalidInput
from platform_components.workspace.run_config import run_config_keys, with_run_config
from platform_components.workspace.selection import Selection, select
from tests.bad_input.project import write
from tests.workspace.conftest import run_command

DIGEST = "sha256:" + "9" * 64
OTHER = "sha256:" + "8" * 64


@pytest.fixture(name="selection")
def selection_of_dev(tmp_path: Path) -> Selection:
    write(tmp_path)
    return select(tmp_path, [], "dev")


def images(selection: Selection, *texts: str) -> dict[str, object]:
    project = with_run_config(selection, texts, ()).project
    return {stack: project.config(stack).values["platform:image"] for stack in project.overrides}


@pytest.mark.parametrize(
    "text",
    [
        f"registry.example/shop@{DIGEST}",
        f"shop=registry.example/shop@{DIGEST}",
        f"shop.dev=registry.example/shop@{DIGEST}",
    ],
)
def test_an_image_is_for_the_service_of_its_repository_or_for_the_named_one(
    selection: Selection, text: str
) -> None:
    """No other stack is affected."""
    assert images(selection, text) == {"shop.dev": f"registry.example/shop@{DIGEST}"}


def test_a_named_service_can_have_an_image_of_another_repository(selection: Selection) -> None:
    """Such as the first image of a service, or one of another registry."""
    assert images(selection, f"mailer=other.example/mail@{DIGEST}", f"registry.example/shop:2@{OTHER}") == {
        "mailer.dev": f"other.example/mail@{DIGEST}",
        "shop.dev": f"registry.example/shop:2@{OTHER}",
    }


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([f"registry.example/cart@{DIGEST}"], "is the repository of no selected stack"),
        ([f"shopp=registry.example/shop@{DIGEST}"], "did you mean shop.dev?"),
        ([f"=registry.example/shop@{DIGEST}"], "is not a selected stack"),
        ([f"shop.prod=registry.example/shop@{DIGEST}"], "is not a selected stack"),
        (["registry.example/shop:2"], "must have a digest, because a tag can move"),
        (["registry.example/shop@sha256:12"], "64 lowercase hexadecimal digits"),
        ([f"registry.example/shop@{DIGEST.upper()}"], "64 lowercase hexadecimal digits"),
        ([f"registry.example//shop@{DIGEST}"], "must be an image reference"),
        ([f"registry.example/shop@{DIGEST}", f"shop=a/b@{OTHER}"], "has several images in this run"),
    ],
)
def test_an_image_that_fits_no_stack_or_several_is_rejected(
    selection: Selection, texts: list[str], message: str
) -> None:
    """A guess could preview another service than the one that was built."""
    with pytest.raises(InvalidInput) as caught:
        images(selection, *texts)
    assert message in str(caught.value)


def test_a_repository_of_two_services_is_ambiguous(tmp_path: Path) -> None:
    """The message names the services, and how to choose one."""
    write(tmp_path, "@ Pulumi.mailer.dev.yaml\n- example/mailer\n+ example/shop\n")
    with pytest.raises(InvalidInput) as caught:
        images(select(tmp_path, [], "dev"), f"registry.example/shop@{DIGEST}")
    (problem,) = caught.value.problems
    assert problem.what == "is the repository of several services"
    assert problem.remedy == "pass STACK=registry.example/shop@sha256:...; one of: mailer, shop"


def test_configuration_is_for_the_selected_stacks(tmp_path: Path) -> None:
    """Not for the stacks that they reference."""
    write(tmp_path)
    selection = with_run_config(select(tmp_path, ["shop"], "dev"), (), ["replicas=5", "labels.a=b"])
    assert run_config_keys(selection) == {"shop.dev": ("platform:replicas", "platform:labels.a")}


def test_a_key_that_is_set_twice_is_rejected(selection: Selection) -> None:
    """Also in two spellings. The message has no value."""
    with pytest.raises(InvalidInput, match="is set twice") as caught:
        with_run_config(selection, (), ["token=hunter2", "platform:token=hunter3"])
    assert "hunter" not in str(caught.value)


def test_a_preview_states_the_keys_of_this_run_and_no_values(tmp_path: Path) -> None:
    """The values apply, and the file of the stack stays as it is."""
    write(tmp_path)
    file = tmp_path / "Pulumi.shop.dev.yaml"
    before = file.read_bytes()
    words = ("shop", "--policy-pack", "none", "--image", f"registry.example/shop@{DIGEST}")
    done = run_command(tmp_path, "preview", *words, "--config", "replicas=5")
    assert done.returncode == 0, done.stderr
    assert "with configuration of this run: platform:replicas, platform:image" in done.stdout
    assert "5-6 replicas · shop@sha256:9999… · port 8080" in done.stdout
    document = json.loads(run_command(tmp_path, "preview", "--json", *words).stdout)
    assert document["configured"] == [{"stack": "shop.dev", "keys": ["platform:image"]}]
    assert file.read_bytes() == before


@pytest.mark.parametrize("option", ["token=hunter2hunter2", "replicas=ghp_" + "a1B2" * 9])
def test_a_secret_on_the_command_line_is_not_shown(tmp_path: Path, option: str) -> None:
    """By the name of its key, and by its shape: neither in errors, nor in JSON, nor in the tree."""
    write(tmp_path)
    for words in (("--json",), (), ("--debug",)):
        done = run_command(tmp_path, "preview", "shop", *words, "--config", option)
        assert done.returncode == 2
        assert option.partition("=")[2] not in done.stdout + done.stderr
