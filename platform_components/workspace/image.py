"""The image of a service's stack: the key `image` in the configuration file of the stack."""

from __future__ import annotations

from typing import Any

from platform_components.base.yaml_file import read_yaml
from platform_components.engine import Project
from platform_components.engine.config_schema import full_key
from platform_components.engine.pulumi_yaml import StackFileLoader


def image_key(project: Project) -> str:
    """The key of the image, with its namespace."""
    return f"{project.name}:image"


def configured_image(project: Project, stack: str) -> str | None:
    """The image in a stack's file; None if it has none, or an encrypted one.

    Raises:
        InvalidInput: the file can't be read, or is not valid YAML.
    """
    if not project.has_config_file(stack):
        return None
    subject = project.config_file(stack)
    content = read_yaml(project.root / subject, subject, loader=StackFileLoader)
    found = entry_of(content.get("config"), project)
    return found[1] if found and isinstance(found[1], str) else None


def entry_of(config: Any, project: Project) -> tuple[str, Any] | None:
    """The key of the image as it is written in a stack's configuration, and its value."""
    entries = config.items() if isinstance(config, dict) else ()
    return next((entry for entry in entries if full_key(entry[0], project.name) == image_key(project)), None)
