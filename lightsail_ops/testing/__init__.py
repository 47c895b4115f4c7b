"""A Lightsail to test against, on top of moto (extra `testing`).

Importing this module adds Lightsail to the installed moto, for `moto.mock_aws` and for moto's
server. `mock_lightsail` is the mock for one process, and `LightsailServer` a server for clients of
any kind. With `pytest_plugins = ["lightsail_ops.testing"]` there is the fixture `lightsail`.

Example:
    with mock_lightsail() as account:
        account.add_operation(resource_name="web-9", status="Failed", region_name="us-west-2")
        client = OperationsClient.from_session(region_name="us-west-2")
        assert client.get_operations()[0].resource_name == "web-9"
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if not all(map(find_spec, ("moto", "flask", "flask_cors"))):  # plain moto lacks the last two
    raise ImportError(
        "lightsail_ops.testing needs moto and its server: pip install 'lightsail-ops[testing]'"
    )

from lightsail_ops.testing._control import ReceivedRequest
from lightsail_ops.testing._lightsail import Lightsail
from lightsail_ops.testing._mock import mock_lightsail
from lightsail_ops.testing._server import LightsailServer
from lightsail_ops.testing.urls import register

if TYPE_CHECKING:
    from lightsail_ops.testing._fixture import lightsail

__all__ = ["Lightsail", "LightsailServer", "ReceivedRequest", "mock_lightsail"]
if find_spec("pytest") is not None:  # only the fixture needs it
    __all__ += ["lightsail"]

register()


def __getattr__(name: str) -> Any:
    # pytest takes as long to import as boto3, so only who wants the fixture imports it.
    if name == "lightsail":
        from lightsail_ops.testing._fixture import lightsail

        return lightsail
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})  # pytest looks for fixtures here
