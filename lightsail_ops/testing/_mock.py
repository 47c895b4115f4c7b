"""The mock for one process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from moto import mock_aws

from lightsail_ops.testing._lightsail import Lightsail

_F = TypeVar("_F", bound=Callable[..., Any])


class LightsailMock:
    """moto's `mock_aws`, which gives the `Lightsail` when it is entered."""

    def __init__(self) -> None:
        self._mocks: list[Any] = []

    def __enter__(self) -> Lightsail:
        mock: Any = mock_aws()
        mock.start()
        self._mocks.append(mock)
        return Lightsail()

    def __exit__(self, *_: object) -> None:
        self._mocks.pop().stop()

    def __call__(self, decorated: _F) -> _F:
        """Decorate a function or a class, as `mock_aws` does."""
        mocked: Any = mock_aws()
        result: _F = mocked(decorated)
        return result


@overload
def mock_lightsail() -> LightsailMock: ...
@overload
def mock_lightsail(decorated: _F) -> _F: ...
def mock_lightsail(decorated: _F | None = None) -> LightsailMock | _F:
    """Mock AWS with moto, Lightsail included, for a `with` block, a function or a class.

    `with mock_lightsail() as lightsail:` gives the `Lightsail` to fill. As a decorator, with or
    without parentheses, it passes nothing to the function, which can make a `Lightsail()` itself.
    Whatever was in the mock is gone afterwards.
    """
    return LightsailMock() if decorated is None else LightsailMock()(decorated)
