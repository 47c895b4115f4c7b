"""Snapshots of instances and disks, what is made from them, and the records of their export."""

from __future__ import annotations

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.attachments import Disk, DiskBackend
from lightsail_ops.testing._resources.backend import Action, ResourceBackend, deletes, lists, shows
from lightsail_ops.testing._resources.base import Request, Resource
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing.exceptions import InvalidInputException, NotFoundException


class Snapshot(Resource):
    """A copy of an instance or of a disk; a copy of a copy has its members."""

    family = kind = "Snapshot"

    def __init__(self, backend: ResourceBackend, request: Request, source: Resource) -> None:
        name: str = request.get("targetSnapshotName") or ""
        members = source.members if isinstance(source, Snapshot) else _members_of(source)
        super().__init__(backend, request, name, **members)
        if name and not isinstance(source, Snapshot):
            self.members["isFromAutoSnapshot"] = True


class InstanceSnapshot(Snapshot):
    """A copy of an instance."""

    kind = "InstanceSnapshot"
    named_by = "instanceSnapshotName"
    new_states = ("pending", "available")
    support = "ami-{id}"


class DiskSnapshot(Snapshot):
    """A copy of a disk, or of the system disk of an instance."""

    kind = "DiskSnapshot"
    named_by = "diskSnapshotName"
    new_states = ("pending", "completed")
    support = "snap-{id}"

    def to_dict(self) -> JsonObject:
        progress = "100%" if self.current_state == "completed" else "0%"
        return super().to_dict() | {"progress": progress}


def _members_of(source: Resource) -> JsonObject:
    """Return what a snapshot says of its source."""
    named = {f"from{source.kind}Name": source.name, f"from{source.kind}Arn": source.arn}
    if not isinstance(source, Instance):
        return named | {"sizeInGb": source.members["sizeInGb"]}
    disks = [each.to_dict() for each in source.attachments if isinstance(each, Disk)]
    ids = {f"from{name[0].upper()}{name[1:]}": source.members[name] for name in _IDS}
    return named | ids | {"sizeInGb": source.bundle["diskSizeInGb"], "fromAttachedDisks": disks}


_IDS = ("blueprintId", "bundleId")


class _Record(Resource):
    """A record, which has a name that nobody chooses."""

    new_states = ("Started", "Succeeded")

    def __init__(self, backend: ResourceBackend, request: Request, **members: object) -> None:
        name = f"{self.kind}-{backend.new_number()[1]}"
        super().__init__(backend, request, name, **members)


class ExportSnapshotRecord(_Record):
    """A snapshot that is exported to EC2."""

    kind = "ExportSnapshotRecord"


class CloudFormationStackRecord(_Record):
    """A stack of instances of EC2 that are made from exported snapshots."""

    kind = "CloudFormationStackRecord"

    def to_dict(self) -> JsonObject:
        region, account = self.location.region_name, self.backend.account_id
        stack = f"{region}:{account}:stack/Lightsail-Stack-{self.uuid}/{self.uuid}"
        arn = f"arn:{self.backend.partition}:cloudformation:{stack}"
        destination = {"id": arn, "service": "Aws::CloudFormation::Stack"}
        return super().to_dict() | {"destinationInfo": destination}


def _members_of_export(snapshot: Snapshot) -> JsonObject:
    sent = snapshot.to_dict()
    is_disk, size = isinstance(snapshot, DiskSnapshot), {"sizeInGb": sent["sizeInGb"]}
    source = {name: sent[name] for name in ("resourceType", "createdAt", "name", "arn")}
    for ending in ("Name", "Arn"):
        names = (f"fromInstance{ending}", f"fromDisk{ending}")
        source[f"fromResource{ending}"] = next(sent[name] for name in names if name in sent)
    if is_disk:
        source["diskSnapshotInfo"] = size
    else:
        disks = [{"path": "/dev/sda1", "isSystemDisk": True} | size, *sent["fromAttachedDisks"]]
        source["instanceSnapshotInfo"] = sent | {"fromDiskInfo": disks}
    service = "Aws::EC2::Snapshot" if is_disk else "Aws::EC2::Image"
    return {
        "sourceInfo": source,
        "destinationInfo": {"id": snapshot.support_id, "service": service},
    }


class SnapshotBackend(DiskBackend):
    """The actions on snapshots of instances and disks."""

    get_instance_snapshot: Action = shows(InstanceSnapshot, "instanceSnapshot")
    get_instance_snapshots: Action = lists(InstanceSnapshot, "instanceSnapshots")
    delete_instance_snapshot: Action = deletes(InstanceSnapshot)
    get_disk_snapshot: Action = shows(DiskSnapshot, "diskSnapshot")
    get_disk_snapshots: Action = lists(DiskSnapshot, "diskSnapshots")
    delete_disk_snapshot: Action = deletes(DiskSnapshot)
    get_export_snapshot_records: Action = lists(ExportSnapshotRecord, "exportSnapshotRecords")
    get_cloud_formation_stack_records: Action = lists(
        CloudFormationStackRecord, "cloudFormationStackRecords"
    )

    def create_instance_snapshot(self, request: Request) -> JsonObject:
        instance = self.named(Instance, request["instanceName"])
        return self.create(InstanceSnapshot(self, request, instance), instance)

    def create_disk_snapshot(self, request: Request) -> JsonObject:
        source = self._source_in(request, diskName=Disk, instanceName=Instance)
        return self.create(DiskSnapshot(self, request, source), source)

    def create_instances_from_snapshot(self, request: Request) -> JsonObject:
        source = self._source_in(
            request, instanceSnapshotName=InstanceSnapshot, sourceInstanceName=Instance
        )
        members = source.members
        blueprint_id = members.get("fromBlueprintId") or members["blueprintId"]
        return self.start_instances(request, blueprint_id, request.action)

    def create_disk_from_snapshot(self, request: Request) -> JsonObject:
        self._source_in(request, diskSnapshotName=DiskSnapshot, sourceDiskName=Disk)
        return self.create(Disk(self, request))

    def copy_snapshot(self, request: Request) -> JsonObject:
        there = self.in_region(request["sourceRegion"])
        if "sourceSnapshotName" in request:
            source: Resource = there.named(Snapshot, request["sourceSnapshotName"])
        else:
            source = there.named(Resource, request.get("sourceResourceName", ""))
        if not isinstance(source, Snapshot | Instance | Disk):
            raise NotFoundException(f"There is no snapshot of {source.name}.")
        kind = InstanceSnapshot if source.kind.startswith("Instance") else DiskSnapshot
        details = f"{request['sourceRegion']}:{source.name}"
        return self.create(kind(self, request, source), details=details)

    def export_snapshot(self, request: Request) -> JsonObject:
        snapshot = self.named(Snapshot, request["sourceSnapshotName"])
        record = ExportSnapshotRecord(self, request, **_members_of_export(snapshot))
        return self.create(record, snapshot)

    def create_cloud_formation_stack(self, request: Request) -> JsonObject:
        names = [each["sourceName"] for each in request["instances"]]
        found = [self.find(ExportSnapshotRecord, name) for name in names]
        sources = [each.to_dict() for each in found if each is not None]
        return self.create(CloudFormationStackRecord(self, request, sourceInfo=sources))

    def _source_in(self, request: Request, **kinds: type[Resource]) -> Resource:
        """Return the resource that one of these parameters names, or raise AWS's error."""
        for name, kind in kinds.items():
            if name in request:
                return self.named(kind, request[name])
        raise InvalidInputException(f"{' or '.join(kinds)} must name a resource.")
