"""RDS parameters: names, values and apply methods of the parameters of RDS for PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Final, Literal, cast

from pulumi_aws import rds

from platform_components.aws.rds_versions import MAJORS
from platform_components.base.errors import Problem, nearest, one_of
from platform_components.base.packaged import packaged_lines

# Set even if it is the default (PostgreSQL 15 and later), so that a plan shows drift.
_FORCE_TLS: Final = {"rds.force_ssl": "1"}

PRELOADABLE: Final = frozenset(
    """
    auto_explain orafce pg_bigm pg_cron pg_hint_plan pg_prewarm pg_similarity pg_stat_statements pg_tle
    pg_transport pgaudit pglogical plprofiler plrust
    """.split()  # noqa: SIM905 - words without quotes are the readable form
)
"""Libraries that RDS can preload (source: RDS user guide, "RDS for PostgreSQL DB instance parameter list",
and the chapters about pg_tle and PL/Rust)."""

# Values in the grammar of the RDS user guide, "Specifying DB parameters".
_VARIABLE = r"(?:AllocatedStorage|DBInstanceClassMemory|DBInstanceVCPU|EndPointPort|TrueIfReplica)"
_PRODUCT = rf"{_VARIABLE}(?:\s*\*\s*\d+)?(?:\s*/\s*\d+)?"
_FORMULA = rf"\{{\s*(?:{_PRODUCT}|log\(\s*{_PRODUCT}\s*\)(?:\s*\*\s*\d+)?)\s*\}}"
_ARGUMENT = rf"\s*(?:\d+|{_FORMULA})\s*"
_FUNCTION = rf"(?i:GREATEST|LEAST|SUM)\({_ARGUMENT}(?:,{_ARGUMENT})*\)"
_INTEGER_FORMULA = re.compile(rf"{_FORMULA}|{_FUNCTION}")
_OPERAND = rf"(?:\d+|{_FORMULA}|{_FUNCTION}|{_VARIABLE})"
_BOOLEAN_EXPRESSION = re.compile(rf"{_OPERAND}\s*(?:>=|=>|<=|=<|>|<)\s*{_OPERAND}")
_FORMULA_HINT: Final = "a formula such as {DBInstanceClassMemory/32768}"

_INTEGER = re.compile(r"-?[0-9]+")
_REAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_QUANTITY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)")
# In the smallest unit of each dimension (source: documentation of PostgreSQL, "Parameter Names and Values").
_SIZES: Final = {"b": 1, "kb": 2**10, "8kb": 2**13, "mb": 2**20, "gb": 2**30, "tb": 2**40}
_TIMES: Final = {"us": 1, "ms": 10**3, "s": 10**6, "min": 6 * 10**7, "h": 36 * 10**8, "d": 864 * 10**8}
_UNITS: Final = {
    "8kB": "units of 8 kB",
    "B": "bytes",
    "min": "minutes",
    "ms": "milliseconds",
    "s": "seconds",
}
_BOOLEANS: Final = {
    **dict.fromkeys(("on", "true", "yes"), "1"),
    **dict.fromkeys(("off", "false", "no"), "0"),
}

ApplyType = Literal["static", "dynamic", "fixed"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a major version, a row of `data/rds_parameters.txt`."""

    name: str
    apply_type: ApplyType
    """`static`: takes effect at server start. `fixed`: RDS sets it."""
    type: str
    """`bool`, `integer`, `real`, `enum` or `string`."""
    unit: str
    """Unit of a number such as `kB`; empty if it has none."""
    allowed: str
    """`min..max` of a number, or the values, separated by `|`; empty for any."""

    def problem(self, value: str) -> tuple[str, str] | None:
        """Return the rule that a value violates and the remedy; None if RDS accepts the value."""
        if self.apply_type == "fixed":
            return "is set by RDS and can't be changed", "remove it"
        if self.name == "shared_preload_libraries":
            return _preload_problem(value)
        if self.type == "bool":
            return self._bool_problem(value)
        if self.type in ("integer", "real"):
            return self._number_problem(value)
        values = self.allowed.split("|") if self.allowed else []
        if values and value.lower() not in (each.lower() for each in values):
            near = nearest(value, values)
            return f"must be {one_of(values, len(values))}", f"did you mean {near}?" if near else ""
        return None

    def _bool_problem(self, value: str) -> tuple[str, str] | None:
        if value in ("0", "1") or _BOOLEAN_EXPRESSION.fullmatch(value):
            return None
        meant = _BOOLEANS.get(value.lower())
        return (
            "must be 0 or 1",
            f"write {meant}" if meant else "or an expression such as {DBInstanceVCPU} > 2",
        )

    def _number_problem(self, value: str) -> tuple[str, str] | None:
        integer = self.type == "integer"
        if integer and _INTEGER_FORMULA.fullmatch(value):
            return None
        pattern = _INTEGER if integer else _REAL
        if pattern.fullmatch(value) and self._in_range(Fraction(value)):
            return None
        unit = f" in {_UNITS.get(self.unit, self.unit)}" if self.unit else ""
        low, _, high = self.allowed.partition("..")
        rule = f"must be {'an integer' if integer else 'a number'}{unit} from {low} to {high}"
        converted = self._converted(value)
        if converted is not None:
            return rule, f"write {converted}"
        return (f"{rule}, or a formula of RDS", _FORMULA_HINT) if integer and "{" in value else (rule, "")

    def _in_range(self, number: Fraction) -> bool:
        low, _, high = self.allowed.partition("..")
        return Fraction(low) <= number <= Fraction(high)

    def _converted(self, value: str) -> int | None:
        """Return a value with a unit, such as `64MB`, in the parameter's unit."""
        quantity = _QUANTITY.fullmatch(value)
        for units in (_SIZES, _TIMES):
            if quantity and self.unit.lower() in units and quantity[2].lower() in units:
                number = Fraction(quantity[1]) * units[quantity[2].lower()] / units[self.unit.lower()]
                return int(number) if number.denominator == 1 and self._in_range(number) else None
        return None


