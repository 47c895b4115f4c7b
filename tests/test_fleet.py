"""Many sources at once: nothing is lost, no one waits for another, and nothing is left running."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import boto3.session
import pytest
from botocore.config import Config
from fakes import Paged, client_error, raw_operation, raw_operations, raw_pages
from wire import ASK_ONCE, Answer, Asked, Wire, page

from lightsail_ops import (
    AccessDeniedError,
    CredentialsError,
    FleetError,
    LightsailError,
    OperationsClient,
    RegionName,
    ThrottlingError,
    operations_across,
    regional_clients,
)


def threads_of_ours() -> list[str]:
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith("lightsail_ops") and thread.is_alive()
    ]


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    yield
    assert threads_of_ours() == []


class Gate:
    """A client with so many pages of two, each request of which waits until it is let through."""

    def __init__(self, pages: int = 3) -> None:
        self.pages = raw_pages(*[2] * pages)
        self.open = threading.Event()
        self.begun = threading.Semaphore(0)
        self.asked = 0

    def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803
        self.asked += 1
        self.begun.release()
        assert self.open.wait(10)
        return self.pages[pageToken]


class Counting:
    """Clients that count how many requests are under way at once, of one and of all."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.under_way = self.most = 0
        self.asked: dict[int, int] = {}

    def client(self, key: int, pages: int = 3) -> OperationsClient:
        counting, served = self, raw_pages(*[1] * pages)

        class Client:
            def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803
                with counting.lock:
                    counting.asked[key] = counting.asked.get(key, 0) + 1
                    counting.under_way += 1
                    counting.most = max(counting.most, counting.under_way)
                time.sleep(0.002)
                with counting.lock:
                    counting.under_way -= 1
                return served[pageToken]

        return OperationsClient(Client())


