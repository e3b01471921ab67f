"""The work of the pool's processes: documents into entries, pages into matched articles. Pure but for its holders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.documents.rss import parse_feed
from crawler.documents.sitemap import parse_sitemap
from crawler.limits import TEXT_CHARACTERS
from crawler.mail.looks import RawMail
from crawler.mail.message import read_mail
from crawler.pages.challenges import challenge_on
from crawler.pages.date_choice import PollBracket
from crawler.pages.entry_article import article_of_entry
from crawler.pages.extract import explain_page
from crawler.pages.several_pages import ArticlePage
from crawler.sections.section import parse_listing
from crawler.stories.shingles import anchors
from crawler.text.encoder import encode
from crawler.text.equality import text_hash
from crawler.topics.match import MatchContext, TopicIndex, TopicMatcher, score_topics
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import Article, Page, Rejection
from storage.records.site_memory import NOTHING_COMMON, CommonMarks, PageMarks
from storage.records.sources import Feed, FeedDocument, FeedEntry, FeedKind, QueuedLink
from storage.records.topics import Match, TextVector


@dataclass(frozen=True, slots=True)
class PageReading:
    """A page that is an article, matched."""

    article: Article
    text_hash: str
    matches: tuple[Match, ...]
    score: float | None  # the best of any topic; None: no topic could score it
    background: tuple[str, ...]  # terms for the background
    anchors: tuple[int, ...] | None = None  # what near copies are found by; None: it matches nothing
    vector: TextVector | None = None  # what it means; None: no topic asks for it, or it cannot be told
    further: tuple[ArticlePage, ...] = ()  # the other pages of an article in several, not read yet
    marks: PageMarks | None = None  # what it teaches of its host's pages; None: no page


@dataclass(frozen=True, slots=True)
class PartText:
    """A further page of an article in several."""

    text: str
    further: tuple[ArticlePage, ...]  # that it names


class Matchers:
    """The topics that this process matches against: sent once, when the process starts, not with each page."""

    topics: TopicIndex = TopicIndex.of(())


def hold_matchers(matchers: Sequence[TopicMatcher]) -> None:
    """Keep *matchers*, as one index, for all pages that this process will read."""
    Matchers.topics = TopicIndex.of(matchers)


def read_document(page: Page, feed: Feed) -> FeedDocument:
    """The entries of a feed, sitemap or section page.

    Raises:
        ParseError: it is none, or cannot be read; ``challenge`` if a check of the browser stands in its place.
    """
    try:
        document = _parsed(page, feed)
    except ParseError as error:
        if service := challenge_on(page):
            raise ParseError("challenge", service) from error
        raise
    if not document.entries and feed.kind is FeedKind.SECTION and (service := challenge_on(page)):
        raise ParseError("challenge", service)
    return document


def read_mails(
    mails: Sequence[RawMail], timezone: str | None, now: datetime
) -> tuple[list[FeedEntry], list[str]]:
    """The entries that *mails* are, in order, and what is to be told of those that are none."""
    entries, problems = [], []
    for mail in mails:
        try:
            entry = read_mail(mail.body, arrived=mail.arrived, timezone=timezone, now=now)
        except ParseError as error:
            problems.append(f"mail {mail.uid}: {error.reason}: {error}")
            continue
        if entry is None:
            problems.append(f"mail {mail.uid} has no text")
        else:
            entries.append(entry)
    return entries, problems


def _parsed(page: Page, feed: Feed) -> FeedDocument:
    now = page.fetched_at
    if feed.kind is FeedKind.FEED:
        return parse_feed(
            page.body,
            url=page.url,
            content_type=page.content_type,
            timezone=feed.timezone,
            now=now,
            is_whole=feed.text == "feed",
        )
    if feed.kind is FeedKind.SITEMAP:
        return parse_sitemap(page.body, url=page.url, timezone=feed.timezone, now=now)
    return parse_listing(
        page.body,
        page.content_type,
        url=page.url,
        link_pattern=feed.link_pattern,
        timezone=feed.timezone,
        now=now,
        language=feed.language,
        learnt=feed.learnt,
    )


def read_page(
    page: Page,
    entry: FeedEntry | None,
    timezone: str | None,
    language: str | None,
    context: MatchContext,
    bracket: PollBracket | None = None,
    common: CommonMarks = NOTHING_COMMON,
) -> PageReading | Rejection:
    """The article of a page with its matches, or why it is none; *bracket*: the polls between which it appeared.

    *common* is what other pages of its host have taught.

    Raises:
        ParseError: the page cannot be read at all.
    """
    read = explain_page(
        page,
        entry,
        timezone=timezone,
        language=language,
        outlet=context.source,
        bracket=bracket,
        common=common,
        everything=False,
    )
    if isinstance(read.outcome, Rejection):
        return read.outcome
    return replace(match_article(read.outcome, context), further=read.further, marks=read.marks)


def read_further_page(
    page: Page, timezone: str | None, language: str | None, common: CommonMarks = NOTHING_COMMON
) -> PartText:
    """What a further page of an article adds; nothing if it is no page.

    Raises:
        ParseError: the page cannot be read at all.
    """
    read = explain_page(page, None, timezone=timezone, language=language, common=common, everything=False)
    return PartText(read.text, read.further)


def match_whole(article: Article, texts: Sequence[str], context: MatchContext) -> PageReading:
    """*article* with the *texts* of its further pages, matched anew; paragraphs that stand on several count once."""
    lines = dict.fromkeys(line for text in (article.text, *texts) for line in text.splitlines())
    whole = "\n".join(lines)[:TEXT_CHARACTERS]
    return match_article(replace(article, text=whole, words=count_words(whole)), context)


def read_entry(link: QueuedLink, context: MatchContext) -> PageReading:
    """The article that a feed's entry is by itself, with its matches: it has no link, or its page gives none."""
    article = article_of_entry(link.entry, link.url, link.language)
    return match_article(article, context)


def match_article(article: Article, context: MatchContext) -> PageReading:
    """*article* with its matches against the topics that this process holds."""
    wants = Matchers.topics.wants_vector(article.language)
    vector = encode(article.title, article.text, article.language) if wants else None
    scored = score_topics(article, context, Matchers.topics, vector)
    return PageReading(
        article=article,
        text_hash=text_hash(article.title, article.text),
        matches=scored.matches,
        score=scored.best_score,
        background=scored.terms,
        anchors=anchors(article.text) if scored.matches else None,
        vector=vector,
    )
