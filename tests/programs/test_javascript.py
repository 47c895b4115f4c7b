"""The SDK for JavaScript, which nobody here wrote, reads from the server and changes things."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from support.clients import NO_ACCOUNT

from lightsail_ops import Operation
from lightsail_ops.testing import LightsailServer

pytestmark = pytest.mark.clients

PROGRAM = """
import {
  LightsailClient, GetOperationsCommand, GetOperationCommand, NotFoundException,
  CreateInstancesCommand, CreateDiskCommand, AttachDiskCommand, AllocateStaticIpCommand,
  AttachStaticIpCommand, CreateInstanceSnapshotCommand, GetInstanceCommand, StopInstanceCommand,
  DeleteInstanceCommand, DeleteDiskCommand, ReleaseStaticIpCommand, GetInstancesCommand,
  InvalidInputException,
} from "@aws-sdk/client-lightsail";

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
const send = (command) => client.send(command);
const until = async (response) => {
  for (const { id } of response.operations) {
    let status;
    do {
      ({ operation: { status } } = await send(new GetOperationCommand({ operationId: id })));
    } while (status === "Started");
    if (status !== "Succeeded") throw new Error(status);
  }
};
const instanceName = "js", diskName = "js-data", staticIpName = "js-ip";
const availabilityZone = "us-west-2a";
await until(await send(new CreateInstancesCommand({
  instanceNames: [instanceName], availabilityZone, blueprintId: "nodejs", bundleId: "nano_3_0",
})));
await until(await send(new CreateDiskCommand({ diskName, availabilityZone, sizeInGb: 8 })));
await until(await send(new AttachDiskCommand({ diskName, instanceName, diskPath: "/dev/xvdf" })));
await until(await send(new AllocateStaticIpCommand({ staticIpName })));
await until(await send(new AttachStaticIpCommand({ staticIpName, instanceName })));
await until(await send(new CreateInstanceSnapshotCommand({
  instanceName, instanceSnapshotName: "js-backup",
})));
const { instance } = await send(new GetInstanceCommand({ instanceName }));
await until(await send(new StopInstanceCommand({ instanceName })));
let taken;
try {
  await send(new DeleteDiskCommand({ diskName }));
} catch (caught) {
  taken = caught instanceof InvalidInputException;
}
await until(await send(new DeleteInstanceCommand({ instanceName })));
await until(await send(new DeleteDiskCommand({ diskName })));
await until(await send(new ReleaseStaticIpCommand({ staticIpName })));
const { instances } = await send(new GetInstancesCommand({}));
console.log(JSON.stringify({
  instance,
  taken,
  left: instances.length,
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
def read_by_javascript(
    server: LightsailServer,
    history: list[Operation],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What the SDK for JavaScript has read from the server."""
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
    read: dict[str, Any] = json.loads(done.stdout)
    return read


class TestTheSdkForJavascript:
    def test_reads_all_pages(
        self, read_by_javascript: dict[str, Any], history: list[Operation]
    ) -> None:
        assert [Operation.from_dict(each) for each in read_by_javascript["operations"]] == history[
            ::-1
        ]

    def test_reads_times(
        self, read_by_javascript: dict[str, Any], history: list[Operation]
    ) -> None:
        expected = history[-1].created_at.isoformat(timespec="milliseconds")
        assert read_by_javascript["created"] == expected.replace("+00:00", "Z")
        assert read_by_javascript["allDates"]

    def test_reads_errors(self, read_by_javascript: dict[str, Any]) -> None:
        assert read_by_javascript["typed"]
        assert read_by_javascript["message"] == "There is no operation nothing."
        assert read_by_javascript["tip"]
        assert read_by_javascript["docs"]

    def test_lives_through_the_life_of_an_instance(
        self, read_by_javascript: dict[str, Any]
    ) -> None:
        instance = read_by_javascript["instance"]
        assert instance["state"] == {"code": 16, "name": "running"}
        assert instance["isStaticIp"]
        assert [disk["path"] for disk in instance["hardware"]["disks"]] == [
            "/dev/xvda",
            "/dev/xvdf",
        ]
        assert read_by_javascript["taken"]
        assert read_by_javascript["left"] == 0
