"""What one can import, and what that brings along."""

from __future__ import annotations

import importlib
import json
import pickle
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import pytest

import lightsail_ops

ROOT = Path(lightsail_ops.__file__).parents[1]
HEAVY = ["boto3", "moto", "typer", "rich", "attrs", "attr", "cattrs", "matplotlib", "pydantic"]
NOT_AT_RUN_TIME = ["moto", "typer", "rich", "matplotlib", "aiobotocore", "pydantic"]


def imported_by(program: str) -> set[str]:
    """Return the packages that a program has imported when it ends."""
    script = f"import sys, json\n{program}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_importing_the_package_imports_nothing_that_takes_long() -> None:
    assert imported_by("import lightsail_ops") & {*HEAVY, "botocore"} == set()


def test_its_version_and_enums_cost_no_more() -> None:
    program = "import lightsail_ops\nlightsail_ops.__version__\nlightsail_ops.RegionName"
    assert imported_by(program) & {*HEAVY, "botocore"} == set()


def test_everything_of_it_comes_without_boto3_and_without_extras() -> None:
    program = "from lightsail_ops import *\nimport lightsail_ops.aio"
    assert imported_by(program) & {"boto3", *NOT_AT_RUN_TIME} == set()


def test_every_public_name_is_there() -> None:
    for name in lightsail_ops.__all__:
        value = getattr(lightsail_ops, name)
        assert value.__name__ == name
        assert value is getattr(lightsail_ops, name)


def test_every_public_name_is_listed_before_it_is_used() -> None:
    program = "import lightsail_ops\nassert set(lightsail_ops.__all__) <= set(dir(lightsail_ops))"
    imported_by(program)


def test_dir_lists_every_public_name_once() -> None:
    names = dir(lightsail_ops)
    assert names == sorted(set(names))
    assert set(lightsail_ops.__all__) <= set(names)
    assert "__version__" in names


def test_public_names_are_sorted_and_say_what_they_are() -> None:
    assert lightsail_ops.__all__ == sorted(lightsail_ops.__all__)
    assert [
        name for name in lightsail_ops.__all__ if not getattr(lightsail_ops, name).__doc__
    ] == []


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'operations'"):
        lightsail_ops.operations  # noqa: B018
    with pytest.raises(ImportError):
        from lightsail_ops import operations  # noqa: F401


@pytest.mark.parametrize("module", ["enums", "models", "errors", "paginator", "client", "fleet"])
def test_what_a_module_calls_public_is_exported(module: str) -> None:
    names = importlib.import_module(f"lightsail_ops.{module}").__all__
    assert set(names) <= set(lightsail_ops.__all__)
    assert names == sorted(names)


def test_a_class_pickles_by_the_module_where_it_is() -> None:
    for name in lightsail_ops.__all__:
        value = getattr(lightsail_ops, name)
        assert pickle.loads(pickle.dumps(value)) is value


def test_type_checkers_are_told_that_it_is_typed() -> None:
    assert resources.files("lightsail_ops").joinpath("py.typed").is_file()


def test_an_installed_package_says_the_same_version() -> None:
    try:
        distribution = metadata.distribution("lightsail-ops")
    except metadata.PackageNotFoundError:
        pytest.skip("not installed, only on the path")
    assert distribution.version == lightsail_ops.__version__
    files = [str(file) for file in distribution.files or ()]
    if any(file.endswith("lightsail_ops/client.py") for file in files):  # not an editable one
        assert "lightsail_ops/py.typed" in files
        assert not any(file.startswith(("tests/", "docs/")) for file in files)
