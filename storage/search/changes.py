"""What revisions added and removed, and the full-text index over it: the only file that touches `revisions_fts`.

The index is contentless, as that of the articles: storage/search/index.py says why. A revision's texts never change,
so its entry is made once, and deleted only with the revision.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage import meta
from storage.analyser import VERSION, index_text
from storage.db import from_iso, storage_errors, to_iso
from storage.errors import StorageError
from storage.query import Query, QueryDocument, article_days, match_query, plan_fts
from storage.records.decisions import RE_EXTRACTED
from storage.records.sources import read_tags
from storage.records.topics import Span

_COLUMNS = """
    revisions.id, revisions.article_id, revisions.number, revisions.seen_at, revisions.kind, revisions.silent,
    revisions.title, revisions.text, revisions.added, revisions.removed, revisions.language, revisions.analyser,
    before.title AS title_before, before.language AS language_before
"""
_JOINED = """
    FROM revisions
    JOIN revisions AS before ON before.article_id = revisions.article_id AND before.number = revisions.number - 1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One side of a revision that a search found."""

    revision_id: int
    article_id: int
    number: int  # of the text that came with it; the first text is 1
    seen_at: datetime  # when the new text was read; the change was made before
    side: str  # "added" or "removed"
    kind: str  # "minor" or "major"
    is_silent: bool | None  # whether the page stated no new date of change; None: not known
    title: str  # the headline that went or came with this side; the article's if it stayed
    headline: str  # of the article, with the new text
    source: str
    language: str | None
    url: str | None
    text: str  # what came or went, those sentences of a paragraph in one line
    spans: tuple[Span, ...]  # what the query found, in order
    still_says: (
        bool  # whether the query finds the new text (of a removal) or the old one (of an addition) too
    )


def index(connection: sqlite3.Connection, revision_id: int) -> None:
    """Put what a stored revision added and removed into the index; inside the caller's transaction."""
    row = _row(connection, revision_id)
    if row is None or row["kind"] == RE_EXTRACTED or revision_id in pending(connection):
        return  # neither the first text of an article nor our own reading is an edit
    for place, title, text in _entries(row):
        connection.execute(
            "INSERT INTO revisions_fts (rowid, title, text) VALUES (?, ?, ?)", [place, title, text]
        )
    if row["analyser"] != VERSION:
        connection.execute("UPDATE revisions SET analyser = ? WHERE id = ?", [VERSION, revision_id])


def unindex(connection: sqlite3.Connection, revision_id: int) -> None:
    """Take a revision out of the index, before it is deleted; inside the caller's transaction.

    Raises:
        StorageError: the index was made by a later version of the analyser.
    """
    row = _row(connection, revision_id)
    if row is None or row["analyser"] is None or revision_id in pending(connection):
        return
    if row["analyser"] > VERSION:
        raise StorageError(
            f"the index was made by analyser {row['analyser']}, this seedwatch has {VERSION}: "
            "run the newer seedwatch, or `seedwatch reindex` with this one"
        )
    for place, title, text in _entries(row, row["analyser"]):
        connection.execute(
            "INSERT INTO revisions_fts (revisions_fts, rowid, title, text) VALUES ('delete', ?, ?, ?)",
            [place, title, text],
        )


def empty(connection: sqlite3.Connection) -> None:
    """Empty the index, and note that all revisions are to be put in again; inside the caller's transaction."""
    connection.execute("INSERT INTO revisions_fts (revisions_fts) VALUES ('delete-all')")
    last = connection.execute("SELECT coalesce(max(id), 0) FROM revisions").fetchone()[0]
    meta.put(connection, meta.REINDEX_CHANGES, meta.UnindexedRows(1, last))


def pending(connection: sqlite3.Connection) -> range:
    """The revisions that the index, which is being made anew, has not yet, by row; empty if it is whole."""
    rest = meta.get(connection, meta.REINDEX_CHANGES) or meta.UnindexedRows()
    return range(rest.first, rest.last + 1)


def put_in(connection: sqlite3.Connection, batch: int) -> bool:
    """Put the next revisions into the index, at most *batch*; whether some are left. In the caller's transaction."""
    rest = pending(connection)
    ids = [
        row["id"]
        for row in connection.execute(
            "SELECT id FROM revisions WHERE id >= ? AND id < ? AND kind IS NOT 're-extracted' ORDER BY id LIMIT ?",
            [rest.start, rest.stop, batch],
        )
    ]
    if not ids:
        meta.put(connection, meta.REINDEX_CHANGES, None)
        return False
    meta.put(connection, meta.REINDEX_CHANGES, meta.UnindexedRows(ids[-1] + 1, rest.stop - 1))
    for revision_id in ids:
        index(connection, revision_id)
    return True


