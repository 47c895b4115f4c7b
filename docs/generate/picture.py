"""Draw docs/images/timeline.png, at a size at which its words can be read on a page."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from matplotlib.figure import Figure

from lightsail_ops import OperationsClient
from lightsail_ops.plot import timeline
from lightsail_ops.testing import mock_lightsail

PICTURE = Path(__file__).parents[1] / "images" / "timeline.png"
UNTIL = datetime(2026, 11, 27, 18, 30, tzinfo=UTC)


def main() -> None:
    """Draw the last operations of a made-up history."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with mock_lightsail() as account:
        account.add_operations(450, region_name="us-west-2", until=UNTIL)
        client = OperationsClient.from_session(region_name="us-west-2")
        operations = client.get_operations()[:26]
    figure = Figure(figsize=(8, 4.2), dpi=150, layout="constrained")
    timeline(operations, ax=figure.subplots(), zone=UTC)
    figure.savefig(PICTURE)


if __name__ == "__main__":
    main()
