"""The door: any client that answers like boto3's, or one that is built for you."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from unittest.mock import MagicMock, Mock

import boto3.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from fakes import Paged, raw_operation, raw_operations, raw_pages
from wire import Answer, Asked, Wire, failure, one, page

import lightsail_ops
from lightsail_ops import (
    LightsailError,
    NotFoundError,
    OperationsClient,
    RegionName,
    ThrottlingError,
)


class TestGetOperations:
    def test_makes_exactly_one_request(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page(raw_operations(1, 2), "t1")])
        answer = client.get_operations()
        assert [operation.id for operation in answer] == ["id-1", "id-2"]
        assert answer.next_page_token == "t1"
        assert len(wire.asked) == 1

    def test_sends_no_token_for_the_first_page(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page(), page()])
        client.get_operations(None)
        client.get_operations(page_token="t1")
        assert [asked.arguments for asked in wire.asked] == [{}, {"pageToken": "t1"}]


class TestGetOperation:
    def test_makes_exactly_one_request(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([one(raw_operation())])
        assert client.get_operation("id-1").resource_name == "web-1"
        [asked] = wire.asked
        assert (asked.action, asked.arguments) == ("GetOperation", {"operationId": "id-1"})

    def test_of_what_does_not_exist_is_a_not_found_error(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([failure("NotFoundException", message="No such operation.")])
        with pytest.raises(NotFoundError, match="No such operation") as caught:
            client.get_operation("id-1")
        assert caught.value.operation_name == "GetOperation"
        assert caught.value.page_token is None

    def test_names_a_value_of_a_wrong_type(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([one(raw_operation(id=5))])
        with pytest.raises(LightsailError, match=r"^operation\.id: expected text, got 5 \(int\)"):
            client.get_operation("id-1")


class TestAClientMayBe:
    def test_botocores_stubber(self, session: boto3.session.Session) -> None:
        boto3_client = session.client("lightsail")
        moment = datetime(2026, 11, 1, tzinfo=UTC)
        answer = {"operations": [raw_operation(createdAt=moment)], "nextPageToken": "t1"}
        with Stubber(boto3_client) as stubber:
            stubber.add_response("get_operations", answer, {})
            stubber.add_response("get_operations", {}, {"pageToken": "t1"})
            stubber.add_response("get_operation", {"operation": raw_operation()})
            stubber.add_client_error("get_operations", "ThrottlingException", "Slow.", 400)
            client = OperationsClient(boto3_client)
            [operation] = client.operations()
            assert operation.created_at == moment
            assert client.get_operation("id-1").id == "id-1"
            with pytest.raises(ThrottlingError, match=r"Slow\."):
                client.get_operations()
            stubber.assert_no_pending_responses()
            with pytest.raises(LightsailError, match="no additional calls expected"):
                client.get_operations()
        boto3_client.close()

    @pytest.mark.parametrize("mock", [Mock, MagicMock])
    def test_a_mock(self, mock: Any) -> None:
        fake = mock()
        fake.get_operations.return_value = {"operations": raw_operations(1, 2)}
        assert len(list(OperationsClient(fake).operations())) == 2
        fake.get_operations.assert_called_once_with()

    def test_written_by_hand(self) -> None:
        client = OperationsClient(Paged(raw_pages(2, 1)))
        assert len(list(client.operations())) == 3
        assert client.get_operations().request_id is None

    def test_written_by_hand_with_metadata(self) -> None:
        answer = {"operations": [], "ResponseMetadata": {"RequestId": "r"}}
        assert OperationsClient(Paged({None: answer})).get_operations().request_id == "r"

    def test_wrapped_by_someone(self, wire: Wire, boto3_client: Any) -> None:
        class Wrapper:
            def __getattr__(self, name: str) -> Any:
                return getattr(boto3_client, name)

        wire.play([Answer(b""), page(raw_operations(1, 2))])
        wrapper: Any = Wrapper()
        assert len(OperationsClient(wrapper).get_operations()) == 2


class TestOneClient:
    def test_serves_many_threads(self, session: Any, wire: Wire) -> None:
        def script(asked: Asked) -> Answer:
            number = int(asked.arguments.get("pageToken", "0"))
            following = str(number + 1) if number < 4 else None
            return page(raw_operations(number * 3 + 1, number * 3 + 3), following)

        wire.play(script)
        client = OperationsClient.from_session(session, endpoint_url=wire.endpoint_url)
        operations = client.operations()
        start = threading.Barrier(8)

        def read(_: int) -> list[str]:
            start.wait()
            return [operation.id for operation in operations]

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(read, range(8)))
        assert results == [[f"id-{number}" for number in range(1, 16)]] * 8

    def test_keeps_the_errors_of_its_threads_apart(self, wire: Wire, boto3_client: Any) -> None:
        wire.play(lambda asked: failure("NotFoundException", message=asked.arguments["pageToken"]))
        client = OperationsClient(boto3_client)

        def read(number: int) -> tuple[str | None, str]:
            with pytest.raises(NotFoundError) as caught:
                client.get_operations(str(number))
            return caught.value.page_token, caught.value.message

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(read, range(80)))
        assert results == [(str(number), str(number)) for number in range(80)]


class TestFromSession:
    def read(self, wire: Wire, **options: Any) -> Asked:
        wire.play([page()])
        client = OperationsClient.from_session(endpoint_url=wire.endpoint_url, **options)
        client.get_operations()
        [asked] = wire.asked
        return asked

    def test_uses_the_session(self, session: boto3.session.Session, wire: Wire) -> None:
        asked = self.read(wire, session=session)
        assert "/us-west-2/lightsail/" in asked.headers["Authorization"]

    def test_prefers_the_region_that_is_named(self, session: Any, wire: Wire) -> None:
        asked = self.read(wire, session=session, region_name="eu-west-3")
        assert "/eu-west-3/lightsail/" in asked.headers["Authorization"]

    def test_takes_a_region_from_the_vocabulary(self, wire: Wire) -> None:
        asked = self.read(wire, region_name=RegionName.EU_WEST_3)
        assert "/eu-west-3/lightsail/" in asked.headers["Authorization"]

    def test_takes_the_machines_configuration(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
        assert "/eu-west-2/lightsail/" in self.read(wire).headers["Authorization"]

    def test_tells_aws_who_asks(self, session: Any, wire: Wire) -> None:
        agent = self.read(wire, session=session).headers["User-Agent"]
        assert f"lightsail-ops/{lightsail_ops.__version__}" in agent.split()

    def test_keeps_the_callers_user_agent(self, session: Any, wire: Wire) -> None:
        config = Config(user_agent_extra="my-app/1")
        agents = self.read(wire, session=session, config=config).headers["User-Agent"].split()
        assert {f"lightsail-ops/{lightsail_ops.__version__}", "my-app/1"} <= set(agents)

    @pytest.mark.parametrize(
        ("retries", "mode", "attempts"),
        [
            (None, "standard", 3),
            ({"max_attempts": 5}, "standard", 6),
            ({"total_max_attempts": 2}, "standard", 2),
            ({"mode": "adaptive"}, "adaptive", 3),
            ({"mode": "legacy"}, "legacy", 5),
        ],
    )
    def test_retries_as_the_standard_mode_does_unless_told_otherwise(
        self, session: Any, wire: Wire, retries: Any, mode: str, attempts: int
    ) -> None:
        wire.play(lambda _: Answer(b"{}", 500))
        config = None if retries is None else Config(retries=retries)
        client = OperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=config
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("time.sleep", lambda _: None)
            with pytest.raises(ClientError):
                client.get_operations()
        assert len(wire.asked) == attempts
        used: Any = client._client
        assert used.meta.config.retries["mode"] == mode

    def test_does_not_change_the_callers_config(self, session: Any, wire: Wire) -> None:
        config = Config(retries={"max_attempts": 5}, user_agent_extra="mine/1", read_timeout=7)
        self.read(wire, session=session, config=config)
        assert vars(config)["retries"] == {"max_attempts": 5}
        assert vars(config)["user_agent_extra"] == "mine/1"
        assert vars(config)["read_timeout"] == 7

    def test_keeps_the_rest_of_the_callers_config(self, session: Any, wire: Wire) -> None:
        config = Config(read_timeout=7, connect_timeout=3)
        client = OperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=config
        )
        used: Any = client._client
        assert used.meta.config.read_timeout == 7
        assert used.meta.config.connect_timeout == 3
