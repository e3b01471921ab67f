"""What `status --coverage` shows: a line for each source and day, so that "no article" is told from "not looking"."""

from collections.abc import Sequence

from scheduler.cli.output import echo, print_columns
from scheduler.health.coverage import verdict
from storage.records.health import CoverageLine


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
