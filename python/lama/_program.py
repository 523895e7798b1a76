"""What the installed program `lama` does and this package does not."""

from __future__ import annotations

import shutil
import signal
import subprocess


def _run(command: str, arguments: tuple[str, ...]) -> None:
    program = shutil.which("lama")
    if program is None:
        raise FileNotFoundError(
            f"lama.{command} runs the program `lama`, which is not in PATH: install it from the same sources"
        )
    with subprocess.Popen([program, command, *arguments]) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)  # a terminal's ctrl-C has reached it already
            process.wait()  # it cancels its fills and removes its temporary files
            raise
    if code != 0:
        raise subprocess.CalledProcessError(code, process.args)


def serve(*arguments: str) -> None:
    """Runs `lama serve`, a page to fill pictures on and an HTTP API, until it ends.

        lama.serve("--port", "8081")

    arguments: those of the command line. Raises FileNotFoundError if the program is not in PATH,
    subprocess.CalledProcessError if it fails.
    """
    _run("serve", arguments)


def select(*arguments: str) -> None:
    """Runs `lama select`, which makes the mask of an object from a box or a scribble, as serve does."""
    _run("select", arguments)
