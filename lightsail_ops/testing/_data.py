"""The data files, which are TOML."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]  # what its values are, only the model knows


def load(name: str) -> JsonObject:
    """Return the content of a data file."""
    return tomllib.loads(files("lightsail_ops.testing").joinpath("data", name).read_text("utf-8"))