@storage_errors
def search_changes(
    connection: sqlite3.Connection,
    query: Query,
    *,
    side: str,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
) -> list[Change]:
    """What *query* finds in what revisions removed or added (*side*), newest first; each is checked against its text.

    *since* and *until* (not included) bound when the new text was read, and so does date: in the query. A headline
    counts only if it came or went.
    """
    match = plan_fts(query, _languages(connection)).match
    hits: list[Change] = []
    before = 2**61
    while len(hits) < limit:
        rows = _slice(connection, match, side, before, since, until)
        if not rows:
            break
        for row in rows:
            before = row["id"]
            change = _check(query, row, side)
            if change is not None:
                hits.append(change)
            if len(hits) == limit:
                break
    return hits


def _row(connection: sqlite3.Connection, revision_id: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        f"SELECT {_COLUMNS} {_JOINED} WHERE revisions.id = ?", [revision_id]
    ).fetchone()
    return row


def _entries(row: sqlite3.Row, version: int = VERSION) -> list[tuple[int, str, str]]:
    """Row, title and text of the index entries of a revision, as that analyser made them: what it added, removed."""
    has_new_title = row["title"] != row["title_before"]
    sides = (
        (2 * row["id"], row["title"], row["added"], row["language"]),
        (2 * row["id"] + 1, row["title_before"], row["removed"], row["language_before"]),
    )
    return [
        (
            place,
            index_text(title, language, version) if has_new_title else "",
            index_text(text, language, version),
        )
        for place, title, text, language in sides
    ]


def _languages(connection: sqlite3.Connection) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT DISTINCT language FROM revisions WHERE language IS NOT NULL ORDER BY language"
    )
    return tuple(row["language"] for row in rows)


def _slice(
    connection: sqlite3.Connection,
    match: str | None,
    side: str,
    before: int,
    since: datetime | None,
    until: datetime | None,
    size: int = 200,
) -> list[sqlite3.Row]:
    hits = """
        SELECT rowid / 2 AS id FROM revisions_fts
        WHERE revisions_fts MATCH :match AND rowid < 2 * :before AND rowid % 2 = :is_removal
        ORDER BY rowid DESC
    """
    if match is None:  # the query asks for nothing that the index knows
        hits = """
            SELECT id FROM revisions
            WHERE id < :before AND number > 1 AND kind IS NOT 're-extracted' ORDER BY id DESC
        """
    return connection.execute(
        f"""
        SELECT {_COLUMNS}, before.text AS text_before, articles.url, articles.section, articles.outlet_host,
            sources.name AS source, sources.country, sources.tags
        FROM ({hits}) AS hits
        CROSS JOIN revisions ON revisions.id = hits.id
        JOIN revisions AS before ON before.article_id = revisions.article_id AND before.number = revisions.number - 1
        JOIN articles ON articles.id = revisions.article_id
        JOIN sources ON sources.id = articles.source_id
        WHERE (:since IS NULL OR revisions.seen_at >= :since) AND (:until IS NULL OR revisions.seen_at < :until)
        ORDER BY revisions.id DESC
        LIMIT :size
        """,
        {
            "match": match,
            "before": before,
            "is_removal": int(side == "removed"),
            "since": to_iso(since),
            "until": to_iso(until),
            "size": size,
        },
    ).fetchall()


def _check(query: Query, row: sqlite3.Row, side: str) -> Change | None:
    has_new_title = row["title"] != row["title_before"]
    title = row["title_before"] if side == "removed" else row["title"]
    text = row[side]
    spans = match_query(query, _document(row, title if has_new_title else "", text))
    if spans is None or not (text or has_new_title):
        return None
    other = (row["title"], row["text"]) if side == "removed" else (row["title_before"], row["text_before"])
    return Change(
        revision_id=row["id"],
        article_id=row["article_id"],
        number=row["number"],
        seen_at=datetime.fromisoformat(row["seen_at"]),
        side=side,
        kind=row["kind"] or "major",
        is_silent=None if row["silent"] is None else bool(row["silent"]),
        title=title,
        headline=row["title"],
        source=row["source"],
        language=row["language"],
        url=row["url"],
        text=text,
        spans=spans,
        still_says=match_query(query, _document(row, *other)) is not None,
    )


def _document(row: sqlite3.Row, title: str, text: str) -> QueryDocument:
    return QueryDocument.of(
        title,
        text,
        language=row["language"],
        source=row["source"],
        domain=row["outlet_host"],
        country=row["country"],
        tags=read_tags(row["tags"]),
        section=row["section"],
        date=article_days(None, None, from_iso(row["seen_at"])),
    )
