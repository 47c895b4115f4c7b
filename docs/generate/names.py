"""Write the tables of names into docs/reference/index.md, from the docstrings. --check compares."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from pkgutil import resolve_name

PAGE = Path(__file__).parents[1] / "reference" / "index.md"
TABLE = re.compile(r"(<!-- names of ([\w.]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)

# Types have no docstring of their own.
TYPES = {
    "BotocoreConfig": "The type of `config` in `from_session`: what botocore's `Config` offers",
    "OperationsLike": "The argument of `wait_all`: a boto3 response, or operations, dicts or ids",
    "Session": "The argument of `from_session`: a session of boto3 or of botocore",
}


def make_table(module_name: str) -> str:
    """Return a table: each public name of a module, with the first sentence about it."""
    module = resolve_name(module_name)
    rows = [f"| `{name}` | {describe(module, name)} |\n" for name in sorted(module.__all__)]
    return "\n| name | description |\n|---|---|\n" + "".join(rows) + "\n"


def describe(module: object, name: str) -> str:
    """Return the first sentence of a name's docstring."""
    if name in TYPES:
        return TYPES[name]
    paragraph = inspect.cleandoc(getattr(module, name).__doc__).partition("\n\n")[0]
    sentence = re.split(r"(?<=\.) (?=[A-Z])", " ".join(paragraph.split()))[0]
    return sentence.removesuffix(".").replace("|", "\\|")


def main() -> None:
    """Write the page, or compare it."""
    page = PAGE.read_text(encoding="utf-8")
    wanted = TABLE.sub(lambda found: found[1] + make_table(found[2]) + found[3], page)
    if "--check" not in sys.argv:
        PAGE.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        sys.exit(f"{PAGE.name} is out of date: run docs/generate/names.py")


if __name__ == "__main__":
    main()
