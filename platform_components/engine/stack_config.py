"""The configuration file of a stack, parsed and checked against Pulumi.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platform_components.base.errors import ABSENT, InvalidInput, Problem
from platform_components.engine.config_schema import (
    Declaration,
    as_text,
    full_key,
    is_plain,
    key_problem,
    not_plain,
)
from platform_components.engine.decryption import CannotDecrypt, Decrypter
from platform_components.engine.values import UNKNOWN, Secret, has_secret, is_unknown

MUST_BE_MAPPING = "must be a mapping of keys to values"
_INLINE = "inline values"


@dataclass(frozen=True)
class StackConfig:
    """The configuration of one stack."""

    values: Mapping[str, Any]
    """By full key. An encrypted value is a Secret, of UNKNOWN if it can't be decrypted."""
    environments: tuple[str, ...] = ()
    """Names of the Pulumi ESC environments that it imports, whose values are not available."""


def parse_stack_config(
    settings: Mapping[str, Any],
    *,
    subject: str,
    stack: str,
    project: str,
    project_file: str,
    declarations: Mapping[str, Declaration],
) -> StackConfig:
    """Parse the content of a stack's file, and add the defaults of Pulumi.yaml.

    `subject` is the file's name in error messages. Encrypted values are decrypted if the passphrase is in
    the environment.

    Raises:
        InvalidInput: the content is invalid, or the passphrase is incorrect; lists all problems.
    """
    entries = settings.get("config") or {}
    if not isinstance(entries, dict):
        raise InvalidInput(subject, [Problem("config", MUST_BE_MAPPING, value=entries)])
    environments, problems = _environments(settings.get("environment"))
    checks = _Checks(stack, project_file)
    values: dict[str, Any] = {}
    for key, value in entries.items():
        full = full_key(key, project)
        declaration = declarations.get(full, Declaration(full))
        values[full] = value
        found = [*checks.of_form(key, value, declaration)]
        if not found:
            try:
                readable = _decrypted(value, settings)
            except CannotDecrypt as error:
                if error.problem.where:  # the passphrase or the salt, so every other value would fail too
                    raise InvalidInput(subject, [error.problem]) from None
                found = [error.problem.under(f"config.{key}")]
            else:
                found = [*checks.of_type(key, readable, declaration)]
                values[full] = _marked(readable, declaration)
        problems += found
    for declaration in declarations.values():
        if _is_set(values, declaration.key):
            continue
        if declaration.default is not None:
            problems += checks.of_default(declaration)
            values[declaration.key] = _marked(declaration.default, declaration)
        elif not environments and declaration.key.startswith(f"{project}:"):
            what = f"is missing: {project_file} declares it without a default"
            remedy = checks.encrypted(declaration.key) if declaration.secret else "add it here"
            problems.append(Problem(f"config.{declaration.key}", what, remedy))
    if problems:
        raise InvalidInput(subject, problems)
    return StackConfig(values, environments)


class _Checks:
    """The checks of the values of one stack."""

    def __init__(self, stack: str, project_file: str) -> None:
        self._stack = stack
        self._project_file = project_file

    def of_form(self, key: str, value: Any, declaration: Declaration) -> Iterator[Problem]:
        """Yield the problem of a value before it is decrypted."""
        where = f"config.{key}"
        if problem := key_problem(key):
            yield problem
        elif value is None:
            yield Problem(where, "has no value", 'set "" for an empty string, or remove the key')
        elif not is_plain(value):
            yield not_plain(where)
        elif declaration.must_be_encrypted and not _has_ciphertext(value):
            what = f"must be encrypted: {self._project_file} declares it as secret"
            yield Problem(where, what, self.encrypted(declaration.key))

    def of_type(self, key: str, value: Any, declaration: Declaration) -> Iterator[Problem]:
        """Yield the problem of a decrypted value; an unknown one has any type."""
        plain = _without_marks(value)
        if declaration.type and not declaration.type.accepts(as_text(plain)):
            shown = ABSENT if declaration.secret or has_secret(value) else value
            what = f"must be of type {declaration.type}, as {self._project_file} declares"
            yield Problem(f"config.{key}", what, value=shown)

    def of_default(self, declaration: Declaration) -> Iterator[Problem]:
        """Yield the problem of a default in plain text, which Pulumi rejects for a secret with a type."""
        if declaration.must_be_encrypted:
            what = f"must be encrypted: the default of a secret in {self._project_file} is plain text"
            yield Problem(f"config.{declaration.key}", what, self.encrypted(declaration.key))

    def encrypted(self, key: str) -> str:
        """The remedy for a secret that is not encrypted."""
        return f"run `pulumi config set --secret {key} -s {self._stack}`"


def _environments(environment: object) -> tuple[tuple[str, ...], list[Problem]]:
    """Return the names of the ESC environments that a stack imports: a list, or `imports` of a definition."""
    if environment is None:
        return (), []
    imports = environment.get("imports") or [] if isinstance(environment, dict) else environment
    # An import with options is a mapping of its name to them.
    names = [next(iter(item), "") if isinstance(item, dict) else item for item in _listed(imports)]
    if not isinstance(imports, list) or not all(isinstance(name, str) and name for name in names):
        what = "must be a list of Pulumi ESC environments, or a mapping with `imports` and `values`"
        return (), [Problem("environment", what, "such as `environment: [shop/dev]`")]
    inline = isinstance(environment, dict) and environment.get("values")
    return (*names, _INLINE) if inline else tuple(names), []


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_set(values: Mapping[str, Any], key: str) -> bool:
    """Whether a declared key has a value: a declaration `a.b` means the entry `b` of the key `a`."""
    value: Any = values
    if key in values:
        return True
    for step in key.split("."):
        value = value.value if isinstance(value, Secret) else value
        if not isinstance(value, Mapping) or step not in value:
            return False
        value = value[step]
    return True


def _marked(value: Any, declaration: Declaration) -> Any:
    """The value as a Secret if it is declared as secret, or if a part is encrypted, as in Pulumi."""
    if not declaration.secret and not has_secret(value):
        return value
    plain = _without_marks(value)
    return Secret(UNKNOWN if is_unknown(plain) else plain)


def _decrypted(value: Any, settings: Mapping[str, Any]) -> Any:
    """The value with a Secret for each encrypted part: of UNKNOWN if there is no passphrase.

    Raises:
        CannotDecrypt: the passphrase is incorrect, or the value is invalid.
    """
    if _is_ciphertext(value):
        decrypter = Decrypter.of(settings)
        return Secret(decrypter.decrypt(value["secure"]) if decrypter else UNKNOWN)
    if isinstance(value, dict):
        return {key: _decrypted(item, settings) for key, item in value.items()}
    if isinstance(value, list):
        return [_decrypted(item, settings) for item in value]
    return value


def _without_marks(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.value
    if isinstance(value, dict):
        return {key: _without_marks(item) for key, item in value.items()}
    return [_without_marks(item) for item in value] if isinstance(value, list) else value


def _is_ciphertext(value: object) -> bool:
    """Whether a value is encrypted: `secure: v1:...`."""
    return isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)


def _has_ciphertext(value: object) -> bool:
    if isinstance(value, dict):
        return _is_ciphertext(value) or any(map(_has_ciphertext, value.values()))
    return isinstance(value, list) and any(map(_has_ciphertext, value))
