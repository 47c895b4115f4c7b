# pyright: strict
"""What needs `mypy-boto3-lightsail`; never run."""

from __future__ import annotations

from typing import assert_type

import boto3
from mypy_boto3_lightsail import LightsailClient as StubbedClient
from mypy_boto3_lightsail.type_defs import OperationTypeDef

from lightsail_ops import LightsailClient, Operation, OperationsClient
from lightsail_ops.aio import AsyncLightsailClient, AsyncOperationsClient


def clients(stubbed: StubbedClient) -> None:
    assert_type(boto3.client("lightsail"), StubbedClient)  # pyright: ignore[reportUnknownMemberType]
    sync_client: LightsailClient = stubbed
    async_client: AsyncLightsailClient = stubbed
    OperationsClient(sync_client)
    OperationsClient(stubbed)
    AsyncOperationsClient(async_client)
    AsyncOperationsClient(stubbed)


def untyped_before(raw: OperationTypeDef) -> Operation:
    return Operation.from_dict(raw)
