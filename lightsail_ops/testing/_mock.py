"""The mock for one process."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

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
        """Decorate a function, a coroutine function or a class of tests."""
        if inspect.iscoroutinefunction(decorated):
            return cast("_F", _mocked_coroutine_function(decorated))
        _check_ends_with_its_call(decorated)
        mocked: Any = mock_aws()
        result: _F = mocked(decorated)
        return result


def _mocked_coroutine_function(decorated: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(decorated)
    async def mocked(*args: Any, **kwargs: Any) -> Any:
        with LightsailMock():
            return await decorated(*args, **kwargs)

    return mocked


# moto would end the mock when the call returns, before the body runs, which would then call AWS.
def _check_ends_with_its_call(decorated: Callable[..., Any]) -> None:
    functions = [decorated]
    if inspect.isclass(decorated):
        functions = [value for name, value in vars(decorated).items() if name.startswith("test")]
    for function in functions:
        if any(is_such(function) for is_such in _GOES_ON):
            raise TypeError(
                f"{function.__qualname__} goes on after its call, when the mock has ended: "
                "write `with mock_lightsail():` inside it instead"
            )


_GOES_ON = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)


@overload
def mock_lightsail() -> LightsailMock: ...
@overload
def mock_lightsail(decorated: _F) -> _F: ...
def mock_lightsail(decorated: _F | None = None) -> LightsailMock | _F:
    """Mock AWS with moto, Lightsail included, for a `with` block, a function or a class.

    `with mock_lightsail() as lightsail:` gives the `Lightsail` to fill. As a decorator, with or
    without parentheses, it passes nothing to the function, which can make a `Lightsail()` itself,
    and may be `async`. Whatever was in the mock is gone afterwards.

    Raises:
        TypeError: what is decorated is a generator function, or a class with an `async` test: the
            mock would have ended before its body runs.
    """
    return LightsailMock() if decorated is None else LightsailMock()(decorated)
