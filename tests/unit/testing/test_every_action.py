"""Every action of the installed botocore's model, with requests made from the model."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any

import boto3
import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator
from moto.moto_api import state_manager

from lightsail_ops import Operation, OperationStatus
from lightsail_ops.testing import Lightsail, mock_lightsail

MODEL = boto3.client("lightsail", region_name="us-west-2").meta.service_model

# For each parameter that names a resource: the action that creates such a resource, and the
# parameter by which it names it.
MAKERS = {
    "alarmName": ("PutAlarm", "alarmName"),
    "bucketName": ("CreateBucket", "bucketName"),
    "certificateName": ("CreateCertificate", "certificateName"),
    "diskName": ("CreateDisk", "diskName"),
    "diskSnapshotName": ("CreateDiskSnapshot", "diskSnapshotName"),
    "distributionName": ("CreateDistribution", "distributionName"),
    "domainName": ("CreateDomain", "domainName"),
    "instanceName": ("CreateInstances", "instanceNames"),
    "instanceNames": ("CreateInstances", "instanceNames"),
    "instanceSnapshotName": ("CreateInstanceSnapshot", "instanceSnapshotName"),
    "keyPairName": ("CreateKeyPair", "keyPairName"),
    "loadBalancerName": ("CreateLoadBalancer", "loadBalancerName"),
    "monitoredResourceName": ("CreateInstances", "instanceNames"),
    "protocol": ("CreateContactMethod", "protocol"),
    "relationalDatabaseName": ("CreateRelationalDatabase", "relationalDatabaseName"),
    "relationalDatabaseSnapshotName": (
        "CreateRelationalDatabaseSnapshot",
        "relationalDatabaseSnapshotName",
    ),
    "resourceName": ("CreateInstances", "instanceNames"),
    "serviceName": ("CreateContainerService", "serviceName"),
    "sourceSnapshotName": ("CreateInstanceSnapshot", "instanceSnapshotName"),
    "staticIpName": ("AllocateStaticIp", "staticIpName"),
    "subdomainName": ("CreateSubdomain", "subdomainName"),
}
# What other actions create, by the parameter that names it.
MAKES = {
    *MAKERS.values(),
    ("CopySnapshot", "targetSnapshotName"),
    ("CreateDiskFromSnapshot", "diskName"),
    ("CreateInstancesFromSnapshot", "instanceNames"),
    ("CreateLoadBalancerTlsCertificate", "certificateName"),
    ("CreateRelationalDatabaseFromSnapshot", "relationalDatabaseName"),
    ("ImportKeyPair", "keyPairName"),
    ("CreateCertificate", "domainName"),  # which need not be one of Lightsail's
}
# Parameters that the model calls optional, but that have to be there.
NEEDED = {
    ("CopySnapshot", "sourceSnapshotName"),
    ("CreateDiskFromSnapshot", "diskSnapshotName"),
    ("CreateDiskSnapshot", "instanceName"),
    ("CreateInstancesFromSnapshot", "instanceSnapshotName"),
    ("CreateRelationalDatabaseFromSnapshot", "relationalDatabaseSnapshotName"),
    ("DeleteDistribution", "distributionName"),
    ("ResetDistributionCache", "distributionName"),
    ("UpdateDistributionBundle", "distributionName"),
}
# What has to be done first: the names of that request are those of the next one.
BEFORE = {
    "AttachLoadBalancerTlsCertificate": "CreateLoadBalancerTlsCertificate",
    "DeleteLoadBalancerTlsCertificate": "CreateLoadBalancerTlsCertificate",
    "DeleteAutoSnapshot": "EnableAddOn",
    "DeleteBucketAccessKey": "CreateBucketAccessKey",
    "DeleteContainerImage": "RegisterContainerImage",
    "DeleteDomainEntry": "CreateDomainEntry",
    "UpdateDomainEntry": "CreateDomainEntry",
    "DetachDisk": "AttachDisk",
    "GetContainerLog": "CreateContainerServiceDeployment",
    "DetachStaticIp": "AttachStaticIp",
    "StartInstance": "StopInstance",
    "UnpeerVpc": "PeerVpc",
}
CONTAINER = "app"
PORT = {
    "fromPort": 8000,
    "toPort": 8010,
    "protocol": "udp",
    "cidrs": ["192.0.2.0/24"],
    "ipv6Cidrs": ["2001:db8::/32"],
    "cidrListAliases": ["lightsail-connect"],
}
FIXED: dict[str, dict[str, Any]] = {
    "AttachDisk": {"diskPath": "/dev/xvdf"},
    "CloseInstancePublicPorts": {"portInfo": PORT},
    "CopySnapshot": {"sourceRegion": "us-west-2"},
    "CreateContainerService": {"deployment": {}, "publicDomainNames": {}},
    "CreateContainerServiceDeployment": {
        "containers": {CONTAINER: {"image": "nginx", "ports": {"80": "HTTP"}}},
        "publicEndpoint": {"containerName": CONTAINER, "containerPort": 80},
    },
    "CreateDomain": {"domainName": "example.com"},
    "CreateDomainEntry": {"domainEntry": {"name": "a.example.com", "type": "A"}},
    "CreateInstancesFromSnapshot": {"attachedDiskMapping": {}},
    "CreateRelationalDatabase": {"relationalDatabaseBlueprintId": "mysql_8_0"},
    "EnableAddOn": {"addOnRequest": {"addOnType": "AutoSnapshot"}},
    "GetContainerLog": {"containerName": CONTAINER},
    "GetRelationalDatabaseLogEvents": {"logStreamName": "error"},
    "OpenInstancePublicPorts": {"portInfo": PORT},
    "PutAlarm": {"metricName": "CPUUtilization", "notificationTriggers": ["ALARM"]},
    "PutInstancePublicPorts": {"portInfos": [PORT]},
    "SetIpAddressType": {"resourceType": "Instance"},
    "StartInstance": {"attributeUpdates": {"bundleId": "medium_3_0"}},
    "UpdateContainerService": {"publicDomainNames": {}},
    "UpdateSubdomainAssociation": {"action": "ASSOCIATE"},
    "UpdateRelationalDatabase": {"relationalDatabaseBlueprintId": "mysql_8_4"},
    "UpdateRelationalDatabaseParameters": {"parameters": [{"parameterName": "autocommit"}]},
}
# What is on offer, for parameters of these names.
OFFERED = {
    "blueprintId": "ubuntu_24_04",
    "bundleId": "small_3_0",
    "relationalDatabaseBundleId": "micro_2_0",
    "sizeInGb": 64,
    "tlsPolicyName": "TLS-2016-08",
}
HOME = "us-east-1"  # of domains and distributions


# For each string with a pattern, the first of these that matches it is sent.
STRINGS = (
    "name-1",
    "2026-01-31",
    "09:30",
    "someone@example.com",
    "www.example.com",
    "192.0.2.1",
    "A000000000000000000B",
    "a-token-of-24-characters==".replace("-", "A"),
    "GET",
    "2001:DB8:0:0:0:0:0:1",
    "arn:aws:lightsail:us-west-2:123456789012:Instance/1",
)


class Generator:
    """Makes values of the model's shapes that are valid: required members, ranges, patterns."""

    def __init__(self, optional: float) -> None:
        self._optional = optional
        self._random = Random(optional)

    def value(self, shape: Shape) -> Any:
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1000)
        match shape:
            case StructureShape():
                return {
                    name: self.value(member)
                    for name, member in shape.members.items()
                    if name in shape.required_members or self._random.random() < self._optional
                }
            case ListShape():
                return [self.value(shape.member) for _ in range(max(least, 1))]
            case MapShape():
                return {self.value(shape.key): self.value(shape.value)}
            case StringShape():
                return self._string(shape)
            case _:
                return {
                    "boolean": self._random.random() < 0.5,
                    "timestamp": self._random.randrange(1_600_000_000, 1_700_000_000),
                    "integer": self._random.randint(least, most),
                    "long": self._random.randint(least, most),
                }.get(shape.type_name, self._random.random())

    def _string(self, shape: StringShape) -> str:
        if shape.enum:
            return self._random.choice(shape.enum)
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1000)
        pattern = re.compile(shape.metadata.get("pattern", ".*"), re.ASCII)
        return next(
            each for each in STRINGS if pattern.fullmatch(each) and least <= len(each) <= most
        )


