"""Disks, the block storage of instances."""

from __future__ import annotations

import re
from typing import ClassVar

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import InvalidInputException
from lightsail_ops.testing.resources.add_ons import check_add_ons, new_add_ons
from lightsail_ops.testing.resources.backend import show_one, show_page
from lightsail_ops.testing.resources.base import Attachable, Request, States
from lightsail_ops.testing.resources.instances import Instance, InstanceBackend

_PATH = re.compile(r"/dev/(xvd|sd)[a-z]{1,2}[0-9]{0,2}")


class Disk(Attachable):
    """A block storage disk."""

    kind = "Disk"
    new_states: ClassVar[States] = ("pending", "available")
    support = "vol-{id}"
    attaching_to: str | None = None  # the name of the instance

    def attach_at(self, instance_name: str, path: str, *, is_mounted: bool) -> None:
        """Attach it to an instance at a path."""
        self.attaching_to = None
        self.attach(instance_name)
        status = "Mounted" if is_mounted else "NotMounted"
        self.members |= {"path": path, "autoMountStatus": status}

    def detach(self) -> None:
        super().detach()
        self.members |= {"path": None, "autoMountStatus": None}

    def to_dict(self) -> JsonObject:
        return super().to_dict() | {
            "iops": max(100, 3 * self.members["sizeInGb"]),
            "attachmentState": "attached" if self.attached_to else "detached",
        }


class DiskBackend(InstanceBackend):
    """The actions on disks."""

    get_disk = show_one(Disk, "disk", "diskName")
    get_disks = show_page(Disk, "disks")

    def create_disk(self, request: Request) -> list[JsonObject]:
        name, zone = request["diskName"], self.check_zone(request["availabilityZone"])
        members = request.only("sizeInGb tags") | new_add_ons(request)
        disk = Disk(self, self.check_free(Disk, name), members, zone)
        return self.start(request.action, disk, comes=disk)

    def attach_disk(self, request: Request) -> list[JsonObject]:
        disk = self.named(Disk, request["diskName"])
        instance = self.named(Instance, request["instanceName"])
        path, is_mounted = request["diskPath"], request.get("autoMounting", False)
        _check_is_free(disk)
        if not _PATH.fullmatch(path):
            raise InvalidInputException(f"{path!r} is no path of a disk, such as /dev/xvdf.")
        if path in [each.members.get("path") for each in instance.attachments]:
            raise InvalidInputException(f"{instance.name} has another disk at {path}.")
        if disk.location != instance.location:
            raise InvalidInputException(f"{disk.name} is in another zone than {instance.name}.")
        disk.attaching_to = instance.name
        return self.start(
            "AttachDisk",
            disk,
            instance,
            states=("available", "in-use"),
            effect=lambda: disk.attach_at(instance.name, path, is_mounted=is_mounted),
            on_failure=lambda: setattr(disk, "attaching_to", None),
        )

    def detach_disk(self, request: Request) -> list[JsonObject]:
        disk = self.named(Disk, request["diskName"])
        if disk.attached_to is None:
            raise InvalidInputException(f"The Disk {disk.name} is not attached.")
        return self.start_detaching(disk, self.get(Instance, disk.attached_to))

    def delete_disk(self, request: Request) -> list[JsonObject]:
        disk = self.named(Disk, request["diskName"])
        _check_is_free(disk)
        check_add_ons(disk, request)
        return self.complete("DeleteDisk", disk, goes=disk)


def _check_is_free(disk: Disk) -> None:
    instance_name = disk.attached_to or disk.attaching_to
    if instance_name is not None:
        raise InvalidInputException(f"The Disk {disk.name} is attached to {instance_name}.")
