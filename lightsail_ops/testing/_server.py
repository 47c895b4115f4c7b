"""moto's server, with Lightsail in it, on a port of this machine."""

from __future__ import annotations

import logging
import socket
from types import TracebackType
from typing import Self

from moto.server import ThreadedMotoServer

from lightsail_ops.testing._lightsail import Lightsail
from lightsail_ops.testing._registry import forget

_request_log = logging.getLogger("werkzeug")


class LightsailServer:
    """A server that any AWS SDK or CLI can call, for a `with` block.

    It starts empty. All servers and mocks of a process share one state.
    """

    lightsail: Lightsail
    """What the server answers from."""

    endpoint_url: str
    """Where it listens, for a client's argument of the same name."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Choose where to listen.

        Args:
            host: an address of this machine.
            port: 0 takes a free one.

        Raises:
            ValueError: the port is none.
        """
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {port!r}")
        self._host = host
        self._port = port
        self._server: ThreadedMotoServer | None = None
        self.lightsail = Lightsail()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the address cannot be had.
            RuntimeError: it runs already.
        """
        if self._server is not None:
            raise RuntimeError(f"the server runs already, at {self.endpoint_url}")
        _check_free(self._host, self._port)
        forget()
        self._log_level = _request_log.level
        _request_log.setLevel(logging.ERROR)  # or it prints a line for each request
        self._server = ThreadedMotoServer(self._host, self._port, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint_url = f"http://{host}:{port}"

    def stop(self) -> None:
        """Stop, if it runs, and forget everything."""
        if self._server is None:
            return
        self._server.stop()
        self._server = None
        _request_log.setLevel(self._log_level)
        forget()


def _check_free(host: str, port: int) -> None:
    # werkzeug, in moto's thread, would end that thread without a word to us.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(
                error.errno, f"cannot listen on {host}:{port}: {error.strerror}"
            ) from error
