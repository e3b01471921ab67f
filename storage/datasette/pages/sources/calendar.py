"""The days of a source as a calendar: when it was looked at, when we were blind, as numbers for an inline SVG. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from storage.articles.evidence_text import time_span

WEEKS = 26
CELL = 14


@dataclass(frozen=True, slots=True)
class CoverageDay:
    """A day of a source."""

    day: str
    kind: str  # "seen", "quiet" (looked, nothing new), "blind" (no look succeeded) or "none" (no look)
    text: str
    x: int
    y: int = 0
    is_gap: bool = False  # blind for a time, or entries may be lost


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days up to the last, a column for each week from Monday on."""

    days: tuple[CoverageDay, ...]
    months: tuple[tuple[str, int], ...]  # their names, and where each begins
    counts: Mapping[str, int]  # days by kind
    gaps: tuple[CoverageDay, ...]  # days on which something may be lost, the newest first
    lost: int  # entries that may have been missed
    width: int
    height: int


def coverage_calendar(rows: Mapping[str, Mapping[str, Any]], last: date) -> Calendar:
    """WEEKS weeks that end with that of *last*; *rows* are those of `coverage`, by day."""
    first = last - timedelta(days=last.weekday() + 7 * (WEEKS - 1))
    span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = tuple(
        coverage_day(day.isoformat(), rows.get(day.isoformat()), place // 7 * CELL, place % 7 * CELL)
        for place, day in enumerate(span)
    )
    kinds = [day.kind for day in days]
    return Calendar(
        days=days,
        months=tuple(
            (f"{day:%b %Y}" if day.month == 1 else f"{day:%b}", place // 7 * CELL)
            for place, day in enumerate(span)
            if day.day == 1
        ),
        counts={kind: kinds.count(kind) for kind in ("seen", "quiet", "blind", "none")},
        gaps=tuple(day for day in reversed(days) if day.is_gap),
        lost=round(sum(rows[day.day]["lost"] or 0 for day in days if day.day in rows)),
        width=WEEKS * CELL,
        height=7 * CELL,
    )


def coverage_day(day: str, row: Mapping[str, Any] | None, x: int, y: int = 0) -> CoverageDay:
    """A *day* as *row* of `coverage` has it; None: nothing is known of it."""
    if row is None or row["polls"] + row["failed_polls"] == 0:
        return CoverageDay(day, "none", f"{day}: no look", x, y)
    if row["polls"] == 0:
        return CoverageDay(
            day, "blind", f"{day}: blind, {row['failed_polls']} looks failed", x, y, is_gap=True
        )
    parts = [f"{row['polls']} looks", f"{row['failed_polls']} failed", f"{row['seen']} new links"]
    parts += [f"{row['expected']:.0f} expected"] if row["expected"] is not None else []
    parts += [f"blind for {time_span(row['blind_s'])}"] if row["blind_s"] else []
    lost = row["lost"] or 0
    parts += [f"about {lost:.0f} may be lost"] if lost >= 0.5 else []
    kind = "seen" if row["seen"] else "quiet"
    return CoverageDay(
        day, kind, f"{day}: {', '.join(parts)}", x, y, is_gap=bool(row["blind_s"]) or lost >= 0.5
    )
