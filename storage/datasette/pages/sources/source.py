"""A source's page: what it brought, when it publishes, when we saw it, how its feeds are asked, what is read of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Response

from storage import meta
from storage.articles.evidence_text import time_span
from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.entries import EntryLine, entry_lines
from storage.datasette.pages.rendering import Row, asked_number, day_of, last_look, page, rows
from storage.datasette.pages.sources.calendar import WEEKS, Calendar, coverage_calendar
from storage.datasette.pages.sources.polling import (
    PolledFeed,
    feed_lines,
    host_notes,
    is_plain,
    poll_lines,
    robots_of,
)
from storage.datasette.pages.sources.reading import (
    NEWEST,
    field_shares,
    link_fates,
    local_times,
    newest_articles,
)
from storage.datasette.pages.sources.rhythm import SHADES, WEEKDAYS, week_rhythm
from storage.datasette.pages.sources.sources import shown_look
from storage.datasette.pages.wording import clean, cut, is_web_address, read_list, short_time
from storage.health import conditions
from storage.health.source_health import SourceHealth, own_outage_since, source_health
from storage.records.comparisons import MISS_WORDS
from storage.sources import comparisons

PAGE = 20
MISSES = 15

_READS = ("sources", "feeds", "articles", "article_texts", "coverage", "polls", "matches", "topics", "links", "copies",
          "conditions", "hosts", "meta", "subscriptions", "comparisons")  # fmt: skip
_SOURCE = "SELECT * FROM sources WHERE name = :name"
# By the index (source_id, id) from its end.
_ARRIVED = """
SELECT id FROM articles
WHERE source_id = :source
    AND id < :before
ORDER BY id DESC
LIMIT :limit
"""
# Each topic by the index (topic_id, source_id).
_TOPICS = """
SELECT topics.name, coalesce(nullif(topics.title, ''), topics.name) AS title, (
    SELECT count(*) FROM matches
    WHERE matches.topic_id = topics.id AND matches.source_id = :source AND matches.band = 'match'
) AS found
FROM topics
WHERE topics.enabled = 1
ORDER BY found DESC, title
LIMIT 40
"""
_COVERAGE = "SELECT * FROM coverage WHERE source_id = :source AND day >= :first"
_NEWEST = 2**61


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the settings say of a source."""

    name: str
    title: str
    home: str | None
    is_web: bool  # its home may be a link
    country: str
    language: str
    zone: str
    tags: tuple[str, ...]
    is_enabled: bool
    settings: tuple[tuple[str, str], ...]  # what differs from the usual: name and value
    access: tuple[str, ...]  # how its hosts are asked, where it differs, without secrets


@dataclass(frozen=True, slots=True)
class MissedLine:
    """A page that the source lists and that was not read."""

    day: str
    url: str
    is_web: bool  # it may be a link
    why: str
    detail: str


@dataclass(frozen=True, slots=True)
class ComparedLists:
    """How much of what the source lists itself for some days is held."""

    lists: str  # what was asked: "sitemaps" or "lists"
    days: str
    compared: str  # when
    listed: int
    kept: int
    off_topic: int
    percent: int | None  # of those listed that were read; None: none was listed
    reasons: tuple[tuple[str, int], ...]
    misses: tuple[MissedLine, ...]  # the newest MISSES
    unread_lists: int


async def source(datasette: Any, request: Any) -> Response:
    """A source; its articles as they came, PAGE of them, going on behind ?after=, a row."""
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, (*_READS, "robots_files"))
    row = await _asked_source(database, request)
    last = day_of(await last_look(database))
    feeds = await feed_lines(database, row["id"])
    known = await newest_articles(database, row["id"])
    times, zone = local_times(known, row["timezone"])
    listed, older = await _arrived(database, row["id"], asked_number(request, "after") or _NEWEST)
    facts, health = await _facts(database, row), await _health(database, row["name"])
    return await page(
        datasette,
        request,
        database,
        "seedwatch_source.html",
        source_id=row["id"],
        source=facts,
        health=health,
        error=clean(health.last_error) if health else "",
        polled=shown_look(health.last_polled_at) if health else "",
        succeeded=shown_look(health.last_ok_at) if health else "",
        notices=await _notices(database, row),
        topics=[
            (clean(topic["name"]), clean(topic["title"]), topic["found"])
            for topic in await rows(database, _TOPICS, source=row["id"])
            if topic["found"]
        ],
        entries=listed,
        older=older,
        rhythm=week_rhythm(times),
        rhythm_zone=zone,
        shades=range(1, SHADES + 1),
        weekdays=WEEKDAYS,
        calendar=await _calendar(database, row["id"], last),
        weeks=WEEKS,
        compared=await _compared(database, row["name"]),
        feeds=feeds,
        next_feed=_next_feed(feeds),
        polls=await poll_lines(database, feeds),
        fields=field_shares(known[:NEWEST]),
        read_articles=len(known[:NEWEST]),
        fates=await link_fates(database, row["id"]),
        robots=await robots_of(database, [facts.home or "", *(feed.url for feed in feeds)]),
        notes=await _notes(database, facts, feeds),
    )


