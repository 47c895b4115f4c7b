"""A Lightsail to test against, on top of moto (extra `testing`).

Importing this module adds Lightsail to the installed moto, for `moto.mock_aws` and for moto's
server. `mock_lightsail` is the mock for one process, `LightsailServer` the server for clients of
any kind, and with `pytest_plugins = ["lightsail_ops.testing"]` there is the fixture `lightsail`.
"""

from importlib import import_module

try:
    import_module("moto.server")  # which plain moto has, but not what it needs
except ImportError as _missing:
    raise ImportError(
        "lightsail_ops.testing stands on moto and its server: pip install 'lightsail-ops[testing]'"
    ) from _missing

from lightsail_ops.testing._control import ReceivedRequest
from lightsail_ops.testing._lightsail import Lightsail
from lightsail_ops.testing._mock import mock_lightsail
from lightsail_ops.testing._registry import register
from lightsail_ops.testing._server import LightsailServer

__all__ = ["Lightsail", "LightsailServer", "ReceivedRequest", "mock_lightsail"]

register()

try:
    from lightsail_ops.testing._fixture import lightsail as lightsail
except ImportError:  # pytest is not installed, and not needed without the fixture
    pass
else:
    __all__ += ["lightsail"]
