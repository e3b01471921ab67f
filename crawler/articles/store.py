"""One reading into the database: facts, decision, effect. I/O edge."""

import sqlite3
from dataclasses import replace

from crawler.articles.addresses import article_at
from crawler.articles.decide import decide, is_kept
from crawler.articles.revisions import is_same_article
from crawler.blocks.site_memory import learn
from crawler.stories.shingles import anchors
from crawler.text.equality import canonical_key
from crawler.urls import doubtful_parameters, host_and_port, key_with, url_key
from storage.articles import addresses, articles, relations, revisions
from storage.articles import anchors as stored_anchors
from storage.db import storage_errors, transaction
from storage.records.decisions import Known, Reading, Verdict
from storage.sources import host_parameters, site_memories


@storage_errors
def store_reading(
    connection: sqlite3.Connection, reading: Reading, *, keep_all: bool = False, hold_days: int = 0
) -> tuple[Verdict, int | None]:
    """Gather what is known, decide, carry out; what the reading turned out to be, and its article if one is kept."""
    may_be_kept = is_kept(reading, keep_all=keep_all)
    reading = _with_marks(reading, may_be_kept=may_be_kept)
    # One transaction: between facts and effect another process could store the same address, or the same story.
    with transaction(connection):
        known = known_beside(connection, reading, may_be_kept=may_be_kept)
        intent = decide(reading, known, keep_all=keep_all, hold_days=hold_days)
        article_id = articles.apply(connection, intent)
        _learn(connection, reading)
        _learn_parameter(connection, reading, article_id)
        return intent.verdict, article_id


def _learn(connection: sqlite3.Connection, reading: Reading) -> None:
    """Have the host's memory learn from a page that was read for the first time."""
    host, link = host_and_port(reading.article.url or ""), reading.link
    if reading.marks is None or not host or link is None or link.was_fetched:
        return
    before = site_memories.recall(connection, host)
    memory = learn(before, reading.marks)
    if memory is not before:
        site_memories.remember(connection, host, memory, reading.read_at)


def _learn_parameter(connection: sqlite3.Connection, reading: Reading, article_id: int | None) -> None:
    """Have a host's parameter learnt by two of its addresses that differ in it alone: by their texts."""
    link = reading.link
    if link is None or link.was_fetched or not link.url_key or link.url_key == url_key(link.url):
        return
    name = next(
        (one for one in doubtful_parameters(link.url) if key_with(link.url, one) == link.url_key), None
    )
    beside_id = articles.find(connection, url_key(link.url)) if name else None
    beside = articles.article(connection, beside_id) if beside_id is not None else None
    if name is None or beside is None:
        return
    article = reading.article
    is_one = article_id == beside_id or is_same_article(
        beside["title"], beside["text"], article.title, article.text
    )
    host_parameters.learn(
        connection,
        host_and_port(link.url),
        name,
        names_page=not is_one,
        url=link.url,
        now=reading.read_at,
    )


def known_beside(connection: sqlite3.Connection, reading: Reading, *, may_be_kept: bool) -> Known:
    """All facts that the decision on *reading* needs; the stories that it may tell only if it *may_be_kept*.

    An article that still has its text tells what it told.
    """
    known = articles.known(connection, reading.url_key, reading.text_hash, origin=reading.origin)
    if known.article_id is None and reading.origin == "crawl":
        known = _at_another_address(connection, reading, known)
    if known.article_id is not None and reading.origin != "crawl":
        return known  # other origins revise nothing
    if known.article_id is not None:
        host = host_and_port(reading.article.url or "")
        known = replace(
            known,
            standing=revisions.standing(connection, known.article_id, reading),
            former=addresses.former_stories(connection, reading.article.url),
            common=site_memories.common_marks(connection, host) if host else known.common,
        )
    if not may_be_kept or known.article_hash == reading.text_hash:
        return known
    return _with_stories(connection, reading, known)


def _at_another_address(connection: sqlite3.Connection, reading: Reading, known: Known) -> Known:
    """*known* with the article of the same source that stands at another address already, if the reading is one."""
    named = reading.canonical_key
    article_id = article_at(reading, addresses.candidates(connection, reading, named), named)
    if article_id is None:
        return known
    return articles.known(
        connection, reading.url_key, reading.text_hash, origin=reading.origin, article_id=article_id
    )


def _with_stories(connection: sqlite3.Connection, reading: Reading, known: Known) -> Known:
    """*known* with what shares a part of the text, the stories of all of them, and who names whom as the original."""
    similar = stored_anchors.similar(
        connection,
        reading.anchors or (),
        named=reading.canonical_key,
        naming=reading.url_key,
        text_hash=reading.text_hash,
    )
    beside = (*known.same_text, *similar)
    heads = list(dict.fromkeys(member.head_id or member.id or 0 for member in beside))
    stories = relations.stories(connection, heads)
    keys = {member.canonical_key for member in stories if member.canonical_key}
    keys |= {reading.canonical_key} if reading.canonical_key else set()
    # One more than there are stories: then another story is among those that are found, if there is one.
    namings = relations.namings(connection, sorted(keys), len(heads) + 1) if heads else frozenset()
    return replace(known, similar=similar, stories=stories, namings=namings)


def _with_marks(reading: Reading, *, may_be_kept: bool) -> Reading:
    """*reading* with the original that its page names, and what near copies are found by if it *may_be_kept*.

    The process that read it may have put that there.
    """
    is_marked = reading.anchors is not None or not may_be_kept
    return replace(
        reading,
        anchors=reading.anchors if is_marked else anchors(reading.article.text),
        canonical_key=canonical_key(reading.article.canonical_url, reading.url_key),
    )
