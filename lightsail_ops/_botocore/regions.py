"""The regions that botocore's data lists."""

from __future__ import annotations

import os
from typing import Any

from lightsail_ops.enums import RegionName


def is_known_region(name: str) -> bool:
    """Return whether a region is in botocore's data or in `RegionName`, with Lightsail or not."""
    if name == RegionName.GLOBAL:
        return False
    return RegionName(name).is_known or any(name in each["regions"] for each in _list_partitions())


def suggest_region(name: str) -> str | None:
    """Return the region with Lightsail whose name is the nearest, or None if none is near."""
    from difflib import get_close_matches  # late: only an error needs it

    regions = [
        region
        for partition in _list_partitions()
        for region in partition["services"].get("lightsail", {"endpoints": ()})["endpoints"]
    ]

    near = get_close_matches(name.strip().lower().replace("_", "-"), regions, n=1, cutoff=0.7)
    return near[0] if near else None


def describe_unknown_region(name: str) -> str:
    """Return a sentence about a region that is not known, with the name that may be meant."""
    suggested = suggest_region(name)
    return f"unknown region {str(name)!r}" + (f"; did you mean {suggested}?" if suggested else "")


def _list_partitions() -> list[dict[str, Any]]:
    from lightsail_ops._botocore.data import find_loader  # late: it imports botocore

    endpoints = find_loader(os.environ.get("AWS_DATA_PATH")).load_data("endpoints")
    partitions: list[dict[str, Any]] = endpoints["partitions"]
    return partitions
