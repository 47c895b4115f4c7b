"""A malformed page never looks like the last one."""

from __future__ import annotations

import gzip
import json
import traceback
import zlib
from dataclasses import replace
from typing import Any

import pytest
from botocore.config import Config
from botocore.stub import Stubber
from support.fakes import Paged, Scripted, raw_operation, raw_operations
from support.wire import CannedResponse, ReceivedRequest, Wire, compress, one, page, truncate

from lightsail_ops import OperationsClient
from lightsail_ops.errors import ResponseError, TransportError

FULL = page(raw_operations(1, 3), "t1")
LAST = page(raw_operations(4, 5))
EMPTY = page([])
MALFORMED = {
    "truncated": truncate(FULL, has_length=False),
    "empty": CannedResponse(b""),
    "blank": CannedResponse(b"  \n"),
    "html": CannedResponse(b"<html>Sign in to the hotel's Wi-Fi</html>"),
    "null": CannedResponse(b"null"),
    "list": CannedResponse(b"[]"),
    "string": CannedResponse(b'"{}"'),
    "number": CannedResponse(b"5"),
    "empty-object": CannedResponse(b"{}"),
    "message": CannedResponse(b'{"message": "Service Unavailable"}'),
    "other-capitalisation": CannedResponse(b'{"Operations": [], "NextPageToken": "t1"}'),
    "null-operations": CannedResponse(b'{"operations": null, "nextPageToken": "t1"}'),
    "undecodable": CannedResponse(b'{"operations": [], "x": "\xff\xfe\xfa"}'),
    "two-bodies": CannedResponse(FULL.body + FULL.body),
    "deep": CannedResponse(b'{"operations":' + b"[" * 100_000),
    "huge-number": CannedResponse(b'{"operations": [' + b"9" * 5000 + b"]}"),
    "no-content": CannedResponse(b"", 204),
    "truncated-gzip": truncate(compress(FULL), has_length=False),
    "broken-gzip": CannedResponse(b"\x1f\x8b" + b"\0" * 40),
    "wrong-checksum": CannedResponse(gzip.compress(FULL.body)[:-8] + b"\0" * 8),
    "gzip-and-more": CannedResponse(gzip.compress(FULL.body) + b" "),
    "two-gzip-bodies": CannedResponse(gzip.compress(FULL.body) * 2),
    "gzip-of-garbage": compress(CannedResponse(b"garbage")),
    "multiple-choices": replace(FULL, status=300),
    "redirect": CannedResponse(b"<html>", 302, {"Location": "http://127.0.0.1:9/"}),
}
each_malformed = pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)


@pytest.fixture
def shared(shared_client: Any) -> OperationsClient:
    """A client of `shared_wire`: all tests share the one of boto3, which takes long to make."""
    return OperationsClient(shared_client)


def ids_of(client: OperationsClient) -> list[str]:
    return [operation.id for operation in client.operations()]


