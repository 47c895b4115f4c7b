"""The mock for one process."""

from __future__ import annotations

import functools
import inspect
import sys
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import ContextDecorator
from types import FunctionType
from typing import Any, TypeVar, cast, overload

from lightsail_ops.testing import _isolation
from lightsail_ops.testing._lightsail import Lightsail

_F = TypeVar("_F", bound=Callable[..., object])

_NOT_OF_TESTS = ("builtins", "typing", "unittest")  # modules whose classes tests inherit from
_BEFORE_EACH_TEST = frozenset({"setUp", "setup_method"})
_PYTEST_HOOKS = frozenset({"setup_method", "teardown_method"})
_ONCE = ("setUpClass", "tearDownClass", "setup_class", "teardown_class")


class LightsailMock(ContextDecorator):
    """moto's `mock_aws`, which gives the `Lightsail` when it is entered.

    Args:
        begins_empty: whether to forget what was there before.
        ends_empty: whether to forget what is there after.
    """

    def __init__(self, *, begins_empty: bool = True, ends_empty: bool = True) -> None:
        self._begins_empty, self._ends_empty = begins_empty, ends_empty

    def __enter__(self) -> Lightsail:
        _isolation.begin_mock(begins_empty=self._begins_empty)
        return Lightsail()

    def __exit__(self, *_: object) -> None:
        _isolation.end_mock(ends_empty=self._ends_empty)

    def __call__(self, decorated: _F) -> _F:
        """Decorate a function, a coroutine function or a class of tests."""
        if inspect.isclass(decorated):
            _mock_class(decorated)
            return cast("_F", decorated)
        _check_ends_with_its_call(decorated)
        return cast("_F", self.wrap(decorated))

    def wrap(self, function: Any) -> Any:
        """Return a function that runs another one in the mock."""
        if not callable(function):
            name = type(function).__name__
            raise TypeError(f"mock_lightsail decorates a function or a class, not {name}")
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def run_async(*args: object, **kwargs: object) -> object:
                with self:
                    return await function(*args, **kwargs)

            return run_async

        return super().__call__(function)


def _mock_class(tests: type[Any]) -> None:
    """Mock all tests of a class, and of the classes that will inherit from it."""
    _mock_methods(tests)
    own: Any = vars(tests).get("__init_subclass__")

    def __init_subclass__(cls: type[Any], /, **kwargs: Any) -> None:  # noqa: N807 - its name
        if own is None:
            super(tests, cls).__init_subclass__(**kwargs)
        else:
            own.__get__(None, cls)(**kwargs)
        _mock_methods(cls)

    tests.__init_subclass__ = cast("Any", classmethod(__init_subclass__))


def _mock_methods(tests: type[Any]) -> None:
    """Mock each method, so that a test finds what its `setUp` has made, and nothing older."""
    members = _list_members(tests)
    _check_members(tests, members)
    before = _BEFORE_EACH_TEST & members.keys()
    for name, value in members.items():
        is_test = name.startswith("test") and not before
        mock = LightsailMock(begins_empty=is_test or name in before, ends_empty=is_test)
        if type(value) in (staticmethod, classmethod):
            setattr(tests, name, type(value)(mock.wrap(value.__func__)))
        elif isinstance(value, FunctionType) and not _runs_later(value):
            setattr(tests, name, _keep_arity(name, value, mock.wrap(value)))
        elif inspect.isclass(value) and name in vars(tests):
            _mock_class(value)
    is_case = issubclass(tests, unittest.TestCase)
    if is_case:  # these two call `setUp`, the test and the clean-ups
        for name in ("run", "debug"):
            setattr(tests, name, LightsailMock().wrap(getattr(tests, name)))
    has_all = is_case or not before
    _mock_fixtures(tests, LightsailMock(begins_empty=has_all, ends_empty=has_all))


def _mock_fixtures(tests: type[Any], mock: LightsailMock) -> None:
    """Let the fixtures of each test run in the mock, if it may be pytest that runs the tests."""
    if sys.modules.get("pytest") is None:
        return
    import pytest

    @pytest.fixture(autouse=True)
    def run_in_mock(_: object) -> Iterator[None]:
        with mock:
            yield

    # pytest sets up the fixtures of a class in the order of their names.
    setattr(tests, "0_mock_lightsail", run_in_mock)


def _keep_arity(name: str, function: FunctionType, wrapped: Any) -> Any:
    def run(self: object) -> object:
        return wrapped(self)

    # pytest counts the arguments of such a method, to see whether it wants the test as well.
    is_alone = name in _PYTEST_HOOKS and len(inspect.signature(function).parameters) == 1
    return run if is_alone else wrapped


def _list_members(tests: type[Any]) -> dict[str, Any]:
    """Return the public members of a class and of its bases, but for those of test frameworks."""
    members: dict[str, Any] = {}
    for cls in reversed(tests.__mro__):
        if cls.__module__.partition(".")[0] not in _NOT_OF_TESTS:
            members |= vars(cls)
    return {name: value for name, value in members.items() if not name.startswith("_")}


def _check_members(tests: type[Any], members: Mapping[str, object]) -> None:
    for name, value in members.items():
        if name in _ONCE:
            raise TypeError(
                f"{tests.__name__}.{name} would run outside of the mock, which begins and ends "
                "with each test, and its requests would reach AWS: use setUp or setup_method, "
                "or write `with mock_lightsail():` where the requests are sent"
            )
        if name.startswith("test"):
            _check_ends_with_its_call(getattr(value, "__func__", value))


def _check_ends_with_its_call(function: Any) -> None:
    if _runs_later(function):
        raise TypeError(
            f"{function.__qualname__} runs after its call has returned, when the mock has "
            "ended: write `with mock_lightsail():` inside it instead"
        )


def _runs_later(function: object) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


@overload
def mock_lightsail() -> LightsailMock: ...
@overload
def mock_lightsail(decorated: _F) -> _F: ...
def mock_lightsail(decorated: _F | None = None) -> LightsailMock | _F:
    """Mock AWS with moto, Lightsail included, for a `with` block, a function or a class.

    `with mock_lightsail() as account:` gives the `Lightsail` to fill. As a decorator, with or
    without parentheses, it passes nothing to the function, which can make a `Lightsail()` itself,
    and may be `async`. Each test of a class, inherited ones and those of its subclasses included,
    starts with an empty mock. Its pytest fixtures run in the mock as well, unless they are shared
    by several tests, such as those with `scope="class"`.

    No request of boto3 or botocore leaves the process, whatever the endpoint, `AWS_ENDPOINT_URL*`
    or moto's server mode. Mocks may be nested, and end in any order: all of them, and the servers
    that run in the process, share one state. When the last one ends, everything in the mock is
    gone, and the environment and moto's transition of `lightsail::operation` are what they were.

    Raises:
        RuntimeError: in the block, for a request that it cannot respond to: one of aiobotocore,
            which needs a `LightsailServer`, or one to a service that moto does not have.
        TypeError: what is decorated cannot be called, or is a generator function, whose body would
            run after the mock has ended, or a class with `setUpClass` or the like, which would run
            outside of it.
    """
    return LightsailMock() if decorated is None else LightsailMock()(decorated)
