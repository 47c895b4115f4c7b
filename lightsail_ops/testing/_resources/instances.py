"""Instances, the virtual private servers, and the ports of their firewalls."""

from __future__ import annotations

from functools import partial

from lightsail_ops.testing._catalogue import find_instance_offers
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources import ports
from lightsail_ops.testing._resources.add_ons import check_add_ons, new_add_ons
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    check_names,
    completes,
    starts,
)
from lightsail_ops.testing._resources.base import Attachable, Request, Resource

_STATE_CODES = {"pending": 0, "running": 16, "stopping": 64, "stopped": 80}


class Instance(Resource):
    """A virtual private server."""

    kind = "Instance"
    named_by = "instanceName"
    written = "bundleId ipAddressType"
    new_states = ("pending", "running")
    support = "i-{id}"

    def __init__(self, backend: ResourceBackend, request: Request, name: str, blueprint_id: str):
        super().__init__(backend, request, name, blueprintId=blueprint_id, **new_add_ons(request))
        self.blueprint, self.bundle = find_instance_offers(blueprint_id, request["bundleId"])
        self.ports: list[JsonObject] = ports.new_ports(self.blueprint)
        self.setups: list[JsonObject] = []  # of HTTPS, the newest first
        self.has_gui_session = False
        if self.bundle["publicIpv4AddressCount"] == 0:
            self.members["ipAddressType"] = "ipv6"
        if "keyPairName" in request:
            self.members["sshKeyName"] = request["keyPairName"]

    @property
    def is_running(self) -> bool:
        return self.current_state == "running"

    @property
    def attachments(self) -> list[Attachable]:
        """The disks and static IPs that are attached to it, the oldest first."""
        every = self.backend.kept(Attachable)
        return [each for each in every if each.attached_to == self.name]

    @property
    def addresses(self) -> JsonObject:
        """Its public addresses; a static IP takes the place of its own."""
        address_type, low_bytes = self.members["ipAddressType"], self.low_bytes
        own = None if address_type == "ipv6" else f"198.18.{low_bytes}"
        static_ips = [each for each in self.attachments if each.kind == "StaticIp"]
        return {
            "publicIpAddress": static_ips[0].members["ipAddress"] if static_ips else own,
            "ipv6Addresses": [] if address_type == "ipv4" else [f"2001:db8::{self.number:x}"],
            "isStaticIp": bool(static_ips),
        }

    def to_dict(self) -> JsonObject:
        state = str(self.current_state)
        disks = [each.to_dict() for each in self.attachments if each.kind == "Disk"]
        return (
            super().to_dict()
            | self.addresses
            | {
                "blueprintName": self.blueprint["name"],
                "hardware": {
                    "cpuCount": self.bundle["cpuCount"],
                    "disks": [self._system_disk(), *disks],
                    "ramSizeInGb": self.bundle["ramSizeInGb"],
                },
                "networking": {
                    "monthlyTransfer": {"gbPerMonthAllocated": self.bundle["transferPerMonthInGb"]},
                    "ports": [ports.describe(port) for port in self.ports],
                },
                "privateIpAddress": f"172.26.{self.low_bytes}",
                "state": {"code": _STATE_CODES[state], "name": state},
                "username": self.blueprint["username"],
            }
        )

    def _system_disk(self) -> JsonObject:
        is_windows = self.blueprint["platform"] == "WINDOWS"
        return {
            "createdAt": self.created_at,
            "sizeInGb": self.bundle["diskSizeInGb"],
            "isSystemDisk": True,
            "iops": max(100, 3 * self.bundle["diskSizeInGb"]),
            "path": "/dev/sda1" if is_windows else "/dev/xvda",
            "attachedTo": self.name,
            "attachmentState": "attached",
        }

    def with_health(self, sent: JsonObject) -> JsonObject:
        """Add its health, which is read only where a request wants it."""
        status, detail = ("ok", "passed") if self.is_running else ("not-applicable", None)
        details = [{"name": "reachability", "status": detail}] if detail else []
        checks = {"status": status, "details": details}
        return sent | {"instanceStatus": checks, "systemStatus": checks}

    def set_bundle(self, bundle: JsonObject) -> None:
        self.bundle = bundle
        self.members["bundleId"] = bundle["bundleId"]

    def start_session(self, _: Request) -> None:
        self.has_gui_session = True

    def stop_session(self, _: Request) -> None:
        self.has_gui_session = False

    def open_port(self, request: Request) -> None:
        self.ports = ports.open_port(self.ports, request["portInfo"])

    def close_port(self, request: Request) -> None:
        self.ports = ports.close_port(self.ports, request["portInfo"])

    def put_ports(self, request: Request) -> None:
        self.ports = [ports.new_port(each) for each in request["portInfos"]]

    def detach_static_ip(self) -> None:
        for attachment in self.attachments:
            if attachment.kind == "StaticIp":
                attachment.detach()


