"""Every operation of an Amazon Lightsail account, lazily, as typed values."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightsail_ops.client import LightsailClient, OperationsClient
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
        OperationFailedError,
        OperationFailureError,
        PaginationError,
        RegionSetupInProgressError,
        ResponseError,
        ServiceError,
        ThrottlingError,
        TransportError,
        UnauthenticatedError,
        WaitTimeoutError,
    )
    from lightsail_ops.fleet import operations_across, regional_clients
    from lightsail_ops.models import Operation, OperationsPage, ResourceLocation
    from lightsail_ops.paginator import OperationsPaginator

__version__ = "1.0.0"

__all__ = [
    "AccessDeniedError",
    "AccountSetupInProgressError",
    "ApiError",
    "CredentialsError",
    "FleetError",
    "InvalidInputError",
    "LightsailClient",
    "LightsailError",
    "NotFoundError",
    "Operation",
    "OperationFailedError",
    "OperationFailureError",
    "OperationStatus",
    "OperationType",
    "OperationsClient",
    "OperationsPage",
    "OperationsPaginator",
    "PaginationError",
    "RegionName",
    "RegionSetupInProgressError",
    "ResourceLocation",
    "ResourceType",
    "ResponseError",
    "ServiceError",
    "ThrottlingError",
    "TransportError",
    "UnauthenticatedError",
    "WaitTimeoutError",
    "operations_across",
    "regional_clients",
]

# A name is imported when it is first used: attrs, cattrs and botocore's exceptions cost a third
# of `import boto3`, which a program that only asks for an enum or the version need not pay.
_MODULES = ("enums", "models", "errors", "paginator", "client", "fleet")


def __getattr__(name: str) -> object:
    if name in __all__:
        modules = (import_module(f"{__name__}.{module_name}") for module_name in _MODULES)
        module = next(module for module in modules if name in module.__all__)
        value = globals()[name] = getattr(module, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
