"""Instances, the virtual private servers."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import ClassVar

from lightsail_ops.testing._catalogue import find_instance_offers
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.resources.add_ons import check_add_ons, new_add_ons
from lightsail_ops.testing.resources.backend import ResourceBackend, check_names
from lightsail_ops.testing.resources.base import Attachable, Request, Resource, States
from lightsail_ops.testing.resources.ports import ANYWHERE, default_ports

_STATE_CODES = {"pending": 0, "running": 16, "stopping": 64, "stopped": 80}


class Instance(Resource):
    """A virtual private server."""

    kind = "Instance"
    new_states: ClassVar[States] = ("pending", "running")
    support = "i-{id}"

    def __init__(
        self, backend: ResourceBackend, name: str, members: JsonObject, zone: str | None
    ) -> None:
        super().__init__(backend, name, members, zone)
        self.blueprint, self.bundle = find_instance_offers(
            self.members["blueprintId"], self.members["bundleId"]
        )
        self.ports: list[JsonObject] = default_ports(self.blueprint)
        self.setups: list[JsonObject] = []  # of HTTPS, the newest first
        self.has_gui_session = False

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self.current_state == "running"

    @property
    def attachments(self) -> list[Attachable]:
        """The disks and static IPs that are attached to it, the oldest first."""
        every = self.backend.all_of(Attachable)
        return [each for each in every if each.attached_to == self.name]

    @property
    def public_ip_address(self) -> str | None:
        """Its public IPv4 address: its static IP's, if it has one."""
        static_ips = [each for each in self.attachments if each.kind == "StaticIp"]
        if static_ips:
            address: str = static_ips[0].members["ipAddress"]
            return address
        has_address = self.members["ipAddressType"] != "ipv6"
        return f"198.18.{self._low_bytes}" if has_address else None

    @property
    def ipv6_addresses(self) -> list[str]:
        """Its IPv6 addresses."""
        return [] if self.members["ipAddressType"] == "ipv4" else [f"2001:db8::{self.number:x}"]

    @property
    def _low_bytes(self) -> str:
        return f"{self.number // 250 % 250}.{self.number % 250 + 1}"

    def set_bundle(self, bundle: JsonObject) -> None:
        """Give it another size."""
        self.bundle = bundle
        self.members["bundleId"] = bundle["bundleId"]

    def detach_static_ip(self) -> None:
        """Detach its static IP, if it has one."""
        for attachment in self.attachments:
            if attachment.kind == "StaticIp":
                attachment.detach()

    def to_dict(self) -> JsonObject:
        state = str(self.current_state)
        return super().to_dict() | {
            "blueprintName": self.blueprint["name"],
            "hardware": {
                "cpuCount": self.bundle["cpuCount"],
                "disks": self._disks(),
                "ramSizeInGb": self.bundle["ramSizeInGb"],
            },
            "isStaticIp": any(each.kind == "StaticIp" for each in self.attachments),
            "networking": {
                "monthlyTransfer": {"gbPerMonthAllocated": self.bundle["transferPerMonthInGb"]},
                "ports": [_describe_port(port) for port in self.ports],
            },
            "ipv6Addresses": self.ipv6_addresses,
            "privateIpAddress": f"172.26.{self._low_bytes}",
            "publicIpAddress": self.public_ip_address,
            "state": {"code": _STATE_CODES[state], "name": state},
            "username": self.blueprint["username"],
        }

    def _disks(self) -> list[JsonObject]:
        is_windows = self.blueprint["platform"] == "WINDOWS"
        system: JsonObject = {
            "createdAt": self.created_at,
            "sizeInGb": self.bundle["diskSizeInGb"],
            "isSystemDisk": True,
            "iops": max(100, 3 * self.bundle["diskSizeInGb"]),
            "path": "/dev/sda1" if is_windows else "/dev/xvda",
            "attachedTo": self.name,
            "attachmentState": "attached",
        }
        return [system, *(each.to_dict() for each in self.attachments if each.kind == "Disk")]

    def health(self) -> JsonObject:
        """Return its health, which is read only where a request wants it."""
        status, detail = ("ok", "passed") if self.is_running else ("not-applicable", None)
        details = [{"name": "reachability", "status": detail}] if detail else []
        checks = {"status": status, "details": details}
        return {"instanceStatus": checks, "systemStatus": checks}


