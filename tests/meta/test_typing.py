"""What strict type checkers say of a user's program, with the stubs of boto3 and without."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import lightsail_ops

HERE = Path(__file__).parents[1] / "typing"
PACKAGES = Path(lightsail_ops.__file__).parents[1]
IGNORES = re.compile(r"  # type: ignore\[.*\]$", re.MULTILINE)
Errors = dict[str, set[int]]

needs_mypy = pytest.mark.skipif(not find_spec("mypy"), reason="needs mypy")
needs_pyright = pytest.mark.skipif(not find_spec("pyright"), reason="needs pyright")
needs_boto3_stubs = pytest.mark.skipif(not find_spec("boto3-stubs"), reason="needs boto3-stubs")


def marked_lines() -> set[int]:
    lines = (HERE / "rejected.py").read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if "# type: ignore[" in line}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the programs, in which no comment hides a mistake any more."""
    folder = tmp_path_factory.mktemp("program")
    for file in HERE.glob("*.py"):
        (folder / file.name).write_text(IGNORES.sub("", file.read_text()))
    if not find_spec("mypy_boto3_lightsail"):
        (folder / "with_stubs.py").unlink()
    return folder


def is_installed() -> bool:
    return PACKAGES.name == "site-packages"


@pytest.fixture(scope="module")
def mypys(program: Path, request: pytest.FixtureRequest) -> Errors:
    return by_mypy(program, request.config, "strict = true", "*.py")


def by_mypy(program: Path, config: pytest.Config, settings: str, files: str) -> Errors:
    """Return the lines to which mypy objects, by the file's name."""
    (program / "mypy.ini").write_text(f"[mypy]\n{settings}\n")
    kept = getattr(config, "cache", None)  # none with -p no:cacheprovider
    cache = kept.mkdir("mypy") if kept else program / "cache"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", "mypy.ini"),
            *("--cache-dir", str(cache), "--no-error-summary", "--hide-error-context"),
            *sorted(file.name for file in program.glob(files)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=program,
        env={"PATH": "", "MYPYPATH": "" if is_installed() else str(PACKAGES)},
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    errors: Errors = {}
    for line in done.stdout.splitlines():
        if found := re.match(r"(.+?):(\d+): error: ", line):
            errors.setdefault(found[1], set()).add(int(found[2]))
    return errors


@pytest.fixture(scope="module")
def pyrights(program: Path) -> Errors:
    """Return the lines to which pyright objects, by the file's name."""
    settings: dict[str, Any] = {
        "include": [file.name for file in program.glob("*.py")],
        "extraPaths": [] if is_installed() else [str(PACKAGES)],
        "typeCheckingMode": "strict",
    }
    (program / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pyright", "--outputjson"),
            *("--pythonpath", sys.executable, "--project", str(program)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    errors: Errors = {}
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        if found["severity"] == "error":
            line = found["range"]["start"]["line"] + 1
            errors.setdefault(Path(found["file"]).name, set()).add(line)
    return errors


@needs_mypy
@needs_boto3_stubs
class TestMypy:
    def test_accepts_a_users_program(self, mypys: Errors) -> None:
        assert {name: lines for name, lines in mypys.items() if name != "rejected.py"} == {}

    def test_rejects_every_mistake_and_nothing_else(self, mypys: Errors) -> None:
        assert mypys["rejected.py"] == marked_lines()

    def test_accepts_a_users_program_without_lightsails_stubs(
        self, program: Path, request: pytest.FixtureRequest
    ) -> None:
        settings = "strict = true\n[mypy-mypy_boto3_lightsail.*]\nfollow_imports = skip"
        assert by_mypy(program, request.config, settings, "accepted.py") == {}

    def test_accepts_a_users_program_without_any_stubs(
        self, program: Path, request: pytest.FixtureRequest
    ) -> None:
        settings = (
            "strict = true\n"
            "disable_error_code = untyped-decorator\n"
            "[mypy-mypy_boto3_lightsail.*,boto3.*,botocore.*]\n"
            "follow_imports = skip\n"
            "follow_imports_for_stubs = true"
        )
        errors = by_mypy(program, request.config, settings, "accepted.py")
        assert {name: lines for name, lines in errors.items() if name == "accepted.py"} == {}


@needs_pyright
@needs_boto3_stubs
class TestPyright:
    def test_accepts_a_users_program(self, pyrights: Errors) -> None:
        assert {name: lines for name, lines in pyrights.items() if name != "rejected.py"} == {}

    def test_rejects_every_mistake_and_nothing_else(self, pyrights: Errors) -> None:
        assert pyrights["rejected.py"] == marked_lines()


def test_there_are_mistakes_to_reject() -> None:
    assert len(marked_lines()) > 50
