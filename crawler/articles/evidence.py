"""What is kept beside an article that was read: how it fared before, validators, the page, its return. I/O edge."""

import sqlite3
from dataclasses import replace

from crawler.articles.look_verdicts import returned
from storage.articles import kept_pages, looks, revisions, watches
from storage.records.articles import Verdict
from storage.records.decisions import Intent, Known, Reading


def with_standing(connection: sqlite3.Connection, known: Known, reading: Reading) -> Known:
    """*known* with how its article has fared; of a crawled reading only, since no other revises."""
    if known.article_id is None or reading.origin != "crawl":
        return known
    return replace(known, standing=revisions.standing(connection, known.article_id, reading))


def keep_evidence(connection: sqlite3.Connection, intent: Intent, article_id: int | None) -> None:
    """Keep what a crawled article was read from, inside the caller's transaction: validators, and the page if wanted.

    Pages are kept of articles that match, and of what they become. One that counted as deleted has returned.
    """
    reading = intent.reading
    if article_id is None or reading.origin != "crawl" or intent.alternates:
        return
    if article_id == intent.article_id:
        is_revised = intent.verdict is Verdict.REVISED
        event = returned(reading.article.url or "", reading.read_at, is_changed=is_revised)
        revisions.bring_back(connection, article_id, reading.read_at, event)
    if reading.answer is None:
        return
    looks.note_reading(connection, article_id, reading.answer)
    if intent.verdict is not Verdict.UNCHANGED and watches.is_watched(connection, article_id):
        kept_pages.keep(connection, article_id, reading.answer, reading.run_id)
