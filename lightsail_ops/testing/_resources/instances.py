"""Instances, the virtual private servers, and the ports of their firewalls."""

from __future__ import annotations

from operator import itemgetter

from lightsail_ops.testing._data import CATALOGUES, JsonObject, find_offer
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Attachable, How, Request, Resource
from lightsail_ops.testing.exceptions import InvalidInputException

_METADATA_OPTIONS = "httpTokens httpEndpoint httpPutResponseHopLimit httpProtocolIpv6"
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_ADDRESSES = ("cidrs", "ipv6Cidrs", "cidrListAliases")
DEFAULT_KEY_PAIR = "LightsailDefaultKeyPair"  # which every region has
_identify = itemgetter("fromPort", "toPort", "protocol")


class Instance(Resource):
    """A virtual private server."""

    def __init__(self, backend: on.ResourceBackend, request: Request, name: str, blueprint_id: str):
        super().__init__(backend, request, name, blueprintId=blueprint_id)
        self.blueprint: JsonObject = find_offer("blueprints", "blueprintId", blueprint_id)
        self.check_bundle(self.bundle)
        self.members |= {"addOns": new_add_ons(request), "ports": self._new_ports(), "setups": []}
        if self.is_windows:
            self.members["systemDisk"]["path"] = "/dev/sda1"
        if self.bundle["publicIpv4AddressCount"] == 0:
            self.members["ipAddressType"] = "ipv6"
        if request.get("keyPairName", DEFAULT_KEY_PAIR) != DEFAULT_KEY_PAIR:
            key_pair = backend.subject(self.kinds["KeyPair"], request)
            self.members["sshKeyName"] = key_pair.name

    @property
    def bundle(self) -> JsonObject:
        return find_offer("bundles", "bundleId", self.members["bundleId"])

    @property
    def is_windows(self) -> bool:
        return str(self.blueprint["platform"]) == "WINDOWS"

    def check_bundle(self, bundle: JsonObject) -> None:
        """Raise AWS's error if the instance's blueprint does not run on a bundle."""
        if self.blueprint["platform"] not in bundle["supportedPlatforms"]:
            ids = f"{self.blueprint['blueprintId']} does not run on the bundle {bundle['bundleId']}"
            raise InvalidInputException(f"{ids}.")

    def _new_ports(self) -> list[JsonObject]:
        ports = [80, 3389] if self.is_windows else [80, 22]
        if self.blueprint["username"] == "bitnami":
            ports.append(443)
        return [_new_port({"fromPort": port, "toPort": port, "protocol": "tcp"}) for port in ports]

    @property
    def attachments(self) -> list[Attachable]:
        """The disks and static IPs that are attached to it, the oldest first."""
        every = self.backend.kept(Attachable)
        return [each for each in every if each.members.get("attachedTo") == self.name]

    @property
    def disks(self) -> list[Attachable]:
        return [each for each in self.attachments if each.kind == "Disk"]

    def detach_static_ip(self) -> None:
        for attachment in self.attachments:
            if attachment.kind == "StaticIp":
                attachment.members["attachedTo"] = None

    def derive(self, now: JsonObject) -> JsonObject:
        bundle, state, address_type = self.bundle, str(now["state"]), now["ipAddressType"]
        own = None if address_type == "ipv6" else now["publicIpAddress"]
        static_ips = [each for each in self.attachments if each.kind == "StaticIp"]
        size = bundle["diskSizeInGb"]
        system_disk = {"createdAt": self.created_at, "sizeInGb": size, "iops": max(100, 3 * size)}
        return {
            "blueprintName": self.blueprint["name"],
            "hardware": {
                "cpuCount": bundle["cpuCount"],
                "disks": [
                    now["systemDisk"] | system_disk,
                    *(disk.to_dict() for disk in self.disks),
                ],
                "ramSizeInGb": bundle["ramSizeInGb"],
            },
            "ipv6Addresses": [] if address_type == "ipv4" else [f"2001:db8::{self.number:x}"],
            "isStaticIp": bool(static_ips),
            "networking": {
                "monthlyTransfer": {"gbPerMonthAllocated": bundle["transferPerMonthInGb"]},
                "ports": [_describe_port(port) for port in now["ports"]],
            },
            # A static IP takes the place of its own.
            "publicIpAddress": static_ips[0].members["ipAddress"] if static_ips else own,
            "state": {"code": CATALOGUES["instance_states"][state], "name": state},
            "username": self.blueprint["username"],
        }

    def open_port(self, request: Request) -> How:
        return _change_ports(open_port(self.members["ports"], request["portInfo"]), request)

    def close_port(self, request: Request) -> How:
        return _change_ports(_close_port(self.members["ports"], request["portInfo"]), request)

    def put_ports(self, request: Request) -> How:
        return _change_ports([_new_port(each) for each in request["portInfos"]], request)

    def resize(self, request: Request) -> How:
        """Return the effect of a start, which may have another bundle."""
        bundle_id = request.get("attributeUpdates", {}).get("bundleId", self.members["bundleId"])
        self.check_bundle(find_offer("bundles", "bundleId", bundle_id))
        return {"after": {"bundleId": bundle_id}}

    def change_metadata_options(self, request: Request) -> How:
        wanted = self.members["metadataOptions"] | request.only(_METADATA_OPTIONS)
        pending = {"metadataOptions": wanted | {"state": "pending"}}
        return {"during": pending, "after": {"metadataOptions": wanted}}