@pytest.mark.usefixtures("no_backoff")
class TestAMalformedResponse:
    @each_malformed
    def test_is_fetched_again(
        self, malformed: CannedResponse, shared_wire: Wire, shared: OperationsClient
    ) -> None:
        shared_wire.play([FULL, malformed, LAST])
        assert ids_of(shared) == [f"id-{number}" for number in range(1, 6)]
        assert shared_wire.tokens == [None, "t1", "t1"]

    @each_malformed
    def test_is_a_response_error_the_third_time(
        self, malformed: CannedResponse, shared_wire: Wire, shared: OperationsClient
    ) -> None:
        shared_wire.play([FULL, malformed, malformed, malformed, LAST])
        pages = shared.operations().pages()
        next(pages)
        with pytest.raises(ResponseError, match="Malformed response to GetOperations") as caught:
            next(pages)
        assert caught.value.page_token == "t1"
        assert caught.value.next_page_token is None
        assert caught.value.is_transient
        assert shared_wire.tokens == [None, "t1", "t1", "t1"]

    def test_can_be_resumed_from(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([FULL, *[CannedResponse(b"")] * 3, LAST])
        read: list[Any] = []
        with pytest.raises(ResponseError) as caught:
            read.extend(client.operations())
        rest = client.operations(page_token=caught.value.page_token)
        assert [operation.id for operation in rest] == ["id-4", "id-5"]

    def test_is_retried_twice_on_every_page(self, wire: Wire, client: OperationsClient) -> None:
        bad = CannedResponse(b"")
        wire.play([bad, bad, FULL, bad, bad, LAST])
        assert len(ids_of(client)) == 5

    @each_malformed
    def test_to_another_request_is_fetched_again_too(
        self, malformed: CannedResponse, shared_wire: Wire, shared: OperationsClient
    ) -> None:
        if malformed.status != 300:  # which holds operations
            shared_wire.play([malformed, one(raw_operation())])
            assert shared.get_operation("id-1").id == "id-1"
        shared_wire.play([malformed, LAST])
        assert len(list(shared.operations_for_resource("web"))) == 2

    def test_is_read_by_us_whatever_was_requested(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        """botocore's parser would not say which value is wrong."""
        wrong = raw_operation(createdAt="noon")
        wire.play([page([wrong]), page([wrong]), one(wrong)])
        for call, name in (
            (client.get_operations, r"operations\[0\]\.createdAt"),
            (lambda: list(client.operations_for_resource("web")), r"operations\[0\]\.createdAt"),
            (lambda: client.get_operation("id-1"), r"operation\.createdAt"),
        ):
            with pytest.raises(ResponseError, match=name):
                call()

    @pytest.mark.parametrize(
        "content",
        [{}, {"operations": None}, {"Operations": []}, {"operation": {}}, {"message": "No."}],
        ids=repr,
    )
    def test_may_come_from_a_hand_written_client(self, content: dict[str, Any]) -> None:
        fake = Scripted([content, content, {"operations": raw_operations(1, 1)}])
        assert ids_of(OperationsClient(fake)) == ["id-1"]
        fake = Scripted([content] * 3)
        with pytest.raises(ResponseError) as caught:
            OperationsClient(fake).get_operations()
        assert caught.value.is_transient
        assert len(fake.calls) == 3

    def test_may_come_from_a_stubber(self, session: Any) -> None:
        raw = session.client("lightsail")
        with Stubber(raw) as stubber:
            stubber.add_response("get_operations", {})
            stubber.add_response("get_operations", {"operations": [{"id": "id-1"}]})
            assert ids_of(OperationsClient(raw)) == ["id-1"]

    @pytest.mark.parametrize("status", [300, 304, 404, 500])
    def test_may_have_a_status_that_is_no_success(self, status: int) -> None:
        odd = {"ResponseMetadata": {"HTTPStatusCode": status}, "operations": []}
        client = OperationsClient(Scripted([odd, odd, odd]))
        with pytest.raises(ResponseError, match=str(status)):
            client.get_operations()

    @pytest.mark.parametrize("body", [b"{}", b'{"operation": null}', b'{"operations": []}'])
    def test_lacks_the_operation(self, body: bytes, wire: Wire, client: OperationsClient) -> None:
        wire.play([CannedResponse(body)] * 3)
        with pytest.raises(ResponseError, match="it has no 'operation'") as caught:
            client.get_operation("id-1")
        assert caught.value.is_transient
        assert len(wire.received) == 3


class TestAValueOfTheWrongType:
    @pytest.mark.parametrize(
        ("operations", "message"),
        [
            ([None], r"operations\[0\]: expected an object"),
            ([raw_operation(), raw_operation(createdAt="soon")], r"operations\[1\]\.createdAt"),
            ({}, "operations: expected a list"),
            ("none", "operations: expected a list"),
        ],
    )
    def test_is_not_fetched_again(
        self, operations: object, message: str, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([page(operations, "t1"), FULL])
        with pytest.raises(ResponseError, match=message) as caught:
            client.get_operations()
        assert not caught.value.is_transient
        assert caught.value.next_page_token == "t1"
        assert len(wire.received) == 1

    @pytest.mark.parametrize("returned", [None, [], "text", 5, b"{}"], ids=repr)
    def test_that_a_hand_written_client_returns_is_a_type_error(self, returned: object) -> None:
        with pytest.raises(TypeError, match=r"get_operations returned .*, not a mapping"):
            OperationsClient(Scripted([returned])).get_operations()


class TestTheTracebackOfAnError:
    """Its frames keep no body alive, as long as the error is kept; nor does its context."""

    MARK = "a-long-body"
    BODIES = (
        '["{}"]',
        '"{}',
        '{{"operation": "{}"}}',
        '{{"operations": null, "x": "{}"}}',
        '{{"operations": [{{"id": 5, "x": "{}"}}]}}',
        '{{"operations": [], "nextPageToken": 5, "x": "{}"}}',
    )

    def fail(self, client: OperationsClient) -> None:
        with pytest.raises(ResponseError) as caught:
            client.get_operations()
        assert caught.value.__context__ is None
        frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
        ours = [frame for frame in frames if "lightsail_ops" in frame.f_code.co_filename]
        assert len(ours) >= 3
        for frame in ours:
            assert self.MARK not in repr(frame.f_locals), frame

    @pytest.mark.parametrize("body", BODIES)
    def test_has_no_body(
        self, body: str, wire: Wire, client: OperationsClient, no_backoff: None
    ) -> None:
        wire.play(lambda _: CannedResponse(body.format(self.MARK).encode()))
        self.fail(client)

    @pytest.mark.parametrize("body", BODIES[2:])
    def test_has_no_response_of_a_fake(self, body: str, no_backoff: None) -> None:
        response = json.loads(body.format(self.MARK))
        self.fail(OperationsClient(Scripted([response] * 3)))


class TestACompressedResponse:
    """botocore requests no compression, but a proxy may compress all the same."""

    LIMIT = 64 * 2**20

    def test_of_64_mib_is_read(self, wire: Wire, client: OperationsClient) -> None:
        body = LAST.body + b" " * (self.LIMIT - len(LAST.body))
        wire.play([CannedResponse(gzip.compress(body, 1))])
        assert len(client.get_operations()) == 2

    def test_of_more_is_an_error_that_is_not_fetched_again(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        body = LAST.body + b" " * (self.LIMIT + 1 - len(LAST.body))
        wire.play([CannedResponse(gzip.compress(body, 1))] * 3)
        with pytest.raises(ResponseError, match="64 MiB") as caught:
            client.get_operations()
        assert not caught.value.is_transient
        assert len(wire.received) == 1

    @pytest.mark.heavy
    def test_that_would_fill_the_memory_is_not_decompressed(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        compressor = zlib.compressobj(9, wbits=31)
        zeros = bytes(2**20)
        bomb = b"".join(compressor.compress(zeros) for _ in range(200)) + compressor.flush()
        assert len(bomb) < 2**20
        wire.play([CannedResponse(bomb)])
        with pytest.raises(ResponseError, match="64 MiB"):
            client.get_operations()


class TestACompleteResponse:
    @pytest.mark.parametrize(
        "response",
        [
            EMPTY,
            CannedResponse(b'{"operations": [], "other": 1}'),
            CannedResponse(b'\n {"operations": []} \n'),
            CannedResponse(b'\xef\xbb\xbf{"operations": []}'),
            CannedResponse('{"operations": []}'.encode("utf-16")),
            compress(EMPTY),
        ],
    )
    def test_may_be_an_empty_page(
        self, response: CannedResponse, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([response])
        assert len(client.get_operations()) == 0
        assert len(wire.received) == 1

    @pytest.mark.parametrize(
        "wrapped",
        [
            compress(FULL),
            CannedResponse(compress(FULL).body),
            CannedResponse(FULL.body, has_length=False),
            replace(FULL, delay=0.05),
            CannedResponse(FULL.body, 201),
        ],
        ids=["gzip", "unannounced-gzip", "without-length", "slow", "created"],
    )
    def test_is_read_however_it_was_sent(
        self, wrapped: CannedResponse, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([wrapped])
        page = client.get_operations()
        assert (len(page), page.next_page_token) == (3, "t1")
        assert len(wire.received) == 1

    def test_may_hold_any_characters(self, wire: Wire, client: OperationsClient) -> None:
        odd = 'Zoë\u2028\U0001f600\ud800"\\\0'
        wire.play([page([raw_operation(resourceName=odd)], odd), LAST])
        first, last = client.operations().pages()
        assert first.operations[0].resource_name == odd
        assert wire.tokens == [None, odd]
        assert len(last) == 2

    def test_names_its_request(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([FULL])
        assert client.get_operations().request_id == "request-1"

    def test_of_a_hand_written_client_needs_no_metadata(self) -> None:
        pages = {None: json.loads(FULL.body), "t1": json.loads(LAST.body)}
        assert ids_of(OperationsClient(Paged(pages))) == [f"id-{n}" for n in range(1, 6)]


class TestAConnectionThatIsCut:
    def test_is_retried_by_botocore(self, session: Any, wire: Wire) -> None:
        client = OperationsClient.from_session(session, endpoint_url=wire.endpoint_url)
        wire.play([FULL, truncate(LAST), CannedResponse(reset=True), LAST])
        assert ids_of(client) == [f"id-{number}" for number in range(1, 6)]

    @pytest.mark.usefixtures("no_backoff")
    @pytest.mark.parametrize(
        "cut",
        [
            truncate(FULL),
            truncate(compress(FULL)),
            CannedResponse(reset=True),
            CannedResponse(
                b"ff\r\n" + FULL.body[:50],
                headers={"Transfer-Encoding": "chunked"},
                has_length=False,
            ),
        ],
    )
    def test_is_never_the_last_page(
        self, cut: CannedResponse, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([FULL, cut, cut, cut, LAST])
        with pytest.raises((TransportError, ResponseError)) as caught:
            ids_of(client)
        assert caught.value.page_token == "t1"
        assert caught.value.is_transient


@pytest.mark.usefixtures("no_backoff")
def test_many_pages_with_many_faults_lose_nothing(session: Any, wire: Wire) -> None:
    """Every third response is malformed, each time in another way."""
    kinds = [
        *MALFORMED.values(),
        truncate(FULL),
        CannedResponse(reset=True),
        CannedResponse(b"", 500),
    ]
    requests = 0

    def script(request: ReceivedRequest) -> CannedResponse:
        nonlocal requests
        requests += 1
        number = int(request.arguments.get("pageToken", "0"))
        if requests % 3 == 2:
            return kinds[requests // 3 % len(kinds)]
        operations = raw_operations(number * 5 + 1, number * 5 + 5)
        complete = page(operations, str(number + 1) if number < 99 else None)
        return compress(complete) if number % 2 else complete

    wire.play(script)
    config = Config(retries={"mode": "standard", "max_attempts": 3})
    client = OperationsClient.from_session(session, endpoint_url=wire.endpoint_url, config=config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        assert ids_of(client) == [f"id-{number}" for number in range(1, 501)]
