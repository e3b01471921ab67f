"""A page into an article, or the reason why it is none. Pure.

One tree serves the statements of the head (JSON-LD, meta elements), dates, authors and the body.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.blocks.site_memory import page_marks, without_common
from crawler.limits import ARTICLE_WORDS, TEXT_CHARACTERS, TITLE_CHARACTERS, URL_CHARACTERS
from crawler.pages.authors import read_authors
from crawler.pages.body import JudgedBlock, read_body
from crawler.pages.date_choice import PollBracket
from crawler.pages.entry_article import article_of_post
from crawler.pages.explanation import PageExplanation, StatedName
from crawler.pages.missing import find_missing
from crawler.pages.outlet_names import OutletNames, is_same_title
from crawler.pages.page_dates import DateReader, PageDates, read_page_dates
from crawler.pages.page_tree import drop_hidden, read_tree
from crawler.pages.several_pages import find_pages
from crawler.pages.shells import is_shell
from crawler.pages.structured import PageFacts, page_lines, read_facts
from crawler.pages.titles import choose_title, stated_names
from crawler.pages.walls import WALL_WORDS, find_list, find_wall
from crawler.text.dates import read_date, unread_date
from crawler.text.languages import detect_language, language_code
from crawler.text.storable import storable_line
from storage.analyser import count_words
from storage.records.articles import Article, Page, Rejection
from storage.records.site_memory import NOTHING_COMMON, CommonMarks
from storage.records.sources import FeedEntry

# Counts up with each change that gives other texts, dates or names for the same page. 0.1.0 wrote none.
EXTRACTOR: Final = 3
_WALL_LINES = 60
# A wall has at most 200 words; only a word of a megabyte is longer.
_WALL_CHARACTERS = 20_000
# Lines among which a repeated headline is looked for: section, kicker, headline.
_HEAD_LINES = 4
# A longer line above the headline is the article's lead, which stays.
_KICKER_CHARACTERS = 60
# A date line holds little beside the date; a first sentence with a date is longer.
_DATE_LINE_CHARACTERS = 50


def extract_article(
    page: Page,
    entry: FeedEntry | None,
    *,
    timezone: str | None,
    language: str | None,
    outlet: str = "",
    bracket: PollBracket | None = None,
    common: CommonMarks = NOTHING_COMMON,
) -> Article | Rejection:
    """The article of *page*, or why it has none; *entry* is the feed's line that led to it.

    *timezone* (IANA name) and *language* (ISO 639-1) are the source's; they count where the page states none. *outlet*
    is the source's name, which is no headline, *bracket* the polls between which the page appeared, and *common* what
    other pages of the host have taught. What neither page nor feed state stays None. Of a very large page only the
    beginning is read.
    """
    return explain_page(
        page,
        entry,
        timezone=timezone,
        language=language,
        outlet=outlet,
        bracket=bracket,
        common=common,
        everything=False,
    ).outcome


def explain_page(
    page: Page,
    entry: FeedEntry | None,
    *,
    timezone: str | None,
    language: str | None,
    outlet: str = "",
    bracket: PollBracket | None = None,
    common: CommonMarks = NOTHING_COMMON,
    everything: bool = True,
) -> PageExplanation:
    """As `extract_article`, with all that was considered; without it unless *everything* is wanted."""
    post = article_of_post(page, language)
    if post is not None:
        return PageExplanation(post)
    tree = read_tree(page)
    if isinstance(tree, Rejection):
        return PageExplanation(tree)
    root = tree.root
    facts = read_facts(root, page.url)
    names = (*((outlet,) if outlet else ()), *sorted(common.names))
    headline = choose_title(facts, entry.title if entry else "", root, url=page.url, outlet=names)
    title = storable_line(headline.title)[:TITLE_CHARACTERS]
    further = find_pages(root, page.url)
    drop_hidden(root)
    body = read_body(root, facts, title, explain=everything)
    whole = _without_head(body.text, title, page.fetched_at)
    text = without_common(whole, common.lines)
    marks = page_marks(whole, common, title, stated_names(facts))
    words = count_words(text)
    rejection = _why_not(page, facts, root, tree.markup, title, text, words)
    outcome: Article | Rejection
    dates = None
    if rejection:
        outcome = rejection
    else:
        article, dates = _article(
            page, entry, facts, root, title, text, words, timezone, language, bracket, everything=everything
        )
        known = OutletNames((facts.site_name, *names), page.url)
        authors = read_authors(facts, root, text=text, outlet=known)
        outcome = replace(article, authors=authors, text_from=body.made_by, extractor=EXTRACTOR)
    if not everything:
        return PageExplanation(outcome, text=text, further=further, marks=marks)
    return PageExplanation(
        outcome,
        headline.candidates,
        _authors(facts),
        dates,
        text,
        further,
        body.made_by if text else "",
        _with_common(body.blocks, whole, text),
        marks,
    )


def _with_common(blocks: tuple[JudgedBlock, ...], whole: str, text: str) -> tuple[JudgedBlock, ...]:
    """*blocks*, those that gave only lines of *whole* that *text* lacks marked as left out."""
    gone = set(whole.splitlines()) - set(text.splitlines())
    return tuple(
        replace(block, is_kept=False, is_common=True)
        if block.is_kept and gone.issuperset(map(storable_line, block.text.splitlines()))
        else block
        for block in blocks
    )


def _authors(facts: PageFacts) -> tuple[StatedName, ...]:
    stated = [
        *(("json-ld", name) for name in facts.linked.authors),
        *(("meta", name) for name in facts.authors),
    ]
    return tuple(StatedName(place, text) for place, text in stated if text)


def _without_head(text: str, title: str, now: datetime) -> str:
    """*text* from the article's first paragraph on, without headline, section's name and date above it."""
    lines = [line for line in map(storable_line, text.splitlines()) if line]
    return "\n".join(lines[_body_start(lines, title, now) :])[:TEXT_CHARACTERS]


def _body_start(lines: list[str], title: str, now: datetime) -> int:
    """The index of the first line behind the headline, the section's name above it and the date below it."""
    start = 0
    for index, line in enumerate(lines[:_HEAD_LINES]):
        if is_same_title(line, title):
            start = index + 1
        elif len(line) > _KICKER_CHARACTERS:
            break
    if start < len(lines) and _is_date_line(lines[start], now):
        start += 1
    return start


