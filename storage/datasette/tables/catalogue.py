"""Titles, descriptions and habits of our tables, as Datasette's metadata. Pure.

What a column means is said once, in the comments of storage/schema/, from where it is read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from storage.datasette.addresses import DatabasePages
from storage.schema.columns import ColumnMeaning

# Longer lists push the articles off the first screen.
_FACET_SIZE = 8


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is presented."""

    title: str
    description: str = ""
    label: str | None = None  # the column that stands for a row elsewhere; None: Datasette's guess
    newest_by: str | None = None  # sorted by this column, descending; None: by key
    facets: tuple[str, ...] = ()  # only columns that begin an index: others time out on a large table
    sortable: tuple[
        str, ...
    ] = ()  # by these a reader may sort: of a large table those that begin an index; () by all
    columns: tuple[str, ...] = ()  # shown in lists, in this order; () shows all
    size: int | None = None  # rows of a list; None: as many as usual
    hidden: bool = False
    is_listed: bool = True  # False: not among the tables, for opening it reads much of the file


# Of each table what each column means.
Columns = Mapping[str, Mapping[str, ColumnMeaning]]

TABLES: dict[str, Table] = {
    "articles": Table(
        "Articles",
        "What was kept, newest arrival first. A headline opens the reading page. The search box knows inflected words, "
        'quoted phrases, names of two characters (朝俄, 북러), "OR", "NOT" and "*" behind a word.',
        label="title",
        newest_by="id",
        facets=("language", "origin", "source_id"),
        sortable=("id", "source_id", "published_at", "language", "origin"),
        columns=(
            "title",
            "source_id",
            "published_at",
            "language",
            "words",
            "origin",
            "state",
            "revisions",
            "url",
        ),
    ),
    "matches": Table(
        "Matches",
        "Which article is about which topic, with the score and the words that made it.",
        newest_by="id",
        facets=("topic_id", "source_id"),
        columns=(
            "article_id",
            "topic_id",
            "source_id",
            "published_at",
            "score",
            "threshold",
            "band",
            "reason",
            "terms",
        ),
    ),
    "past_matches": Table(
        "Past matches",
        "How articles were judged before a topic changed, a rematch, or a verdict.",
        newest_by="id",
        columns=(
            "article_id",
            "topic_id",
            "score",
            "threshold",
            "band",
            "reason",
            "matched_at",
            "ended_at",
            "why",
        ),
        facets=("topic_id",),
    ),
    "topics": Table(
        "Topics",
        "The subjects that are followed, as the settings declare them.",
        label="name",
        columns=("name", "title", "any_query", "require_query", "exclude_query", "dial", "enabled"),
    ),
    "topic_seeds": Table(
        "Seeds",
        "The articles that the topics were learned from.",
        columns=("topic_id", "article_id", "added_at", "declared"),
    ),
    "topic_models": Table(
        "What was learned",
        "The versions of what each topic learned from its seeds, by language.",
        newest_by="id",
        columns=("topic_id", "language", "built_at", "measure", "threshold", "background", "seeds", "terms"),
    ),
    "feedback": Table(
        "Verdicts",
        "The analyst's yes or no to a match.",
        newest_by="given_at",
        columns=("article_id", "topic_id", "verdict", "given_by", "given_at", "why", "learned"),
    ),
    "reader_marks": Table(
        "Readers' marks",
        "What readers who sign in have read, starred and noted.",
        columns=("article_id", "reader", "read_at", "starred_at", "note", "noted_at"),
    ),
    "reader_visits": Table("Readers' visits", "Up to where each has seen what is new.", hidden=True),
    "article_tags": Table(
        "Tags of articles",
        "The tags that readers gave to articles.",
        facets=("tag",),
        columns=("tag", "article_id", "given_by", "given_at"),
    ),
    "saved_searches": Table("Saved searches", "Queries that readers gave a name.", label="name"),
    "search_looks": Table(
        "Looks at searches", "How far readers have looked through what saved searches find."
    ),
    "sources": Table(
        "Sources",
        "The outlets that are watched.",
        label="name",
        columns=("name", "title", "home", "country", "language", "timezone", "enabled"),
    ),
    "feeds": Table(
        "Feeds",
        "The addresses that are polled, and how they fare.",
        label="url",
        size=40,  # its query shows all columns: of 50 rows 160 kB
        facets=("source_id",),
        columns=(
            "url",
            "source_id",
            "kind",
            "last_polled_at",
            "last_ok_at",
            "failures",
            "last_error",
            "next_due_at",
        ),
    ),
    "successors": Table(
        "Successors of feeds",
        "What sites offer in place of feeds that have died.",
        columns=(
            "feed_id",
            "url",
            "kind",
            "title",
            "entries",
            "newest_at",
            "searched_at",
            "error",
            "next_search_at",
        ),
    ),
    "backfills": Table(
        "Backfills",
        "How far the past of sources is read.",
        columns=("source_id", "since", "state", "begun_at", "ended_at", "next_at"),
    ),
    "archive_pages": Table(
        "Lists of older pages",
        "What backfills read: sitemaps, older documents of feeds, further pages of lists; and what they left out.",
        newest_by="id",
        columns=("url", "source_id", "kind", "state", "newest", "entries", "new_links", "detail", "read_at"),
    ),
    "polls": Table(
        "Polls",
        "Each look at a feed.",
        newest_by="id",
        sortable=("id", "feed_id", "run_id"),
        columns=("feed_id", "polled_at", "outcome", "status", "entries", "new_links", "detail", "decided_by"),
    ),
    "links": Table(
        "Links",
        "Each address that was ever found, and what became of it: nothing is missed in silence.",
        label="title",
        newest_by="id",
        facets=("source_id",),
        sortable=("id", "source_id", "state", "article_id", "feed_id", "run_id"),
        columns=(
            "title",
            "url",
            "source_id",
            "state",
            "reason",
            "score",
            "first_seen_at",
            "attempts",
            "article_id",
        ),
    ),
    "copies": Table(
        "Copies",
        "Which article repeats which: copy, excerpt, extended version or follow-up.",
        columns=("article_id", "original_id", "relation", "similarity", "lag_s", "first_by"),
    ),
    "revisions": Table(
        "Revisions",
        "The texts that an article has had.",
        newest_by="id",
        size=30,  # four long columns: 50 rows would be 190 kB
        columns=("article_id", "number", "seen_at", "title", "added", "removed"),
    ),
    "article_events": Table(
        "Events",
        "Articles that were deleted, returned or moved, with the evidence.",
        newest_by="id",
        columns=("article_id", "event", "happened_at", "detail"),
    ),
    "looks": Table(
        "Second looks",
        "Each time a kept article was looked at again for edits and removals.",
        newest_by="id",
        facets=("source_id",),
        columns=("article_id", "looked_at", "outcome", "status", "reason", "detail", "next_due_at"),
    ),
    "pages": Table(
        "Kept pages",
        "The pages of articles as they came, as evidence; `seedwatch export --warc` writes them out.",
        newest_by="id",
        columns=("article_id", "fetched_at", "url", "status", "bytes", "sha256"),
    ),
    "article_addresses": Table(
        "Further addresses",
        "Where else on its outlet's site an article stands.",
        newest_by="id",
        columns=("article_id", "url", "first_seen_at", "feed_id"),
    ),
    "sightings": Table(
        "Sightings",
        "Through which feed an article was seen.",
        facets=("feed_id",),
        columns=("article_id", "feed_id", "first_seen_at", "last_seen_at"),
    ),
    "runs": Table(
        "Runs",
        "Each crawl with its counts.",
        newest_by="id",
        columns=(
            "trigger",
            "state",
            "started_at",
            "finished_at",
            "feeds_polled",
            "feeds_failed",
            "pages_fetched",
            "articles_new",
            "articles_copy",
            "articles_revised",
            "off_topic",
            "links_failed",
            "error",
        ),
    ),
    "conditions": Table(
        "Conditions",
        "What was out of the ordinary: silence, bursts, layouts, walls, failing feeds, gaps.",
        newest_by="id",
        facets=("source_id", "topic_id"),
        columns=("kind", "source_id", "topic_id", "since", "until", "detail", "noticed_at"),
    ),
    "alerts": Table(
        "Alerts",
        "What was told, or is to be told: matches, and changes of health.",
        newest_by="id",
        columns=(
            "rule_id",
            "kind",
            "topic_id",
            "article_id",
            "condition_id",
            "change",
            "created_at",
            "message_id",
        ),
    ),
    "alert_messages": Table(
        "Messages",
        "What was sent through each channel, and what failed.",
        label="key",
        newest_by="id",
        columns=("rule_id", "state", "created_at", "sent_at", "tries", "next_try_at", "error", "key"),
    ),
    "alert_rules": Table("Alert rules", "Who is told of what, as in the settings.", label="name"),
    "coverage": Table(
        "Coverage",
        "By source and day: looks that could be read, looks that could not, links first seen.",
        facets=("source_id",),
        columns=("source_id", "day", "polls", "failed_polls", "seen", "expected", "lost", "blind_s"),
    ),
    "hosts": Table(
        "Hosts",
        "Sites that asked for a pause, or to be asked slowly.",
        columns=("host", "reason", "paused_until", "pauses", "paused_at", "spacing_s", "crawl_delay_s"),
    ),
    "gaps": Table(
        "Gaps",
        "Times in which nothing was watched.",
        newest_by="id",
        columns=("began_at", "ended_at", "reason", "feeds"),
    ),
    "poll_days": Table("Polls by day", "Polls that are too old to be kept one by one, by feed and day."),
    "look_days": Table(
        "Second looks by day", "Second looks without a finding that are too old to be kept one by one."
    ),
    "run_days": Table(
        "Runs by day", "Runs that are too old to be kept one by one, unless something came of them."
    ),
    "article_texts": Table(
        "Texts of articles",
        "Read them on the reading page, or join by article_id.",
        hidden=True,
        is_listed=False,  # counting its rows reads all texts: 2 s cold at 500,000
    ),
    "articles_fts": Table("Full-text index", hidden=True),
    "revisions_fts": Table("Full-text index of edits", hidden=True),
    "watches": Table("Second looks to come", hidden=True),
    "page_bodies": Table("Bytes of kept pages", hidden=True),
    "anchors": Table("Anchors of texts", "By which copies are found.", hidden=True),
    "recent_anchors": Table(
        "Recent anchors of texts", "Likewise, on their way into the table of all.", hidden=True
    ),
    "anchor_levels": Table("Levels of recent anchors", hidden=True),
    "background": Table("Background sample", "What topics are measured against.", hidden=True),
    "background_counts": Table("Size of the background", hidden=True),
    "cluster_jobs": Table("Jobs of a cluster", hidden=True),
    "text_vectors": Table("Meanings of texts", hidden=True),
    "off_topic_texts": Table(
        "Held texts", "Of articles on no topic, for a while, so that a new topic looks back.", hidden=True
    ),
    "link_feeds": Table("Links in several feeds", hidden=True),
    "link_spellings": Table("Other spellings of links that failed", hidden=True),
    "subscriptions": Table("Subscriptions to hubs", hidden=True),
    "pushes": Table("Pushes to be read", hidden=True),
    "rematches": Table("How far rematches have come", hidden=True),
    "comparisons": Table("What sources list themselves, and what of it is held", hidden=True),
    "site_memories": Table("What stands on many pages of a site", hidden=True),
    "host_parameters": Table("Parameters that name pages", hidden=True),
    "robots_files": Table("What hosts' robots.txt say", hidden=True),
    "requests": Table("Crawls handed over", hidden=True),
    "meta": Table("Notes of the program", hidden=True),
    "_sqlite_migrations": Table("Migrations", hidden=True),
}
# For columns that need no comment in the schema, since every table has them.
_PLAIN = {
    "id": "number of the row, in order of arrival",
    "title": "headline or name",
    "language": "ISO 639-1",
    "first_seen_at": "when it was first seen",
    "last_seen_at": "when it was last seen",
}
_SHADOW = re.compile(r"_fts_(config|content|data|docsize|idx)$")
_OTHER = Table("")  # that is none of ours
_WAYS = Markup(
    '<a href="{}">What is new on your topics</a> · <a href="{}">Search</a> · <a href="{}">All articles</a> · '
    '<a href="{}">How the sources fare</a> · <a href="{}">What tables and columns mean</a>'
)


