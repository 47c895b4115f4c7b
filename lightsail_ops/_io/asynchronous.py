"""The drivers for asyncio: for steps of one call, and for the steps of an iterator.

An iterator has an engine, which runs in callbacks of the event loop. The reader only waits for its
results, so cancelling a reader changes nothing: the next time, it wants the same number.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import weakref
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from lightsail_ops._botocore.calls import Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Request, Response, Sleep, Steps
from lightsail_ops._core.engine import Engine, Outcome, Result, Sending
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import Workers, check_process, send_and_deliver
from lightsail_ops.errors import LightsailError, TransportError

_K = TypeVar("_K")
_T = TypeVar("_T")

# Seconds that `close` waits, at most, for tasks that were cancelled.
_CLOSE = 0.3


class AsyncSender(Sender):
    """Sends requests by one client, from many tasks.

    A client that is not awaited is called in threads of its own, as many as its connections.
    asyncio's own threads are few, and the whole program shares them.
    """

    def __init__(self, client: object) -> None:
        """Wrap a client.

        Raises:
            TypeError: it has no method `get_operations`.
        """
        super().__init__(client)
        self._workers = Workers(self.max_connections)
        weakref.finalize(self, self._workers.close).atexit = False

    async def send_from_task(self, request: Request) -> Response:
        """Send a request and return its response.

        A request that a thread has sent cannot be taken back when the task is cancelled: the
        thread ends with it, without botocore's further attempts, and the response is dropped.

        Raises:
            LightsailError: the request failed.
            TypeError: the client lacks the method, or returns no mapping.
        """
        if self.is_async:
            return await self.send_async(request)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        call = Call()
        deliver = partial(_call_soon, loop, _set_result, future)
        job = partial(send_and_deliver, self, request, call, deliver)
        ticket = self._workers.submit(partial(copy_context().run, job))
        try:
            outcome = await future
        except asyncio.CancelledError:
            call.abandon()
            self._workers.abandon(ticket)
            raise
        if isinstance(outcome, Response):
            return outcome
        try:
            raise outcome
        finally:
            del outcome, future  # the error's traceback holds this frame


async def call(function: Callable[..., object], *arguments: object) -> None:
    """Call a function of the user's, and await what it returns, if that can be awaited."""
    returned = function(*arguments)
    if inspect.isawaitable(returned):
        await returned


async def run(steps: Steps[_T], send: Callable[[Request], Awaitable[Response]]) -> _T:
    """Run the steps of one call and return their result; raises what they raise."""
    resume: Callable[[], Any] = partial(next, steps)
    while True:
        try:
            effect = resume()
        except StopIteration as stop:
            result: _T = stop.value
            return result
        finally:
            del resume  # it may hold a response, and an error's traceback holds this frame
        resume = partial(next, steps)
        match effect:
            case Request():
                try:
                    resume = partial(steps.send, await send(effect))
                except LightsailError as error:
                    resume = partial(steps.throw, error)
            case Sleep(until):
                await asyncio.sleep(until - RUNTIME.get_time())
            case _:  # pragma: no cover - a bug
                raise AssertionError("the steps of a call run one after another, and emit nothing")


_Task: TypeAlias = asyncio.Task[None]


