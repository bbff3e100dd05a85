"""The record of one evaluation: calls, failures, diagnostics and known secrets."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace

import pulumi
from pulumi.runtime.proto import engine_pb2

from platform_components.base.errors import InvalidInput
from platform_components.base.redaction import Redactor
from platform_components.engine.errors import DeclarationError, Failure, ProgramError, described, unwrapped
from platform_components.engine.functions import FunctionUse
from platform_components.engine.graph import Diagnostic, Severity
from platform_components.engine.redacted import Redaction
from platform_components.engine.source import Locator, Source

_LEVELS: Mapping[int, Severity] = {engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}

COMPLAINT = "Calling __str__ on an Output[T] is not supported"
"""Text that the SDK puts into a string instead of an Output that is formatted into it."""

USE_INSTEAD = "use pulumi.Output.format, pulumi.Output.concat or .apply"

UNKNOWN_RESULT = "UnknownResult"
"""Name of the class of unknown results of plain function calls, which errors about types contain."""


def result_remedy(tokens: Iterable[str]) -> str:
    """The remedy for functions whose unknown result is used as a plain value."""
    recorded = any(token.startswith("aws:") for token in tokens)  # the provider that recording supports
    file = "a file for --answers" + (" (`platform answers record STACK` writes one)" if recorded else "")
    return (
        f"add its result to `answers` in platform.yaml, or to {file}; "
        "or use the function's ..._output form and .apply"
    )


@dataclass(frozen=True)
class Call:
    """One call that the program makes to the engine."""

    number: int
    """Sequence number, in the order of the program."""
    name: str
    subject: str
    """What the call registers or reads: `aws:s3/bucket:Bucket "assets"`."""
    source: Source | None
    plain_invoke: bool = False
    """Whether the program uses the function's plain result, for which unknown values are substituted."""
    result_class: type | None = None
    """The class of a function's result, if it has one."""
    resource_class: type | None = None
    """The class of the resource that the call registers or reads."""


CURRENT: ContextVar[Call | None] = ContextVar("current_call", default=None)
"""The call that the running task serves."""