def _is_date_line(line: str, now: datetime) -> bool:
    return (
        len(line) <= _DATE_LINE_CHARACTERS
        and read_date(line, rule="text", timezone=None, now=now) is not None
    )


def _why_not(
    page: Page, facts: PageFacts, tree: HtmlElement, markup: str, title: str, text: str, words: int
) -> Rejection | None:
    """Why the page is no article; None if it is one."""
    lines = text.splitlines() if words >= ARTICLE_WORDS else page_lines(tree)
    seen = "\n".join(lines[:_WALL_LINES])[:_WALL_CHARACTERS]
    if words <= WALL_WORDS and (wall := find_wall(title, seen, facts, tree, markup)):
        return wall
    if missing := find_missing(title, text if words >= ARTICLE_WORDS else seen, facts):
        return missing
    if found := find_list("\n".join(lines), facts, tree, page.url):
        return found
    if words >= ARTICLE_WORDS:
        return None
    if not facts.linked.is_free:
        return Rejection("wall", "the page says that it is not free to read")
    if is_shell(tree, count_words(seen)):
        return Rejection("needs_browser", "the page is empty until its scripts have run")
    return Rejection("no_text", f"{words} words")


def _article(
    page: Page,
    entry: FeedEntry | None,
    facts: PageFacts,
    tree: HtmlElement,
    title: str,
    text: str,
    words: int,
    timezone: str | None,
    language: str | None,
    bracket: PollBracket | None,
    *,
    everything: bool,
) -> tuple[Article, PageDates]:
    said = facts.language or facts.linked.language or (entry.language if entry else None) or language
    spoken = detect_language(text, said) or language_code(language)
    reader = DateReader(timezone, spoken, page.fetched_at)
    stated = entry.published if entry else None
    dates = read_page_dates(
        facts, tree, page.url, title, text, stated, reader, bracket=bracket, everything=everything
    )
    article = Article(
        url=page.url,
        title=title,
        text=text,
        published=dates.published,
        unread_date=None if dates.published else _unread_date(facts, entry),
        modified=dates.modified,
        language=spoken,
        section=storable_line(facts.linked.section or facts.section)[:TITLE_CHARACTERS] or None,
        image_url=_address(facts.image_url or facts.linked.image_url, page.url),
        canonical_url=_address(facts.canonical_url, page.url),
        outlet_host=urlsplit(page.url).hostname,
        words=words,
    )
    return article, dates


def _unread_date(facts: PageFacts, entry: FeedEntry | None) -> str | None:
    """What page or feed state as the date of publication, though it cannot be read."""
    shown = [time.stated or time.text for time in facts.times[:1]]
    of_feed = (entry.unread_date if entry else None) or ""
    return unread_date(facts.linked.published, *facts.published, of_feed, *shown)


def _address(stated: str, base: str) -> str | None:
    """The absolute web address of *stated*; None if it is none."""
    if not stated or len(stated) > URL_CHARACTERS:
        return None
    try:
        url = urljoin(base, stated)
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) else None
