"""The least that a listing costs with botocore: `python -m benchmarks.botocore_alone OPTIONS`.

It fetches all pages and decodes them. Nothing is parsed by botocore, converted or written. The
options are those of `aws` and `lightsail-ops`: a region and a URL.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import botocore.session


def main(region: str, url: str) -> None:
    client: Any = botocore.session.get_session().create_client(
        "lightsail", region_name=region, endpoint_url=url
    )
    bodies: list[bytes] = []

    def take_body(response_dict: dict[str, Any], **_: object) -> None:
        bodies.append(response_dict["body"])
        response_dict["body"] = b"{}"

    client.meta.events.register("before-parse.lightsail.GetOperations", take_body)
    arguments: dict[str, str] = {}
    while True:
        client.get_operations(**arguments)
        page = json.loads(bodies.pop())
        if "nextPageToken" not in page:
            return
        arguments = {"pageToken": page["nextPageToken"]}


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[4])
