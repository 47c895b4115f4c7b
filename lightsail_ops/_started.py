"""Reads what `wait_all` is given: the operations that a call has begun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

from lightsail_ops._codec import is_mapping
from lightsail_ops.errors import ResponseError
from lightsail_ops.models import Operation

Started: TypeAlias = Mapping[str, object] | Iterable[Operation | Mapping[str, object] | str]


def read_started(started: object) -> list[Operation | str]:
    """Return the operations, or their ids, in a response or an iterable.

    Args:
        started: what a boto3 call returned, with the key `operation` or `operations`; or an
            iterable of operations, of their dicts or of their ids.

    Raises:
        TypeError: it is neither, or an element is not an operation.
        ValueError: the response has no operations, or an element has no valid id.
    """
    if is_mapping(started):
        return _read_response(started)
    if isinstance(started, str | bytes | Operation) or not isinstance(started, Iterable):
        raise TypeError(
            "started must be a response of boto3 or an iterable of operations or ids, "
            f"not {type(started).__name__}"
        )
    elements = cast("Iterable[object]", started)
    return [_read_element(element, f"started[{index}]") for index, element in enumerate(elements)]


def _read_response(response: Mapping[str, object]) -> list[Operation | str]:
    if "operation" in response:
        return [_read_element(response["operation"], "started['operation']")]
    if "operations" not in response:
        raise ValueError(
            "started has neither the key 'operation' nor 'operations'; to wait for the dict of "
            "one operation, pass it in a list"
        )
    operations = response["operations"]
    if not isinstance(operations, list | tuple):
        raise TypeError(f"started['operations'] must be a list, not {type(operations).__name__}")
    return [
        _read_element(element, f"started['operations'][{index}]")
        for index, element in enumerate(cast("list[object]", operations))
    ]


def _read_element(element: object, name: str) -> Operation | str:
    if not isinstance(element, str | Operation):
        return _read_dict(element, name)
    if not (element if isinstance(element, str) else element.id):
        raise ValueError(f"{name} has no id")
    return element


def _read_dict(element: object, name: str) -> Operation:
    if not is_mapping(element):
        raise TypeError(f"{name} must be an operation or an id, not {type(element).__name__}")
    if not element.get("id"):  # before the conversion, which would warn of each missing field
        raise ValueError(f"{name} has no id")
    try:
        return Operation.from_dict(element)
    except ResponseError as error:
        raise ValueError(f"{name} is not an operation: {error}") from error