def _describe_port(port: JsonObject) -> JsonObject:
    is_open_to_all = not ANYWHERE.isdisjoint(port["cidrs"] + port["ipv6Cidrs"])
    return port | {
        "accessFrom": "Anywhere (0.0.0.0/0)" if is_open_to_all else "Custom",
        "accessType": "public",
        "commonName": "",
        "accessDirection": "inbound",
    }


class InstanceBackend(ResourceBackend):
    """The actions on instances."""

    def create_instances(self, request: Request) -> list[JsonObject]:
        members = request.only("blueprintId bundleId ipAddressType tags")
        return self.start_instances(request, members, "CreateInstance")

    def start_instances(
        self, request: Request, members: JsonObject, operation_type: str
    ) -> list[JsonObject]:
        """Begin to create instances with these members; each is an operation of its own."""
        members = members | new_add_ons(request)
        if "keyPairName" in request:
            members["sshKeyName"] = request["keyPairName"]
        zone = self.check_zone(request["availabilityZone"])
        instances = [
            Instance(self, self.check_free(Instance, name), dict(members), zone)
            for name in check_names(request["instanceNames"])
        ]
        operations = [self.start(operation_type, each, comes=each) for each in instances]
        return list(chain.from_iterable(operations))

    def get_instance(self, request: Request) -> JsonObject:
        instance = self.get(Instance, request["instanceName"])
        health = instance.health() if request.get("includeHealthStatus") else {}
        return {"instance": self.show(instance) | health}

    def get_instances(self, request: Request) -> JsonObject:
        instances = self.all_of(Instance)
        health = {each.name: each.health() for each in instances}
        response = self.page_of("instances", instances, request)
        if request.get("includeHealthStatus"):
            response["instances"] = [each | health[each["name"]] for each in response["instances"]]
        return response

    def get_instance_state(self, request: Request) -> JsonObject:
        return {"state": self.show(self.get(Instance, request["instanceName"]))["state"]}

    def start_instance(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])
        bundle_id = request.get("attributeUpdates", {}).get("bundleId", instance.bundle["bundleId"])
        _, bundle = find_instance_offers(instance.blueprint["blueprintId"], bundle_id)
        states = ("pending", "running")
        effect = partial(instance.set_bundle, bundle)
        return self.start("StartInstance", instance, states=states, effect=effect)

    def stop_instance(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])
        return self.start("StopInstance", instance, states=("stopping", "stopped"))

    def reboot_instance(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])
        return self.complete("RebootInstance", instance, details="")

    def delete_instance(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])
        check_add_ons(instance, request)
        disks = [each for each in instance.attachments if each.kind == "Disk"]
        detached = [self.start_detaching(disk, instance) for disk in disks]
        deleted = self.complete(
            "DeleteInstance", instance, goes=instance, effect=instance.detach_static_ip
        )
        return [*chain.from_iterable(detached), *deleted]

    def start_detaching(self, disk: Attachable, instance: Resource) -> list[JsonObject]:
        """Begin to detach a disk from an instance."""
        states = ("in-use", "available")
        return self.start("DetachDisk", disk, instance, states=states, effect=disk.detach)

    def delete_known_host_keys(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])
        return self.complete("DeleteKnownHostKeys", instance)

    def update_instance_metadata_options(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])
        before = instance.members["metadataOptions"]
        names = "httpTokens httpEndpoint httpPutResponseHopLimit httpProtocolIpv6"
        wanted = before | request.only(names)
        instance.members["metadataOptions"] = wanted | {"state": "pending"}
        return self.start(
            "UpdateInstanceMetadataOptions",
            instance,
            effect=partial(instance.members.update, metadataOptions=wanted),
            on_failure=partial(instance.members.update, metadataOptions=before),
        )
