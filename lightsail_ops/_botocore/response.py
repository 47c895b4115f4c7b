"""Decodes a response: the body that was kept from botocore's parser, or a hand-written dict.

An error's frames hold the body. Who keeps the error clears them (`_core.fetching`), but not those
of its context: so none is raised while one of a JSON parser is handled, which has the body too.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, cast

from lightsail_ops._botocore.calls import BODY, METHODS, SUCCESS
from lightsail_ops._core.effects import Request, Response
from lightsail_ops.errors import ResponseError

try:
    import orjson
except ImportError:
    loads: Callable[[bytes], Any] = json.loads
else:
    loads = orjson.loads

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_MOST_BYTES = 64 * 2**20
# orjson reads more levels of arrays and objects than json.loads may; both read as many as this. A
# page of 200 has 402 opening brackets.
_SAFE_LEVELS = 500


def read_response(request: Request, raw: object) -> Response:
    """Return the content of a response of botocore's, or of a hand-written dict.

    Raises:
        ResponseError: it is malformed, or too large.
        TypeError: it is not a mapping, which is the fault of a hand-written client.
    """
    action, key = METHODS[request.method]
    if not isinstance(raw, Mapping):
        returned = type(raw).__name__
        if isinstance(raw, Coroutine):
            raw.close()  # else Python warns that nobody has awaited it
        raise TypeError(f"the client's {request.method} returned {returned}, not a mapping")
    content = cast("Mapping[str, object]", raw)
    found = content.get("ResponseMetadata")
    metadata = cast("Mapping[str, object]", found if isinstance(found, Mapping) else {})
    if (status := metadata.get("HTTPStatusCode", 200)) not in SUCCESS:
        raise _malformed(action, f"its HTTP status is {status}")
    found = metadata.get("RequestId")
    request_id = found if isinstance(found, str) else None
    body_hash = None
    if BODY in content:
        body = cast("bytes", content[BODY])
        if request.known_body is not None:  # hashing costs as much as decoding a quarter
            body_hash = hash(body)
            if body_hash == request.known_body:
                return Response({}, request_id, body_hash)
        content = _decode(body, action)
    if content.get(key) is None:
        raise _malformed(action, f"it has no {key!r}")
    return Response(content, request_id, body_hash)


def _malformed(action: str, reason: str, *, is_transient: bool = True) -> ResponseError:
    return ResponseError(f"Malformed response to {action}: {reason}", is_transient=is_transient)


def _decode(body: bytes, action: str) -> Mapping[str, object]:
    # botocore requests no compression and undoes none, but a proxy may compress all the same.
    if body.startswith(_GZIP_MAGIC):
        body = _decompress(body, action)
    content: object = None
    try:
        # `replace` finds brackets by memchr; `count` and `translate` take four times as long.
        if loads is not json.loads and (
            len(body) - len(body.replace(b"[", b"").replace(b"{", b"")) < _SAFE_LEVELS
        ):
            with suppress(ValueError):  # orjson is stricter
                content = loads(body)
        if content is None:
            content = json.loads(body)
    except RecursionError:
        reason = "its JSON has too many levels"
    except ValueError as error:
        reason = f"its body of {len(body):,} bytes is not valid JSON ({type(error).__name__})"
    else:
        if isinstance(content, dict):
            return cast("dict[str, object]", content)
        reason = f"its JSON is not an object but {type(content).__name__}"
    raise _malformed(action, reason)


def _decompress(body: bytes, action: str) -> bytes:
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        decompressed = stream.decompress(body, _MOST_BYTES + 1)
    except zlib.error:
        raise _malformed(action, "its gzip data is malformed") from None
    if len(decompressed) > _MOST_BYTES:
        raise _malformed(action, "its gzip data holds more than 64 MiB", is_transient=False)
    if not stream.eof or stream.unused_data:
        raise _malformed(action, "its gzip data is truncated, or other data follows it")
    return decompressed
