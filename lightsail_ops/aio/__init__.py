"""The same for asyncio: `AsyncOperationsClient`, `operations_across`, `watch_across` and the rest.

A boto3 client is called in worker threads, so no further package is needed. A client of
aiobotocore is awaited. What is sent, and when, is decided by the same code as for the synchronous
client.
"""

from __future__ import annotations

from lightsail_ops.aio._client import AsyncLightsailClient, AsyncOperationsClient
from lightsail_ops.aio._fleet import (
    AsyncFleetWatch,
    operations_across,
    pages_across,
    regional_clients,
    watch_across,
)
from lightsail_ops.aio._paginator import AsyncOperationsPaginator
from lightsail_ops.aio._watch import AsyncOperationsWatch

__all__ = [
    "AsyncFleetWatch",
    "AsyncLightsailClient",
    "AsyncOperationsClient",
    "AsyncOperationsPaginator",
    "AsyncOperationsWatch",
    "operations_across",
    "pages_across",
    "regional_clients",
    "watch_across",
]
