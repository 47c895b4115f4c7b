"""The program `lightsail-ops`, also as `python -m lightsail_ops`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status.

    Args:
        arguments: what follows the program's name; that of this process unless given.
    """
    try:
        from lightsail_ops.cli.app import run  # late: its packages are an extra
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in {"typer", "rich"}:
            raise
        print(
            f"lightsail-ops: error: the package {package} is missing.\n"
            'lightsail-ops: help: pip install "lightsail-ops[cli]"',
            file=sys.stderr,
        )
        return 1
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
