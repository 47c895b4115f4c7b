"""Disks and static IPs, which are attached to instances, snapshots, and automatic snapshots."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from lightsail_ops.testing._data import JsonObject, action_model
from lightsail_ops.testing._operations import to_milliseconds
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Attachable, Effect, Request, Resource, Snapshot
from lightsail_ops.testing._resources.instances import (
    Instance,
    InstanceBackend,
    check_add_ons,
    new_add_on,
    new_add_ons,
)
from lightsail_ops.testing.exceptions import check, check_exists

_AUTOMATIC = ("restoreDate", "useLatestRestorableAutoSnapshot")
_KEPT_DAYS = 7  # from Lightsail's help page on automatic snapshots


class Disk(Attachable):
    """A block storage disk."""

    def __init__(self, backend: on.ResourceBackend, request: Request, **members: object) -> None:
        super().__init__(backend, request, "", addOns=new_add_ons(request), **members)

    def derive(self, now: JsonObject) -> JsonObject:
        # An instance whose creation fails leaves its disks behind.
        is_attached = now.get("attachedTo") is not None
        is_left = now["state"] == "in-use" and not is_attached
        return super().derive(now) | {
            "addOns": list(now["addOns"].values()),
            "attachmentState": "attached" if is_attached else "detached",
            "iops": max(100, 3 * now["sizeInGb"]),
            "path": now.get("path") if is_attached else None,
            "state": "available" if is_left else now["state"],
        }

    def check_not_attached(self) -> None:
        names = self.foresee("attachedTo")
        check(not names, f"The Disk {self.name} is attached to {', '.join(names)}.")


class StaticIp(Attachable):
    """A public IPv4 address that stays the same."""


class ExportableSnapshot(Snapshot):
    """A copy of an instance or of a disk."""

    def describe_export(self) -> JsonObject:
        """Return what a record of its export has: where it comes from and what it becomes."""
        sent = self.to_dict()
        system_disk = {"path": "/dev/sda1", "isSystemDisk": True, "sizeInGb": sent["sizeInGb"]}
        info = sent | {"fromDiskInfo": [system_disk, *sent.get("fromAttachedDisks", ())]}
        destination = {"id": self.support_id, "service": self.facts["exports"]}
        return {"sourceInfo": sent | {f"{self.member}Info": info}, "destinationInfo": destination}


class InstanceSnapshot(ExportableSnapshot):
    """A copy of an instance, and of the disks that are attached to it."""


class DiskSnapshot(ExportableSnapshot):
    """A copy of a disk, or of the system disk of an instance."""

    def derive(self, now: JsonObject) -> JsonObject:
        return {"progress": "100%" if now["state"] == "completed" else "0%"}


def _name_disks(
    instance: Resource, disks: Iterable[JsonObject], mapping: Iterable[JsonObject]
) -> dict[str, str]:
    # Those that the request does not name: guess.
    names = {disk["path"]: f"{instance.name}-{disk['name']}" for disk in disks}
    for each in mapping:
        path = each.get("originalDiskPath")
        check(path in names, f"The snapshot has no disk at {path}.")
        names[path] = each.get("newDiskName", names[path])
    return names


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
    create_disk_snapshot: on.Action = on.creates(DiskSnapshot, Disk, Instance)
    create_instance_snapshot: on.Action = on.creates(InstanceSnapshot, Instance)
    get_instance_snapshot: on.Action = on.shows(InstanceSnapshot)
    get_instance_snapshots: on.Action = on.lists(InstanceSnapshot)
    delete_instance_snapshot: on.Action = on.deletes(InstanceSnapshot)
    get_disk_snapshot: on.Action = on.shows(DiskSnapshot)
    get_disk_snapshots: on.Action = on.lists(DiskSnapshot)
    delete_disk_snapshot: on.Action = on.deletes(DiskSnapshot)
    get_export_snapshot_records: on.Action = on.lists(ExportSnapshotRecord)
    get_cloud_formation_stack_records: on.Action = on.lists(CloudFormationStackRecord)

    @on.changing(Disk, goes=True)
    def delete_disk(self, request: Request, disk: Disk) -> None:
        disk.check_not_attached()
        check_add_ons(disk, request)

    @on.changing(Disk, Instance)
    def attach_disk(self, request: Request, disk: Disk, instance: Instance) -> Effect:
        disk.check_not_attached()
        path, is_near = request["diskPath"], disk.location == instance.location
        others = [each for each in self.all(Disk) if instance.name in each.foresee("attachedTo")]
        paths = [path for each in others for path in each.foresee("path")]
        is_free = path not in (instance.members["systemDisk"]["path"], *paths)
        check(is_free, f"{instance.name} has another disk at {path}.")
        check(is_near, f"{disk.name} is in another zone than {instance.name}.")
        status = "Mounted" if request.get("autoMounting") else "NotMounted"
        return {"after": {"attachedTo": instance.name, "path": path, "autoMountStatus": status}}

    def detach_disk(self, request: Request) -> JsonObject:
        return self.begin_detaching(request, self.find(Disk, request))

    @on.changing(StaticIp, Instance)
    def attach_static_ip(self, _: Request, static_ip: StaticIp, instance: Instance) -> Effect:
        attached_to = static_ip.members.get("attachedTo")
        is_free = attached_to in (None, instance.name)
        check(is_free, f"The StaticIp {static_ip.name} is attached to {attached_to}.")

        def on_success() -> None:
            for other in instance.list_attached("StaticIp"):  # this one takes its place
                other.lose(instance)
            instance.members["publicIpAddress"] = instance.new_address()

        return {"on_success": on_success, "after": {"attachedTo": instance.name}}

    def detach_static_ip(self, request: Request) -> JsonObject:
        return self.begin_detaching(request, self.find(StaticIp, request))

    def create_instances_from_snapshot(self, request: Request) -> on.Begun:
        kinds = {"instanceSnapshotName": InstanceSnapshot, "sourceInstanceName": Instance}
        copied = _find_source(self, request, **kinds).describe_copy()
        names, mapping = request["instanceNames"], request.get("attachedDiskMapping", {})
        blueprint_id, disks = copied["fromBlueprintId"], copied["fromAttachedDisks"]
        instances = [Instance(self, request, name, blueprint_id) for name in names]
        made: list[tuple[Resource, Instance]] = [(each, each) for each in instances]
        for instance in instances:
            instance.check_holds(copied)
            new_names = _name_disks(instance, disks, mapping.get(instance.name, []))
            copies = [self._copy_disk(disk, new_names[disk["path"]], instance) for disk in disks]
            made += [(each, instance) for each in copies]
        on.check_names([each.name for each, _ in made])
        types = {"Instance": request.model.name, "Disk": "CreateDiskFromSnapshot"}  # guess
        for each, instance in made:
            if each is instance or self.has(instance):  # unless its creation has failed
                yield self.begin(request, each, type=types[each.kind])

    def _copy_disk(self, disk: JsonObject, name: str, instance: Resource) -> Disk:
        """Return a new disk that is attached to a new instance, a copy of another one's."""
        wanted = {"diskName": name, "sizeInGb": disk["sizeInGb"]}
        wanted["availabilityZone"] = str(instance.location.availability_zone)
        request = Request(action_model("CreateDisk"), wanted)
        copy = Disk(self, request, attachedTo=instance.name, path=disk["path"])
        copy.states = ("pending", "in-use")
        return copy

    def create_disk_from_snapshot(self, request: Request) -> JsonObject:
        kinds = {"diskSnapshotName": DiskSnapshot, "sourceDiskName": Disk}
        source = _find_source(self, request, **kinds)
        disk = Disk(self, request)
        disk.check_holds(source.members)
        return self.begin(request, disk)

    def copy_snapshot(self, request: Request) -> JsonObject:
        there = self.in_region(request["sourceRegion"])
        there.begin_request(request)
        kinds = {"sourceSnapshotName": ExportableSnapshot, "sourceResourceName": Resource}
        source = _find_source(there, request, **kinds)
        kind = InstanceSnapshot if source.kind.startswith("Instance") else DiskSnapshot
        details = f"{request['sourceRegion']}:{source.name}"
        copy = kind(self, request, source, request["targetSnapshotName"])
        copy.members["isFromAutoSnapshot"] |= not isinstance(source, Snapshot)
        return self.begin(request, copy, details=details)

    def export_snapshot(self, request: Request) -> JsonObject:
        snapshot = self.find(ExportableSnapshot, request, "sourceSnapshotName")
        record = ExportSnapshotRecord(self, request, **snapshot.describe_export())
        return self.begin(request, record, snapshot)

    def create_cloud_formation_stack(self, request: Request) -> JsonObject:
        names = [each["sourceName"] for each in request["instances"]]
        sources = [self.get(ExportSnapshotRecord, name).to_dict() for name in names]
        return self.begin(request, CloudFormationStackRecord(self, request, sourceInfo=sources))

    @on.changing(Resource)
    def enable_add_on(self, request: Request, resource: Resource) -> Effect:
        _list_add_ons(resource)  # or AWS's error
        return _change_add_on(new_add_on(request["addOnRequest"]), "Enabling", "Enabled")

    @on.changing(Resource)
    def disable_add_on(self, request: Request, resource: Resource) -> Effect:
        add_on = _list_add_ons(resource).get(request["addOnType"])
        return _change_add_on(add_on, "Disabling", "Disabled") if add_on else {}

    def get_auto_snapshots(self, request: Request) -> JsonObject:
        resource = self.find(Resource, request)
        names = {"resourceName": resource.name, "resourceType": resource.kind}
        return names | {"autoSnapshots": _list_auto_snapshots(resource)}

    @on.changing(Resource)
    def delete_auto_snapshot(self, request: Request, resource: Resource) -> Effect:
        _check_auto_snapshot(resource, request["date"])
        date, deleted = request["date"], resource.members.get("deletedAutoSnapshots", [])
        after = {"deletedAutoSnapshots": [*deleted, date]}
        return {"details": f"DeleteAutoSnapshot-{date}", "after": after}


