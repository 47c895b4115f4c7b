"""Snapshots of instances and disks, and what is made from them."""

from __future__ import annotations

from typing import ClassVar

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import InvalidInputException, NotFoundException
from lightsail_ops.testing.resources.backend import SNAPSHOT, delete_one, show_one, show_page
from lightsail_ops.testing.resources.base import Request, Resource, States
from lightsail_ops.testing.resources.disks import Disk, DiskBackend
from lightsail_ops.testing.resources.instances import Instance, InstanceBackend


class InstanceSnapshot(Resource):
    """A copy of an instance."""

    kind = "InstanceSnapshot"
    new_states: ClassVar[States] = ("pending", "available")
    support = "ami-{id}"


class DiskSnapshot(Resource):
    """A copy of a disk, or of the system disk of an instance."""

    kind = "DiskSnapshot"
    new_states: ClassVar[States] = ("pending", "completed")
    support = "snap-{id}"

    def to_dict(self) -> JsonObject:
        progress = "100%" if self.current_state == "completed" else "0%"
        return super().to_dict() | {"progress": progress}


def _members_of_snapshot(source: Instance | Disk) -> JsonObject:
    """Return what a snapshot says of its source."""
    if isinstance(source, Disk):
        named = {"fromDiskName": source.name, "fromDiskArn": source.arn}
        return named | {"sizeInGb": source.members["sizeInGb"]}
    disks = [each for each in source.attachments if isinstance(each, Disk)]
    return {
        "fromAttachedDisks": [disk.to_dict() for disk in disks],
        "fromBlueprintId": source.members["blueprintId"],
        "fromBundleId": source.members["bundleId"],
        "fromInstanceArn": source.arn,
        "fromInstanceName": source.name,
        "sizeInGb": source.bundle["diskSizeInGb"],
    }


class InstanceSnapshotBackend(InstanceBackend):
    """The actions on snapshots of instances."""

    get_instance_snapshot = show_one(InstanceSnapshot, "instanceSnapshot", "instanceSnapshotName")
    get_instance_snapshots = show_page(InstanceSnapshot, "instanceSnapshots")
    delete_instance_snapshot = delete_one(InstanceSnapshot, "instanceSnapshotName")

    def create_instance_snapshot(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])
        name = self.check_free(InstanceSnapshot, request["instanceSnapshotName"])
        members = _members_of_snapshot(instance) | request.only("tags")
        snapshot = InstanceSnapshot(self, name, members)
        return self.start("CreateInstanceSnapshot", snapshot, instance, comes=snapshot)

    def create_instances_from_snapshot(self, request: Request) -> list[JsonObject]:
        if "instanceSnapshotName" in request:
            snapshot = self.named(InstanceSnapshot, request["instanceSnapshotName"])
            blueprint_id = snapshot.members["fromBlueprintId"]
        elif "sourceInstanceName" in request:
            source = self.named(Instance, request["sourceInstanceName"])
            blueprint_id = source.members["blueprintId"]
        else:
            raise InvalidInputException("instanceSnapshotName or sourceInstanceName must be given.")
        members = request.only("bundleId ipAddressType tags") | {"blueprintId": blueprint_id}
        return self.start_instances(request, members, request.action)


class DiskSnapshotBackend(DiskBackend):
    """The actions on snapshots of disks."""

    get_disk_snapshot = show_one(DiskSnapshot, "diskSnapshot", "diskSnapshotName")
    get_disk_snapshots = show_page(DiskSnapshot, "diskSnapshots")
    delete_disk_snapshot = delete_one(DiskSnapshot, "diskSnapshotName")

    def create_disk_snapshot(self, request: Request) -> list[JsonObject]:
        source: Instance | Disk
        if "diskName" in request:
            source = self.named(Disk, request["diskName"])
        elif "instanceName" in request:
            source = self.named(Instance, request["instanceName"])
        else:
            raise InvalidInputException("diskName or instanceName must name a resource.")
        name = self.check_free(DiskSnapshot, request["diskSnapshotName"])
        snapshot = DiskSnapshot(self, name, _members_of_snapshot(source) | request.only("tags"))
        return self.start("CreateDiskSnapshot", snapshot, source, comes=snapshot)

    def create_disk_from_snapshot(self, request: Request) -> list[JsonObject]:
        if "diskSnapshotName" in request:
            self.named(DiskSnapshot, request["diskSnapshotName"])
        elif "sourceDiskName" in request:
            self.named(Disk, request["sourceDiskName"])
        else:
            raise InvalidInputException("diskSnapshotName or sourceDiskName must be given.")
        return self.create_disk(request)


class CopyBackend(InstanceBackend):
    """The action on snapshots of both kinds."""

    def copy_snapshot(self, request: Request) -> list[JsonObject]:
        source = self._source_of_copy(request)
        kind = InstanceSnapshot if source.kind.startswith("Instance") else DiskSnapshot
        members = dict(source.members)
        if isinstance(source, Instance | Disk):
            members = _members_of_snapshot(source) | {"isFromAutoSnapshot": True}
        name = self.check_free(kind, request["targetSnapshotName"])
        copy = kind(self, name, members)
        details = f"{request['sourceRegion']}:{source.name}"
        return self.start("CopySnapshot", copy, comes=copy, details=details)

    def _source_of_copy(self, request: Request) -> Resource:
        there = self.in_region(request["sourceRegion"])
        if "sourceSnapshotName" in request:
            source = there.named_any(request["sourceSnapshotName"], SNAPSHOT)
            if isinstance(source, InstanceSnapshot | DiskSnapshot):
                return source
        else:
            source = there.named_any(request.get("sourceResourceName", ""))
            if isinstance(source, Instance | Disk):
                return source
        raise NotFoundException(f"There is no snapshot to copy of {source.name}.")
