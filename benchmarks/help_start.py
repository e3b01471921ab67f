"""How long `seedwatch --help` takes beside `python -c "import click"`, run in turns; prints the ratio of the medians.

`python -m benchmarks.help_start [ROUNDS]`. The bar is 1.25. Each pair runs in the other order than the one before.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

BAR = 1.25
CLICK = [sys.executable, "-c", "import click"]
HELP = [str(Path(sys.executable).with_name("seedwatch")), "--help"]


def seconds(command: list[str]) -> float:
    """How long one run takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> int:
    """0 if the bar is kept."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    taken: dict[str, list[float]] = {"click": [], "help": []}
    for number in range(rounds):
        pair = [("click", CLICK), ("help", HELP)]
        for name, command in pair if number % 2 else pair[::-1]:
            taken[name].append(seconds(command))
    ratio = statistics.median(taken["help"]) / statistics.median(taken["click"])
    print(f"seedwatch --help takes {ratio:.2f} times as long as import click ({rounds} rounds, bar {BAR})")
    return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
