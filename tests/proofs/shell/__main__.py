"""Run many seeds of the proof of the shell: `python tests/proofs/shell --seconds 300`.

It stops at the first seed that fails, and prints the line that repeats it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

# The folder of the tests is not a package.
from proofs.shell.lines import SCENARIOS, interrupt_each_line
from proofs.shell.run import run_block

BLOCK = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seconds", type=float, default=1e9, help="how long to run at most")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--lines", action="store_true", help="interrupt each scenario at each line")
    options = parser.parse_args()
    if options.lines:
        for name, scenario in SCENARIOS.items():
            print(f"{name}: nothing lost or repeated at {interrupt_each_line(scenario):,} lines")
        return
    end, started = options.first + options.seeds, time.time()
    deadline = started + options.seconds
    blocks = [(at, min(at + BLOCK, end), deadline) for at in range(options.first, end, BLOCK)]
    figures = Counter[str]()
    with ProcessPoolExecutor(options.processes) as pool:
        try:
            for block_figures in pool.map(run_block, *zip(*blocks, strict=True)):
                figures += block_figures
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    taken = time.time() - started
    print(f"{taken:.0f} s:", ", ".join(f"{count:,} {name}" for name, count in figures.items()))


if __name__ == "__main__":
    main()
