"""Worker threads: plain daemons that take a job from a queue, do it, and take the next.

They never keep a program alive. The threads of `concurrent.futures` are joined at the end of the
program, however long their requests hang.
"""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeAlias, TypeVar

from lightsail_ops._botocore.calls import AbandonedCallError, Call
from lightsail_ops._io.runtime import RUNTIME

_T = TypeVar("_T")

WAKE = 0.25
"""Seconds for which a thread waits at a time. A signal that comes just before it begins to wait
does not wake it: Python calls the handler, and so raises KeyboardInterrupt, when it wakes."""

# How many threads may hang in jobs that were abandoned before the others' places are not filled.
_MOST_HUNG = 100


class Job:
    """A function that a thread is to call. Each token is taken by that thread, or by `abandon`."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function
        self._beginning: list[None] = [None]
        self._end: list[None] = [None]

    def do(self) -> bool:
        """Call the function, and return whether the thread may go on to another job."""
        if not take(self._beginning):
            return True
        self._function()
        return take(self._end)

    def abandon(self) -> bool:
        """Return whether a thread does the job, and so may hang; if none does, none will."""
        return not take(self._beginning) and take(self._end)


_Jobs: TypeAlias = SimpleQueue[Job | None]


class Workers:
    """A bounded number of worker threads, started when they are needed, and fed by one queue."""

    def __init__(self, max_workers: int) -> None:
        self._max_workers = max_workers
        self._begin()

    def _begin(self) -> None:
        self._process_id = os.getpid()
        self._jobs: _Jobs = SimpleQueue()
        self._hung: list[None] = []  # a token for each thread whose job was abandoned
        self._started = 0

    def submit(self, function: Callable[[], object]) -> Job:
        """Have a function called by a thread.

        Raises:
            RuntimeError: there is no thread, and none can be started.
        """
        if self._process_id != os.getpid():
            self._begin()  # a forked process does not have its parent's threads
        if self._started < self._max_workers:
            # Started before its job is queued, or a job that was reported as failed would be done.
            with suppress(RuntimeError) if self._started else nullcontext():  # fewer will do
                self._start()
        job = Job(function)
        self._jobs.put(job)
        return job

    def abandon(self, job: Job) -> None:
        """Let another thread take the place of the one that does a job, which may hang."""
        if len(self._hung) >= _MOST_HUNG or not job.abandon():
            return
        self._hung.append(None)
        self._started -= 1
        if not self._jobs.empty():  # else the next job brings the thread
            with suppress(RuntimeError):
                self._start()

    def _start(self) -> None:
        start_thread(partial(_work, self._jobs, self._hung))
        self._started += 1

    def close(self) -> None:
        """Have each thread end when it has done its job; does not wait for it."""
        for _ in range(self._started):
            self._jobs.put(None)


def start_thread(target: Callable[[], object]) -> None:
    """Start a daemon thread; not in the main thread, where an interrupt would break the start.

    Raises:
        RuntimeError: the system has no thread left.
    """
    with _explain_lack():
        Thread(target=target, name="lightsail_ops", daemon=True).start()


def call_in_thread(function: Callable[[], object]) -> None:
    """Call a function that starts threads, in a thread that no interrupt can hit.

    Raises:
        RuntimeError: the system has no thread left.
    """
    with _explain_lack():
        _thread.start_new_thread(function, ())


@contextmanager
def _explain_lack() -> Generator[None, None, None]:
    try:
        yield
    except RuntimeError as error:
        raise RuntimeError(f"no thread can be started: {error}") from error


def receive(queue: SimpleQueue[_T], timeout: float | None) -> _T:
    """Return the next item of a queue that one thread reads; not in the main thread.

    Up to Python 3.12, `get` waits for ever if its time is over before it has locked an empty
    queue, as happens on a busy machine (Modules/_queuemodule.c). `get_nowait` locks it first.

    Raises:
        Empty: none has come in so many seconds.
    """
    with suppress(Empty):
        return queue.get_nowait()
    return queue.get(timeout=timeout)


class Inbox(Generic[_T]):
    """A queue for one thread, which a signal's handler may interrupt for as long as it likes.

    Up to Python 3.12, `SimpleQueue.get` waits for ever if a handler takes longer than its timeout.
    A lock counts that time.
    """

    def __init__(self) -> None:
        self._items: SimpleQueue[_T] = SimpleQueue()
        self._lock = _thread.allocate_lock()  # free where something may have come

    def put(self, item: _T) -> None:
        """Put an item into the queue, from any thread."""
        self._items.put(item)
        with suppress(RuntimeError):  # it is free
            self._lock.release()

    def receive(self, timeout: float) -> _T:
        """Return the next item.

        Raises:
            Empty: none has come in so many seconds.
        """
        deadline = RUNTIME.get_time() + timeout
        while True:
            with suppress(Empty):
                return self._items.get_nowait()
            if not self._lock.acquire(timeout=max(0.0, deadline - RUNTIME.get_time())):
                raise Empty


def do_job(
    name: _T,
    function: Callable[[], object],
    call: Call,
    deliver: Callable[[tuple[_T, Any]], object],  # Any: a function's result can have any type
) -> None:
    """Call a function, and deliver the job's name with what the function returns or raises.

    Once its call is abandoned, that is None.
    """
    outcome: object = None
    try:
        if not call.is_abandoned:
            outcome = function()
    except AbandonedCallError:
        pass
    except BaseException as error:  # a client may raise anything; the reader gets it
        outcome = error
    deliver((name, outcome))
    del outcome  # an error's traceback holds this frame


def take(tokens: list[None]) -> bool:
    """Take a token, and return whether there was one."""
    try:
        tokens.pop()  # one step, whatever other threads do
    except IndexError:
        return False
    return True


def _work(jobs: _Jobs, hung: list[None]) -> None:
    while (job := jobs.get()) is not None:
        may_go_on = job.do()
        del job  # it may hold a page
        if not may_go_on:  # another thread has this one's place
            take(hung)
            return
