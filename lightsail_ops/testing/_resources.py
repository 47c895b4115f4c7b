"""The resources of one account in one region, and what each kind of them has of its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import TypeAlias

import attrs

from lightsail_ops.models import ResourceLocation
from lightsail_ops.testing._actions import (
    ANY_KIND,
    FACTS,
    KINDS,
    SNAPSHOT,
    JsonObject,
    locate,
    select,
    service_model,
)
from lightsail_ops.testing._operations import Change
from lightsail_ops.testing.exceptions import not_found

_INSTANCE_STATE_CODES = {"pending": 0, "running": 16, "stopping": 64, "stopped": 80}
_OPEN_PORT = {"accessFrom": "Anywhere (0.0.0.0/0)", "accessDirection": "inbound"}
_SYSTEM_DISK = {"isSystemDisk": True, "path": "/dev/xvda", "attachmentState": "attached"}
# What a copy does not take over.
_OWN_MEMBERS = {"attachedTo", "attachmentState", "isAttached", "path", "tags"}


_States: TypeAlias = tuple[str | None, str | None]


@attrs.define(eq=False)
class Resource:
    """Anything that has a name in Lightsail."""

    kind: str
    number: int
    location: ResourceLocation
    members: JsonObject  # what is known of it, by the names in the model's output shapes
    state: str | None = None  # when nothing is in progress
    # Changes in progress, and the state during and after each, the latest last.
    pending: dict[Change, _States] = attrs.Factory(dict[Change, _States])

    @property
    def name(self) -> str:
        return str(self.members["name"])

    @property
    def current_state(self) -> str | None:
        states = [during for during, _ in self.pending.values() if during is not None]
        return states[-1] if states else self.state

    def end(self, change: Change, *, has_succeeded: bool) -> None:
        """Take note of the end of a change. Earlier ones may not set the state any more."""
        _, after = self.pending[change]
        if has_succeeded and after is not None:
            self.state = after
            for earlier in takewhile(lambda each: each is not change, self.pending):
                self.pending[earlier] = (self.pending[earlier][0], None)
        del self.pending[change]

    def put(self, member: str, keys: list[str], item: JsonObject) -> None:
        """Add an item to a list, or change the one that has the same values of these keys."""
        items: list[JsonObject] = self.members[member]
        same = next((each for each in items if _are_same(each, item, keys)), JsonObject())
        self.members[member] = [each for each in items if each is not same] + [same | item]

    def remove(self, member: str, keys: list[str], item: JsonObject) -> None:
        """Remove from a list what has the same values of these keys."""
        items: list[JsonObject] = self.members[member]
        self.members[member] = [each for each in items if not _are_same(each, item, keys)]


def _are_same(one: JsonObject, other: JsonObject, keys: list[str]) -> bool:
    return all(one.get(key) == other.get(key) for key in keys)


class Resources:
    """The resources of one account in one region."""

    def __init__(
        self, region_name: str, account_id: str, in_region: Callable[[str], Resources]
    ) -> None:
        self.region_name = region_name
        self.in_region = in_region
        self.scope: str = f"{account_id}/{region_name}"
        self._account_id = account_id
        self._all: dict[tuple[str, str], Resource] = {}
        self._number = 0

    def new(self, kind: str, name: str, created_at: float, zone: str | None) -> Resource:
        """Return a resource that is not kept yet."""
        self._number += 1
        location = locate(kind, self.region_name, zone)
        region = location.region_name
        members: JsonObject = {
            "name": name,
            "arn": f"arn:aws:lightsail:{region}:{self._account_id}:{kind}/{self._new_uuid()}",
            "createdAt": created_at,
            "location": {"availabilityZone": location.availability_zone, "regionName": region},
            "resourceType": kind,
            "supportCode": f"{self._account_id}/{name}",
        }
        return Resource(kind, self._number, location, members)

    def new_name(self, kind: str) -> str:
        """Return a name for a resource that no request names."""
        new_uuid = self._new_uuid()
        return f"vpc-{new_uuid.hex[:17]}" if kind == "PeeredVpc" else f"{kind}-{new_uuid}"

    def _new_uuid(self) -> uuid.UUID:  # the same in each run
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.scope}/{self._number}")

    def keep(self, resource: Resource) -> None:
        self._all[resource.kind, resource.name] = resource

    def forget(self, resource: Resource) -> None:
        """Remove a resource, unless another has taken its name."""
        if self._all.get((resource.kind, resource.name)) is resource:
            del self._all[resource.kind, resource.name]

    # What is read here is up to date: changes end first whose time has come.

    def all(self) -> list[Resource]:
        """Return all resources, the oldest first."""
        _settle(self._all.values())
        return list(self._all.values())

    def of_kind(self, kind: str, **values: object) -> list[Resource]:
        """Return the resources of a kind that have these values, the oldest first."""
        return [
            resource
            for resource in self.all()
            if resource.kind == kind and values.items() <= resource.members.items()
        ]

    def find(self, kind: str, name: str) -> Resource | None:
        """Return a resource by its name; None if there is none."""
        _settle(self._named(kind, name))
        return next(iter(self._named(kind, name)), None)

    def get(self, kind: str, name: str) -> Resource:
        """Return a resource by its name, or raise AWS's error if there is none."""
        resource = self.find(kind, name)
        if resource is None:
            noun = "resource" if kind == ANY_KIND else kind
            raise not_found(f"The {noun} does not exist: {name}")
        return resource

    def _named(self, kind: str, name: str) -> list[Resource]:
        if kind in KINDS:
            return [self._all[kind, name]] if (kind, name) in self._all else []
        return [one for one in self._all.values() if one.name == name and one.kind.endswith(kind)]


