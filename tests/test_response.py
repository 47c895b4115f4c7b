"""A damaged page never looks like the last one, and calls that are not ours are untouched."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config
from fakes import Clock, Paged, Scripted, raw_operation, raw_operations
from wire import ASK_ONCE, Answer, Asked, Wire, half, one, page, zipped

from lightsail_ops import OperationsClient, ResponseError, TransportError

FULL = page(raw_operations(1, 3), "t1")
LAST = page(raw_operations(4, 5))
DAMAGED = {
    "truncated": half(FULL, says_length=False),
    "empty": Answer(b""),
    "blank": Answer(b"  \n"),
    "html": Answer(b"<html>Sign in to the hotel's Wi-Fi</html>"),
    "null": Answer(b"null"),
    "list": Answer(b"[]"),
    "text": Answer(b'"{}"'),
    "number": Answer(b"5"),
    "undecodable": Answer(b'{"operations": [], "x": "\xff\xfe\xfa"}'),
    "two-bodies": Answer(FULL.body + FULL.body),
    "deep": Answer(b'{"operations":' + b"[" * 100_000),
    "huge-number": Answer(b'{"operations": [' + b"9" * 5000 + b"]}"),
    "no-content": Answer(b"", 204),
    "truncated-gzip": half(zipped(FULL), says_length=False),
    "broken-gzip": Answer(b"\x1f\x8b" + b"\0" * 40),
    "wrong-checksum": Answer(gzip.compress(FULL.body)[:-8] + b"\0" * 8),
    "gzip-of-garbage": zipped(Answer(b"garbage")),
}
each_damage = pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)


def ids_of(client: OperationsClient) -> list[str]:
    return [operation.id for operation in client.operations()]


@pytest.mark.usefixtures("no_backoff")
class TestADamagedAnswer:
    @each_damage
    def test_is_asked_for_again(
        self, damaged: Answer, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([FULL, damaged, LAST])
        assert ids_of(client) == [f"id-{number}" for number in range(1, 6)]
        assert wire.tokens == [None, "t1", "t1"]

    @each_damage
    def test_is_a_response_error_the_third_time(
        self, damaged: Answer, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([FULL, damaged, damaged, damaged, LAST])
        pages = client.operations().pages()
        next(pages)
        with pytest.raises(ResponseError, match="damaged") as caught:
            next(pages)
        assert caught.value.page_token == "t1"
        assert caught.value.__cause__ is not None
        assert wire.tokens == [None, "t1", "t1", "t1"]

    def test_can_be_carried_on_from(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([FULL, *[Answer(b"")] * 3, LAST])
        read = []
        with pytest.raises(ResponseError) as caught:
            read.extend(client.operations())
        rest = client.operations(page_token=caught.value.page_token)
        assert [operation.id for operation in rest] == ["id-4", "id-5"]

    def test_has_two_chances_on_every_page(self, wire: Wire, client: OperationsClient) -> None:
        bad = Answer(b"")
        wire.play([bad, bad, FULL, bad, bad, LAST])
        assert len(ids_of(client)) == 5

    def test_of_another_kind_of_request_is_asked_for_again_too(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([Answer(b"nothing"), one(raw_operation())])
        assert client.get_operation("id-1").id == "id-1"
        wire.play([Answer(b"nothing"), LAST])
        assert len(list(client.operations_for_resource("web"))) == 2

    @pytest.mark.parametrize("answer", [None, [], "text", 5, b"{}"])
    def test_may_come_from_a_hand_written_client(self, answer: object) -> None:
        client = OperationsClient(Scripted([answer, {"operations": raw_operations(1, 1)}]))
        assert ids_of(client) == ["id-1"]

    @pytest.mark.parametrize("status", [300, 304, 500])
    def test_may_be_one_whose_status_is_no_success(self, status: int) -> None:
        odd = {"ResponseMetadata": {"HTTPStatusCode": status}, "operations": []}
        client = OperationsClient(Scripted([odd, odd, odd]))
        with pytest.raises(ResponseError, match=str(status)):
            client.get_operations()

    def test_with_an_operation_that_is_no_object_is_not_asked_for_again(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([page([None]), FULL])
        with pytest.raises(ResponseError, match=r"operations\[0\]: expected an object"):
            client.get_operations()
        assert len(wire.asked) == 1

    @pytest.mark.parametrize("body", [b"{}", b'{"operation": null}', b'{"operation": []}'])
    def test_without_the_operation_that_was_asked_for_is_a_response_error(
        self, body: bytes, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([Answer(body)])
        with pytest.raises(ResponseError, match="operation: expected an object"):
            client.get_operation("id-1")


def test_the_backoff_is_short_and_grows_and_varies(clock: Clock) -> None:
    firsts, seconds = set(), set()
    for _ in range(20):
        clock.slept.clear()
        with pytest.raises(ResponseError):
            OperationsClient(Scripted([None, None, None])).get_operations()
        first, second = clock.slept
        assert 0.05 <= first <= 0.1
        assert 0.2 <= second <= 0.4
        firsts.add(first)
        seconds.add(second)
    assert len(firsts) > 1
    assert len(seconds) > 1


class TestAnAnswerThatIsWhole:
    @pytest.mark.parametrize(
        "answer",
        [
            Answer(b"{}"),
            Answer(b'{"operations": []}'),
            Answer(b'{"other": 1}'),
            Answer(b"\n {} \n"),
            Answer(b"\xef\xbb\xbf{}"),
            zipped(Answer(b"{}")),
        ],
    )
    def test_may_be_an_empty_page(
        self, answer: Answer, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([answer])
        assert len(client.get_operations()) == 0
        assert len(wire.asked) == 1

    @pytest.mark.parametrize(
        "wrapped",
        [
            zipped(FULL),
            Answer(zipped(FULL).body),
            Answer(FULL.body, says_length=False),
            replace(FULL, delay=0.05),
            Answer(FULL.body, 201),
        ],
        ids=["gzip", "unannounced-gzip", "without-length", "slow", "created"],
    )
    def test_is_read_however_it_comes(
        self, wrapped: Answer, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([wrapped])
        page = client.get_operations()
        assert (len(page), page.next_page_token) == (3, "t1")
        assert len(wire.asked) == 1

    def test_may_hold_any_characters(self, wire: Wire, client: OperationsClient) -> None:
        odd = 'Zoë\u2028\U0001f600\ud800"\\\0'
        wire.play([page([raw_operation(resourceName=odd)], odd), LAST])
        first, last = client.operations().pages()
        assert first.operations[0].resource_name == odd
        assert wire.tokens == [None, odd]
        assert len(last) == 2

    def test_says_which_request_it_answers(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([FULL])
        assert client.get_operations().request_id == "request-1"


class TestAConnectionThatIsCut:
    def test_is_mended_by_botocores_retries(self, session: Any, wire: Wire) -> None:
        client = OperationsClient.from_session(session, endpoint_url=wire.endpoint_url)
        wire.play([FULL, half(LAST), Answer(reset=True), LAST])
        assert ids_of(client) == [f"id-{number}" for number in range(1, 6)]

    @pytest.mark.usefixtures("no_backoff")
    @pytest.mark.parametrize("cut", [half(FULL), half(zipped(FULL)), Answer(reset=True)])
    def test_is_never_the_last_page(
        self, cut: Answer, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([FULL, cut, cut, cut, LAST])
        with pytest.raises((TransportError, ResponseError)) as caught:
            ids_of(client)
        assert caught.value.page_token == "t1"


@pytest.mark.usefixtures("no_backoff")
def test_many_pages_with_much_damage_lose_nothing(session: Any, wire: Wire) -> None:
    """Every third answer is damaged, each time in another way."""
    kinds = [*DAMAGED.values(), half(FULL), Answer(reset=True), Answer(b"", 500)]
    asked = 0

    def script(request: Asked) -> Answer:
        nonlocal asked
        asked += 1
        number = int(request.arguments.get("pageToken", "0"))
        if asked % 3 == 2:
            return kinds[asked // 3 % len(kinds)]
        operations = raw_operations(number * 5 + 1, number * 5 + 5)
        whole = page(operations, str(number + 1) if number < 99 else None)
        return zipped(whole) if number % 2 else whole

    wire.play(script)
    config = Config(retries={"mode": "standard", "max_attempts": 3})
    client = OperationsClient.from_session(session, endpoint_url=wire.endpoint_url, config=config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        assert ids_of(client) == [f"id-{number}" for number in range(1, 501)]


class TestSomeoneElsesCalls:
    """On a client that this library was given too."""

    def test_get_untouched_dicts(
        self, wire: Wire, boto3_client: Any, client: OperationsClient
    ) -> None:
        wire.play(lambda _: FULL)
        client.get_operations()
        theirs = boto3_client.get_operations()
        assert set(theirs) == {"operations", "nextPageToken", "ResponseMetadata"}
        assert theirs["operations"][0]["resourceName"] == "web-1"
        assert theirs["operations"][0]["createdAt"].timestamp() == 1479816991.349

    def test_are_the_same_as_on_a_client_of_their_own(
        self, session: Any, wire: Wire, boto3_client: Any, client: OperationsClient
    ) -> None:
        wire.play(lambda _: FULL)
        alone = session.client("lightsail", endpoint_url=wire.endpoint_url, config=ASK_ONCE)
        theirs, of_alone = boto3_client.get_operations(), alone.get_operations()
        for answer in (theirs, of_alone):
            for varying in ("RequestId", "HTTPHeaders"):
                del answer["ResponseMetadata"][varying]
        assert theirs == of_alone
        alone.close()

    def test_page_as_ever(self, wire: Wire, boto3_client: Any, client: OperationsClient) -> None:
        wire.play([FULL, FULL, LAST])
        next(client.operations().pages())
        theirs = list(boto3_client.get_paginator("get_operations").paginate())
        assert [len(page["operations"]) for page in theirs] == [3, 2]

    def test_in_between_ours_get_untouched_dicts(
        self, wire: Wire, boto3_client: Any, client: OperationsClient
    ) -> None:
        wire.play([FULL, FULL, LAST, LAST])
        pages = client.operations().pages()
        next(pages)
        assert len(boto3_client.get_operations()["operations"]) == 3
        assert len(next(pages)) == 2
        assert len(boto3_client.get_operations()["operations"]) == 2

    def test_of_other_actions_are_untouched(
        self, wire: Wire, boto3_client: Any, client: OperationsClient
    ) -> None:
        wire.play([FULL, one(raw_operation()), LAST, Answer(b'{"regions": []}')])
        client.get_operations()
        assert boto3_client.get_operation(operationId="i")["operation"]["id"] == "id-1"
        theirs = boto3_client.get_operations_for_resource(resourceName="web")
        assert len(theirs["operations"]) == 2
        assert boto3_client.get_regions()["regions"] == []

    def test_in_other_threads_at_the_same_time_get_untouched_dicts(
        self, wire: Wire, boto3_client: Any, client: OperationsClient
    ) -> None:
        wire.play(lambda _: replace(FULL, delay=0.001))

        def ours() -> bool:
            return [operation.id for operation in client.get_operations()][-1] == "id-3"

        def theirs() -> bool:
            answer = boto3_client.get_operations()
            return answer["operations"][2]["id"] == "id-3" and len(answer) == 3

        with ThreadPoolExecutor(8) as pool:
            done = [pool.submit(call) for call in [ours, theirs] * 60]
            assert all(future.result() for future in done)

    def test_in_other_tasks_at_the_same_time_get_untouched_dicts(
        self, wire: Wire, boto3_client: Any
    ) -> None:
        from lightsail_ops.aio import AsyncOperationsClient

        client = AsyncOperationsClient(boto3_client)
        wire.play(lambda _: replace(FULL, delay=0.001))

        async def main() -> list[Any]:
            theirs = asyncio.to_thread(boto3_client.get_operations)
            return await asyncio.gather(
                *[client.get_operations() for _ in range(10)],
                theirs,
                *[client.get_operations() for _ in range(10)],
            )

        answers = asyncio.run(main())
        assert len(answers[10]["operations"]) == 3
        assert all(len(answers[index].operations) == 3 for index in (0, 9, 11, 20))

    @pytest.mark.xfail(
        raises=KeyError,
        reason="before-parse does not say whose request was answered, only where it was called",
    )
    def test_from_within_ours_get_untouched_dicts(
        self, wire: Wire, boto3_client: Any, client: OperationsClient
    ) -> None:
        """A handler that they registered may call the client while we do."""
        theirs: list[Any] = []

        def handler(**_: object) -> None:
            if not theirs:
                theirs.append(None)
                theirs[0] = boto3_client.get_operations()

        boto3_client.meta.events.register("before-call.lightsail.GetOperations", handler)
        wire.play(lambda _: FULL)
        assert len(client.get_operations()) == 3
        assert len(theirs[0]["operations"]) == 3

    def test_on_another_client_from_within_ours_get_untouched_dicts(
        self, session: Any, wire: Wire, boto3_client: Any, client: OperationsClient
    ) -> None:
        other = session.client("lightsail", endpoint_url=wire.endpoint_url)
        OperationsClient(other)
        theirs: list[Any] = []
        boto3_client.meta.events.register(
            "before-call.lightsail.GetOperations",
            lambda **_: theirs.append(other.get_operations()),
        )
        wire.play(lambda _: FULL)
        assert len(client.get_operations()) == 3
        assert len(theirs[0]["operations"]) == 3
        other.close()

    def test_get_their_own_errors(
        self, wire: Wire, boto3_client: Any, client: OperationsClient
    ) -> None:
        wire.play([FULL, Answer(b'{"__type": "NotFoundException", "message": "No."}', 400)])
        client.get_operations()
        with pytest.raises(boto3_client.exceptions.NotFoundException):
            boto3_client.get_operations()


class TestAClientOfManyOwners:
    def test_serves_them_all(self, wire: Wire, boto3_client: Any) -> None:
        wire.play(lambda _: FULL)
        owners = [OperationsClient(boto3_client) for _ in range(3)]
        assert [len(owner.get_operations()) for owner in owners] == [3, 3, 3]

    def test_has_one_handler_for_each_action(self, boto3_client: Any) -> None:
        registered: defaultdict[str, set[int]] = defaultdict(set)
        emitter = boto3_client.meta.events
        register = emitter.register

        def spy(event: str, handler: Callable[..., Any], unique_id: str, **rest: Any) -> None:
            registered[event].add(hash(unique_id))
            register(event, handler, unique_id, **rest)

        emitter.register = spy
        OperationsClient(boto3_client)
        OperationsClient(boto3_client)
        assert len(registered) == 3
        assert all(len(unique_ids) == 1 for unique_ids in registered.values())

    def test_may_be_given_away_by_many_threads_at_once(self, wire: Wire, boto3_client: Any) -> None:
        wire.play(lambda _: FULL)
        start = threading.Barrier(8)

        def own(_: int) -> int:
            start.wait()
            return len(OperationsClient(boto3_client).get_operations())

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(own, range(8))) == [3] * 8

    def test_may_have_its_handler_twice(self, wire: Wire, boto3_client: Any) -> None:
        """As two threads can bring about that register at the very same time."""
        emitter = boto3_client.meta.events
        register = emitter.register
        emitter.register = lambda event, handler, unique_id: register(event, handler)
        clients = [OperationsClient(boto3_client) for _ in range(2)]
        wire.play(lambda _: FULL)
        assert [len(client.get_operations()) for client in clients] == [3, 3]
        assert len(boto3_client.get_operations()["operations"]) == 3


def test_a_client_without_events_is_read_all_the_same() -> None:
    pages = {None: json.loads(FULL.body), "t1": json.loads(LAST.body)}
    assert ids_of(OperationsClient(Paged(pages))) == [f"id-{number}" for number in range(1, 6)]


def test_a_client_that_is_wrapped_twice_gets_one_handler_for_each_action() -> None:
    registered: dict[str, set[object]] = {}

    class Events:
        def register(self, event: str, handler: object, unique_id: object = None) -> None:
            registered.setdefault(event, set()).add(unique_id)

    fake: Any = SimpleNamespace(meta=SimpleNamespace(events=Events()), get_operations=None)
    OperationsClient(fake)
    OperationsClient(fake)
    assert len(registered) == 3
    assert all(len(ids) == 1 and None not in ids for ids in registered.values())
