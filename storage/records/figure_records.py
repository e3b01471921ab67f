"""Figures of a running service. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """The last rows that were counted."""

    poll_id: int = 0
    run_id: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What was done after a mark."""

    until: Mark
    polls: Mapping[str, int]  # by outcome
    runs: tuple[tuple[str, float], ...]  # state and seconds of each run that has ended
    pages: Mapping[str, int]  # by the names of PAGE_COUNTS, of these runs


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand."""

    feeds_due: int
    feeds: int  # enabled
    links_waiting: Mapping[str, int]  # "queued", "failed" and "past"
    requests_waiting: int
    messages_waiting: int  # alerts on their way
    articles: int
    matches: Mapping[tuple[str, str], int]  # by topic and band
    last_ok_at: Mapping[str, datetime | None] = field(default_factory=dict)  # by source; None: never
