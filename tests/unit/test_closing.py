"""Closing clients and fleets: only the connections that `from_session` has made are closed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.fakes import raw_operation
from support.wire import Wire, page

from lightsail_ops import Fleet, OperationsClient
from lightsail_ops.aio import AsyncFleet, AsyncOperationsClient


class Closable:
    """A client of the caller's."""

    def __init__(self) -> None:
        self.is_closed = False

    def get_operations(self, **_: str) -> dict[str, Any]:
        return {"operations": [raw_operation()]}

    def close(self) -> None:
        self.is_closed = True


def test_a_client_keeps_the_one_that_it_wraps() -> None:
    theirs = Closable()
    with OperationsClient(theirs) as client:
        assert client.client is theirs
        assert len(client.get_operations()) == 1
    assert not theirs.is_closed


def test_a_fleet_closes_no_client_of_the_callers() -> None:
    theirs = Closable()
    with Fleet({"a": OperationsClient(theirs)}) as fleet:
        assert repr(fleet) == "<Fleet of 1 clients>"
    assert not theirs.is_closed


@pytest.mark.parametrize("is_fleet", [True, False])
def test_what_from_session_has_built_is_closed(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, *, is_fleet: bool
) -> None:
    wire.play([page([raw_operation()])])
    url = wire.endpoint_url
    client = OperationsClient.from_session(region_name="us-west-2", endpoint_url=url)
    closed: list[bool] = []
    theirs: Any = client.client
    monkeypatch.setattr(theirs, "close", lambda: closed.append(True))
    with Fleet({"a": client}) if is_fleet else client:
        assert len(client.get_operations()) == 1
    assert closed == [True]


def test_asyncio_closes_in_the_same_way(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.play([page([raw_operation()])] * 2)

    async def main() -> list[bool]:
        theirs = Closable()
        async with AsyncOperationsClient(theirs) as client:
            assert client.client is theirs
        assert not theirs.is_closed
        url = wire.endpoint_url
        fleet = AsyncFleet.from_session(regions=["us-west-2"], endpoint_url=url)
        closed: list[bool] = []
        [client] = fleet.values()
        built: Any = client.client
        monkeypatch.setattr(built, "close", lambda: closed.append(True))
        async with fleet:
            assert repr(fleet) == "<AsyncFleet of 1 clients>"
            async with fleet.operations() as operations:
                assert repr(operations) == "<AsyncFleetOperations of 1 clients>"
                assert [operation.id async for _, operation in operations] == ["id-1"]
            async with client.operations().pages() as pages:  # type: ignore[attr-defined]  # more
                assert [len(each) async for each in pages] == [1]
        return closed

    assert asyncio.run(main()) == [True]
