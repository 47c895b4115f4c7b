"""Keeps credentials out of messages: masks them in responses, and leaves them out of URLs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, cast
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment

BotocoreClient: TypeAlias = Any
"""A client of botocore's or aiobotocore's, whose classes are made at run time."""

_MASK = "***"
# AWS's own messages are far shorter; a proxy's error page can have any length.
_LONGEST = 10_000
# An error response of AWS has four levels.
_DEEPEST = 32
# AWS's secret keys have 40 characters. A shorter one is a test's or a password, and may be a part
# of a name in the message, such as "testing-1": below 8 it is masked where it stands alone.
_SHORTEST_SECRET, _SHORTEST_PART = 4, 8

# Strings: `re` compiles a pattern when it is first used, and only an error uses these.
_NAME = (
    r"(?:secret[_-]?(?:access[_-]?)?key|(?:session|security)[_-]?token"
    r"|password|signature|credential)"
)
_SENSITIVE_KEY = rf"(?i:{_NAME}|authorization)"
# The characters between a name and its value: in a header, in JSON (also within a JSON string), in
# a query, in XML and in a Python tuple.
_QUOTE = r"(?:\\*[\"']|&quot;)"
_SEPARATOR = rf"(?:{_QUOTE}?\s*(?:[:=>]|%3D)\s*{_QUOTE}?|{_QUOTE}\s*,\s*b?{_QUOTE})"
_VALUE = r"[^\s\"'\\&,<]+"
_PATTERNS = (
    # AWS repeats these when a signature does not match, and STS returns them.
    rf"(?i:({_NAME}{_SEPARATOR}){_VALUE})",
    rf"(?i:(authorization{_SEPARATOR}(?:basic|bearer|negotiate)\s+){_VALUE})",
    # AWS's session tokens begin like this.
    r"()\b(?:FQoGZXIvYXdz|FwoGZXIvYXdz|IQoJb3JpZ2lu)[\w+/=%-]+",
)
_USER = r"://[^\s/@:]*:"
_LINE = r"[^\n'\"]+"
_WORD = r"\S+"

# A line of botocore's report on parameters quotes the value, which may be a password.
_REPORT_LINES = ("Invalid ", "Missing ", "Unknown ")
_EXPECTATION = r", valid (?:types|min value|min length): (?:[\w.]+|<class '|'>|, )++$"
_QUOTED_VALUE = rf"^(Invalid .+? for (?:document )?parameter \S+), value: .*?({_EXPECTATION}|$)"


def clean_response(response: object, clients: Iterable[BotocoreClient]) -> Mapping[str, object]:
    """Return an error response with each credential in it masked, and long strings shortened.

    What the clients themselves have as credentials is masked wherever it stands.
    """
    secrets = {secret for client in clients for secret in _find_secrets(client)}
    # The longest first: one may be a part of another.
    patterns = [_make_pattern(secret) for secret in sorted(secrets, key=len, reverse=True)]
    return cast("Mapping[str, object]", _clean(response, patterns))


def _clean(
    value: object, secrets: Sequence[re.Pattern[str]], depth: int = 0, name: object = None
) -> object:
    """Return a value with its strings cleaned; it is masked by its name, or if it is too deep."""
    if isinstance(name, str) and re.search(_SENSITIVE_KEY, name):
        return _MASK
    if isinstance(value, str):
        return _clean_string(value, secrets)
    if not isinstance(value, Mapping | list | tuple):
        return value
    if depth == _DEEPEST:
        return _MASK
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {
            _clean(key, secrets, _DEEPEST): _clean(item, secrets, depth + 1, key)
            for key, item in items
        }
    values = cast("Sequence[object]", value)
    header = values[0] if len(values) == 2 else None  # the name in it
    return [
        _clean(item, secrets, depth + 1, header if index else None)
        for index, item in enumerate(values)
    ]


def _clean_string(string: str, secrets: Iterable[re.Pattern[str]]) -> str:
    cleaned = string
    for secret in secrets:
        cleaned = secret.sub(_MASK, cleaned)
    is_long = len(string) > _LONGEST
    if is_long:
        cleaned = cleaned[: 2 * _LONGEST]  # a credential may begin before the end
    for pattern in _PATTERNS:
        cleaned = re.sub(pattern, rf"\1{_MASK}", cleaned)
    cleaned = re.sub(_LINE, _mask_users, cleaned)
    return f"{cleaned[:_LONGEST]}... ({len(string):,} characters)" if is_long else cleaned


def _mask_users(line: re.Match[str]) -> str:
    """Mask the "user:password@" of URLs; a password may hold any character."""
    head, at, tail = line[0].rpartition("@")
    if not at or "://" not in head:
        return line[0]
    if (user := re.search(_USER, head)) is not None:
        return f"{head[: user.start()]}://{_MASK}@{tail}"
    return re.sub(_WORD, _mask_user, line[0])


def _mask_user(word: re.Match[str]) -> str:
    scheme, separator, rest = word[0].partition("://")
    _, at, host = rest.rpartition("@")
    return f"{scheme}{separator}{_MASK}@{host}" if at else word[0]


def _find_secrets(client: BotocoreClient) -> Iterator[str]:
    """Yield a botocore client's secret key, session token and passwords."""
    # Not by the properties of refreshable credentials, which may send a request.
    credentials = getattr(getattr(client, "_request_signer", None), "_credentials", None)
    attributes = vars(credentials) if hasattr(credentials, "__dict__") else {}
    known = [attributes.get(name) for name in ("secret_key", "token", "_secret_key", "_token")]
    proxies = client.meta.config.proxies or getproxies_environment()
    urls = [client.meta.endpoint_url, *filter(None, proxies.values())]  # None: no proxy
    known += map(_find_password, urls)
    for secret in known:
        if isinstance(secret, str) and len(secret) >= _SHORTEST_SECRET:
            yield secret


