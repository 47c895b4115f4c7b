"""The responses to actions that change nothing, from the resources and the catalog."""

from __future__ import annotations

from typing import cast

from botocore.model import OperationModel, Shape, StructureShape

from lightsail_ops.enums import RegionName
from lightsail_ops.testing._actions import (
    FACTS,
    KINDS,
    JsonObject,
    action_model,
    item_shape,
    kind_named_by,
    members_of,
    select,
)
from lightsail_ops.testing._operations import take_page
from lightsail_ops.testing._resources import Resource, Resources, describe

_KINDS_OF_SHAPES = {"CertificateSummary": "Certificate", "LightsailDistribution": "Distribution"}
_CONTINENTS = {"ap": "AS", "ca": "NA", "eu": "EU", "sa": "SA", "us": "NA"}
_FILTERS = ("loadBalancerName", "monitoredResourceName")


def read(
    model: OperationModel, request: JsonObject, resources: Resources, page_size: int
) -> JsonObject:
    """Return the response to an action that begins no operation, or raise AWS's error."""
    names = [(kind_named_by(model.name, member), value) for member, value in request.items()]
    named = [resources.get(kind, value) for kind, value in names if kind is not None]
    special = _special(model.name, request, resources)
    known = FACTS["fakes"] | (describe(named[0], resources) if named else {}) | request | special
    members = members_of(model.output_shape)
    was_read, response = list(named), JsonObject()
    for member, shape in members.items():
        kind = None if member in special else _kind_of(shape)
        if kind is not None:
            found = [each for each in named if each.kind == kind]
            values: list[object] = [*(found or _list(kind, request, resources))]
        elif shape.type_name == "list":
            values = known.get(member, [])
        elif named and isinstance(shape, StructureShape):  # a view of what is named
            values = [known.get(member, known)]
        else:
            values = [known.get(member)]
        if shape.type_name == "list" and "nextPageToken" in members:
            scope = f"{resources.scope}/{model.name}"
            values, response["nextPageToken"] = _page(values, scope, request, page_size)
        was_read += [value for value in values if isinstance(value, Resource)]
        sent = [_to_json(value, item_shape(shape), resources) for value in values]
        response.setdefault(member, sent if shape.type_name == "list" else sent[0])
    for change in {change for resource in was_read for change in resource.pending}:
        change.advance()
    return {name: value for name, value in response.items() if value is not None}


def returned_members(action: str, subject: Resource, resources: Resources) -> JsonObject:
    """Return what the response of an action has beside its operations."""
    known = FACTS["fakes"] | describe(subject, resources)
    return {
        name: select(shape, known) if _kind_of(shape) else known[name]
        for name, shape in members_of(action_model(action).output_shape).items()
        if _kind_of(shape) or name in known
    }


def _kind_of(shape: Shape) -> str | None:
    name = item_shape(shape).name
    kind = _KINDS_OF_SHAPES.get(name, name)
    return kind if kind in KINDS else None


def _list(kind: str, request: JsonObject, resources: Resources) -> list[Resource]:
    filters = {name: request[name] for name in _FILTERS if name in request}
    found = resources.of_kind(kind, **filters)
    return [each for each in found if each.name in request.get("protocols", [each.name])]


def _page(
    items: list[object], scope: str, request: JsonObject, size: int
) -> tuple[list[object], str | None]:
    numbers = [each.number if isinstance(each, Resource) else at for at, each in enumerate(items)]
    entries = [((0.0, number), item) for number, item in zip(numbers, items, strict=True)]
    return take_page(entries, scope, request.get("pageToken"), size)


def _to_json(value: object, shape: Shape, resources: Resources) -> object:
    if isinstance(value, Resource):
        value = describe(value, resources)
    return select(shape, cast("JsonObject", value)) if isinstance(value, dict) else value


def _special(action: str, request: JsonObject, resources: Resources) -> JsonObject:
    """Return what a response has that follows neither from the model nor from what is named."""
    match action:
        case "CheckSubdomainAvailability":
            return {"available": resources.find("Subdomain", request["subdomainName"]) is None}
        case "GetActiveNames":
            return {"activeNames": [resource.name for resource in resources.all()]}
        case "GetBlueprints" | "GetBundles":
            member = action.removeprefix("Get").lower()
            return {member: [offer | {"isActive": True} for offer in FACTS["catalog"][member]]}
        case "GetRegions":
            names = [str(region) for region in RegionName if region is not RegionName.GLOBAL]
            return {"regions": [_region(name, request) for name in names]}
        case "IsVpcPeered":
            return {"isPeered": bool(resources.of_kind("PeeredVpc"))}
        case _:
            return {}


def _region(name: str, request: JsonObject) -> JsonObject:
    zones = [{"zoneName": f"{name}{letter}", "state": "available"} for letter in "abc"]
    with_zones = request.get("includeAvailabilityZones")
    with_database_zones = request.get("includeRelationalDatabaseAvailabilityZones")
    return {
        "continentCode": _CONTINENTS[name[:2]],
        "displayName": name,
        "name": name,
        "availabilityZones": zones if with_zones else [],
        "relationalDatabaseAvailabilityZones": zones if with_database_zones else [],
    }
