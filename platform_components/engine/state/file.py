"""A state in a file: the output of `pulumi stack export`, plain or compressed with gzip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.state.content import LARGEST, too_large
from platform_components.engine.state.deployment import Deployment
from platform_components.engine.state.format import StackName, parse_state
from platform_components.engine.state.sealed import Unsealing, incomparable
from platform_components.files.strict_yaml import bounded_content


@dataclass(frozen=True)
class StateFile:
    """The file with the state of one stack."""

    path: Path
    """Absolute: a program can change the working directory."""
    shown: str
    """The path as the user passed it."""
    stack: StackName
    unsealing: Unsealing = incomparable
    optional: bool = False
    """Whether a file that does not exist means that the stack was never deployed."""

    def load(self) -> Deployment | None:
        """Read the state; None if the stack was never deployed.

        Raises:
            InvalidInput: the state can't be read, or is invalid.
        """
        content = read_state(self.path, self.shown)
        if content is None:
            if self.optional:
                return None
            remedy = "create it with `pulumi stack export`"
            raise InvalidInput(self.shown, [Problem("file", "does not exist", remedy)])
        return parse_state(
            content, subject=self.shown, source=self.shown, expected=self.stack, unsealing=self.unsealing
        )


def read_state(path: Path, subject: str) -> bytes | None:
    """Return the content of a file; None if it does not exist. `subject` names it in messages.

    Raises:
        InvalidInput: it can't be read, or is too large.
    """
    try:
        content = bounded_content(path, LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InvalidInput(subject, [Problem("file", "can't be read", reason)]) from None
    except ValueError:  # a null character in its name
        raise InvalidInput(subject, [Problem("file", "is not a path")]) from None
    if content is None:
        raise InvalidInput(subject, [too_large().problem])
    return content
