"""Clients that nobody here wrote: the AWS CLI and `capo-lightsail`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.clients import NO_ACCOUNT, run

from lightsail_ops import Operation
from lightsail_ops.testing import LightsailServer

pytestmark = pytest.mark.clients


@pytest.fixture
def aws(
    programs: Path, server: LightsailServer, history: list[Operation]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(programs / "aws"), "lightsail", *arguments, "--output", "json"]
        command += ["--endpoint-url", server.endpoint_url, "--region", "us-west-2"]
        return subprocess.run(command, env=NO_ACCOUNT, capture_output=True, text=True, check=False)

    return run


def ids(operations: list[dict[str, Any]]) -> list[str]:
    return [operation["id"] for operation in operations]


class TestTheAwsCli:
    def test_lists_all_pages(self, aws: Callable[..., Any], history: list[Operation]) -> None:
        listed = json.loads(aws("get-operations").stdout)["operations"]
        assert ids(listed) == [operation.id for operation in reversed(history)]

    def test_stops_and_resumes(self, aws: Callable[..., Any], history: list[Operation]) -> None:
        first = json.loads(aws("get-operations", "--max-items", "250").stdout)
        assert len(first["operations"]) == 250
        rest = json.loads(aws("get-operations", "--starting-token", first["NextToken"]).stdout)
        assert ids(first["operations"] + rest["operations"]) == [
            each.id for each in reversed(history)
        ]

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
        expected = [each.id for each in reversed(history) if each.resource_name == "web-1"]
        assert ids(listed) == expected != []

    def test_shows_an_error(self, aws: Callable[..., Any]) -> None:
        done = aws("get-operation", "--operation-id", "nothing")
        assert done.returncode != 0
        assert "(NotFoundException)" in done.stderr
        assert "There is no operation nothing." in done.stderr


# What people write for the real Lightsail: nothing in it knows that it is a test. It stands in one
# process, since a start of the AWS CLI takes a second.
LIFE = """
import contextlib, io, json, shlex, time
from awscli.clidriver import create_clidriver

cli = create_clidriver()

def aws(command):
    with contextlib.redirect_stdout(io.StringIO()) as written:
        assert cli.main(["lightsail", *shlex.split(command)]) == 0, command
    return written.getvalue().strip()

def begin(command):
    return aws(f"{command} --query 'operations[0].id' --output text")

def wait_for(id):
    operation = f"get-operation --operation-id {id} --query operation.status --output text"
    while aws(operation) == "Started":
        time.sleep(0.1)

zone = "--availability-zone eu-west-1a"
web = "--instance-name web"
image = "--blueprint-id ubuntu_24_04 --bundle-id nano_3_0"
wait_for(begin(f"create-instances --instance-names web {zone} {image}"))
printed = [aws(f"get-instance-state {web} --query state.name --output text")]

wait_for(begin(f"create-disk --disk-name data {zone} --size-in-gb 8"))
wait_for(begin(f"attach-disk --disk-name data {web} --disk-path /dev/xvdf"))
printed += [aws("get-disk --disk-name data --query disk.state --output text")]

aws("allocate-static-ip --static-ip-name ip")
aws(f"attach-static-ip --static-ip-name ip {web}")
assert aws(f"get-instance {web} --query instance.publicIpAddress") == aws(
    "get-static-ip --static-ip-name ip --query staticIp.ipAddress"
)

aws(f"open-instance-public-ports {web} --port-info fromPort=443,protocol=TCP,toPort=443")
printed += [aws(f"get-instance-port-states {web} --query 'length(portStates)' --output text")]

wait_for(begin(f"create-instance-snapshot {web} --instance-snapshot-name backup"))
snapshots = "--query 'instanceSnapshots[].[name,state]' --output text"
printed += [aws(f"get-instance-snapshots {snapshots}")]

wait_for(begin(f"stop-instance {web}"))
printed += [aws("get-instances --query 'instances[].state.name' --output text")]

wait_for(begin(f"delete-instance {web}"))
status = "--query 'operations[0].status' --output text"
printed += [aws(f"delete-disk --disk-name data {status}")]
printed += [aws(f"release-static-ip --static-ip-name ip {status}")]
aws("delete-instance-snapshot --instance-snapshot-name backup")
printed += [aws("get-active-names --query 'length(activeNames)' --output text")]
print(json.dumps(printed))
"""


def test_the_aws_cli_lives_through_the_life_of_an_instance(
    programs: Path, server: LightsailServer
) -> None:
    assert run(programs, LIFE, server.endpoint_url, "eu-west-1") == [
        "running",
        "in-use",
        "3",
        "backup\tavailable",
        "stopped",
        "Succeeded",
        "Succeeded",
        "0",
    ]


CAPO = """
import json, os
from capo_lightsail import LightsailClient
from capo_lightsail.errors.not_found_exception import NotFoundException
from capo_lightsail.errors.invalid_input_exception import InvalidInputException

with LightsailClient(region="us-west-2", endpoint=os.environ["AWS_ENDPOINT_URL"]) as client:
    ids, token = [], None
    while True:
        page = client.get_operations(page_token=token)
        ids += [each["id"] for each in page["operations"]]
        if not (token := page.get("next_page_token")):
            break
    try:
        client.get_operation(operation_id="nothing")
    except NotFoundException as error:
        missing = error.data

    def finish(response):
        for operation in response["operations"]:
            while operation["status"] == "Started":
                operation = client.get_operation(operation_id=operation["id"])["operation"]
            assert operation["status"] == "Succeeded", operation

    zone = "us-west-2a"
    finish(client.create_instances(
        instance_names=["capo"], availability_zone=zone,
        blueprint_id="debian_12", bundle_id="small_3_0",
    ))
    finish(client.create_disk(disk_name="capo-data", availability_zone=zone, size_in_gb=8))
    finish(client.attach_disk(
        disk_name="capo-data", instance_name="capo", disk_path="/dev/xvdf"
    ))
    instance = client.get_instance(instance_name="capo")["instance"]
    try:
        client.delete_disk(disk_name="capo-data")
    except InvalidInputException as error:
        refused = str(error)
    finish(client.delete_instance(instance_name="capo"))
    finish(client.delete_disk(disk_name="capo-data"))
    print(json.dumps({
        "ids": ids,
        "missing": missing,
        "refused": refused,
        "instance": {key: instance[key] for key in ("name", "username", "blueprint_id")},
        "memory": instance["hardware"]["ram_size_in_gb"],
        "disks": [disk["path"] for disk in instance["hardware"]["disks"]],
    }))
"""


def test_an_sdk_of_another_make_uses_the_smithy_path(
    programs: Path, server: LightsailServer, history: list[Operation]
) -> None:
    before = {operation.id for operation in history}
    printed = run(programs, CAPO, server.endpoint_url, "us-west-2")
    assert [each for each in printed["ids"] if each in before] == [
        operation.id for operation in reversed(history)
    ]
    assert printed["missing"]["message"] == "There is no operation nothing."
    assert printed["missing"]["docs"]
    assert printed["refused"]
    assert printed["instance"] == {
        "name": "capo",
        "username": "admin",
        "blueprint_id": "debian_12",
    }
    assert printed["memory"] == 2
    assert printed["disks"] == ["/dev/xvda", "/dev/xvdf"]
