"""The configuration file of a stack, parsed and checked against Pulumi.yaml."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platform_components.base.errors import ABSENT, InvalidInput, Problem
from platform_components.engine.config_path import CannotSet, Steps, shown_path, value_at, with_value
from platform_components.engine.config_schema import (
    Declaration,
    as_text,
    full_key,
    is_plain,
    key_problem,
    not_plain,
)
from platform_components.engine.decryption import CannotDecrypt, Decrypter
from platform_components.engine.overrides import OPTION, Override
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
    empty: tuple[str, ...] = ()
    """Keys without a value, which Pulumi reads as empty strings, with a warning."""


def parse_stack_config(
    settings: Mapping[str, Any],
    *,
    subject: str,
    stack: str,
    project: str,
    project_file: str,
    declarations: Mapping[str, Declaration],
    overrides: Sequence[Override] = (),
) -> StackConfig:
    """Parse the content of a stack's file, replace values by those of `overrides`, and add the defaults of
    Pulumi.yaml.

    `subject` is the file's name in error messages. Encrypted values are decrypted if the passphrase is in
    the environment.

    Raises:
        InvalidInput: the content is invalid, or the passphrase is incorrect; lists all problems.
    """
    entries = settings.get("config") or {}
    if not isinstance(entries, dict):
        raise InvalidInput(subject, [Problem("config", MUST_BE_MAPPING, value=entries)])
    environments, problems = _environments(settings.get("environment"))
    values, written, found = _readable_values(entries, settings, subject, project)
    problems += found
    rejected = written.keys() - values.keys()
    checked = [item for item in declarations.values() if item.path[0] not in rejected]
    overridden = {override.path[0] for override in overrides}
    checks = _Checks(stack, project_file, written, overridden)
    secret_paths = {item.path for item in checked if item.secret}
    for override in overrides:
        new = Secret(override.value) if override.path in secret_paths else override.value
        try:
            values = with_value(values, override.path, new)
        except CannotSet as error:
            problems.append(Problem(override.place, error.what))
    for declaration in checked:
        if value_at(values, declaration.path) is not ABSENT:
            continue
        if declaration.default is None:
            if not environments and declaration.key.startswith(f"{project}:"):
                problems.append(checks.of_missing(declaration))
        elif declaration.must_be_encrypted:
            problems.append(checks.of_default(declaration))
        else:
            try:
                values = with_value(values, declaration.path, declaration.default)
            except CannotSet as error:
                problems.append(checks.of_path(declaration, error))
    problems += [problem for item in checked for problem in checks.of_value(item, values)]
    if problems:
        raise InvalidInput(subject, problems)
    secret = {item.path[0] for item in checked if item.secret and value_at(values, item.path) is not ABSENT}
    return StackConfig(
        {key: _marked(value, secret=key in secret) for key, value in values.items()},
        environments,
        tuple(
            key
            for key, value in entries.items()
            if value is None and full_key(key, project) not in overridden
        ),
    )


def _readable_values(
    entries: Mapping[str, Any], settings: Mapping[str, Any], subject: str, project: str
) -> tuple[dict[str, Any], dict[str, str], list[Problem]]:
    """Return by full key the decrypted values and the keys as they are written, and the problems."""
    values: dict[str, Any] = {}
    written: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in entries.items():
        full = full_key(key, project)
        found = [*_form_problems(key, value, written.get(full))]
        written[full] = key
        if not found:
            try:
                values[full] = "" if value is None else _decrypted(value, settings)
            except CannotDecrypt as error:
                if error.problem.where:  # the passphrase or the salt, so every other value would fail too
                    raise InvalidInput(subject, [error.problem]) from None
                found = [error.problem.under(f"config.{key}")]
        problems += found
    return values, written, problems


def _form_problems(key: str, value: Any, also: str | None) -> Iterator[Problem]:
    """Yield the problem of an entry before its value is decrypted. `also`: another spelling of the key."""
    where = f"config.{key}"
    if problem := key_problem(key):
        yield problem
    elif also is not None:
        yield Problem(where, f"is the same key as `{also}`", "remove one of them")
    elif not is_plain(value):
        yield not_plain(where)


class _Checks:
    """The checks of the values of one stack that Pulumi.yaml declares."""

    def __init__(
        self, stack: str, project_file: str, written: Mapping[str, str], overridden: Collection[str | int]
    ) -> None:
        """`written`: the keys as the stack's file has them, by full key. `overridden`: keys of overrides."""
        self._stack = stack
        self._project_file = project_file
        self._written = written
        self._overridden = overridden

    def of_value(self, declaration: Declaration, values: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield the problem of a value whose type is declared; an unknown one has any type."""
        value = value_at(values, declaration.path)
        if value is ABSENT or declaration.type is None:
            return
        where = self._place(declaration.path)
        if declaration.must_be_encrypted and not has_secret(value):
            what = f"must be encrypted: {self._project_file} declares it as secret"
            yield Problem(where, what, self._encrypted(declaration.key))
        elif not declaration.type.accepts(as_text(_without_marks(value))):
            shown_value = ABSENT if declaration.secret or has_secret(value) else value
            what = f"must be of type {declaration.type}, as {self._project_file} declares"
            yield Problem(where, what, value=shown_value)

    def of_default(self, declaration: Declaration) -> Problem:
        """The problem of a default in plain text, which Pulumi rejects for a secret with a type."""
        what = f"must be encrypted: the default of a secret in {self._project_file} is plain text"
        return Problem(f"config.{declaration.key}", what, self._encrypted(declaration.key))

    def of_missing(self, declaration: Declaration) -> Problem:
        what = f"is missing: {self._project_file} declares it without a default"
        remedy = self._encrypted(declaration.key) if declaration.secret else "add it here"
        return Problem(f"config.{declaration.key}", what, remedy)

    def of_path(self, declaration: Declaration, error: CannotSet) -> Problem:
        """The problem of a value that can't contain the default of a declaration."""
        what = f"{error.what}: {self._project_file} declares a default for `{declaration.key}`"
        value = ABSENT if declaration.secret or has_secret(error.value) else error.value
        return Problem(self._place(error.steps), what, value=value)

    def _place(self, path: Steps) -> str:
        """A path in the stack's file, with the key as it is written there."""
        root = str(path[0])
        if root in self._overridden:
            return f"{OPTION} {root}{shown_path(path[1:])}"
        return f"config.{self._written.get(root, root)}{shown_path(path[1:])}"

    def _encrypted(self, key: str) -> str:
        """The remedy for a secret that is not encrypted."""
        return f"run `pulumi config set {key} --secret -s {self._stack}`"


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


def _marked(value: Any, *, secret: bool) -> Any:
    """The value as a Secret if it is declared as secret, or if a part is encrypted, as in Pulumi."""
    if not secret and not has_secret(value):
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
