"""The server, and what goes over the wire."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest

from lightsail_ops import OperationsClient, ResourceLocation
from lightsail_ops.testing import LightsailServer
from lightsail_ops.testing.__main__ import main


def ask(server: LightsailServer, action: str, body: bytes = b"{}") -> tuple[int, Any, Any]:
    """Send what any SDK sends, without one."""
    headers = {
        "X-Amz-Target": f"Lightsail_20161128.{action}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": "AWS4-HMAC-SHA256 "
        "Credential=testing/20260101/us-west-2/lightsail/aws4_request, SignedHeaders=host, "
        "Signature=0",
    }
    request = Request(server.endpoint_url, body, headers)
    try:
        answer = urlopen(request)
    except HTTPError as error:
        answer = error
    with answer as response:
        return response.status, response.headers, json.loads(response.read())


@pytest.fixture(autouse=True)
def _one_operation(server: LightsailServer) -> None:
    from lightsail_ops.testing._registry import forget

    forget()
    server.lightsail.add_operation(
        id="an-id",
        created_at=datetime(2026, 1, 1, 0, 0, 0, 125_000, tzinfo=UTC),
        location=ResourceLocation(availability_zone="all", region_name=None),
        region_name="us-west-2",
    )


def test_boto3_reads_over_a_socket(server: LightsailServer, raw_client: Any) -> None:
    added = server.lightsail.add_operations(450, region_name="us-west-2")
    assert list(OperationsClient(raw_client).operations())[1:] == added


def test_an_answer_is_aws_json_1_1(server: LightsailServer) -> None:
    status, headers, body = ask(server, "GetOperations")
    assert status == 200
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-RequestId"]
    (operation,) = body["operations"]
    assert operation["createdAt"] == 1767225600.125
    assert operation["location"] == {"availabilityZone": "all"}
    assert "nextPageToken" not in body
    assert {"operationDetails", "errorCode", "errorDetails"}.isdisjoint(operation)


@pytest.mark.parametrize("body", [b"{}", b'{"operationId": null}'])
def test_a_missing_parameter_is_an_invalid_input(server: LightsailServer, body: bytes) -> None:
    status, headers, body = ask(server, "GetOperation", body)
    assert status == 400
    assert headers["x-amzn-RequestId"]
    assert body["__type"] == "InvalidInputException"
    assert body["message"] == "operationId is missing."
    assert set(body) == {"__type", "code", "docs", "message", "tip"}


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("GetOperations", b"{"),
        ("GetOperations", b"[]"),
        ("GetOperations", b'{"pageToken": 5}'),
        ("GetOperation", b'{"operationId": ["an-id"]}'),
        ("GetOperationsForResource", b'{"resourceName": {}}'),
    ],
)
def test_what_is_no_such_request_is_refused_quietly(
    server: LightsailServer, capfd: pytest.CaptureFixture[str], action: str, body: bytes
) -> None:
    status, headers, answer = ask(server, action, body)
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert headers["x-amzn-RequestId"]
    assert capfd.readouterr() == ("", "")


def test_an_action_that_is_not_there_is_refused_quietly(
    server: LightsailServer, capfd: pytest.CaptureFixture[str]
) -> None:
    status, headers, answer = ask(server, "GetInstances")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-RequestId"]
    assert capfd.readouterr() == ("", "")


def test_other_services_of_moto_answer_beside_it(server: LightsailServer) -> None:
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=server.endpoint_url)
    s3.create_bucket(Bucket="assets")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["assets"]
    s3.close()


def test_a_server_starts_empty_and_says_where_it_is() -> None:
    with LightsailServer() as server:
        assert server.endpoint_url.startswith("http://127.0.0.1:")
        assert ask(server, "GetOperations")[2] == {"operations": []}


def test_a_server_that_is_stopped_leaves_nothing_behind() -> None:
    before = set(threading.enumerate())
    with LightsailServer() as server:
        ask(server, "GetOperations")
        started = set(threading.enumerate()) - before
    for thread in started:
        thread.join(5)
    assert started
    assert not [thread for thread in started if thread.is_alive()]
    host, port = server.endpoint_url.removeprefix("http://").split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
            LightsailServer(port=port).start()


def test_a_port_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="port must be from 0 to 65535, not 99999"):
        LightsailServer(port=99999)


def test_a_server_that_runs_cannot_be_started(server: LightsailServer) -> None:
    with pytest.raises(RuntimeError, match=f"runs already, at {server.endpoint_url}"):
        server.start()


def test_a_server_that_does_not_run_may_be_stopped(server: LightsailServer) -> None:
    LightsailServer().stop()
    assert len(ask(server, "GetOperations")[2]["operations"]) == 1  # the other one's is still there


def test_one_server_can_be_started_again() -> None:
    again = LightsailServer()
    for _ in range(2):
        with again:
            assert ask(again, "GetOperations")[0] == 200


def test_a_request_prints_nothing(
    server: LightsailServer, raw_client: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    raw_client.get_operations()
    assert capfd.readouterr() == ("", "")


class TestTheProgram:
    @pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
    def test_serves_until_it_is_interrupted(self, end: signal.Signals) -> None:
        program = [sys.executable, "-m", "lightsail_ops.testing", "--port", "0"]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            assert running.stdout.readline().startswith("450 operations in us-west-2.")
            lines = [running.stdout.readline() for _ in range(3)]
            assert "aws lightsail get-operations --endpoint-url http://127.0.0.1:" in lines[2]
            running.send_signal(end)
            assert running.wait(20) == 0

    def test_names_a_port_that_is_taken(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            assert main(["--port", str(taken.getsockname()[1])]) == 1
        assert "cannot listen on" in capsys.readouterr().err

    @pytest.mark.parametrize("operations", ["0", "7"])
    def test_ends_well(
        self,
        operations: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(signal, "pause", interrupted)
        previous = signal.getsignal(signal.SIGTERM)
        try:
            assert main(["--port", "0", "--operations", operations]) == 0
        finally:
            signal.signal(signal.SIGTERM, previous)
        assert f"{operations} operations in us-west-2" in capsys.readouterr().out
