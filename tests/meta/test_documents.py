"""Every Python example of the documentation runs and is typed, and every link leads somewhere.

A page is a program: its examples run from top to bottom in one namespace. Blocks in a comment
(`invisible-code-block`) check what the examples have done.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType
from typing import Any

import boto3
import pytest
from support.documents import FENCES, ROOT, read_program
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from lightsail_ops import Fleet, OperationsClient
from lightsail_ops.testing import Lightsail, mock_lightsail

DOCS = ROOT / "docs"
DOCUMENTS = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
SYBIL = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], path=str(ROOT))
PUBLIC_MODULES = (
    "lightsail_ops",
    "lightsail_ops.aio",
    "lightsail_ops.plot",
    "lightsail_ops.testing",
)

# These pages bring their accounts themselves.
WITHOUT_ACCOUNT = {
    "docs/cookbook/daemon",
    "docs/cookbook/fake",
    "docs/cookbook/own-tests",
    "docs/guides/fakes",
    "docs/guides/testing",
    "docs/quickstart",
}

LINK = re.compile(r"\]\(([^()\s]+)\)")


def name_page(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix()


@pytest.fixture(scope="module")
def boto3_client(session: boto3.Session) -> Any:
    """One client that fills all accounts: to make one takes longer than to use it."""
    return session.client("lightsail")


@pytest.fixture
def account(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boto3_client: Any
) -> Iterator[None]:
    """Provide an account with 450 operations in each of two regions, and the instance `web-1`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))  # a page may write it
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    # A request outside the mock reaches nothing: no server listens there.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    if name_page(path) in WITHOUT_ACCOUNT:
        yield
        return
    with mock_lightsail() as account:
        fill(account, boto3_client)
        yield


def fill(account: Lightsail, boto3_client: Any) -> None:
    for region_name in ("us-west-2", "us-east-1"):
        account.add_operations(450, region_name=region_name)
    response = boto3_client.create_instances(
        instanceNames=["web-1"],
        availabilityZone="us-west-2a",
        blueprintId="ubuntu_24_04",
        bundleId="nano_3_0",
    )
    account.finish(response["operations"][0]["id"])


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("path", DOCUMENTS, ids=map(name_page, DOCUMENTS))
def test_the_examples_of_a_page_run_from_top_to_bottom(path: Path) -> None:
    for example in SYBIL.parse(path).examples():
        example.evaluate()


def test_mypy_strict_accepts_every_page_as_a_program(tmp_path: Path) -> None:
    """It is as strict as with this package, and so it can use what `mypy` has found out there."""
    for path in DOCUMENTS:
        code = read_program(f"{name_page(path)}.md")
        if code:
            program = tmp_path / f"{name_page(path).replace('/', '_').replace('-', '_')}.py"
            # The reader of a page knows that its loop has run at least once.
            comment = '# mypy: disable-error-code="possibly-undefined"'
            program.write_text(f"{code}{comment}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,  # where the settings are, and the cache
        env={**os.environ, "MYPYPATH": ""},
    )
    assert done.stdout + done.stderr == ""


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    assert [
        f"{name_page(path)}: {target}"
        for path in DOCUMENTS
        for target in read_links(path)
        if not leads_somewhere(path, target)
    ] == []


def read_links(path: Path) -> list[str]:
    page = FENCES.sub("", path.read_text(encoding="utf-8"))
    return [found for found in LINK.findall(page) if not found.startswith("https://")]


def leads_somewhere(path: Path, target: str) -> bool:
    file_name, _, heading = target.partition("#")
    file = (path.parent / file_name).resolve() if file_name else path
    return file.exists() and (not heading or heading in read_headings(file))


