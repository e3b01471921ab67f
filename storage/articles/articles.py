"""Articles with their texts, copies, revisions and matches: facts for a decision, and its carrying out."""

import sqlite3

from storage.alerts import alerts
from storage.articles import (
    addresses,
    anchors,
    held,
    kept_pages,
    matches,
    relations,
    revisions,
    rows,
    watches,
)
from storage.db import storage_errors, transaction
from storage.records.decisions import Intent, Known, Reading, Revision, Verdict
from storage.sources import links, sources
from storage.topics import background, vectors

# Rows of one text that are looked at; a text carried more often is boilerplate and its newest rows suffice.
_GROUP_ROWS = 200
# What of a match may be news to those who asked to be told.
_NEWS = (matches.Kept.ADDED, matches.Kept.CHANGED)


@storage_errors
def known(
    connection: sqlite3.Connection,
    url_key: str | None,
    text_hash: str,
    *,
    origin: str,
    article_id: int | None = None,
) -> Known:
    """What is stored under the same address, and under other addresses with the same text.

    *article_id* is the article itself where it is known to stand at another address. A seed has no address key of its
    own; it is known again by origin and text.
    """
    # The + keeps the planner from reading all seeds: the text's hash is the narrower index.
    row = connection.execute(
        """
        SELECT articles.id, articles.text_hash, articles.title, article_texts.text,
            articles.url_key IS NOT ? AND articles.origin <> 'seed' AS is_elsewhere
        FROM articles JOIN article_texts ON article_texts.article_id = articles.id
        WHERE articles.id = coalesce(
            (SELECT id FROM articles WHERE url_key = ?),
            (SELECT article_id FROM article_addresses WHERE url_key = ?),
            ?
        ) OR (? = 'seed' AND +articles.origin = 'seed' AND articles.text_hash = ?)
        ORDER BY articles.id LIMIT 1
        """,
        [url_key, url_key, url_key, article_id, origin, text_hash],
    ).fetchone()
    same = connection.execute(
        """
        SELECT articles.id, articles.origin, sources.name AS source, articles.title, articles.words,
            articles.published_at, articles.first_seen_at, articles.url, articles.text_hash,
            articles.url_key, articles.canonical_key, copies.original_id AS head_id
        FROM articles
        JOIN sources ON sources.id = articles.source_id
        LEFT JOIN copies ON copies.article_id = articles.id AND copies.relation <> 'follow_up'
        WHERE articles.text_hash = ? AND articles.id IS NOT ?
        ORDER BY articles.id LIMIT ?
        """,
        [text_hash, row["id"] if row else None, _GROUP_ROWS],
    )
    return Known(
        article_id=row["id"] if row else None,
        article_hash=row["text_hash"] if row else None,
        article_title=row["title"] if row else "",
        article_text=row["text"] if row else "",
        is_elsewhere=bool(row["is_elsewhere"]) if row else False,
        same_text=tuple(map(relations.member, same)),
    )


@storage_errors
def apply(connection: sqlite3.Connection, intent: Intent) -> int | None:
    """Carry out *intent* in one transaction; the article's row, or None if none is kept.

    Article, text, index, revision, copies, matches, messages to send, the evidence, the link's state and the
    background stand or fall together.
    """
    with transaction(connection):
        article_id = _keep(connection, intent)
        if article_id is not None:
            _keep_evidence(connection, intent, article_id)
        _settle_link(connection, intent, article_id)
        reading = intent.reading
        # A kept article is read again and again: the sample would fill with what matches.
        is_again = intent.verdict in (Verdict.UNCHANGED, Verdict.REVISED)
        is_news = not is_again and not _is_past(connection, reading)
        if reading.background and reading.article.language and is_news:
            background.offer(
                connection,
                reading.article.language,
                reading.url_key or reading.text_hash,
                reading.background,
                reading.read_at,
            )
        if reading.vector and reading.article.language:
            vectors.keep(
                connection, reading.text_hash, reading.article.language, reading.vector, reading.read_at
            )
    return article_id


@storage_errors
def correct(
    connection: sqlite3.Connection, article_id: int, reading: Reading, revision: Revision | None
) -> None:
    """Write what a new reading of an article's own page found, in one transaction: text, date, authors, extractor.

    A *revision* of the kind RE_EXTRACTED keeps the text that it had; None: text and headline stay.
    """
    with transaction(connection):
        if revision is not None:
            revisions.revise(connection, article_id, reading, revision)
            anchors.add(connection, article_id, reading.anchors or ())
        rows.correct(connection, article_id, reading.article)
        matches.follow_article(connection, article_id)