class InstanceBackend(on.ResourceBackend):
    """The actions on instances."""

    get_instance_metric_data: on.Action = on.measures(Instance)
    start_instance: on.Action = on.starts(Instance, Instance.resize, ("pending", "running"))
    stop_instance: on.Action = on.starts(Instance, states=("stopping", "stopped"))
    reboot_instance: on.Action = on.completes(Instance, lambda _, __: How(details=""))
    delete_known_host_keys: on.Action = on.completes(Instance)
    open_instance_public_ports: on.Action = on.completes(Instance, Instance.open_port)
    close_instance_public_ports: on.Action = on.completes(Instance, Instance.close_port)
    put_instance_public_ports: on.Action = on.completes(Instance, Instance.put_ports)
    update_instance_metadata_options: on.Action = on.starts(
        Instance, Instance.change_metadata_options
    )

    def create_instances(self, request: Request) -> JsonObject:
        return self.start_instances(request, request["blueprintId"], "CreateInstance")

    def start_instances(self, request: Request, blueprint_id: str, action: str) -> JsonObject:
        """Begin to create instances; each is an operation of its own."""
        names = on.check_names(request["instanceNames"])
        instances = [Instance(self, request, name, blueprint_id) for name in names]
        return on.merge(*(self.create(request, each, type=action) for each in instances))

    def get_instance(self, request: Request) -> JsonObject:
        shown = self.show(self.read(Instance, request))
        return {"instance": _with_health(shown, request)[0]}

    def get_instances(self, request: Request) -> JsonObject:
        response = self.page("instances", self.all(Instance), request)
        return response | {"instances": _with_health(response["instances"], request)}

    def get_instance_state(self, request: Request) -> JsonObject:
        return {"state": self.show(self.read(Instance, request))[0]["state"]}

    def get_instance_port_states(self, request: Request) -> JsonObject:
        shown = self.show(self.read(Instance, request))[0]
        return {"portStates": [{**port, "state": "open"} for port in shown["ports"]]}

    def delete_instance(self, request: Request) -> JsonObject:
        instance = self.subject(Instance, request)
        check_add_ons(instance, request)
        detached = [self.start_detaching(request, disk) for disk in instance.disks]
        effect = instance.detach_static_ip
        return on.merge(*detached, self.complete(request, instance, goes=instance, effect=effect))

    def start_detaching(self, request: Request, disk: Attachable) -> JsonObject:
        """Begin to detach a disk from its instance."""
        instance = self.get(Instance, disk.check_attached())
        after = {"attachedTo": None, "path": None, "autoMountStatus": None}
        states = ("in-use", "available")
        return self.start(request, disk, instance, type="DetachDisk", states=states, after=after)


