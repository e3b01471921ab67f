"""What is read of a source's pages: how often each field is, and what became of the addresses that were found."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from storage.datasette.pages.rendering import Row, rows
from storage.datasette.pages.wording import clean, read_time

# So many articles show the rhythm; the newest of them what is read now.
ARTICLES = 2_000
NEWEST = 300
LINKS = 1_000
_LONG_WORDS = 100

# By the index (source_id, id) from its end.
_ARTICLES = """
SELECT published_at, published_precision, published_rule, unread_date, title, language, authors, image_url, words,
    text_from
FROM articles
WHERE source_id = :source
    AND origin = 'crawl'
ORDER BY id DESC
LIMIT :limit
"""
# By the index on source_id from its end.
_FATES = """
SELECT state, coalesce(reason, '') AS reason, count(*) AS found
FROM (SELECT state, reason FROM links WHERE source_id = :source ORDER BY id DESC LIMIT :limit)
GROUP BY state, reason
ORDER BY found DESC, state, reason
"""
_FATE_NAMES = {
    "fetched": "became articles",
    "off_topic": "on no topic",
    "not_article": "no article",
    "queued": "wait to be read",
    "past": "of the past, wait",
    "blocked": "must not be asked for",
    "failed": "could not be read",
    "gone": "are gone",
}


@dataclass(frozen=True, slots=True)
class FieldShare:
    """How often a field could be read."""

    name: str
    found: int
    of: int
    note: str  # from where, or what is wrong; "" if there is nothing to say

    @property
    def percent(self) -> int:
        """0 to 100, rounded down, so that 100 is all of them."""
        return 100 * self.found // self.of if self.of else 0


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of addresses."""

    state: str
    name: str
    reason: str
    found: int


async def newest_articles(database: Any, source_id: int) -> list[Row]:
    """What is known of the newest articles that were crawled, at most ARTICLES, the newest first."""
    return await rows(database, _ARTICLES, source=source_id, limit=ARTICLES)


async def link_fates(database: Any, source_id: int) -> list[Fate]:
    """What became of the newest addresses, at most LINKS, the most frequent first."""
    return [
        Fate(
            clean(row["state"]),
            _FATE_NAMES.get(row["state"], clean(row["state"])),
            clean(row["reason"]),
            row["found"],
        )
        for row in await rows(database, _FATES, source=source_id, limit=LINKS)
    ]


def field_shares(articles: Sequence[Row]) -> list[FieldShare]:
    """How often each field was read in *articles*."""
    number = len(articles)
    unread = sum(bool(row["unread_date"]) and not row["published_at"] for row in articles)
    short = sum(row["words"] < _LONG_WORDS for row in articles)
    return [
        FieldShare("headline", _have(articles, "title"), number, ""),
        FieldShare("text of 100 words", number - short, number, _most_common(articles, "text_from")),
        FieldShare(
            "date",
            _have(articles, "published_at"),
            number,
            "; ".join(
                part
                for part in (
                    _most_common(articles, "published_rule"),
                    f"{unread} stand there in a form that could not be read" if unread else "",
                )
                if part
            ),
        ),
        FieldShare("time of day", sum(_has_hour(row) for row in articles), number, ""),
        FieldShare("language", _have(articles, "language"), number, _most_common(articles, "language")),
        FieldShare("authors", _have(articles, "authors"), number, ""),
        FieldShare("image", _have(articles, "image_url"), number, ""),
    ]


def local_times(articles: Iterable[Row], zone: str | None) -> tuple[list[datetime], str]:
    """When those of *articles* were published whose hour is known, in *zone*; and the zone, UTC for an unknown one."""
    known, name = _zone(zone)
    times = (read_time(row["published_at"]) for row in articles if _has_hour(row))
    return [at.astimezone(known) for at in times if at is not None], name


def _zone(name: str | None) -> tuple[tzinfo, str]:
    try:
        return (ZoneInfo(name), name) if name else (UTC, "UTC")
    except (ValueError, OSError, KeyError):  # no such zone, or none on this machine
        return UTC, "UTC"


def _has_hour(row: Row) -> bool:
    return bool(row["published_at"]) and row["published_precision"] in ("hour", "minute", "second")


def _have(articles: Sequence[Row], column: str) -> int:
    return sum(bool(row[column]) for row in articles)


def _most_common(articles: Sequence[Row], column: str) -> str:
    """The values of *column* by number, the first three: "json-ld 280, meta 12"."""
    counts = Counter(clean(row[column]) for row in articles if row[column])
    return ", ".join(f"{value} {number}" for value, number in counts.most_common(3))
