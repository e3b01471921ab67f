"""The full-text index: the only file that touches it.

The index is contentless: SQLite 3.40 corrupts it silently when what is deleted differs from what was put in, so a
text is deleted with the terms of the very text that was put in, under the analyser's version that is stored with it.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.analyser import VERSION, index_text
from storage.db import from_iso, storage_errors
from storage.errors import StorageError
from storage.query import Query, QueryDocument, article_days, match_query, plan_fts
from storage.query.tree import And, Days, Fact, Node
from storage.records.articles import Span

# Articles whose texts one search checks; a thousand take about a second on one core (300 words each).
MAX_CHECKED = 5_000
_SLICE = 200
# The fact in `meta` that says what storage/search/reindex.py has still to put in.
PENDING = "reindex"


@dataclass(frozen=True, slots=True)
class Found:
    """An article that a search found."""

    id: int
    title: str
    source: str
    published_at: datetime | None
    published_precision: str | None  # storage.records.articles.Precision; None with published_at
    language: str | None
    url: str | None
    text: str
    spans: tuple[Span, ...]  # what the query found, in order


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found."""

    found: tuple[Found, ...]  # the newest first, by arrival
    warnings: tuple[str, ...]  # what of the archive was not looked at, and why; () if all was
    checked: int  # articles that the index offered and that were held against the query


def pending(connection: sqlite3.Connection) -> range:
    """The rows that the index, which is being made anew, has not yet; empty if it is whole."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", [PENDING]).fetchone()
    rest = json.loads(row["value"]) if row else {"first": 1, "last": 0}
    return range(rest["first"], rest["last"] + 1)


def index(
    connection: sqlite3.Connection, article_id: int, title: str, text: str, language: str | None
) -> None:
    """Put an article's title and text into the index; inside the caller's transaction."""
    if article_id in pending(connection):
        return
    connection.execute(
        "INSERT INTO articles_fts (rowid, title, text) VALUES (?, ?, ?)",
        [article_id, index_text(title, language), index_text(text, language)],
    )


def unindex(connection: sqlite3.Connection, article_id: int) -> None:
    """Take an article out of the index, with what is stored of it; before its title or text changes."""
    if article_id in pending(connection):
        return
    row = connection.execute(
        """
        SELECT articles.title, articles.language, article_texts.text, article_texts.analyser
        FROM articles JOIN article_texts ON article_texts.article_id = articles.id
        WHERE articles.id = ?
        """,
        [article_id],
    ).fetchone()
    if row["analyser"] != VERSION:
        raise StorageError(
            f"the index was made by analyser {row['analyser']}, this seedwatch has {VERSION}: "
            "run `seedwatch reindex` first"
        )
    connection.execute(
        "INSERT INTO articles_fts (articles_fts, rowid, title, text) VALUES ('delete', ?, ?, ?)",
        [article_id, index_text(row["title"], row["language"]), index_text(row["text"], row["language"])],
    )


@storage_errors
def compact(connection: sqlite3.Connection) -> None:
    """Merge the index into one part, so that what was deleted from it takes no room any more."""
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")


@storage_errors
def languages(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The languages of the stored articles, commonest first: a query's words are stemmed under each."""
    rows = connection.execute(
        "SELECT language FROM articles WHERE language IS NOT NULL GROUP BY language ORDER BY count(*) DESC, language"
    )
    return tuple(row["language"] for row in rows)


def search(connection: sqlite3.Connection, query: Query, *, limit: int = 20) -> list[Found]:
    """The newest articles that *query* finds, by arrival; as `look_up`, without its warnings."""
    return list(look_up(connection, query, limit=limit).found)


