"""Programs from the package index, in an environment of their own, since some pin botocore."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

PACKAGES = (
    "awscli",  # which lightsaillogger calls
    "capo-lightsail",
    "certbot-dns-lightsail",
    "lightsail-wordpress-migrator",
    "lightsaillogger",
    *("fastcloudinit", "fastcore", "hcloud", "keyring", "python-dotenv", "pyyaml", "truststore"),
)
"""What is installed with all that it needs; `vpseasy` needs what its row names."""
ALONE = ("dockeasy", "vpseasy")
"""What is installed alone: `dockeasy` requires all of Jupyter, which it never imports."""


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the programs, and return their folder."""
    folder = tmp_path_factory.mktemp("programs")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = str(folder / "bin" / "python")
    _install(python, *PACKAGES)
    _install(python, "--no-deps", *ALONE)
    return folder / "bin"


def _install(python: str, *arguments: str) -> None:
    """Install by uv in a twentieth of pip's time, or by pip, whose settings uv does not read."""
    uv = [find_uv_bin(), "pip", "install", "-q", "--python", python, *arguments]
    if subprocess.run(uv, capture_output=True, check=False).returncode:
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-compile"]
        subprocess.run([*pip, *arguments], check=True)
