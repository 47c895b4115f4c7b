"""The package itself, in a process that has imported nothing else of it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import lightsail_ops
from lightsail_ops import aio


def test_a_public_module_needs_no_import_of_its_own() -> None:
    program = """
import lightsail_ops
for name in ("aio", "client", "enums", "errors", "fleet", "models", "paginator", "watch"):
    assert getattr(lightsail_ops, name).__name__ == f"lightsail_ops.{name}"
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_name_is_imported_once() -> None:
    program = """
import lightsail_ops
assert "NotFoundError" not in vars(lightsail_ops)
assert lightsail_ops.NotFoundError is lightsail_ops.errors.NotFoundError
assert "NotFoundError" in vars(lightsail_ops)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_dir_lists_the_public_names() -> None:
    assert set(lightsail_ops.__all__) <= set(dir(lightsail_ops))


PUBLIC = {
    id(each)
    for module in (lightsail_ops, aio)
    for name in module.__all__
    for each in (getattr(module, name), *get_args(getattr(module, name)))  # the parts of a union
}


def list_functions() -> Iterator[Any]:
    """Yield what users call: functions, methods, and the functions of properties."""
    for module in (lightsail_ops, aio):
        for name in module.__all__:
            value = getattr(module, name)
            if not inspect.isclass(value):
                yield value
                continue
            for member, attribute in vars(value).items():
                if not member.startswith("_"):
                    yield getattr(attribute, "fget", None) or getattr(value, member)


def list_types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for each in get_args(annotation):
        yield from list_types(each)


def test_every_type_in_a_public_signature_has_a_public_name() -> None:
    types = [
        each
        for function in list_functions()
        if inspect.isroutine(function)
        for annotation in get_type_hints(function).values()
        for each in list_types(annotation)
        if inspect.isclass(each) and each.__module__.startswith("lightsail_ops")
    ]
    assert len(types) > 30
    assert [each for each in types if id(each) not in PUBLIC] == []