async def _asked_source(database: Any, request: Any) -> Row:
    name = unquote(request.url_vars["name"])
    found = await rows(database, _SOURCE, name=name)
    if not found:
        raise NotFound(f"No such source: {cut(clean(name), 80)}")
    return found[0]


async def _health(database: Any, name: str) -> SourceHealth | None:
    """How the source does, as every page and command says it; None: it is off and has no feed."""
    lines = await database.execute_fn(lambda connection: source_health(connection, name=name))
    return lines[0] if lines else None


async def _notices(database: Any, row: Row) -> list[tuple[str, str]]:
    """What is wrong with the source: since when, or "", and a sentence."""
    outage = await database.execute_fn(own_outage_since)
    notices = [
        (short_time(condition.since.isoformat()), f"{condition.kind}: {clean(condition.detail)}")
        for condition in await database.execute_fn(conditions.lasting)
        if condition.source == row["name"]
    ]
    if outage:
        notices.insert(0, (short_time(outage.isoformat()), "our own network seems to be down"))
    if row["search_error"]:
        notices.append(("", f"its site was searched for feeds: {clean(row['search_error'])}"))
    return notices


async def _compared(database: Any, name: str) -> ComparedLists | None:
    """How much of what the source lists itself is held, by the last comparison; None: there was none."""
    last = await database.execute_fn(lambda connection: comparisons.last(connection, name))
    if last is None:
        return None
    return ComparedLists(
        lists="sitemaps" if last.against == "sitemap" else "lists",
        days=f"{last.since} to {last.until}",
        compared=short_time(last.compared_at.isoformat()),
        listed=last.listed,
        kept=last.kept,
        off_topic=last.off_topic,
        percent=None if last.share is None else round(100 * last.share),
        reasons=tuple((MISS_WORDS.get(why, why), number) for why, number in last.reasons),
        misses=tuple(
            MissedLine(
                miss.day.isoformat(),
                cut(clean(miss.url), 200),
                is_web_address(miss.url),
                MISS_WORDS.get(miss.why, miss.why),
                clean(miss.detail),
            )
            for miss in last.misses[:MISSES]
        ),
        unread_lists=len(last.failed) + last.left,
    )


async def _facts(database: Any, row: Row) -> SourceFacts:
    access = await database.execute_fn(lambda connection: meta.get(connection, meta.SOURCE_ACCESS))
    return SourceFacts(
        name=row["name"],
        title=clean(row["title"]) or clean(row["name"]),
        home=clean(row["home"]) or None,
        is_web=is_web_address(row["home"]),
        country=clean(row["country"]),
        language=clean(row["language"]),
        zone=clean(row["timezone"]),
        tags=tuple(clean(tag) for tag in read_list(row["tags"])),
        is_enabled=bool(row["enabled"]),
        settings=tuple(_settings(row)),
        access=tuple(clean(line) for line in access.get(row["name"], ())),
    )


def _settings(row: Row) -> list[tuple[str, str]]:
    """What the settings say of the source beside what it is, in their names."""
    said = [
        ("every", time_span(row["every_s"]) if row["every_s"] else ""),
        ("cron", clean(row["cron"])),
        ("delay", f"{row['delay_s']:g} s" if row["delay_s"] is not None else ""),
        ("text", "feed" if row["text"] == "feed" else ""),
        ("link_pattern", clean(row["link_pattern"])),
        ("keep_watching_days", clean(row["keep_watching_days"])),
        ("first_crawl_pages", clean(row["first_crawl_pages"])),
        ("called before", clean(row["former_name"])),
    ]
    return [(name, value) for name, value in said if value]


async def _arrived(database: Any, source_id: int, before: int) -> tuple[list[EntryLine], int | None]:
    """The articles that came before the row *before*, and the row behind which the next page begins."""
    found = await rows(database, _ARRIVED, source=source_id, before=before, limit=PAGE + 1)
    shown = [row["id"] for row in found[:PAGE]]
    return await entry_lines(database, shown), shown[-1] if len(found) > PAGE else None


async def _calendar(database: Any, source_id: int, last: date) -> Calendar:
    first = last - timedelta(weeks=WEEKS)
    known = await rows(database, _COVERAGE, source=source_id, first=first.isoformat())
    return coverage_calendar({row["day"]: row for row in known}, last)


def _next_feed(feeds: list[PolledFeed]) -> PolledFeed | None:
    """The feed that is asked next."""
    waiting = [feed for feed in feeds if feed.next]
    return min(waiting, key=lambda feed: (feed.next != "at once", feed.next), default=None)


async def _notes(database: Any, facts: SourceFacts, feeds: list[PolledFeed]) -> list[str]:
    """What is to be known of robots.txt, TLS and what hosts have asked for."""
    addresses = [facts.home or "", *(feed.url for feed in feeds)]
    notes = await host_notes(database, [address for address in addresses if address])
    plain = sum(is_plain(feed.url) for feed in feeds if feed.next)
    if plain:
        notes.append(f"{plain} of its feeds {'is' if plain == 1 else 'are'} asked without encryption (http)")
    refused = [feed for feed in feeds if feed.error.startswith(("robots", "tls"))]
    return notes + [f"{feed.error} ({feed.url})" for feed in refused]
