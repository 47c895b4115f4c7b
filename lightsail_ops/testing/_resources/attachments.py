"""Disks and static IPs, which are attached to instances."""

from __future__ import annotations

import re

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.add_ons import check_add_ons, new_add_ons
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    creates,
    deletes,
    lists,
    shows,
)
from lightsail_ops.testing._resources.base import Attachable, Request
from lightsail_ops.testing._resources.instances import Instance, InstanceBackend
from lightsail_ops.testing.exceptions import InvalidInputException

_PATH = re.compile(r"/dev/(xvd|sd)[a-z]{1,2}[0-9]{0,2}")


class Disk(Attachable):
    """A block storage disk."""

    kind = "Disk"
    named_by = "diskName"
    written = "sizeInGb"
    new_states = ("pending", "available")
    support = "vol-{id}"
    attaching_to: str | None = None  # the name of the instance

    def __init__(self, backend: ResourceBackend, request: Request) -> None:
        super().__init__(backend, request, **new_add_ons(request))

    def attach_at(self, instance_name: str, path: str, *, is_mounted: bool) -> None:
        self.attaching_to = None
        self.attach(instance_name)
        status = "Mounted" if is_mounted else "NotMounted"
        self.members |= {"path": path, "autoMountStatus": status}

    def give_up_attaching(self) -> None:
        self.attaching_to = None

    def detach(self) -> None:
        super().detach()
        self.members |= {"path": None, "autoMountStatus": None}

    def to_dict(self) -> JsonObject:
        iops = max(100, 3 * self.members["sizeInGb"])
        state = "attached" if self.attached_to else "detached"
        return super().to_dict() | {"iops": iops, "attachmentState": state}

    def check_not_attached(self) -> None:
        """Raise AWS's error if it is attached, or being attached."""
        instance_name = self.attached_to or self.attaching_to
        if instance_name is not None:
            raise InvalidInputException(f"The Disk {self.name} is attached to {instance_name}.")


class DiskBackend(InstanceBackend):
    """The actions on disks."""

    create_disk: Action = creates(Disk)
    get_disk: Action = shows(Disk, "disk")
    get_disks: Action = lists(Disk, "disks")

    def attach_disk(self, request: Request) -> JsonObject:
        disk = self.named(Disk, request["diskName"])
        instance = self.named(Instance, request["instanceName"])
        path, is_mounted = request["diskPath"], request.get("autoMounting", False)
        disk.check_not_attached()
        if not _PATH.fullmatch(path):
            raise InvalidInputException(f"{path!r} is no path of a disk, such as /dev/xvdf.")
        if path in [each.members.get("path") for each in instance.attachments]:
            raise InvalidInputException(f"{instance.name} has another disk at {path}.")
        if disk.location != instance.location:
            raise InvalidInputException(f"{disk.name} is in another zone than {instance.name}.")
        disk.attaching_to = instance.name
        operations = self.start(
            "AttachDisk",
            disk,
            instance,
            states=("available", "in-use"),
            effect=lambda: disk.attach_at(instance.name, path, is_mounted=is_mounted),
            on_failure=disk.give_up_attaching,
        )
        return all_of(operations)

    def detach_disk(self, request: Request) -> JsonObject:
        disk = self.named(Disk, request["diskName"])
        instance = self.get(Instance, disk.check_attached())
        return all_of(self.start_detaching(disk, instance))

    def delete_disk(self, request: Request) -> JsonObject:
        disk = self.named(Disk, request["diskName"])
        disk.check_not_attached()
        check_add_ons(disk, request)
        return all_of(self.complete("DeleteDisk", disk, goes=disk))


class StaticIp(Attachable):
    """A public IPv4 address that stays the same."""

    kind = "StaticIp"
    named_by = "staticIpName"

    def __init__(self, backend: ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.members["ipAddress"] = f"198.19.{self.low_bytes}"

    @property
    def support_id(self) -> str:
        return str(self.members["ipAddress"])


class StaticIpBackend(ResourceBackend):
    """The actions on static IPs."""

    allocate_static_ip: Action = creates(StaticIp)
    get_static_ip: Action = shows(StaticIp, "staticIp")
    get_static_ips: Action = lists(StaticIp, "staticIps")
    release_static_ip: Action = deletes(StaticIp)

    def attach_static_ip(self, request: Request) -> JsonObject:
        static_ip = self.named(StaticIp, request["staticIpName"])
        instance = self.named(Instance, request["instanceName"])
        attached_to = static_ip.attached_to
        if attached_to not in (None, instance.name):
            message = f"The StaticIp {static_ip.name} is attached to {attached_to}."
            raise InvalidInputException(message)

        def effect() -> None:
            instance.detach_static_ip()  # one that it has is not attached any more
            static_ip.attach(instance.name)

        return all_of(self.complete("AttachStaticIp", static_ip, instance, effect=effect))

    def detach_static_ip(self, request: Request) -> JsonObject:
        static_ip = self.named(StaticIp, request["staticIpName"])
        instance, effect = self.get(Instance, static_ip.check_attached()), static_ip.detach
        return all_of(self.complete("DetachStaticIp", static_ip, instance, effect=effect))
