"""Closes the connections that a forked process has inherited.

A fork copies the sockets of the connection pool. Where parent and child both use one, either may
read the response that the other waits for.
"""

from __future__ import annotations

import os
import sys
from threading import Lock
from typing import Any, TypeAlias, TypeGuard
from weakref import WeakKeyDictionary

BotocoreClient: TypeAlias = Any
"""A client of botocore's or aiobotocore's, whose classes are made at run time."""

# The process that used each botocore client last. Several senders may share a client, and closing
# connections a second time would break those of another thread.
_process_ids: WeakKeyDictionary[BotocoreClient, int] = WeakKeyDictionary()
# One for each process: a fork copies a lock that another thread holds, and nobody releases it.
_locks: dict[int, Lock] = {}


def close_inherited(client: object) -> int:
    """Close the connections that another process made for a client; return this process's id."""
    process_id = os.getpid()
    if is_botocore(client):
        with _locks.setdefault(process_id, Lock()):
            if _process_ids.setdefault(client, process_id) != process_id:
                client.close()
                _process_ids[client] = process_id
    return process_id


def is_botocore(client: object) -> TypeGuard[BotocoreClient]:
    """Return whether a client is one of botocore's or aiobotocore's."""
    module = sys.modules.get("botocore.client")  # imported wherever there is such a client
    return module is not None and isinstance(client, module.BaseClient)
