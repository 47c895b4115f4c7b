"""Translates errors of the network into `TransportError`s, in words that quote no URL or header."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import traceback
from collections.abc import Iterable, Iterator, Sequence
from http.client import InvalidURL

from botocore import exceptions as botocore_exceptions

from lightsail_ops._botocore.redaction import BotocoreClient, find_host
from lightsail_ops.errors import TransportError

BOTOCORE_NETWORK_ERRORS = (
    botocore_exceptions.HTTPClientError,
    botocore_exceptions.ConnectionError,
    botocore_exceptions.IncompleteReadError,
    botocore_exceptions.InvalidProxiesConfigError,
)
_PYTHON_ERRORS = (ConnectionError, TimeoutError, socket.gaierror, socket.herror, ssl.SSLError)
_NETWORK_ERRNOS = (
    errno.EADDRNOTAVAIL,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.ENETUNREACH,
)
_FILE_ERRORS = (botocore_exceptions.SSLError, botocore_exceptions.HTTPClientError)
_FILE_ERRNOS = (errno.EACCES, errno.EISDIR, errno.ENOENT, errno.ENOTDIR)
# The words of http.client, and of aiohttp, about a character that is not allowed.
_HEADER_ERRORS = ("invalid header", "detected in headers")
# It stumbles over its own state if it is used outside its block.
_AIOHTTP_SESSION = "aiobotocore.httpsession"

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
    botocore_exceptions.SSLError,
)


def is_python_network_error(error: BaseException) -> bool:
    """Return whether an error of Python or urllib3 is about the network; an OSError may not be."""
    return (
        isinstance(error, _PYTHON_ERRORS)
        or _is_urllib3_error(error)
        or (isinstance(error, OSError) and error.errno in _NETWORK_ERRNOS)
    )


def _is_urllib3_error(error: BaseException) -> bool:
    # If urllib3, which is slow to import, has not been imported, none of its errors can occur.
    return type(error).__module__ == "urllib3.exceptions"


def translate_network_error(
    causes: Sequence[BaseException], clients: Iterable[BotocoreClient]
) -> TransportError:
    """Return the error to raise for an error of the network with its causes."""
    error = causes[0]
    url = getattr(error, "kwargs", {}).get("endpoint_url")
    host = find_host(url)
    fault = next(_list_faults(causes, host, clients), None)
    if fault is None:
        summaries = (words for cls, words in _SUMMARIES if isinstance(error, cls))
        summary = next(summaries, f"The request failed ({type(causes[-1]).__name__})")
        message = ": ".join(filter(None, (summary.format(host=host), _find_reason(causes))))
        translated = TransportError(message)
    else:
        translated = TransportError(fault, is_transient=False)
    is_foreign = not (isinstance(error, BOTOCORE_NETWORK_ERRORS) or _is_urllib3_error(error))
    if (is_foreign or isinstance(error, _CHAINABLE)) and not _may_hold_password(url, causes):
        translated.__cause__ = error
    return translated


def _list_faults(
    causes: Sequence[BaseException], host: str, clients: Iterable[BotocoreClient]
) -> Iterator[str]:
    """Describe each fault that another request cannot change."""
    error, origin = causes[0], causes[-1]
    yield from _list_faults_of_certificates(causes, host)
    if isinstance(error, botocore_exceptions.InvalidProxiesConfigError):
        yield "The configuration of the proxy is not valid"
    elif type(error) is botocore_exceptions.HTTPClientError and isinstance(
        origin, ValueError | InvalidURL
    ):
        if any(words in str(origin).lower() for words in _HEADER_ERRORS):
            yield (
                "A header of the request has a character that HTTP does not allow. Check the "
                "credentials, such as the session token, for a line break."
            )
        yield "The endpoint URL or the URL of a proxy is not valid"
    elif isinstance(origin, AttributeError) and _find_module(origin) == _AIOHTTP_SESSION:
        yield "The client is closed, or its `async with` block was not entered"
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        from lightsail_ops._botocore.data import describe_unknown_region, is_known_region  # late

        for client in clients:
            region = str(client.meta.region_name)
            if region in host and not is_known_region(region):
                yield f"Could not connect to {host}: {describe_unknown_region(region)}"


def _find_module(error: BaseException) -> object:
    """Return the name of the module that raised an error."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return frames[-1].f_globals.get("__name__") if frames else None


def _list_faults_of_certificates(causes: Sequence[BaseException], host: str) -> Iterator[str]:
    for cause in causes:
        # urllib3 compares host names itself where OpenSSL does not; its class is a ValueError.
        if isinstance(cause, ssl.SSLCertVerificationError) or (
            type(cause).__name__ == "CertificateError"
            and type(cause).__module__.startswith("urllib3")
        ):
            yield f"The TLS certificate of {host} could not be verified"
        # The server's alerts about a client certificate, such as TLSV13_ALERT_CERTIFICATE_REQUIRED.
        reason = str(getattr(cause, "reason", None)) if isinstance(cause, ssl.SSLError) else ""
        if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
            yield f"{host} does not accept the certificate of the client"
    error, origin = causes[0], causes[-1]
    if isinstance(origin, ssl.SSLError):
        library = getattr(origin, "library", None)  # only OpenSSL sets it
        if library in {"PEM", "X509"} or "PEM lib" in str(origin):
            yield "A certificate or CA file could not be loaded"
    # A connection can be refused with EACCES too; then it is another of botocore's errors.
    elif isinstance(error, _FILE_ERRORS) and getattr(origin, "errno", None) in _FILE_ERRNOS:
        yield "A certificate or CA file could not be read"


def _may_hold_password(url: object, causes: Sequence[BaseException]) -> bool:
    """Return whether an error may hold a password, in the endpoint's URL or in that of a proxy."""
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