class InstanceBackend(ResourceBackend):
    """The actions on instances."""

    stop_instance: Action = starts(Instance, states=("stopping", "stopped"))
    reboot_instance: Action = completes(Instance, details=lambda _: "")
    delete_known_host_keys: Action = completes(Instance)
    open_instance_public_ports: Action = completes(
        Instance, Instance.open_port, details=ports.details_of
    )
    close_instance_public_ports: Action = completes(
        Instance, Instance.close_port, details=ports.details_of
    )
    put_instance_public_ports: Action = completes(
        Instance, Instance.put_ports, details=ports.details_of
    )

    def create_instances(self, request: Request) -> JsonObject:
        return self.start_instances(request, request["blueprintId"], "CreateInstance")

    def start_instances(self, request: Request, blueprint_id: str, action: str) -> JsonObject:
        """Begin to create instances; each is an operation of its own."""
        names = check_names(request["instanceNames"])
        instances = [Instance(self, request, name, blueprint_id) for name in names]
        return all_of(*(self.start(action, each, comes=each) for each in instances))

    def get_instance(self, request: Request) -> JsonObject:
        instance = self.get(Instance, request["instanceName"])
        sent = self.show(instance)
        is_wanted = request.get("includeHealthStatus")
        return {"instance": instance.with_health(sent) if is_wanted else sent}

    def get_instances(self, request: Request) -> JsonObject:
        instances = {each.name: each for each in self.all(Instance)}
        response = self.page("instances", list(instances.values()), request)
        if request.get("includeHealthStatus"):
            sent = response["instances"]
            response["instances"] = [instances[each["name"]].with_health(each) for each in sent]
        return response

    def get_instance_state(self, request: Request) -> JsonObject:
        return {"state": self.show(self.get(Instance, request["instanceName"]))["state"]}

    def get_instance_port_states(self, request: Request) -> JsonObject:
        instance = self.get(Instance, request["instanceName"])
        self.show(instance)
        return {"portStates": [{**port, "state": "open"} for port in instance.ports]}

    def start_instance(self, request: Request) -> JsonObject:
        instance = self.named(Instance, request["instanceName"])
        bundle_id = request.get("attributeUpdates", {}).get("bundleId", instance.bundle["bundleId"])
        _, bundle = find_instance_offers(instance.blueprint["blueprintId"], bundle_id)
        states, effect = ("pending", "running"), partial(instance.set_bundle, bundle)
        return all_of(self.start("StartInstance", instance, states=states, effect=effect))

    def delete_instance(self, request: Request) -> JsonObject:
        instance = self.named(Instance, request["instanceName"])
        check_add_ons(instance, request)
        disks = [each for each in instance.attachments if each.kind == "Disk"]
        detached = [self.start_detaching(disk, instance) for disk in disks]
        effect = instance.detach_static_ip
        deleted = self.complete("DeleteInstance", instance, goes=instance, effect=effect)
        return all_of(*detached, deleted)

    def start_detaching(self, disk: Attachable, instance: Resource) -> list[JsonObject]:
        """Begin to detach a disk from an instance."""
        states = ("in-use", "available")
        return self.start("DetachDisk", disk, instance, states=states, effect=disk.detach)

    def update_instance_metadata_options(self, request: Request) -> JsonObject:
        instance = self.named(Instance, request["instanceName"])
        before = instance.members["metadataOptions"]
        names = "httpTokens httpEndpoint httpPutResponseHopLimit httpProtocolIpv6"
        wanted = before | request.only(names)
        instance.members["metadataOptions"] = wanted | {"state": "pending"}
        effect = partial(instance.members.update, metadataOptions=wanted)
        on_failure = partial(instance.members.update, metadataOptions=before)
        return all_of(self.start(request.action, instance, effect=effect, on_failure=on_failure))