def until(holds: Callable[[], bool]) -> None:
    """Wait for what must come about, however slow the machine is."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def ids_by_source(found: Any) -> dict[Any, list[str]]:
    ids: dict[Any, list[str]] = {}
    for key, operation in found:
        ids.setdefault(key, []).append(operation.id)
    return ids


class TestManySources:
    def test_are_read_completely_and_each_in_order(self) -> None:
        clients = {key: OperationsClient(Paged(raw_pages(*[2] * key))) for key in range(1, 8)}
        assert ids_by_source(operations_across(clients)) == {
            key: [f"id-{number}" for number in range(1, key * 2 + 1)] for key in range(1, 8)
        }

    @pytest.mark.parametrize("keys", [["a", "b"], [("a", 1), ("b", 2)], list(RegionName)[:2]])
    def test_are_told_apart_by_any_key(self, keys: list[Any]) -> None:
        clients = {key: OperationsClient(Paged(raw_pages(1))) for key in keys}
        assert {key for key, _ in operations_across(clients)} == set(keys)

    def test_may_be_none_at_all(self) -> None:
        assert list(operations_across({})) == []

    def test_may_have_empty_pages(self) -> None:
        clients = {"a": OperationsClient(Paged(raw_pages(0, 0, 1, 0)))}
        assert len(list(operations_across(clients))) == 1

    def test_may_be_the_same_client(self) -> None:
        client = OperationsClient(Paged(raw_pages(2, 1)))
        ids = ids_by_source(operations_across({"a": client, "b": client}))
        assert ids == {"a": ["id-1", "id-2", "id-3"], "b": ["id-1", "id-2", "id-3"]}

    def test_are_read_over_the_wire(self, session: Any, wire: Wire) -> None:
        def script(asked: Asked) -> Answer:
            number = int(asked.arguments.get("pageToken", "0"))
            following = str(number + 1) if number < 2 else None
            return page(raw_operations(number * 3 + 1, number * 3 + 3), following)

        wire.play(script)
        clients = regional_clients(session, endpoint_url=wire.endpoint_url)
        ids = ids_by_source(operations_across(clients, max_workers=8))
        assert ids == {region: [f"id-{n}" for n in range(1, 10)] for region in clients}
        assert wire.most_at_once <= 8

    def test_are_read_at_the_same_time(self) -> None:
        """Nobody would get through this barrier alone."""
        barrier = threading.Barrier(5)

        class Meeting:
            def get_operations(self, **_: Any) -> Any:
                barrier.wait(10)
                return {"operations": [raw_operation()]}

        clients = {key: OperationsClient(Meeting()) for key in range(5)}
        assert len(list(operations_across(clients))) == 5

    def test_are_yielded_as_they_come(self) -> None:
        slow = Gate()
        clients = {
            "slow": OperationsClient(slow),
            "fast": OperationsClient(Paged(raw_pages(2, 2, 2))),
        }
        found = operations_across(clients)
        assert [key for key, _ in islice(found, 6)] == ["fast"] * 6
        slow.open.set()
        assert [key for key, _ in found] == ["slow"] * 6


class TestRequests:
    def test_are_not_made_before_the_first_next(self) -> None:
        fake = Paged(raw_pages(1))
        found = operations_across({"a": OperationsClient(fake)})
        assert fake.tokens == []
        assert threads_of_ours() == []
        assert len(list(found)) == 1

    @pytest.mark.parametrize("max_workers", [1, 2, 5])
    def test_are_at_most_so_many_at_once(self, max_workers: int) -> None:
        counting = Counting()
        clients = {key: counting.client(key) for key in range(12)}
        found = ids_by_source(operations_across(clients, max_workers=max_workers))
        assert found == {key: ["id-1", "id-2", "id-3"] for key in range(12)}
        assert counting.most <= max_workers

    def test_use_the_workers_that_there_are(self) -> None:
        gates = {key: Gate(1) for key in range(6)}
        clients = {key: OperationsClient(gate) for key, gate in gates.items()}
        found = operations_across(clients, max_workers=4)
        reader = threading.Thread(target=lambda: list(found))
        reader.start()
        until(lambda: sum(gate.asked for gate in gates.values()) == 4)
        for gate in gates.values():
            gate.open.set()
        reader.join(10)
        assert sum(gate.asked for gate in gates.values()) == 6

    @pytest.mark.parametrize("max_workers", [0, -1])
    def test_need_a_worker(self, max_workers: int) -> None:
        with pytest.raises(ValueError, match="max_workers must be 1 or more"):
            operations_across({}, max_workers=max_workers)

    @pytest.mark.parametrize("read", [1, 2, 5, 9])
    def test_are_held_back_by_a_slow_reader(self, read: int) -> None:
        counting = Counting()
        clients = {key: counting.client(key, pages=50) for key in range(3)}
        with closing(operations_across(clients)) as found:
            of_source = dict.fromkeys(clients, 0)
            for key, _ in islice(found, read):
                of_source[key] += 1
            time.sleep(0.05)  # time enough to run ahead
            ahead = {key: counting.asked[key] - of_source[key] for key in clients}
        assert max(ahead.values()) <= 2

    def test_are_held_back_in_all_by_the_number_of_workers(self) -> None:
        counting = Counting()
        clients = {key: counting.client(key, pages=50) for key in range(20)}
        with closing(operations_across(clients, max_workers=4)) as found:
            next(found)
            time.sleep(0.05)
            assert sum(counting.asked.values()) <= 1 + 4


class TestClosingEarly:
    def test_leaves_no_thread(self) -> None:
        counting = Counting()
        clients = {key: counting.client(key, pages=50) for key in range(5)}
        found = operations_across(clients)
        next(found)
        assert threads_of_ours() != []
        found.close()  # type: ignore[attr-defined]
        assert threads_of_ours() == []

    def test_sends_no_further_request(self) -> None:
        counting = Counting()
        clients = {key: counting.client(key, pages=50) for key in range(20)}
        with closing(operations_across(clients, max_workers=2)) as found:
            next(found)
        asked = dict(counting.asked)
        time.sleep(0.02)
        assert counting.asked == asked
        assert sum(asked.values()) <= 3

    def test_happens_when_the_reader_forgets_it(self) -> None:
        counting = Counting()
        for _ in operations_across({key: counting.client(key, 50) for key in range(5)}):
            break
        until(lambda: threads_of_ours() == [])

    def test_happens_when_the_reader_fails(self) -> None:
        counting = Counting()
        found = operations_across({key: counting.client(key, 50) for key in range(5)})
        with pytest.raises(ZeroDivisionError), closing(found):
            len(next(found)) / 0
        assert threads_of_ours() == []

    def test_before_the_beginning_asks_for_nothing(self) -> None:
        fake = Paged(raw_pages(1))
        operations_across({"a": OperationsClient(fake)}).close()  # type: ignore[attr-defined]
        assert fake.tokens == []


class TestASourceThatFails:
    PAGES = raw_pages(2, 2, 2)

    def clients(self) -> dict[str, OperationsClient]:
        return {
            "good": OperationsClient(Paged(self.PAGES)),
            "denied": OperationsClient(Paged({None: client_error("AccessDeniedException")})),
            "later": OperationsClient(Paged({**self.PAGES, "t2": client_error()})),
        }

    def read(self) -> tuple[dict[Any, list[str]], FleetError]:
        found: list[Any] = []
        with pytest.raises(FleetError) as caught:
            found.extend(operations_across(self.clients()))
        return ids_by_source(found), caught.value

    def test_takes_nothing_from_the_others(self) -> None:
        ids, _ = self.read()
        assert ids == {
            "good": [f"id-{number}" for number in range(1, 7)],
            "later": [f"id-{number}" for number in range(1, 5)],
        }

    def test_is_named_at_the_end(self) -> None:
        _, error = self.read()
        assert {key: type(one) for key, one in error.by_source.items()} == {
            "denied": AccessDeniedError,
            "later": ThrottlingError,
        }
        assert str(error).startswith("2 of 3 sources failed: ")
        assert "denied (AccessDeniedError)" in str(error)
        assert "later (ThrottlingError)" in str(error)

    def test_can_be_carried_on_with(self) -> None:
        _, error = self.read()
        assert error.by_source["later"].page_token == "t2"
        client = OperationsClient(Paged(self.PAGES))
        rest = client.operations(page_token=error.by_source["later"].page_token)
        assert [operation.id for operation in rest] == ["id-5", "id-6"]

    def test_can_be_caught_by_its_class(self) -> None:
        parts: list[Any] = []
        try:
            list(operations_across(self.clients()))
        except* AccessDeniedError as denied:
            parts.append(denied)
        except* ThrottlingError as throttled:
            parts.append(throttled)
        assert [list(part.by_source) for part in parts] == [["denied"], ["later"]]

    def test_is_one_error_for_each_source_though_all_fail(self) -> None:
        clients = {
            key: OperationsClient(Paged({None: client_error("NotFoundException")}))
            for key in range(30)
        }
        with pytest.raises(FleetError) as caught:
            list(operations_across(clients, max_workers=3))
        assert set(caught.value.by_source) == set(range(30))

    def test_is_not_told_of_to_a_reader_who_has_left(self) -> None:
        with closing(operations_across(self.clients())) as found:
            next(found)

    def test_may_have_gone_in_a_circle(self) -> None:
        circle = {None: {"nextPageToken": "a"}, "a": {"nextPageToken": "a"}}
        with pytest.raises(FleetError, match=r"a \(PaginationError\)"):
            list(operations_across({"a": OperationsClient(Paged(circle))}))


def test_what_stops_a_program_is_let_through() -> None:
    class Stopping:
        def get_operations(self, **_: Any) -> Any:
            raise SystemExit(3)

    with pytest.raises(SystemExit):
        list(operations_across({"a": OperationsClient(Stopping())}))


class TestRegionalClients:
    def test_are_for_every_region_that_botocore_lists(self, session: boto3.session.Session) -> None:
        clients = regional_clients(session)
        assert list(clients) == session.get_available_regions("lightsail")
        assert all(isinstance(region, RegionName) for region in clients)
        assert len(clients) > 10
        assert RegionName.GLOBAL not in clients

    def test_are_for_the_regions_that_are_named(self, session: Any) -> None:
        clients = regional_clients(session, ["eu-west-2", RegionName.US_WEST_2, "xx-new-9"])
        assert list(clients) == ["eu-west-2", "us-west-2", "xx-new-9"]
        assert {type(region) for region in clients} == {RegionName}

    def test_call_their_regions(self, session: Any, wire: Wire) -> None:
        wire.play(lambda _: page())
        clients = regional_clients(
            session,
            (name for name in ["eu-west-2", "us-east-1"]),
            endpoint_url=wire.endpoint_url,
            config=ASK_ONCE.merge(Config(user_agent_extra="mine/1")),
        )
        for client in clients.values():
            client.get_operations()
        for region, asked in zip(clients, wire.asked, strict=True):
            assert f"/{region}/lightsail/" in asked.headers["Authorization"]
            assert "mine/1" in asked.headers["User-Agent"]

    def test_need_no_session(self) -> None:
        assert list(regional_clients(regions=["us-west-2"])) == ["us-west-2"]

    def test_are_not_for_a_text_letter_by_letter(self) -> None:
        with pytest.raises(TypeError, match=r"\['us-west-2'\]"):
            regional_clients(regions="us-west-2")

    def test_may_be_none(self, session: Any) -> None:
        assert regional_clients(session, []) == {}

    def test_of_a_malformed_region_are_a_credentials_error(self, session: Any) -> None:
        with pytest.raises(CredentialsError):
            regional_clients(session, ["no region"])

    def test_of_a_missing_profile_are_a_credentials_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "work")
        with pytest.raises(LightsailError, match="work"):
            regional_clients()
