"""The drivers for the steps of one call in asyncio: a request, or a wait."""

from __future__ import annotations

import asyncio
import inspect
import weakref
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from lightsail_ops._botocore.calls import Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import (
    Emit,
    Request,
    Response,
    Sleep,
    Steps,
    Together,
    resume,
)
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import Workers, do_job
from lightsail_ops.errors import LightsailError, TransportError

_T = TypeVar("_T")

# Seconds that a wait lasts longer, at most, for tasks that were cancelled.
_CLOSE = 0.3


class AsyncSender(Sender):
    """Sends requests by one client, from many tasks.

    A client that is not awaited is called in threads of its own, as many as its connections.
    asyncio's own threads are few, and the whole program shares them.
    """

    def __init__(self, client: object) -> None:
        """Wrap a client; raises as `Sender` does."""
        super().__init__(client)
        self._workers = Workers(self.max_connections)
        weakref.finalize(self, self._workers.close).atexit = False

    async def send_from_task(self, request: Request) -> Response:
        """Send a request and return its response; raises as `send` does.

        A request that a thread has sent cannot be taken back when the task is cancelled: the
        thread ends with it, without botocore's further attempts, and the response is dropped.
        """
        if self.is_async:
            return await self.send_async(request)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Response | BaseException] = loop.create_future()
        call = Call()
        send = partial(self.send, request, call)
        deliver = partial(call_soon, loop, _set_result)
        function = partial(do_job, future, send, call, deliver)
        job = self._workers.submit(partial(copy_context().run, function))
        try:
            outcome = await future
        except asyncio.CancelledError:
            call.abandon()
            self._workers.abandon(job)
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


async def run(steps: Steps[_T], sender: AsyncSender) -> _T:
    """Run steps that send requests, and return their result."""
    outcomes: list[object] = [None]
    while True:
        try:
            effect = resume(steps, outcomes)
        except StopIteration as stop:
            result: _T = stop.value
            return result
        outcome: object = None
        if isinstance(effect, Request):
            try:
                outcome = await sender.send_from_task(effect)
            except LightsailError as error:
                outcome = error
        elif isinstance(effect, Sleep):
            await asyncio.sleep(effect.until - RUNTIME.get_time())
        outcomes.append(outcome)
        del outcome  # it may hold a response, and an error's traceback holds this frame


async def run_wait(
    steps: Steps[None],
    sender: AsyncSender,
    on_emit: Callable[[Any], object] | None,  # Any: what the steps emit
) -> None:
    """Run the steps of a wait, and call a function with what they emit."""
    children = _Children(sender)
    outcomes: list[object] = [None]
    try:
        while True:
            try:
                effect = resume(steps, outcomes)
            except StopIteration:
                return
            outcome: object = None
            if isinstance(effect, Sleep):
                await asyncio.sleep(effect.until - RUNTIME.get_time())
            elif isinstance(effect, Emit) and on_emit is not None:
                await call(on_emit, effect.result)
            elif isinstance(effect, Together):
                outcome = await children.run(effect)
            outcomes.append(outcome)
            del outcome  # as in `run`
    finally:
        await children.close()


class _Children:
    """Runs each of the steps of `Together`s in a task."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender
        self._places = asyncio.Semaphore(sender.max_connections)
        self._tasks: dict[Steps[Any], asyncio.Task[object]] = {}

    async def run(self, effect: Together) -> list[object]:
        """Run the steps until all have ended, or the time has come."""
        for steps in effect.children:
            if steps not in self._tasks:
                self._tasks[steps] = asyncio.create_task(self._run_child(steps))
        tasks = [self._tasks[each] for each in effect.children]
        seconds = max(0.0, effect.until - RUNTIME.get_time())
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        outcomes: list[object] = [get_outcome(each) if each.done() else None for each in tasks]
        for steps, task in zip(effect.children, tasks, strict=True):
            if task.done():
                del self._tasks[steps]
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, LightsailError):
                raise outcome
        return outcomes

    async def close(self) -> None:
        """Cancel the requests in flight."""
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=_CLOSE)

    async def _run_child(self, steps: Steps[object]) -> object:
        async with self._places:
            try:
                return await run(steps, self._sender)
            except LightsailError as error:
                return error


def get_outcome(task: asyncio.Task[Any]) -> Any:
    """Return the result or the error of a task that has ended."""
    if task.cancelled():  # by somebody who cancels all tasks
        return TransportError("The task that sent the request was cancelled.")
    return task.exception() or task.result()


def call_soon(
    loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *arguments: object
) -> None:
    with suppress(RuntimeError):  # the loop was closed during the call
        loop.call_soon_threadsafe(callback, *arguments)


def _set_result(ended: tuple[asyncio.Future[_T], _T]) -> None:
    future, outcome = ended
    if not future.done():  # else its task was cancelled
        future.set_result(outcome)
