"""Converts AWS's dicts to an attrs class and back, by cattrs.

Each type that a field can have gets a hook, a function of one value, and cattrs compiles the hooks
into one function without detailed validation. That is the fast path, and nearly every dict takes
it. Where it fails, the slow path calls the same hooks a field at a time: it fills in what AWS left
out, or names the value that is wrong.

Everything here that is built late uses objects that were found at import, so that a test that
replaces `datetime.datetime` for a while (freezegun) leaves no trace.

An error's frames hold the dict. Who keeps the error clears them (`_core.fetching`), but not those
of its context: so none is raised while another one is handled.
"""

from __future__ import annotations

import logging
import reprlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import repeat
from operator import itemgetter
from types import UnionType
from typing import Any, Generic, NamedTuple, TypeAlias, TypeGuard, TypeVar, cast, get_args

import attrs
from cattrs import BaseConverter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from lightsail_ops.enums import OpenStrEnum
from lightsail_ops.errors import ResponseError

_logger = logging.getLogger("lightsail_ops")
_M = TypeVar("_M", bound=attrs.AttrsInstance)
_Hook: TypeAlias = Callable[[Any], object]

# Python's own class, also where this module is imported while freezegun's replaces it.
_datetime: type[datetime] = next(cls for cls in datetime.__mro__ if cls.__module__ == "datetime")
_from_timestamp = _datetime.fromtimestamp
_from_iso_format = _datetime.fromisoformat


def in_utc(value: datetime) -> datetime:
    """Return the same point in time in UTC. Like botocore, read one without a zone as UTC.

    Raises:
        TypeError: it is not a datetime.
        ValueError: in UTC it is outside the years that Python has.
    """
    if not isinstance(value, _datetime):
        raise TypeError(f"a timestamp must be a datetime, not {type(value).__name__}")
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:  # a zone can lack an offset
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value} is outside the years 1 to 9999 in UTC") from None


def optional_in_utc(value: datetime | None) -> datetime | None:
    """Return the same point in time in UTC, or None; raises as `in_utc` does."""
    return None if value is None else in_utc(value)


def is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    """Return whether a value is what JSON calls an object."""
    return isinstance(value, Mapping)


_shortener = reprlib.Repr()
_shortener.maxlevel = 0  # the elements of a list could be numbers, too


def describe(value: object) -> str:
    """Return a value, shortened, and its type, for an error message."""
    # JSON parsers differ over larger numbers, and repr() refuses thousands of digits.
    if isinstance(value, int | float) and abs(value) >= 2**63:
        return "a number beyond 64 bits"
    return f"{_shortener.repr(value)} ({type(value).__name__})"


# --- A hook for each type: it returns the value, or raises where the value has another type.


def _to_flag(value: object) -> bool:
    if value is True or value is False:
        return value
    raise TypeError


def _to_datetime(value: object) -> datetime:
    if type(value) is float or type(value) is int:  # faster than isinstance
        return _from_timestamp(value, UTC)
    if isinstance(value, _datetime):
        return in_utc(value)
    if isinstance(value, int | float) and not isinstance(value, bool):  # such as numpy's float64
        return _from_timestamp(value, UTC)
    # fromisoformat would read epoch milliseconds as the year 1612.
    if not isinstance(value, str) or value.isdecimal():
        raise ValueError
    return in_utc(_from_iso_format(value))


class _Members(dict[str, OpenStrEnum]):
    """The members of an enum by value: `__getitem__` is ten times as fast as a call of the enum."""

    def __init__(self, enum: type[OpenStrEnum]) -> None:
        super().__init__({member.value: member for member in enum})
        self._enum = enum

    def __missing__(self, value: str) -> OpenStrEnum:
        return self._enum(value)


def _make_model_hook(codec: Codec[attrs.AttrsInstance]) -> _Hook:
    keys = [field.key for field in codec.fields.values()]
    get_all = cast("Callable[[object], tuple[object, ...]]", itemgetter(*keys))

    # An account has a handful of locations: equal ones are one object, which saves time and memory.
    @lru_cache(256)  # as many as there would have to be regions and zones
    def make_model(*values: object) -> object:
        return codec.model(**codec.convert_each(dict(zip(keys, values, strict=True)), ""))

    def to_model(value: Mapping[str, object]) -> object:
        try:
            return make_model(*get_all(value))
        except KeyError:
            return make_model(*map(value.get, keys))

    return to_model


# A named tuple: an attrs class would add a millisecond to the start of a program.
class _Field(NamedTuple):
    """The conversion of a field."""

    key: str
    hook: _Hook
    expected: str
    to_json: Callable[[Any], object] | None = None
    codec: Codec[attrs.AttrsInstance] | None = None

    @classmethod
    def of(cls, name: str, annotation: Any) -> _Field:
        """Describe a field by its type: a basic type, an open enum or a model, or one or None."""
        first, *others = name.split("_")
        key = first + "".join(word.title() for word in others)
        if isinstance(annotation, UnionType):
            annotation = get_args(annotation)[0]
        if annotation is str:  # not a subclass, which could keep anything alive
            return cls(key, str.__str__, "a string")
        if annotation is bool:
            return cls(key, _to_flag, "true or false")
        if issubclass(annotation, OpenStrEnum):
            return cls(key, _Members(annotation).__getitem__, "a string", str.__str__)
        if issubclass(annotation, _datetime):
            expected = "epoch seconds or an ISO 8601 string"
            return cls(key, _to_datetime, expected, _datetime.isoformat)
        codec = Codec(annotation)
        return cls(key, _make_model_hook(codec), "an object", codec.to_dict, codec)

    def convert(self, value: object, path: str) -> object:
        """Convert a value, None if AWS left it out; raises as `Codec.convert` does."""
        if value is None:  # to botocore's parser, too, null is the same as absent
            return None
        if self.codec is not None:
            self.codec.convert_each(value, f"{path}.")  # names the member that is wrong
        with suppress(Exception):  # a hook can raise anything
            return self.hook(value)
        raise ResponseError(f"{path}: expected {self.expected}, got {describe(value)}")


