"""Searches an exception for a string that must not be in it."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator, Mapping


def find_canary(error: BaseException, canary: str) -> list[str]:
    """Return the places of an exception, of its causes and of all that they hold with a string."""
    return [
        place
        for place, string in _list_strings(error)
        if canary in string or canary in repr(string)
    ]


def _list_strings(error: BaseException) -> Iterator[tuple[str, str]]:
    yield "traceback", "".join(traceback.format_exception(error))
    yield "pickle", pickle.dumps(error, 0).decode("latin-1")
    seen: set[int] = set()
    for cause in _walk_causes(error, seen):
        name = type(cause).__name__
        yield f"str of {name}", str(cause)
        yield f"repr of {name}", repr(cause)
        yield f"args of {name}", repr(cause.args)
        yield from _walk_attributes(name, vars(cause), seen, depth=6)


def _walk_causes(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    """Yield an exception and all that it is chained to, also where the chain is not printed."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    yield from _walk_causes(error.__cause__, seen)
    yield from _walk_causes(error.__context__, seen)
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _walk_causes(each, seen)


def _walk_attributes(
    name: str, value: object, seen: set[int], depth: int
) -> Iterator[tuple[str, str]]:
    """Yield the strings in a value and in the attributes of the objects in it."""
    if isinstance(value, str | bytes):
        yield name, value if isinstance(value, str) else value.decode("latin-1")
        return
    if depth == 0 or id(value) in seen or isinstance(value, int | float | type):
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield f"{name}.{key}", str(key)
            yield from _walk_attributes(f"{name}.{key}", each, seen, depth - 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _walk_attributes(f"{name}[]", each, seen, depth - 1)
    elif hasattr(value, "__dict__"):
        yield f"repr of {name}", repr(value)
        yield from _walk_attributes(name, vars(value), seen, depth - 1)
