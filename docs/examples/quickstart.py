"""What failed in a Lightsail account: in the embedded Lightsail, or with --aws in yours."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import boto3

from lightsail_ops import LightsailError, OperationsClient, OperationStatus


def main() -> int:
    arguments = parse_arguments()
    try:
        with connected(arguments) as client:
            print_report(client)
    except LightsailError as error:
        print(f"lightsail: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aws", action="store_true", help="read your real account")
    parser.add_argument("--region", help="with --aws: the region, such as us-west-2")
    return parser.parse_args()


@contextmanager
def connected(arguments: argparse.Namespace) -> Iterator[OperationsClient]:
    if arguments.aws:
        yield OperationsClient.from_session(region_name=arguments.region)
        return

    from lightsail_ops.testing import LightsailServer

    with LightsailServer() as server:
        server.lightsail.add_operations(450, region_name="us-west-2")
        yield OperationsClient(
            boto3.client(
                "lightsail",
                endpoint_url=server.endpoint_url,
                region_name="us-west-2",
                aws_access_key_id="embedded",
                aws_secret_access_key="embedded",  # noqa: S106 - the embedded Lightsail takes any
            )
        )


def print_report(client: OperationsClient) -> None:
    pages, failed, statuses = 0, [], Counter[str]()
    for page in client.operations().pages():  # each page is fetched when it is its turn
        pages += 1
        statuses.update(operation.status for operation in page)
        failed += [operation for operation in page if operation.status is OperationStatus.FAILED]

    print(f"{len(failed)} of {statuses.total()} operations failed:\n")
    for operation in failed:
        when = operation.created_at.strftime("%Y-%m-%d %H:%M")
        print(f"  {when}  {operation.operation_type:<32}  {operation.resource_name}")
        print(f"  {'':16}  {operation.error_code}: {operation.error_details}")
    print("\nBy status:\n")
    for status, count in statuses.most_common():
        print(f"  {count:>5}  {status}")
    print(f"\nRead in {pages} pages.")


if __name__ == "__main__":
    sys.exit(main())
