"""Lightsail's actions: what botocore's model says about them, and `facts.toml` beyond it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import attrs
from botocore.loaders import create_loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

from lightsail_ops.enums import RegionName, ResourceType
from lightsail_ops.models import ResourceLocation
from lightsail_ops.testing.exceptions import AwsError, invalid_input

JsonObject: TypeAlias = dict[str, Any]  # what its values are, only the model knows

FACTS: JsonObject = tomllib.loads(
    files("lightsail_ops.testing").joinpath("facts.toml").read_text("utf-8")
)
KINDS = frozenset(map(str, ResourceType))
ZONAL_KINDS = {"Disk", "Instance", "RelationalDatabase"}
GLOBAL_KINDS = {"Distribution", "Domain"}  # distributions: guess

# Instead of a kind: what the kind's name must end with.
ANY_KIND, SNAPSHOT = "", "Snapshot"

# The request members that name a resource, and its kind.
_NAMING_MEMBERS: dict[str, str] = {
    f"{kind[0].lower()}{kind[1:]}Name": kind for kind in KINDS
} | FACTS["members"]

_ACTIONS = FACTS["actions"]
_RECORDED_ONLY = _ACTIONS["recorded_only"].split()
_STARTED = f"{_ACTIONS['started']} {_ACTIONS['started_guess']}".split() + _RECORDED_ONLY


@cache
def service_model() -> ServiceModel:
    """Load the model. A botocore session would fail where AWS_PROFILE names no profile."""
    return ServiceModel(create_loader().load_service_model("lightsail", "service-2"), "lightsail")


def action_model(action: str) -> OperationModel:
    """Return the model of an action, or raise AWS's error if the model has no such action."""
    if action not in service_model().operation_names:
        message = f"The installed botocore knows no action {action!r} of Lightsail."
        raise AwsError("UnknownOperationException", message)
    return service_model().operation_model(action)


def members_of(shape: Shape | None) -> dict[str, Shape]:
    """Return the members of a structure by name; none for other shapes."""
    return dict(shape.members) if isinstance(shape, StructureShape) else {}


def item_shape(shape: Shape) -> Shape:
    """Return the shape of a list's items, or the shape itself."""
    return shape.member if isinstance(shape, ListShape) else shape


def validate(action: OperationModel, request: JsonObject) -> JsonObject:
    """Return the members of a request that the model knows, or raise AWS's error.

    Like AWS, this ignores members that are unknown, or null.
    """
    shape = action.input_shape
    names = members_of(shape)
    known = {name: value for name, value in request.items() if name in names and value is not None}
    report = ParamValidator().validate(known, shape) if shape else None
    if report is None or not report.has_errors():
        return known
    message = report.generate_report()
    if "Invalid type" in message:
        raise AwsError("SerializationException", message)
    raise invalid_input(message)


def locate(kind: str, region_name: str, zone: str | None = None) -> ResourceLocation:
    """Return where a resource of a region is. The zone defaults to the region's first."""
    if kind in GLOBAL_KINDS:
        return ResourceLocation(availability_zone="all", region_name=RegionName.GLOBAL)
    zone = zone or f"{region_name}a" if kind in ZONAL_KINDS else "all"
    return ResourceLocation(availability_zone=zone, region_name=RegionName(region_name))


def select(shape: Shape, members: JsonObject) -> JsonObject:
    """Return those members that a structure has in the model, None left out."""
    return {name: members[name] for name in members_of(shape) if members.get(name) is not None}


@attrs.frozen
class Action:
    """An action that begins operations."""

    name: str
    operation_type: str
    # Request members that name what is acted on, and their kinds; what comes or goes is first.
    subjects: tuple[tuple[str, str], ...]
    creates: str | None
    deletes: str | None
    returned_as: str | None  # `operation`, `operations`, or None where they are only recorded
    is_started: bool  # and not finished at once
    has_zone: bool  # where what it acts on has one

    def details(self, request: JsonObject, partners: list[str]) -> str | None:
        """Return an operation's details; of a pair, `partners` has the other name."""
        if self.name == "DeleteLoadBalancerTlsCertificate":
            return None  # as documented, although it is a pair
        template = _ACTIONS["details"].get(self.name)
        if template is None:
            return next(iter(partners), None)
        ports = request.get("portInfos") or [request.get("portInfo", {})]
        source = request.get("sourceSnapshotName") or request.get("sourceResourceName")
        said = {"ports": ", ".join(map(_port, ports)), "source": source}
        return str(template.format_map(request | said))


def _port(port: JsonObject) -> str:
    first, last = port.get("fromPort", 0), port.get("toPort", 0)
    ports = f"{first}" if first == last else f"{first}-{last}"
    return f"{ports}/{str(port.get('protocol', 'tcp')).lower()}"


@cache
def begins_operations(name: str) -> bool:
    """Return whether this action begins operations."""
    returns_some = _returned_as(name) is not None and not name.startswith("Get")
    return returns_some or name in _RECORDED_ONLY


@cache
def get_action(name: str) -> Action:
    """Return the action of this name, which begins operations."""
    creates = _ACTIONS["creates"].get(name) or _kind_after("Create", name)
    deletes = _ACTIONS["deletes"].get(name) or _kind_after("Delete", name)
    subjects = sorted(_subjects(name), key=lambda subject: subject[1] != (creates or deletes))
    return Action(
        name=name,
        operation_type=_ACTIONS["operation_types"].get(name, name),
        subjects=tuple(subjects),
        creates=creates,
        deletes=deletes,
        returned_as=_returned_as(name),
        is_started=name in _STARTED,
        has_zone=name not in _ACTIONS["zone_all"].split(),
    )


def _returned_as(name: str) -> str | None:
    outputs = members_of(action_model(name).output_shape)
    return next((each for each in ("operation", "operations") if each in outputs), None)


def _kind_after(verb: str, name: str) -> str | None:
    # CreateInstances, CreateInstancesFromSnapshot and CreateInstanceSnapshot begin alike.
    kind = name.removeprefix(verb).split("From")[0].removesuffix("s")
    return kind if name.startswith(verb) and kind in KINDS else None


def _subjects(action: str) -> list[tuple[str, str]]:
    shape, exceptions = action_model(action).input_shape, FACTS["subjects"]
    required = {f"{action}.{member}" for member in (shape.required_members if shape else [])}
    subjects = required.union(exceptions["yes"])
    kinds = {
        member: kind_named_by(action, member)
        for member in members_of(shape)
        if f"{action}.{member}" in subjects
    }
    return [(member, kind) for member, kind in kinds.items() if kind is not None]


def kind_named_by(action: str, member: str) -> str | None:
    """Return the kind of resource that a request member names; None if it names none."""
    if f"{action}.{member}" in FACTS["subjects"]["no"]:
        return None
    if member == "certificateName" and "LoadBalancer" in action:
        return "LoadBalancerTlsCertificate"
    return _NAMING_MEMBERS.get(member)