class Journal:
    """Collects the events of an evaluation; `raise_failures` raises the failures as one ProgramError."""

    def __init__(
        self, stack: str, locator: Locator, *, config_file: str, environments: Sequence[str] = ()
    ) -> None:
        self.locator = locator
        self.environments = tuple(environments)
        """Pulumi ESC environments of the stack, whose values are not available."""
        self.absent: dict[str, None] = {}
        """Configuration keys without a value that the program read as optional plain values."""
        self.redact = Redactor()
        """Removes the secrets of the program and its configuration."""
        self.redact_message = Redactor(beside=self.redact)
        """Removes these and the secrets of the environment, which differs between machines and so may only
        change messages, not the graph."""
        self.diagnostics: list[Diagnostic] = []
        self.pending: dict[int, Call] = {}
        self._stack = stack
        self._config_file = config_file
        self._functions: dict[int, FunctionUse] = {}
        self._exports: dict[str, Source] = {}
        self._failures: list[Failure] = []
        self._logged_errors: list[Failure] = []
        self._known: set[tuple[str, Source | None]] = set()
        self._seen: dict[int, BaseException] = {}  # by id; the references keep the ids valid

    @property
    def failed(self) -> bool:
        return bool(self._failures)

    @property
    def functions(self) -> tuple[FunctionUse, ...]:
        """The calls of provider functions, in the order of the calls to the engine, without repetitions."""
        uses: dict[str, list[FunctionUse]] = {}  # by text: arguments have no hash
        distinct: list[FunctionUse] = []
        for _, use in sorted(self._functions.items()):
            alike = uses.setdefault(repr(use), [])  # without secrets, so that these must be compared
            if use not in alike:
                alike.append(use)
                distinct.append(use)
        return tuple(distinct)

    def note_function(self, call: Call, use: FunctionUse) -> None:
        """Record the result of a call of a provider function, once."""
        self._functions.setdefault(call.number, use)

    def diagnose(
        self, severity: Severity, message: str, *, urn: str = "", source: Source | None = None
    ) -> None:
        self.diagnostics.append(Diagnostic(severity, message, urn, source))

    def log(self, severity: int, message: str, urn: str) -> None:
        """Record a message of the program or the SDK. As in Pulumi, an error does not fail the program, and
        debug messages are not shown.
        """
        if severity == engine_pb2.DEBUG:
            return
        call = CURRENT.get()
        source = self.locator.here() or (call.source if call else None)
        if COMPLAINT in message:
            message = f"an Output was formatted into a string; {USE_INSTEAD}"
        level = _LEVELS.get(severity, "info")
        self.diagnose(level, message, urn=urn, source=source)
        if level == "error":
            self._logged_errors.append(Failure(message, source))

    def fail(self, error: BaseException, call: Call | None = None) -> None:
        """Record an error, once: everything that depends on a failed resource fails with the same error."""
        wrapper, error = error, unwrapped(error)
        if id(wrapper) in self._seen or id(error) in self._seen:
            return
        self._seen |= {id(wrapper): wrapper, id(error): error}
        location = (error.location if isinstance(error, DeclarationError) else None) or self.locator.of(error)
        message, remedy = self._text_of(error)
        if UNKNOWN_RESULT in message:
            message, remedy = self._misused_result(message)
        if location is None and call is not None:
            export = self._export_in(str(wrapper)) if call.source is None else ""
            location = self._exports.get(export) or call.source
            subject = f"output {export}" if export else call.subject
            if not isinstance(error, DeclarationError | InvalidInput) and subject:
                message = f"{subject}: {message}"
        failure = Failure(self.redact_message(message), location, self.redact_message(remedy), error)
        if (failure.message, failure.location) not in self._known:
            self._add(failure)

    def _add(self, failure: Failure) -> None:
        self._failures.append(failure)
        self._known.add((failure.message, failure.location))

    def note_environments(self) -> None:
        """Warn that values of ESC environments are not available."""
        if self.environments:
            message = f"{_named(self.environments)} of {self._config_file}: values are not available offline"
            if self.absent:
                message += (
                    f"; these keys may be set there, and were evaluated as not set: {', '.join(self.absent)}"
                )
            self.diagnose("warning", message)

    def note_export(self, name: str) -> None:
        """Record that the program declares an output of the stack."""
        if source := self.locator.here():
            self._exports[name] = source

    def export_of(self, path: str) -> Source | None:
        """The line that declares the output at the start of a path."""
        return self._exports.get(re.split(r"[.\[]", path, maxsplit=1)[0])

    def _misused_result(self, message: str) -> tuple[str, str]:
        """Explain an error about the type of an unknown result, which does not name the function."""
        uses = [use for use in self.functions if use.origin != "computed"]
        calls = dict.fromkeys(
            f"function {use.token}" + (f", called at {use.source}" if use.source else "") for use in uses
        )
        remedy = result_remedy(use.token for use in uses)
        return "\n".join([message, "the value is an unknown result of:", *calls]), remedy

    def _export_in(self, message: str) -> str:
        """The output that an error of the SDK refers to."""
        found = re.search(r"While processing input: '([^']+)'", message)
        return found[1] if found else ""

    def note_unawaited(self, error: BaseException) -> None:
        """Record the failure of a task that is not awaited: a warning, as Pulumi continues too."""
        if self.failed:
            self.fail(error)
        else:
            message = f"a task failed that is not awaited: {described(error)}"
            self.diagnose("warning", message, source=self.locator.of(error))

    def fail_stuck(self, unawaited: Iterable[BaseException], threads: Sequence[str]) -> None:
        """Record a deadlock, unless it follows from another failure.

        `threads` are the program's threads that are alive but did not wake the loop.
        """
        for error in unawaited:
            self.fail(error)
        if self._failures:
            return
        waiting = sorted(self.pending.values(), key=lambda call: call.number)
        places = [f"  {call.subject or call.name}  {call.source or ''}".rstrip() for call in waiting]
        lines = ["an Output never resolves; waiting for it:", *(places or ["  the program"])]
        if threads:
            lines.append(f"threads that are alive, but do not complete it: {', '.join(sorted(threads))}")
        self._add(
            Failure(
                "\n".join(lines),
                next((call.source for call in waiting if call.source), None),
                "check for resources that need each other's outputs, and for futures that never complete",
            )
        )

    def redacted_diagnostics(self) -> tuple[Diagnostic, ...]:
        """All diagnostics, without the secrets that are known by now."""
        return redacted(self.diagnostics, self.redact_message)

    @property
    def causes(self) -> tuple[BaseException, ...]:
        """The exceptions of the failures."""
        return tuple(failure.cause for failure in self._failures if failure.cause)

    def raise_failures(self) -> None:
        """Raise ProgramError if anything failed. Failures are in the order of the program's lines, and
        include the errors that the program logged, which may state the reason.
        """
        if not self._failures:
            return
        failures = [
            # Redact again: a later line may have marked a value in an earlier message as secret.
            replace(
                failure,
                message=self.redact_message(failure.message),
                remedy=self.redact_message(failure.remedy),
            )
            for failure in sorted(
                [*self._logged_errors, *self._failures],
                key=lambda f: (f.location is None, f.location or Source("", 0)),
            )
        ]
        traces = ["".join(traceback.format_exception(failure.cause)) for failure in failures if failure.cause]
        printed = [item.message for item in self.redacted_diagnostics() if item.severity == "print"]
        raise ProgramError(
            self._stack,
            failures,
            debug=self.redact_message("\n".join(traces)),
            printed=printed,
            functions=tuple(map(Redaction.without_graph(self.redact_message).function, self.functions)),
        ) from None

    def _text_of(self, error: BaseException) -> tuple[str, str]:
        explain = next((explain for kind, explain in _EXPLAINED.items() if isinstance(error, kind)), None)
        if explain is not None:
            message, remedy = explain(error)
            if isinstance(error, pulumi.ConfigMissingError) and self.environments:
                message = f"{message}; {_named(self.environments)} may set it, but is not available offline"
            return message, remedy.format(config_file=self._config_file)
        return described(error), error.remedy if isinstance(error, DeclarationError) else ""


