"""The mock for one process."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar, cast, overload

from moto import mock_aws

from lightsail_ops.testing._lightsail import Lightsail
from lightsail_ops.testing._operations import progress_restored

_F = TypeVar("_F", bound=Callable[..., object])
_RUN_LATER = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
_IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


class LightsailMock:
    """moto's `mock_aws`, which gives the `Lightsail` when it is entered."""

    def __init__(self) -> None:
        self._entered: list[AbstractContextManager[Lightsail]] = []

    def __enter__(self) -> Lightsail:
        self._entered.append(_mocking())
        return self._entered[-1].__enter__()

    def __exit__(self, *_: object) -> None:
        self._entered.pop().__exit__(None, None, None)

    def __call__(self, decorated: _F) -> _F:
        """Decorate a function, a coroutine function or a class of tests."""
        if inspect.iscoroutinefunction(decorated):

            @functools.wraps(decorated)
            async def mocked(*args: object, **kwargs: object) -> object:
                with _mocking():
                    return await decorated(*args, **kwargs)

            return cast("_F", mocked)
        _check_ends_with_its_call(decorated)
        if not inspect.isclass(decorated):
            return _mocking()(decorated)
        tests = mock_aws(decorated)  # which knows the methods that start afresh
        for name, value in list(vars(tests).items()):
            if inspect.isfunction(value) and not name.startswith("_"):
                setattr(tests, name, _isolated()(value))
        return cast("_F", tests)


@contextmanager
def _mocking() -> Generator[Lightsail]:
    with _isolated(), mock_aws():
        yield Lightsail()


@contextmanager
def _isolated() -> Generator[None]:
    """Keep requests and progress inside: AWS's configured endpoints have no effect."""
    names = [each for each in os.environ if each.startswith(("AWS_ENDPOINT_URL", _IGNORE))]
    aside = {name: os.environ.pop(name) for name in names}
    os.environ[_IGNORE] = "true"
    try:
        with progress_restored():
            yield
    finally:
        os.environ.pop(_IGNORE, None)
        os.environ.update(aside)


# The mock would end when the call returns, before the body runs, which would then call AWS.
def _check_ends_with_its_call(decorated: Callable[..., object]) -> None:
    functions = [decorated]
    if inspect.isclass(decorated):
        functions = [value for name, value in vars(decorated).items() if name.startswith("test")]
    for function in functions:
        if any(runs_later(function) for runs_later in _RUN_LATER):
            raise TypeError(
                f"{function.__qualname__} runs after its call has returned, when the mock has "
                "ended: write `with mock_lightsail():` inside it instead"
            )


@overload
def mock_lightsail() -> LightsailMock: ...
@overload
def mock_lightsail(decorated: _F) -> _F: ...
def mock_lightsail(decorated: _F | None = None) -> LightsailMock | _F:
    """Mock AWS with moto, Lightsail included, for a `with` block, a function or a class.

    `with mock_lightsail() as lightsail:` gives the `Lightsail` to fill. As a decorator, with or
    without parentheses, it passes nothing to the function, which can make a `Lightsail()` itself,
    and may be `async`. Everything in the mock is gone afterwards. Meanwhile `AWS_ENDPOINT_URL` and
    `AWS_ENDPOINT_URL_*` have no effect, so that no request leaves the process. At the end, these
    variables and moto's transition of `lightsail::operation` are what they were.

    Raises:
        TypeError: what is decorated is a generator function, or a class with an `async` test: the
            mock would have ended before its body runs.
    """
    return LightsailMock() if decorated is None else LightsailMock()(decorated)
