"""Closes the connections that a forked process has inherited.

A fork copies the sockets of the connection pool. Where parent and child both use one, either may
read the response that the other waits for.
"""

from __future__ import annotations

import os
import sys
from threading import Lock
from typing import Any, TypeGuard
from weakref import WeakKeyDictionary

# The process in which each botocore client was last used. It stands with the client, not with those
# that wrap it: closing connections a second time would break those of another thread.
_process_ids: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
# One for each process: a fork copies a lock that another thread holds, and nobody releases it.
_locks: dict[int, Lock] = {}


def note_process(client: object) -> None:
    """Note that a client belongs to this process, unless it is known from the parent process."""
    if _is_botocore_client(client):
        _process_ids.setdefault(client, os.getpid())


def close_inherited(client: object) -> None:
    """Close a botocore client's connections if this is the first call in a forked process."""
    process_id = os.getpid()
    if not _is_botocore_client(client) or _process_ids[client] == process_id:
        return
    with _locks.setdefault(process_id, Lock()):
        if _process_ids[client] != process_id:
            client.close()
            _process_ids[client] = process_id


def _is_botocore_client(client: object) -> TypeGuard[Any]:
    module = sys.modules.get("botocore.client")  # who has such a client has imported it
    return module is not None and isinstance(client, module.BaseClient)
