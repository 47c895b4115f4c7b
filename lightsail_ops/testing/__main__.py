"""Serves a Lightsail until it is interrupted: `python -m lightsail_ops.testing`."""

from __future__ import annotations

import argparse
import signal
import sys

from lightsail_ops.testing import LightsailServer


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and return the exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with LightsailServer(host=options.host, port=options.port) as server:
            if options.operations:
                server.lightsail.add_operations(options.operations, region_name=options.region)
            print(_welcome(server.endpoint_url, options), flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError) as error:
        print(f"lightsail_ops.testing: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lightsail_ops.testing",
        description="Serve an embedded Lightsail until interrupted.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=5005, help="0 takes a free one (5005)")
    parser.add_argument("--operations", type=int, default=450, help="how many to add (450)")
    parser.add_argument("--region", default="us-west-2", help="where they are (us-west-2)")
    return parser


def _welcome(endpoint_url: str, options: argparse.Namespace) -> str:
    return (
        f"{options.operations} operations in {options.region}. To list them with the AWS CLI:\n\n"
        "  AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing \\\n"
        f"  aws lightsail get-operations --endpoint-url {endpoint_url} --region {options.region}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