# The token of another list, and other resources to make something from.
NOT_SENT = ("pageToken", "source", "restore", "useLatest")


@cache
def client_of(region_name: str) -> Any:
    """Return a client of a region: to make one takes longer than all of its requests."""
    return boto3.client("lightsail", region_name=region_name)


class Account:
    """An account in which the resources that a request names exist, or are new."""

    def __init__(self, generator: Generator) -> None:
        self._account = Lightsail()
        self._generator = generator
        self._numbers = itertools.count(1)
        self._region = "us-west-2"

    def send(self, action: str) -> dict[str, Any]:
        """Send a valid request, and return the response."""
        response: dict[str, Any] = self._call(action)[1]
        return response

    def _call(self, action: str) -> tuple[dict[str, Any], Any]:
        request = self.make_request(action)
        return request, self.call(action, request)

    def call(self, action: str, request: dict[str, Any]) -> Any:
        return client_of(self._region)._make_api_call(action, request)

    def make_request(self, action: str) -> dict[str, Any]:
        """Return a valid request, after what it needs has been created."""
        if "omain" in action or "Distribution" in action:
            self._region = HOME
        before: dict[str, Any] = {}
        if action in BEFORE:
            before, response = self._call(BEFORE[action])
            for operation in begun_by(response):
                read_until_ended(operation)
            before |= response.get("accessKey", {})
        shape = input_of(action)
        request = {
            name: value
            for name, value in self._generator.value(shape).items()
            if name in shape.required_members or not name.startswith(NOT_SENT)
        }
        for name in shape.members:
            if name in before:
                request[name] = before[name]
            elif name in request and name in OFFERED:
                request[name] = OFFERED[name]
            elif (action, name) in MAKES:
                request[name] = self._new_name(name)
            elif name not in MAKERS:
                continue
            elif name in shape.required_members or (action, name) in NEEDED:
                request[name] = self._existing(name)
            else:
                request.pop(name, None)
        self._prepare(action, request, before)
        return request

    def _prepare(self, action: str, request: dict[str, Any], before: dict[str, Any]) -> None:
        """Let AWS accept the request."""
        if "availabilityZone" in request:
            request["availabilityZone"] = f"{self._region}a"
        if "origin" in request:
            request["origin"] = {"name": self._existing("bucketName"), "regionName": HOME}
        if action == "DeleteContainerImage":
            request["image"] = f":{before['serviceName']}.{before['label']}.1"
        if "targetResourceArn" in input_of(action).members:
            distribution = self._existing("distributionName")
            shown = self.call("GetDistributions", {"distributionName": distribution})
            request["targetResourceArn"] = shown["distributions"][0]["arn"]
        if action == "DeleteAutoSnapshot":
            resource = {"resourceName": before["resourceName"]}
            [snapshot] = self.call("GetAutoSnapshots", resource)["autoSnapshots"]
            request["date"] = snapshot["date"]
        if action == "CreateCloudFormationStack":
            self._call("ExportSnapshot")
            [record] = self.call("GetExportSnapshotRecords", {})["exportSnapshotRecords"]
            request["instances"][0]["sourceName"] = record["name"]
        fixed, members = FIXED.get(action, {}), input_of(action).members
        request |= {name: fixed[name] for name in fixed.keys() & members.keys()}
        if "bundleId" in request and "Instance" not in action:
            request["bundleId"] = "small_1_0"
        if action.startswith(("AttachCertificate", "AttachLoadBalancerTls")):
            self._account.issue_certificate(request["certificateName"])
        if action in {"DeleteDisk", "DeleteInstance"}:
            request["forceDeleteAddOns"] = True

    def _new_name(self, parameter: str) -> Any:
        name = f"new-{next(self._numbers)}"
        return {"instanceNames": [name, f"{name}-b"], "protocol": "Email"}.get(parameter, name)

    def _existing(self, parameter: str) -> Any:
        action, creating = MAKERS[parameter]
        created = self._call(action)[0][creating]
        return created[0] if creating == "instanceNames" and parameter != creating else created


