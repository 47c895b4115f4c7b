"""The program `lightsail-ops`, also as `python -m lightsail_ops`."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence

_EXTRAS = {"click", "wcwidth"}
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status.

    Args:
        arguments: what follows the program's name. Defaults to the arguments of this process.
    """
    try:
        from lightsail_ops.cli.app import run  # late: its packages are an extra
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRAS:
            raise
        print(
            f"error: the package {package} is missing.\nhelp: pip install 'lightsail-ops[cli]'",
            file=sys.stderr,
        )
        return 1
    return run(sys.argv[1:] if arguments is None else arguments)


def run_process() -> int:
    """Run the program as a process of its own."""
    # Ctrl-C may come at once, while modules are imported. Then there is nothing to complete.
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit_at_once)
    # Imports and clients make many objects that stay. To look for garbage among them, while they
    # are made and again at the exit, is a third of what a short listing costs.
    gc.set_threshold(100_000)
    # With PYTHONUNBUFFERED, Python does not write what is left of a string where a signal or a full
    # disk cuts a write short. The program flushes by itself.
    if isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        descriptor, encoding = sys.stdout.fileno(), sys.stdout.encoding
        sys.stdout = open(descriptor, "w", encoding=encoding, closefd=False)  # noqa: SIM115 - to the end
    try:
        return main()
    finally:
        for number in _SIGNALS:  # all is said, and Python would end with a traceback
            signal.signal(number, signal.SIG_IGN)
        gc.freeze()


def _exit_at_once(number: int, _: object) -> None:
    os.write(2, b"error: interrupted.\n" if number == signal.SIGINT else b"error: terminated.\n")
    os._exit(128 + number)


if __name__ == "__main__":
    sys.exit(run_process())
