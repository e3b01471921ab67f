"""What a command says while it works: a line of progress, and the log or the daemon's lines for people."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click

from crawler import clock
from crawler.process.json_logs import is_json_asked, log_as_json
from scheduler.cli.output import clear_progress, echo, printable, redraw, time_text

# More often than this nobody reads it, and a slow terminal would hold the work up.
_REDRAW_S = 0.1
_CELLS = 20
# Work in one piece shows that it goes on from here on, and so often.
_STILL_S = 0.3
# Before this a rate is chance.
_RATE_AFTER_S = 1.0

log_json_option = click.option(
    "--log-json", is_flag=True, help="Log lines of JSON to stderr, those of child processes too."
)

_logger = logging.getLogger("seedwatch")


class ProgressLine:
    """Shows progress on stderr; without a terminal it shows nothing."""

    def __init__(self, unit: str, *, asked: Callable[[], float] = clock.monotonic_s) -> None:
        """*unit* is what is counted, in the plural; *asked* gives the seconds of a clock."""
        self._unit, self._seconds = unit, asked
        self._begun = asked()
        self._drawn = float("-inf")
        self._first: tuple[int, float] | None = None  # what was done before, when work was taken up again
        self._is_shown = sys.stderr.isatty()

    def show(self, done: int, share: float | None, more: str = "") -> None:
        """Draw the line: *done* of the unit, and *share* (0 to 1) of all the work; None if that is not known."""
        if self._first is None:
            self._first = done, share or 0.0
        now = self._seconds()
        if self._is_shown and now - self._drawn >= _REDRAW_S:
            self._drawn = now
            redraw(self.line(done, share, more))

    def line(self, done: int, share: float | None, more: str = "") -> str:
        """The line as it stands now."""
        before, share_before = self._first or (0, 0.0)
        passed_s = self._seconds() - self._begun
        parts = []
        if share is not None:
            filled = round(_CELLS * share)
            parts.append(f"[{'█' * filled}{'░' * (_CELLS - filled)}] {share:4.0%}")
        parts.append(f"{done:,} {self._unit}")
        if passed_s >= _RATE_AFTER_S and done > before:
            parts.append(f"{(done - before) / passed_s:,.0f}/s")
            if share is not None and share > share_before:
                parts.append(f"{duration((1 - share) * passed_s / (share - share_before))} left")
        return " · ".join([*parts, more] if more else parts)

    def clear(self) -> None:
        """Take the line away."""
        clear_progress()


@contextmanager
def still_working(on: str, *, every_s: float = _STILL_S) -> Generator[None]:
    """While the block works in one piece, *on* and the seconds that passed on the terminal of stderr; taken away then.

    For what SQLite does in one call, such as a check of the file; it is drawn by a thread.
    """
    if not sys.stderr.isatty():
        yield
        return
    is_over, begun_s = threading.Event(), clock.monotonic_s()

    def draw() -> None:
        while not is_over.wait(every_s):
            redraw(f"{on} · {duration(clock.monotonic_s() - begun_s)}")

    drawing = threading.Thread(target=draw)
    drawing.start()
    try:
        yield
    finally:
        is_over.set()
        drawing.join()
        clear_progress()


def duration(seconds: float) -> str:
    """A time span as people say it, in its two largest units."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86_400:
        return f"{whole // 3_600} h {whole % 3_600 // 60:02} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3_600} h"


def begin_log(as_json: bool) -> None:
    """Log lines of JSON from here on, in this process and in those that it starts, if *as_json*."""
    if as_json:
        os.environ["SEEDWATCH_LOG"] = "json"
    if is_json_asked(os.environ):
        log_as_json()
        _logger.setLevel(logging.INFO)


def teller(*, quiet: bool) -> Callable[[str], None]:
    """What takes the daemon's lines: stdout, or the log where that is JSON; nothing if *quiet*."""

    def tell(line: str) -> None:
        if quiet:
            return
        if is_json_asked(os.environ):
            _logger.info("%s", line)
        else:
            echo(f"{time_text(clock.now())}  {printable(line)}")

    return tell
