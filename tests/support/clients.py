"""Programs of other people: how tests run them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
    "HTTPS_PROXY": "http://127.0.0.1:9",  # nobody listens there: nothing leaves this machine
    "NO_PROXY": "127.0.0.1",
    "PATH": os.environ["PATH"],
}
"""An environment without this machine's AWS configuration."""


def run(programs: Path, program: str, endpoint_url: str, region: str) -> Any:
    """Run a Python program that prints JSON, with a server instead of AWS, and return that."""
    environment = NO_ACCOUNT | {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DEFAULT_REGION": region,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        [programs / "python", "-c", program],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
