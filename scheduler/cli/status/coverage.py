"""What `status --coverage` shows: a line for each source and day, so that "no article" is told from "not looking"."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from crawler import clock
from scheduler.cli.context import opened
from scheduler.cli.output import echo, print_columns, print_json
from scheduler.cli.progress import ProgressLine
from scheduler.health.coverage import verdict
from scheduler.health.history import write_coverage
from storage.records.health import CoverageLine
from storage.sources import coverage


def show_coverage(days: int, names: Sequence[str] = (), *, as_json: bool) -> None:
    """Print the coverage of the last *days* of the sources *names* (none: all), brought up to date."""
    with opened() as (_, connection):
        now = clock.now()
        bar = ProgressLine("sources")
        bar.show(0, None)
        write_coverage(connection, now, days=days, on_source=lambda done, of: bar.show(done, done / of))
        bar.clear()
        lines = coverage.lines(connection, now.date() - timedelta(days=days - 1), names)
    if as_json:
        print_json(
            [{**asdict(line), "day": line.day.isoformat(), "verdict": verdict(line)} for line in lines]
        )
    else:
        print_coverage(lines, days=days)


def print_coverage(lines: Sequence[CoverageLine], *, days: int) -> None:
    """The coverage of sources as a table, newest day first."""
    if not lines:
        echo(f"nothing was looked at in the last {days} days: `seedwatch crawl`, or `seedwatch run`")
        return
    print_columns(
        lines,
        {
            "day": lambda line: line.day,
            "source": lambda line: line.source,
            "looks": lambda line: line.polls,
            "failed": lambda line: line.failed_polls,
            "seen": lambda line: line.seen,
            "expected": lambda line: _number(line.expected),
            "lost": lambda line: _number(line.lost),
            "blind": lambda line: duration_text(line.blind_s),
            "so": lambda line: verdict(line),
        },
    )


def duration_text(seconds: int | None) -> str:
    """Hours and minutes; "" if it is not known."""
    if seconds is None:
        return ""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