def _list_add_ons(resource: Resource) -> JsonObject:
    """Return the add-ons by name, or raise AWS's error if resources of its kind have none."""
    check("addOns" in resource.members, f"A {resource.kind} has no add-ons.")
    add_ons: JsonObject = resource.members["addOns"]
    return add_ons


def _change_add_on(add_on: JsonObject, *statuses: str) -> Effect:
    during, after = ({"addOns": {add_on["name"]: add_on | {"status": s}}} for s in statuses)
    return {"during": during, "after": after}


def _find_source(
    backend: on.ResourceBackend, request: Request, **kinds: type[Resource]
) -> Resource:
    """Return the snapshot that the first parameter names, or the owner of an automatic one."""
    source, is_automatic = backend.find_any(request, **kinds), next(iter(kinds)) not in request
    chosen = [each for each in _AUTOMATIC if request.get(each)]
    is_right = len(chosen) == is_automatic
    check(is_right, f"An automatic snapshot needs {' or '.join(_AUTOMATIC)}, a manual one neither.")
    if is_automatic:
        _check_auto_snapshot(source, request.get("restoreDate"))
    return source


def _check_auto_snapshot(resource: Resource, date: str | None) -> None:
    """Raise AWS's error if a resource has no automatic snapshot of a date, or none at all."""
    dates = [each["date"] for each in _list_auto_snapshots(resource)]
    is_there = date in dates if date else dates
    check_exists(is_there, f"{resource.name} has no automatic snapshot of {date or 'any day'}.")


def _list_auto_snapshots(resource: Resource) -> list[JsonObject]:
    """Return the automatic snapshots of a resource, the newest first: one a day, for a week.

    They are made up, so that a test has some at once, whatever the time of day and of the add-on.
    """
    add_on, deleted = _list_add_ons(resource).get("AutoSnapshot"), "deletedAutoSnapshots"
    if add_on is None or add_on["status"] != "Enabled":
        return []
    now, disks = to_milliseconds(datetime.now(UTC)), resource.to_dict().get("attachedDisks", [])
    at = time.fromisoformat(add_on["snapshotTimeOfDay"]).replace(tzinfo=UTC)
    days = [now.date() - timedelta(days=age) for age in range(_KEPT_DAYS)]
    return [
        {
            "date": day.isoformat(),
            "createdAt": min(now, max(datetime.combine(day, at), resource.created_at)),
            "status": "Success",
            "fromAttachedDisks": disks,
        }
        for day in days
        if day >= resource.created_at.date()
        and day.isoformat() not in resource.members.get(deleted, [])
    ]
