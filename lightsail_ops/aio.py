"""The same for asyncio: `AsyncOperationsClient` and `operations_across`.

A boto3 client is called in worker threads, and needs no further package; an aiobotocore client
is awaited. What is asked of Lightsail, and when, stands in the modules that the synchronous
client uses too.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, closing
from contextvars import ContextVar, copy_context
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from lightsail_ops import waiter, watcher
from lightsail_ops._response import attach, calling
from lightsail_ops._steps import Pause, Request, Stream
from lightsail_ops.client import boto3_client
from lightsail_ops.errors import LightsailError
from lightsail_ops.fleet import Outcome, Rota, Source
from lightsail_ops.models import Operation, OperationsPage
from lightsail_ops.paginator import pages

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config

__all__ = [
    "AsyncLightsailClient",
    "AsyncOperationsClient",
    "AsyncOperationsPaginator",
    "operations_across",
]

_T = TypeVar("_T")
_K = TypeVar("_K")
_Pages: TypeAlias = AsyncGenerator[OperationsPage, None]

# Where boto3 clients are called: asyncio's default threads, or the fleet's own, which are as
# many as its requests.
_threads: ContextVar[Executor | None] = ContextVar("lightsail_ops_threads", default=None)


class AsyncLightsailClient(Protocol):
    """What an `AsyncOperationsClient` asks of a client: boto3's, aiobotocore's, your own fake."""

    def get_operations(self, *args: Any, **kwargs: Any) -> Any:
        """Answer as boto3 does, at once or when awaited."""
        ...


class AsyncOperationsPaginator:
    """All operations from one page on, read lazily: a page when it is needed, none ahead.

    Iterating gives each `Operation`; `pages` gives each `OperationsPage`. Both start over
    each time. Errors of any kind have the `page_token` to carry on from.
    """

    def __init__(
        self,
        drive: Callable[[Stream[OperationsPage]], AsyncGenerator[OperationsPage, None]],
        request: Request,
    ) -> None:
        self._drive = drive
        self._request = request

    async def __aiter__(self) -> AsyncIterator[Operation]:
        async for page in self.pages():
            for operation in page.operations:
                yield operation

    def pages(self) -> AsyncGenerator[OperationsPage, None]:
        """Yield the pages, empty ones too; each costs one request, when it is asked for."""
        return self._drive(pages(self._request))


class AsyncOperationsClient:
    """Reads the operations of one Lightsail account in one region, for asyncio.

    The mirror of `OperationsClient`, which describes arguments and errors. Cancelling a task
    that is in one of these calls ends the call at once. A request that a boto3 client has
    already sent cannot be called back: its thread ends with it, and the answer is dropped.
    """

    def __init__(self, client: AsyncLightsailClient) -> None:
        """Wrap a boto3 client or an aiobotocore client."""
        self._client = client
        self._emitter = attach(client)
        # An aiobotocore client is an async context manager; its methods are plain functions
        # that return awaitables.
        self._is_async = hasattr(client, "__aenter__") or inspect.iscoroutinefunction(
            client.get_operations
        )

    @classmethod
    def from_session(
        cls,
        session: Session | None = None,
        *,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
    ) -> AsyncOperationsClient:
        """Build a boto3 client too, as `OperationsClient.from_session` does."""
        return cls(boto3_client(session, region_name, endpoint_url, config))

    async def get_operations(self, page_token: str | None = None) -> OperationsPage:
        """Read one page, with one request."""
        return await self._first(pages(Request("get_operations").for_page(page_token)))

    def operations(self, page_token: str | None = None) -> AsyncOperationsPaginator:
        """Return all operations from a page on, to be read lazily."""
        request = Request("get_operations").for_page(page_token)
        return AsyncOperationsPaginator(self._drive, request)

    def operations_for_resource(
        self, resource_name: str, page_token: str | None = None
    ) -> AsyncOperationsPaginator:
        """Return the operations on one resource, to be read lazily (GetOperationsForResource)."""
        request = Request("get_operations_for_resource", {"resourceName": resource_name})
        return AsyncOperationsPaginator(self._drive, request.for_page(page_token))

    async def get_operation(self, operation_id: str) -> Operation:
        """Read one operation, with one request (GetOperation)."""
        return await self._first(waiter.one(operation_id))

    async def wait(
        self,
        operation_or_id: Operation | str,
        *,
        timeout: float = 1200.0,
        poll_interval: float = 5.0,
    ) -> Operation:
        """Ask for an operation until it has ended, and return it then."""
        return await self._first(
            waiter.ended(operation_or_id, timeout=timeout, poll_interval=poll_interval)
        )

    def watch(
        self, *, poll_interval: float = 5.0, since: datetime | None = None
    ) -> AsyncGenerator[Operation, None]:
        """Yield every operation once when first seen, and once for each change of status."""
        return self._drive(watcher.changes(poll_interval=poll_interval, since=since))

    async def _first(self, stream: Stream[_T]) -> _T:
        async with aclosing(self._drive(stream)) as results:
            return await anext(results)

    def _drive(self, stream: Stream[_T]) -> AsyncGenerator[_T, None]:
        return drive(stream, self._call)

    async def _call(self, request: Request) -> object:
        call = partial(getattr(self._client, request.method), **request.arguments)
        with calling(self._emitter):
            answer = call() if self._is_async else await _in_thread(call)
            return await answer if inspect.isawaitable(answer) else answer


async def drive(
    stream: Stream[_T], call: Callable[[Request], Awaitable[object]]
) -> AsyncGenerator[_T, None]:
    """Carry a stream out in this task, and yield its results."""
    resume = partial(next, stream)
    with closing(stream):
        while True:
            try:
                step = resume()
            except StopIteration:
                return
            resume = partial(next, stream)
            if isinstance(step, Request):
                try:
                    resume = partial(stream.send, await call(step))
                except Exception as error:
                    resume = partial(stream.throw, error)
            elif isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            else:
                yield step


async def _in_thread(call: Callable[[], _T]) -> _T:
    """Do what `asyncio.to_thread` does, in the threads that the context names."""
    in_context = partial(copy_context().run, partial(_never_stopping, call))
    return await asyncio.get_running_loop().run_in_executor(_threads.get(), in_context)


def _never_stopping(call: Callable[[], _T]) -> _T:
    try:
        return call()
    except StopIteration as error:  # of a mock without further answers: asyncio would wait for ever
        raise RuntimeError("the client raised StopIteration") from error


def operations_across(
    clients: Mapping[_K, AsyncOperationsClient], max_workers: int = 16
) -> AsyncGenerator[tuple[_K, Operation], None]:
    """Read the operations of many sources at the same time.

    The twin of `lightsail_ops.operations_across`, which describes arguments and errors. Closing
    the iterator (`contextlib.aclosing` does it) cancels the requests that are under way.
    """
    pages_by_key = {key: client.operations().pages() for key, client in clients.items()}
    return _operations_across(pages_by_key, Rota(pages_by_key, max_workers))


async def _operations_across(
    pages_by_key: Mapping[_K, _Pages], rota: Rota[_K, _Pages]
) -> AsyncGenerator[tuple[_K, Operation], None]:
    finished: asyncio.Queue[asyncio.Task[Outcome[_K, _Pages]]] = asyncio.Queue()
    tasks: set[asyncio.Task[Outcome[_K, _Pages]]] = set()
    threads = ThreadPoolExecutor(rota.max_workers, thread_name_prefix="lightsail_ops")

    def start_due() -> None:
        for source in rota.due():
            task = asyncio.create_task(_read_next(source, threads))
            tasks.add(task)
            task.add_done_callback(finished.put_nowait)

    try:
        start_due()
        while rota.under_way:
            task = await finished.get()
            tasks.remove(task)
            source, page = task.result()
            operations = rota.settled(source, page)
            start_due()  # so that the next page is on its way while the reader has this one
            for operation in operations:
                yield source.key, operation
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for pages_of_source in pages_by_key.values():
            await pages_of_source.aclose()
        threads.shutdown(wait=False)  # a boto3 request that has been sent ends by itself
    rota.raise_errors()


async def _read_next(source: Source[_K, _Pages], threads: Executor) -> Outcome[_K, _Pages]:
    _threads.set(threads)  # in this task's own context
    try:
        page = await anext(source.pages)
    except LightsailError as error:
        return source, error
    if page.next_page_token is None:
        await source.pages.aclose()  # or it would hold its last page until all have ended
    return source, page
