"""What can be imported, and what else that imports."""

from __future__ import annotations

import importlib
import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata, resources
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import lightsail_ops

ROOT = Path(lightsail_ops.__file__).parents[1]
HEAVY = ["boto3", "moto", "click", "orjson", "attrs", "attr", "cattrs", "matplotlib", "pydantic"]
NOT_AT_RUN_TIME = ["moto", "click", "matplotlib", "plotly", "aiobotocore", "pydantic"]


def imported_by(program: str) -> set[str]:
    """Return the packages that a program has imported when it ends."""
    script = f"import sys, json\n{program}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


class TestImporting:
    def test_the_package_imports_nothing_that_takes_long(self) -> None:
        assert imported_by("import lightsail_ops") & {*HEAVY, "botocore"} == set()

    def test_its_version_and_enums_costs_no_more(self) -> None:
        program = "import lightsail_ops\nlightsail_ops.__version__\nlightsail_ops.RegionName"
        assert imported_by(program) & {*HEAVY, "botocore"} == set()

    def test_all_of_it_needs_neither_boto3_nor_an_extra(self) -> None:
        program = "from lightsail_ops import *\nimport lightsail_ops.aio"
        assert imported_by(program) & {"boto3", *NOT_AT_RUN_TIME} == set()


ALIASES = {"OperationsLike", "Session"}  # of types, which have no name of their own


class TestThePackage:
    def test_has_every_public_name(self) -> None:
        for name in lightsail_ops.__all__:
            value = getattr(lightsail_ops, name)
            assert name in ALIASES or value.__name__ == name
            assert value is getattr(lightsail_ops, name)

    def test_lists_the_public_names_of_each_module(self) -> None:
        for module in ("enums", "models", "errors", "paginator", "client", "fleet", "watch"):
            names = importlib.import_module(f"lightsail_ops.{module}").__all__
            assert names == sorted(names)
            assert set(names) <= {*lightsail_ops.__all__}
        assert lightsail_ops.__all__ == sorted(lightsail_ops.__all__)

    def test_lists_in_dir_what_is_public_and_nothing_else(self) -> None:
        names = dir(lightsail_ops)
        assert names == sorted(set(names))
        assert set(lightsail_ops.__all__) <= set(names)
        assert "__version__" in names
        assert [name for name in names if not name.startswith("__")] == lightsail_ops.__all__

    def test_has_its_public_modules_without_a_further_import(self) -> None:
        names = ["enums", "errors", "models", "paginator", "client", "watch", "fleet", "aio"]
        checks = [
            f"assert lightsail_ops.{each}.__name__ == 'lightsail_ops.{each}'" for each in names
        ]
        assert imported_by("\n".join(["import lightsail_ops", *checks]))

    def test_lists_it_before_it_is_used(self) -> None:
        imported_by(
            "import lightsail_ops\nassert set(lightsail_ops.__all__) <= set(dir(lightsail_ops))"
        )

    @pytest.mark.parametrize("name", ["operations", "Any", "import_module", "_private", "boto3"])
    def test_raises_attribute_error_for_another_name(self, name: str) -> None:
        with pytest.raises(
            AttributeError, match=f"module 'lightsail_ops' has no attribute {name!r}"
        ):
            getattr(lightsail_ops, name)
        with pytest.raises(ImportError, match=f"cannot import name {name!r}"):
            exec(f"from lightsail_ops import {name}", {})

    def test_pickles_its_classes_and_functions(self) -> None:
        for name in {*lightsail_ops.__all__} - ALIASES:
            value = getattr(lightsail_ops, name)
            assert pickle.loads(pickle.dumps(value)) is value

    def test_tells_type_checkers_that_it_is_typed(self) -> None:
        assert resources.files("lightsail_ops").joinpath("py.typed").is_file()

    def test_has_the_version_that_is_installed(self) -> None:
        try:
            distribution = metadata.distribution("lightsail-ops")
        except metadata.PackageNotFoundError:
            pytest.skip("not installed, only on the path")
        assert distribution.version == lightsail_ops.__version__
        files = [str(file) for file in distribution.files or ()]
        if any(file.endswith("lightsail_ops/client.py") for file in files):  # not an editable one
            assert "lightsail_ops/py.typed" in files
            assert not any(file.startswith(("tests/", "docs/")) for file in files)


def list_public() -> Iterator[tuple[str, Any]]:
    """Yield each public class and function, by its full name."""
    for suffix in ("", ".aio", ".plot", ".testing"):
        module_name = f"lightsail_ops{suffix}"
        module = importlib.import_module(module_name)
        for name in {*module.__all__} - ALIASES:
            yield f"{module_name}.{name}", getattr(module, name)


def list_callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield each public class, function and method, by its full name."""
    for name, value in sorted(list_public()):
        yield name, value
        for attribute, member in inspect.getmembers(value) if inspect.isclass(value) else []:
            function = member.fget if isinstance(member, property) else member
            is_public = attribute == "__init__" or not attribute.startswith("_")
            if is_public and inspect.isroutine(function) and is_ours(function):
                yield f"{name}.{attribute}", function


def is_ours(function: object) -> bool:
    return str(getattr(function, "__module__", "")).startswith("lightsail_ops")


CALLABLES = dict(list_callables())
# A class documents its __init__, and a fake implements what is called of a client.
DOCUMENTED = [name for name in CALLABLES if not name.endswith(".__init__")]
FUNCTIONS = [
    name
    for name in DOCUMENTED
    if inspect.isroutine(CALLABLES[name]) and "LightsailClient.get_" not in name
]


class TestEveryPublicCallable:
    def test_has_type_hints_that_can_be_resolved(self) -> None:
        hints = {name: get_type_hints(value) for name, value in CALLABLES.items()}
        functions = [name for name, value in CALLABLES.items() if inspect.isfunction(value)]
        assert [name for name in functions if "return" not in hints[name]] == []

    def test_has_a_docstring(self) -> None:
        assert [name for name in DOCUMENTED if not inspect.getdoc(CALLABLES[name])] == []

    def test_describes_its_arguments_if_it_has_several(self) -> None:
        assert [name for name in FUNCTIONS if not describes_arguments(CALLABLES[name])] == []


def describes_arguments(function: Callable[..., object]) -> bool:
    documentation = inspect.getdoc(function) or ""
    names = [each for each in inspect.signature(function).parameters if each != "self"]
    is_complete = all(f"{each}: " in documentation for each in names)
    return len(names) < 2 or is_complete or "arguments" in documentation
