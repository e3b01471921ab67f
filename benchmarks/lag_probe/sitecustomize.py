"""Measures how late an event loop wakes, in a process that knows nothing of it; for PYTHONPATH.

Where `BENCHMARK_LAG_FOLDER` is set, each crawling process writes there the worst lateness of a heartbeat, in seconds.
"""

import os
import sys
from pathlib import Path

_BEAT_S = 0.02
# The pool's processes and the compilers of other tools have no loop, and need not pay for asyncio.
_CRAWLERS = (
    "crawler.process.child",
    "crawler.process.worker",
    "benchmarks.crawl_demo",
    "benchmarks.due_feeds",
)


def _watch(folder: Path) -> None:
    from asyncio.base_events import BaseEventLoop

    run = BaseEventLoop.run_forever

    def run_watched(self: BaseEventLoop) -> None:
        worst, due = 0.0, self.time() + _BEAT_S

        def beat() -> None:
            nonlocal worst, due
            worst, due = max(worst, self.time() - due), self.time() + _BEAT_S
            self.call_at(due, beat)

        self.call_at(due, beat)
        try:
            run(self)
        finally:
            (folder / str(os.getpid())).write_text(f"{max(worst, self.time() - due)}")

    BaseEventLoop.run_forever = run_watched  # type: ignore[method-assign]  # there is no other way in


if os.environ.get("BENCHMARK_LAG_FOLDER") and any(name in sys.orig_argv for name in _CRAWLERS):
    _watch(Path(os.environ["BENCHMARK_LAG_FOLDER"]))
