"""Derive the asyncio faces from the synchronous ones, so that both have the same words.

`python .ci/derive_aio.py` writes lightsail_ops/aio/{client,fleet,paginator,watch}.py; with `--check` it
writes nothing, and fails where a file is not what it would write.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "lightsail_ops"
HEADER = "# Derived from lightsail_ops/{name} by .ci/derive_aio.py: change that file.\n"

# In this order; the first ones match several lines.
RULES = [
    # What asyncio does without: `asyncio.timeout` around `anext` does the same as next_change.
    (r"    def next_change\(.*?\n\n(?=    def )", ""),
    (r"from lightsail_ops\._inputs import check_seconds\n", ""),
    # Words.
    (r"The synchronous client: a", "The client for asyncio: a"),
    (r"The paginator: the", "The paginator for asyncio: the"),
    (r"serves many threads, as boto3's does", "serves many tasks"),
    (r"another thread iterates", "another task iterates"),
    (r"(?<!readable )from any thread", "from any task"),
    (
        r", in the thread that iterates\.",
        "; what it\n                returns is awaited, if it can be.",
    ),
    (
        r"(on_change: called with .*?)\.\n",
        r"\1;\n                what it returns is awaited, if it can be.\n",
    ),
    (
        r"(what `boto3.client\(\"lightsail\"\)` returns,) or an object with the same methods\.",
        r"\1 a client of aiobotocore, or an object\n                with the same methods.",
    ),
    # Names.
    (
        (
            r"\b(OperationsClient|OperationsPaginator|OperationsWatch|LightsailClient|PageReader"
            r"|Fleet(?:Operations|Watch)?|Sender|Reader)\b"
        ),
        r"Async\1",
    ),
    (r"lightsail_ops\.Async", "lightsail_ops.aio.Async"),
    (r"from lightsail_ops\.(client|fleet|paginator|watch) ", r"from lightsail_ops.aio.\1 "),
    (
        r"from lightsail_ops\._botocore\.sending import",
        "from lightsail_ops._io.asynchronous import call,",
    ),
    (r"from lightsail_ops\._io\.blocking ", "from lightsail_ops._io.asynchronous "),
    (r"from lightsail_ops\._io\.(listing|reader) ", "from lightsail_ops._io.async_reader "),
    (r"(?<=import Callable, Iterable, )(?=Iterator)", "AsyncIterator, "),
    (r"\bIterator(?=\[(?!_K\])|\()|(?<=abc import )Iterator(?=\n)", "AsyncIterator"),
    (r"(?<=import Callable, )Iterator(?=, Mapping\nfrom typing)", "AsyncIterator"),
    (r"\bStopIteration\b", "StopAsyncIteration"),
    (r"\b__iter__\b(?=\(self\) -> AsyncIterator\[Operation\])", "__aiter__"),
    # Examples.
    (
        r"^( +)for (operation|page|key, operation|region, operation) in (?=client|fleet|changes|operations)",
        r"\1async for \2 in ",
    ),
    (r"\+= (client\.operations\(error\.page_token\))", r"+= [each async for each in \1]"),
    (r"in (client\.wait_all\(response\)):", r"in await \1:"),
    (r"async (for operation in await )", r"\1"),
    (r"^( +)with (?=client|fleet)", r"\1async with "),
    (r"(?<= = )(?=client\.get_operations?\()", "await "),
    (r"^( +page = )(?=AsyncOperationsClient\(Fake)", r"\1await "),
    # Methods that wait.
    (r"__(next|enter|exit)__", r"__a\1__"),
    (r"\bclose\b", "aclose"),
    (
        (
            r"    def (get_operations?|wait|wait_all|wait_for_resource|aclose|__a(?:next|enter|exit)__"
            r"|_find|_has_change|_has_more|_handle|_hand_over_error)\("
        ),
        r"    async def \1(",
    ),
    (
        (
            r"(?<!def )(?<![\w.])(run|run_wait|self\._(?:find|handle|hand_over_error)|self\.aclose|client\.aclose"
            r"|self\._reader\.(?:find|aclose))\("
        ),
        r"await \1(",
    ),
    (r"self\._sender\.aclose\(", "self._sender.close("),  # it was built by botocore
    (r"(?<!def )\b(self\._on_error)\((?=key, error)", r"await call(\1, "),
    (r"async (def get_operations\(self, \*args: Any, \*\*kwargs: Any\)) -> .*?:", r"\1 -> Any:"),
    (r"(\"\"\"Return what boto3 does): .*?\.(?=\"\"\")", r"\1, at once or when awaited."),
]


def derive(name: str) -> str:
    """Return the asyncio twin of a file."""
    code = (PACKAGE / name).read_text(encoding="utf-8")
    for pattern, replacement in RULES:
        code = re.sub(pattern, replacement, code, flags=re.DOTALL | re.MULTILINE)
    formatter = [sys.executable, "-m", "ruff", "format", "--stdin-filename", f"aio/{name}", "-"]
    fixer = [sys.executable, "-m", "ruff", "check", "--select", "F401,I,RUF022", "--fix", "-q"]
    for command in ([*fixer, "--stdin-filename", f"aio/{name}", "-"], formatter):
        code = subprocess.run(
            command, input=code, capture_output=True, text=True, check=True
        ).stdout
    return HEADER.format(name=name) + code


if __name__ == "__main__":
    for name in ("client.py", "fleet.py", "paginator.py", "watch.py"):
        target = PACKAGE / "aio" / name
        derived = derive(name)
        if "--check" not in sys.argv:
            target.write_text(derived, encoding="utf-8")
        elif target.read_text(encoding="utf-8") != derived:
            sys.exit(f"{target} is not what .ci/derive_aio.py writes: run it, and commit the file")