@storage_errors
def look_up(
    connection: sqlite3.Connection, query: Query, *, limit: int = 20, most: int = MAX_CHECKED
) -> Findings:
    """The newest articles that *query* finds, by arrival; each is checked against its text, so none is wrong.

    The index may offer more than the query asks for (it knows no fields such as section:), so rows are read in slices
    until *limit* are found or *most* were checked; the warnings say so if the archive was not looked through.
    """
    plan = plan_fts(query, languages(connection))
    found: list[Found] = []
    checked = 0
    before = 2**62
    rows: list[sqlite3.Row] = []
    while len(found) < limit and checked < most:
        rows = _slice(connection, plan.match, query, before, min(_SLICE, most - checked))
        for row in rows:
            before = row["id"]
            checked += 1
            hit = _check(query, row)
            if hit is not None:
                found.append(hit)
            if len(found) == limit:
                break
        if not rows:
            break
    is_cut = bool(rows) and len(found) < limit and checked >= most
    warnings = _cut_warning(rows[-1]["first_seen_at"], checked, plan.warnings) if is_cut else ()
    if pending(connection):
        warnings = (
            "the index is being made anew, so some is not found; `seedwatch reindex` goes on with it",
            *warnings,
        )
    return Findings(tuple(found), warnings, checked)


def _cut_warning(seen_at: str, checked: int, why: tuple[str, ...]) -> tuple[str, ...]:
    return (
        f"the search ended after {checked} articles that the index offered, the newest first, back to those stored "
        f"on {seen_at[:10]}; add a word, lang: or date: to look further back",
        *why,
    )


def _slice(
    connection: sqlite3.Connection, match: str | None, query: Query, before: int, size: int
) -> list[sqlite3.Row]:
    conditions, values = _conditions(query.root)
    # By rowid descending, limited before the join: 0.2 ms at 500,000 articles, against 1 s by date.
    hits = "SELECT rowid AS id FROM articles_fts WHERE articles_fts MATCH :match AND rowid < :before"
    if match is None:  # the query asks for nothing that the index knows
        hits = "SELECT id FROM articles WHERE id < :before"
    if conditions:
        hits = f"""
            SELECT articles.id
            FROM ({hits} ORDER BY 1 DESC) AS offered
            JOIN articles ON articles.id = offered.id
            JOIN sources ON sources.id = articles.source_id
            WHERE {" AND ".join(conditions)}
        """
    return connection.execute(
        f"""
        SELECT articles.*, sources.name AS source, sources.country, sources.home, article_texts.text
        FROM ({hits} ORDER BY 1 DESC LIMIT :size) AS hits
        JOIN articles ON articles.id = hits.id
        JOIN article_texts ON article_texts.article_id = articles.id
        JOIN sources ON sources.id = articles.source_id
        ORDER BY articles.id DESC
        """,
        {"match": match, "before": before, "size": size, **values},
    ).fetchall()


_COLUMNS = {"lang": "articles.language", "source": "sources.name", "country": "sources.country"}


def _conditions(root: Node) -> tuple[list[str], dict[str, str]]:
    """What SQL can say of the facts that all finds must meet, and its values; the texts need not be read for it."""
    conditions: list[str] = []
    values: dict[str, str] = {}
    for node in root.operands if isinstance(root, And) else (root,):
        name = f"value{len(values)}"
        if isinstance(node, Fact) and node.field in _COLUMNS and not node.prefix and node.value.isascii():
            conditions.append(f"lower({_COLUMNS[node.field]}) = :{name}")
            values[name] = node.value
        elif isinstance(node, Days):
            # Of a month or year without a day the column holds one day of it; `match_query` has the last word.
            day = "substr(coalesce(articles.published_at, articles.first_seen_at), 1, 10)"
            conditions.append(
                f"(articles.published_precision IN ('month', 'year') OR {day} BETWEEN :{name} AND :{name}_last)"
            )
            values |= {name: node.first, f"{name}_last": node.last or "9999"}
    return conditions, values


def _check(query: Query, row: sqlite3.Row) -> Found | None:
    document = QueryDocument.of(
        row["title"],
        row["text"],
        language=row["language"],
        source=row["source"],
        domain=row["outlet_host"],
        country=row["country"],
        section=row["section"],
        date=article_days(
            from_iso(row["published_at"]), row["published_precision"], from_iso(row["first_seen_at"])
        ),
    )
    spans = match_query(query, document)
    if spans is None:
        return None
    return Found(
        id=row["id"],
        title=row["title"],
        source=row["source"],
        published_at=from_iso(row["published_at"]),
        published_precision=row["published_precision"],
        language=row["language"],
        url=row["url"],
        text=row["text"],
        spans=spans,
    )
