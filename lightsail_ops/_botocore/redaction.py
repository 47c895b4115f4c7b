"""Keeps credentials out of messages: masks them in responses, and leaves them out of URLs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

_MASK = "***"
# AWS's own messages are far shorter; a proxy's error page can have any length.
_LONGEST = 10_000

_SENSITIVE = (
    r"(?:secret[_-]?(?:access[_-]?)?key|(?:session|security)[_-]?token"
    r"|password|signature|credential)"
)
_SENSITIVE_KEY = re.compile(rf"{_SENSITIVE}|authorization", re.IGNORECASE)
# What stands between a name and its value in a header, in JSON (also within a JSON string), in a
# query and in XML.
_SEPARATOR = r"(?:\\*[\"']|&quot;)?\s*(?:[:=>]|%3D)\s*(?:\\*[\"']|&quot;)?"
_PATTERNS = (
    # A URL's "user:password@"; a password may hold any character.
    re.compile(r"(://)(?:[^\s'\"/@:]{0,1000}:[^\n'\"]{1,1000}|[^\s'\"]{1,1000})(?=@)"),
    # What AWS repeats when a signature does not match, and what STS returns.
    re.compile(rf"({_SENSITIVE}{_SEPARATOR})[^\s\"'\\&,<]+", re.IGNORECASE),
    re.compile(
        rf"(authorization{_SEPARATOR}(?:basic|bearer|negotiate)\s+)[^\s\"'\\,<]+", re.IGNORECASE
    ),
    # How AWS's session tokens begin, wherever one stands.
    re.compile(r"()\b(?:FQoGZXIvYXdz|FwoGZXIvYXdz|IQoJb3JpZ2lu)[\w+/=%-]+"),
)

# A line of botocore's report on parameters quotes the value, which may be a password.
_REPORT_LINE = re.compile(r"(?:Invalid|Missing|Unknown) ")
_QUOTED_VALUE = re.compile(r"(Invalid .+? for (?:document )?parameter \S+), value: .*")
_EXPECTATION = re.compile(r", valid (?:types|min value|min length): (?:[\w.]+|<class '|'>|, )+$")


def clean(string: str) -> str:
    """Return a string with each credential in it masked, and shortened if it is very long."""
    if len(string) > _LONGEST:
        string = f"{string[:_LONGEST]}... ({len(string):,} characters)"
    for pattern in _PATTERNS:
        string = pattern.sub(rf"\1{_MASK}", string)
    return string


def clean_all(value: object) -> object:
    """Return a response with its strings cleaned, at any depth."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {key: _MASK if _is_secret(key) else clean_all(item) for key, item in items}
    if isinstance(value, list):
        return [clean_all(item) for item in cast("list[object]", value)]
    return value


def _is_secret(key: object) -> bool:
    """Whether a key names a credential, as a header that a server sends back does."""
    return isinstance(key, str) and _SENSITIVE_KEY.search(key) is not None


def leave_out_values(report: str) -> str:
    """Return botocore's message about invalid parameters without the values in it."""
    first, *lines = report.splitlines()
    # A line that begins otherwise belongs to a value with a line break.
    shown = [_leave_out_value(line) for line in lines if _REPORT_LINE.match(line)]
    return "\n".join([first, *shown])


def _leave_out_value(line: str) -> str:
    quoted = _QUOTED_VALUE.match(line)
    if quoted is None:
        return line
    expectation = _EXPECTATION.search(line)
    return f"{quoted[1]}{expectation[0] if expectation else ''}"


def find_host(url: object) -> str:
    """Return the host and port of a URL, without its user name and password."""
    if not isinstance(url, str):
        return "the endpoint"
    # urlsplit takes a password that holds "/", "?" or "#" for the host.
    after_password = url.rpartition("://")[2].rpartition("@")[2]
    return urlsplit(f"//{after_password}").netloc or "the endpoint"


def mask_url(url: str) -> str:
    """Return a URL without its user name and password."""
    scheme, _, rest = url.rpartition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