def _settle(resources: Iterable[Resource]) -> None:
    for change in [change for resource in resources for change in resource.pending]:
        change.settle()


def rename(request: JsonObject) -> JsonObject:
    """Return what a request says of a resource, by the names that the resource has for it."""
    names = FACTS["other_names"]
    return {names.get(name, name): value for name, value in request.items()}


def inherit(kind: str, source: Resource) -> JsonObject:
    """Return what a copy, a snapshot, or what is made from a snapshot takes from its source.

    A snapshot has the name of an instance as `fromInstanceName`, its `bundleId` as `fromBundleId`.
    """
    members = {name: each for name, each in source.members.items() if name not in _OWN_MEMBERS}
    if kind == source.kind:
        return members
    if kind.endswith(SNAPSHOT):
        named = {f"{source.kind}Name": source.name, f"{source.kind}Arn": members["arn"]}
        upper = {f"{name[0].upper()}{name[1:]}": each for name, each in members.items()}
        return members | {f"from{name}": each for name, each in (upper | named).items()}
    if source.kind.endswith(SNAPSHOT):
        taken = {name[4:]: each for name, each in members.items() if name.startswith("from")}
        return members | {f"{name[0].lower()}{name[1:]}": each for name, each in taken.items()}
    return {}


def fill(resource: Resource, region_name: str) -> None:
    """Give a new resource what follows from its other members."""
    members, number = resource.members, resource.number
    low_bytes = f"{number // 250 % 250}.{number % 250 + 1}"
    match resource.kind:
        case "Instance":
            blueprint = _offer("blueprints", "blueprintId", resource)
            members |= {
                "blueprintName": blueprint["name"],
                "username": blueprint["username"],
                "privateIpAddress": f"172.26.{low_bytes}",
                "publicIpAddress": f"198.18.{low_bytes}",
                "ipv6Addresses": [f"2001:db8::{number:x}"],
            }
        case "LoadBalancer":
            members["dnsName"] = f"{number:04}.{region_name}.elb.amazonaws.com"
        case "RelationalDatabase":
            blueprint_id = members.get("relationalDatabaseBlueprintId", "mysql_8_0")
            engine, _, version = blueprint_id.partition("_")
            members |= {"engine": engine, "engineVersion": version.replace("_", ".")}
        case "StaticIp":
            members["ipAddress"] = f"198.19.{low_bytes}"
        case _:
            pass


def _offer(offers: str, member: str, instance: Resource) -> JsonObject:
    """Return the blueprint or bundle of an instance; the first one for an unknown id."""
    catalog: list[JsonObject] = FACTS["catalog"][offers]
    wanted = instance.members.get(member)
    return next((offer for offer in catalog if offer[member] == wanted), catalog[0])


def describe(resource: Resource, resources: Resources) -> JsonObject:
    """Return all members of a resource as they are now; a shape selects what is sent."""
    members = dict(resource.members)
    if resource.current_state is not None:
        members["status" if resource.kind == "Distribution" else "state"] = resource.current_state
    match resource.kind:
        case "Certificate":
            detail = select(service_model().shape_for("Certificate"), members)
            return members | {"certificateArn": members["arn"], "certificateDetail": detail}
        case "Instance":
            return members | _derive_instance(resource, resources)
        case "LoadBalancer":
            summaries = [
                {"name": each.name, "isAttached": each.members["isAttached"]}
                for each in certificates(resource, resources)
            ]
            is_secure = any(summary["isAttached"] for summary in summaries)
            protocol = "HTTP_HTTPS" if is_secure else "HTTP"
            ports = [80, 443] if is_secure else [80]
            members |= {"protocol": protocol, "publicPorts": ports}
            return members | {"tlsCertificateSummaries": summaries}
        case _:
            return members


def _derive_instance(instance: Resource, resources: Resources) -> JsonObject:
    bundle, members = _offer("bundles", "bundleId", instance), instance.members
    static_ips = resources.of_kind("StaticIp", attachedTo=instance.name)
    public_ip = [*(each.members["ipAddress"] for each in static_ips), members["publicIpAddress"]][0]
    disks = [_SYSTEM_DISK | {"sizeInGb": bundle["diskSizeInGb"], "attachedTo": instance.name}]
    disks += [each.members for each in resources.of_kind("Disk", attachedTo=instance.name)]
    shape, state = service_model().shape_for("Disk"), str(instance.current_state)
    return {
        "state": {"code": _INSTANCE_STATE_CODES[state], "name": state},
        "isStaticIp": bool(static_ips),
        "publicIpAddress": public_ip,
        "ipAddress": public_ip,  # in GetInstanceAccessDetails
        "hardware": {
            "cpuCount": bundle["cpuCount"],
            "disks": [select(shape, disk) for disk in disks],
            "ramSizeInGb": bundle["ramSizeInGb"],
        },
        "networking": {
            "monthlyTransfer": {"gbPerMonthAllocated": bundle["transferPerMonthInGb"]},
            "ports": [_OPEN_PORT | port for port in members["ports"]],
        },
        "portStates": [{**port, "state": "open"} for port in members["ports"]],
    }


def certificates(balancer: Resource, resources: Resources) -> list[Resource]:
    """Return the certificates of a load balancer."""
    return resources.of_kind("LoadBalancerTlsCertificate", loadBalancerName=balancer.name)
