"""Names of regions that may be misspelled."""

from __future__ import annotations

import pytest

from lightsail_ops import RegionName
from lightsail_ops._botocore.data import describe_unknown_region, is_known_region


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
    ],
)
def test_the_nearest_region_with_lightsail_is_suggested(name: str, suggested: str) -> None:
    assert describe_unknown_region(name) == f"unknown region {name!r}; did you mean {suggested}?"


@pytest.mark.parametrize("name", ["moon", "", RegionName.GLOBAL])
def test_no_region_is_suggested_for_a_name_that_is_near_none(name: str) -> None:
    assert describe_unknown_region(name) == f"unknown region {str(name)!r}"
