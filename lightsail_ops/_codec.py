"""Converts AWS's dicts to an attrs class and back, by cattrs.

A `Codec` takes the attrs class, so that the models can stand on it. Each type that a field can
have gets a hook, which is a plain function, and cattrs compiles the hooks into one function
without detailed validation. That is the fast path, and nearly every dict takes it. Where it
fails, the slow path calls the same hooks a field at a time: it fills in what AWS left out, or
names the value that is wrong.
"""

from __future__ import annotations

import logging
import reprlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from operator import itemgetter
from types import UnionType
from typing import Any, Generic, TypeAlias, TypeGuard, TypeVar, cast, get_args

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from lightsail_ops.enums import OpenStrEnum

_logger = logging.getLogger("lightsail_ops")
_from_timestamp = datetime.fromtimestamp
_M = TypeVar("_M", bound=attrs.AttrsInstance)
_Hook: TypeAlias = Callable[[object, object], object]


class WrongValueError(Exception):
    """A value has the wrong type. Not public: it becomes a `ResponseError`."""


def in_utc(value: datetime) -> datetime:
    """Return the same point in time in UTC; like botocore, take one without a zone as UTC.

    Raises:
        TypeError: it is not a datetime.
    """
    _check_datetime(value)
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:  # a zone can lack an offset
        return value.replace(tzinfo=UTC)
    return value.astimezone(UTC)


def _check_datetime(value: object) -> None:
    if not isinstance(value, datetime):
        raise TypeError(f"a timestamp must be a datetime, not {type(value).__name__}")


def optional_in_utc(value: datetime | None) -> datetime | None:
    """Return the same point in time in UTC, or None."""
    return None if value is None else in_utc(value)


def is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    """Whether a value is what JSON calls an object."""
    return isinstance(value, Mapping)


_BEYOND_64_BITS = "a number beyond 64 bits"


class _Shortener(reprlib.Repr):
    """Shortens the values in error messages, so that they are the same with each JSON parser."""

    # Parsers differ over larger numbers, and repr() refuses thousands of digits.
    def repr_int(self, x: int, level: int) -> str:
        return self.repr_float(x, level)

    def repr_float(self, x: float, _level: int) -> str:
        return _BEYOND_64_BITS if abs(x) >= 2**63 else repr(x)


_shortener = _Shortener()


def describe(value: object) -> str:
    """Return a value, shortened, and its type, for an error message."""
    shortened = _shortener.repr(value)
    return shortened if shortened == _BEYOND_64_BITS else f"{shortened} ({type(value).__name__})"


# --- A hook for each type: it returns the value, or raises where the value has another type.
# cattrs passes the type as a second argument, which none of them needs.


def _to_string(value: object, _: object) -> str:
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)  # not a subclass, which could keep anything alive
    raise TypeError


def _to_flag(value: object, _: object) -> bool:
    if value is True or value is False:
        return value
    raise TypeError


def _to_datetime(value: object, _: object) -> datetime:
    if type(value) is float or type(value) is int:  # isinstance would take a bool for an int
        return _from_timestamp(value, UTC)
    if isinstance(value, datetime):
        return in_utc(value)
    # fromisoformat would read epoch milliseconds as the year 1612.
    if not isinstance(value, str) or value.isdecimal():
        raise ValueError
    return in_utc(datetime.fromisoformat(value))


def _hook_for_enum(enum: type[OpenStrEnum]) -> _Hook:
    members: dict[object, OpenStrEnum] = {str(member): member for member in enum}
    find = members.get  # ten times as fast as calling the enum

    def to_member(value: object, _: object) -> OpenStrEnum:
        return find(value) or enum(cast("str", value))

    return to_member


def _hook_for_model(codec: Codec[attrs.AttrsInstance]) -> _Hook:
    # An account has a handful of locations: equal ones are one object, which saves time and memory.
    build = lru_cache(maxsize=256)(codec.build)
    keys = tuple(codec.keys.values())
    get_all = cast("Callable[[object], tuple[object, ...]]", itemgetter(*keys))

    def to_model(value: object, _: object) -> object:
        try:
            return build(get_all(value))
        except KeyError:
            members = cast("Mapping[str, object]", value)
            return build(tuple([members.get(key) for key in keys]))

    return to_model


@attrs.frozen
class _Kind:
    """What the codec knows of a field's type."""

    hook: _Hook
    expected: str
    to_json: Callable[[Any], object] | None = None
    codec: Codec[attrs.AttrsInstance] | None = None

    @classmethod
    def of(cls, annotation: Any) -> _Kind:
        """Return the kind of a basic type, an open enum or a model, each with or without None."""
        if isinstance(annotation, UnionType):
            return cls.of(get_args(annotation)[0])
        if annotation in _KINDS:
            return _KINDS[annotation]
        if issubclass(annotation, OpenStrEnum):
            return cls(_hook_for_enum(annotation), "a string", str.__str__)
        codec = Codec(annotation)
        return cls(_hook_for_model(codec), "an object", codec.to_dict, codec)


_KINDS: dict[object, _Kind] = {
    str: _Kind(_to_string, "a string"),
    bool: _Kind(_to_flag, "true or false"),
    datetime: _Kind(_to_datetime, "epoch seconds or an ISO 8601 string", datetime.isoformat),
}


