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
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    subprocess.run([*pip, "install", "-q", "--no-compile", *PACKAGES], check=True)
    return folder / "bin"
