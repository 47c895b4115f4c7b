"""moto's server, with Lightsail in it, on a port of this machine."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from lightsail_ops.testing import _isolation
from lightsail_ops.testing._lightsail import Lightsail

if TYPE_CHECKING:
    from lightsail_ops.testing._wsgi import Listener


_POLL = 0.02  # seconds until a server that is stopped notices


class LightsailServer:
    """A server that any AWS SDK or CLI can call, for a `with` block.

    All servers and mocks of a process share one state: the first one starts empty, and when the
    last one ends, everything is gone.

    Example:
        with LightsailServer() as server:
            server.lightsail.add_operations(450, region_name="us-west-2")
            client = OperationsClient.from_session(
                region_name="us-west-2", endpoint_url=server.endpoint_url
            )
    """

    lightsail: Lightsail
    """What the server responds from."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Choose where to listen.

        Args:
            host: an address of this machine, IPv4 or IPv6. Defaults to loopback.
            port: defaults to 0, which takes a free one.

        Raises:
            ValueError: the port is not from 0 to 65535.
        """
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {port!r}")
        self._host, self._port = host, port
        self._url = ""
        self._running: ExitStack | None = None
        self.lightsail = Lightsail()

    @property
    def endpoint_url(self) -> str:
        """Where it listens, for a client's argument of the same name.

        Raises:
            RuntimeError: the server has not been started yet.
        """
        if not self._url:
            raise RuntimeError("the server has not been started: use it in a `with` statement")
        return self._url

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
        listener = _listen(self._host, self._port)
        with ExitStack() as stack:
            stack.callback(listener.server_close)
            stack.enter_context(_isolation.serving())
            thread = threading.Thread(target=listener.serve_forever, args=(_POLL,), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(listener.stop)
            self._url = listener.url
            self._running = stack.pop_all()

    def stop(self) -> None:
        """Stop, if the server is running, and close its connections."""
        if self._running is not None:
            running, self._running = self._running, None
            running.close()


def _listen(host: str, port: int) -> Listener:
    from lightsail_ops.testing._wsgi import Listener  # late: a mock needs no Flask

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as listening:
            return Listener(listening)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # and then the address once more
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {reason}") from error
