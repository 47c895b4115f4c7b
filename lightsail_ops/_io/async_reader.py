"""The driver for the steps of an iterator in asyncio: an engine in callbacks of the event loop.

The reader only waits for its results, so cancelling a reader changes nothing: the next time, it
wants the same number.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar
from weakref import WeakMethod, WeakSet

from lightsail_ops._botocore.calls import Call
from lightsail_ops._core.effects import Response, Steps
from lightsail_ops._core.engine import Engine, Outcome, Result, Sending
from lightsail_ops._core.paging import Listing, read_pages
from lightsail_ops._io.asynchronous import AsyncSender, call_soon, get_outcome
from lightsail_ops._io.handover import Handover
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import Workers, do_job
from lightsail_ops.errors import LightsailError

_K = TypeVar("_K")

_DAY = 86_400.0  # seconds

# Seconds that `aclose` waits, at most, for tasks that were cancelled.
_CLOSE = 0.3


class AsyncReader(Handover[_K]):
    """Reads the results of the steps of many clients.

    It belongs to the event loop in which a result was wanted last. It ends when it is closed or
    garbage-collected, or when all steps have ended.
    """

    _context: Context
    _changed: asyncio.Event

    def __init__(
        self,
        steps: Mapping[_K, Steps[None]],
        senders: Mapping[_K, AsyncSender],
        max_in_flight: int,
    ) -> None:
        """Begin nothing yet; `max_in_flight` is the bound of tasks, or of threads, too."""
        super().__init__(len(steps))
        self._crash: BaseException | None = None
        self._engine = Engine(steps, max_in_flight, RUNTIME)
        self._senders = senders
        self._needs_tasks = any(sender.is_async for sender in senders.values())
        self._workers = Workers(min(max_in_flight, len(steps)))
        self._call = Call()  # one for all requests: they are abandoned together
        self._inbox: _Inbox[_K] = _Inbox(self._advance)
        self._user: weakref.ref[asyncio.Task[object]] | None = None  # the last one
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: dict[asyncio.Task[Response], Sending[_K]] = {}
        self._cancelled: WeakSet[asyncio.Task[Response]] = WeakSet()  # those when nobody read
        finalizer = weakref.finalize(self, _stop, self._call, self._workers, self._tasks)
        finalizer.atexit = False

    async def find(self, has_more: Callable[[], Awaitable[bool]]) -> bool:
        """Find something to take, which ends by assigning to `users`, as `Reader.find` does.

        Returns:
            False if there is no more; then there is no user any more.
        """
        # A second Ctrl-C ends an event loop at once, and leaves its tasks unfinished.
        other = self.users.get(None)
        if isinstance(other, asyncio.Task) and other.get_loop().is_closed():
            self.users.clear()
        user = asyncio.current_task()
        if not self._begin(user, "task"):
            return False
        self._user = weakref.ref(user) if user is not None and self._needs_tasks else None
        is_found = False
        try:
            while not await has_more():
                result = await self._get_result(self._drop())
                if result is None:
                    await self.aclose()
                    return False
                self._keep(result)
            is_found = True
        finally:
            if not is_found:
                self.users.clear()
        return True

    async def aclose(self) -> None:
        """Send nothing more, and cancel the requests in flight."""
        self._is_closed = True
        tasks = list(self._tasks)
        _stop(self._call, self._workers, self._tasks)
        loop = self._inbox.loop
        if loop is None:
            return
        if self._timer is not None:
            call_soon(loop, self._timer.cancel)
        call_soon(loop, self._changed.set)  # the loop may run in another thread
        if tasks and loop is asyncio.get_running_loop():
            await asyncio.wait(tasks, timeout=_CLOSE)

    async def _get_result(self, number: int) -> Result[_K] | None:
        """Return a result, the same one for the same number; None if there are no more."""
        self._attach()
        self._engine.want(number)
        self._advance()
        while not self._is_closed:
            if self._crash is not None:
                raise self._crash
            result = self._engine.get_result()
            if result is not None or self._engine.is_over:
                return result
            self._changed.clear()
            # The loop refers to the task that waits by this. Otherwise, if the program keeps no
            # reference to its task, both the task and this reader would be garbage.
            reference = asyncio.get_running_loop().call_later(_DAY, self._changed.set)
            try:
                await self._changed.wait()
            finally:
                reference.cancel()
        return None

    def _attach(self) -> None:
        """Belong to the running event loop. The tasks of another one are gone with it."""
        self._process_id = os.getpid()
        self._context = copy_context()
        loop = asyncio.get_running_loop()
        if loop is not self._inbox.loop:
            self._timer = None
            self._changed = asyncio.Event()
            for sending in self._tasks.values():
                self._engine.deliver(sending, None)
            self._tasks.clear()
            self._inbox.loop = loop  # last: after an interrupt, all of this is done again
        self._cancelled = WeakSet(
            each for each in self._tasks if each.cancelling() or each.cancelled()
        )

    def _advance(self) -> None:
        """Run what can go on, send what is to be sent, and come back when a sleep is over.

        If requests need tasks, it stops with the tasks that use it: a loop that shuts down would
        destroy a new one.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_closed or self._crash is not None:
            return
        if self._user is not None and self._is_left(self._user()):
            return
        try:
            self._deliver()
            for sending in self._engine.advance():
                self._submit(sending)
            pause = self._engine.get_pause()
        except Exception as error:  # a bug: the reader is to see it, now and every time
            self._crash = error
        except BaseException:  # in the loop's own thread, an interrupt can hit the steps
            self._crash = RuntimeError(
                "an interrupt has stopped this iterator: begin another one, a watch with the cursor"
            )
            raise
        else:
            if pause is not None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(pause, self._inbox.wake_reader)
        self._changed.set()

    def _is_left(self, user: asyncio.Task[object] | None) -> bool:
        """Return whether all tasks that may use this have ended, or end with their loop."""
        if self.users or (user is not None and not user.done() and not user.cancelling()):
            return False
        tasks = asyncio.all_tasks()
        return any(map(_is_shutdown, tasks)) or all(task.cancelling() for task in tasks)

    def _deliver(self) -> None:
        """Pass on the outcomes that have come.

        A request that is cancelled while a reader waits is an outage. One that is cancelled when
        nobody reads, as by a loop that ends, is sent again for the next reader, and not before.
        """
        for sending, outcome in self._inbox.empty():
            self._engine.deliver(sending, outcome)
            del outcome  # it may hold a page
        for task in [each for each in self._tasks if self.users and each.cancelled()]:
            outcome = None if task in self._cancelled else get_outcome(task)
            self._engine.deliver(self._tasks.pop(task), outcome)

    def _submit(self, sending: Sending[_K]) -> None:
        sender = self._senders[sending.key]
        context = self._context.copy()
        if sender.is_async:
            loop = asyncio.get_running_loop()
            task = loop.create_task(sender.send_async(sending.request), context=context)
            self._tasks[task] = sending
            task.add_done_callback(partial(_end_task, self._tasks, self._inbox))
            return
        send = partial(sender.send, sending.request, self._call)
        job = partial(do_job, sending, send, self._call, self._inbox.put)
        try:
            self._workers.submit(partial(context.run, job))
        except RuntimeError as error:
            self._engine.deliver(sending, error)


