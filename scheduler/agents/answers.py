"""What the tools answer: read from the database, each quote with where it stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from sqlite3 import Connection

from crawler.articles.revisions import passages_gone
from scheduler.agents.arguments import Given
from scheduler.agents.passages import (
    around,
    first_passages,
    headline,
    lead,
    text_quote,
    title_quote,
    with_sentence,
)
from scheduler.agents.quoting import Quote, Value
from scheduler.article_names import find_article
from scheduler.health.coverage import verdict
from storage.articles import matches, stories
from storage.articles.exports import ExportedArticle, ExportedRelation, export_slice
from storage.articles.matches import BandCounts
from storage.articles.stories import Teller, Version
from storage.db import to_iso
from storage.errors import ConfigError
from storage.health import conditions
from storage.query import parse_query, reading_notes
from storage.records.decisions import RE_EXTRACTED
from storage.records.health import CoverageLine
from storage.search.changes import Change, search_changes
from storage.search.index import ListPlace, look_up
from storage.sources import comparisons
from storage.sources import coverage as coverage_rows
from storage.sources import sources as source_rows
from storage.topics import topics as topic_rows

# Passages of one change, and what is told of one article beside its text.
_PASSAGES = 6
_FACTS = 20
_FOLLOW_UPS = 10

Answered = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """An answer that can be made smaller."""

    size: int  # items or characters that were asked for and are there
    build: Callable[[int], Answered]  # the answer with so many of them


def topics(connection: Connection, given: Given, _now: datetime) -> ToolAnswer:
    """The topics that are followed, with their counts and the newest match of each."""
    counts = matches.match_counts(connection)
    every = topic_rows.followed(connection)
    start = given.number("start")
    found: list[Answered] = []
    for topic in every[start : start + given.number("limit") + 1]:
        number = counts.get(topic.name, BandCounts(0, 0))
        newest = matches.arrived(connection, topic.name, limit=1)
        lines = _lines(connection, [match.article_id for match in newest])
        found.append(
            {
                "topic": topic.name,
                "title": topic.title,
                "matches": number.match,
                "to_review": number.review,
                "newest": next(iter(lines.values()), None),
            }
        )
    return _listed(
        "topics", found, given, lambda shown: {"start": start + shown}, {"topics_in_all": len(every)}
    )


def new_on_topic(connection: Connection, given: Given, _now: datetime) -> ToolAnswer:
    """The articles that met a topic last, the newest arrival first, each with the sentence that says why."""
    topic = given.text("topic")
    names = [one.name for one in topic_rows.followed(connection)]
    if topic not in names:
        raise ConfigError(f"there is no topic {topic[:80]!r}; followed are: {', '.join(names) or 'none'}")
    arrived = matches.arrived(
        connection,
        topic,
        band=given.text("band"),
        since=given.time("since"),
        until=given.time("until"),
        before=given.optional_number("before"),
        limit=given.number("limit") + 1,
    )
    sentences = {match.article_id: match.sentence for match in arrived}
    lines = _lines(
        connection,
        list(sentences),
        quoted=lambda article, version: with_sentence(article, version, sentences[article.id]),
    )
    found = [
        {
            **lines[match.article_id],
            "matched_at": to_iso(match.matched_at),
            "score": match.score,
            "needed": match.threshold,
            "found_by": match.reason,
            "words": Quote(match.terms),
        }
        for match in arrived
        if match.article_id in lines
    ]
    return _listed(
        "articles", found, given, lambda shown: {"before": arrived[shown - 1].id}, {"topic": topic}
    )


def search(connection: Connection, given: Given, _now: datetime) -> ToolAnswer:
    """The articles that a query finds, newest first by publication, each with the passage that holds the most of it."""
    query = parse_query(given.text("query"))
    found = look_up(connection, query, limit=given.number("limit") + 1, after=_place(given.text("after")))
    spans = {hit.id: hit.spans for hit in found.found}
    lines = _lines(
        connection,
        list(spans),
        quoted=lambda article, version: around(article, version, spans[article.id]),
    )
    notes = [*reading_notes(query), *found.warnings]
    return _listed(
        "articles",
        [lines[hit.id] for hit in found.found if hit.id in lines],
        given,
        lambda shown: {"after": f"{found.found[shown - 1].place.at}/{found.found[shown - 1].id}"},
        {"notes": notes} if notes else {},
    )


def article(connection: Connection, given: Given, _now: datetime) -> ToolAnswer:
    """One article: its text, or a part of it, as it is now or as an earlier version, and what is known of it."""
    article_id = find_article(connection, given.text("article"))
    (exported,) = export_slice(connection, [article_id])
    newest = stories.newest_versions(connection, [article_id])[article_id]
    number = given.optional_number("version") or newest
    version = stories.version(connection, article_id, number)
    if version is None:
        raise ConfigError(f"article {article_id} has no version {number}; it has 1 to {newest}")
    start = min(given.number("start"), len(version.text))
    whole = len(version.text)

    def build(size: int) -> Answered:
        end = min(start + size, whole)
        more: Answered = {"more": True, "next": {"start": end}} if end < whole else {"more": False}
        text = text_quote(article_id, number, version.text, start, end, exported.url)
        return {
            **_facts(exported, number, title_quote(article_id, number, version.title, exported.url)),
            "versions": newest,
            "text": text,
            "characters_in_all": whole,
            **more,
            **_known(exported),
        }

    return ToolAnswer(min(given.number("length"), whole - start), build)


def story(connection: Connection, given: Given, _now: datetime) -> ToolAnswer:
    """Who told a story, in time order with the head, and what follows it up."""
    told = stories.story(connection, find_article(connection, given.text("article")))
    assert told is not None  # it was found a moment ago
    start, limit = given.number("start"), given.number("limit")
    shown = told.tellers[start : start + limit + 1]
    lines = _lines(
        connection, [teller.telling.article_id for teller in (*shown, *told.follow_ups[:_FOLLOW_UPS])]
    )
    more: Answered = {
        "article": told.article_id,
        "head": told.head_id,
        "tellings_in_all": len(told.tellers),
        "follow_ups_in_all": len(told.follow_ups),
        "follow_ups": [_told(teller, lines) for teller in told.follow_ups[:_FOLLOW_UPS]],
    }
    found = [_told(teller, lines) for teller in shown]
    return _listed("tellings", found, given, lambda shown: {"start": start + shown}, more)


def changes(connection: Connection, given: Given, _now: datetime) -> ToolAnswer:
    """What outlets changed: in one article, or what a query finds in all that was taken out or put in later."""
    named, asked = given.text("article"), given.text("query")
    if bool(named) == bool(asked):
        raise ConfigError("give either 'article' (its changes) or 'query' (what was changed anywhere)")
    start, limit = given.number("start"), given.number("limit")
    if named:
        article_id = find_article(connection, named)
        (exported,) = export_slice(connection, [article_id])
        told = stories.story(connection, article_id)
        steps = [
            (old, new) for old, new in pairwise(told.versions if told else ()) if new.kind != RE_EXTRACTED
        ]
        wanted = steps[::-1][start : start + limit + 1]
        found = [_step(exported, old, new, ("removed", "added")) for old, new in wanted]
    else:
        found = [
            _change(connection, change)
            for change in search_changes(
                connection,
                parse_query(asked),
                side=given.text("side"),
                since=given.time("since"),
                until=given.time("until"),
                limit=start + limit + 1,
            )[start:]
        ]
    return _listed("changes", found, given, lambda shown: {"start": start + shown}, {})


def coverage(connection: Connection, given: Given, now: datetime) -> ToolAnswer:
    """What was looked at and what was not: by source, worst first; by day of one source. As the last check knew it."""
    source, days, start = given.text("source"), given.number("days"), given.number("start")
    names = [one.name for one in source_rows.known_sources(connection) if one.enabled]
    if source and source not in names:
        raise ConfigError(f"there is no source {source[:80]!r}; watched are: {_some(names)}")
    first = now.astimezone(UTC).date() - timedelta(days=days - 1)
    lines = coverage_rows.lines(connection, first, [source] if source else ())
    found = [_day(line) for line in lines] if source else _sums(lines, names)
    lasting = [one for one in conditions.lasting(connection) if not source or one.source == source]
    more: Answered = {
        "since": first.isoformat(),
        "out_of_the_ordinary": [
            {
                "kind": one.kind,
                "source": one.source,
                "topic": one.topic,
                "since": to_iso(one.since),
                "detail": Quote(one.detail[:300]),
            }
            for one in lasting[:_FACTS]
        ],
        "out_of_the_ordinary_in_all": len(lasting),
        **({"held_of_its_own_lists": _compared(connection, source)} if source else {}),
    }
    return _listed(
        "days" if source else "sources",
        found[start : start + given.number("limit") + 1],
        given,
        lambda shown: {"start": start + shown},
        more,
    )


def _listed(
    name: str,
    found: Sequence[Answered],
    given: Given,
    behind: Callable[[int], Answered],
    more: Answered,
) -> ToolAnswer:
    """A list of which one item more was read than is to be shown; *behind* says what to ask for after so many."""

    def build(size: int) -> Answered:
        rest: Answered = {"more": True, "next": behind(size)} if size < len(found) else {"more": False}
        return {**more, name: found[:size], **rest}

    return ToolAnswer(min(given.number("limit"), len(found)), build)


def _lines(
    connection: Connection,
    article_ids: Sequence[int],
    quoted: Callable[[ExportedArticle, int], Quote] = lead,
) -> dict[int, dict[str, Value]]:
    """Each of these articles as it stands in a list, by number; those that are gone are left out."""
    versions = stories.newest_versions(connection, article_ids)
    return {
        exported.id: {
            **_facts(exported, versions[exported.id], headline(exported, versions[exported.id])),
            "quote": quoted(exported, versions[exported.id]),
        }
        for exported in export_slice(connection, article_ids)
    }


def _facts(article: ExportedArticle, version: int, title: Quote) -> dict[str, Value]:
    return {
        "article": article.id,
        "version": version,
        "url": article.url,
        "title": title,
        "published": article.published,
        "first_seen": article.first_seen,
        "source": article.source,
        "country": article.country,
        "language": article.language,
        "state": article.state,
        "story": next((one.original_id for one in article.relations if _is_copy(one)), article.id),
    }


def _is_copy(relation: ExportedRelation) -> bool:
    return relation.relation != "follow_up"


def _known(article: ExportedArticle) -> dict[str, Value]:
    """What is known of an article beside its text; of many facts the last."""
    return {
        "authors": Quote("; ".join(article.authors)[:300]) if article.authors else None,
        "words_in_all": article.words,
        "matches": [
            {"topic": match.topic, "band": match.band, "score": match.score, "found_by": match.reason}
            for match in article.matches[:_FACTS]
        ],
        "repeats_or_follows": [
            {
                "relation": one.relation,
                "article": one.original_id,
                "url": one.original_url,
                "similarity": one.similarity,
                "seconds_later": one.lag_s,
            }
            for one in article.relations[:_FACTS]
        ],
        "events": [
            {"event": one.event, "at": one.happened_at, "evidence": Quote((one.detail or "")[:300])}
            for one in article.events[-_FACTS:]
        ],
    }


def _told(teller: Teller, lines: Mapping[int, Answered]) -> Answered:
    telling = teller.telling
    return {
        **lines.get(telling.article_id, {"article": telling.article_id}),
        "is": telling.relation or "head",
        "similarity": telling.similarity,
        "seconds_later": telling.lag_s,
        "edited_times": teller.revisions,
    }


def _change(connection: Connection, change: Change) -> Answered:
    """One side of a change that a search found."""
    old = stories.version(connection, change.article_id, change.number - 1)
    new = stories.version(connection, change.article_id, change.number)
    exported = export_slice(connection, [change.article_id])
    if not (old and new and exported):  # removed a moment ago
        return {"article": change.article_id, "version": change.number}
    return {**_step(exported[0], old, new, (change.side,)), "still_said": change.still_says}


def _step(article: ExportedArticle, old: Version, new: Version, sides: Sequence[str]) -> Answered:
    """What went with the *old* text of an article, and came with the *new* one."""
    texts = {"removed": (old, new), "added": (new, old)}
    titles = {"headline_was": title_quote(article.id, old.number, old.title, article.url)}
    return {
        "article": article.id,
        "version": new.number,
        "url": article.url,
        "source": article.source,
        "seen_at": to_iso(new.seen_at),
        "kind": new.kind,
        "silent": new.is_silent,
        "title": title_quote(article.id, new.number, new.title, article.url),
        **(titles if old.title != new.title else {}),
        **{side: _passages(article, *texts[side]) for side in sides},
    }


def _passages(article: ExportedArticle, of: Version, other: Version) -> list[Quote]:
    """The first passages that one text has and the other lacks."""
    return [
        text_quote(article.id, of.number, of.text, start, end, article.url)
        for start, end in first_passages(passages_gone(of.text, other.text), _PASSAGES)
    ]


def _place(after: str) -> ListPlace | None:
    """Where a list goes on, as a call before has said; raises ConfigError for what none says."""
    if not after:
        return None
    at, _, number = after.rpartition("/")
    if not at or not number.isdecimal() or len(number) > 18:
        raise ConfigError(f"after: {after[:80]!r} is not allowed; give what 'next' of the call before says")
    return ListPlace(at, int(number))


def _day(line: CoverageLine) -> Answered:
    return {
        "day": line.day.isoformat(),
        "looks": line.polls,
        "failed_looks": line.failed_polls,
        "new_articles": line.seen,
        "expected": line.expected,
        "perhaps_lost": line.lost,
        "seconds_not_covered": line.blind_s,
        "so": verdict(line),
    }


def _compared(connection: Connection, source: str) -> Answered | None:
    """What share of its own lists is held, by the last `seedwatch coverage --against`; None: it was never asked."""
    last = comparisons.last(connection, source)
    if last is None:
        return None
    return {
        "against": last.against,
        "since": last.since.isoformat(),
        "until": last.until.isoformat(),
        "compared_at": to_iso(last.compared_at),
        "listed": last.listed,
        "kept": last.kept,
        "off_topic": last.off_topic,
        "missed_because": dict(last.reasons),
    }


def _sums(lines: Sequence[CoverageLine], names: Sequence[str]) -> list[Answered]:
    """The days of each source in one line, those first of which most was not covered; sources never polled too."""
    by_source: dict[str, list[CoverageLine]] = {name: [] for name in names}
    for line in lines:
        by_source.setdefault(line.source, []).append(line)
    worst_first = sorted(
        by_source.items(),
        key=lambda item: (bool(item[1]), -sum(day.blind_s or 0 for day in item[1]), item[0]),
    )
    return [
        {
            "source": name,
            "days": len(days),
            "looks": sum(day.polls for day in days),
            "failed_looks": sum(day.failed_polls for day in days),
            "new_articles": sum(day.seen for day in days),
            "perhaps_lost": round(sum(day.lost or 0 for day in days), 1),
            "seconds_not_covered": sum(day.blind_s or 0 for day in days),
            "so": "" if days else "not looked at",
        }
        for name, days in worst_first
    ]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:20]) or "none"
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown
