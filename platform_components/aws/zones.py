"""Zones: names of availability zones."""

from __future__ import annotations

from typing import Annotated

from platform_components.base import matching

Zone = Annotated[str, matching(r"[a-z]{2,4}(-[a-z]+)+-[0-9][a-z]", "an availability zone such as eu-west-1a")]
"""An availability zone such as `eu-west-1a`."""
