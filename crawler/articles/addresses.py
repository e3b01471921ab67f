"""Whether a page is an article of the same outlet that stands at another address already. Pure.

The same outlet's same text under the same headline on the same day, on one domain, is one article, and its addresses
are many: they differ by the section or feed that led there. A daily table and a wire's update are articles of their
own.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from crawler.articles.revisions import is_same_article
from crawler.text.equality import title_overlap
from crawler.urls import politeness_key
from storage.records.decisions import Reading
from storage.records.stories import Member

# Words of the shorter headline that both have.
_SAME_TITLE = 0.8
# Two pages that state a time of day, and one that states one beside one that states the day alone.
_SAME_TIME, _SAME_DAY = timedelta(hours=2), timedelta(hours=24)
# Where a date is missing a long text is enough; a short one (a table, a notice) must be met within this time.
_LONG_WORDS, _WITHIN = 150, timedelta(days=2)


def article_at(reading: Reading, candidates: Iterable[Member], canonical_key: str | None) -> int | None:
    """The row of the first of *candidates*, articles of the same source, that *reading* is; None: none is."""
    return next((one.id for one in candidates if is_same(reading, one, canonical_key)), None)


def is_same(reading: Reading, stored: Member, canonical_key: str | None) -> bool:
    """Whether *reading*, whose page names *canonical_key* as its original, is the *stored* article of its source."""
    article = reading.article
    if politeness_key(article.url or "") != politeness_key(stored.url or ""):
        return False
    if reading.text_hash == stored.text_hash:
        titled = title_overlap(article.title, stored.title) >= _SAME_TITLE or not (
            article.title and stored.title
        )
        return titled and _is_same_day(reading, stored)
    return _names_it(reading, stored, canonical_key) and is_same_article(
        stored.title, stored.text, article.title, article.text
    )


def _names_it(reading: Reading, stored: Member, canonical_key: str | None) -> bool:
    """Whether one of the two pages names the other, or both name the same, as the original."""
    if canonical_key is not None and canonical_key in (stored.url_key, stored.canonical_key):
        return True
    return stored.canonical_key is not None and stored.canonical_key == reading.url_key


def _is_same_day(reading: Reading, stored: Member) -> bool:
    published = reading.article.published
    if published is None or stored.published_at is None:
        near = abs(reading.read_at - stored.first_seen_at) <= _WITHIN
        return near or reading.article.words >= _LONG_WORDS
    apart = abs(published.at - stored.published_at)
    days = _is_whole_day(published.at), _is_whole_day(stored.published_at)
    if all(days):
        return not apart
    return apart < _SAME_DAY if any(days) else apart <= _SAME_TIME


def _is_whole_day(at: datetime) -> bool:
    return at.time() == time.min
