"""botocore's model of Lightsail: what a request may hold, and what a response shows."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import AwsError, InvalidInputException


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


_RECORDED_ONLY = {  # they return no operation
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "DeleteContainerService",
    "UpdateContainerService",
}


def begins_operations(action: str) -> bool:
    """Return whether an action begins operations."""
    shape = service_model().operation_model(action).output_shape
    outputs = shape.members if isinstance(shape, StructureShape) else {}
    returns_some = not {"operation", "operations"}.isdisjoint(outputs)
    return action in _RECORDED_ONLY or (returns_some and not action.startswith("Get"))


def validate(action: OperationModel, request: JsonObject) -> JsonObject:
    """Return the members of a request that the model knows, or raise AWS's error.

    Like AWS, this ignores members that are unknown, or null.
    """
    shape = action.input_shape
    names = shape.members if isinstance(shape, StructureShape) else {}
    known = {name: value for name, value in request.items() if name in names and value is not None}
    report = ParamValidator().validate(known, shape) if shape else None
    if report is None or not report.has_errors():
        return known
    message = report.generate_report()
    if "Invalid type" in message:
        raise AwsError("SerializationException", message)
    raise InvalidInputException(message)


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
