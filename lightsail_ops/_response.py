"""Reads the body of an answer before botocore's parser does.

botocore turns a body that is cut short or is not JSON into an empty dict, which looks like the
last page. It emits `before-parse` with the body in hand (botocore.endpoint, since 1.35), and
merges what a handler puts into `customized_response_dict` into the parsed answer. The handler
here takes the body away, so that the generic parser has next to nothing to do, and the body is
decoded, checked and converted once the call is over.

The event says which client was called and in which context, not which request was answered. So a
handler of somebody else's that calls the same client from within a call of ours is taken for us.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from lightsail_ops._conversion import is_object, operation_from_dict, page_from_dict
from lightsail_ops.errors import DamagedAnswerError
from lightsail_ops.models import Operation, OperationsPage

_BODY = "lightsail_ops.body"
_SUCCESS = range(200, 300)
_GZIP_MAGIC = b"\x1f\x8b"
_ACTIONS = ("GetOperations", "GetOperation", "GetOperationsForResource")

# The event emitter of the client that this library is calling at the moment, in this thread
# or task. Whoever else calls that client, or another one, gets its untouched dicts.
_called: ContextVar[object] = ContextVar("lightsail_ops_called", default=None)


def attach(client: object) -> object:
    """Have a botocore client's answers to our calls kept undecoded; return its event emitter.

    A client without events, such as a hand-written fake, is left as it is.
    """
    emitter = getattr(getattr(client, "meta", None), "events", None)
    register = getattr(emitter, "register", None)
    if register is not None:
        for action in _ACTIONS:
            event = f"before-parse.lightsail.{action}"
            register(event, partial(_keep_body, emitter), unique_id=f"lightsail_ops.{event}")
    return emitter


@contextmanager
def calling(emitter: object) -> Generator[None, None, None]:
    """Mark the calls in this block as this library's own, for the client with that emitter."""
    mark = _called.set(emitter)
    try:
        yield
    finally:
        _called.reset(mark)


def _keep_body(
    emitter: object,
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **_: object,
) -> None:
    if _called.get() is not emitter or response_dict["status_code"] not in _SUCCESS:
        return
    if _BODY not in customized_response_dict:  # two threads may have registered at once
        customized_response_dict[_BODY] = response_dict["body"]
        response_dict["body"] = b"{}"


def read_page(answer: object) -> OperationsPage:
    """Return the page that an answer holds.

    Raises:
        DamagedAnswerError: the answer is no JSON object; asking again may help.
        ResponseError: a value in it is of a wrong type.
    """
    content, request_id = _decoded(answer)
    return page_from_dict(content, request_id)


def read_operation(answer: object) -> Operation:
    """Return the operation that an answer of GetOperation holds; raises as `read_page` does."""
    content, _ = _decoded(answer)
    return operation_from_dict(content.get("operation"), "operation.")


def _decoded(answer: object) -> tuple[Mapping[str, Any], str | None]:
    """Return AWS's dict, of the kept body or as the client gave it, and the request's id."""
    if not is_object(answer):
        raise DamagedAnswerError(f"{type(answer).__name__} instead of a JSON object")
    metadata: Any = answer.get("ResponseMetadata")
    if not is_object(metadata):  # a hand-written fake
        metadata = {}
    if metadata.get("HTTPStatusCode", 200) not in _SUCCESS:  # botocore takes a 300 for one
        raise DamagedAnswerError(f"HTTP status {metadata['HTTPStatusCode']}")
    content = _json_object(answer[_BODY]) if _BODY in answer else answer
    return content, metadata.get("RequestId")


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        # botocore asks for no compression and undoes none, but a proxy may compress all the same.
        content: Any = json.loads(gzip.decompress(body) if body.startswith(_GZIP_MAGIC) else body)
    except (ValueError, RecursionError, EOFError, OSError, zlib.error) as error:
        raise DamagedAnswerError(
            f"a body of {len(body)} bytes that is no JSON: {type(error).__name__}"
        ) from error
    if not is_object(content):
        raise DamagedAnswerError(f"JSON {type(content).__name__} instead of an object")
    return content
