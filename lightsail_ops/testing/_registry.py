"""Adds Lightsail to moto's registry: the one place that knows moto from the inside.

moto finds a service by the pattern of its address in `moto.backend_index`, and then imports
`moto.<service>` and takes `<service>_backends` from it.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from types import ModuleType

from moto import backend_index

from lightsail_ops.testing._backend import lightsail_backends
from lightsail_ops.testing._control import controls

TRIED_WITH = ("5.1.0", "5.2.5")
"""The lowest version of moto that pyproject.toml takes, and the newest; a test looks after them."""

_MODULE_NAME = "moto.lightsail"
_ADDRESS = re.compile(r"https?://lightsail\.(.+)\.amazonaws\.com")


def register() -> None:
    """Make Lightsail known to moto, once, unless moto has one of its own."""
    if _MODULE_NAME in sys.modules or importlib.util.find_spec(_MODULE_NAME) is not None:
        return
    module = ModuleType(_MODULE_NAME, "Lightsail, added by lightsail_ops.testing.")
    module.__dict__["lightsail_backends"] = lightsail_backends
    sys.modules[_MODULE_NAME] = module
    backend_index.backend_url_patterns.append(("lightsail", _ADDRESS))


def forget() -> None:
    """Empty the embedded Lightsail, and leave moto's other services as they are."""
    for backends in (lightsail_backends, controls):
        backends.clear()
