"""Programs from the package index, in an environment of their own, since some pin botocore."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = (
    "awscli",  # which lightsaillogger calls
    "capo-lightsail",
    "certbot-dns-lightsail",
    "lightsail-wordpress-migrator",
    "lightsaillogger",
    "vpseasy[aws]",
)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the programs, and return their folder."""
    folder = tmp_path_factory.mktemp("programs")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = str(folder / "bin" / "python")
    # uv is faster by half a minute; pip knows the settings of this machine's index.
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", python]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-compile"]
    if subprocess.run([*uv, "-q", *PACKAGES], check=False).returncode != 0:
        subprocess.run([*pip, "-q", *PACKAGES], check=True)
    return folder / "bin"
