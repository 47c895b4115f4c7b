"""Sends requests for asyncio: awaits the client, or calls it in worker threads."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import TypeAlias

from lightsail_ops._botocore.calls import Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Request, Response
from lightsail_ops._workers import Workers, send_and_deliver

_Outcome: TypeAlias = Response | BaseException


class AsyncSender:
    """Sends requests by one client, from many tasks.

    A client that is not awaited is called in threads of its own, which are as many as its
    connections at most. asyncio's own threads are few, and the whole program shares them.
    """

    def __init__(self, client: object) -> None:
        """Take the client.

        Raises:
            TypeError: it has no method `get_operations`.
        """
        self._sender = Sender(client)
        self._workers = Workers(self._sender.max_connections)

    async def send(self, request: Request, workers: Workers | None = None) -> Response:
        """Send a request and return its response.

        A request that a thread has sent cannot be taken back when the task is cancelled: the
        thread ends with it, without botocore's further attempts, and the response is dropped.

        Args:
            request: the request.
            workers: the threads to use. Defaults to the client's own.

        Raises:
            LightsailError: the request failed.
            TypeError: the client lacks the method, or returns no mapping.
        """
        if self._sender.is_async:
            return await self._sender.send_async(request)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Outcome] = loop.create_future()
        call = Call()
        deliver = partial(_deliver, loop, future)
        job = partial(send_and_deliver, self._sender, request, call, deliver)
        (workers or self._workers).submit(partial(copy_context().run, job))
        try:
            outcome = await future
        finally:
            call.abandon()
        if isinstance(outcome, Response):
            return outcome
        raise outcome

    def __str__(self) -> str:
        """Describe the client for a repr, without a credential."""
        return str(self._sender)


def _deliver(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[_Outcome], outcome: _Outcome
) -> None:
    with suppress(RuntimeError):  # the loop was closed during the call
        loop.call_soon_threadsafe(_set_result, future, outcome)


def _set_result(future: asyncio.Future[_Outcome], outcome: _Outcome) -> None:
    if not future.done():  # else its task was cancelled
        future.set_result(outcome)
