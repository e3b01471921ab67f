"""What an article that was read turns out to be: facts in, intent out. Pure."""

from dataclasses import replace
from datetime import timedelta

from crawler.articles.look_verdicts import TEASER_COVERAGE, TEASER_SHARE, returned
from crawler.articles.revisions import at_address, coverage, decide_known
from crawler.stories.clusters import family_of, relations_of
from storage.analyser import count_words
from storage.records.decisions import Intent, Known, Reading, Verdict
from storage.records.stories import Family, Member

# An article that was published longer ago is no news: a new source's old entries, an archive that is crawled.
NEWS_FOR = timedelta(days=14)


def decide(reading: Reading, known: Known, *, keep_all: bool, hold_days: int) -> Intent:
    """The first rule that holds: unchanged, revised, off topic, copy, new; and what is kept as evidence.

    Args:
        reading: the article with its matches.
        known: what is stored under its address, and beside it.
        keep_all: keep articles that match no topic too.
        hold_days: how long an off-topic text is held for topics to come; 0: not at all.
    """
    known = at_address(reading, known)
    if known.article_id is not None:
        intent = _decide_stored(reading, known)
    elif is_kept(reading, keep_all=keep_all):
        intent = _decide_new(_with_address(reading, known), known)
    else:
        held = reading.read_at + timedelta(days=hold_days) if hold_days else None
        intent = Intent(reading, Verdict.OFF_TOPIC, hold_text_until=held)
    return _with_evidence(replace(intent, was_updated=_was_updated(intent), ends=_ends(intent)))


def _decide_stored(reading: Reading, known: Known) -> Intent:
    """Unchanged or revised: of an article that has a row."""
    intent = Intent(reading, Verdict.UNCHANGED, article_id=known.article_id)
    if known.is_elsewhere and reading.origin == "crawl":
        # Its own address alone revises an article: what stands at two would alternate.
        return replace(intent, is_elsewhere=True)
    if is_teaser(reading, known):
        return replace(intent, is_teaser=True)
    return decide_known(reading, known)


def _was_updated(intent: Intent) -> bool | None:
    """Whether the update was one for which a known link was read again; None if that is not why, or not known."""
    link = intent.reading.link
    if (
        link is None
        or not link.was_fetched
        or intent.article_id is None
        or intent.alternates
        or intent.is_elsewhere
    ):
        return None
    return intent.verdict is Verdict.REVISED


def is_teaser(reading: Reading, known: Known) -> bool:
    """Whether a page behind a pay wall shows only the beginning of what is stored: no revision of that."""
    stored, read = known.article_text, reading.article.text
    return (
        known.article_id is not None
        and reading.has_wall_signs
        and len(read) < len(stored)
        and count_words(read) < TEASER_SHARE * count_words(stored)
        and coverage(stored, read) >= TEASER_COVERAGE
    )


def _ends(intent: Intent) -> tuple[str, ...]:
    """The topics that a revision no longer matches."""
    if intent.verdict is not Verdict.REVISED:
        return ()
    matched = {match.topic for match in intent.reading.matches}
    return tuple(topic for topic in intent.reading.topics if topic not in matched)


def _decide_new(reading: Reading, known: Known) -> Intent:
    """A copy or new: of an article that has no row yet."""
    newcomer = member_of(reading)
    family = family_of(newcomer, known)
    copies = relations_of(newcomer, family)
    repeats = any(copy.article_id is None and copy.relation != "follow_up" for copy in copies)
    return Intent(
        reading,
        Verdict.COPY if repeats else Verdict.NEW,
        copies=copies,
        gives_address_to=_seeds_without_address(reading, family),
        replaces=known.former_id,
    )


def _with_evidence(intent: Intent) -> Intent:
    """*intent* with what a page that a crawl read is news, and evidence, of; one that alternates is no evidence."""
    reading = intent.reading
    if reading.origin != "crawl" or intent.verdict is Verdict.OFF_TOPIC:
        return intent
    # By the servers' clocks: by one of ours that is ahead, all that comes in is too old to be told.
    truly_read_at = reading.read_at - timedelta(seconds=reading.clock_ahead_s)
    intent = replace(intent, news_since=truly_read_at - NEWS_FOR)
    if intent.alternates or intent.is_teaser:
        return intent
    is_there, is_changed = intent.article_id is not None, intent.verdict is Verdict.REVISED
    back = returned(reading.article.url or "", reading.read_at, is_changed=is_changed) if is_there else None
    if intent.is_elsewhere:
        return replace(intent, returned=back)
    return replace(
        intent, answer=reading.answer, keeps_page=intent.verdict is not Verdict.UNCHANGED, returned=back
    )


def is_kept(reading: Reading, *, keep_all: bool) -> bool:
    """Whether an article of a new address is kept: a seed, one that matches, or all."""
    return reading.origin == "seed" or bool(reading.matches) or keep_all


def member_of(reading: Reading) -> Member:
    """The article at hand, to stand beside stored ones."""
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
        text=article.text,
        text_hash=reading.text_hash,
        url_key=reading.url_key,
        canonical_key=reading.canonical_key,
    )


def _with_address(reading: Reading, known: Known) -> Reading:
    """A seed without address takes that of a crawled page with its text."""
    url = next((member.url for member in known.same_text if member.url), None)
    if reading.origin != "seed" or reading.article.url or not url:
        return reading
    return replace(reading, article=replace(reading.article, url=url))


def _seeds_without_address(reading: Reading, family: Family) -> tuple[int, ...]:
    if reading.article.url is None:
        return ()
    return tuple(
        pair.member.id
        for pair in family.pairs
        if pair.member.id is not None
        and pair.member.text_hash == reading.text_hash
        and pair.member.origin == "seed"
        and pair.member.url is None
    )
