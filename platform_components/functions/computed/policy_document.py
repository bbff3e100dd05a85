"""The JSON text of `aws.iam.get_policy_document`, character by character as the AWS provider writes it.

The order of statements, fields and values follows terraform-provider-aws, internal/service/iam
(policy_document_data_source.go, policy_model.go), and sets terraform-plugin-sdk (helper/schema/set.go).
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from platform_components.engine.config_text import go_json
from platform_components.engine.errors import DeclarationError
from platform_components.engine.functions import FunctionCall

_FIELDS = {
    "Sid": "sid",
    "Effect": "effect",
    "Action": "actions",
    "NotAction": "notActions",
    "Resource": "resources",
    "NotResource": "notResources",
    "Principal": "principals",
    "NotPrincipal": "notPrincipals",
    "Condition": "conditions",
}
"""Fields of a statement in the order of the document, and the arguments that set them."""
_OLD_VERSION = "2008-10-17"
_VERSIONS = (_OLD_VERSION, "2012-10-17")

_STRINGS = "a string or a list of strings"

_Statement = dict[str, Any]


def policy_document(call: FunctionCall) -> Mapping[str, Any]:
    """Return the result of `get_policy_document`.

    Raises:
        DeclarationError: the provider would reject the arguments.
    """
    arguments = call.arguments
    for old, new in (
        ("overrideJson", "override_policy_documents"),
        ("sourceJson", "source_policy_documents"),
    ):
        if arguments.get(old):
            raise _failure(call, f"{old} is no longer supported; use {new}")
    version = _one_of(call, "version", arguments, _VERSIONS, default="2012-10-17")
    document = _Document()
    sids: set[str] = set()
    for text in arguments.get("sourcePolicyDocuments") or ():
        source = _parsed(call, text, "source")
        _check_sids(call, source.statements, sids, "source_policy_documents")
        document.merge(source)
    statements = [_statement(call, each, version) for each in arguments.get("statements") or ()]
    _check_sids(call, statements, set(), "statements")
    document.merge(_Document(version, arguments.get("policyId") or "", statements))
    for text in arguments.get("overridePolicyDocuments") or ():
        document.merge(_parsed(call, text, "override"))
    text = document.text(indent=2)
    return {
        "version": version,
        "statements": [{"effect": "Allow", **each} for each in arguments.get("statements") or ()] or None,
        **{name: arguments.get(name) for name in ("policyId", "overrideJson", "sourceJson")},
        **{name: arguments.get(name) for name in ("sourcePolicyDocuments", "overridePolicyDocuments")},
        "json": text,
        "minifiedJson": document.text(indent=None),
        "id": str(zlib.crc32(text.encode())),
    }


class _Document:
    def __init__(self, version: str = "", id_: str = "", statements: Iterable[_Statement] = ()) -> None:
        self.version = version
        self.id = id_
        self.statements = list(statements)

    def merge(self, newer: _Document) -> None:
        """Add the statements of another document; one with the same Sid replaces the existing one."""
        self.id = newer.id or self.id
        self.version = max(self.version, newer.version)
        for statement in newer.statements:
            same = (
                index
                for index, existing in enumerate(self.statements)
                if statement.get("Sid") and existing.get("Sid") == statement["Sid"]
            )
            index = next(same, None)
            if index is None:
                self.statements.append(statement)
            else:
                self.statements[index] = statement

    def text(self, indent: int | None) -> str:
        content = {"Version": self.version, "Id": self.id, "Statement": self.statements}
        separators = (",", ": ") if indent else (",", ":")
        plain = {key: value for key, value in content.items() if value}
        return go_json(plain, indent=indent, separators=separators)


def _statement(call: FunctionCall, arguments: Mapping[str, Any], version: str) -> _Statement:
    def variables(text: str) -> str:
        if version == _OLD_VERSION and "&{" in text:
            raise _failure(call, f'"{text}" contains &{{, which version {version} does not support')
        return text.replace("&{", "${")

    def unchanged(text: str) -> str:
        return text

    sid = arguments.get("sid") or ""
    if not re.fullmatch("[a-zA-Z0-9]*", sid):
        raise _failure(
            call, f'the sid "{sid}" of a statement must contain only letters and digits (a-z, A-Z, 0-9)'
        )
    effect = _one_of(call, "effect", arguments, ("Allow", "Deny"), default="Allow")
    values: dict[str, Any] = {"Sid": sid, "Effect": effect}
    for name in ("Action", "NotAction"):
        values[name] = _strings(arguments.get(_FIELDS[name]), unchanged)
    for name in ("Resource", "NotResource"):
        values[name] = _strings(arguments.get(_FIELDS[name]), variables)
    for name in ("Principal", "NotPrincipal"):
        principals = _in_order(_complete(call, arguments, _FIELDS[name], "type"), _principal_hash)
        pairs = [(each["type"], _strings(each.get("identifiers"), variables) or []) for each in principals]
        values[name] = _principals(pairs)
    conditions = _in_order(_complete(call, arguments, "conditions", "test", "variable"), _condition_hash)
    values["Condition"] = _conditions(
        (each["test"], each["variable"], [variables(value) for value in each.get("values") or ()])
        for each in conditions
    )
    return {name: values[name] for name in _FIELDS if values[name] not in (None, "", {})}


def _one_of(
    call: FunctionCall, name: str, arguments: Mapping[str, Any], allowed: Sequence[str], *, default: str
) -> str:
    value = arguments.get(name)
    if value is None:
        return default
    if value not in allowed:
        raise _failure(call, f'{name} "{value}" must be {" or ".join(allowed)}')
    return str(value)


def _complete(
    call: FunctionCall, statement: Mapping[str, Any], field: str, *required: str
) -> Sequence[Mapping[str, Any]]:
    """The objects in a field of a statement, which have these keys."""
    objects: Sequence[Mapping[str, Any]] = statement.get(field) or ()
    for key in required:
        if not all(isinstance(each.get(key), str) for each in objects):
            raise _failure(call, f"{field} of a statement require {key}")
    return objects


def _parsed(call: FunctionCall, text: str, kind: str) -> _Document:
    """A document from JSON. As in Go, the case of keys is ignored, and unknown keys are dropped."""
    try:
        return _document(json.loads(text))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise _failure(call, f"a document of {kind}_policy_documents is not a policy: {reason}") from None


def _document(value: Any) -> _Document:
    """The document of JSON data.

    Raises:
        ValueError: a part has another type than in a policy.
    """
    content = _lowercase(_checked(value, dict, "it", "an object"))
    items = _checked(content.get("statement") or [], list, "its Statement", "a list")
    statements = [_lowercase(_checked(each, dict, "a statement", "an object")) for each in items]
    for name, parent in [("version", content), ("id", content), *(("sid", each) for each in statements)]:
        _checked(parent.get(name) or "", str, name.capitalize(), "a string")
    return _Document(
        content.get("version") or "",
        content.get("id") or "",
        [
            {
                name: value
                for name in _FIELDS
                if (value := _parsed_field(name, each.get(name.lower()))) not in (None, "", {})
            }
            for each in statements
        ],
    )


def _parsed_field(name: str, value: Any) -> Any:
    if name in ("Principal", "NotPrincipal") and value is not None:
        by_type = (
            {"*": ["*"]} if isinstance(value, str) else _checked(value, dict, name, "an object or a string")
        )
        for items in by_type.values():
            _check_strings(items, f"each entry of {name}")
        return _principals(
            (type_, sorted(items, reverse=True) if isinstance(items, list) else items)
            for type_, items in by_type.items()
        )
    if name == "Condition" and value is not None:
        for by_variable in _checked(value, dict, name, "an object").values():
            _checked(by_variable, dict, f"each entry of {name}", "an object")
        return _conditions(
            (test, variable, [_condition_text(item) for item in _as_list(items)])
            for test, by_variable in value.items()
            for variable, items in by_variable.items()
        )
    return value


def _check_strings(value: Any, what: str) -> None:
    if not isinstance(value, str) and not all(
        isinstance(each, str) for each in _checked(value, list, what, _STRINGS)
    ):
        raise ValueError(f"{what} must be {_STRINGS}")


def _checked(value: Any, kind: type, what: str, expected: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{what} must be {expected}")
    return value


def _strings(values: Sequence[str] | None, change: Callable[[str], str]) -> str | list[str] | None:
    """A set of strings: a single one is a string, several are in descending order."""
    ordered = sorted(set(values or ()), reverse=True)
    changed = [change(value) for value in ordered]
    return changed[0] if len(changed) == 1 else changed or None


def _principals(principals: Iterable[tuple[str, str | list[str]]]) -> Any:
    merged: dict[str, str | list[str]] = {}
    for type_, identifiers in principals:
        if type_ not in merged:
            merged[type_] = identifiers
        else:
            items = sorted(identifiers, reverse=True) if isinstance(identifiers, list) else [identifiers]
            merged[type_] = [*_as_list(merged[type_]), *items]
    if list(merged) == ["*"] and merged["*"] in ("*", ["*"]):
        return "*"
    return dict(sorted(merged.items()))


def _conditions(conditions: Iterable[tuple[str, str, list[str]]]) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, list[str]]] = {}
    for test, variable, values in conditions:
        merged.setdefault(test, {}).setdefault(variable, []).extend(values)
    return {
        test: {name: values[0] if len(values) == 1 else values for name, values in sorted(variables.items())}
        for test, variables in sorted(merged.items())
    }


def _check_sids(call: FunctionCall, statements: Iterable[_Statement], seen: set[str], where: str) -> None:
    for statement in statements:
        sid = statement.get("Sid")
        if sid and sid in seen:
            raise _failure(call, f'{where} contain the Sid "{sid}" twice')
        if sid:
            seen.add(sid)


def _in_order(
    items: Sequence[Mapping[str, Any]] | None, serialized: Callable[[Mapping[str, Any]], str]
) -> list[Mapping[str, Any]]:
    """A set of objects in the order of the provider: by the decimal text of their hashes."""
    by_hash = {_hash(serialized(item)): item for item in items or ()}
    return [by_hash[code] for code in sorted(by_hash)]


def _principal_hash(item: Mapping[str, Any]) -> str:
    identifiers = sorted({f"{value};" for value in item.get("identifiers") or ()}, key=_hash)
    return f"identifiers:{{{''.join(identifiers)}}};type:{item['type']};"


def _condition_hash(item: Mapping[str, Any]) -> str:
    values = "".join(f"{value};" for value in item.get("values") or ())
    return f"test:{item['test']};values:({values});variable:{item['variable']};"


def _hash(text: str) -> str:
    return str(zlib.crc32(text.encode()))


def _condition_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lowercase(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in content.items()}


def _failure(call: FunctionCall, reason: str) -> DeclarationError:
    return DeclarationError(f"function {call.token} failed: {reason}")
