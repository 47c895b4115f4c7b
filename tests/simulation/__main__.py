"""Run many seeds of the simulation: `python tests/simulation --seeds 1000000`.

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

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.run import simulate_block  # the folder of the tests is not a package

BLOCK = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    end = arguments.first + arguments.seeds
    blocks = [range(at, min(at + BLOCK, end)) for at in range(arguments.first, end, BLOCK)]
    started = time.monotonic()
    figures = Counter[str]()
    with ProcessPoolExecutor(arguments.processes) as pool:
        try:
            for block_figures in pool.map(simulate_block, blocks):
                figures += block_figures
                print(f"{figures['seeds']:,} seeds", end="\r", file=sys.stderr, flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    seconds = time.monotonic() - started
    print(f"{seconds:.0f} s:", ", ".join(f"{count:,} {name}" for name, count in figures.items()))


if __name__ == "__main__":
    main()
