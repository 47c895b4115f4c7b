"""A Lightsail to test against, on top of moto (extra `testing`).

Importing this module adds Lightsail to the installed moto, for `moto.mock_aws` and for moto's
server. `mock_lightsail` is the mock for one process, and `LightsailServer` a server for clients of
any kind. With `pytest_plugins = ["lightsail_ops.testing"]` there is the fixture `lightsail`.
"""

from importlib import import_module

try:
    import_module("moto.server")  # plain moto lacks what its server needs
except ImportError as _missing:
    raise ImportError(
        "lightsail_ops.testing needs moto and its server: pip install 'lightsail-ops[testing]'"
    ) from _missing

from lightsail_ops.testing._lightsail import Lightsail
from lightsail_ops.testing._mock import mock_lightsail
from lightsail_ops.testing._server import LightsailServer
from lightsail_ops.testing.models import ReceivedRequest
from lightsail_ops.testing.urls import register

__all__ = ["Lightsail", "LightsailServer", "ReceivedRequest", "mock_lightsail"]

register()

try:
    from lightsail_ops.testing._fixture import lightsail as lightsail
except ImportError:  # pytest is not installed; only the fixture needs it
    pass
else:
    __all__ += ["lightsail"]