def input_of(action: str) -> StructureShape:
    shape = MODEL.operation_model(action).input_shape
    assert shape is not None
    return shape


def output_of(action: str) -> StructureShape:
    shape = MODEL.operation_model(action).output_shape
    assert shape is not None
    return shape


PROGRESSIONS: list[dict[str, Any]] = [
    {"progression": "immediate"},
    {"progression": "manual", "times": 1},
    {"progression": "time", "seconds": 0},
]
RETURNING = [
    name
    for name in MODEL.operation_names
    if not name.startswith("Get") and {"operation", "operations"} & set(output_of(name).members)
]
OTHERS = [
    name
    for name in MODEL.operation_names
    if name not in {*RETURNING, "GetOperation", "GetOperations", "GetOperationsForResource"}
]


progressions = pytest.mark.parametrize(
    "progression",
    # Coverage follows one of them: the others execute the same lines of each action.
    [PROGRESSIONS[0], *(pytest.param(each, marks=pytest.mark.heavy) for each in PROGRESSIONS[1:])],
    ids=lambda each: each["progression"],
)


@contextmanager
def progressing(progression: dict[str, Any]) -> Iterator[pytest.MonkeyPatch]:
    """Mock Lightsail, where operations progress in this way."""
    with mock_lightsail(), pytest.MonkeyPatch.context() as patch:
        state_manager.set_transition("lightsail::operation", progression)
        yield patch


