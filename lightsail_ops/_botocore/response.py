"""Decodes a response: the body that was kept from botocore's parser, or a hand-written dict."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import cast

from lightsail_ops._botocore.calls import BODY, SUCCESS
from lightsail_ops._codec import is_mapping
from lightsail_ops._core.effects import Response
from lightsail_ops.errors import ResponseError

try:
    import orjson
except ImportError:
    _loads: Callable[[bytes], object] = json.loads
else:
    _loads = orjson.loads

_NO_METADATA: Mapping[str, object] = {}
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_MOST_BYTES = 64 * 2**20

# For each method of a client: the API's operation, and the key that every response has.
_METHODS = {
    "get_operation": ("GetOperation", "operation"),
    "get_operations": ("GetOperations", "operations"),
    "get_operations_for_resource": ("GetOperationsForResource", "operations"),
}


class _MalformedError(Exception):
    """A response cannot be decoded."""


def read_response(method: str, raw: object) -> Response:
    """Return the content of what a client's method returned.

    Args:
        method: the method's name.
        raw: what it returned. The kept body is decoded; a dict without one is the content.

    Raises:
        ResponseError: it is malformed; the same request may succeed later.
        TypeError: it is not a mapping, which is the fault of a hand-written client.
    """
    action, key = _METHODS[method]
    if not is_mapping(raw):
        raise TypeError(f"the client's {method} returned {type(raw).__name__}, not a mapping")
    found = raw.get("ResponseMetadata")
    metadata = found if is_mapping(found) else _NO_METADATA  # a hand-written fake has none
    try:
        content = _read_content(raw, metadata.get("HTTPStatusCode", 200))
        if content.get(key) is None:
            raise _MalformedError(f"it has no {key!r}")
    except _MalformedError as error:
        reason = str(error)
    else:
        request_id = metadata.get("RequestId")
        return Response(content, request_id if isinstance(request_id, str) else None)
    # Raised out here, the error has no context, which would keep the body alive.
    raise ResponseError(f"Malformed response to {action}: {reason}", is_transient=True)


def _read_content(raw: Mapping[str, object], status: object) -> Mapping[str, object]:
    if status not in SUCCESS:
        raise _MalformedError(f"its HTTP status is {status}")
    if BODY not in raw:
        return raw
    body = cast("bytes", raw[BODY])
    # botocore requests no compression and undoes none, but a proxy may compress all the same.
    content = _decode(_decompress(body) if body.startswith(_GZIP_MAGIC) else body)
    if not is_mapping(content):
        raise _MalformedError(f"its JSON is not an object but {type(content).__name__}")
    return content


def _decode(body: bytes) -> object:
    try:
        return _loads(body)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(body)  # which decides where orjson, if installed, is stricter
    except (ValueError, RecursionError) as error:
        name = type(error).__name__  # the error itself would keep the body alive
    raise _MalformedError(f"its body of {len(body):,} bytes is not valid JSON ({name})")


def _decompress(body: bytes) -> bytes:
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        decompressed = stream.decompress(body, _MOST_BYTES + 1)
    except zlib.error:
        raise _MalformedError("its gzip data is malformed") from None
    if len(decompressed) > _MOST_BYTES:
        raise ResponseError("The response holds more than 64 MiB once it is decompressed")
    if not stream.eof or stream.unused_data:
        raise _MalformedError("its gzip data is truncated, or other data follows it")
    return decompressed
