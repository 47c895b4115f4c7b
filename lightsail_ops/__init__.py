"""A typed library for the operations of Amazon Lightsail: list, wait for and watch them.

`OperationsClient` reads one account in one region, and `Fleet` reads many. `lightsail_ops.aio` has
their twins for asyncio, `lightsail_ops.testing` a Lightsail for tests, and `lightsail_ops.plot`
pictures. All names below are imported from here.

Example:
    client = OperationsClient.from_session(region_name="us-west-2")
    for operation in client.operations():
        if operation.status is OperationStatus.FAILED:
            print(operation.resource_name, operation.error_code)
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from lightsail_ops._version import __version__ as __version__

if TYPE_CHECKING:
    from lightsail_ops import aio as aio
    from lightsail_ops import client as client
    from lightsail_ops import enums as enums
    from lightsail_ops import errors as errors
    from lightsail_ops import fleet as fleet
    from lightsail_ops import models as models
    from lightsail_ops import paginator as paginator
    from lightsail_ops import watch as watch
    from lightsail_ops._botocore.session import BotocoreConfig, Session
    from lightsail_ops._botocore.translation import typed_errors
    from lightsail_ops.client import LightsailClient, OperationsClient, OperationsLike
    from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
    from lightsail_ops.errors import (
        AccessDeniedError,
        AccountSetupInProgressError,
        ApiError,
        CredentialsError,
        FleetError,
        InvalidInputError,
        LightsailError,
        NotFoundError,
        OperationFailureError,
        PaginationError,
        RegionSetupInProgressError,
        ResponseError,
        ServiceError,
        ThrottlingError,
        TransportError,
        UnauthenticatedError,
        WaitAllError,
        WaitFailedError,
        WaitTimeoutError,
    )
    from lightsail_ops.fleet import Fleet, FleetOperations
    from lightsail_ops.models import Operation, OperationsPage, ResourceLocation
    from lightsail_ops.paginator import OperationsPaginator
    from lightsail_ops.watch import FleetWatch, OperationsWatch, WatchHealth

__all__ = [
    "AccessDeniedError",
    "AccountSetupInProgressError",
    "ApiError",
    "BotocoreConfig",
    "CredentialsError",
    "Fleet",
    "FleetError",
    "FleetOperations",
    "FleetWatch",
    "InvalidInputError",
    "LightsailClient",
    "LightsailError",
    "NotFoundError",
    "Operation",
    "OperationFailureError",
    "OperationStatus",
    "OperationType",
    "OperationsClient",
    "OperationsLike",
    "OperationsPage",
    "OperationsPaginator",
    "OperationsWatch",
    "PaginationError",
    "RegionName",
    "RegionSetupInProgressError",
    "ResourceLocation",
    "ResourceType",
    "ResponseError",
    "ServiceError",
    "Session",
    "ThrottlingError",
    "TransportError",
    "UnauthenticatedError",
    "WaitAllError",
    "WaitFailedError",
    "WaitTimeoutError",
    "WatchHealth",
    "typed_errors",
]

# A name is imported when it is first used: attrs, cattrs and botocore's exceptions cost a third
# of `import boto3`, which a program that only reads the version or an enum need not pay.
_NAMES = {
    "_botocore.translation": "typed_errors",
    "client": "BotocoreConfig LightsailClient OperationsClient OperationsLike Session",
    "enums": "OperationStatus OperationType RegionName ResourceType",
    "fleet": "Fleet FleetOperations",
    "models": "Operation OperationsPage ResourceLocation",
    "paginator": "OperationsPaginator",
    "watch": "FleetWatch OperationsWatch WatchHealth",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}
# Modules with public names, which need no import of their own.
_PUBLIC_MODULES = ("aio", "client", "enums", "errors", "fleet", "models", "paginator", "watch")


if not TYPE_CHECKING:  # pragma: no branch - a type checker would believe that all names exist

    def __getattr__(name: str) -> object:
        if name in _PUBLIC_MODULES:
            return _import_module(f"{__name__}.{name}")
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = _import_module(f"{__name__}.{_MODULES.get(name, 'errors')}")
        value = globals()[name] = getattr(module, name)
        return value


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
