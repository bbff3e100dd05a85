"""Kubernetes quantities in their canonical form, as the Go type Quantity writes them.

See ParseQuantity and CanonicalizeBytes in apimachinery, pkg/api/resource/quantity.go.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

_QUANTITY: Final = re.compile(
    r"(?P<sign>[+-]?)(?=\.?[0-9])0*(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
    r"(?P<suffix>[KMGTPE]i|[numkMGTPE]?|[eE][+-]?[0-9]{1,3})"
)
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_SUFFIXES: Final = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_BILLION: Final = 10**9
_LARGEST_BINARY: Final = (2**63 - 1) * _BILLION


def quantity(text: str) -> int:
    """Return the value of a quantity in billionths, rounded up: 500,000,000 for `500m`.

    Raises:
        ValueError: it is not a quantity.
    """
    match = _match(text)
    fraction = match["fraction"] or ""
    value = Fraction(int(f"0{match['whole']}{fraction}"), 10 ** len(fraction))
    suffix = match["suffix"]
    if suffix in _BINARY[1:]:
        value *= 1024 ** _BINARY.index(suffix)
    else:
        value *= Fraction(10) ** _exponent(suffix)
    billionths = math.ceil(value * _BILLION)
    return -billionths if match["sign"] == "-" else billionths


@lru_cache(maxsize=1024)  # a program repeats a few quantities
def canonical_quantity(text: str) -> str:
    """Return a quantity as Kubernetes writes it: `0.5` as `500m`, `1024Mi` as `1Gi`.

    Raises:
        ValueError: it is not a quantity.
    """
    match = _match(text)
    suffix = match["suffix"]
    if _is_kept(match["whole"] or "0", match["fraction"] or "", suffix):
        return text.strip()
    value = quantity(text)
    if not value:
        return "0"
    sign, value = "-" if value < 0 else "", abs(value)
    if suffix in _BINARY[1:]:
        value = min(value, _LARGEST_BINARY)
        if value >= 1024 * _BILLION and value % _BILLION == 0:
            return sign + _binary(value // _BILLION)
    return sign + _decimal(value, is_exponent=suffix not in _DECIMAL and suffix not in _BINARY)


def _match(text: str) -> re.Match[str]:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a quantity")
    return match


def _exponent(suffix: str) -> int:
    return _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])


def _is_kept(whole: str, fraction: str, suffix: str) -> bool:
    """Whether ParseQuantity keeps the text, because it takes the number for canonical."""
    digits = whole + fraction
    if suffix in _BINARY[1:]:
        exponent = 10 * _BINARY.index(suffix)
        fits = not fraction and 15 - len(whole) - int(exponent * 3 / 10) - 1 >= 0
        return fits and bool(int(whole) & 0x07)
    scale = _exponent(suffix) - len(fraction)
    fits = len(digits) <= 18 and scale >= -9
    return fits and scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"


def _binary(value: int) -> str:
    power = 0
    while value % 1024 == 0 and power < len(_BINARY) - 1:
        value, power = value // 1024, power + 1
    return f"{value}{_BINARY[power]}"


def _decimal(billionths: int, *, is_exponent: bool) -> str:
    number, exponent = billionths, -9
    while number % 1000 == 0 and (is_exponent or exponent < 18):
        number, exponent = number // 1000, exponent + 3
    if is_exponent:
        return f"{number}e{exponent}" if exponent else str(number)
    return f"{number}{_DECIMAL_SUFFIXES[exponent]}"
