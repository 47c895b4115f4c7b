"""Serves an embedded Lightsail until it is interrupted: `python -m lightsail_ops.testing`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from lightsail_ops.testing import LightsailServer
from lightsail_ops.testing._state import fill

_DESCRIPTION = "Serve an embedded Lightsail until interrupted."
_WELCOME = """{operations} operations in {region}. To list them with the AWS CLI:

  AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing \\
  aws lightsail get-operations --endpoint-url {endpoint_url} --region {region}
"""
_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and return the exit status."""
    options = _parse(arguments)
    try:
        with (
            _set_apart(),
            LightsailServer(host=options.host, port=options.port) as server,
        ):
            if options.operations:
                server.lightsail.add_operations(options.operations, region_name=options.region)
            if options.state is not None:
                fill(options.state, options.region)
            print(_WELCOME.format(endpoint_url=server.endpoint_url, **vars(options)), flush=True)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError) as error:
        print(f"lightsail_ops.testing: {error}", file=sys.stderr)
        return 1


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m lightsail_ops.testing", description=_DESCRIPTION)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="defaults to 127.0.0.1")
    add("--port", type=int, default=5005, help="defaults to 5005; 0 takes a free one")
    add("--operations", type=int, default=450, help="how many to add; defaults to 450")
    add("--region", default="us-west-2", help="where to add them; defaults to us-west-2")
    add("--state", type=Path, metavar="FILE", help="a TOML file with the resources to create")
    return parser.parse_args(arguments)


@contextmanager
def _set_apart() -> Generator[None]:
    """Raise KeyboardInterrupt at SIGINT and SIGTERM, and hide this machine's AWS configuration."""
    # A shell has SIGINT ignored in what it starts with `&`.
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    # The profile that the configuration names may not exist; moto would look for it.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    try:
        with patch.dict(os.environ, ours | dict.fromkeys(_FILES, os.devnull), clear=True):
            yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
