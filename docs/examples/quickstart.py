"""Report what failed in a Lightsail account: in the embedded Lightsail, or with --aws in yours."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from lightsail_ops import LightsailError, OperationsClient, OperationStatus


def main() -> int:
    arguments = parse_arguments()
    try:
        with open_client(arguments) as client:
            print_report(client)
    except LightsailError as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aws", action="store_true", help="read your own account")
    parser.add_argument("--region", help="with --aws: the region, such as us-west-2")
    return parser.parse_args()


@contextmanager
def open_client(arguments: argparse.Namespace) -> Iterator[OperationsClient]:
    if arguments.aws:
        yield OperationsClient.from_session(region_name=arguments.region)
        return

    from lightsail_ops.testing import LightsailServer

    # boto3 signs every request, and the embedded Lightsail accepts any signature.
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
    with LightsailServer() as server:
        server.lightsail.add_operations(450, region_name="us-west-2")
        yield OperationsClient.from_session(
            region_name="us-west-2", endpoint_url=server.endpoint_url
        )


def print_report(client: OperationsClient) -> None:
    operations = list(client.operations())
    statuses = Counter(operation.status.value for operation in operations)

    print(f"{statuses['Failed']} of {len(operations)} operations failed:\n")
    for operation in operations:
        if operation.status is OperationStatus.FAILED:
            print(f"  {operation}")
    print("\nBy status:\n")
    for status, count in statuses.most_common():
        print(f"  {count:>5}  {status}")


if __name__ == "__main__":
    sys.exit(main())
