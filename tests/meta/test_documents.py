"""Every Python example in the README and the documentation runs, and the reference is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name

import boto3
import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from lightsail_ops.testing import Lightsail, mock_lightsail

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SYBIL = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], path=str(ROOT))
PUBLIC_MODULES = ("", ".aio", ".fleet", ".plot", ".testing")


# This page starts each mock from nothing, and a mock inside another would share its operations.
WITHOUT_ACCOUNT = ROOT / "docs" / "guides" / "testing.md"
# This one counts the operations that it adds.
WITHOUT_OPERATIONS = ROOT / "docs" / "quickstart.md"

pages = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=[str(path.relative_to(ROOT).with_suffix("")) for path in DOCUMENTS]
)


@pytest.fixture
def account(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: boto3.Session
) -> Iterator[None]:
    """Provide an account with 450 operations in each of two regions, and the instance `web-1`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    # A request outside the mock reaches nothing: no server listens there.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    if path == WITHOUT_ACCOUNT:
        yield
        return
    with mock_lightsail() as lightsail:
        if path != WITHOUT_OPERATIONS:
            fill(lightsail, session)
        yield


def fill(lightsail: Lightsail, session: boto3.Session) -> None:
    for region_name in ("us-west-2", "us-east-1"):
        lightsail.add_operations(450, region_name=region_name)
    response = session.client("lightsail", region_name="us-west-2").create_instances(
        instanceNames=["web-1"],
        availabilityZone="us-west-2a",
        blueprintId="ubuntu_24_04",
        bundleId="nano_3_0",
    )
    lightsail.finish(response["operations"][0]["id"])


@pytest.mark.usefixtures("account")
@pages
def test_the_examples_of_a_page_run_from_top_to_bottom(path: Path) -> None:
    for example in SYBIL.parse(path).examples():
        example.evaluate()


@pytest.mark.parametrize("module_name", PUBLIC_MODULES)
def test_the_reference_has_every_public_name(module_name: str) -> None:
    reference = "\n".join(
        page.read_text() for page in sorted((ROOT / "docs" / "reference").glob("*.md"))
    )
    directives = re.findall(r"^\.\. auto\w+:: ([\w.]+)", reference, re.MULTILINE)
    documented = [resolve_name(name) for name in directives]
    module = f"lightsail_ops{module_name}"
    public = [f"{module}.{name}" for name in resolve_name(module).__all__]
    assert [name for name in public if resolve_name(name) not in documented] == []