def _with_health(shown: list[JsonObject], request: Request) -> list[JsonObject]:
    """Return instances with their health, if the request wants it."""
    if not request.get("includeHealthStatus"):
        return shown
    passed = {"status": "ok", "details": [{"name": "reachability", "status": "passed"}]}
    unknown: JsonObject = {"status": "not-applicable", "details": []}
    checks = [passed if each["state"]["name"] == "running" else unknown for each in shown]
    return [
        each | {"instanceStatus": check, "systemStatus": check}
        for each, check in zip(shown, checks, strict=True)
    ]


# --- Add-ons, which disks have too.


def new_add_ons(request: Request) -> list[JsonObject]:
    """Return the add-ons that a request wants for a new resource."""
    return [new_add_on(each, "Enabled") for each in request.get("addOns", [])]


def new_add_on(request: JsonObject, status: str) -> JsonObject:
    """Return an add-on that a request wants."""
    name = request["addOnType"]
    if name != "AutoSnapshot":
        idle: JsonObject = request.get("stopInstanceOnIdleRequest", {})
        return {"name": name, "status": status, **idle}
    at = request.get("autoSnapshotAddOnRequest", {}).get("snapshotTimeOfDay", "06:00")
    times = {"snapshotTimeOfDay": at, "nextSnapshotTimeOfDay": at}
    return {"name": name, "status": status, **times}


def check_add_ons(resource: Resource, request: Request) -> None:
    """Raise AWS's error if a resource has add-ons and may not be deleted for that reason."""
    if resource.members["addOns"] and not request.get("forceDeleteAddOns"):
        raise InvalidInputException(
            f"The {resource.kind} {resource.name} has add-ons. Disable them, or delete it with "
            "forceDeleteAddOns."
        )


# --- Ports: what is open, and to whom.


def _new_port(info: JsonObject) -> JsonObject:
    """Return a port as an instance keeps it. Without addresses, it is open to anywhere."""
    port: JsonObject = CATALOGUES["new_port"] | info
    port["protocol"] = port["protocol"].lower()
    for name, bits in (("cidrs", 32), ("ipv6Cidrs", 128)):
        port[name] = [each if "/" in each else f"{each}/{bits}" for each in port[name]]
    is_limited = any(port[name] for name in _ADDRESSES)
    return port if is_limited else port | {"cidrs": ["0.0.0.0/0"], "ipv6Cidrs": ["::/0"]}


def open_port(ports: list[JsonObject], info: JsonObject) -> list[JsonObject]:
    """Return the ports with one more, or with more addresses for one that is open."""
    new = _new_port(info)
    places = {_identify(each): each for each in ports}
    old = places.get(_identify(new), new)
    merged = {name: list(dict.fromkeys(old[name] + new[name])) for name in _ADDRESSES}
    return list((places | {_identify(new): new | merged}).values())


def _close_port(ports: list[JsonObject], info: JsonObject) -> list[JsonObject]:
    """Return the ports without one, or without some addresses of it."""
    closed = _new_port(info)
    same = [each for each in ports if _identify(each) == _identify(closed)]
    left = [each for each in ports if each not in same]
    if any(info.get(name) for name in _ADDRESSES):
        for old in same:
            new = {
                name: [each for each in old[name] if each not in closed[name]]
                for name in _ADDRESSES
            }
            left += [old | new] if any(new.values()) else []
    return left


def _change_ports(ports: list[JsonObject], request: Request) -> How:
    infos: list[JsonObject] = request.get("portInfos") or [request.get("portInfo", {})]
    return {"after": {"ports": ports}, "details": ", ".join(map(_name_port, infos))}


def _describe_port(port: JsonObject) -> JsonObject:
    """Return a port as an instance shows it."""
    is_open_to_all = not _ANYWHERE.isdisjoint(port["cidrs"] + port["ipv6Cidrs"])
    return port | {"accessFrom": "Anywhere (0.0.0.0/0)" if is_open_to_all else "Custom"}


def _name_port(info: JsonObject) -> str:
    """Return the name of a port in the details of an operation, such as `8000-8010/udp`."""
    first, last = info.get("fromPort", 0), info.get("toPort", 0)
    ports = f"{first}" if first == last else f"{first}-{last}"
    return f"{ports}/{str(info.get('protocol', 'tcp')).lower()}"
