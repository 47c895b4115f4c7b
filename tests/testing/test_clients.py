"""Clients that nobody here wrote: the AWS CLI, and AWS's SDK for JavaScript."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lightsail_ops import Operation
from lightsail_ops.testing import LightsailServer

pytestmark = pytest.mark.clients

NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
    "NO_PROXY": "127.0.0.1",
    "PATH": os.environ["PATH"],
}


@pytest.fixture(scope="module")
def history(server: LightsailServer) -> list[Operation]:
    return server.lightsail.add_operations(450, region_name="us-west-2")


@pytest.fixture(scope="module")
def aws_cli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The AWS CLI, in an environment of its own, since it pins botocore."""
    environment = tmp_path_factory.mktemp("aws-cli")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "awscli"], check=True)
    return environment / "bin" / "aws"


@pytest.fixture
def aws(
    aws_cli: Path, server: LightsailServer, history: list[Operation]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(aws_cli), "lightsail", *arguments, "--output", "json"]
        command += ["--endpoint-url", server.endpoint_url, "--region", "us-west-2"]
        return subprocess.run(command, env=NO_ACCOUNT, capture_output=True, text=True, check=False)

    return run


def ids(operations: list[dict[str, Any]]) -> list[str]:
    return [operation["id"] for operation in operations]


class TestTheAwsCli:
    def test_lists_all_pages(self, aws: Callable[..., Any], history: list[Operation]) -> None:
        listed = json.loads(aws("get-operations").stdout)["operations"]
        assert ids(listed) == [operation.id for operation in history]

    def test_stops_and_starts_where_it_is_told_to(
        self, aws: Callable[..., Any], history: list[Operation]
    ) -> None:
        first = json.loads(aws("get-operations", "--max-items", "250").stdout)
        assert len(first["operations"]) == 250
        rest = json.loads(aws("get-operations", "--starting-token", first["NextToken"]).stdout)
        assert ids(first["operations"] + rest["operations"]) == [each.id for each in history]

    def test_gets_one_operation_with_its_times(
        self, aws: Callable[..., Any], history: list[Operation]
    ) -> None:
        found = json.loads(aws("get-operation", "--operation-id", history[9].id).stdout)
        assert Operation.from_dict(found["operation"]) == history[9]

    def test_lists_the_operations_on_a_resource(
        self, aws: Callable[..., Any], history: list[Operation]
    ) -> None:
        listed = json.loads(aws("get-operations-for-resource", "--resource-name", "web-1").stdout)[
            "operations"
        ]
        expected = [each.id for each in history if each.resource_name == "web-1"]
        assert ids(listed) == expected != []

    def test_shows_an_error(self, aws: Callable[..., Any]) -> None:
        done = aws("get-operation", "--operation-id", "nothing")
        assert done.returncode != 0
        assert "(NotFoundException)" in done.stderr
        assert "There is no operation nothing." in done.stderr


PROGRAM = """
import { LightsailClient, GetOperationsCommand, GetOperationCommand, NotFoundException }
  from "@aws-sdk/client-lightsail";

const client = new LightsailClient({
  endpoint: process.argv[2],
  region: "us-west-2",
  credentials: { accessKeyId: "testing", secretAccessKey: "testing" },
});
const operations = [];
let pageToken;
do {
  const page = await client.send(new GetOperationsCommand({ pageToken }));
  operations.push(...page.operations);
  pageToken = page.nextPageToken;
} while (pageToken);
let error;
try {
  await client.send(new GetOperationCommand({ operationId: "nothing" }));
} catch (caught) {
  error = caught;
}
console.log(JSON.stringify({
  operations,
  created: operations[0].createdAt.toISOString(),
  allDates: operations.every((each) => !Number.isNaN(each.createdAt.getTime())),
  typed: error instanceof NotFoundException,
  tip: error.tip,
  docs: error.docs,
  message: error.message,
}));
"""


@pytest.fixture(scope="module")
def told_by_javascript(
    server: LightsailServer,
    history: list[Operation],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What the SDK for JavaScript makes of the server."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("javascript")
    (folder / "program.mjs").write_text(PROGRAM)
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "@aws-sdk/client-lightsail"]
    if subprocess.run(install, cwd=folder, check=False).returncode != 0:
        pytest.skip("npm cannot install the SDK here")
    done = subprocess.run(
        [node, "program.mjs", server.endpoint_url],
        cwd=folder,
        env=NO_ACCOUNT,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


class TestTheSdkForJavascript:
    def test_reads_all_pages(
        self, told_by_javascript: dict[str, Any], history: list[Operation]
    ) -> None:
        assert [Operation.from_dict(each) for each in told_by_javascript["operations"]] == history

    def test_reads_times(
        self, told_by_javascript: dict[str, Any], history: list[Operation]
    ) -> None:
        expected = history[0].created_at.isoformat(timespec="milliseconds")
        assert told_by_javascript["created"] == expected.replace("+00:00", "Z")
        assert told_by_javascript["allDates"]

    def test_reads_errors(self, told_by_javascript: dict[str, Any]) -> None:
        assert told_by_javascript["typed"]
        assert told_by_javascript["message"] == "There is no operation nothing."
        assert told_by_javascript["tip"]
        assert told_by_javascript["docs"]
