"""Decodes a response: the body that was kept from botocore's parser, or a hand-written dict."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import cast

from lightsail_ops._botocore.calls import BODY, SUCCESS
from lightsail_ops._core.effects import Request, Response
from lightsail_ops.errors import ResponseError

try:
    import orjson
except ImportError:
    _loads: Callable[[bytes], object] = json.loads
else:
    _loads = orjson.loads

_NOTHING: Mapping[str, object] = {}
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_MOST_BYTES = 64 * 2**20
# orjson reads more levels of arrays and objects than json.loads may; both read as many as this. A
# page of 200 has 402 opening brackets.
_SAFE_LEVELS = 500
_NO_OPENING_BRACKETS = bytes(set(range(256)) - set(b"[{"))

# For each method of a client: the API's operation, and the key that every response has.
_METHODS = {
    "get_operation": ("GetOperation", "operation"),
    "get_operations": ("GetOperations", "operations"),
    "get_operations_for_resource": ("GetOperationsForResource", "operations"),
}


class _MalformedError(Exception):
    """A response cannot be decoded."""

    def __init__(self, reason: str, *, is_transient: bool = True) -> None:
        super().__init__(reason)
        self.is_transient = is_transient


def read_response(request: Request, raw: object) -> Response:
    """Return the content of a response of botocore's, or of a hand-written dict.

    Raises:
        ResponseError: it is malformed, or too large.
        TypeError: it is not a mapping, which is the fault of a hand-written client.
    """
    action, key = _METHODS[request.method]
    if not isinstance(raw, Mapping):
        returned = type(raw).__name__
        if isinstance(raw, Coroutine):
            raw.close()  # else Python warns that nobody has awaited it
        raise TypeError(f"the client's {request.method} returned {returned}, not a mapping")
    content = cast("Mapping[str, object]", raw)
    found = content.get("ResponseMetadata")
    metadata = cast("Mapping[str, object]", found if isinstance(found, Mapping) else _NOTHING)
    try:
        if (status := metadata.get("HTTPStatusCode", 200)) not in SUCCESS:
            raise _MalformedError(f"its HTTP status is {status}")
        body_hash, is_known = None, False
        if BODY in content:
            if request.known_body is not None:  # hashing costs as much as decoding a quarter
                body_hash = hash(content[BODY])
                is_known = body_hash == request.known_body
            content = _NOTHING if is_known else _decode(cast("bytes", content[BODY]))
        if content.get(key) is None and not is_known:
            raise _MalformedError(f"it has no {key!r}")
    except _MalformedError as error:
        message, is_transient = f"Malformed response to {action}: {error}", error.is_transient
    else:
        request_id = metadata.get("RequestId")
        return Response(content, request_id if isinstance(request_id, str) else None, body_hash)
    del raw, content, found, metadata  # the error's traceback would keep the body alive
    raise ResponseError(message, is_transient=is_transient)


def _decode(body: bytes) -> Mapping[str, object]:
    # botocore requests no compression and undoes none, but a proxy may compress all the same.
    if body.startswith(_GZIP_MAGIC):
        body = _decompress(body)
    try:
        content = _parse(body)
    except RecursionError:
        raise _MalformedError("its JSON has too many levels") from None
    except ValueError as error:
        raise _MalformedError(
            f"its body of {len(body):,} bytes is not valid JSON ({type(error).__name__})"
        ) from None
    if not isinstance(content, dict):
        raise _MalformedError(f"its JSON is not an object but {type(content).__name__}")
    return cast("dict[str, object]", content)


def _parse(body: bytes) -> object:
    """Parse JSON as json.loads does: by orjson where that returns the same."""
    if _loads is not json.loads and len(body.translate(None, _NO_OPENING_BRACKETS)) < _SAFE_LEVELS:
        with suppress(ValueError):  # it is stricter
            return _loads(body)
    return json.loads(body)


def _decompress(body: bytes) -> bytes:
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        decompressed = stream.decompress(body, _MOST_BYTES + 1)
    except zlib.error:
        raise _MalformedError("its gzip data is malformed") from None
    if len(decompressed) > _MOST_BYTES:
        raise _MalformedError("its gzip data holds more than 64 MiB", is_transient=False)
    if not stream.eof or stream.unused_data:
        raise _MalformedError("its gzip data is truncated, or other data follows it")
    return decompressed
