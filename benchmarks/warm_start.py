"""How soon a crawl sends its first request: in a warm worker, and in a process of its own, in turns.

`python -m benchmarks.warm_start [ROUNDS]` polls an empty feed on 127.0.0.1 and prints, from the hand-over of a crawl to
the arrival of its first request, the medians and the worst, beside the bar of 150 ms for the warm worker.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from scheduler.daemon.crawl import Crawl
from scheduler.daemon.supervisor import Worker
from tests.support.faults import Outlet, outlet

BAR_MS = 150


class Arrivals(list[str]):
    """Paths that were asked for; `first_s` is when the first one came."""

    first_s: float | None = None

    def append(self, path: str) -> None:
        """Note the time of the first one."""
        if self.first_s is None:
            self.first_s = time.monotonic()
        super().append(path)


async def start_ms(herald: Outlet, worker: Worker | None) -> float:
    """From the hand-over to the first request, in milliseconds."""
    herald.server.hits = arrivals = Arrivals()
    crawl = Crawl(herald.database, trigger="benchmark", only_due=False, worker=worker)
    began = time.monotonic()
    report = await crawl.run()
    assert report.state == "finished", report
    assert arrivals.first_s is not None
    return 1_000 * (arrivals.first_s - began)


async def measure(herald: Outlet, rounds: int) -> tuple[list[float], list[float]]:
    """Warm starts, and a third as many cold ones between them."""
    worker = Worker()
    await worker.warm()
    await start_ms(herald, worker)  # it was on its way; and now the articles are stored
    warm, cold = [], []
    for number in range(rounds):
        warm.append(await start_ms(herald, worker))
        if number % 3 == 0:
            cold.append(await start_ms(herald, None))
    await worker.end()
    return warm, cold


def main() -> int:
    """0 if the bar is kept by the median."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as folder, outlet(Path(folder)) as herald:
        herald.declare()
        warm, cold = asyncio.run(measure(herald, rounds))
    for name, taken in (("warm worker", warm), ("own process", cold)):
        print(
            f"{name}: first request after {statistics.median(taken):.0f} ms, at worst {max(taken):.0f} ({len(taken)})"
        )
    print(f"bar for the warm worker: {BAR_MS} ms")
    return 0 if statistics.median(warm) <= BAR_MS else 1


if __name__ == "__main__":
    sys.exit(main())