class Codec(Generic[_M]):
    """Converts AWS's dicts to one frozen attrs class and back."""

    def __init__(self, model: type[_M], defaults: Mapping[str, object] | None = None) -> None:
        """Take the class.

        Args:
            model: the attrs class; its fields are named like AWS's keys, in snake case.
            defaults: the values of required fields that AWS left out, by field name.
        """
        self._model = model
        self._defaults = defaults or {}
        self._warned: set[str] = set()

    @cached_property
    def keys(self) -> dict[str, str]:
        """AWS's key for each field: `createdAt` for `created_at`."""
        return {field.name: _camel_case(field.name) for field in attrs.fields(self._model)}

    def build(self, values: tuple[object, ...]) -> _M:
        """Make an instance of raw values, in the order of the fields; a hook may raise anything."""
        converted = {
            name: None if value is None else kind.hook(value, None)
            for (name, kind), value in zip(self._kinds.items(), values, strict=True)
        }
        return self._model(**converted)

    def convert(self, raw: object, path: str = "") -> _M:
        """Make an instance of a dict.

        Args:
            raw: AWS's dict.
            path: where the dict was, such as `operations[3].`, for the message of an error.

        Raises:
            WrongValueError: a value has the wrong type; the message names its key.
        """
        try:
            return self._convert_fast([raw])[0]
        except Exception:  # a hook can raise anything; the slow path finds out why
            return self._convert_slowly(raw, path)

    def convert_list(self, raws: object, path: str) -> tuple[_M, ...]:
        """Make an instance of each dict of a list; raises as `convert` does."""
        if not isinstance(raws, list | tuple):
            raise WrongValueError(f"{path}: expected a list, got {describe(raws)}")
        values = cast("Sequence[object]", raws)
        try:
            return self._convert_fast(values)
        except Exception:  # some of them need the slow path
            return tuple(
                [self.convert(raw, f"{path}[{index}].") for index, raw in enumerate(values)]
            )

    @cached_property
    def to_dict(self) -> Callable[[_M], dict[str, object]]:
        """Return AWS's keys with values ready for JSON; fields that are None are left out."""
        return make_dict_unstructure_fn(
            self._model, Converter(), _cattrs_omit_if_default=True, **self._overrides
        )

    @cached_property
    def _kinds(self) -> dict[str, _Kind]:
        attrs.resolve_types(self._model)
        return {field.name: _Kind.of(field.type) for field in attrs.fields(self._model)}

    @cached_property
    def _overrides(self) -> dict[str, Any]:  # Any: cattrs has no type for its keyword arguments
        return {
            name: override(
                rename=self.keys[name], struct_hook=kind.hook, unstruct_hook=kind.to_json
            )
            for name, kind in self._kinds.items()
        }

    # --- The fast path.

    @cached_property
    def _convert_fast(self) -> Callable[[Sequence[object]], tuple[_M, ...]]:
        model = self._model
        draft = _make_draft(model)
        fill: Any = make_dict_structure_fn(
            draft,
            Converter(detailed_validation=False),
            _cattrs_detailed_validation=False,
            _cattrs_include_init_false=True,
            **self._overrides,
        )

        def convert_all(raws: Sequence[object]) -> tuple[_M, ...]:
            instances = [fill(raw) for raw in raws]
            for instance in instances:
                instance.__class__ = model
            return tuple(instances)

        return convert_all

    # --- The slow path.

    def _convert_slowly(self, raw: object, path: str) -> _M:
        values = self.convert_each(raw, path)
        for name, default in self._defaults.items():
            if values[name] is None:
                self._warn_once(self.keys[name])
                values[name] = default
        return self._model(**values)

    def convert_each(self, raw: object, path: str) -> dict[str, object]:
        """Convert the fields one by one, None where AWS left one out; raises as `convert` does."""
        if not is_mapping(raw):
            name = path.rstrip(".") or self._model.__name__.lower()
            raise WrongValueError(f"{name}: expected an object, got {describe(raw)}")
        return {
            name: _convert_value(kind, raw.get(self.keys[name]), path + self.keys[name])
            for name, kind in self._kinds.items()
        }

    def _warn_once(self, key: str) -> None:
        if key not in self._warned:
            self._warned.add(key)
            _logger.warning("AWS left out %s, which every operation should have", key)


def _camel_case(field_name: str) -> str:
    first, *others = field_name.split("_")
    return first + "".join(word.title() for word in others)


def _convert_value(kind: _Kind, value: object, path: str) -> object:
    if value is None:  # to botocore's parser, too, null is the same as absent
        return None
    if kind.codec is not None:
        kind.codec.convert_each(value, f"{path}.")  # names the member that is wrong
    try:
        return kind.hook(value, None)
    except Exception as error:  # a hook can raise anything
        raise WrongValueError(f"{path}: expected {kind.expected}, got {describe(value)}") from error


def _simplify_fields(
    _: type, fields: list[attrs.Attribute[object]]
) -> list[attrs.Attribute[object]]:
    # The hooks do the work of the converters. Positional arguments are the fastest, and an optional
    # field is set after the call.
    return [
        field.evolve(converter=None, kw_only=False, init=field.default is attrs.NOTHING)
        for field in fields
    ]


def _make_draft(model: type[_M]) -> type[_M]:
    """Return a class whose instances can be filled, and then be made instances of the model.

    The `__init__` of a frozen class goes around its own `__setattr__`, field by field, which is
    half the cost of a conversion. A draft has the same slots and no such guard.
    """
    plain = {name: getattr(object, name) for name in ("__setattr__", "__delattr__")}
    draft = attrs.define(
        type("Draft", (model,), {"__slots__": (), **plain}),
        eq=False,
        repr=False,
        on_setattr=attrs.setters.NO_OP,
        field_transformer=_simplify_fields,
    )
    return cast("type[_M]", draft)