def read_headings(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts and myst make them."""
    page = FENCES.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_every_page_is_readable_without_sphinx() -> None:
    for path in DOCUMENTS:
        page = path.read_text(encoding="utf-8")
        assert ":::" not in page, path
        # In the reference, directives stand beside a table of what they show.
        assert path.is_relative_to(DOCS / "reference") or "eval-rst" not in page, path


def test_no_link_leads_to_a_page_of_directives_alone() -> None:
    for path in DOCUMENTS:
        for target in read_links(path):
            file = (path.parent / target.partition("#")[0]).resolve()
            if file.suffix == ".md" and path.parent != file.parent:
                page = file.read_text(encoding="utf-8")
                assert "eval-rst" not in page or "\n| " in page.partition("eval-rst")[0], path


def test_the_reference_has_every_public_name() -> None:
    reference = "\n".join(
        page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference").glob("*.md"))
    )
    directives = re.findall(r"^\.\. auto\w+:: ([\w.]+)", reference, re.MULTILINE)
    documented = [resolve_name(name) for name in directives]
    public = [f"{module}.{name}" for module in PUBLIC_MODULES for name in dir_of(module)]
    assert [name for name in public if resolve_name(name) not in documented] == []


@pytest.mark.parametrize("script", ["names", "command_line"])
def test_what_is_generated_is_up_to_date(script: str) -> None:
    done = subprocess.run(
        [sys.executable, DOCS / "generate" / f"{script}.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_the_guide_to_errors_draws_their_hierarchy() -> None:
    page = (DOCS / "guides" / "errors.md").read_text(encoding="utf-8")
    drawn: dict[str, str] = {}
    above: dict[int, str] = {-1: "Exception"}
    for indent, name in re.findall(r"^([│├└─ ]*)(\w+Error)\b", page, re.MULTILINE):
        depth = len(indent) // 4
        above[depth], drawn[name] = name, above[depth - 1]
    errors: ModuleType = resolve_name("lightsail_ops.errors")
    assert drawn == {name: name_parent(vars(errors)[name], errors.__all__) for name in drawn}
    assert set(drawn) == set(errors.__all__)


def name_parent(error: type[Exception], public: list[str]) -> str:
    names = [base.__name__ for base in error.__mro__[1:]]
    return next((name for name in names if name in public), "Exception")


EXAMPLE = re.compile(r"^( *)Example:\n((?:\1    .*\n|\n)+)", re.MULTILINE)
# Where they are, an example has the names that its page would have imported.
EXAMPLE_MODULES = (
    *("lightsail_ops", "lightsail_ops.aio", "lightsail_ops.plot", "lightsail_ops.testing"),
    *(f"lightsail_ops.{name}" for name in ("client", "enums", "errors", "fleet", "models")),
    *("lightsail_ops.paginator", "lightsail_ops.watch"),
    *(f"lightsail_ops.aio.{name}" for name in ("client", "fleet", "paginator", "watch")),
)


def find_examples() -> dict[str, str]:
    """Return the examples in the docstrings of public modules and classes, by their names."""
    objects: dict[str, object] = {name: resolve_name(name) for name in EXAMPLE_MODULES}
    for name in PUBLIC_MODULES:
        objects |= {f"{name}.{each}": resolve_name(f"{name}.{each}") for each in dir_of(name)}
    examples: dict[str, str] = {}
    for name, documented in objects.items():
        for _, code in EXAMPLE.findall(f"{documented.__doc__}\n"):
            examples[name] = textwrap.dedent(code)
    return examples


def dir_of(module_name: str) -> list[str]:
    module: ModuleType = resolve_name(module_name)
    return list(module.__all__)


EXAMPLES = find_examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_of_a_docstring_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boto3_client: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))  # a page may write it
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    aio = resolve_name("lightsail_ops.aio")
    is_async = ".aio" in name
    client_class = aio.AsyncOperationsClient if is_async else OperationsClient
    fleet_class = aio.AsyncFleet if is_async else Fleet
    example = EXAMPLES[name]
    with mock_lightsail() as account:
        fill(account, boto3_client)
        namespace: dict[str, Any] = {
            **{
                key: resolve_name(f"{module}.{key}")
                for module in PUBLIC_MODULES
                for key in dir_of(module)
            },
            "Any": Any,
            "UTC": UTC,
            "account": account,
            "asyncio": asyncio,
            "boto3": boto3,
            "datetime": datetime,
            "json": json,
            "timedelta": timedelta,
            "failing": account.add_operation(status="Failed", region_name="us-west-2"),
        }
        if "client" in example:
            namespace["client"] = client_class.from_session(region_name="us-west-2")
        if "fleet" in example:
            namespace["fleet"] = fleet_class.from_session(regions=["us-west-2", "us-east-1"])
        body = textwrap.indent(example, "    ")
        exec(f"async def run():\n{body}" if is_async else example, namespace)
        if is_async:
            asyncio.run(namespace["run"]())


def test_each_public_module_has_an_example() -> None:
    assert [name for name in EXAMPLE_MODULES if name not in EXAMPLES] == []