def column_descriptions(columns: Mapping[str, ColumnMeaning]) -> dict[str, str]:
    """What each of a table's *columns* means, in its order, for people."""
    described: dict[str, str] = {}
    before = ""
    for name, column in columns.items():
        comment = before if column.comment == "as above" else column.comment
        reference = f"row of {column.refers_to}" if column.refers_to else ""
        described[name] = before = comment or reference or _PLAIN.get(name, name.replace("_", " "))
    return described


def database_metadata(title: str, place: DatabasePages, columns: Columns) -> dict[str, Any]:
    """Datasette's metadata of one database of ours; a fresh copy, since Datasette writes into what it is given."""
    tables = {name: _metadata_of(name, table, columns.get(name, {})) for name, table in TABLES.items()}
    ways = _WAYS.format(
        place.start(), place.search(), place.table("articles"), place.sources(), place.schema()
    )
    return {"title": title, "description_html": ways, "tables": tables}


def facets_of_tables() -> dict[str, Any]:
    """The part of `database_metadata` by which Datasette counts; a fresh copy, too."""
    return {
        name: {"facets": list(table.facets), "facet_size": _FACET_SIZE}
        for name, table in TABLES.items()
        if table.facets
    }


def shown_columns(table: str, present: list[str]) -> list[str]:
    """The columns of *table* that a list shows, in order; of those *present* only, all of them if none is chosen."""
    chosen = TABLES[table].columns if table in TABLES else ()
    return [column for column in chosen if column in present] or present


