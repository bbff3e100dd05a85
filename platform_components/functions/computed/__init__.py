"""Functions whose results depend only on their arguments and on the configuration of their provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from platform_components.engine.functions import FunctionCall
from platform_components.engine.values import Unknown
from platform_components.functions.computed.aws import COMPUTED_AWS
from platform_components.functions.computed.kubernetes import COMPUTED_KUBERNETES
from platform_components.functions.computed.policy_document import policy_document

COMPUTED: Mapping[str, Callable[[FunctionCall], Mapping[str, Any] | Unknown]] = {
    **COMPUTED_AWS,
    **COMPUTED_KUBERNETES,
    "aws:iam/getPolicyDocument:getPolicyDocument": policy_document,
}
"""By token. A function returns UNKNOWN if an argument or the configuration does not suffice."""
