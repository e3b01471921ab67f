"""What a reader must know of the watch itself: sources in trouble, what is out of the ordinary, when we were blind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from storage.articles.evidence_text import time_span
from storage.datasette.pages.rendering import Row, rows
from storage.datasette.pages.wording import clean, cut, short_time
from storage.health import conditions
from storage.health.gaps import Gap, gaps_since
from storage.health.source_health import SourceHealth, own_outage_since, source_health
from storage.records.health import Condition

WORST = 5
DAYS = 7
# Kinds that say of a source that reads well that something is wrong with it; failing stands in its state.
_ODD = {"silent": "silent", "layout": "its pages changed", "walls": "behind a wall"}
# By the primary key (source_id, day), a range of each source; CROSS keeps the planner from reading all days.
_BLIND = """
SELECT sources.name, coalesce(nullif(sources.title, ''), sources.name) AS title, sum(coalesce(blind_s, 0)) AS blind_s,
    sum(coalesce(lost, 0)) AS lost, sum(coverage.polls = 0 AND coverage.failed_polls > 0) AS blind_days
FROM sources
CROSS JOIN coverage ON coverage.source_id = sources.id AND coverage.day >= :first
WHERE sources.enabled = 1
GROUP BY sources.id
HAVING sum(coalesce(blind_s, 0)) > 0 OR sum(coverage.polls = 0 AND coverage.failed_polls > 0) > 0
ORDER BY blind_days DESC, blind_s DESC, title
"""


@dataclass(frozen=True, slots=True)
class TroubledSource:
    """A source at which a person should look."""

    name: str
    title: str
    state: str
    why: str
    since: str  # when it could be read last; "never"


@dataclass(frozen=True, slots=True)
class BlindTime:
    """When nothing was looked at, in the last DAYS days."""

    nothing_ran: str  # how long; "" if it always did
    last_gap: str  # from when to when; "" without one
    sources: int  # that had time which no look covers, or days on which every look failed
    worst: tuple[tuple[str, str, str], ...]  # their names, titles and how long
    lost: int  # entries that may have fallen out of feeds unseen


@dataclass(frozen=True, slots=True)
class Trouble:
    """All of it."""

    outage: str  # since when our own network is down; "" if it is not
    counts: tuple[tuple[str, int], ...]  # sources by state, worst first
    sources: int  # with problems
    worst: tuple[TroubledSource, ...]
    odd: tuple[tuple[str, str, str], ...]  # sources that read well: name, what is odd, the figures in words
    blind: BlindTime


async def trouble(database: Any, last: date) -> tuple[Trouble, dict[str, list[Condition]]]:
    """What is wrong up to the day *last*, and what is out of the ordinary with topics, by their names."""
    healths = [line for line in await database.execute_fn(source_health) if line.has_problem]
    lasting = await database.execute_fn(conditions.lasting)
    outage = await database.execute_fn(own_outage_since)
    first = last - timedelta(days=DAYS - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    gaps = await database.execute_fn(lambda connection: gaps_since(connection, since))
    told = Trouble(
        outage=short_time(outage.isoformat()) if outage else "",
        counts=tuple(Counter(str(line.state) for line in healths).items()),
        sources=len(healths),
        worst=tuple(_troubled(line) for line in healths[:WORST]),
        odd=_odd(lasting),
        blind=blind_time(gaps, await rows(database, _BLIND, first=first.isoformat()), since),
    )
    return told, _of_topics(lasting)


def blind_time(gaps: Sequence[Gap], blind: Sequence[Row], since: datetime) -> BlindTime:
    """The *gaps*, newest first, and the sources that were *blind*, worst first, in words, from *since* on."""
    idle = sum((gap.ended_at - max(gap.began_at, since)).total_seconds() for gap in gaps)
    return BlindTime(
        nothing_ran=time_span(idle) if idle >= 1 else "",
        last_gap=_span_of(gaps[0]) if gaps else "",
        sources=len(blind),
        worst=tuple((clean(row["name"]), clean(row["title"]), _how_long(row)) for row in blind[:WORST]),
        lost=round(sum(row["lost"] for row in blind)),
    )


def _span_of(gap: Gap) -> str:
    began, ended = short_time(gap.began_at.isoformat()), short_time(gap.ended_at.isoformat())
    return f"{began} to {ended[11:] if ended[:10] == began[:10] else ended}"


def _how_long(row: Row) -> str:
    days = row["blind_days"]
    parts = [f"{days} day{'' if days == 1 else 's'}"] if days else []
    parts += [time_span(row["blind_s"])] if row["blind_s"] and not days else []
    return ", ".join(parts)


def _troubled(health: SourceHealth) -> TroubledSource:
    return TroubledSource(
        name=health.source,
        title=clean(health.title) or clean(health.source),
        state=str(health.state),
        why=cut(clean(health.last_error), 120),
        since=short_time(health.last_ok_at.isoformat()) if health.last_ok_at else "never",
    )


def _odd(lasting: Sequence[Condition]) -> tuple[tuple[str, str, str], ...]:
    odd = [one for one in lasting if one.source and one.kind in _ODD]
    return tuple((one.source or "", _ODD[one.kind], clean(one.detail)) for one in odd[-WORST:][::-1])


def _of_topics(lasting: Sequence[Condition]) -> dict[str, list[Condition]]:
    found: dict[str, list[Condition]] = {}
    for condition in lasting:
        if condition.topic:
            found.setdefault(condition.topic, []).append(condition)
    return found