def begun_by(response: dict[str, Any]) -> list[Operation]:
    raw = [response["operation"]] if "operation" in response else response.get("operations", [])
    return [Operation.from_dict(each) for each in raw]


def check(action: str, response: dict[str, Any]) -> None:
    """Check a response against the model: its members, and the types of all values."""
    response = {name: value for name, value in response.items() if name != "ResponseMetadata"}
    report = ParamValidator().validate(response, output_of(action))
    assert not report.has_errors(), (action, report.generate_report())


def read_until_ended(begun: Operation) -> Operation:
    """Read an operation until it has ended: three times, if it progresses slowly, and return it."""
    region_name = str(begun.location.region_name)
    client = client_of(HOME if region_name == "global" else region_name)
    for _ in range(3):
        read = Operation.from_dict(client.get_operation(operationId=begun.id)["operation"])
        if read.is_terminal:
            return read
    pytest.fail(f"{begun} does not end")


@progressions
@pytest.mark.parametrize("optional", [0.0, 1.0])
def test_every_action_begins_operations_that_succeed(
    progression: dict[str, Any], optional: float
) -> None:
    assert len(RETURNING) >= 80
    with progressing(progression) as patch:
        for number, action in enumerate(RETURNING):
            patch.setenv("MOTO_ACCOUNT_ID", f"{number:012}")  # each starts with nothing
            account = Account(Generator(optional))
            response = account.send(action)
            check(action, response)
            for operation in begun_by(response):
                assert operation.status in {OperationStatus.STARTED, OperationStatus.SUCCEEDED}
                assert operation.operation_details != operation.resource_name
                assert read_until_ended(operation).status is OperationStatus.SUCCEEDED


@pytest.mark.heavy
@progressions
@pytest.mark.parametrize("optional", [0.0, 1.0])
def test_every_other_action_has_a_valid_response(
    progression: dict[str, Any], optional: float
) -> None:
    with progressing(progression) as patch:
        for number, action in enumerate(OTHERS):
            patch.setenv("MOTO_ACCOUNT_ID", f"{number:012}")
            check(action, Account(Generator(optional)).send(action))


# Parameters that name what need not be there: names to try, to filter by, or to give.
FREE = {
    ("CheckSubdomainAvailability", "subdomainName"),
    ("CreateDistribution", "subdomainName"),
    ("CreateLoadBalancer", "certificateName"),
    ("GetAlarms", "monitoredResourceName"),
    ("StopRelationalDatabase", "relationalDatabaseSnapshotName"),
}


def test_every_action_refuses_the_name_of_nothing() -> None:
    accepted = set()
    with progressing({"progression": "immediate"}) as patch:
        for number, action in enumerate(MODEL.operation_names):
            patch.setenv("MOTO_ACCOUNT_ID", f"{number:012}")
            account = Account(Generator(0.0))
            names = input_of(action).members.keys() & MAKERS.keys() - {"protocol"}
            for name in [each for each in names if (action, each) not in MAKES]:
                nothing: Any = ["nothing"] if name == "instanceNames" else "nothing"
                request = account.make_request(action)
                try:
                    account.call(action, {**request, name: nothing})
                except client_of(HOME).exceptions.NotFoundException:
                    continue
                accepted.add((action, name))
    assert accepted <= FREE  # an older botocore has not all of them
