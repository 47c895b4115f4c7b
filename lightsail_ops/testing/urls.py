"""The registration of Lightsail in moto: its address in `moto.backend_index`, and its backends."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from types import ModuleType

from moto import backend_index
from moto.core.model_instances import model_data

from lightsail_ops.testing._resources.base import Resource
from lightsail_ops.testing.models import lightsail_backends
from lightsail_ops.testing.responses import HOST, LightsailResponse

url_bases: list[str] = [HOST]
url_paths: dict[str, Callable[..., object]] = {
    "{0}/$": LightsailResponse.dispatch,
    "{0}/(?P<path>.+)$": LightsailResponse.dispatch,
}  # moto looks beside `models` for these two

_MODULE_NAME = "moto.lightsail"


def register() -> None:
    """Make Lightsail known to moto, once, unless moto has one of its own."""
    if _MODULE_NAME in sys.modules or importlib.util.find_spec(_MODULE_NAME) is not None:
        return
    module = ModuleType(_MODULE_NAME, "Lightsail, added by lightsail_ops.testing.")
    module.__dict__["lightsail_backends"] = lightsail_backends
    sys.modules[_MODULE_NAME] = module
    # moto takes the second part of a class's module for its service. Others may have one, too.
    models = model_data.pop("testing").items()
    others = {name: cls for name, cls in models if not cls.__module__.startswith("lightsail_ops.")}
    model_data.update({"testing": others} if others else {}, lightsail=dict(Resource.kinds))
    # First, because moto tries one pattern after the other for each request.
    backend_index.backend_url_patterns[:0] = [("lightsail", re.compile(each)) for each in url_bases]