class AsyncPageReader(AsyncReader[None]):
    """Reads the pages of one listing, which is a fleet of one."""

    def __init__(self, sender: AsyncSender, listing: Listing) -> None:
        super().__init__({None: read_pages(listing, RUNTIME)}, {None: sender}, 1)

    def make_error(self) -> LightsailError | None:
        """Return why the listing has ended; None if it is complete."""
        return self.errors.get(None)


class _Inbox(Generic[_K]):
    """The queue of outcomes from any thread, for a reader that this does not keep alive.

    The reader may go on in another event loop while a thread still sends its request.
    """

    def __init__(self, advance: Callable[[], None]) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._advance = WeakMethod(advance)
        self._outcomes: SimpleQueue[tuple[Sending[_K], Outcome]] = SimpleQueue()

    def put(self, ended: tuple[Sending[_K], Outcome]) -> None:
        """Queue the outcome of a request, and wake the reader in its loop."""
        self._outcomes.put(ended)
        self.wake()

    def empty(self) -> Iterator[tuple[Sending[_K], Outcome]]:
        """Yield what has come."""
        with suppress(Empty):
            while True:
                yield self._outcomes.get_nowait()

    def wake(self) -> None:
        """Wake the reader in its loop."""
        if self.loop is not None:
            call_soon(self.loop, self.wake_reader)

    def wake_reader(self) -> None:
        """Have the reader advance, if it is still there and has not gone on in another loop."""
        advance = self._advance()
        if advance is not None and asyncio.get_running_loop() is self.loop:
            advance()


def _is_shutdown(task: asyncio.Task[Any]) -> bool:
    """Return whether this is one of the tasks in which `asyncio.run` ends a loop."""
    name = getattr(task.get_coro(), "__name__", "")
    return name in {"shutdown_asyncgens", "shutdown_default_executor"}


def _end_task(
    tasks: dict[asyncio.Task[Response], Sending[_K]],
    inbox: _Inbox[_K],
    task: asyncio.Task[Response],
) -> None:
    if task.cancelled():
        inbox.wake()
    elif task in tasks:  # else the reader has gone on in another loop, where it was sent again
        inbox.put((tasks.pop(task), get_outcome(task)))


def _stop(call: Call, workers: Workers, tasks: Collection[asyncio.Task[Response]]) -> None:
    """Send nothing more; the garbage collector may call this in any thread."""
    call.abandon()
    workers.close()
    for task in list(tasks):
        with suppress(RuntimeError):  # its loop is closed
            task.get_loop().call_soon_threadsafe(task.cancel)
