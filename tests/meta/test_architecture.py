"""The layout of the package, read from its source."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

import lightsail_ops
from lightsail_ops import LightsailError

PACKAGE = Path(lightsail_ops.__file__).parent
FILES = {
    ".".join(("lightsail_ops", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
CORE = [name for name in FILES if name.startswith("lightsail_ops._core.")]
Imports = Mapping[str, set[str]]


# --- Reading the source


def read_imports(name: str, source: str, modules: set[str], *, is_package: bool) -> set[str]:
    """Return the modules that a module imports, its functions included, TYPE_CHECKING exempt."""
    finder = _ImportFinder(name if is_package else name.rpartition(".")[0], modules)
    finder.visit(ast.parse(source))
    return finder.found - {name}


class _ImportFinder(ast.NodeVisitor):
    def __init__(self, package: str, modules: set[str]) -> None:
        self.found: set[str] = set()
        self._package = package
        self._modules = modules

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING":
            for other in node.orelse:
                self.visit(other)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.found.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parents = self._package.split(".")
            parents = parents[: len(parents) - node.level + 1]
            base = ".".join([*parents, base] if base else parents)
        for alias in node.names:
            submodule = f"{base}.{alias.name}"
            self.found.add(submodule if submodule in self._modules else base)

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}:
            self.found.update(
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )
        self.generic_visit(node)


def read_all(sources: Mapping[str, str], packages: set[str]) -> Imports:
    return {
        name: read_imports(name, source, set(sources), is_package=name in packages)
        for name, source in sources.items()
    }


@pytest.fixture(scope="module")
def imports() -> Imports:
    """What each module of the package imports."""
    sources = {name: path.read_text() for name, path in FILES.items()}
    return read_all(sources, {name for name in FILES if FILES[name].name == "__init__.py"})


@pytest.fixture(scope="module")
def ours(imports: Imports) -> Imports:
    """What each module imports of the package."""
    return {name: found & FILES.keys() for name, found in imports.items()}


def find_cycle(imports: Imports) -> list[str]:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle
    return []


# --- What is promised


class TestImports:
    def test_have_no_cycle(self, ours: Imports) -> None:
        assert find_cycle(ours) == []

    @pytest.mark.parametrize(
        ("floor", "forbidden"),
        [
            # The ground and the core stand below everything else.
            ("_core", "_botocore _io _inputs client fleet paginator watch aio"),
            ("models", "_core _botocore _io _inputs client fleet paginator watch aio"),
            (
                "errors",
                "models _codec _core _botocore _io _inputs client fleet paginator watch aio",
            ),
            ("enums", "errors models _codec _core _botocore _io client fleet paginator watch aio"),
            ("_codec", "models _core _botocore _io client fleet paginator watch aio"),
            # botocore's side knows requests and responses, and no steps.
            ("_botocore", "_core.fetching _core.waiting _core.watching _io client fleet watch aio"),
            # Drivers run any steps.
            ("_io", "_inputs _core.watching _core.waiting client fleet paginator watch aio"),
            ("paginator", "client fleet watch aio"),
            ("client", "fleet aio"),
            ("watch", "client fleet paginator aio"),
            ("fleet", "aio"),
        ],
    )
    def test_run_one_way(self, ours: Imports, floor: str, forbidden: str) -> None:
        above = tuple(f"lightsail_ops.{name}" for name in forbidden.split())
        for name, found in ours.items():
            if is_within(name, f"lightsail_ops.{floor}"):
                assert [each for each in found if any(is_within(each, top) for top in above)] == []

    def test_of_a_program_are_left_to_programs(self, ours: Imports) -> None:
        programs = ("lightsail_ops.cli", "lightsail_ops.plot", "lightsail_ops.testing")
        for name, found in ours.items():
            is_program = any(is_within(name, top) for top in programs)
            if name != "lightsail_ops.__main__" and not is_program:
                found_programs = [
                    each for each in found if any(is_within(each, top) for top in programs)
                ]
                assert found_programs == []

    def test_of_the_core_bring_no_io(self, imports: Imports) -> None:
        allowed = {
            *("__future__", "attrs", "bisect", "collections", "collections.abc", "contextlib"),
            *("copy", "datetime", "enum", "functools", "hashlib", "heapq", "itertools", "json"),
            *("logging", "math", "operator", "traceback", "types", "typing"),
        }
        for name in CORE:
            assert {each for each in imports[name] if each not in FILES} - allowed == set()

    def test_of_the_core_bring_no_io_by_another_module(
        self, imports: Imports, ours: Imports
    ) -> None:
        """Only errors.py imports botocore, whose exceptions are the bases of its own."""
        forbidden = {"threading", "asyncio", "time", "random", "socket", "queue", "botocore"}
        reached, todo = set[str](), list(CORE)
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo.extend(ours[name] - {"lightsail_ops"})
        for name in reached - {"lightsail_ops.errors"}:
            assert {each.partition(".")[0] for each in imports[name]} & forbidden == set()


def is_within(name: str, top: str) -> bool:
    return name == top or name.startswith(f"{top}.")


SHELL = {"threading", "_thread", "queue", "asyncio", "time", "random"}


class TestTheShell:
    def test_alone_has_clocks_threads_tasks_and_random_numbers(self, imports: Imports) -> None:
        others = ("cli", "plot", "testing", "_botocore", "_io")
        for name in FILES:
            if not any(is_within(name, f"lightsail_ops.{each}") for each in others):
                assert {each.partition(".")[0] for each in imports[name]} & SHELL == set(), name


def test_the_faces_for_asyncio_are_derived_from_the_synchronous_ones() -> None:
    script = PACKAGE.parent / ".ci" / "derive_aio.py"
    subprocess.run([sys.executable, str(script), "--check"], check=True)


class TestTheCore:
    def test_catches_only_what_sending_raises(self) -> None:
        # The engine runs the steps of many clients; a cursor is read from a string.
        for name in [each for each in CORE if not each.endswith((".engine", ".cursor"))]:
            for node in ast.walk(ast.parse(FILES[name].read_text())):
                if isinstance(node, ast.Try):
                    check_try(node, f"{name}:{node.lineno}")

    def test_calls_no_clock(self) -> None:
        clock = re.compile(r"\b(?:now|today|utcnow|time|monotonic)\(\)")
        assert [name for name in CORE if clock.search(FILES[name].read_text())] == []


def check_try(node: ast.Try, place: str) -> None:
    body = [each for statement in node.body for each in ast.walk(statement)]
    is_effect = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in body)
    for handler in node.handlers:
        caught = "" if handler.type is None else ast.unparse(handler.type)
        for each in caught.strip("()").split(", "):
            assert each == "ForeignError" or issubclass(
                getattr(lightsail_ops, each), LightsailError
            ), place
        assert is_effect, f"{place}: only sending raises what it catches"
        assert len(node.body) <= 2, f"{place}: the block does more than send"


class TestThePackage:
    def test_has_no_long_file(self) -> None:
        lengths = {name: len(path.read_text().splitlines()) for name, path in FILES.items()}
        assert {name: length for name, length in lengths.items() if length > 420} == {}

    # The embedded Lightsail holds AWS's JSON, whose shapes only botocore's model knows.
    @pytest.mark.parametrize(("is_embedded", "most"), [(True, 70), (False, 125)])
    def test_has_few_any(self, *, is_embedded: bool, most: int) -> None:
        found = [
            f"{path.relative_to(PACKAGE)}:{token.start[0]}"
            for path in FILES.values()
            if path.is_relative_to(PACKAGE / "testing") == is_embedded
            for token in tokenize.generate_tokens(iter(path.read_text().splitlines(True)).__next__)
            if token.type == tokenize.NAME and token.string == "Any"
        ]
        assert len(found) <= most, f"{len(found)}: {found}"

    def test_has_few_ignores_and_each_has_a_reason(self) -> None:
        """The reason stands behind a dash, or in a comment on the line above."""
        ignore = re.compile(r"#\s*(?:type:\s*ignore|pyright:\s*ignore|noqa)\b")
        found: list[str] = []
        for path in FILES.values():
            lines = path.read_text().splitlines()
            for before, line in pairwise(["", *lines]):
                if ignore.search(line):
                    found.extend(
                        [f"{path.relative_to(PACKAGE)}: {line}"] * len(ignore.findall(line))
                    )
                    assert " - " in line or before.strip().startswith("#"), found[-1]
        assert len(found) <= 16, f"{len(found)}: {found}"

    def test_names_its_private_modules_with_an_underscore(self) -> None:
        public = {"enums", "models", "errors", "paginator", "client", "watch", "fleet", "aio"}
        public |= {"plot", "testing", "cli"}
        found = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in FILES.values()}
        assert {name for name in found if not name.startswith("_")} == public


class TestThisTest:
    """A check that finds nothing must be one that would find something."""

    def find(self, **sources: str) -> list[str]:
        named = {f"pkg.{name}": source for name, source in sources.items()} | {"pkg": ""}
        imports = read_all(named, {"pkg"})
        return find_cycle({name: found & named.keys() for name, found in imports.items()})

    @pytest.mark.parametrize(
        "back",
        [
            "import pkg.a",
            "from pkg import a",
            "from pkg.a import x",
            "from . import a",
            "from .a import x",
            "def f():\n    from pkg.a import x",
            "class C:\n    def f(self):\n        import pkg.a as b",
            "if x:\n    from pkg.a import y",
            "try:\n    import pkg.a\nexcept ImportError:\n    pass",
            "from importlib import import_module\nimport_module('pkg.a')",
            "if TYPE_CHECKING:\n    pass\nelse:\n    import pkg.a",
        ],
    )
    def test_notices_a_cycle(self, back: str) -> None:
        assert self.find(a="import pkg.b", b=back)

    @pytest.mark.parametrize(
        "no_way_back",
        [
            "if TYPE_CHECKING:\n    from pkg.a import x",
            "import typing\nif typing.TYPE_CHECKING:\n    import pkg.a",
            "from other import a",
        ],
    )
    def test_exempts_type_checking(self, no_way_back: str) -> None:
        assert not self.find(a="import pkg.b", b=no_way_back)

    def test_notices_a_longer_cycle(self) -> None:
        assert self.find(a="import pkg.b", b="import pkg.c", c="from . import a")
