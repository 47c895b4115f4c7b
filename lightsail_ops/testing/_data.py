"""The facts: the data files, which are TOML, and botocore's model of requests and responses."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias, cast

from botocore.loaders import create_loader
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)
from botocore.validate import ParamValidator

from lightsail_ops.testing.exceptions import AwsError, InvalidInputException, check

_OPEN = ("RegionName",)  # enums that grow faster than botocore's model
_LOOSE = ("ResourceName",)  # shapes whose pattern AWS does not keep to: names may have dots
_LATEST = 253_402_300_799  # the last second of the year 9999, the last that Python has

JsonObject: TypeAlias = dict[str, Any]  # what its values are, only the model knows


def load(name: str) -> JsonObject:
    return tomllib.loads(files("lightsail_ops.testing").joinpath("data", name).read_text("utf-8"))


def complete(value: object, given: JsonObject) -> Any:
    """Return a copy of a value with what its strings have in braces."""
    if isinstance(value, dict):
        return {name: complete(each, given) for name, each in cast("JsonObject", value).items()}
    if isinstance(value, list):
        return [complete(each, given) for each in cast("Iterable[object]", value)]
    return value.format(**given) if isinstance(value, str) else value


def _load_catalogues() -> JsonObject:
    catalogues = load("catalogues.toml")
    regions = {each["name"] for each in catalogues["regions"]}
    for region in catalogues["regions"]:
        region["zones"] = [f"{region['name']}{letter}" for letter in region["zones"]]
    for blueprint in catalogues["blueprints"]:
        blueprint.update(complete(catalogues["new_blueprint"], blueprint))
    for bundle in [each for each in catalogues["bundles"] if each["bundleId"].endswith("_3_0")]:
        for name, ending in catalogues["own_bundles"].items():
            own = {"bundleId": bundle["bundleId"].replace("_3_0", ending), "regions": {name}}
            own["transferPerMonthInGb"] = bundle["transferPerMonthInGb"] // 2
            catalogues["bundles"].append(bundle | own)
        bundle["regions"] = regions - catalogues["own_bundles"].keys()
    return catalogues


CATALOGUES = _load_catalogues()
"""The offers of Lightsail (blueprints, bundles, regions and more), and what else it keeps to."""

LIMITS = load("limits.toml")
"""The limits of what requests have that botocore's model lacks, by the names of the members."""

OPERATIONS = load("operations.toml")
"""The operations of which more is to be known than what a method says, by their types."""


def find_offer(catalogue: str, member: str, wanted: str) -> JsonObject:
    """Return the offer that has this id in this member, or raise AWS's error."""
    for offer in cast("list[JsonObject]", CATALOGUES[catalogue]):
        if offer[member] == wanted:
            return offer
    raise InvalidInputException(f"Lightsail has no {member} {wanted!r}.")


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


def list_operation_types() -> dict[str, str]:
    """Return the type of the operations that an action begins, for those that begin some."""
    types: dict[str, str] = {}
    for action in service_model().operation_names:
        shape, facts = action_model(action).output_shape, OPERATIONS.get(action, {})
        outputs = shape.members if isinstance(shape, StructureShape) else {}
        returns_some = not {"operation", "operations"}.isdisjoint(outputs)
        if not facts.get("returned", True) or (returns_some and not action.startswith("Get")):
            types[action] = facts.get("type", action)
    return types


def validate(action: OperationModel, request: JsonObject) -> JsonObject:
    """Return the members of a request that the model knows, or raise AWS's error.

    Like AWS, this ignores members that are unknown, or null.
    """
    shape = cast("StructureShape", action.input_shape)
    names = shape.members
    known = {name: value for name, value in request.items() if name in names and value is not None}
    for name, value in known.items():
        is_right = type(value) in (int, float) and 0 <= value <= _LATEST
        if names[name].type_name == "timestamp" and not is_right:
            message = f"{name} must be a number of seconds since 1970, not {value!r}"
            raise AwsError("SerializationException", message)
    report = ParamValidator().validate(known, shape)
    if report.has_errors():
        message = report.generate_report()
        if "Invalid type" in message:
            raise AwsError("SerializationException", message)
        raise InvalidInputException(message)
    _check_values(known, shape)
    return known


def _check_values(value: Any, shape: Shape, name: str = "") -> None:
    """Raise AWS's error for what AWS does not allow, and botocore does not look at."""
    loose = {"pattern": r".*\S.*"} if shape.name in _LOOSE else {}
    limits = shape.metadata | loose | LIMITS.get(name, {})
    size, verb = (len(value), "have") if hasattr(value, "__len__") else (value, "be")
    is_within = limits.get("min", size) <= size <= limits.get("max", size)
    check(is_within, f"{name} must {verb} from {limits.get('min', 0)} to {limits.get('max')}.")
    if isinstance(shape, StringShape):
        _check_string(value, shape, name, limits.get("pattern"))
    if isinstance(shape, StructureShape):
        for member in value.keys() & shape.members.keys():
            _check_values(value[member], shape.members[member], member)
    if isinstance(shape, ListShape):
        for each in value:
            _check_values(each, shape.member, f"{name}[]")
    if isinstance(shape, MapShape):
        for key, each in value.items():
            _check_values(key, shape.key, name)
            _check_values(each, shape.value, name)


def _check_string(value: str, shape: StringShape, name: str, pattern: str | None) -> None:
    names = [each.lower() for each in shape.enum]  # AWS's own examples write TCP for tcp
    is_known = not names or value.lower() in names or shape.name in _OPEN
    is_well_formed = pattern is None or re.fullmatch(pattern, value)
    check(is_known and is_well_formed, f"Invalid value for parameter {name}: {value!r}")


def serialize(value: Any, shape: Shape | None) -> Any:
    """Return a value in AWS JSON 1.1: what its shape has, None left out, times as seconds."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(shape, StructureShape):
        return {
            name: serialize(value[name], member)
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [serialize(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {name: serialize(item, shape.value) for name, item in value.items()}
    return value
