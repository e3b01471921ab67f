"""One reading into the database: facts, decision, effect. I/O edge."""

import sqlite3
from dataclasses import replace

from crawler.articles.decide import decide, is_kept, member_of
from crawler.articles.evidence import keep_evidence, with_standing
from crawler.articles.family import family_of
from crawler.articles.revisions import at_address
from crawler.stories.equality import canonical_key
from crawler.stories.shingles import anchors
from storage.articles import anchors as stored_anchors
from storage.articles import articles
from storage.db import storage_errors, transaction
from storage.records.articles import Verdict
from storage.records.decisions import Family, Known, Reading


@storage_errors
def store_reading(
    connection: sqlite3.Connection, reading: Reading, *, keep_all: bool = False, hold_days: int = 0
) -> tuple[Verdict, int | None]:
    """Gather what is known, decide, carry out; what the reading turned out to be, and its article if one is kept."""
    if is_kept(reading, keep_all=keep_all):
        reading = _with_marks(reading)
    # One transaction: between facts and effect another process could store the same address, or the same story.
    with transaction(connection):
        known = articles.known(connection, reading.url_key, reading.text_hash, origin=reading.origin)
        known = at_address(reading, with_standing(connection, known, reading))
        family = Family()
        if known.article_id is None and is_kept(reading, keep_all=keep_all):
            family = _family(connection, reading, known)
        intent = decide(reading, known, keep_all=keep_all, hold_days=hold_days, family=family)
        article_id = articles.apply(connection, intent)
        keep_evidence(connection, intent, article_id)
        return intent.verdict, article_id


def _with_marks(reading: Reading) -> Reading:
    """*reading* with what near copies are found by, if the process that read it has not put it there."""
    return replace(
        reading,
        anchors=anchors(reading.article.text) if reading.anchors is None else reading.anchors,
        canonical_key=canonical_key(reading.article.canonical_url, reading.url_key),
    )


def _family(connection: sqlite3.Connection, reading: Reading, known: Known) -> Family:
    similar = stored_anchors.similar(
        connection,
        reading.anchors or (),
        named=reading.canonical_key,
        naming=reading.url_key,
        text_hash=reading.text_hash,
    )
    return family_of(connection, member_of(reading), replace(known, similar=similar))
