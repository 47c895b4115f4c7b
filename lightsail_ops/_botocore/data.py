"""Loads botocore's own data files faster than botocore does, and finds regions in them.

A session of botocore takes its data from the component `data_loader` (`botocore.loaders`). What
this module puts there finds the same files and returns the same values. It differs in two ways.
It decodes JSON into plain dicts, by orjson where that is installed: `endpoints.json` takes botocore
19 ms, plain dicts 9 ms, orjson 5 ms. And it looks for a service in that service's own folders,
where botocore lists the 450 folders of all services first, twice per client.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader, create_loader

from lightsail_ops._botocore.response import loads
from lightsail_ops.enums import RegionName

if TYPE_CHECKING:
    from botocore.session import Session

_loaders: dict[tuple[str, ...], Loader] = {}


def share_loader(session: Session) -> None:
    """Let a new session load its data with the loader of all sessions that have its data path.

    The loader keeps what it has loaded until the process ends, as botocore's does until its
    session ends. So only the first session reads the files.
    """
    session.lazy_register_component(
        "data_loader", lambda: find_loader(session.get_config_variable("data_path"))
    )


def find_loader(data_path: str | None) -> Loader:
    """Return the loader of the folders in AWS_DATA_PATH, the same one for the same folders."""
    folders = create_loader(data_path).search_paths
    return _loaders.setdefault(tuple(folders), _Loader(folders, include_default_search_paths=False))


class _FileLoader(JSONFileLoader):
    """botocore's loader of files, but for how it decodes them."""

    def load_file(self, file_path: str) -> Any:
        """Return the content of a file without its suffix, or None if there is no such file."""
        for suffix in (".json", ".json.gz"):
            path = Path(file_path + suffix)
            if path.is_file():
                content = path.read_bytes()
                if suffix == ".json.gz":
                    content = gzip.decompress(content)
                try:
                    return loads(content)
                except ValueError:  # orjson is stricter
                    return json.loads(content)
        return None


class _Loader(Loader):
    """botocore's loader, but for how it decodes files and finds services."""

    FILE_LOADER_CLASS = _FileLoader

    def list_available_services(self, type_name: str) -> Any:  # botocore says list; it uses `in`
        """Return the names of all services that have a file of a type."""
        return _Services(self, type_name)


class _Services:
    """The services that have a file of a type, found only as far as somebody wants to know."""

    def __init__(self, loader: _Loader, type_name: str) -> None:
        self._loader, self._type_name = loader, type_name

    def __contains__(self, name: object) -> bool:
        try:
            self._loader.list_api_versions(str(name), self._type_name)
        except DataNotFoundError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(Loader.list_available_services(self._loader, self._type_name))


def is_known_region(name: str) -> bool:
    """Return whether a region is in botocore's data or in `RegionName`, with Lightsail or not."""
    if name == RegionName.GLOBAL:
        return False
    return RegionName(name).is_known or any(name in each["regions"] for each in _list_partitions())


def describe_unknown_region(name: str) -> str:
    """Return a sentence about a region that is not known, with the name that may be meant."""
    from difflib import get_close_matches  # late: only an error needs it

    regions = [
        region
        for partition in _list_partitions()
        for region in partition["services"].get("lightsail", {"endpoints": ()})["endpoints"]
    ]
    normalized = name.strip().lower().replace("_", "-")
    near = get_close_matches(normalized, regions, n=1, cutoff=0.7)
    return f"unknown region {str(name)!r}" + (f"; did you mean {near[0]}?" if near else "")


def _list_partitions() -> list[dict[str, Any]]:
    endpoints = find_loader(os.environ.get("AWS_DATA_PATH")).load_data("endpoints")
    partitions: list[dict[str, Any]] = endpoints["partitions"]
    return partitions