def sorted_tables(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Datasette's list of *tables* in the order of `TABLES`, what is read first before the rest; others behind.

    What a table holds stands in the place of its columns, which the page of the schema explains. The tables in which
    SQLite keeps its full-text indexes are left out: there is nothing to read in them.
    """
    order = {name: place for place, name in enumerate(TABLES)}
    known = [
        table | {"columns": [TABLES[table["name"]].description]}
        if table["name"] in TABLES and TABLES[table["name"]].description
        else table
        for table in tables
        if not _SHADOW.search(table["name"]) and TABLES.get(table["name"], _OTHER).is_listed
    ]
    return sorted(known, key=lambda table: (order.get(table["name"], len(order)), table["name"]))


def _metadata_of(name: str, table: Table, columns: Mapping[str, ColumnMeaning]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "title": table.title,
        "description": table.description,
        "columns": column_descriptions(columns),
        "facets": list(table.facets),
        "facet_size": _FACET_SIZE,
        "hidden": table.hidden,
        "label_column": table.label,
        "sort_desc": table.newest_by,
        "sortable_columns": list(table.sortable),
        "size": table.size,
    }
    if name == "articles":
        described |= {"fts_table": "articles_fts", "fts_pk": "id", "size": 50}
    return {key: value for key, value in described.items() if value not in (None, "", [], False)} | {
        "columns": described["columns"]
    }
