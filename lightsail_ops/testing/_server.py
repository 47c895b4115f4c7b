"""moto's server, with Lightsail in it, on a port of this machine."""

from __future__ import annotations

import logging
import socket
from contextlib import ExitStack
from typing import Self

from moto.server import ThreadedMotoServer

from lightsail_ops.testing._lightsail import Lightsail
from lightsail_ops.testing._operations import progress_restored
from lightsail_ops.testing.models import forget

_request_log = logging.getLogger("werkzeug")


class LightsailServer:
    """A server that any AWS SDK or CLI can call, for a `with` block.

    It starts empty. All servers and mocks of a process share one state.
    """

    lightsail: Lightsail
    """What the server responds from."""

    endpoint_url: str
    """Where it listens, for a client's argument of the same name."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Choose where to listen.

        Args:
            host: an address of this machine. Defaults to loopback.
            port: defaults to 0, which takes a free one.

        Raises:
            ValueError: the port is not from 0 to 65535.
        """
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {port!r}")
        self._host, self._port = host, port
        self._running: ExitStack | None = None
        self.lightsail = Lightsail()

    def __repr__(self) -> str:
        where = "stopped" if self._running is None else f"at {self.endpoint_url}"
        return f"<LightsailServer: {where}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the address cannot be listened on.
            RuntimeError: the server is running already.
        """
        if self._running is not None:
            raise RuntimeError(f"the server is running already, at {self.endpoint_url}")
        _check_free(self._host, self._port)
        forget()
        with ExitStack() as stack:
            stack.callback(forget)
            stack.enter_context(progress_restored())
            stack.callback(_request_log.setLevel, _request_log.level)
            _request_log.setLevel(logging.ERROR)  # or it prints a line for each request
            server = ThreadedMotoServer(self._host, self._port, verbose=False)
            server.start()
            stack.callback(server.stop)
            host, port = server.get_host_and_port()
            self.endpoint_url = f"http://{host}:{port}"
            self._running = stack.pop_all()

    def stop(self) -> None:
        """Stop, if the server is running, and forget everything."""
        if self._running is not None:
            running, self._running = self._running, None
            running.close()


def _check_free(host: str, port: int) -> None:
    # werkzeug, in moto's thread, would end that thread and tell nobody.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"cannot listen on {host}:{port}: {error.strerror}"
            raise OSError(error.errno, message) from error
