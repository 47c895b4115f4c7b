"""Names of regions that may be misspelled."""

from __future__ import annotations

import pytest

from lightsail_ops import RegionName
from lightsail_ops._botocore.regions import (
    describe_unknown_region,
    is_known_region,
    suggest_region,
)


@pytest.mark.parametrize("name", ["us-west-2", "us-west-1", "cn-north-1", "us-gov-east-1"])
def test_a_region_of_botocore_is_known(name: str) -> None:
    assert is_known_region(name)


@pytest.mark.parametrize("name", ["us-wets-2", "global", "aws-global", "US-WEST-2", "", "moon"])
def test_another_name_is_not_known(name: str) -> None:
    assert not is_known_region(name)


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("us-wets-2", "us-west-2"),
        ("us-west2", "us-west-2"),
        ("US_WEST_2", "us-west-2"),
        (" eu-centrl-1", "eu-central-1"),
        ("us-west-1", "us-west-2"),  # which is a region, but has no Lightsail
        ("moon", None),
        ("", None),
    ],
)
def test_the_nearest_region_with_lightsail_is_suggested(name: str, suggested: str | None) -> None:
    assert suggest_region(name) == suggested


def test_a_sentence_describes_an_unknown_region() -> None:
    expected = "unknown region 'us-wets-2'; did you mean us-west-2?"
    assert describe_unknown_region("us-wets-2") == expected
    assert describe_unknown_region("moon") == "unknown region 'moon'"
    assert describe_unknown_region(RegionName.GLOBAL) == "unknown region 'global'"
