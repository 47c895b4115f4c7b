"""Paging: lazy, never ahead of the reader, resumable from anywhere, and never endless."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref
from datetime import datetime
from itertools import islice
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.fakes import Paged, Scripted, client_error, raw_operation, raw_operations, raw_pages
from support.wire import Wire, error_response, page

from lightsail_ops import (
    InvalidInputError,
    NotFoundError,
    Operation,
    OperationsClient,
    OperationsPage,
    OperationsPaginator,
    PaginationError,
    ResponseError,
    ThrottlingError,
)


def ids_from(paginator: OperationsPaginator) -> list[str]:
    return [operation.id for operation in paginator]


def empty_page(token: str | None) -> dict[str, object]:
    return {"operations": [], "nextPageToken": token}


def ids(first: int, last: int) -> list[str]:
    return [f"id-{number}" for number in range(first, last + 1)]


class TestAPageIsFetched:
    def test_not_before_the_first_next(self) -> None:
        fake = Paged(raw_pages(2, 2))
        operations = OperationsClient(fake).operations()
        for iterator in (iter(operations), operations.pages()):
            assert fake.tokens == []
            next(iterator)
            assert fake.tokens == [None]
            fake.tokens.clear()

    def test_not_ahead_of_the_reader(self) -> None:
        fake = Paged(raw_pages(2, 2, 1))
        operations = iter(OperationsClient(fake).operations())
        sent = []
        for _ in range(5):
            next(operations)
            sent.append(len(fake.tokens))
        assert sent == [1, 1, 2, 2, 3]

    def test_not_ahead_of_the_reader_of_pages(self) -> None:
        fake = Paged(raw_pages(2, 0, 1))
        pages = OperationsClient(fake).operations().pages()
        assert [len(fake.tokens) for _ in pages] == [1, 2, 3]

    def test_once(self) -> None:
        fake = Paged(raw_pages(2, 2, 1))
        assert len(ids_from(OperationsClient(fake).operations())) == 5
        assert fake.tokens == [None, "t1", "t2"]

    def test_with_the_token_of_the_page_before(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), page(raw_operations(2, 2))])
        assert ids_from(client.operations()) == ids(1, 2)
        assert [(request.action, request.arguments) for request in wire.received] == [
            ("GetOperations", {}),
            ("GetOperations", {"pageToken": "t1"}),
        ]

    def test_no_more_once_the_reader_has_left(self) -> None:
        fake = Paged(raw_pages(2, 2))
        pages: Any = OperationsClient(fake).operations().pages()
        next(pages)
        pages.close()
        assert list(pages) == []
        assert fake.tokens == [None]


class TestIterating:
    def test_twice_starts_over(self) -> None:
        fake = Paged(raw_pages(2, 1))
        operations = OperationsClient(fake).operations()
        assert ids_from(operations) == ids_from(operations) == ids(1, 3)
        assert fake.tokens == [None, "t1"] * 2

    def test_twice_at_the_same_time_is_two_runs(self) -> None:
        operations = OperationsClient(Paged(raw_pages(1, 1, 1))).operations()
        pairs = [(one.id, other.id) for one, other in zip(operations, operations, strict=True)]
        assert pairs == list(zip(ids(1, 3), ids(1, 3), strict=True))

    def test_continues_after_an_empty_page(self) -> None:
        operations = OperationsClient(Paged(raw_pages(0, 0, 1, 0, 2, 0))).operations()
        assert ids_from(operations) == ids(1, 3)
        assert [len(page) for page in operations.pages()] == [0, 0, 1, 0, 2, 0]

    def test_ends_with_an_empty_token(self) -> None:
        fake = Paged({None: {"operations": raw_operations(1, 2), "nextPageToken": ""}})
        pages = list(OperationsClient(fake).operations().pages())
        assert [page.next_page_token for page in pages] == [None]
        assert fake.tokens == [None]

    def test_of_nothing_ends_at_once(self) -> None:
        assert ids_from(OperationsClient(Paged({None: {"operations": []}})).operations()) == []

    def test_has_a_repr_with_its_request(self) -> None:
        client = OperationsClient(Scripted([]))
        assert repr(client.operations()) == "<OperationsPaginator: get_operations()>"
        assert repr(client.operations_for_resource("web", "t")) == (
            "<OperationsPaginator: get_operations_for_resource(resourceName='web', pageToken='t')>"
        )

    def test_by_page_yields_pages_with_their_tokens(self) -> None:
        first, last = OperationsClient(Paged(raw_pages(2, 1))).operations().pages()
        assert isinstance(first, OperationsPage)
        assert (first.next_page_token, last.next_page_token) == ("t1", None)


class TestResuming:
    @pytest.mark.parametrize(
        ("operations", "next_page_token"),
        [([raw_operation(id=5)], "t1"), ([raw_operation(id=5)], None), (5, "t1"), (5, None)],
    )
    def test_can_skip_a_page_with_a_value_of_the_wrong_type(
        self, operations: object, next_page_token: str | None
    ) -> None:
        bad_page = {"operations": operations, "nextPageToken": next_page_token}
        client = OperationsClient(
            Paged({None: bad_page, "t1": {"operations": raw_operations(1, 2)}})
        )
        with pytest.raises(ResponseError) as caught:
            list(client.operations())
        assert not caught.value.is_transient
        assert caught.value.page_token is None
        assert caught.value.next_page_token == next_page_token
        if next_page_token is not None:
            assert ids_from(client.operations(caught.value.next_page_token)) == ids(1, 2)

    def test_has_no_next_page_after_a_malformed_body(self, no_backoff: None) -> None:
        fake = Paged({None: {}})
        with pytest.raises(ResponseError) as caught:
            list(OperationsClient(fake).operations())
        assert caught.value.is_transient
        assert caught.value.next_page_token is None
        assert fake.tokens == [None] * 3

    @pytest.mark.parametrize("stop", range(4))
    def test_from_any_page_yields_exactly_the_rest(self, stop: int) -> None:
        client = OperationsClient(Paged(raw_pages(2, 0, 3, 1)))
        before = list(islice(client.operations().pages(), stop))
        token = before[-1].next_page_token if before else None
        read = [operation.id for page in before for operation in page]
        assert read + ids_from(client.operations(page_token=token)) == ids(1, 6)

    @pytest.mark.parametrize("stop", [None, "t1", "t2"])
    def test_after_an_error_yields_exactly_the_rest(self, stop: str | None) -> None:
        pages: dict[str | None, object] = dict(raw_pages(2, 3, 1))
        fake = Paged({**pages, stop: client_error("ThrottlingException")})
        client = OperationsClient(fake)
        read: list[str] = []
        with pytest.raises(ThrottlingError) as caught:
            read.extend(operation.id for operation in client.operations())
        assert caught.value.page_token == stop
        fake.pages = pages
        assert read + ids_from(client.operations(page_token=caught.value.page_token)) == ids(1, 6)

    def test_over_the_wire_sends_the_token(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page(), error_response("InvalidInputException")])
        list(client.operations(page_token="t7"))
        with pytest.raises(InvalidInputError) as caught:
            client.get_operations("t8")
        assert wire.tokens == ["t7", "t8"]
        assert caught.value.page_token == "t8"

    def test_needs_a_new_run_after_an_error(self) -> None:
        operations = iter(OperationsClient(Paged({None: client_error()})).operations())
        with pytest.raises(ThrottlingError):
            next(operations)
        assert list(operations) == []


class TestARepeatedPageToken:
    @pytest.mark.parametrize("length", [1, 2, 3, 10])
    @pytest.mark.parametrize("before", [0, 1, 2])
    def test_raises_pagination_error(self, before: int, length: int) -> None:
        tokens = [f"t{number}" for number in range(before + length)]
        pages: dict[str | None, object] = {None: {"operations": [], "nextPageToken": tokens[0]}}
        for token, following in zip(tokens, [*tokens[1:], tokens[before]], strict=True):
            pages[token] = {"operations": [raw_operation()], "nextPageToken": following}
        fake = Paged(pages)
        read: list[Operation] = []
        with pytest.raises(PaginationError, match="a second time") as caught:
            read.extend(OperationsClient(fake).operations())
        assert fake.tokens == [None, *tokens]
        assert len(read) == len(tokens)
        assert caught.value.page_token == tokens[before]

    def test_may_be_the_one_that_the_run_began_with(self) -> None:
        fake = Paged({"a": empty_page("b"), "b": empty_page("a")})
        with pytest.raises(PaginationError):
            list(OperationsClient(fake).operations(page_token="a"))
        assert fake.tokens == ["a", "b"]

    def test_may_come_from_another_run(self) -> None:
        operations = OperationsClient(Paged(raw_pages(1, 1))).operations()
        assert ids_from(operations) == ids_from(operations)

    def test_does_not_hide_the_page_that_was_read(self) -> None:
        fake = Paged({None: empty_page("a"), "a": empty_page("a")})
        pages = OperationsClient(fake).operations().pages()
        assert next(pages).next_page_token == "a"
        assert next(pages).next_page_token == "a"
        with pytest.raises(PaginationError):
            next(pages)

    def test_does_not_matter_to_a_single_page(self) -> None:
        fake = Paged({"a": empty_page("a")})
        page = OperationsClient(fake).get_operations("a")
        assert page.next_page_token == "a"


def test_what_is_kept_of_the_tokens_is_small() -> None:
    """The tokens of a million pages, of a kilobyte each, must not take a gigabyte."""

    class Endless:
        pages = 0

        def get_operations(self, **_: Any) -> Any:
            self.pages += 1
            return empty_page(f"{self.pages:01000}")

    pages = OperationsClient(Endless()).operations().pages()
    next(pages)
    tracemalloc.start()
    try:
        for _ in range(2000):
            next(pages)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown / 2000 < 300


def test_a_page_is_not_kept_once_it_has_been_read() -> None:
    pages = OperationsClient(Paged(raw_pages(1, 1, 1))).operations().pages()
    first = weakref.ref(next(pages))
    next(pages)
    gc.collect()
    assert first() is None


class TestTheOperationsOfAResource:
    def test_are_paged_like_all_operations(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page([], "t2"), page(raw_operations(3, 3))])
        operations = client.operations_for_resource("web-1")
        assert not wire.received
        assert ids_from(operations) == ids(1, 3)
        assert [(request.action, request.arguments) for request in wire.received] == [
            ("GetOperationsForResource", {"resourceName": "web-1"}),
            ("GetOperationsForResource", {"resourceName": "web-1", "pageToken": "t1"}),
            ("GetOperationsForResource", {"resourceName": "web-1", "pageToken": "t2"}),
        ]

    def test_can_be_resumed(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page(raw_operations(3, 3))])
        operations = client.operations_for_resource("web-1", page_token="t2")
        assert ids_from(operations) == ["id-3"]
        assert wire.tokens == ["t2"]

    def test_raise_not_found_error_for_an_unknown_resource(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([error_response("NotFoundException", message="No web-9.")])
        operations = client.operations_for_resource("web-9")
        with pytest.raises(NotFoundError, match=r"No web-9\.") as caught:
            list(operations)
        assert caught.value.operation_name == "GetOperationsForResource"

    def test_notice_a_repeated_token(self) -> None:
        client = OperationsClient(Scripted([empty_page("a")] * 3))
        with pytest.raises(PaginationError):
            list(client.operations_for_resource("web-1"))


# --- Properties that hold for any pages.

tokens = st.text(max_size=3)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_every_operation_of_every_page_arrives_once_and_in_order(sizes: list[int]) -> None:
    pages = raw_pages(*sizes)
    fake = Paged(pages)
    assert ids_from(OperationsClient(fake).operations()) == ids(1, sum(sizes))
    assert fake.tokens == list(pages)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8), st.data())
def test_every_run_can_be_left_and_resumed(sizes: list[int], data: Any) -> None:
    client = OperationsClient(Paged(raw_pages(*sizes)))
    read: list[str] = []
    token: str | None = None
    while True:
        for some in islice(client.operations(token).pages(), data.draw(st.integers(1, 3))):
            read += [operation.id for operation in some]
            token = some.next_page_token
        if token is None:
            break
    assert read == ids(1, sum(sizes))


@given(st.dictionaries(st.none() | tokens, st.none() | tokens, max_size=8), st.none() | tokens)
@example({None: "a", "a": "b", "b": "a"}, None)
@example({None: ""}, None)
def test_every_graph_of_tokens_ends(graph: dict[str | None, str | None], start: str | None) -> None:
    pages: dict[str | None, object] = {
        token: {"operations": [raw_operation()], "nextPageToken": following}
        for token, following in graph.items()
    }

    class Graph(Paged):
        def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803
            if pageToken not in self.pages:
                raise client_error("InvalidInputException")
            return super().get_operations(pageToken=pageToken)

    fake = Graph(pages)
    ended: object
    read = 0
    try:
        for _ in OperationsClient(fake).operations(start).pages():
            read += 1
    except (PaginationError, InvalidInputError) as error:
        ended = type(error)
    else:
        ended = None

    # The same, in the simplest way.
    walked: list[str | None] = []
    at: str | None = start
    expected: object
    while True:
        if at not in graph:
            expected = InvalidInputError
            break
        walked.append(at)
        at = graph[at] or None
        if at is None:
            expected = None
            break
        if at in [token or "" for token in walked]:
            expected = PaginationError
            break
    assert ended is expected
    assert fake.tokens == walked
    assert read == len(walked)


def test_a_long_run_does_not_deepen_the_stack() -> None:
    depths: set[int] = set()

    class Deep:
        pages = 0

        def get_operations(self, **_: Any) -> Any:
            self.pages += 1
            depth, frame = 0, sys._getframe().f_back
            while frame is not None:
                depth, frame = depth + 1, frame.f_back
            depths.add(depth)
            return empty_page(str(self.pages) if self.pages < 500 else None)

    list(OperationsClient(Deep()).operations())
    assert len(depths) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"created_after": datetime(2026, 11, 1)},  # noqa: DTZ001
            ValueError,
            r"created_after must have a time zone, as in 2026-11-01T00:00:00\+00:00",
        ),
        ({"created_after": "2026-11-01"}, TypeError, "created_after must be a datetime or None"),
        ({"retry_for": -1}, ValueError, "retry_for must be a number of seconds from 0 to 1e9"),
        ({"retry_for": "1"}, TypeError, "retry_for must be a number of seconds, not str"),
        ({"page_token": 1}, TypeError, "page_token must be a str or None, not int"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_read(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    fake = Paged(raw_pages(1))
    with pytest.raises(error, match=rf"^{message}"):
        OperationsClient(fake).operations(**arguments)
    assert fake.tokens == []
