"""Translates errors of the network into `TransportError`s, in words that quote no URL or header."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Sequence
from http.client import InvalidURL

from botocore import exceptions as botocore_exceptions

from lightsail_ops._botocore.redaction import find_host
from lightsail_ops.errors import TransportError

_BOTOCORE_ERRORS = (
    botocore_exceptions.HTTPClientError,
    botocore_exceptions.ConnectionError,
    botocore_exceptions.IncompleteReadError,
    botocore_exceptions.InvalidProxiesConfigError,
)
# What a hand-written client raises for the network; other OSErrors are about files.
_PYTHON_ERRORS = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    socket.herror,
    ssl.SSLError,
)
_NETWORK_ERRNOS = (
    errno.EADDRNOTAVAIL,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.ENETUNREACH,
)
_FILE_ERRNOS = (errno.EACCES, errno.EISDIR, errno.ENOENT, errno.ENOTDIR)

_SUMMARIES: tuple[tuple[type[Exception], str], ...] = (
    (botocore_exceptions.ConnectTimeoutError, "Timed out while connecting to {host}"),
    (botocore_exceptions.ReadTimeoutError, "Timed out while waiting for a response of {host}"),
    (botocore_exceptions.EndpointConnectionError, "Could not connect to {host}"),
    (botocore_exceptions.ProxyConnectionError, "Could not connect to the proxy"),
    (botocore_exceptions.ConnectionClosedError, "{host} closed the connection without a response"),
    (botocore_exceptions.SSLError, "The TLS connection to {host} failed"),
    (botocore_exceptions.IncompleteReadError, "The response is truncated"),
    (botocore_exceptions.ResponseStreamingError, "The response is truncated"),
    (TimeoutError, "Timed out"),
)
# Their messages and those of their causes quote a URL, and nothing else that may be a credential.
_CHAINABLE = (
    botocore_exceptions.ConnectTimeoutError,
    botocore_exceptions.EndpointConnectionError,
    botocore_exceptions.ReadTimeoutError,
)


def is_network_error(error: BaseException) -> bool:
    """Whether a client raised an error of the network, of TLS or of a proxy."""
    return (
        isinstance(error, _BOTOCORE_ERRORS + _PYTHON_ERRORS)
        or _is_urllib3_error(error)
        or (isinstance(error, OSError) and error.errno in _NETWORK_ERRNOS)
    )


def _is_urllib3_error(error: BaseException) -> bool:
    # urllib3 takes half as long to import as this library; its errors come from where it is there.
    return type(error).__module__ == "urllib3.exceptions"


def translate_network_error(causes: Sequence[BaseException]) -> TransportError:
    """Return the error to raise for an error of the network, which comes with its causes."""
    error = causes[0]
    url = getattr(error, "kwargs", {}).get("endpoint_url")
    permanent = _describe_permanent(causes)
    if permanent is not None:
        return TransportError(permanent.format(host=find_host(url)), is_transient=False)
    summary = next((words for cls, words in _SUMMARIES if isinstance(error, cls)), None)
    if summary is None:
        summary = f"The request failed ({type(causes[-1]).__name__})"
    message = ": ".join(filter(None, (summary.format(host=find_host(url)), _find_reason(causes))))
    translated = TransportError(message)
    is_foreign = not (isinstance(error, _BOTOCORE_ERRORS) or _is_urllib3_error(error))
    is_chainable = is_foreign or isinstance(error, _CHAINABLE)
    if is_chainable and not _may_hold_password(url, causes):
        translated.__cause__ = error
    return translated


def _describe_permanent(causes: Sequence[BaseException]) -> str | None:
    """Describe what another request cannot change: a certificate, a file, a header, a URL."""
    error, origin = causes[0], causes[-1]
    match origin:
        case ssl.SSLCertVerificationError():
            return "The TLS certificate of {host} could not be verified"
        case ssl.SSLError() if origin.library in {"PEM", "X509"} or "PEM lib" in str(origin):
            return "A certificate or CA file could not be loaded"
        # A connection can be refused with EACCES too; then it is a ConnectionError of botocore's.
        case OSError() if origin.errno in _FILE_ERRNOS and isinstance(
            error, botocore_exceptions.SSLError | botocore_exceptions.HTTPClientError
        ):
            return "A certificate or CA file could not be read"
        case ValueError() | InvalidURL() if type(error) is botocore_exceptions.HTTPClientError:
            return _describe_value_error(origin)
        case botocore_exceptions.InvalidProxiesConfigError():
            return "The configuration of the proxy is not valid"
        case _:
            return None


def _describe_value_error(origin: BaseException) -> str:
    if "header" in str(origin).lower():
        return (
            "A header of the request has a character that HTTP does not allow. Check the "
            "credentials, such as the session token, for a line break."
        )
    return "The endpoint URL or the URL of a proxy is not valid"


def _may_hold_password(url: object, causes: Sequence[BaseException]) -> bool:
    """Whether an error may hold a password, in the endpoint's URL or in that of a proxy."""
    # urllib3's errors refer to a connection or to its pool, and those to the proxy's URL.
    return any(mark in str(url) for mark in "@?#") or any(
        getattr(value, "proxy", None) is not None
        for cause in causes
        for value in vars(cause).values()
    )


def _find_reason(causes: Sequence[BaseException]) -> str | None:
    """Return the operating system's description of an error, which quotes nothing."""
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return "the host name could not be resolved"
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and cause.errno:
            return os.strerror(cause.errno)
    return None