class Codec(Generic[_M]):
    """Converts AWS's dicts to one frozen attrs class and back.

    Args:
        model: the attrs class; its fields are named like AWS's keys, in snake case.
        defaults: the values of required fields that AWS left out, by field name.
    """

    def __init__(self, model: type[_M], defaults: Mapping[str, object] | None = None) -> None:
        self.model = model
        self._defaults = defaults or {}
        self._warned: set[str] = set()

    def convert(self, raw: object, path: str = "") -> _M:
        """Make an instance of a dict.

        Args:
            raw: AWS's dict.
            path: where the dict was, such as `operations[3].`, for the message of an error.

        Raises:
            ResponseError: a value has the wrong type; the message names its key.
        """
        with suppress(Exception):  # a hook can raise anything; the slow path finds out why
            instance = self._draft(raw, None)
            instance.__class__ = self.model
            return instance
        values = self.convert_each(raw, path)
        for name, default in self._defaults.items():
            if values[name] is None:
                values[name] = default
                if name not in self._warned:
                    self._warned.add(name)
                    key = self.fields[name].key
                    _logger.warning("AWS left out %s, which every operation should have", key)
        return self.model(**values)

    def convert_list(self, raws: object, path: str) -> tuple[_M, ...]:
        """Make an instance of each dict of a list; raises as `convert` does."""
        if not isinstance(raws, list | tuple):
            raise ResponseError(f"{path}: expected a list, got {describe(raws)}")
        values = cast("Sequence[object]", raws)
        with suppress(Exception):  # some of them need the slow path
            instances = tuple(map(self._draft, values, repeat(None)))
            model = self.model
            for instance in instances:
                instance.__class__ = model
            return instances
        return tuple([self.convert(raw, f"{path}[{index}].") for index, raw in enumerate(values)])

    def convert_each(self, raw: object, path: str) -> dict[str, object]:
        """Convert the fields one by one, None where AWS left one out; raises as `convert` does."""
        if not is_mapping(raw):
            name = path.rstrip(".") or self.model.__name__.lower()
            raise ResponseError(f"{name}: expected an object, got {describe(raw)}")
        values: dict[str, object] = {}
        for name, field in self.fields.items():  # a comprehension would keep the dict in a cell
            values[name] = field.convert(raw.get(field.key), path + field.key)
        return values

    @cached_property
    def to_dict(self) -> Callable[[_M], dict[str, object]]:
        """Return AWS's keys with values ready for JSON; fields that are None are left out."""
        return make_dict_unstructure_fn(
            self.model, BaseConverter(), _cattrs_omit_if_default=True, **self._overrides
        )

    def to_full_dict(self, instance: _M) -> dict[str, object]:
        """Return all of AWS's keys, in the order of the fields, None for what is absent."""
        found = self.to_dict(instance)
        return {
            field.key: field.codec.to_full_dict(getattr(instance, name))
            if field.codec
            else found.get(field.key)
            for name, field in self.fields.items()
        }

    @cached_property
    def fields(self) -> dict[str, _Field]:
        """The conversion of each field, by its name."""
        return {field.name: _Field.of(field.name, field.type) for field in attrs.fields(self.model)}

    # Any: cattrs has no type for its keyword arguments.
    @cached_property
    def _overrides(self) -> dict[str, Any]:
        # cattrs calls a field's type with the value, as it does for int; the type of a draft's
        # field is the hook.
        call_type = BaseConverter().get_structure_hook(int)
        return {
            name: override(rename=field.key, struct_hook=call_type, unstruct_hook=field.to_json)
            for name, field in self.fields.items()
        }

    @cached_property
    def _draft(self) -> Callable[[object, None], _M]:
        """Return a function that makes an instance of a class that is as the model, not frozen.

        The `__init__` of a frozen class goes around its own `__setattr__`, field by field, which
        is half the cost of a conversion. A draft has the same slots and no such guard; then it is
        made an instance of the model. The function does not use its second argument, which cattrs
        requires before 25.1.
        """
        # Setting a field after the call is faster than an argument.
        fields = {
            field.name: attrs.field(
                default=field.default, init=False, type=cast("Any", self.fields[field.name].hook)
            )
            for field in attrs.fields(self.model)
        }
        plain = {name: getattr(object, name) for name in ("__setattr__", "__delattr__")}
        draft = attrs.define(
            type("Draft", (self.model,), {"__slots__": (), **plain}),
            these=fields,
            eq=False,
            repr=False,
            on_setattr=attrs.setters.NO_OP,
        )
        make: Any = make_dict_structure_fn(
            draft,
            BaseConverter(),  # it is made four times as fast as a Converter
            _cattrs_detailed_validation=False,
            _cattrs_include_init_false=True,
            **self._overrides,
        )
        return cast("Callable[[object, None], _M]", make)
