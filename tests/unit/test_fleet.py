"""Many clients at once: nothing is lost, no client holds up another, nothing is left running."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from typing import Any, TypeVar

import boto3.session
import pytest
from botocore.config import Config
from support.fakes import Paged, client_error, raw_operation, raw_operations, raw_pages
from support.threads import Counter, Gate, at_once, wait_until, worker_threads
from support.wire import SEND_ONCE, CannedResponse, ReceivedRequest, Wire, error_response, page

from lightsail_ops import (
    AccessDeniedError,
    CredentialsError,
    Fleet,
    FleetError,
    LightsailError,
    Operation,
    OperationsClient,
    OperationsPage,
    RegionName,
    ThrottlingError,
)
from lightsail_ops.aio import AsyncOperationsClient

K = TypeVar("K")


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    yield
    gc.collect()  # what an exception held
    wait_until(lambda: worker_threads() == [])


def ids_by_key(found: Iterable[tuple[K, Operation]]) -> dict[K, list[str]]:
    ids: dict[K, list[str]] = {}
    for key, operation in found:
        ids.setdefault(key, []).append(operation.id)
    return ids


def make_ids(first: int, last: int) -> list[str]:
    return [f"id-{number}" for number in range(first, last + 1)]


class TestManyClients:
    def test_are_read_completely_and_each_in_order(self) -> None:
        clients = {key: OperationsClient(Paged(raw_pages(*[2] * key))) for key in range(1, 8)}
        assert ids_by_key(Fleet(clients).operations()) == {
            key: make_ids(1, key * 2) for key in range(1, 8)
        }

    @pytest.mark.parametrize("keys", [["a", "b"], [("a", 1), ("b", 2)], list(RegionName)[:2]])
    def test_have_keys_of_any_kind(self, keys: list[object]) -> None:
        clients = {key: OperationsClient(Paged(raw_pages(1))) for key in keys}
        assert {key for key, _ in Fleet(clients).operations()} == set(keys)

    def test_have_a_short_repr(self) -> None:
        fleet = Fleet({"a": OperationsClient(Paged(raw_pages(1)))})
        assert repr(fleet.operations()) == "<FleetOperations of 1 clients>"

    def test_give_the_rest_of_a_page_of_which_some_were_taken(self) -> None:
        operations = Fleet({"a": OperationsClient(Paged(raw_pages(3, 1)))}).operations()
        assert next(operations)[1].id == "id-1"
        pages = [[each.id for each in page] for _, page in operations.pages()]
        assert pages == [["id-2", "id-3"], ["id-4"]]

    def test_may_be_none(self) -> None:
        clients: dict[str, OperationsClient] = {}
        assert list(Fleet(clients).operations()) == []

    def test_may_have_empty_pages(self) -> None:
        clients = {"a": OperationsClient(Paged(raw_pages(0, 0, 1, 0)))}
        assert len(list(Fleet(clients).operations())) == 1

    def test_may_be_the_same_client(self) -> None:
        client = OperationsClient(Paged(raw_pages(2, 1)))
        ids = ids_by_key(Fleet({"a": client, "b": client}).operations())
        assert ids == {"a": make_ids(1, 3), "b": make_ids(1, 3)}

    def test_stay_those_of_the_call_when_the_mapping_changes(self) -> None:
        clients = {"a": OperationsClient(Paged(raw_pages(1)))}
        found = Fleet(clients).operations()
        clients["b"] = OperationsClient(Paged(raw_pages(1)))
        assert [key for key, _ in found] == ["a"]

    def test_are_read_over_the_network(self, session: Any, wire: Wire) -> None:
        def script(received: ReceivedRequest) -> CannedResponse:
            number = int(received.arguments.get("pageToken", "0"))
            following = str(number + 1) if number < 2 else None
            return page(raw_operations(number * 3 + 1, number * 3 + 3), following)

        wire.play(script)
        clients = Fleet.from_session(session, endpoint_url=wire.endpoint_url)
        ids = ids_by_key(Fleet(clients, max_concurrency=8).operations())
        assert ids == {region: make_ids(1, 9) for region in clients}
        assert wire.most_at_once <= 8

    def test_are_read_at_the_same_time(self) -> None:
        """None of them would get through this barrier alone."""
        barrier = threading.Barrier(5)

        class Meeting:
            def get_operations(self, **_: Any) -> Any:
                barrier.wait(10)
                return {"operations": [raw_operation()]}

        clients = {key: OperationsClient(Meeting()) for key in range(5)}
        assert len(list(Fleet(clients).operations())) == 5

    def test_are_yielded_as_they_arrive(self) -> None:
        slow = Gate(raw_pages(2, 2, 2))
        clients = {
            "slow": OperationsClient(slow),
            "fast": OperationsClient(Paged(raw_pages(2, 2, 2))),
        }
        found = Fleet(clients).operations()
        assert [key for key, _ in islice(found, 6)] == ["fast"] * 6
        slow.opened.set()
        assert [key for key, _ in found] == ["slow"] * 6

    def test_can_be_read_page_by_page(self) -> None:
        clients = {"a": OperationsClient(Paged(raw_pages(2, 0, 1)))}
        found = list(Fleet(clients).operations().pages())
        assert [(key, type(page), len(page)) for key, page in found] == [
            ("a", OperationsPage, 2),
            ("a", OperationsPage, 0),
            ("a", OperationsPage, 1),
        ]


class TestRequests:
    def test_are_not_sent_before_the_first_next(self) -> None:
        fake = Paged(raw_pages(1))
        found = Fleet({"a": OperationsClient(fake)}).operations()
        assert fake.tokens == []
        assert worker_threads() == []
        assert len(list(found)) == 1

    @pytest.mark.parametrize("max_concurrency", [1, 2, 5])
    def test_are_at_most_max_concurrency_at_once(self, max_concurrency: int) -> None:
        counter = Counter()
        found = ids_by_key(
            Fleet(counter.make_clients(12), max_concurrency=max_concurrency).operations()
        )
        assert found == {key: make_ids(1, 3) for key in range(12)}
        assert counter.most_in_flight <= max_concurrency

    def test_use_all_workers(self) -> None:
        gates = {key: Gate() for key in range(6)}
        clients = {key: OperationsClient(gate) for key, gate in gates.items()}
        found = Fleet(clients, max_concurrency=4).operations()
        reader = threading.Thread(target=lambda: list(found))
        reader.start()
        wait_until(lambda: sum(gate.requests for gate in gates.values()) == 4)
        assert len(worker_threads()) == 5  # and one that drives them
        for gate in gates.values():
            gate.opened.set()
        reader.join(10)
        assert sum(gate.requests for gate in gates.values()) == 6

    def test_reuse_their_threads(self) -> None:
        counter = Counter(seconds=0)
        with closing(Fleet({"a": counter.make_client("a", pages=50)}).operations()) as found:
            for _ in islice(found, 50):
                assert len(worker_threads()) == 2  # and one that drives it

    def test_wait_for_a_slow_reader(self) -> None:
        counter = Counter()
        clients = counter.make_clients(20, pages=50)
        with closing(Fleet(clients, max_concurrency=4).operations()) as found:
            for number in range(1, 10):
                next(found)
                time.sleep(0.02)  # time enough to run ahead
                assert counter.total <= number + 4

    def test_are_never_two_pages_ahead_in_one_client(self) -> None:
        counter = Counter()
        read = dict.fromkeys(range(3), 0)
        with closing(Fleet(counter.make_clients(3, pages=50)).operations()) as found:
            for key, _ in islice(found, 12):
                read[key] += 1
                time.sleep(0.01)
                assert all(counter.requests[key] - read[key] <= 1 for key in read)


class TestArguments:
    @pytest.mark.parametrize("max_concurrency", [0, -1])
    def test_need_a_worker(self, max_concurrency: int) -> None:
        with pytest.raises(ValueError, match="max_concurrency must be 1 or more"):
            Fleet({}, max_concurrency=max_concurrency).operations()

    @pytest.mark.parametrize("max_concurrency", [True, 2.0, "4", None])
    def test_need_a_whole_number_of_workers(self, max_concurrency: Any) -> None:
        with pytest.raises(TypeError, match="max_concurrency must be an int"):
            Fleet({}, max_concurrency=max_concurrency).operations()

    def test_need_a_mapping(self) -> None:
        clients: Any = [OperationsClient(Paged({}))]
        with pytest.raises(TypeError, match="clients must be a mapping"):
            Fleet(clients).operations()

    @pytest.mark.parametrize("client", [Paged({}), AsyncOperationsClient(Paged({})), None])
    def test_need_synchronous_clients(self, client: Any) -> None:
        with pytest.raises(TypeError, match=r"clients\['a'\] must be an OperationsClient"):
            Fleet({"a": client}).operations()


class TestClosingEarly:
    def test_leaves_no_thread(self) -> None:
        found = Fleet(Counter().make_clients(5, pages=50)).operations()
        next(found)
        assert worker_threads() != []
        found.close()
        wait_until(lambda: worker_threads() == [], 5)

    def test_sends_no_further_request(self) -> None:
        counter = Counter()
        with closing(
            Fleet(counter.make_clients(20, pages=50), max_concurrency=2).operations()
        ) as found:
            next(found)
        requests = counter.total
        time.sleep(0.02)
        assert counter.total == requests <= 3

    def test_does_not_wait_for_a_request_that_hangs(self) -> None:
        gate = Gate()
        clients = {"a": OperationsClient(Paged(raw_pages(1, 1))), "b": OperationsClient(gate)}
        found = Fleet(clients).operations()
        next(found)
        with at_once():
            found.close()
        gate.opened.set()

    def test_leaves_only_the_threads_whose_requests_hang(self) -> None:
        gate = Gate()
        clients = {key: OperationsClient(Paged(raw_pages(1, 1))) for key in range(5)}
        clients[5] = OperationsClient(gate)
        found = Fleet(clients).operations()
        next(found)
        wait_until(lambda: gate.requests == 1)
        found.close()
        wait_until(lambda: len(worker_threads()) == 1, 5)
        gate.opened.set()

    def test_happens_when_the_reader_drops_the_iterator(self) -> None:
        for _ in Fleet(Counter().make_clients(5, pages=50)).operations():
            break
        wait_until(lambda: worker_threads() == [], 5)

    def test_happens_when_the_reader_fails(self) -> None:
        found = Fleet(Counter().make_clients(5, pages=50)).operations()
        with pytest.raises(ZeroDivisionError), closing(found):
            len(next(found)) / 0
        wait_until(lambda: worker_threads() == [], 5)

    def test_before_the_beginning_sends_nothing(self) -> None:
        fake = Paged(raw_pages(1))
        found = Fleet({"a": OperationsClient(fake)}).operations()
        found.close()
        assert list(found) == []
        assert fake.tokens == []

    def test_stops_the_retries_of_botocore(self, session: Any, wire: Wire) -> None:
        wire.play(
            lambda received: (
                page(raw_operations(1, 1), "t1")
                if "us-east-1" in received.headers["Authorization"]
                else error_response("ThrottlingException")
            )
        )
        config = Config(retries={"total_max_attempts": 9, "mode": "standard"})
        clients = Fleet.from_session(
            session, ["us-east-1", "us-west-2"], endpoint_url=wire.endpoint_url, config=config
        )
        found = Fleet(clients).operations()
        next(found)
        wait_until(lambda: len(wire.received) >= 2)
        found.close()
        time.sleep(0.05)  # for a request that was on its way to the server
        requests = len(wire.received)
        wait_until(lambda: worker_threads() == [])
        assert len(wire.received) == requests


class TestAClientThatFails:
    PAGES = raw_pages(2, 2, 2)

    def make_clients(self) -> dict[str, OperationsClient]:
        return {
            "good": OperationsClient(Paged(self.PAGES)),
            "denied": OperationsClient(Paged({None: client_error("AccessDeniedException")})),
            "later": OperationsClient(Paged({**self.PAGES, "t2": client_error()})),
        }

    def read(self) -> tuple[dict[str, list[str]], FleetError]:
        found: list[tuple[str, Operation]] = []
        try:
            for pair in Fleet(self.make_clients()).operations():
                found.append(pair)  # noqa: PERF402 - to have those before the error
        except FleetError as error:
            return ids_by_key(found), error
        raise AssertionError("no client failed")

    def test_does_not_stop_the_others(self) -> None:
        ids, _ = self.read()
        assert ids == {"good": make_ids(1, 6), "later": make_ids(1, 4)}

    def test_is_named_at_the_end(self) -> None:
        _, error = self.read()
        assert {key: type(each) for key, each in error.by_key.items()} == {
            "denied": AccessDeniedError,
            "later": ThrottlingError,
        }
        assert str(error).startswith("2 of 3 clients failed: ")
        assert "denied (AccessDeniedError)" in str(error)
        assert "later (ThrottlingError)" in str(error)

    def test_is_known_while_the_others_are_read(self) -> None:
        operations = Fleet(self.make_clients(), max_concurrency=1).operations()
        known: dict[str, list[str]] = {}
        with suppress(FleetError):
            for key, _ in operations:
                known[key] = list(operations.errors)
        assert known == {"good": [], "later": ["denied"]}
        assert operations.errors == {}

    def test_can_be_resumed(self) -> None:
        _, error = self.read()
        assert error.by_key["later"].page_token == "t2"
        client = OperationsClient(Paged(self.PAGES))
        rest = client.operations(page_token=error.by_key["later"].page_token)
        assert [operation.id for operation in rest] == ["id-5", "id-6"]

    def test_can_be_caught_by_the_class_of_its_error(self) -> None:
        caught: list[BaseExceptionGroup[LightsailError]] = []
        try:
            list(Fleet(self.make_clients()).operations())
        except* AccessDeniedError as denied:
            caught.append(denied)
        except* ThrottlingError as throttled:
            caught.append(throttled)
        assert all(isinstance(part, FleetError) for part in caught)
        assert [list(part.by_key) for part in caught if isinstance(part, FleetError)] == [
            ["denied"],
            ["later"],
        ]

    def test_has_an_error_of_its_own_though_all_fail(self) -> None:
        clients = {
            key: OperationsClient(Paged({None: client_error("NotFoundException")}))
            for key in range(30)
        }
        with pytest.raises(FleetError) as caught:
            list(Fleet(clients, max_concurrency=3).operations())
        assert set(caught.value.by_key) == set(range(30))

    @pytest.mark.heavy
    def test_keeps_the_message_short_among_hundreds(self) -> None:
        client = OperationsClient(Paged({None: client_error("NotFoundException")}))
        with pytest.raises(FleetError) as caught:
            list(Fleet({f"account-{n}": client for n in range(500)}).operations())
        assert len(caught.value.by_key) == 500
        assert "500 of 500 clients failed: account-" in str(caught.value)
        assert " and 495 more" in str(caught.value)
        assert len(str(caught.value)) < 400

    def test_is_not_reported_to_a_reader_who_has_left(self) -> None:
        with closing(Fleet(self.make_clients()).operations()) as found:
            next(found)

    def test_may_have_a_repeated_page_token(self) -> None:
        pages = {token: {"operations": [], "nextPageToken": "a"} for token in (None, "a")}
        with pytest.raises(FleetError, match=r"a \(PaginationError\)"):
            list(Fleet({"a": OperationsClient(Paged(pages))}).operations())


class TestAnExceptionOfAHandWrittenClient:
    @pytest.mark.parametrize("raised", [SystemExit(3), ZeroDivisionError(), KeyError("x")])
    def test_passes(self, raised: BaseException) -> None:
        class Raising:
            def get_operations(self, **_: Any) -> Any:
                raise raised

        found = Fleet({"a": OperationsClient(Raising())}).operations()
        with pytest.raises(type(raised)) as caught, found:
            list(found)
        assert caught.value is raised

    def test_does_not_end_the_iterator_in_silence(self) -> None:
        class Exhausted:
            def get_operations(self, **_: Any) -> Any:
                return next(iter([]))

        with pytest.raises(RuntimeError, match="StopIteration"):
            list(Fleet({"a": OperationsClient(Exhausted())}).operations())

    def test_does_not_leave_the_others_running(self) -> None:
        counter = Counter()
        clients = {**counter.make_clients(3, pages=99), 3: OperationsClient(Paged({}))}
        with pytest.raises(KeyError), Fleet(clients).operations() as found:
            list(found)
        wait_until(lambda: worker_threads() == [])
        requests = counter.total
        time.sleep(0.02)
        assert counter.total == requests


class FailingAt:
    """Makes clients of four pages each, whose k-th request of all raises an exception."""

    def __init__(self, number: int, raised: BaseException) -> None:
        self.requests = 0
        self._number = number
        self._raised = raised
        self._lock = threading.Lock()

    def make_clients(self) -> dict[int, OperationsClient]:
        return {key: OperationsClient(self) for key in range(3)}

    def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803 - boto3's
        with self._lock:
            self.requests += 1
            if self.requests == self._number:
                raise self._raised
        return raw_pages(1, 1, 1, 1)[pageToken]


@pytest.mark.parametrize("number", range(1, 13))
class TestAnExceptionAtAnyRequest:
    def test_of_aws_ends_one_client(self, number: int) -> None:
        found: dict[int, list[str]] = {key: [] for key in range(3)}
        error: FleetError | None = None
        try:
            for key, operation in Fleet(
                FailingAt(number, client_error()).make_clients(), max_concurrency=2
            ).operations():
                found[key].append(operation.id)
        except FleetError as caught:
            error = caught
        assert error is not None
        [(failed, reason)] = error.by_key.items()
        read = len(found.pop(failed))
        assert reason.page_token == (f"t{read}" if read else None)
        assert list(found.values()) == [make_ids(1, 4)] * 2

    def test_of_the_client_passes_and_loses_nothing(self, number: int) -> None:
        failing = FailingAt(number, ZeroDivisionError())
        found = Fleet(failing.make_clients(), max_concurrency=2).operations()
        read: list[tuple[int, Operation]] = []
        with pytest.raises(ZeroDivisionError):
            read.extend(found)
        read += found
        # What `extend` had taken before the exception is not lost either.
        assert ids_by_key(read) == {key: make_ids(1, 4) for key in range(3)}


class TestThreads:
    def test_that_cannot_be_started_are_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr("threading.Thread.start", refuse)
        clients = {"a": OperationsClient(Paged(raw_pages(1)))}
        with pytest.raises(RuntimeError, match="can't start new thread"):
            list(Fleet(clients).operations())

    def test_may_be_fewer_than_wanted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        start = threading.Thread.start
        started: list[threading.Thread] = []

        def refuse_the_third(thread: threading.Thread) -> None:
            if len(started) == 3:  # the one that drives the others, and two of these
                raise RuntimeError("can't start new thread")
            started.append(thread)
            start(thread)

        monkeypatch.setattr("threading.Thread.start", refuse_the_third)
        counter = Counter()
        assert len(list(Fleet(counter.make_clients(5)).operations())) == 15
        assert counter.most_in_flight <= 2


class TestRegionalClients:
    def test_cover_every_region_that_botocore_lists(self, session: boto3.session.Session) -> None:
        clients = Fleet.from_session(session)
        assert list(clients) == session.get_available_regions("lightsail")
        assert all(isinstance(region, RegionName) for region in clients)
        assert len(clients) > 10
        assert RegionName.GLOBAL not in clients

    def test_cover_the_given_regions(self, session: boto3.session.Session) -> None:
        clients = Fleet.from_session(session, ["eu-west-2", RegionName.US_WEST_2, "us-gov-west-1"])
        assert list(clients) == ["eu-west-2", "us-west-2", "us-gov-west-1"]
        assert {type(region) for region in clients} == {RegionName}

    def test_call_their_regions(self, session: boto3.session.Session, wire: Wire) -> None:
        wire.play(lambda _: page())
        clients = Fleet.from_session(
            session,
            (name for name in ["eu-west-2", "us-east-1"]),
            endpoint_url=wire.endpoint_url,
            config=SEND_ONCE.merge(Config(user_agent_extra="mine/1")),
        )
        for client in clients.values():
            client.get_operations()
        for region, received in zip(clients, wire.received, strict=True):
            assert f"/{region}/lightsail/" in received.headers["Authorization"]
            assert "mine/1" in received.headers["User-Agent"]

    def test_need_no_session(self) -> None:
        assert list(Fleet.from_session(regions=["us-west-2"])) == ["us-west-2"]

    def test_need_no_regions(self) -> None:
        assert RegionName.US_WEST_2 in Fleet.from_session()

    def test_may_be_none(self, session: boto3.session.Session) -> None:
        assert Fleet.from_session(session, []) == {}

    def test_do_not_take_a_string_letter_by_letter(self) -> None:
        with pytest.raises(TypeError, match=r"\['us-west-2'\]"):
            Fleet.from_session(regions="us-west-2")

    def test_need_strings(self, session: boto3.session.Session) -> None:
        regions: Any = ["us-west-2", 7]
        with pytest.raises(TypeError, match=r"regions\[1\]"):
            Fleet.from_session(session, regions)

    def test_need_a_session_of_boto3(self) -> None:
        session: Any = object()
        with pytest.raises(TypeError, match="session must be a boto3 session, not object"):
            Fleet.from_session(session)

    def test_report_a_malformed_region(self, session: boto3.session.Session) -> None:
        with pytest.raises((ValueError, CredentialsError)):
            Fleet.from_session(session, ["no region"])

    def test_report_a_missing_profile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "work")
        with pytest.raises(CredentialsError, match="work"):
            Fleet.from_session()
