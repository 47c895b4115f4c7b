"""Programs from the package index, in an environment of their own, since some pin botocore."""

from __future__ import annotations

import shutil
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
    *("fastcloudinit", "fastcore", "hcloud", "keyring", "python-dotenv", "pyyaml", "truststore"),
)
"""What is installed with all that it needs; `vpseasy` needs what its row names."""
ALONE = ("dockeasy", "vpseasy")
"""What is installed alone: `dockeasy` requires all of Jupyter, which it never imports."""


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the programs, by uv if there is one, since it is faster; return their folder."""
    folder = tmp_path_factory.mktemp("programs")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = str(folder / "bin" / "python")
    if uv := shutil.which("uv"):
        install = [uv, "pip", "install", "--python", python]
    else:
        install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-compile"]
    subprocess.run([*install, "-q", *PACKAGES], check=True)
    subprocess.run([*install, "-q", "--no-deps", *ALONE], check=True)
    return folder / "bin"
