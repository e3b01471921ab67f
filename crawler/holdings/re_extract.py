"""Kept pages read by the present extractor: what articles would say, and that written down as it is asked. I/O edge.

What comes of it is no edit of the outlet: a text that changes is kept as a version of the kind `re-extracted`, which is
counted, searched and told nowhere as a change. Relations of stories stay as they are.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.articles.revisions import compare, is_same_article
from crawler.downloader.codings import content_codings, decode
from crawler.holdings.rematch import context_of, judge
from crawler.limits import PAGE_BYTES
from crawler.pages.extract import EXTRACTOR, explain_page
from crawler.stories.shingles import anchors
from crawler.text.equality import text_hash
from crawler.topics.match import TopicIndex, TopicMatcher, score_topics
from crawler.topics.seed_meanings import vector_of
from crawler.urls import host_and_port
from storage.articles import articles, kept_pages
from storage.articles.kept_pages import PagedArticle
from storage.db import transaction
from storage.errors import ParseError
from storage.records.articles import Article, Page, Rejection, StatedDate
from storage.records.decisions import RE_EXTRACTED, Reading, Revision
from storage.sources import site_memories

# Articles whose pages are looked up at once.
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Rereading:
    """What became of one article whose page was read again."""

    article_id: int
    source: str
    title: str  # as it is stored
    outcome: str  # same, changed, no_article, other_story, several_pages, unreadable, page_not_kept
    detail: str = ""  # of a page that gives no article: why
    revision: Revision | None = None  # of text and headline; None: they stay
    new_title: str = ""  # "" if it stays
    published: tuple[StatedDate | None, StatedDate | None] | None = None  # before and after; None: it stays
    authors: tuple[tuple[str, ...], tuple[str, ...]] | None = None  # likewise


@dataclass(frozen=True, slots=True)
class _Left:
    """Why an article is left as it is."""

    outcome: str
    detail: str


def re_extract(
    connection: sqlite3.Connection,
    matchers: Sequence[TopicMatcher],
    now: datetime,
    *,
    write: bool,
    again: bool = False,
) -> Iterator[Rereading]:
    """What each article with a kept page would be, by row; with *write* it becomes that, one transaction an article.

    Articles that the present extractor has read are left out unless *again*. The publication is read from the first
    kept page, all else from the last; a page from which the present text was not read is none of that.
    """
    index, after = TopicIndex.of(matchers), 0
    extractor = None if again else EXTRACTOR
    while batch := kept_pages.paged_articles(connection, after, _BATCH, unless_read_by=extractor):
        for paged in batch:
            after = paged.article_id
            yield _reread(connection, paged, index, now, write=write)


def count_paged(connection: sqlite3.Connection, *, again: bool = False) -> int:
    """How many articles `re_extract` would read."""
    return kept_pages.count_paged(connection, unless_read_by=None if again else EXTRACTOR)


def _reread(
    connection: sqlite3.Connection, paged: PagedArticle, index: TopicIndex, now: datetime, *, write: bool
) -> Rereading:
    same = Rereading(paged.article_id, paged.held.source, paged.held.article.title, "same")
    if not paged.is_of_present_text:
        return replace(same, outcome="page_not_kept", detail="the page of its present text was not kept")
    read = _read(connection, paged.last_page_id, paged)
    if isinstance(read, _Left):
        return replace(same, outcome=read.outcome, detail=read.detail)
    stored = paged.held.article
    if not is_same_article(stored.title, stored.text, read.title, read.text):
        return replace(same, outcome="other_story", detail=read.title)
    published = _published(connection, paged, read)
    revision = compare(stored.title, stored.text, read.title, read.text)
    is_kept_title = not (revision and revision.has_new_title)
    read = replace(read, title=stored.title if is_kept_title else read.title, published=published)
    if revision is not None:
        revision = replace(revision, kind=RE_EXTRACTED, is_silent=None)
    authors = read.authors or stored.authors
    found = replace(
        same,
        revision=revision,
        new_title="" if is_kept_title else read.title,
        published=None if _is_same_date(stored.published, published) else (stored.published, published),
        authors=None if authors == stored.authors else (stored.authors, authors),
    )
    if found.revision or found.published or found.authors:
        found = replace(found, outcome="changed")
    if write:
        _write(connection, paged, found, replace(read, authors=authors), index, now)
    return found


def _read(connection: sqlite3.Connection, page_id: int, paged: PagedArticle) -> Article | _Left:
    """The article of a kept page, or why it cannot stand for the stored one."""
    kept = kept_pages.page(connection, page_id)
    headers = [(name.lower(), value) for name, value in kept.headers]
    codings = content_codings([value for name, value in headers if name == "content-encoding"])
    content_type = next((value for name, value in headers if name == "content-type"), "")
    try:
        body, _ = decode(kept.body, codings, PAGE_BYTES)
        read = explain_page(
            Page(kept.url, body, content_type, kept.fetched_at),
            paged.entry,
            timezone=paged.timezone,
            language=paged.language,
            outlet=paged.held.source,
            common=site_memories.common_marks(connection, host_and_port(kept.url)),
            everything=False,
        )
    except ParseError as error:
        return _Left("unreadable", str(error))
    if isinstance(read.outcome, Rejection):
        return _Left("no_article", f"{read.outcome.reason}: {read.outcome.detail}".removesuffix(": "))
    if read.further:
        return _Left("several_pages", "only the first of its pages is kept")
    return read.outcome


def _published(connection: sqlite3.Connection, paged: PagedArticle, read: Article) -> StatedDate | None:
    """The publication that the first kept page states: a later one often shows the day of the edit."""
    first: Article | _Left = read
    if paged.first_page_id != paged.last_page_id:
        first = _read(connection, paged.first_page_id, paged)
    stated = first.published if isinstance(first, Article) else None
    return stated or paged.held.article.published


def _is_same_date(one: StatedDate | None, other: StatedDate | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.at, one.precision) == (other.at, other.precision)


def _write(
    connection: sqlite3.Connection,
    paged: PagedArticle,
    found: Rereading,
    read: Article,
    index: TopicIndex,
    now: datetime,
) -> None:
    article_id = paged.article_id
    reading = Reading(
        article=replace(read, url=paged.held.article.url),
        url_key=None,
        text_hash=text_hash(read.title, read.text),
        source=paged.held.source,
        origin="crawl",
        read_at=now,
        anchors=anchors(read.text),
    )
    with transaction(connection):
        articles.correct(connection, article_id, reading, found.revision)
        if found.revision is None:
            return
        vector = vector_of(connection, read, keep_at=now) if index.wants_vector(read.language) else None
        scored = score_topics(read, context_of(paged.held), index, vector)
        judged = {match.topic: match for match in scored.matches}
        for matcher in index.matchers:
            judge(connection, article_id, matcher.topic.name, judged.get(matcher.topic.name), now)
