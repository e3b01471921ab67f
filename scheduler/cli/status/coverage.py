"""What `status --coverage` shows: a line for each source and day, so that "no article" is told from "not looking"."""

from collections.abc import Sequence

from scheduler.cli.output import echo, print_columns
from storage.records.health import CoverageLine

# A look each half day is the least that the cadence makes; less than a quarter of an hour is a pause between looks.
_SOME_BLIND_S = 900
_ALL_BLIND_S = 86_400 - _SOME_BLIND_S


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


def verdict(line: CoverageLine) -> str:
    """What can be said of the day."""
    if not line.polls:
        return "not looked at" if not line.failed_polls else "could not look"
    if line.lost:
        return "some may be lost"
    if line.blind_s is not None and line.blind_s >= _ALL_BLIND_S:
        return "not covered"
    if line.blind_s is not None and line.blind_s > _SOME_BLIND_S:
        return "covered in part"
    return "covered" if line.seen else "covered, nothing new"


def duration_text(seconds: int | None) -> str:
    """Hours and minutes; "" if it is not known."""
    if seconds is None:
        return ""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
