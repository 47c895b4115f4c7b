"""The door: a Lightsail client with typed operations."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from botocore.exceptions import BotoCoreError

from lightsail_ops import __version__, waiter, watcher
from lightsail_ops._response import attach, calling
from lightsail_ops._steps import Request, Stream, drive
from lightsail_ops.errors import translated
from lightsail_ops.models import Operation, OperationsPage
from lightsail_ops.paginator import OperationsPaginator, pages

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config

__all__ = ["LightsailClient", "OperationsClient"]

_T = TypeVar("_T")


class LightsailClient(Protocol):
    """What an `OperationsClient` asks of a client: boto3's, one like it, or your own fake.

    `get_operation` and `wait` also call its method `get_operation`, and
    `operations_for_resource` its method `get_operations_for_resource`.
    """

    def get_operations(self, *args: Any, **kwargs: Any) -> Mapping[str, Any]:
        """Answer as boto3 does, with the keys `operations` and, if more follow, `nextPageToken`."""
        ...


class OperationsClient:
    """Reads the operations of one Lightsail account in one region.

    It keeps no state of its own, so one client serves many threads, as boto3's does. Every
    method raises a `LightsailError`, whose `page_token` says where to carry on.
    """

    def __init__(self, client: LightsailClient) -> None:
        """Wrap a client; whoever else uses it sees no difference.

        Args:
            client: what `boto3.client("lightsail")` returns, or anything that answers like it.
        """
        self._client = client
        self._emitter = attach(client)

    @classmethod
    def from_session(
        cls,
        session: Session | None = None,
        *,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
    ) -> OperationsClient:
        """Build the boto3 client too.

        Args:
            session: a boto3 session; a new one unless given.
            region_name: such as `us-west-2`; the session's unless given.
            endpoint_url: where to send the requests, for tests.
            config: botocore's; its retry mode is `standard` here unless the config says otherwise.

        Raises:
            CredentialsError: no region was named, or the session's profile does not exist.
        """
        return cls(boto3_client(session, region_name, endpoint_url, config))

    def get_operations(self, page_token: str | None = None) -> OperationsPage:
        """Read one page, with one request.

        Args:
            page_token: an earlier page's `next_page_token`; None for the first page.
        """
        return next(self._drive(pages(Request("get_operations").for_page(page_token))))

    def operations(self, page_token: str | None = None) -> OperationsPaginator:
        """Return all operations from a page on, to be read lazily.

        Args:
            page_token: an earlier page's `next_page_token`; None for the first page.
        """
        return OperationsPaginator(self._drive, Request("get_operations").for_page(page_token))

    def operations_for_resource(
        self, resource_name: str, page_token: str | None = None
    ) -> OperationsPaginator:
        """Return the operations on one resource, to be read lazily (GetOperationsForResource).

        Args:
            resource_name: the resource's name, which is unique in its region.
            page_token: an earlier page's `next_page_token`; None for the first page.

        Raises:
            NotFoundError: while iterating: there is no such resource.
        """
        request = Request("get_operations_for_resource", {"resourceName": resource_name})
        return OperationsPaginator(self._drive, request.for_page(page_token))

    def get_operation(self, operation_id: str) -> Operation:
        """Read one operation, with one request (GetOperation).

        Raises:
            NotFoundError: there is no such operation.
        """
        return next(self._drive(waiter.one(operation_id)))

    def wait(
        self,
        operation_or_id: Operation | str,
        *,
        timeout: float = 1200.0,
        poll_interval: float = 5.0,
    ) -> Operation:
        """Ask for an operation until it has ended, and return it then.

        Throttling and missing answers are waited out. One that is known to have ended costs no
        request. A request that is under way when the time is up is not cut off.

        Args:
            operation_or_id: the operation, or its id.
            timeout: seconds after which to give up.
            poll_interval: seconds between two requests.

        Raises:
            OperationFailedError: it ended as failed.
            WaitTimeoutError: it had not ended when the time was up.
            ValueError: a number of seconds is not above 0.
        """
        stream = waiter.ended(operation_or_id, timeout=timeout, poll_interval=poll_interval)
        return next(self._drive(stream))

    def watch(
        self, *, poll_interval: float = 5.0, since: datetime | None = None
    ) -> Generator[Operation, None, None]:
        """Yield every operation once when it is first seen, and once for each change of status.

        It reads all pages again and again, without an end, and remembers no more than the
        account's history. After an error, start a new one with `since`; take that from before
        the last complete reading, since AWS does not list operations in the order of time.

        Args:
            poll_interval: seconds between two readings.
            since: leave out what last changed before this moment; it must say its time zone.

        Raises:
            ValueError: `since` has no time zone, or the interval is not above 0.
        """
        return self._drive(watcher.changes(poll_interval=poll_interval, since=since))

    def _drive(self, stream: Stream[_T]) -> Generator[_T, None, None]:
        return drive(stream, self._call)

    def _call(self, request: Request) -> object:
        with calling(self._emitter):
            return getattr(self._client, request.method)(**request.arguments)


def new_session() -> Session:
    """Make a boto3 session of this machine's configuration; raises as `from_session` does."""
    # boto3 takes longer to import than all of this library, and not everyone comes this way.
    import boto3.session

    try:
        return boto3.session.Session()
    except BotoCoreError as error:
        raise translated(error) from error


def boto3_client(
    session: Session | None,
    region_name: str | None,
    endpoint_url: str | None,
    config: Config | None,
) -> Any:
    """Build a boto3 client with this library's defaults; raises as `from_session` does."""
    from botocore.config import Config  # late, as boto3

    theirs: Any = config or Config()  # its options are attributes, but no stubs list them
    user_agents = (f"lightsail-ops/{__version__}", theirs.user_agent_extra)
    ours = Config(
        retries=cast("Any", {"mode": "standard", **(theirs.retries or {})}),
        user_agent_extra=" ".join(filter(None, user_agents)),
    )
    session_of_any_types: Any = session or new_session()  # its stubs know only some services
    try:
        return session_of_any_types.client(
            "lightsail",
            region_name=region_name,
            endpoint_url=endpoint_url,
            config=theirs.merge(ours),
        )
    except BotoCoreError as error:
        raise translated(error) from error
