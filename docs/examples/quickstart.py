"""List, wait and watch: on a Lightsail in this process, or with --aws list what failed in yours."""

import argparse
import os
import sys
from collections import Counter
from datetime import UTC, datetime

import boto3

from lightsail_ops import LightsailError, OperationsClient, OperationStatus

REGION = "us-west-2"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aws", action="store_true", help="read your own account")
    parser.add_argument("--region", help="with --aws: the region, such as us-west-2")
    arguments = parser.parse_args()
    try:
        if arguments.aws:
            list_failures(OperationsClient.from_session(region_name=arguments.region))
        else:
            show_everything()
    except LightsailError as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1
    return 0


def show_everything() -> None:
    from lightsail_ops.testing import mock_lightsail

    # boto3 signs every request, and the embedded Lightsail accepts any signature.
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_lightsail() as account:
        account.add_operations(450, region_name=REGION)
        lightsail = boto3.client("lightsail", region_name=REGION)
        client = OperationsClient(lightsail)

        print("list:  for operation in client.operations(): ...")
        list_failures(client)

        print("\nwait:  client.wait_all(lightsail.create_disk(...), on_change=print)")
        response = lightsail.create_disk(diskName="data", availabilityZone=f"{REGION}a", sizeInGb=8)
        client.wait_all(response, on_change=lambda operation: print(f"  {operation}"))

        print("\nwatch: for operation in client.watch(since=now): ...")
        with client.watch(since=datetime.now(UTC)) as changes:
            lightsail.delete_disk(diskName="data")
            for operation in changes:
                print(f"  {operation}")
                break  # a watch has no end
        print()


def list_failures(client: OperationsClient) -> None:
    operations = list(client.operations())
    counts = Counter(operation.status for operation in operations)
    failed = [each for each in operations if each.status is OperationStatus.FAILED]
    for operation in failed[:3]:
        print(f"  {operation}")
    print(f"  {len(failed)} of {len(operations)} operations failed:", end=" ")
    print(*(f"{status} {count}" for status, count in counts.most_common()), sep=", ")


if __name__ == "__main__":
    sys.exit(main())
