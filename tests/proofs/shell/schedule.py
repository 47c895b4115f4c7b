"""Seeded disturbances: delays where control changes hands, and interrupts at any line."""

from __future__ import annotations

import gc
import logging
import queue
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, NoReturn, TypeVar

import lightsail_ops
from lightsail_ops._core import backoff, fetching, waiting
from lightsail_ops._io import reader, threads

PACKAGE = str(Path(lightsail_ops.__file__).parent)
HANGS_AFTER = 60.0  # seconds
AT_ONCE = 0.5  # the contract's, for what ends whatever hangs
COLLECTED_AFTER = 0.005  # until then, a thread that has been told to end has had time for it
SLACK = 10.0  # other work on the machine must not fail a test; a request hangs for 30

_T = TypeVar("_T")


class Hang(BaseException):
    """Raised where a call hangs. It is no Exception, which the library might translate."""


class SlowQueue(queue.SimpleQueue[Any]):
    """A queue at which a thread may lose some time, before or after it puts or gets."""

    random = Random()

    def put(self, *arguments: Any, **options: Any) -> None:
        self._lose_time()
        super().put(*arguments, **options)
        self._lose_time()

    def get(self, *arguments: Any, **options: Any) -> Any:
        self._lose_time()
        item = super().get(*arguments, **options)
        self._lose_time()
        return item

    def _lose_time(self) -> None:
        drawn = self.random.random()
        if drawn < 0.1:
            time.sleep(drawn / 100)  # up to 1 ms
        elif drawn < 0.3:
            time.sleep(0)


class Interrupts:
    """Raises KeyboardInterrupt in the main thread, at lines of the package."""

    def __init__(self) -> None:
        self.lines = 0
        """How many lines the main thread has executed."""
        self.raised = 0
        self._next: int | None = None

    def after(self, lines: int | None) -> None:
        """Interrupt the main thread once it has executed so many more lines; None: never."""
        self._next = None if lines is None else self.lines + lines

    def call(self, function: Callable[[], _T]) -> _T:
        """Call a function under interrupts; raises KeyboardInterrupt, or what it raises."""
        before = sys.gettrace()  # coverage's
        sys.settrace(self._trace_call)
        try:
            return function()
        finally:
            sys.settrace(before)

    def insist(self, function: Callable[[], _T]) -> _T:
        """Call a function until no interrupt hits it."""
        while True:
            try:
                return self.call(function)
            except KeyboardInterrupt:
                continue

    def _trace_call(self, frame: FrameType, event: str, argument: object) -> Any:
        return self._trace_line if frame.f_code.co_filename.startswith(PACKAGE) else None

    def _trace_line(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            self.lines += 1
            if self._next is not None and self.lines >= self._next:
                self._next = None
                self.raised += 1
                raise KeyboardInterrupt
        return self._trace_line


class Schedule:
    """One seed: its random numbers, its interrupts, and its figures."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.interrupts = Interrupts()
        self.figures = Counter[str]()

    def draw_interrupt(self) -> None:
        """Have an interrupt come soon, or none."""
        self.interrupts.after(self.random.choice([None, self.random.randrange(1, 120)]))


@contextmanager
def disturb(seed: int, *, traces_threads: bool = True) -> Iterator[None]:
    """Shorten the pauses of the library, and have each of its threads lose time anywhere."""
    random = SlowQueue.random = Random(seed)
    leave_out_earlier_threads()

    def trace_call(frame: FrameType, event: str, argument: object) -> Any:
        return trace_line if frame.f_code.co_filename.startswith(PACKAGE) else None

    def trace_line(frame: FrameType, event: str, argument: object) -> Any:
        drawn = random.random()
        if drawn < 0.01:
            time.sleep(drawn / 20)  # up to 0.5 ms
        elif drawn < 0.04:
            time.sleep(0)
        return trace_line

    short = [
        (backoff, "_FIRST", 0.001),
        (backoff, "_LONGEST", 0.01),
        (fetching, "_BACKOFF", (0.0005, 0.001)),
        (waiting, "_FIRST_DELAY", 0.0005),
        (reader, "SimpleQueue", SlowQueue),
        (threads, "SimpleQueue", SlowQueue),
    ]
    before = [(module, name, getattr(module, name)) for module, name, _ in short]
    logger = logging.getLogger("lightsail_ops")
    level = logger.level
    traced = threading.gettrace()  # by coverage
    try:
        logger.setLevel(logging.CRITICAL)
        for module, name, value in short:
            setattr(module, name, value)
        if traces_threads and seed % 2:
            threading.settrace(trace_call)
        yield
    finally:
        threading.settrace(traced)
        for module, name, value in before:
            setattr(module, name, value)
        logger.setLevel(level)


@contextmanager
def no_hang() -> Iterator[None]:
    """Raise `Hang` in the main thread if the block takes too long."""

    def complain(*_: object) -> NoReturn:
        stacks = sys._current_frames()
        names = [
            f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"
            for frame in stacks.values()
        ]
        raise Hang(f"nothing happened for {HANGS_AFTER} seconds; threads at {names}")

    before = signal.signal(signal.SIGALRM, complain)
    signal.setitimer(signal.ITIMER_REAL, HANGS_AFTER)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def at_once(name: str) -> Iterator[None]:
    """Check that a block ends within half a second."""
    started = time.monotonic()
    yield
    seconds = time.monotonic() - started
    assert seconds < AT_ONCE + SLACK, f"{name} took {seconds:.2f} s"


_earlier: set[threading.Thread] = set()


def leave_out_earlier_threads() -> None:
    """Let `count_threads` count what begins from now on."""
    _earlier.clear()
    _earlier.update(threading.enumerate())


def count_threads() -> int:
    """Return how many threads of the library the current seed has begun."""
    threads = {*threading.enumerate()} - _earlier
    return sum("lightsail_ops" in thread.name for thread in threads)


def check_threads(bound: int) -> None:
    """Check that there are no more threads than a bound, but for one that is about to end.

    A watch that was closed at the very start of its thread lets that thread end later.
    """
    deadline = time.monotonic() + SLACK
    while (found := count_threads()) > bound:
        assert time.monotonic() < deadline, f"{found} threads, not {bound}"
        time.sleep(0.0005)


def check_no_thread_left() -> None:
    """Check that all threads end within a second, if the machine is not busy."""
    begun = time.monotonic()
    while left := count_threads():
        time.sleep(0.0005)
        seconds = time.monotonic() - begun
        assert seconds < 1.0 + SLACK, f"{left} threads are left"
        if seconds > COLLECTED_AFTER:
            gc.collect()  # tracebacks make cycles
