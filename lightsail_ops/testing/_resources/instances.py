"""Instances, the virtual private servers, and the ports of their firewalls."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from operator import itemgetter

from lightsail_ops.testing._control import control
from lightsail_ops.testing._data import CATALOGUES, JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Attachable, Effect, Request, Resource
from lightsail_ops.testing.exceptions import check

_METADATA_OPTIONS = "httpTokens httpEndpoint httpPutResponseHopLimit httpProtocolIpv6"
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_ADDRESSES = ("cidrs", "ipv6Cidrs", "cidrListAliases")
DEFAULT_KEY_PAIR = "LightsailDefaultKeyPair"  # which every region has
_DETACHED: JsonObject = {"attachedTo": None, "path": None, "autoMountStatus": None}
_identify = itemgetter("fromPort", "toPort", "protocol")
_ALIKE = ("instanceType", "supportedPlatforms", "isActive", "publicIpv4AddressCount")


class Instance(Resource):
    """A virtual private server."""

    def __init__(self, backend: on.ResourceBackend, request: Request, name: str, blueprint_id: str):
        super().__init__(backend, request, name, blueprintId=blueprint_id)
        self.blueprint: JsonObject = self.offer("blueprintId")
        self.check_bundle(self.bundle)
        platform = CATALOGUES["platforms"][self.blueprint["platform"]]
        ports = platform["ports"] + ([443] if self.blueprint["username"] == "bitnami" else [])
        infos = [{"fromPort": port, "toPort": port, "protocol": "tcp"} for port in ports]
        self.members.update(addOns=new_add_ons(request), ports=open_ports([], infos))
        self.members["systemDisk"]["path"] = platform["path"]
        if self.bundle["publicIpv4AddressCount"] == 0:
            self.members["ipAddressType"] = "ipv6"
        if request.get("keyPairName", DEFAULT_KEY_PAIR) != DEFAULT_KEY_PAIR:
            self.members["sshKeyName"] = backend.find(self.kinds["KeyPair"], request).name

    @property
    def bundle(self) -> JsonObject:
        return self.offer("bundleId")

    def check_bundle(self, bundle: JsonObject) -> None:
        is_right = self.blueprint["platform"] in bundle["supportedPlatforms"]
        check(is_right, f"{self.blueprint['name']} does not run on {bundle['bundleId']}.")

    def find_bundle(self, **changes: object) -> JsonObject:
        """Return the bundle of the same size with these members changed, or else its own."""
        wanted, region = self.bundle | changes, self.backend.region_name
        found = (
            each
            for each in CATALOGUES["bundles"]
            if region in each.get("regions", (region,))
            and all(each[name] == wanted[name] for name in _ALIKE)
        )
        return next(found, self.bundle)

    def new_address(self) -> str:
        """Return another public address, which it gets after it has given up its own."""
        address: str = self.facts["members"]["publicIpAddress"]
        return address.format(**control().new_address())

    def list_attached(self, kind: str) -> list[Attachable]:
        """Return the disks or static IPs that are attached to it, the oldest first."""
        attached = self.find_referring(Attachable, "attachedTo")
        return [each for each in attached if each.kind == kind]

    def derive(self, now: JsonObject) -> JsonObject:
        bundle, state, address_type = self.bundle, str(now["state"]), now["ipAddressType"]
        own = None if address_type == "ipv6" else now["publicIpAddress"]
        static_ips = self.list_attached("StaticIp")
        size = bundle["diskSizeInGb"]
        system_disk = {"createdAt": self.created_at, "sizeInGb": size, "iops": max(100, 3 * size)}
        disks = [disk.to_dict() for disk in self.list_attached("Disk")]
        health = CATALOGUES["instance_health"]["passed" if state == "running" else "unknown"]
        return {
            "addOns": list(now["addOns"].values()),
            "attachedDisks": disks,  # as the snapshot has them
            "blueprintName": self.blueprint["name"],
            "hardware": bundle | {"disks": [now["systemDisk"] | system_disk, *disks]},
            "instanceStatus": health,
            "ipv6Addresses": [] if address_type == "ipv4" else now["ipv6Addresses"],
            "isStaticIp": bool(static_ips),
            "networking": {
                "monthlyTransfer": {"gbPerMonthAllocated": bundle["transferPerMonthInGb"]},
                "ports": [_describe_port(port) for port in now["ports"]],
            },
            # A static IP takes the place of its own.
            "publicIpAddress": static_ips[0].members["ipAddress"] if static_ips else own,
            "sizeInGb": size,  # of a snapshot
            "state": {"code": CATALOGUES["instance_states"][state], "name": state},
            "systemStatus": health,
            "username": self.blueprint["username"],
        }


class InstanceBackend(on.ResourceBackend):
    """The actions on instances."""

    get_instance: on.Action = on.shows(Instance)
    get_instances: on.Action = on.lists(Instance)
    get_instance_port_states: on.Action = on.reads(Instance, "ports")
    get_instance_metric_data: on.Action = on.measures(Instance)
    stop_instance: on.Action = on.changes(Instance)
    reboot_instance: on.Action = on.changes(Instance)
    delete_known_host_keys: on.Action = on.changes(Instance)

    def create_instances(self, request: Request) -> on.Begun:
        names = on.check_names(request["instanceNames"])
        for each in [Instance(self, request, name, request["blueprintId"]) for name in names]:
            yield self.begin(request, each)

    @on.changing(Instance)
    def start_instance(self, request: Request, instance: Instance) -> Effect:
        """Start it; if it was stopped it has another address, and another bundle on request."""
        updates: JsonObject = request.get("attributeUpdates", {})
        is_stopped = instance.now["state"] == "stopped"
        check(is_stopped or not updates, f"{instance.name} must be stopped to get another bundle.")
        bundle_id = updates.get("bundleId", instance.members["bundleId"])
        if bundle_id == "auto":  # the one that follows a bundle of the previous generation
            bundle_id = instance.find_bundle(isActive=True)["bundleId"]
        instance.check_bundle(instance.offer("bundleId", bundle_id))
        address = {"publicIpAddress": instance.new_address()} if is_stopped else {}
        return {"after": {"bundleId": bundle_id, **address}}

    @on.changing(Instance)
    def open_instance_public_ports(self, request: Request, instance: Instance) -> Effect:
        info = request["portInfo"]
        return _change_ports(open_ports(instance.members["ports"], [info]), info)

    @on.changing(Instance)
    def close_instance_public_ports(self, request: Request, instance: Instance) -> Effect:
        info = request["portInfo"]
        return _change_ports(_close_port(instance.members["ports"], info), info)

    @on.changing(Instance)
    def put_instance_public_ports(self, request: Request, _: Instance) -> Effect:
        infos = request["portInfos"]
        return _change_ports(open_ports([], infos), *infos)

    @on.changing(Instance)
    def update_instance_metadata_options(self, request: Request, _: Instance) -> Effect:
        wanted = request.only(_METADATA_OPTIONS)
        during = {"metadataOptions": wanted | {"state": "pending"}}
        return {"during": during, "after": {"metadataOptions": wanted}}

    def get_instance_state(self, request: Request) -> JsonObject:
        return {"state": self.show(self.find(Instance, request), request)["state"]}

    def delete_instance(self, request: Request) -> on.Begun:
        instance = self.find(Instance, request)
        check_add_ons(instance, request)
        self.end_changes(instance)
        for disk in instance.list_attached("Disk"):
            yield self.begin_detaching(request, disk)
        yield self.begin(request, instance, goes=True)

    def begin_detaching(self, request: Request, attached: Attachable) -> JsonObject:
        name = attached.members.get("attachedTo")
        check(name, f"The {attached.kind} {attached.name} is not attached.")
        pair = (attached, self.get(Instance, str(name)))
        return self.begin(request, *pair, type=f"Detach{attached.kind}", after=_DETACHED)


# --- Add-ons, which disks have too.


def new_add_ons(request: Request) -> JsonObject:
    return {each["addOnType"]: new_add_on(each) for each in request.get("addOns", [])}


def new_add_on(request: JsonObject) -> JsonObject:
    add_on: JsonObject = {"name": request["addOnType"], "status": "Enabled"}
    if add_on["name"] != "AutoSnapshot":
        idle: JsonObject = request.get("stopInstanceOnIdleRequest", {})
        return add_on | idle
    at = request.get("autoSnapshotAddOnRequest", {}).get("snapshotTimeOfDay", "06:00")
    return add_on | {"snapshotTimeOfDay": at, "nextSnapshotTimeOfDay": at}


def check_add_ons(resource: Resource, request: Request) -> None:
    """Raise AWS's error if a resource has add-ons and may not be deleted for that reason."""
    statuses = [each["status"] for each in resource.members["addOns"].values()]
    may_go = "Enabled" not in statuses or request.get("forceDeleteAddOns")
    check(may_go, f"{resource.name} has add-ons: delete it with forceDeleteAddOns.")


