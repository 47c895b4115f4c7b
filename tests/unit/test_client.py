"""The synchronous client: what it wraps, what it sends, and what it refuses."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, Mock, create_autospec

import boto3.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from support.fakes import Paged, Scripted, raw_operation, raw_operations, raw_pages
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, one, page

import lightsail_ops
from lightsail_ops import (
    Fleet,
    LightsailError,
    NotFoundError,
    Operation,
    OperationsClient,
    RegionName,
    ResponseError,
    ThrottlingError,
)


class TestGetOperations:
    def test_sends_exactly_one_request(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page(raw_operations(1, 2), "t1")])
        received = client.get_operations()
        assert [operation.id for operation in received] == ["id-1", "id-2"]
        assert received.next_page_token == "t1"
        assert received.request_id == "request-1"
        assert len(wire.received) == 1

    def test_sends_no_token_for_the_first_page(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page(), page()])
        client.get_operations(None)
        client.get_operations(page_token="t1")
        assert [request.arguments for request in wire.received] == [{}, {"pageToken": "t1"}]


class TestGetOperation:
    def test_sends_exactly_one_request(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([one(raw_operation())])
        assert client.get_operation("id-1").resource_name == "web-1"
        [request] = wire.received
        assert (request.action, request.arguments) == ("GetOperation", {"operationId": "id-1"})

    def test_raises_not_found_error_for_an_unknown_id(
        self, wire: Wire, client: OperationsClient
    ) -> None:
        wire.play([error_response("NotFoundException", message="No such operation.")])
        with pytest.raises(NotFoundError, match="No such operation") as caught:
            client.get_operation("id-1")
        assert caught.value.operation_name == "GetOperation"
        assert caught.value.page_token is None

    def test_names_a_value_of_the_wrong_type(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([one(raw_operation(id=5))])
        with pytest.raises(
            ResponseError, match=r"^operation\.id: expected a string, got 5 \(int\)"
        ) as caught:
            client.get_operation("id-1")
        assert not caught.value.is_transient

    def test_retries_a_response_without_an_operation(self, no_backoff: None) -> None:
        fake = Scripted([{}, {"operation": None}, {"operation": raw_operation()}])
        assert OperationsClient(fake).get_operation("id-1").id == "id-1"
        assert len(fake.calls) == 3

    def test_logs_that_a_malformed_response_is_fetched_again(
        self, no_backoff: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        fake = Scripted([{}, {}, {"operations": raw_operations(1, 1)}])
        with caplog.at_level(logging.INFO, logger="lightsail_ops"):
            OperationsClient(fake).get_operations("a-token-of-the-account")
        assert [(record.name, record.levelname) for record in caplog.records] == [
            ("lightsail_ops", "INFO")
        ] * 2
        assert "get_operations" in caplog.text
        assert "a-token" not in caplog.text


class TestAWrongArgument:
    CALLS: tuple[tuple[Callable[[OperationsClient], object], type[Exception], str], ...] = (
        (lambda client: client.get_operations(5), TypeError, "page_token must be a str or None"),  # type: ignore[arg-type]
        (lambda client: client.operations(b"t"), TypeError, "page_token must be a str or None"),  # type: ignore[arg-type]
        (lambda client: client.get_operation(5), TypeError, "operation_id must be a str, not int"),  # type: ignore[arg-type]
        (lambda client: client.get_operation(""), ValueError, "operation_id must not be empty"),
        (
            lambda client: client.operations_for_resource(None),  # type: ignore[arg-type]
            TypeError,
            "resource_name must be a str, not NoneType",
        ),
        (
            lambda client: client.operations_for_resource(""),
            ValueError,
            "resource_name must not be empty",
        ),
        (
            lambda client: client.operations_for_resource("web", ["t"]),  # type: ignore[arg-type]
            TypeError,
            "page_token must be a str or None, not list",
        ),
        (lambda client: client.wait(5), TypeError, "operation_or_id must be a str, not int"),  # type: ignore[arg-type]
        (lambda client: client.wait(""), ValueError, "operation_or_id must not be empty"),
        (
            lambda client: client.watch(since="24h"),  # type: ignore[arg-type]
            TypeError,
            "since must be a datetime or None, not str",
        ),
    )

    @pytest.mark.parametrize(("call", "error", "message"), CALLS)
    def test_is_rejected_before_any_request(
        self, call: Callable[[OperationsClient], object], error: type[Exception], message: str
    ) -> None:
        fake = Scripted([])
        with pytest.raises(error, match=message):
            call(OperationsClient(fake))
        assert fake.calls == []


class TestAClientMayBe:
    def test_botocores_stubber(self, session: boto3.session.Session) -> None:
        boto3_client: Any = session.client("lightsail")
        created_at = datetime(2026, 11, 1, tzinfo=UTC)
        response = {"operations": [raw_operation(createdAt=created_at)], "nextPageToken": "t1"}
        with Stubber(boto3_client) as stubber:
            stubber.add_response("get_operations", response, {})
            stubber.add_response("get_operations", {"operations": []}, {"pageToken": "t1"})
            stubber.add_response("get_operation", {"operation": raw_operation()})
            stubber.add_client_error("get_operations", "ThrottlingException", "Slow.", 400)
            client = OperationsClient(boto3_client)
            [operation] = client.operations()
            assert operation.created_at == created_at
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

    def test_a_mock_with_the_spec_of_boto3s(self, boto3_client: Any) -> None:
        fake = create_autospec(boto3_client)
        fake.get_operations.return_value = {"operations": [raw_operation(1)]}
        fake.get_operation.return_value = {"operation": raw_operation(1)}
        client = OperationsClient(fake)
        assert repr(client) == f"<OperationsClient client={type(fake).__name__}>"
        assert client.wait("id-1", timeout=5).id == "id-1"
        assert [each.id for _, each in Fleet({"a": client}).operations()] == ["id-1"]

    def test_written_by_hand(self) -> None:
        client = OperationsClient(Paged(raw_pages(2, 1)))
        assert len(list(client.operations())) == 3
        assert client.get_operations().request_id is None

    def test_written_by_hand_with_metadata(self) -> None:
        response = {"operations": [], "ResponseMetadata": {"RequestId": "r"}}
        assert OperationsClient(Paged({None: response})).get_operations().request_id == "r"

    def test_a_wrapper_around_boto3s(self, wire: Wire, boto3_client: Any) -> None:
        class Wrapper:
            def __getattr__(self, name: str) -> Any:
                return getattr(boto3_client, name)

        wire.play([CannedResponse(b""), page(raw_operations(1, 2))])
        wrapper: Any = Wrapper()
        assert len(OperationsClient(wrapper).get_operations()) == 2

    @pytest.mark.parametrize("nothing", [None, 5, "lightsail", object(), boto3.session])
    def test_nothing_without_the_method(self, nothing: Any) -> None:
        with pytest.raises(TypeError, match=r"has no method get_operations: pass a Lightsail"):
            OperationsClient(nothing)

    def test_no_client_of_another_service(self, session: boto3.session.Session) -> None:
        client: Any = session.client("s3")
        with pytest.raises(TypeError, match=r"^S3 has no method get_operations"):
            OperationsClient(client)
        client.close()


class GetsPagesOnly:
    """A fake that has the only method that the Protocol requires."""

    def get_operations(self, **_: Any) -> dict[str, Any]:
        return {"operations": []}


class TestAMistakeInAFake:
    @pytest.mark.parametrize(
        ("method", "call"),
        [
            ("get_operation", lambda client: client.get_operation("id-1")),
            ("get_operation", lambda client: client.wait("id-1")),
            ("get_operation", lambda client: client.wait_all(["id-1"])),
            (
                "get_operations_for_resource",
                lambda client: list(client.operations_for_resource("web-1")),
            ),
        ],
    )
    def test_is_a_type_error_that_names_the_missing_method(
        self, method: str, call: Callable[[OperationsClient], object]
    ) -> None:
        with pytest.raises(TypeError, match=rf"GetsPagesOnly has no method {method}\b"):
            call(OperationsClient(GetsPagesOnly()))

    def test_in_its_arguments_passes_untouched(self) -> None:
        class TakesNothing:
            def get_operations(self) -> dict[str, Any]:
                return {"operations": [], "nextPageToken": "t1"}

        with pytest.raises(TypeError, match="unexpected keyword argument 'pageToken'"):
            list(OperationsClient(TakesNothing()).operations())

    @pytest.mark.parametrize("returned", [None, 5, "operations", [], [raw_operation()]])
    def test_in_what_it_returns_is_a_type_error(self, returned: object) -> None:
        fake = Scripted([returned] * 3)
        name = type(returned).__name__
        with pytest.raises(TypeError, match=rf"get_operations returned {name}, not a mapping"):
            OperationsClient(fake).get_operations()
        assert len(fake.calls) == 1

    def test_of_a_coroutine_function_is_a_type_error_without_a_warning(
        self, recwarn: pytest.WarningsRecorder
    ) -> None:
        class Fake:
            async def get_operations(self, **_: object) -> dict[str, object]:
                return {}

        client: Any = Fake()
        with pytest.raises(TypeError, match="get_operations returned coroutine, not a mapping"):
            OperationsClient(client).get_operations()
        gc.collect()
        assert not recwarn.list

    @pytest.mark.parametrize(
        "raised", [KeyError("operations"), AttributeError("x"), ZeroDivisionError(), OSError(28)]
    )
    def test_passes_untouched_and_at_once(self, raised: Exception) -> None:
        calls: list[Callable[[OperationsClient], object]] = [
            lambda client: client.get_operations(),
            lambda client: list(client.operations()),
            lambda client: client.wait("id-1"),
            lambda client: client.wait_all(["id-1"]),
            lambda client: next(client.watch()),
        ]
        for call in calls:
            fake = Scripted([raised, raised])
            with pytest.raises(type(raised)) as caught:
                call(OperationsClient(fake))
            assert caught.value is raised
            assert len(fake.calls) == 1

    def test_of_too_few_responses_ends_no_loop_silently(self) -> None:
        """A mock that has no response left raises StopIteration, which would end a `for`."""
        mock = Mock()
        mock.get_operations.side_effect = [{"operations": raw_operations(1, 1)}]
        read: list[Operation] = []
        with pytest.raises(RuntimeError, match="StopIteration"):
            read.extend(OperationsClient(mock).watch(poll_interval=0.001))
        assert [operation.id for operation in read] == ["id-1"]
        with pytest.raises(RuntimeError, match="StopIteration"):
            list(OperationsClient(mock).operations())
        with pytest.raises(RuntimeError, match="StopIteration"):
            next(iter([OperationsClient(mock).get_operations()]))


class TestOneClient:
    def test_serves_many_threads(self, session: Any, wire: Wire) -> None:
        def script(request: ReceivedRequest) -> CannedResponse:
            number = int(request.arguments.get("pageToken", "0"))
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
        wire.play(
            lambda request: error_response(
                "NotFoundException", message=request.arguments["pageToken"]
            )
        )
        client = OperationsClient(boto3_client)

        def read(number: int) -> tuple[str | None, str]:
            with pytest.raises(NotFoundError) as caught:
                client.get_operations(str(number))
            return caught.value.page_token, caught.value.message

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(read, range(80)))
        assert results == [(str(number), str(number)) for number in range(80)]


def test_the_wrapped_client_can_be_read_and_not_set(boto3_client: Any) -> None:
    client: Any = OperationsClient(boto3_client)
    with pytest.raises(AttributeError):
        client.client = object()
    assert client.client is boto3_client


class TestItsRepr:
    def test_names_the_region_and_the_endpoint(self, wire: Wire, client: OperationsClient) -> None:
        expected = f"<OperationsClient region='us-west-2' endpoint='{wire.endpoint_url}'>"
        assert repr(client) == expected

    def test_names_the_region_that_a_member_of_region_name_stands_for(self, session: Any) -> None:
        client = OperationsClient.from_session(session, region_name=RegionName.EU_WEST_3)
        assert repr(client).startswith("<OperationsClient region='eu-west-3' endpoint=")

    def test_holds_no_password(self, session: boto3.session.Session) -> None:
        client = OperationsClient.from_session(
            session, endpoint_url="http://me:secret@127.0.0.1:5005"
        )
        assert "secret" not in repr(client)
        assert "127.0.0.1:5005" in repr(client)

    def test_names_the_class_of_a_fake(self) -> None:
        assert repr(OperationsClient(Scripted([]))) == "<OperationsClient client=Scripted>"


class TestFromSession:
    def send(self, wire: Wire, **options: Any) -> ReceivedRequest:
        wire.play([page()])
        client = OperationsClient.from_session(endpoint_url=wire.endpoint_url, **options)
        client.get_operations()
        [request] = wire.received
        return request

    def test_uses_the_session(self, session: boto3.session.Session, wire: Wire) -> None:
        request = self.send(wire, session=session)
        assert "/us-west-2/lightsail/" in request.headers["Authorization"]

    def test_uses_a_session_of_botocore(self, session: boto3.session.Session, wire: Wire) -> None:
        request = self.send(wire, session=session._session, region_name="eu-west-3")
        assert "/eu-west-3/lightsail/" in request.headers["Authorization"]

    def test_prefers_the_region_that_is_named(self, session: Any, wire: Wire) -> None:
        request = self.send(wire, session=session, region_name="eu-west-3")
        assert "/eu-west-3/lightsail/" in request.headers["Authorization"]

    def test_takes_a_member_of_region_name(self, wire: Wire) -> None:
        request = self.send(wire, region_name=RegionName.EU_WEST_3)
        assert "/eu-west-3/lightsail/" in request.headers["Authorization"]

    def test_takes_the_machines_configuration(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
        assert "/eu-west-2/lightsail/" in self.send(wire).headers["Authorization"]

    def test_names_the_library_in_the_user_agent(self, session: Any, wire: Wire) -> None:
        agent = self.send(wire, session=session).headers["User-Agent"]
        assert f"lightsail-ops/{lightsail_ops.__version__}" in agent.split()

    def test_keeps_the_callers_user_agent(self, session: Any, wire: Wire) -> None:
        config = Config(user_agent_extra="my-app/1")
        agents = self.send(wire, session=session, config=config).headers["User-Agent"].split()
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
    def test_retries_in_the_standard_mode_by_default(
        self, session: Any, wire: Wire, retries: Any, mode: str, attempts: int
    ) -> None:
        wire.play(lambda _: CannedResponse(b"{}", 500))
        config = None if retries is None else Config(retries=retries)
        client = OperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=config
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
            with pytest.raises(ClientError):
                client.get_operations()
        assert len(wire.received) == attempts
        assert self.config_of(client).retries["mode"] == mode

    def test_does_not_change_the_callers_config(self, session: Any, wire: Wire) -> None:
        config = Config(retries={"max_attempts": 5}, user_agent_extra="mine/1", read_timeout=7)
        self.send(wire, session=session, config=config)
        assert vars(config)["retries"] == {"max_attempts": 5}
        assert vars(config)["user_agent_extra"] == "mine/1"
        assert vars(config)["read_timeout"] == 7

    def test_keeps_the_rest_of_the_callers_config(self, session: Any, wire: Wire) -> None:
        config = Config(read_timeout=7, connect_timeout=3)
        client = OperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=config
        )
        used = self.config_of(client)
        assert (used.read_timeout, used.connect_timeout) == (7, 3)

    def config_of(self, client: OperationsClient) -> Any:
        boto3_client: Any = client._sender._client
        return boto3_client.meta.config

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"session": 5}, TypeError, "session must be a boto3 session, not int"),
            ({"config": {"retries": 5}}, TypeError, "config must be a botocore Config, not dict"),
            ({"region_name": 5}, TypeError, "region_name must be a str, not int"),
            ({"region_name": ""}, ValueError, "region_name must not be empty"),
            ({"endpoint_url": 5}, TypeError, "endpoint_url must be a str, not int"),
            ({"endpoint_url": "127.0.0.1:5005"}, ValueError, "endpoint_url must have a scheme"),
            ({"endpoint_url": "http://"}, ValueError, "endpoint_url must have a scheme, a host"),
        ],
    )
    def test_rejects_a_wrong_argument(
        self, session: Any, options: Any, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            OperationsClient.from_session(**{"session": session, **options})


def test_a_warning_of_wait_all_names_the_region(
    client: OperationsClient,
    wire: Wire,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lightsail_ops._core.waiting._FIRST_DELAY", 0.001)
    wire.play([error_response("ServiceException", 500), one(raw_operation())])
    client.wait_all(["id-1"])
    assert "in us-west-2" in caplog.text
