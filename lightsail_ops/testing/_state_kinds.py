"""The kinds of resources that a file for the server may have, and how each is created."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import attrs

Table: TypeAlias = Mapping[str, Any]
Calls: TypeAlias = list[tuple[str, dict[str, Any]]]

_NOTHING: Mapping[str, Any] = {}


class StateError(ValueError):
    """The file cannot be used; the message names its table and its key."""


@attrs.frozen
class Resource:
    """A resource of the file, and where it is to be."""

    kind: str
    table: Table
    """Its keys and values."""
    region: str
    zone: str
    path: str
    """Where a disk is attached, if the file does not say."""

    @property
    def name(self) -> Any:
        """Its name, or None if resources of its kind have none."""
        return self.table.get("name")


@attrs.frozen
class Kind:
    """The creation of a kind of resource."""

    action: str
    name: str | None
    """The member of the request that takes the name, if there is one."""
    defaults: Table = _NOTHING
    aliases: Mapping[str, str] = _NOTHING
    """Members of the resource that the request has under another name."""
    region: str | None = None
    """The only region that has such resources."""
    then: Mapping[str, Callable[[Resource], Calls]] = _NOTHING
    """What else is called for a key, after the resource has been created."""


def _attach_disk(disk: Resource) -> Calls:
    path = disk.table.get("path", disk.path)
    request = {"diskName": disk.name, "instanceName": disk.table["attachedTo"], "diskPath": path}
    return [("AttachDisk", request)]


def _attach_static_ip(ip: Resource) -> Calls:
    request = {"staticIpName": ip.name, "instanceName": ip.table["attachedTo"]}
    return [("AttachStaticIp", request)]


def _attach_instances(balancer: Resource) -> Calls:
    names = balancer.table["instanceNames"]
    request = {"loadBalancerName": balancer.name, "instanceNames": names}
    return [("AttachInstancesToLoadBalancer", request)]


def _open_ports(instance: Resource) -> Calls:
    request = {"instanceName": instance.name, "portInfos": instance.table["ports"]}
    return [("PutInstancePublicPorts", request)]


def _change_state(instance: Resource) -> Calls:
    states: dict[Any, Calls] = {
        "running": [],
        "stopped": [("StopInstance", {"instanceName": instance.name})],
    }
    state = instance.table["state"]
    if not isinstance(state, str) or state not in states:
        raise StateError(f"must be running or stopped, not {state!r}")
    return states[state]


def _create_entries(domain: Resource) -> Calls:
    entries = domain.table["domainEntries"]
    if not isinstance(entries, list):
        raise StateError(f"must be an array, not {entries!r}")
    return [
        ("CreateDomainEntry", {"domainName": domain.name, "domainEntry": entry})
        for entry in cast("list[object]", entries)
    ]


# In an order in which what is referred to comes first.
KINDS: Mapping[str, Kind] = {
    "keyPair": Kind("CreateKeyPair", "keyPairName"),
    "instance": Kind(
        "CreateInstances",
        "instanceNames",
        {"blueprintId": "amazon_linux_2023", "bundleId": "nano_3_0"},
        {"sshKeyName": "keyPairName"},
        then={"ports": _open_ports, "state": _change_state},
    ),
    "disk": Kind(
        "CreateDisk",
        "diskName",
        {"sizeInGb": 8},
        then={"attachedTo": _attach_disk, "path": lambda _: []},
    ),
    "staticIp": Kind("AllocateStaticIp", "staticIpName", then={"attachedTo": _attach_static_ip}),
    "relationalDatabase": Kind(
        "CreateRelationalDatabase",
        "relationalDatabaseName",
        {
            "relationalDatabaseBlueprintId": "mysql_8_0",
            "relationalDatabaseBundleId": "micro_2_0",
            "masterDatabaseName": "main",
            "masterUsername": "administrator",
        },
    ),
    "instanceSnapshot": Kind(
        "CreateInstanceSnapshot",
        "instanceSnapshotName",
        aliases={"fromInstanceName": "instanceName"},
    ),
    "diskSnapshot": Kind(
        "CreateDiskSnapshot",
        "diskSnapshotName",
        aliases={"fromDiskName": "diskName", "fromInstanceName": "instanceName"},
    ),
    "relationalDatabaseSnapshot": Kind(
        "CreateRelationalDatabaseSnapshot",
        "relationalDatabaseSnapshotName",
        aliases={"fromRelationalDatabaseName": "relationalDatabaseName"},
    ),
    "exportSnapshotRecord": Kind("ExportSnapshot", None),
    "domain": Kind(
        "CreateDomain", "domainName", region="us-east-1", then={"domainEntries": _create_entries}
    ),
    "certificate": Kind("CreateCertificate", "certificateName"),
    "loadBalancer": Kind(
        "CreateLoadBalancer",
        "loadBalancerName",
        {"instancePort": 80},
        then={"instanceNames": _attach_instances},
    ),
    "loadBalancerTlsCertificate": Kind(
        "CreateLoadBalancerTlsCertificate",
        "certificateName",
        aliases={
            "domainName": "certificateDomainName",
            "subjectAlternativeNames": "certificateAlternativeNames",
        },
    ),
    "bucket": Kind("CreateBucket", "bucketName", {"bundleId": "small_1_0"}),
    "distribution": Kind(
        "CreateDistribution",
        "distributionName",
        {"bundleId": "small_1_0", "defaultCacheBehavior": {"behavior": "cache"}},
        region="us-east-1",
    ),
    "containerService": Kind(
        "CreateContainerService", "serviceName", {"power": "nano", "scale": 1}
    ),
    "contactMethod": Kind("CreateContactMethod", None),
    "alarm": Kind("PutAlarm", "alarmName"),
    "cloudFormationStackRecord": Kind("CreateCloudFormationStack", None),
}
