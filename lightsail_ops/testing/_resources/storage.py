"""Disks and static IPs, which are attached to instances, snapshots, and automatic snapshots."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from functools import partial

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._operations import to_milliseconds
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Attachable, How, Request, Resource
from lightsail_ops.testing._resources.instances import (
    Instance,
    InstanceBackend,
    check_add_ons,
    new_add_on,
    new_add_ons,
)
from lightsail_ops.testing.exceptions import NotFoundException, check

_PATH = re.compile(r"/dev/(xvd|sd)[a-z]{1,2}[0-9]{0,2}")
_KEPT_DAYS = 7  # from Lightsail's help page on automatic snapshots


class Disk(Attachable):
    """A block storage disk."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        super().__init__(backend, request, addOns=new_add_ons(request))

    def derive(self, now: JsonObject) -> JsonObject:
        return super().derive(now) | {
            "addOns": list(now["addOns"].values()),
            "attachmentState": "attached" if now.get("attachedTo") else "detached",
            "iops": max(100, 3 * now["sizeInGb"]),
        }

    def check_not_attached(self) -> None:
        """Raise AWS's error if it is attached, or being attached."""
        name = self.now.get("attachedTo") or self.now.get("attachingTo")
        check(name is None, f"The Disk {self.name} is attached to {name}.")


class StaticIp(Attachable):
    """A public IPv4 address that stays the same."""


class Snapshot(Resource):
    """A copy of an instance or of a disk; a copy of a copy has its members."""

    def __init__(self, backend: on.ResourceBackend, request: Request, source: Resource) -> None:
        name: str = request.get("targetSnapshotName") or ""
        members = source.members if isinstance(source, Snapshot) else _describe_source(source)
        super().__init__(backend, request, name, **members)
        if name and not isinstance(source, Snapshot):
            self.members["isFromAutoSnapshot"] = True

    def describe_export(self) -> JsonObject:
        """Return the members of the record of its export to EC2."""
        sent, source = self.to_dict(), self.to_dict()
        for ending in ("Name", "Arn"):
            names = (f"fromInstance{ending}", f"fromDisk{ending}")
            source[f"fromResource{ending}"] = next(sent[name] for name in names if name in sent)
        if isinstance(self, DiskSnapshot):
            source["diskSnapshotInfo"], service = sent, "Aws::EC2::Snapshot"
        else:
            system_disk = {"path": "/dev/sda1", "isSystemDisk": True, "sizeInGb": sent["sizeInGb"]}
            disks = [system_disk, *sent["fromAttachedDisks"]]
            source["instanceSnapshotInfo"] = sent | {"fromDiskInfo": disks}
            service = "Aws::EC2::Image"
        destination = {"id": self.support_id, "service": service}
        return {"sourceInfo": source, "destinationInfo": destination}


class InstanceSnapshot(Snapshot):
    """A copy of an instance."""


class DiskSnapshot(Snapshot):
    """A copy of a disk, or of the system disk of an instance."""

    def derive(self, now: JsonObject) -> JsonObject:
        return {"progress": "100%" if now["state"] == "completed" else "0%"}


def _describe_source(source: Resource) -> JsonObject:
    """Return what a snapshot says of its source."""
    named = {f"from{source.kind}Name": source.name, f"from{source.kind}Arn": source.arn}
    if not isinstance(source, Instance):
        return named | {"sizeInGb": source.members["sizeInGb"]}
    return named | {
        "fromAttachedDisks": [disk.to_dict() for disk in source.list_attached("Disk")],
        "fromBlueprintId": source.members["blueprintId"],
        "fromBundleId": source.members["bundleId"],
        "sizeInGb": source.bundle["diskSizeInGb"],
    }


class ExportSnapshotRecord(Resource):
    """A snapshot that is exported to EC2."""


class CloudFormationStackRecord(Resource):
    """A stack of instances of EC2 that are made from exported snapshots."""


