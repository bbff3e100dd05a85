"""Names of availability zones."""

from __future__ import annotations

import pydantic
import pytest

from platform_components.aws.zones import Zone

ZONE: pydantic.TypeAdapter[str] = pydantic.TypeAdapter(Zone)


@pytest.mark.parametrize("zone", ["eu-west-1a", "us-gov-west-1b"])
def test_a_zone_is_a_region_and_a_letter(zone: str) -> None:
    """Names in AWS's format are accepted."""
    assert ZONE.validate_python(zone) == zone


@pytest.mark.parametrize("text", ["eu-west-1", "a", "eu-west-1A", "eu-west-1a\n"])
def test_other_texts_are_refused(text: str) -> None:
    """A region without a zone letter is rejected."""
    with pytest.raises(pydantic.ValidationError, match="an availability zone such as eu-west-1a"):
        ZONE.validate_python(text)