# --- Ports: what is open, and to whom.


def _new_port(info: JsonObject) -> JsonObject:
    """Return a port as an instance keeps it. Without addresses, it is open to anywhere."""
    port: JsonObject = CATALOGUES["new_port"] | info
    port["protocol"] = port["protocol"].lower()  # AWS's own examples write TCP
    is_icmp = port["protocol"].startswith("icmp")  # whose two numbers are a type and a code
    is_right = is_icmp or port["fromPort"] <= port["toPort"]
    check(is_right, f"fromPort is above toPort in {_name_port(port)}.")
    for name, bits in (("cidrs", 32), ("ipv6Cidrs", 128)):
        port[name] = [_complete_cidr(each, bits) for each in port[name]]
    is_limited = any(port[name] for name in _ADDRESSES)
    return port if is_limited else port | {"cidrs": ["0.0.0.0/0"], "ipv6Cidrs": ["::/0"]}


def _complete_cidr(address: str, bits: int) -> str:
    """Return a block of addresses, or of the one that is given, or raise AWS's error."""
    cidr = address if "/" in address else f"{address}/{bits}"
    try:
        is_right = ip_network(cidr, strict=False).max_prefixlen == bits
    except ValueError:
        is_right = False
    check(is_right, f"{cidr} is no CIDR block of IPv{4 if bits == 32 else 6}.")
    return cidr


