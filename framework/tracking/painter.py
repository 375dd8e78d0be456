"""The figures, drawn in a process of its own: it imports and draws while the syncer does the same.

    python -m framework.tracking.painter < folders

Each line of the input names a run folder; the answer is a line {"folder", "problem"}. The process
ends with its input, so it never outlives the syncer, even a killed one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from pathlib import Path
from typing import IO


class PainterError(Exception):
    """The figures of a run could not be drawn; the message holds the traceback."""


class Painter:
    """The syncer's end. `begin` as soon as a run is over, `wait` when its figures are needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-m", "framework.tracking.painter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._begun: set[str] = set()
        self._answers: dict[str, str | None] = {}

    def begin(self, folder: Path) -> None:
        """Ask for the figures of a run that is over, unless they have been asked for."""
        if str(folder) not in self._begun:
            self._begun.add(str(folder))
            print(folder, file=self._end(self._process.stdin), flush=True)

    def wait(self, folder: Path) -> None:
        """Return when the figures are in the folder; raises PainterError if they cannot be drawn."""
        self.begin(folder)
        while str(folder) not in self._answers:
            line = self._end(self._process.stdout).readline()
            if not line:
                raise PainterError("the process that draws has ended")
            answer = json.loads(line)
            self._answers[answer["folder"]] = answer["problem"]
        self._begun.discard(str(folder))
        problem = self._answers.pop(str(folder))
        if problem is not None:
            raise PainterError(problem)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    @staticmethod
    def _end(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


class InlinePainter:
    """Draws in this process, when the figures are needed."""

    def begin(self, folder: Path) -> None:
        """Nothing to prepare."""

    def wait(self, folder: Path) -> None:
        from framework.tracking.drawing import draw_into

        draw_into(folder)


def main() -> None:
    """Answer the lines of the input until it ends."""
    from framework.tracking.drawing import draw_into, warm_up

    answers, sys.stdout = sys.stdout, sys.stderr  # what plugins print is no answer
    warm_up()
    for line in sys.stdin:
        problem = None
        try:
            draw_into(Path(line.rstrip("\n")))
        except Exception:
            problem = traceback.format_exc()
        print(
            json.dumps({"folder": line.rstrip("\n"), "problem": problem}), file=answers, flush=True
        )


if __name__ == "__main__":
    main()
