"""The same for asyncio: `AsyncOperationsClient`, `AsyncFleet` and the rest.

A boto3 client is called in worker threads, so no further package is needed. A client of
aiobotocore is awaited. What is sent, and when, is decided by the same code as for the synchronous
client.

Example:
    client = AsyncOperationsClient(boto3.client("lightsail", region_name="us-west-2"))
    async for operation in client.operations():
        print(operation)
    async with client.watch() as changes:
        print(await anext(changes))
"""

from __future__ import annotations

from lightsail_ops.aio.client import AsyncLightsailClient, AsyncOperationsClient
from lightsail_ops.aio.fleet import AsyncFleet, AsyncFleetOperations
from lightsail_ops.aio.paginator import AsyncOperationsPaginator
from lightsail_ops.aio.watch import AsyncFleetWatch, AsyncOperationsWatch

__all__ = [
    "AsyncFleet",
    "AsyncFleetOperations",
    "AsyncFleetWatch",
    "AsyncLightsailClient",
    "AsyncOperationsClient",
    "AsyncOperationsPaginator",
    "AsyncOperationsWatch",
]