def open_ports(ports: Iterable[JsonObject], infos: Iterable[JsonObject]) -> list[JsonObject]:
    """Return the ports with more of them, or with more addresses for those that are open."""
    opened = {_identify(port): port for port in ports}
    for new in map(_new_port, infos):
        old = opened.get(_identify(new), new)
        addresses = {name: list(dict.fromkeys(old[name] + new[name])) for name in _ADDRESSES}
        opened[_identify(new)] = new | addresses
    return list(opened.values())


def _close_port(ports: Iterable[JsonObject], info: JsonObject) -> list[JsonObject]:
    """Return the ports without one, or without some addresses of it."""
    closed, left = _new_port(info), {_identify(port): port for port in ports}
    old = left.pop(_identify(closed), closed)
    if any(info.get(name) for name in _ADDRESSES):
        kept = {
            name: [each for each in old[name] if each not in closed[name]] for name in _ADDRESSES
        }
        left |= {_identify(old): old | kept} if any(kept.values()) else {}
    return list(left.values())


def _change_ports(ports: list[JsonObject], *infos: JsonObject) -> Effect:
    return {"after": {"ports": ports}, "details": ", ".join(map(_name_port, infos))}


def _describe_port(port: JsonObject) -> JsonObject:
    is_open_to_all = not _ANYWHERE.isdisjoint(port["cidrs"] + port["ipv6Cidrs"])
    return port | {"accessFrom": "Anywhere (0.0.0.0/0)" if is_open_to_all else "Custom"}


def _name_port(info: JsonObject) -> str:
    """Return the name of a port in the details of an operation, such as `8000-8010/udp`."""
    first, last = info.get("fromPort", 0), info.get("toPort", 0)
    ports = f"{first}" if first == last else f"{first}-{last}"
    return f"{ports}/{str(info.get('protocol', 'tcp')).lower()}"
