"""What an article that was read turns out to be: facts in, intent out. Pure."""

import difflib
from dataclasses import replace
from datetime import timedelta

from crawler.copies import copies_of_group
from storage.intents import Intent, Known, Member, Reading, Revision
from storage.records import Verdict


def decide(reading: Reading, known: Known, *, keep_all: bool, hold_days: int) -> Intent:
    """The first rule that holds: unchanged, revised, off topic, copy, new.

    Args:
        reading: the article with its matches.
        known: what is stored under its address and with its text.
        keep_all: keep articles that match no topic too.
        hold_days: how long an off-topic text is held for topics to come; 0: not at all.
    """
    if known.article_id is not None:
        return _decide_known(reading, known)
    if reading.origin == "crawl" and not reading.matches and not keep_all:
        held = reading.read_at + timedelta(days=hold_days) if hold_days else None
        return Intent(reading, Verdict.OFF_TOPIC, hold_text_until=held)
    reading = _with_address(reading, known)
    copies = copies_of_group([*known.same_text, _member(reading)]) if known.same_text else ()
    repeats = any(copy.article_id is None for copy in copies)
    return Intent(
        reading,
        Verdict.COPY if repeats else Verdict.NEW,
        copies=copies,
        gives_address_to=_seeds_without_address(reading, known) if copies else (),
    )


def paragraphs_changed(old: str, new: str) -> Revision:
    """The paragraphs that came and went between two texts, in their order."""
    before, after = old.splitlines(), new.splitlines()
    added: list[str] = []
    removed: list[str] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for operation, first, last, start, stop in matcher.get_opcodes():
        if operation != "equal":
            removed += before[first:last]
            added += after[start:stop]
    return Revision("\n".join(added), "\n".join(removed))


def _decide_known(reading: Reading, known: Known) -> Intent:
    """A new headline is a change too, though the text's hash leaves it out."""
    same_title = reading.article.title == known.article_title
    if reading.origin == "seed" or (known.article_hash == reading.text_hash and same_title):
        return Intent(reading, Verdict.UNCHANGED, article_id=known.article_id)
    return Intent(
        reading,
        Verdict.REVISED,
        article_id=known.article_id,
        revision=paragraphs_changed(known.article_text, reading.article.text),
    )


def _member(reading: Reading) -> Member:
    article = reading.article
    return Member(
        id=None,
        origin=reading.origin,
        source=reading.source,
        title=article.title,
        words=article.words,
        published_at=article.published.at if article.published else None,
        first_seen_at=reading.read_at,
        url=article.url,
    )


def _with_address(reading: Reading, known: Known) -> Reading:
    """A seed without address takes that of a crawled page with its text."""
    found = next((member.url for member in known.same_text if member.url), None)
    if reading.origin != "seed" or reading.article.url or not found:
        return reading
    return replace(reading, article=replace(reading.article, url=found))


def _seeds_without_address(reading: Reading, known: Known) -> tuple[int, ...]:
    if reading.article.url is None:
        return ()
    return tuple(
        member.id
        for member in known.same_text
        if member.id is not None and member.origin == "seed" and member.url is None
    )
