"""Every Python example in the README and the documentation runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from lightsail_ops.testing import mock_lightsail

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SYBIL = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], path=str(ROOT))


# This page starts each mock from nothing, and a mock inside another would share its operations.
EMPTY_HANDED = "testing"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """An account with 450 operations in each of two regions."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    if request.node.callspec.id == EMPTY_HANDED:
        yield
        return
    with mock_lightsail() as lightsail:
        for region_name in ("us-west-2", "us-east-1"):
            lightsail.add_operations(450, region_name=region_name)
        yield


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.stem for path in DOCUMENTS])
def test_the_examples_of_a_page_run_from_top_to_bottom(path: Path) -> None:
    for example in SYBIL.parse(path).examples():
        example.evaluate()