def _find_password(url: str) -> str:
    user, _, _ = (url.partition("://")[2] or url).rpartition("@")
    return unquote(user.partition(":")[2])


def _make_pattern(secret: str) -> re.Pattern[str]:
    """Return the pattern of a secret, escaped as in a URL, in HTML, in JSON or in Python."""
    # One backslash stands for any number. Possessive quantifiers keep the search linear.
    pattern = "".join(map(_match_character, re.sub(r"\\+", r"\\", secret)))
    if len(secret) < _SHORTEST_PART:
        pattern = rf"(?<![\w-]){pattern}(?![\w-])"
    return re.compile(pattern)


@cache
def _match_character(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    code, errors = ord(character), "surrogatepass"
    units = re.findall("....", character.encode("utf-16-be", errors).hex())
    forms = [
        r"\\{1,8}+" if character == "\\" else rf"\\{{0,7}}+{re.escape(character)}",
        rf"(?i:&#(?:0*{code}|x0*{code:x});)",
        "".join(rf"(?i:%(?:25)*{byte:02x})" for byte in character.encode(errors=errors)),
        "".join(rf"(?i:\\{{1,8}}u{unit})" for unit in units),
    ]
    if (escaped := html.escape(character).replace(" ", "+")) != character:
        forms.append(re.escape(escaped))
    return f"(?:{'|'.join(forms)})" + ("{1,8}+" if character == "\\" else "")


def leave_out_values(report: str) -> str:
    """Return botocore's message about invalid parameters without the values in it."""
    first, *lines = report.splitlines()
    # Any other line belongs to a value with a line break.
    shown = [
        re.sub(_QUOTED_VALUE, r"\1\2", line) for line in lines if line.startswith(_REPORT_LINES)
    ]
    return "\n".join([first, *shown])


def find_host(url: object) -> str:
    """Return the host and port of a URL, without its user name and password."""
    if not isinstance(url, str):
        return "the endpoint"
    # urlsplit takes a password that holds "/", "?" or "#" for the host.
    after_password = (url.partition("://")[2] or url).rpartition("@")[2]
    return urlsplit(f"//{after_password}").netloc or "the endpoint"


def mask_url(url: str) -> str:
    """Return a URL without its user name and password."""
    return re.sub(r"(?s)^([a-z]*:?//)?.*@", r"\1", url)
