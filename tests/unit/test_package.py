"""The package itself, in a process that has imported nothing else of it."""

from __future__ import annotations

import subprocess
import sys


def test_a_public_module_needs_no_import_of_its_own() -> None:
    program = """
import lightsail_ops
for name in ("aio", "client", "enums", "errors", "fleet", "models", "paginator", "watch"):
    assert getattr(lightsail_ops, name).__name__ == f"lightsail_ops.{name}"
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_name_is_imported_once() -> None:
    program = """
import lightsail_ops
assert "NotFoundError" not in vars(lightsail_ops)
assert lightsail_ops.NotFoundError is lightsail_ops.errors.NotFoundError
assert "NotFoundError" in vars(lightsail_ops)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