@storage_errors
def article(connection: sqlite3.Connection, article_id: int) -> sqlite3.Row | None:
    """One article's row with its text and its source's name, country and home; None if there is none."""
    row: sqlite3.Row | None = connection.execute(
        """
        SELECT articles.*, article_texts.text, sources.name AS source, sources.country, sources.home
        FROM articles
        JOIN article_texts ON article_texts.article_id = articles.id
        JOIN sources ON sources.id = articles.source_id
        WHERE articles.id = ?
        """,
        [article_id],
    ).fetchone()
    return row


@storage_errors
def find(connection: sqlite3.Connection, url_key: str) -> int | None:
    """The article with this address key, its own or a further one; None if there is none."""
    row = connection.execute(
        """
        SELECT id FROM articles WHERE url_key = :key
        UNION ALL SELECT article_id FROM article_addresses WHERE url_key = :key
        LIMIT 1
        """,
        {"key": url_key},
    ).fetchone()
    return int(row["id"]) if row else None


@storage_errors
def text_hash(connection: sqlite3.Connection, article_id: int) -> str | None:
    """The hash of an article's present text; None if there is no such article."""
    row = connection.execute("SELECT text_hash FROM articles WHERE id = ?", [article_id]).fetchone()
    return row["text_hash"] if row else None


def _keep(connection: sqlite3.Connection, intent: Intent) -> int | None:
    reading = intent.reading
    if intent.verdict is Verdict.OFF_TOPIC:
        return None
    if intent.verdict is Verdict.UNCHANGED:
        assert intent.article_id is not None
        # Seeds are held against the database by every command; no import is a look.
        if reading.origin == "crawl" and not intent.is_teaser:
            revisions.confirm(connection, intent.article_id, intent)
        if intent.is_elsewhere:
            addresses.note(connection, intent.article_id, reading)
        return intent.article_id
    if intent.verdict is Verdict.REVISED:
        assert intent.article_id is not None
        assert intent.revision is not None
        article_id = intent.article_id
        revisions.revise(connection, article_id, reading, intent.revision)
        matches.follow_article(connection, article_id)
    else:
        revisions.give_up_address(connection, intent)
        article_id = rows.insert(connection, reading)
    anchors.add(connection, article_id, reading.anchors or ())
    relations.relate(connection, article_id, intent.copies)
    revisions.give_address(connection, intent, article_id)
    for topic in intent.ends:
        matches.end_edited(connection, topic, article_id, reading.read_at)
    changed = [
        match.topic
        for match in reading.matches
        if matches.keep(connection, article_id, match, reading.read_at, why="revised") in _NEWS
    ]
    if changed and intent.news_since is not None:
        alerts.tell_matches(connection, article_id, changed, reading.read_at, news_since=intent.news_since)
    return article_id


def _keep_evidence(connection: sqlite3.Connection, intent: Intent, article_id: int) -> None:
    """That the article is there again, validators for the next look, and the page of one that is looked at again."""
    reading = intent.reading
    if intent.returned is not None:
        revisions.bring_back(connection, article_id, reading.read_at, intent.returned)
    if intent.answer is None:
        return
    watches.note_reading(connection, article_id, intent.answer)
    if intent.keeps_page and watches.is_watched(connection, article_id):
        kept_pages.keep(connection, article_id, intent.answer, reading.run_id)


def _is_past(connection: sqlite3.Connection, reading: Reading) -> bool:
    """Whether a backfill found the page: it says nothing of how much comes now, which the background is asked for."""
    if reading.link is None:
        return False
    row = connection.execute("SELECT archive_page_id FROM links WHERE id = ?", [reading.link.id]).fetchone()
    return row is not None and row["archive_page_id"] is not None


def _settle_link(connection: sqlite3.Connection, intent: Intent, article_id: int | None) -> None:
    reading = intent.reading
    if reading.link is None:
        return
    is_there = links.settle(
        connection,
        reading.link,
        article_id,
        at=reading.read_at,
        score=reading.score,
        stated_at=reading.article.published.at if reading.article.published else None,
        run_id=reading.run_id,
    )
    if intent.was_updated is not None and reading.link.feed_id is not None:
        sources.note_update(connection, reading.link.feed_id, was_one=intent.was_updated)
    if intent.hold_text_until is not None and is_there:
        held.hold_text(connection, reading.link.id, reading.article, intent.hold_text_until)
