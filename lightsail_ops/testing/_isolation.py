"""Keeps requests in the process under a mock, and counts who uses the embedded Lightsail.

Mocks and servers may be nested, overlap in several threads and end in any order. So the first one
that begins finds everything empty, and the last one that ends puts everything back.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.httpsession import URLLib3Session
from botocore.loaders import Loader
from moto.backends import get_service_from_url
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.config import passthrough_service, passthrough_url
from moto.core.models import MockAWS, botocore_stubber

from lightsail_ops.testing._operations import progress_restored
from lightsail_ops.testing.models import forget

_IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")  # moto sets them
_AIO_SESSIONS = (
    ("aiobotocore.httpsession", "AIOHTTPSession"),
    ("aiobotocore.httpxsession", "HttpxSession"),
)


class _Users:
    """The mocks that are active and the servers that run, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mocks = self._servers = 0
        self._mock = MockAWS()
        self._aside = ExitStack()

    def begin_mock(self, *, begins_empty: bool) -> None:
        with self._lock:
            if self._mocks == 0:
                with ExitStack() as aside:
                    aside.enter_context(_environment_aside())
                    aside.enter_context(progress_restored())
                    aside.enter_context(_requests_kept_inside())
                    # Not `mock_aws`, which in moto's server mode patches `boto3.client` alone.
                    self._mock = MockAWS()
                    self._mock.start(reset=begins_empty and self._servers == 0)
                    self._aside = aside.pop_all()
            self._mocks += 1

    def end_mock(self, *, ends_empty: bool) -> None:
        with self._lock:
            self._mocks -= 1
            if self._mocks == 0:
                with self._aside:
                    self._mock.stop(remove_data=ends_empty and self._servers == 0)

    @contextmanager
    def serving(self) -> Generator[None]:
        """Count a server; forget what was there before the first user, and after the last one."""
        with self._lock:
            self._forget()
            self._servers += 1
        try:
            with progress_restored():
                yield
        finally:
            with self._lock:
                self._servers -= 1
                self._forget()

    def _forget(self) -> None:
        # A mock of moto's own is a user too.
        if self._servers == 0 and not botocore_stubber.enabled:
            forget()


_users = _Users()
begin_mock, end_mock, serving = _users.begin_mock, _users.end_mock, _users.serving


@contextmanager
def _environment_aside() -> Generator[None]:
    """Let AWS's configured endpoints have no effect, and put the environment back at the end."""
    endpoints = [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]
    changed = (*endpoints, _IGNORE, *_CREDENTIALS)
    before = {name: os.environ[name] for name in changed if name in os.environ}
    for name in endpoints:
        del os.environ[name]
    os.environ[_IGNORE] = "true"
    try:
        yield
    finally:
        for name in changed:
            os.environ.pop(name, None)
        os.environ.update(before)


@contextmanager
def _requests_kept_inside() -> Generator[None]:
    """Let no request to AWS out, of whatever client.

    moto responds by a handler in botocore's list of built-in ones, which clients copy when they
    are made. So clients that were made before moto was imported lack it; their requests get as
    far as botocore's HTTP session. Those of aiobotocore await a response that moto cannot give.
    """
    call, send = BotocoreStubber.__call__, URLLib3Session.send

    def call_inside(stubber: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        # Only the user agent tells whose request it is.
        if "aiobotocore/" in str(request.headers.get("User-Agent")):
            _check_stays(request.url, _NO_AIO)
        return call(stubber, event_name, request, **kwargs)

    def send_inside(session: Any, request: Any) -> Any:
        response = botocore_stubber("before-send", request)
        if response is None:
            _check_stays(request.url, _NO_SERVICE)
            return send(session, request)
        return response

    with ExitStack() as patches:
        patches.enter_context(patch.object(BotocoreStubber, "__call__", call_inside))
        patches.enter_context(patch.object(URLLib3Session, "send", send_inside))
        for module, name in _AIO_SESSIONS:
            if module in sys.modules:
                aio_session = getattr(sys.modules[module], name)
                aio_send = _make_aio_send(aio_session.send)
                patches.enter_context(patch.object(aio_session, "send", aio_send))
        yield


def _make_aio_send(send: Any) -> Any:
    async def send_inside(session: Any, request: Any) -> Any:
        _check_stays(request.url, _NO_AIO)
        return await send(session, request)

    return send_inside


_NO_SERVICE = "mock_lightsail lets no request out, and moto does not serve {host}"
_NO_AIO = (
    "mock_lightsail cannot respond to aiobotocore. Start a LightsailServer instead, and make the "
    "client with its endpoint_url"
)


def _check_stays(url: str, message: str) -> None:
    """Raise a RuntimeError for a request to AWS, unless moto is configured to let it pass."""
    host, service = str(urlsplit(url).hostname), get_service_from_url(url)
    passes = passthrough_url(url) or (service is not None and passthrough_service(service))
    if host.endswith(_list_domains()) and not passes:
        raise RuntimeError(message.format(host=host))


@cache
def _list_domains() -> tuple[str, ...]:
    outputs = [each["outputs"] for each in Loader().load_data("partitions")["partitions"]]
    keys = ("dnsSuffix", "dualStackDnsSuffix")
    return tuple(f".{output[key]}" for output in outputs for key in keys)
