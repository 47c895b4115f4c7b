"""Serves an embedded Lightsail until it is interrupted: `python -m lightsail_ops.testing`."""

from __future__ import annotations

import argparse
import signal
import sys

from lightsail_ops.testing import LightsailServer

_DESCRIPTION = "Serve an embedded Lightsail until interrupted."
_WELCOME = """{operations} operations in {region}. To list them with the AWS CLI:

  AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing \\
  aws lightsail get-operations --endpoint-url {endpoint_url} --region {region}
"""


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and return the exit status."""
    options = _parse(arguments)
    for interrupt in (signal.SIGINT, signal.SIGTERM):  # a shell's `&` has SIGINT ignored
        signal.signal(interrupt, signal.default_int_handler)
    try:
        with LightsailServer(host=options.host, port=options.port) as server:
            if options.operations:
                server.lightsail.add_operations(options.operations, region_name=options.region)
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
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
