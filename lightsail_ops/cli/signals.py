"""Ctrl-C and SIGTERM: raised as one exception, or held back while something must be completed."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = 1.0  # seconds that a signal is held back at most, since a pipe may never be read
_AGAIN = 0.02  # seconds until an exception that Python has dropped is raised again


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM has come."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status: int = 128 + number
        """The exit status that shells expect."""

    def __str__(self) -> str:
        return "interrupted." if self.status == 128 + signal.SIGINT else "terminated."


def to_interrupted(error: KeyboardInterrupt) -> Interrupted:
    """Return what has interrupted the program; Python raises a plain error where it has no say."""
    return error if isinstance(error, Interrupted) else Interrupted(signal.SIGINT)


class Signals:
    """Raises `Interrupted` when Ctrl-C or SIGTERM comes, in a `with` block.

    In a thread other than the main one, where Python allows no handlers, it changes nothing.
    """

    def __init__(self) -> None:
        self.was_forced: bool = False
        """Whether a block of `hold` was broken off, so that what it wrote may be incomplete."""

        self.pending: int | None = None
        """The signal that is held back."""

        self._was_raised = False
        self._holds = 0
        self._last: int = signal.SIGINT
        self._handlers: dict[int, Any] = {}
        self._unraisable_hook = sys.unraisablehook

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` and `&` set it
                    self._handlers[number] = signal.signal(number, self._handle)
            if sys.platform != "win32":  # pragma: no branch
                self._handlers[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._handle)
            sys.unraisablehook = self._handle_unraisable
        return self

    def __exit__(self, *_: object) -> None:
        if self._handlers:
            _set_alarm(0)
            sys.unraisablehook = self._unraisable_hook
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    @contextmanager
    def hold(self) -> Generator[None]:
        """Hold signals back until the end of a `with` block, where one that has come is raised.

        A second one, or one that has been held back for a second, breaks the block off.
        """
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
        if self.pending is not None and not self._holds:
            number, self.pending = self.pending, None
            _set_alarm(0)
            self._was_raised = True
            raise Interrupted(number)

    def forget(self) -> None:
        """Drop the signal that is held back: nothing is left that it could end."""
        self.pending = None
        _set_alarm(0)

    def raise_again(self) -> None:
        """Raise what was raised before, and was lost: imports in C replace any error by another."""
        if self._was_raised and not isinstance(sys.exception(), Interrupted):
            raise Interrupted(self._last)

    def _handle(self, number: int, _: FrameType | None) -> None:
        """Hold a signal back, or raise it; the alarm raises the one that is held back.

        One that comes while the program ends is held back, too: the end may be at its advice.
        """
        is_first = number in _SIGNALS and self.pending is None
        self._last = number if number in _SIGNALS else self._last
        if is_first and (self._holds or self._was_raised):
            self.pending = number
            _set_alarm(_PATIENCE)
            return
        self.was_forced = self.was_forced or self._holds > 0
        self.pending = None
        self._was_raised = True
        raise Interrupted(self._last)

    def _handle_unraisable(self, unraisable: sys.UnraisableHookArgs) -> None:
        """Raise once more what came while Python was deleting an object."""
        if isinstance(unraisable.exc_value, Interrupted):
            _set_alarm(_AGAIN)
        else:
            self._unraisable_hook(unraisable)


def _set_alarm(seconds: float) -> None:
    if sys.platform != "win32":  # pragma: no branch
        signal.setitimer(signal.ITIMER_REAL, seconds)
