"""What plain boto3 does, as docs/why.md says, and what this library does instead."""

from __future__ import annotations

from datetime import UTC
from itertools import islice
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from support.fakes import raw_operation
from support.wire import CannedResponse, Wire, page, truncate

from lightsail_ops import OperationsClient, PaginationError, ResponseError


def test_boto3_takes_a_truncated_page_for_the_last_one(
    wire: Wire, boto3_client: Any, client: OperationsClient
) -> None:
    first, second = page([raw_operation()], token="2"), page([raw_operation()])
    wire.play([first, truncate(second, has_length=False)])
    pages = boto3_client.get_paginator("get_operations").paginate()
    assert sum(len(each.get("operations", [])) for each in pages) == 1

    wire.play([first, truncate(second, has_length=False), second])
    assert len(list(client.operations())) == 2


def test_boto3_follows_repeated_page_tokens_for_ever(
    wire: Wire, boto3_client: Any, client: OperationsClient
) -> None:
    following = {None: "A", "A": "B", "B": "A"}
    wire.play(lambda request: page(token=following[request.arguments.get("pageToken")]))
    pages = boto3_client.get_paginator("get_operations").paginate()
    assert len(list(islice(pages, 50))) == 50

    with pytest.raises(PaginationError):
        list(client.operations())


def test_boto3_leaks_the_errors_of_its_parser(
    wire: Wire, boto3_client: Any, client: OperationsClient
) -> None:
    wire.play(lambda _: CannedResponse(b"[]", status=400))
    with pytest.raises(AttributeError):
        boto3_client.get_operations()

    with pytest.raises(ResponseError):
        client.get_operations()


def test_boto3_returns_datetimes_in_the_machines_zone(
    wire: Wire, boto3_client: Any, client: OperationsClient
) -> None:
    wire.play(lambda _: page([raw_operation()]))
    (raw,) = boto3_client.get_operations()["operations"]
    assert raw["createdAt"].tzinfo is not UTC

    (operation,) = client.get_operations()
    assert operation.created_at.tzinfo is UTC


@mock_aws
def test_plain_moto_has_no_lightsail() -> None:
    # Another process would show it; in this one, lightsail_ops.testing may have been imported.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moto.backend_index.backend_url_patterns", [])
        client = boto3.client("lightsail", region_name="us-west-2")
        with pytest.raises(ClientError, match="404"):
            client.get_operations()