@cache
def parameters_of(major: str) -> Mapping[str, Parameter]:
    """Return the parameters of a major version, by name."""
    rows = (line.split("\t") for line in packaged_lines("platform_components.aws", "rds_parameters.txt"))
    found = {}
    for name, majors, apply_type, kind, unit, allowed in rows:
        first, _, last = majors.partition("-")
        if int(first) <= int(major) <= int(last):
            cells = ("" if cell == "-" else cell for cell in (kind, unit, allowed))
            found[name] = Parameter(name, cast(ApplyType, apply_type), *cells)
    return MappingProxyType(found)


def parameter_problems(parameters: Mapping[str, str], major: str) -> Iterable[Problem]:
    """Yield the problems of names and values that RDS rejects, or with which connections need no TLS."""
    known = parameters_of(major)
    for name, value in parameters.items():
        parameter = known.get(name)
        if name in _FORCE_TLS:
            forced = _FORCE_TLS[name]
            found = (
                (f'must be "{forced}", so that connections require TLS', "remove it")
                if value != forced
                else None
            )
        else:
            found = parameter.problem(value) if parameter else _unknown(name, major)
        if found:
            yield Problem(f"parameters.{name}", *found, value)


def parameter_inputs(parameters: Mapping[str, str], major: str) -> list[rds.ParameterGroupParameterArgsDict]:
    """Return the parameters of a parameter group: those given, and those that require TLS."""
    methods = {name: apply_method(name, major) for name in parameters}
    # RDS always returns this method for a parameter at its default; with another, every plan shows a change.
    methods |= dict.fromkeys(_FORCE_TLS, "pending-reboot")
    return [
        {"name": name, "value": value, "apply_method": methods[name]}
        for name, value in sorted({**parameters, **_FORCE_TLS}.items())
    ]


def apply_method(name: str, major: str) -> str:
    """Return the apply method of a known parameter.

    RDS rejects `immediate` for static parameters, and accepts `pending-reboot` for every parameter.
    """
    return "immediate" if parameters_of(major)[name].apply_type == "dynamic" else "pending-reboot"


def _unknown(name: str, major: str) -> tuple[str, str]:
    rule = f"unknown parameter of PostgreSQL {major} on RDS"
    others = [each for each in MAJORS if name in parameters_of(each)]
    if others:
        return rule, f"it exists in PostgreSQL {', '.join(others)}"
    near = nearest(name, parameters_of(major))
    return (
        rule,
        f"did you mean {near}?" if near else "correct it, or set it with customize.parameters.parameters",
    )


def _preload_problem(value: str) -> tuple[str, str] | None:
    unknown = [each for each in (part.strip() for part in value.split(",")) if each not in PRELOADABLE]
    if not unknown:
        return None
    known = sorted(PRELOADABLE)
    near = nearest(unknown[0], known)
    rule = f"must be libraries that RDS can preload, separated by commas; {unknown[0]!r} is none"
    return rule, f"did you mean {near}?" if near else one_of(known, len(known))