class StorageBackend(InstanceBackend):
    """The actions on disks, static IPs, snapshots and add-ons."""

    create_disk: on.Action = on.creates(Disk)
    get_disk: on.Action = on.shows(Disk)
    get_disks: on.Action = on.lists(Disk)
    allocate_static_ip: on.Action = on.creates(StaticIp)
    get_static_ip: on.Action = on.shows(StaticIp)
    get_static_ips: on.Action = on.lists(StaticIp)
    release_static_ip: on.Action = on.deletes(StaticIp)
    create_instance_snapshot: on.Action = on.creates(InstanceSnapshot, Instance)
    get_instance_snapshot: on.Action = on.shows(InstanceSnapshot)
    get_instance_snapshots: on.Action = on.lists(InstanceSnapshot)
    delete_instance_snapshot: on.Action = on.deletes(InstanceSnapshot)
    get_disk_snapshot: on.Action = on.shows(DiskSnapshot)
    get_disk_snapshots: on.Action = on.lists(DiskSnapshot)
    delete_disk_snapshot: on.Action = on.deletes(DiskSnapshot)
    get_export_snapshot_records: on.Action = on.lists(ExportSnapshotRecord)
    get_cloud_formation_stack_records: on.Action = on.lists(CloudFormationStackRecord)

    def attach_disk(self, request: Request) -> JsonObject:
        disk, instance = self.subject(Disk, request), self.subject(Instance, request)
        path, is_mounted = request["diskPath"], request.get("autoMounting")
        disk.check_not_attached()
        taken = [each.members["path"] for each in instance.list_attached("Disk")]
        check(_PATH.fullmatch(path), f"{path!r} is no path of a disk, such as /dev/xvdf.")
        check(path not in taken, f"{instance.name} has another disk at {path}.")
        is_near = disk.location == instance.location
        check(is_near, f"{disk.name} is in another zone than {instance.name}.")
        status = "Mounted" if is_mounted else "NotMounted"
        after = {"attachedTo": instance.name, "path": path, "autoMountStatus": status}
        during = {"attachingTo": instance.name}
        return self.begin(request, disk, instance, during=during, after=after)

    def detach_disk(self, request: Request) -> JsonObject:
        return self.begin_detaching(request, self.subject(Disk, request))

    def delete_disk(self, request: Request) -> JsonObject:
        disk = self.subject(Disk, request)
        disk.check_not_attached()
        check_add_ons(disk, request)
        return self.begin(request, disk, goes=[disk])

    def attach_static_ip(self, request: Request) -> JsonObject:
        static_ip, instance = self.subject(StaticIp, request), self.subject(Instance, request)
        attached_to = static_ip.members.get("attachedTo")
        is_free = attached_to in (None, instance.name)
        check(is_free, f"The StaticIp {static_ip.name} is attached to {attached_to}.")
        # One that the instance has is not attached any more.
        how = How(effect=instance.detach_static_ip, after={"attachedTo": instance.name})
        return self.begin(request, static_ip, instance, **how)

    def detach_static_ip(self, request: Request) -> JsonObject:
        static_ip = self.subject(StaticIp, request)
        instance = self.get(Instance, static_ip.check_attached())
        return self.begin(request, static_ip, instance, after={"attachedTo": None})

    def create_disk_snapshot(self, request: Request) -> JsonObject:
        source = self.source(request, diskName=Disk, instanceName=Instance)
        return self.begin(request, DiskSnapshot(self, request, source), source)

    def create_instances_from_snapshot(self, request: Request) -> JsonObject:
        kinds = {"instanceSnapshotName": InstanceSnapshot, "sourceInstanceName": Instance}
        members = self.source(request, **kinds).members
        blueprint_id = members.get("fromBlueprintId") or members["blueprintId"]
        return self.begin_instances(request, blueprint_id)

    def create_disk_from_snapshot(self, request: Request) -> JsonObject:
        self.source(request, diskSnapshotName=DiskSnapshot, sourceDiskName=Disk)
        return self.begin(request, Disk(self, request))

    def copy_snapshot(self, request: Request) -> JsonObject:
        there = self.in_region(request["sourceRegion"])
        if "sourceSnapshotName" in request:
            source: Resource = there.subject(Snapshot, request, "sourceSnapshotName")
        else:
            source = there.named(Resource, request.get("sourceResourceName", ""))
        if not isinstance(source, Snapshot | Instance | Disk):
            raise NotFoundException(f"There is no snapshot of {source.name}.")
        kind = InstanceSnapshot if source.kind.startswith("Instance") else DiskSnapshot
        details = f"{request['sourceRegion']}:{source.name}"
        return self.begin(request, kind(self, request, source), details=details)

    def export_snapshot(self, request: Request) -> JsonObject:
        snapshot = self.subject(Snapshot, request, "sourceSnapshotName")
        name, members = self._name_record("ExportSnapshotRecord"), snapshot.describe_export()
        return self.begin(request, ExportSnapshotRecord(self, request, name, **members), snapshot)

    def create_cloud_formation_stack(self, request: Request) -> JsonObject:
        names = [each["sourceName"] for each in request["instances"]]
        sources = [each.to_dict() for each in self.all(ExportSnapshotRecord) if each.name in names]
        name = self._name_record("CloudFormationStackRecord")
        record = CloudFormationStackRecord(self, request, name, sourceInfo=sources)
        return self.begin(request, record)

    def _name_record(self, kind: str) -> str:
        return f"{kind}-{self.new_number()[1]}"  # nobody chooses it

    def enable_add_on(self, request: Request) -> JsonObject:
        resource, wanted = self.subject(Resource, request), request["addOnRequest"]
        name, add_ons = wanted["addOnType"], resource.members.setdefault("addOns", {})
        during = {"addOns": add_ons | {name: new_add_on(wanted, "Enabling")}}
        effect = partial(add_ons.update, {name: new_add_on(wanted, "Enabled")})
        return self.begin(request, resource, during=during, effect=effect)

    def disable_add_on(self, request: Request) -> JsonObject:
        resource, name = self.subject(Resource, request), request["addOnType"]
        add_ons = resource.members.setdefault("addOns", {})
        disabling = {name: add_ons[name] | {"status": "Disabling"}} if name in add_ons else {}
        effect = partial(add_ons.pop, name, None)
        return self.begin(request, resource, during={"addOns": add_ons | disabling}, effect=effect)

    def get_auto_snapshots(self, request: Request) -> JsonObject:
        resource = self.read(Resource, request)
        names = {"resourceName": resource.name, "resourceType": resource.kind}
        return names | {"autoSnapshots": _list_auto_snapshots(resource)}

    def delete_auto_snapshot(self, request: Request) -> JsonObject:
        resource, date = self.subject(Resource, request), request["date"]
        deleted = [*resource.members.get("deletedAutoSnapshots", []), date]
        how = How(details=f"DeleteAutoSnapshot-{date}", after={"deletedAutoSnapshots": deleted})
        return self.begin(request, resource, **how)


def _list_auto_snapshots(resource: Resource) -> list[JsonObject]:
    """Return the automatic snapshots of a resource, the newest first: one a day, for a week."""
    if "AutoSnapshot" not in resource.members.get("addOns", {}):
        return []
    add_on, deleted = resource.members["addOns"]["AutoSnapshot"], "deletedAutoSnapshots"
    now = to_milliseconds(datetime.now(UTC))
    at = time.fromisoformat(add_on["snapshotTimeOfDay"]).replace(tzinfo=UTC)
    days = [now.date() - timedelta(days=age) for age in range(_KEPT_DAYS)]
    return [
        {
            "date": day.isoformat(),
            "createdAt": min(now, max(datetime.combine(day, at), resource.created_at)),
            "status": "Success",
            "fromAttachedDisks": [],
        }
        for day in days
        if day >= resource.created_at.date()
        and day.isoformat() not in resource.members.get(deleted, [])
    ]
