"""The server, and what goes over the wire."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core import set_initial_no_auth_action_count

from lightsail_ops import OperationsClient, ResourceLocation
from lightsail_ops.testing import LightsailServer, mock_lightsail
from lightsail_ops.testing.__main__ import main
from lightsail_ops.testing.models import LightsailBackend

pytestmark = pytest.mark.usefixtures("coverage_of_processes")

SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=testing/20260101/us-west-2/lightsail/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


def send(
    server: LightsailServer,
    action: str,
    body: bytes = b"{}",
    changes: Mapping[str, str | None] | None = None,
) -> tuple[int, Any, Any]:
    """Send what any SDK sends, without one.

    Args:
        server: where to.
        action: the action, or a path that begins with a slash.
        body: the body.
        changes: other headers, or None to send none of the name.
    """
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": SIGNATURE,
        "X-Amz-Target": None if action.startswith("/") else f"Lightsail_20161128.{action}",
    } | dict(changes or {})
    sent = {name: value for name, value in headers.items() if value is not None}
    path = action if action.startswith("/") else ""
    request = Request(server.endpoint_url + path, body, sent)
    try:
        opened = urlopen(request)
    except HTTPError as error:
        opened = error
    with opened as response:
        return response.status, response.headers, json.loads(response.read())


@pytest.fixture(autouse=True)
def _one_operation(server: LightsailServer) -> None:
    from lightsail_ops.testing.models import forget

    forget()
    server.lightsail.add_operation(
        id="an-id",
        created_at=datetime(2026, 1, 1, 0, 0, 0, 125_000, tzinfo=UTC),
        location=ResourceLocation(availability_zone="all", region_name=None),
        region_name="us-west-2",
    )


def test_boto3_reads_over_a_socket(server: LightsailServer, raw_client: Any) -> None:
    added = server.lightsail.add_operations(450, region_name="us-west-2")
    assert list(OperationsClient(raw_client).operations())[:-1] == added[::-1]


def test_a_response_is_aws_json_1_1(server: LightsailServer) -> None:
    status, headers, body = send(server, "GetOperations")
    assert status == 200
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-RequestId"]
    (operation,) = body["operations"]
    assert operation["createdAt"] == 1767225600.125
    assert operation["location"] == {"availabilityZone": "all"}
    assert "nextPageToken" not in body
    assert {"operationDetails", "errorCode", "errorDetails"}.isdisjoint(operation)


def test_times_have_the_precision_of_the_wire(server: LightsailServer) -> None:
    added = server.lightsail.add_operations(30, region_name="us-west-2")
    listed = send(server, "GetOperations")[2]["operations"]
    assert all(each["createdAt"] == round(each["createdAt"], 3) for each in listed)
    assert all(each.created_at.microsecond % 1000 == 0 for each in added)


@pytest.mark.parametrize(
    "body",
    [b"{}", gzip.compress(b"{}")[:-9], b"\x1f\x8b\x08" + bytes(7) + b"x"],
    ids=["not packed", "truncated", "malformed"],
)
def test_a_body_that_cannot_be_unpacked_is_rejected(server: LightsailServer, body: bytes) -> None:
    status, _, response = send(server, "GetOperations", body, {"Content-Encoding": "gzip"})
    assert (status, response["__type"]) == (400, "SerializationException")


def test_a_body_may_be_compressed(server: LightsailServer) -> None:
    body = gzip.compress(b'{"operationId": "an-id"}')
    status, _, response = send(server, "GetOperation", body, {"Content-Encoding": "gzip"})
    assert (status, response["operation"]["id"]) == (200, "an-id")


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
def test_a_body_is_json_whatever_it_is_called(
    server: LightsailServer, content_type: str | None
) -> None:
    body, called = b'{"operationId": "an-id"}', {"Content-Type": content_type}
    status, _, response = send(server, "GetOperation", body, called)
    assert (status, response["operation"]["id"]) == (200, "an-id")


@pytest.mark.parametrize("body", [b"{}", b'{"operationId": null}'])
def test_a_missing_parameter_is_an_invalid_input(server: LightsailServer, body: bytes) -> None:
    status, headers, response = send(server, "GetOperation", body)
    assert status == 400
    assert headers["x-amzn-RequestId"]
    assert response["__type"] == "InvalidInputException"
    assert response["message"] == 'Missing required parameter in input: "operationId"'
    assert set(response) == {"__type", "code", "docs", "message", "tip"}


def cost_from(start: object) -> bytes:
    body = {"resourceName": "web", "startTime": start, "endTime": 1_800_000_000}
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("GetOperations", b"{"),
        ("GetOperations", b"\xff"),
        ("GetOperations", b"[]"),
        ("GetOperations", b'{"pageToken": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("GetOperations", b"[" * 1_000_000),
        ("GetOperations", b'{"pageToken": 5}'),
        ("GetOperation", b'{"operationId": ["an-id"]}'),
        ("GetOperationsForResource", b'{"resourceName": {}}'),
        ("GetCostEstimate", cost_from("2026-01-01T00:00:00Z")),
        ("GetCostEstimate", cost_from("noon")),
        ("GetCostEstimate", cost_from(True)),
        ("GetCostEstimate", cost_from(1e300)),
        ("GetCostEstimate", cost_from(float("nan"))),
        ("PutAlarm", b'{"threshold": NaN}'),
    ],
)
def test_a_malformed_request_is_rejected_quietly(
    server: LightsailServer, capfd: pytest.CaptureFixture[str], action: str, body: bytes
) -> None:
    status, headers, response = send(server, action, body)
    assert (status, response["__type"]) == (400, "SerializationException")
    assert headers["x-amzn-RequestId"]
    assert capfd.readouterr() == ("", "")


class TestTheSmithyPath:
    def test_names_the_action(self, server: LightsailServer) -> None:
        path = "/ls/api/2016-11-28/GetOperations"
        status, headers, body = send(server, path, changes={"Content-Type": "application/json"})
        assert (status, headers["Content-Type"]) == (200, "application/x-amz-json-1.1")
        assert [each["id"] for each in body["operations"]] == ["an-id"]
        assert server.lightsail.requests[-1].region_name == "us-west-2"

    def test_takes_parameters_and_raises_errors(self, server: LightsailServer) -> None:
        path = "/ls/api/2016-11-28/GetOperation"
        assert send(server, path, b'{"operationId": "an-id"}')[2]["operation"]["id"] == "an-id"
        status, _, body = send(server, path, b'{"operationId": "nothing"}')
        assert (status, body["__type"]) == (400, "NotFoundException")

    def test_works_without_a_signature(self, server: LightsailServer) -> None:
        path = "/ls/api/2016-11-28/GetOperations"
        assert send(server, path, changes={"Authorization": None})[2] == {"operations": []}
        assert server.lightsail.requests[-1].region_name == "us-east-1"

    def test_works_in_process(self) -> None:
        def send_to_the_path(request: Any, **_: Any) -> None:
            action = request.headers["X-Amz-Target"].partition(".")[2]
            del request.headers["X-Amz-Target"]
            request.url += f"ls/api/2016-11-28/{action}"

        with mock_lightsail() as lightsail:
            lightsail.add_operations(3, region_name="eu-west-1")
            client = boto3.client("lightsail", region_name="eu-west-1")
            client.meta.events.register("before-sign.lightsail", send_to_the_path)
            assert len(client.get_operations()["operations"]) == 3


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        "",
        "AWS4",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=testing",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f",
        "Bearer AWS4",
        "Basic dXNlcjpwYXNzd29yZA==",
        "\xff",
    ],
)
@pytest.mark.parametrize("action", ["GetOperations", "/ls/api/2016-11-28/GetOperations"])
def test_a_junk_signature_is_an_error_in_json(
    server: LightsailServer, action: str, header: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, headers, body = send(server, action, changes={"Authorization": header})
    assert (status, body["__type"]) == (400, "IncompleteSignatureException")
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "action", ["GetSpaceships", "/ls/api/2016-11-28/GetSpaceships", "/", "/nothing/here", ""]
)
def test_an_unknown_action_is_rejected_quietly(
    server: LightsailServer, action: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, headers, body = send(server, action)
    assert (status, body["__type"]) == (404, "UnknownOperationException")
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-RequestId"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("action", ["GetOperations", "CreateInstances"])
def test_an_error_of_ours_is_an_internal_failure(
    server: LightsailServer,
    action: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def respond(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(LightsailBackend, "respond", respond)
    status, headers, body = send(server, action)
    assert (status, body["__type"]) == (500, "InternalFailure")
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["x-amzn-RequestId"]
    assert "RuntimeError: a bug" in caplog.text


def test_members_that_the_model_does_not_know_are_ignored(server: LightsailServer) -> None:
    status, _, body = send(server, "GetOperation", b'{"operationId": "an-id", "newMember": 1}')
    assert (status, body["operation"]["id"]) == (200, "an-id")


@set_initial_no_auth_action_count(0)
@mock_lightsail
def test_motos_policies_apply() -> None:
    with pytest.raises(ClientError) as caught:
        boto3.client("lightsail", region_name="us-west-2").get_operations()
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_other_services_of_moto_work_beside_it(server: LightsailServer) -> None:
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=server.endpoint_url)
    s3.create_bucket(Bucket="assets")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["assets"]
    s3.close()


def test_motos_dashboard_shows_the_resources(server: LightsailServer) -> None:
    client = boto3.client("lightsail", "us-west-2", endpoint_url=server.endpoint_url)
    client.allocate_static_ip(staticIpName="shown")
    client.close()
    with urlopen(f"{server.endpoint_url}/moto-api/data.json") as response:
        services = json.load(response)
    assert "testing" not in services
    assert [each["name"] for each in services["lightsail"]["StaticIp"]] == ["shown"]
    assert {"Resource", "Snapshot"}.isdisjoint(services["lightsail"])


def test_a_server_says_where_it_is() -> None:
    assert repr(LightsailServer()) == "<LightsailServer: stopped>"
    with LightsailServer() as server:
        assert repr(server) == f"<LightsailServer: at {server.endpoint_url}>"
        assert server.endpoint_url.startswith("http://127.0.0.1:")


def test_a_server_stops_at_once() -> None:
    server = LightsailServer()
    taken = []
    for _ in range(5):
        server.start()
        send(server, "GetOperations")
        start = time.perf_counter()
        server.stop()
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.25  # half a second is what `serve_forever` sleeps by default


def test_a_server_that_stops_closes_its_connections(capfd: pytest.CaptureFixture[str]) -> None:
    server = LightsailServer()
    server.start()
    host, port = server.endpoint_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as idle:
        send(server, "GetOperations")
        server.stop()
        assert idle.recv(1) == b""
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("host", "prefix"),
    [
        ("::1", "http://[::1]:"),
        ("localhost", "http://127.0.0.1:"),
        ("0.0.0.0", "http://127.0.0.1:"),
    ],
)
def test_a_server_listens_on_any_address_of_the_machine(host: str, prefix: str) -> None:
    with LightsailServer(host=host) as server:
        assert server.endpoint_url.startswith(prefix)
        client = OperationsClient.from_session(
            region_name="us-west-2", endpoint_url=server.endpoint_url
        )
        assert len(client.get_operations()) == 1


@pytest.mark.parametrize("host", ["2001:db8::1", "host.invalid", "192.0.2.1"])
def test_another_address_is_named(host: str) -> None:
    with pytest.raises(OSError, match=rf"^\[Errno .*\] cannot listen on {host}:0: [\w ]+$"):
        LightsailServer(host=host).start()


def test_a_server_leaves_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with LightsailServer():
        assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"


def test_a_server_that_is_stopped_leaves_nothing_behind() -> None:
    before = set(threading.enumerate())
    with LightsailServer() as server:
        send(server, "GetOperations")
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


def test_a_port_that_is_out_of_range_is_named() -> None:
    with pytest.raises(ValueError, match="port must be from 0 to 65535, not 99999"):
        LightsailServer(port=99999)


def test_a_server_that_was_never_started_has_no_url() -> None:
    with pytest.raises(RuntimeError, match="has not been started: use it in a `with`"):
        _ = LightsailServer().endpoint_url


def test_a_server_that_runs_cannot_be_started(server: LightsailServer) -> None:
    with pytest.raises(RuntimeError, match=f"is running already, at {server.endpoint_url}"):
        server.start()


def test_a_server_that_does_not_run_may_be_stopped(server: LightsailServer) -> None:
    LightsailServer().stop()
    assert (
        len(send(server, "GetOperations")[2]["operations"]) == 1
    )  # the other one's is still there


def test_one_server_can_be_started_again() -> None:
    again = LightsailServer()
    for _ in range(2):
        with again:
            assert send(again, "GetOperations")[0] == 200


def test_a_request_prints_nothing(
    server: LightsailServer, raw_client: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    raw_client.get_operations()
    assert capfd.readouterr() == ("", "")


def run_main(*arguments: str) -> int:
    """Run the program in this process, and leave its signals as they are."""
    previous = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        return main(list(arguments))
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class TestTheProgram:
    @pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
    def test_serves_until_it_is_interrupted(self, end: signal.Signals) -> None:
        # In the background of a shell script, SIGINT is ignored to begin with.
        program = f"trap '' INT; exec {sys.executable} -m lightsail_ops.testing --port 0"
        with subprocess.Popen(["sh", "-c", program], stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            assert running.stdout.readline().startswith("450 operations in us-west-2.")
            lines = [running.stdout.readline() for _ in range(3)]
            assert "aws lightsail get-operations --endpoint-url http://127.0.0.1:" in lines[2]
            running.send_signal(end)
            assert running.wait(20) == 0

    def test_names_a_port_that_is_taken(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            assert run_main("--port", str(taken.getsockname()[1])) == 1
        assert "cannot listen on" in capsys.readouterr().err

    def test_fills_the_region_that_is_named(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        state = tmp_path / "state.toml"
        state.write_text("[[instance]]\nname = 'web'\nblueprintId = 'debian_12'")
        found: list[Any] = []

        def read_and_end() -> None:
            [url] = re.findall(r"--endpoint-url (\S+)", capsys.readouterr().out)
            session = boto3.session.Session("an-id", "a-key", region_name="ca-central-1")
            client = session.client("lightsail", endpoint_url=url)
            found.append(len(client.get_operations()["operations"]))
            found.extend(each["name"] for each in client.get_instances()["instances"])
            client.close()
            raise KeyboardInterrupt

        monkeypatch.setattr(signal, "pause", read_and_end)
        options = ("--operations", "3", "--region", "ca-central-1", "--state", str(state))
        assert run_main("--port", "0", *options) == 0
        assert found == [4, "web"]

    def test_names_a_file_that_is_wrong(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for file, message in ((tmp_path / "nothing", "No such file"), (tmp_path, "directory")):
            assert run_main("--port", "0", "--state", str(file)) == 1
            out, error = capsys.readouterr()
            assert out == ""
            assert message in error
            assert len(error.splitlines()) == 1

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
        assert run_main("--port", "0", "--operations", operations) == 0
        assert f"{operations} operations in us-west-2" in capsys.readouterr().out
