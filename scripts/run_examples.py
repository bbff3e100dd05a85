"""Preview every project under examples/ and compare exit code and output with its expectation.

Each example is a separate Pulumi project. Its file EXPECT contains one line `exit: N`, and any number of
lines `says: TEXT`, each with a text that the preview must print.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLATFORM = Path(sys.executable).with_name("platform")


@dataclass(frozen=True)
class Expectation:
    """The expected result of an example."""

    code: int
    texts: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Expectation:
        """Read an EXPECT file.

        Raises:
            ValueError: the file is missing, has no line `exit:`, or has an invalid line.
        """
        if not path.is_file():
            raise ValueError(f"{path}: does not exist; create it with `exit: N`, the expected exit code")
        code: int | None = None
        texts: list[str] = []
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            key, _, value = line.partition(": ")
            if key == "exit" and code is None:
                code = int(value)
            elif key == "says" and value:
                texts.append(value)
            elif line:
                raise ValueError(f'{path}:{number}: "{line}": must be `says: TEXT`, or `exit: N` once')
        if code is None:
            raise ValueError(f"{path}: must have a line `exit: N`")
        return cls(code, tuple(texts))


def run(example: Path) -> list[str]:
    """Preview one example and return the differences from its expectation."""
    expected = Expectation.read(example / "EXPECT")
    done = subprocess.run(
        [PLATFORM, "preview"],
        cwd=example,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    problems = [f"does not print: {text}" for text in expected.texts if text not in done.stdout]
    if done.returncode != expected.code:
        problems.insert(0, f"exits with {done.returncode}, not {expected.code}")
    return [*problems, done.stdout] if problems else []


def main() -> int:
    """Preview all examples and report each on one line."""
    examples = sorted(ROOT.glob("examples/[!._]*/"))
    failed = 0
    for example in examples:
        problems = run(example)
        failed += bool(problems)
        print(f"{'FAIL' if problems else 'ok  '}  examples/{example.name}")
        for problem in problems:
            print(f"      {problem}")
    print(f"{len(examples)} examples, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
