"""The records of snapshots that are exported to EC2, and of the stacks that are made from them."""

from __future__ import annotations

from typing import ClassVar

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import NotFoundException
from lightsail_ops.testing.resources.backend import SNAPSHOT, ResourceBackend, show_page
from lightsail_ops.testing.resources.base import Request, Resource, States
from lightsail_ops.testing.resources.snapshots import DiskSnapshot, InstanceSnapshot


class _Record(Resource):
    """A record, which has a name that nobody chooses."""

    new_states: ClassVar[States] = ("Started", "Succeeded")

    def __init__(self, backend: ResourceBackend, members: JsonObject) -> None:
        super().__init__(backend, "", members)
        self.name = f"{self.kind}-{self.uuid}"


class ExportSnapshotRecord(_Record):
    """A snapshot that is exported to EC2."""

    kind = "ExportSnapshotRecord"


class CloudFormationStackRecord(_Record):
    """A stack of instances of EC2 that are made from exported snapshots."""

    kind = "CloudFormationStackRecord"

    def to_dict(self) -> JsonObject:
        stack = f"Lightsail-Stack-{self.uuid}/{self.uuid}"
        region, account = self.location.region_name, self.backend.account_id
        arn = f"arn:{self.backend.partition}:cloudformation:{region}:{account}:stack/{stack}"
        destination = {"id": arn, "service": "Aws::CloudFormation::Stack"}
        return super().to_dict() | {"destinationInfo": destination}


def _members_of_export(snapshot: InstanceSnapshot | DiskSnapshot) -> JsonObject:
    members = snapshot.members
    source: JsonObject = {
        "resourceType": snapshot.kind,
        "createdAt": snapshot.created_at,
        "name": snapshot.name,
        "arn": snapshot.arn,
        "fromResourceName": members.get("fromInstanceName", members.get("fromDiskName")),
        "fromResourceArn": members.get("fromInstanceArn", members.get("fromDiskArn")),
    }
    if isinstance(snapshot, DiskSnapshot):
        source["diskSnapshotInfo"] = {"sizeInGb": members["sizeInGb"]}
        destination = {"id": snapshot.support_id, "service": "Aws::EC2::Snapshot"}
        return {"sourceInfo": source, "destinationInfo": destination}
    disk = {"path": "/dev/sda1", "sizeInGb": members["sizeInGb"], "isSystemDisk": True}
    others = [
        {"name": each["name"], "path": each["path"], "sizeInGb": each["sizeInGb"]}
        for each in members["fromAttachedDisks"]
    ]
    source["instanceSnapshotInfo"] = {
        "fromBundleId": members["fromBundleId"],
        "fromBlueprintId": members["fromBlueprintId"],
        "fromDiskInfo": [disk, *others],
    }
    destination = {"id": snapshot.support_id, "service": "Aws::EC2::Image"}
    return {"sourceInfo": source, "destinationInfo": destination}


class RecordBackend(ResourceBackend):
    """The actions that records are made by."""

    get_export_snapshot_records = show_page(ExportSnapshotRecord, "exportSnapshotRecords")
    get_cloud_formation_stack_records = show_page(
        CloudFormationStackRecord, "cloudFormationStackRecords"
    )

    def export_snapshot(self, request: Request) -> list[JsonObject]:
        snapshot = self.named_any(request["sourceSnapshotName"], SNAPSHOT)
        if not isinstance(snapshot, InstanceSnapshot | DiskSnapshot):
            raise NotFoundException(f"There is no snapshot to export: {snapshot.name}")
        record = ExportSnapshotRecord(self, _members_of_export(snapshot))
        return self.start("ExportSnapshot", record, snapshot, comes=record)

    def create_cloud_formation_stack(self, request: Request) -> list[JsonObject]:
        names = [each["sourceName"] for each in request["instances"]]
        found = [self.find(ExportSnapshotRecord.kind, name) for name in names]
        sources = [
            {"resourceType": each.kind, "name": each.name, "arn": each.arn}
            for each in found
            if each is not None
        ]
        record = CloudFormationStackRecord(self, {"sourceInfo": sources})
        return self.start("CreateCloudFormationStack", record, comes=record)
