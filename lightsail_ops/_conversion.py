"""From AWS's dicts to the models and back, by cattrs.

The hooks are plain functions, registered for each type that a model's field can have, and
cattrs compiles them into one function without detailed validation. That is the fast way, and
nearly every operation takes it. Where it stumbles, the slow way goes through the same hooks
a field at a time: it fills in what AWS left out, or names the value that is wrong.
"""

from __future__ import annotations

import logging
import reprlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeGuard, TypeVar, cast

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from lightsail_ops.enums import (
    OpenStrEnum,
    OperationStatus,
    OperationType,
    RegionName,
    ResourceType,
)
from lightsail_ops.errors import ResponseError
from lightsail_ops.models import Operation, OperationsPage, ResourceLocation, in_utc

_logger = logging.getLogger("lightsail_ops")
_from_timestamp = datetime.fromtimestamp
_Enum = TypeVar("_Enum", bound=OpenStrEnum)


# --- One hook for each type of field: the value, or an exception where it is of another type.
# cattrs passes the type as a second argument, which none of them needs.


def _text(value: Any, _: object = None) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _optional_text(value: Any, _: object = None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError


def _flag(value: Any, _: object = None) -> bool:
    if value is True or value is False:
        return value
    raise TypeError


def _moment(value: Any, _: object = None) -> datetime:
    kind = value.__class__
    if kind is float or kind is int:  # isinstance would take a bool for an int
        return _from_timestamp(value, UTC)
    if isinstance(value, datetime):
        return in_utc(value)
    return in_utc(datetime.fromisoformat(value))


def _optional_moment(value: Any, _: object = None) -> datetime | None:
    return None if value is None else _moment(value)


def _member_of(enum: type[_Enum]) -> Callable[..., _Enum]:
    known = {str(member): member for member in enum}.get  # ten times as fast as calling the enum

    def member(value: Any, _: object = None) -> _Enum:
        return known(value) or enum(value)

    return member


_region_name = _member_of(RegionName)


def _optional_region_name(value: Any, _: object = None) -> RegionName | None:
    return None if value is None else _region_name(value)


# An account has a handful of locations: equal ones are one object, which saves time and memory.
@lru_cache(maxsize=256)
def _shared_location(availability_zone: Any, region_name: Any) -> ResourceLocation:
    return ResourceLocation(
        availability_zone=_optional_text(availability_zone),
        region_name=_optional_region_name(region_name),
    )


def _location(value: Any, _: object = None) -> ResourceLocation:
    return _shared_location(value.get("availabilityZone"), value.get("regionName"))


# For each type of a field: its hook, and what to tell a person that it takes.
_KINDS: dict[Any, tuple[Callable[[Any, Any], Any], str]] = {
    str: (_text, "text"),
    str | None: (_optional_text, "text"),
    bool: (_flag, "true or false"),
    datetime: (_moment, "epoch seconds or ISO 8601 text"),
    datetime | None: (_optional_moment, "epoch seconds or ISO 8601 text"),
    ResourceLocation: (_location, "an object"),
    ResourceType: (_member_of(ResourceType), "text"),
    OperationType: (_member_of(OperationType), "text"),
    OperationStatus: (_member_of(OperationStatus), "text"),
    RegionName | None: (_optional_region_name, "text"),
}
_converter = Converter(detailed_validation=False)
for _type, (_hook, _) in _KINDS.items():
    _converter.register_structure_hook(_type, _hook)


# --- The fast way.


def _without_converters(_: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    return [field.evolve(converter=None) for field in fields]  # the hooks have done their work


@attrs.define(  # pyright: ignore[reportGeneralTypeIssues] - not frozen, on purpose
    eq=False,
    repr=False,
    on_setattr=attrs.setters.NO_OP,
    field_transformer=_without_converters,
)
class _Draft(Operation):
    """An operation that is being filled, and becomes a frozen one when it is.

    The `__init__` of a frozen class has to go around its own `__setattr__`, field by field,
    which is half the cost of a conversion. A draft has the same slots and no such guard.
    """

    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__  # shares a slot of the C type with __setattr__


def _key(field_name: str) -> str:
    """Return AWS's key for a field: `createdAt` for `created_at`."""
    first, *others = field_name.split("_")
    return first + "".join(word.title() for word in others)


_RENAMED: dict[type, dict[str, Any]] = {
    # The types of the fields are texts until they are resolved.
    model: {field.name: override(rename=_key(field.name)) for field in attrs.fields(model)}
    for model in map(attrs.resolve_types, (Operation, ResourceLocation))
}
_fill = make_dict_structure_fn(
    _Draft, _converter, _cattrs_detailed_validation=False, **_RENAMED[Operation]
)


def _frozen(raw: Any) -> Operation:
    operation: Operation = _fill(raw, _Draft)
    operation.__class__ = Operation  # pyright: ignore[reportAttributeAccessIssue] - as planned
    return operation


def operation_from_dict(raw: Any, path: str = "") -> Operation:
    """Convert an operation; `path` (such as `operations[3].`) says in an error where it was."""
    try:
        return _frozen(raw)
    except Exception:  # whatever it was, the slow way finds out
        return _corrected(raw, path)


def page_from_dict(raw: Mapping[str, Any], request_id: str | None = None) -> OperationsPage:
    """Convert what GetOperations or GetOperationsForResource answered."""
    operations: Any = raw.get("operations", ())
    if not isinstance(operations, list | tuple):
        raise ResponseError(f"operations: expected a list, got {_shown(operations)}")
    next_page_token = raw.get("nextPageToken")
    if not isinstance(next_page_token, str | None):
        raise ResponseError(f"nextPageToken: expected text, got {_shown(next_page_token)}")
    return OperationsPage(
        operations=_operations(cast("Sequence[Any]", operations)),
        next_page_token=next_page_token or None,  # some services end with an empty token
        request_id=request_id,
    )


def _operations(raws: Sequence[Any]) -> tuple[Operation, ...]:
    try:
        return tuple([_frozen(raw) for raw in raws])
    except Exception:  # some need the slow way
        return tuple(
            [operation_from_dict(raw, f"operations[{index}].") for index, raw in enumerate(raws)]
        )


# --- The slow way.

# Smithy's "Client error correction": what a client takes for a required member that is absent.
_DEFAULTS: dict[str, Any] = {
    "id": "",
    "resource_name": "",
    "resource_type": ResourceType(""),
    "created_at": datetime.fromtimestamp(0, UTC),
    "location": ResourceLocation(),
    "is_terminal": False,
    "operation_type": OperationType(""),
    "status": OperationStatus(""),
}
_warned_keys: set[str] = set()


def _corrected(raw: Any, path: str) -> Operation:
    values = _values(Operation, raw, path)
    for name, default in _DEFAULTS.items():
        if values[name] is None:
            _warn_once(_key(name))
            values[name] = default
    return Operation(**values)


def _values(model: type[attrs.AttrsInstance], raw: Any, path: str) -> dict[str, Any]:
    """Convert a model's fields one by one, None where AWS left one out, or say which is wrong."""
    if not is_object(raw):
        raise ResponseError(
            f"{path.rstrip('.') or 'operation'}: expected an object, got {_shown(raw)}"
        )
    values: dict[str, Any] = {}
    for field in attrs.fields(model):
        key = _key(field.name)
        values[field.name] = _value(field.type, raw.get(key), path + key)
    return values


def _value(kind: Any, value: Any, path: str) -> Any:
    if value is None:  # to botocore's parser, too, null is the same as absent
        return None
    hook, expected = _KINDS[kind]
    if kind is ResourceLocation:
        _values(ResourceLocation, value, f"{path}.")  # names the member that is wrong
    try:
        return hook(value, kind)
    except Exception as error:
        raise ResponseError(f"{path}: expected {expected}, got {_shown(value)}") from error


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Tell whether a value is what JSON calls an object."""
    return isinstance(value, Mapping)


def _shown(value: object) -> str:
    try:
        shown = reprlib.repr(value)
    except ValueError:  # Python refuses to print an int of thousands of digits
        shown = "..."
    return f"{shown} ({type(value).__name__})"


def _warn_once(key: str) -> None:
    if key not in _warned_keys:
        _warned_keys.add(key)
        _logger.warning("AWS left out %s, which every operation should have", key)


# --- And back.

_converter.register_unstructure_hook(datetime, datetime.isoformat)
_converter.register_unstructure_hook(datetime | None, datetime.isoformat)
for _enum in (ResourceType, OperationType, OperationStatus, RegionName):
    _converter.register_unstructure_hook(_enum, str.__str__)
_converter.register_unstructure_hook(
    ResourceLocation,
    make_dict_unstructure_fn(
        ResourceLocation, _converter, _cattrs_omit_if_default=True, **_RENAMED[ResourceLocation]
    ),
)
_unfill = make_dict_unstructure_fn(
    Operation, _converter, _cattrs_omit_if_default=True, **_RENAMED[Operation]
)


def operation_to_dict(operation: Operation) -> dict[str, Any]:
    """Return AWS's keys with values ready for JSON; what is None is left out."""
    return _unfill(operation)
