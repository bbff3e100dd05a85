"""Messages between processes: which types are allowed, and what they keep."""

from __future__ import annotations

import pickle
from enum import StrEnum
from fractions import Fraction

import pulumi
import pytest

from platform_components.base.errors import InvalidInput, Problem
from platform_components.base.redaction import Redactor
from platform_components.engine import UNKNOWN, ProgramError, Secret
from platform_components.testing import render
from platform_components.workspace.crossing import Fault, carried, dumps, loads


def test_marks_keep_their_meaning() -> None:
    """UNKNOWN remains the only instance, and secrets remain marked."""
    values = loads(dumps({"a": UNKNOWN, "b": [Secret("x"), None, 1.5]}))
    assert values["a"] is UNKNOWN
    assert values["b"] == [Secret("x"), None, 1.5]


def test_a_graph_keeps_its_secrets() -> None:
    """It redacts them in any text, in the receiving process too."""
    graph = render(lambda: pulumi.export("it", pulumi.Output.secret("hunter2-correct")))
    assert loads(dumps(graph)) == graph
    assert loads(dumps(graph)).redact({"a": "is hunter2-correct"}) == {"a": "is [secret]"}


@pytest.mark.parametrize("value", [Fraction(1, 2), print, Exception("x")], ids=["class", "function", "error"])
def test_other_types_are_rejected(value: object) -> None:
    """Unpickling them would run their code in the command."""
    with pytest.raises(pickle.UnpicklingError, match="not allowed in a message"):
        loads(dumps(value))


ATTACKS = {
    "a module of a module": ("platform_components.engine.console", "os.system", ("touch ran",)),
    "an imported function": ("platform_components.cli.output", "say", ("hello",)),
    "an imported class": ("platform_components.engine.console", "Path", ("ran",)),
    "a function of the library": ("platform_components.workspace.processes", "kill", (2**30,)),
    "getattr": ("builtins", "getattr", ("", "join")),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_payload_can_not_call_other_code(attack: str) -> None:
    """Only classes that the named module of the library defines are accepted."""
    module, name, arguments = ATTACKS[attack]
    text = "".join(f"\x8c{chr(len(word))}{word}" for word in (module, name)).encode("latin1")
    # STACK_GLOBAL, the arguments, REDUCE, STOP
    data = b"\x80\x04" + text + b"\x93" + pickle.dumps(arguments, 2)[2:-1] + b"R."
    with pytest.raises(pickle.UnpicklingError, match="not allowed in a message"):
        loads(data)


class Size(StrEnum):
    SMALL = "small"


class Whole(int):
    pass


class Ratio(float):
    pass


def test_strings_and_numbers_become_plain() -> None:
    """The classes of a program, such as a StrEnum, don't exist in the receiver."""
    values = loads(dumps({Size.SMALL: [Whole(3), Ratio(0.5), True, None]}))
    assert values == {"small": [3, 0.5, True, None]}
    assert [type(value) for value in (*values, *values["small"])] == [str, int, float, bool, type(None)]


def test_invalid_input_keeps_its_message_without_the_value() -> None:
    """This applies to every object, and to sensitive values."""
    problems = [
        Problem("a", "is wrong", value=pulumi.Output.__new__(pulumi.Output)),
        Problem("password", "is wrong", value="hunter2-correct"),
        Problem("b", "is missing", "add it"),
    ]
    error = InvalidInput("Thing", problems)
    data = dumps(carried(error))
    assert str(loads(data)) == str(error)
    assert loads(data).to_dict() == error.to_dict()
    assert b"hunter2" not in data


def test_a_program_error_keeps_invalid_input_as_its_cause() -> None:
    """The command formats it by its type. Other causes are not sent."""

    def invalid() -> None:
        raise InvalidInput("Stack", [Problem("name", "is wrong", value=3)])

    for program, cause in ((invalid, InvalidInput), (lambda: 1 / 0, type(None))):
        with pytest.raises(ProgramError) as raised:
            render(program)
        received = loads(dumps(carried(raised.value)))
        assert str(received) == str(raised.value)
        assert (received.failures[0].location, received.debug) == (raised.value.location, raised.value.debug)
        assert isinstance(received.cause, cause)


def test_an_internal_error_is_sent_without_its_text() -> None:
    """The text may contain secrets."""
    secret = "hunter2-correct"
    try:
        raise KeyError(secret)
    except KeyError as error:
        fault = loads(dumps(carried(error)))
    assert isinstance(fault, Fault)
    assert str(fault).startswith("KeyError in test_crossing.py:")
    assert "hunter2" not in f"{fault.args}"


def test_a_traceback_has_no_source_lines_of_programs() -> None:
    """A line may contain a secret; those of the library do not."""
    fault = None
    try:
        Redactor()(len("hunter2-correct"))  # type: ignore[arg-type]
    except TypeError as error:
        fault = Fault.of(error)
    assert fault
    assert "test_crossing.py" in fault.debug
    assert "hunter2" not in fault.debug
    assert "self._spans(text)" in fault.debug