def _named(environments: Sequence[str]) -> str:
    """The ESC environments of a stack, as text."""
    return f"ESC environment{'s' if len(environments) > 1 else ''} {', '.join(environments)}"


def redacted(diagnostics: Sequence[Diagnostic], redact: Redactor) -> tuple[Diagnostic, ...]:
    """The diagnostics without secrets, including those that are printed in several lines."""
    printed = iter(redact.lines([item.message for item in diagnostics if item.severity == "print"]))
    return tuple(
        replace(item, message=next(printed) if item.severity == "print" else redact(item.message))
        for item in diagnostics
    )


def _missing_config(error: pulumi.ConfigMissingError) -> tuple[str, str]:
    remedy = f"add `{error.key}: ...` under `config:` in {{config_file}}"
    if error.secret:
        remedy = f"`pulumi config set {error.key} --secret` writes it, encrypted, to {{config_file}}"
    return f"configuration value `{error.key}` is missing", remedy


def _wrong_config(error: pulumi.ConfigTypeError) -> tuple[str, str]:
    """Without the value: the program may read it as a secret."""
    kinds = {"int": "an integer", "float": "a number", "bool": "true or false"}
    expected = kinds.get(error.expect_type, error.expect_type)
    return f"configuration value `{error.key}` must be {expected}", "correct it in {config_file}"


def _exit(error: SystemExit) -> tuple[str, str]:
    return f"the program called sys.exit({error.code!r})", "raise an error that states the problem instead"


def _missing_module(error: ModuleNotFoundError) -> tuple[str, str]:
    return described(error), "check the spelling, or install the package that provides it"


def _end_of_input(error: EOFError) -> tuple[str, str]:
    if str(error) != "EOF when reading a line":  # the message of input()
        return described(error), ""
    return "a program can't read from standard input", "read the value from configuration"


_EXPLAINED: dict[type[BaseException], Callable[..., tuple[str, str]]] = {
    pulumi.ConfigMissingError: _missing_config,
    pulumi.ConfigTypeError: _wrong_config,
    pulumi.RunError: lambda error: (str(error), ""),
    SystemExit: _exit,
    ModuleNotFoundError: _missing_module,
    EOFError: _end_of_input,
}