class AsyncReader(Generic[_K]):
    """Reads the results of the steps of many clients.

    It belongs to the event loop in which a result was wanted last. It ends when it is closed or
    garbage-collected.
    """

    def __init__(
        self,
        steps: Mapping[_K, Steps[None]],
        senders: Mapping[_K, Sender],
        max_in_flight: int,
        max_workers: int,
    ) -> None:
        """Begin nothing yet.

        Args:
            steps: each client's steps.
            senders: what sends each client's requests.
            max_in_flight: how many requests may be in flight at once.
            max_workers: how many threads may call the clients that are not awaited.
        """
        self._is_closed = False
        self.users: dict[None, asyncio.Task[object] | None] = {}
        """The task that takes an item. To let another one do so, assign an empty dict."""
        self._process_id: int | None = None  # set when the first result is wanted
        self._crash: BaseException | None = None
        self._engine = Engine(steps, max_in_flight, RUNTIME)
        self._senders = senders
        self._workers = Workers(max_workers)
        self._call = Call()  # one for all requests: they are abandoned together
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context
        self._changed: asyncio.Event
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[_Task] = set()
        finalizer = weakref.finalize(self, _stop, self._call, self._workers, self._tasks)
        finalizer.atexit = False

    def begin(self) -> bool:
        """Begin to take an item, which ends by assigning to `users`.

        Returns:
            False if the reader has been closed. Then nothing has begun.

        Raises:
            RuntimeError: another task is taking an item, or the process was forked.
        """
        check_process(self._process_id)
        if self._is_closed:
            return False
        user = asyncio.current_task()
        if self.users.setdefault(None, user) is not user:
            raise RuntimeError("this iterator is already being iterated by another task")
        return True

    async def get_result(self, number: int) -> Result[_K] | None:
        """Return a result; the reader is done with those before it.

        Args:
            number: 1 for the first one. The same number gives the same result again.

        Returns:
            The result; None if there are no more.

        Raises:
            RuntimeError: no thread can be started.
        """
        self._attach()
        self._engine.want(number)
        self.advance()
        return await self._receive()

    async def aclose(self) -> None:
        """Send nothing more, and cancel the requests in flight."""
        self._is_closed = True
        tasks = list(self._tasks)
        _stop(self._call, self._workers, self._tasks)
        if self._loop is None:
            return
        if self._timer is not None:
            _call_soon(self._loop, self._timer.cancel)
        _call_soon(self._loop, self._changed.set)  # the loop may run in another thread
        if tasks and self._loop is asyncio.get_running_loop():
            await asyncio.wait(tasks, timeout=_CLOSE)

    async def _receive(self) -> Result[_K] | None:
        while not self._is_closed:
            if self._crash is not None:
                raise self._crash
            result = self._engine.get_result()
            if result is not None or self._engine.is_over:
                return result
            self._changed.clear()
            await self._changed.wait()
        return None

    def _attach(self) -> None:
        """Belong to the running event loop. What was in flight in another one is gone with it."""
        self._process_id = os.getpid()
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._timer = loop, None
            self._process_id = os.getpid()
            self._context = copy_context()
            self._changed = asyncio.Event()
            self._tasks.clear()
            self._engine.send_again()

    def advance(self) -> None:
        """Run what can go on, send what is to be sent, and come back when a sleep is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_closed or self._crash is not None:
            return
        try:
            for sending in self._engine.advance():
                self._submit(sending)
            pause = self._engine.get_pause()
        except Exception as error:  # a bug: the reader is to see it, now and every time
            self._crash = error
        else:
            if pause is not None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(pause, partial(_advance, weakref.ref(self)))
        self._changed.set()

    def _submit(self, sending: Sending[_K]) -> None:
        loop, sender = asyncio.get_running_loop(), self._senders[sending.key]
        deliver = partial(_deliver, weakref.ref(self), sending)
        context = self._context.copy()
        if sender.is_async:
            sent = _send(sender, sending.request, deliver)
            task = loop.create_task(sent, context=context)
            self._tasks.add(task)
            task.add_done_callback(partial(_note_end, self._tasks, deliver))
            return
        deliver_soon = partial(_call_soon, loop, deliver)
        job = partial(send_and_deliver, sender, sending.request, self._call, deliver_soon)
        try:
            self._workers.submit(partial(context.run, job))
        except RuntimeError as error:
            self._engine.deliver(sending, error)

    def deliver(self, sending: Sending[_K], outcome: Outcome) -> None:
        """Note that a request has ended."""
        self._engine.deliver(sending, outcome)
        self.advance()


# These do not keep the reader alive, so that it can be collected.


def _advance(reference: weakref.ref[AsyncReader[Any]]) -> None:
    reader = reference()
    if reader is not None:
        reader.advance()


def _deliver(
    reference: weakref.ref[AsyncReader[_K]], sending: Sending[_K], outcome: Outcome
) -> None:
    reader = reference()
    if reader is not None:
        reader.deliver(sending, outcome)


async def _send(sender: Sender, request: Request, deliver: Callable[[Outcome], None]) -> None:
    try:
        outcome: Outcome = await sender.send_async(request)
    except Exception as error:  # a client may raise anything; the reader gets it
        outcome = error
    deliver(outcome)


def _note_end(tasks: set[_Task], deliver: Callable[[Outcome], None], task: _Task) -> None:
    tasks.discard(task)
    # By somebody who cancels all tasks, or by `aclose`, after which it is moot.
    if task.cancelled():
        deliver(TransportError("The task that sent the request was cancelled."))
    elif (error := task.exception()) is not None:  # one that is no Exception, as pytest's are
        deliver(error)


def _stop(call: Call, workers: Workers, tasks: set[_Task]) -> None:
    """Send nothing more; the garbage collector may call this in any thread."""
    call.abandon()
    workers.close()
    for task in list(tasks):
        with suppress(RuntimeError):  # its loop is closed
            task.get_loop().call_soon_threadsafe(task.cancel)


def _call_soon(
    loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *arguments: object
) -> None:
    with suppress(RuntimeError):  # the loop was closed during the call
        loop.call_soon_threadsafe(callback, *arguments)


def _set_result(future: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not future.done():  # else its task was cancelled
        future.set_result(outcome)
