"""A page into an article, or the reason why it is none. Pure.

One tree serves the statements of the head (JSON-LD, meta elements), dates, authors and the body. The body is
trafilatura's work; its metadata and dates cost a third of its time, know no time of day, and are not asked for.
"""

import re
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from crawler.downloader.inline_data import without_inline_data
from crawler.limits import ARTICLE_WORDS, EXTRACT_BYTES, TEXT_CHARACTERS, TITLE_CHARACTERS, URL_CHARACTERS
from crawler.pages.authors import read_authors
from crawler.pages.page_dates import DateReader, read_modified, read_published
from crawler.pages.structured import PageFacts, page_lines, read_facts
from crawler.pages.titles import choose_title, is_same_title
from crawler.pages.walls import WALL_WORDS, find_list, find_wall
from crawler.text.dates import read_date
from crawler.text.encoding import decode
from crawler.text.languages import detect_language, language_code
from crawler.text.storable import storable, storable_line
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import Article, Page, Rejection
from storage.records.sources import FeedEntry

# As trafilatura makes its own trees, so that it takes ours.
_PARSER = HTMLParser(
    collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
)
_TEXT_TYPES = re.compile(
    r"^\s*(?:$|;|text/(?:html|plain|xml)|application/(?:xhtml\+xml|xml|octet-stream|unknown))", re.I
)
_MARKUP = re.compile(r"<(?:!doctype html|html|head|body|title|meta|p|div|article|h1|table)\b", re.IGNORECASE)
_OTHER_DOCUMENT = re.compile(
    r"\s*(?:[{\[]|<\?xml[^<>]*>\s*<(?:rss|feed|rdf|urlset|sitemapindex|svg)\b|<(?:rss|feed|svg)\b)"
)
_HEAD_CHARACTERS = 20_000
# An XML declaration contradicts what the tree is made of: UTF-8.
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^<>]*>", re.IGNORECASE)
_HIDDEN = etree.XPath(
    "//body//*[@hidden or @style[contains(translate(., ' ', ''), 'display:none')"
    " or contains(translate(., ' ', ''), 'visibility:hidden')]][not(ancestor::*[@hidden])]"
)
_SHOWN_TEXTS = etree.XPath(
    ".//text()[not(parent::script or parent::style or parent::noscript)]", smart_strings=False
)
_PROSE_CELLS = etree.XPath("//td[count(p) > 1]")
_ARTICLE_NAME = re.compile(r"paywall|premium|article|story|content|body|entry|main", re.IGNORECASE)
_LEAST_SHOWN_CHARACTERS = 300
# Nearly half of trafilatura's time goes into comparing its result with two other extractors. On 711 pages the
# comparison changes long results for the worse as often as for the better, but it finds what a short one missed.
_SHORT_TEXT_CHARACTERS = 1_000
_CLEARLY_LONGER = 1.3
_WALL_LINES = 60
# Lines among which a repeated headline is looked for: section, kicker, headline.
_HEAD_LINES = 4
# A longer line above the headline is the article's lead, which stays.
_KICKER_CHARACTERS = 60
# A date line holds little beside the date; a first sentence with a date is longer.
_DATE_LINE_CHARACTERS = 50


def extract_article(
    page: Page, entry: FeedEntry | None, *, timezone: str | None, language: str | None
) -> Article | Rejection:
    """The article of *page*, or why it has none; *entry* is the feed's line that led to it.

    *timezone* (IANA name) and *language* (ISO 639-1) are the source's; they count where the page states none. What
    neither page nor feed state stays None. Of a very large page only the beginning is read.
    """
    markup = _markup(page)
    if isinstance(markup, Rejection):
        return markup
    tree = _tree(markup)
    if tree is None:
        return Rejection("not_html", "no element could be read")
    facts = read_facts(tree, page.url)
    title = storable_line(choose_title(facts, entry.title if entry else ""))[:TITLE_CHARACTERS]
    _drop_hidden(tree)
    _unfold_layout_tables(tree)
    text = _body(tree, title, page.fetched_at)
    words = count_words(text)
    rejection = _why_not(page, facts, tree, markup, title, text, words)
    return rejection or _article(page, entry, facts, tree, title, text, words, timezone, language)


def load_extractor() -> None:
    """Load trafilatura and its lists of common words (0.4 s, 40 MB), which else the first page does that needs them."""
    from trafilatura.external import jt_stoplist_init

    jt_stoplist_init()


def _markup(page: Page) -> str | Rejection:
    """The page's HTML as text."""
    if not _TEXT_TYPES.match(page.content_type):
        return Rejection("not_html", page.content_type[:100])
    try:
        markup = decode(without_inline_data(page.body), page.content_type)
    except ParseError as error:
        return Rejection("not_html", str(error))
    if _OTHER_DOCUMENT.match(markup) or not _MARKUP.search(markup[:_HEAD_CHARACTERS]):
        return Rejection("not_html", "the text has no HTML elements")
    return _XML_DECLARATION.sub("", storable(markup[:EXTRACT_BYTES]), count=1)


def _tree(markup: str) -> HtmlElement | None:
    try:
        return document_fromstring(markup.encode("utf-8", "replace"), parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _drop_hidden(tree: HtmlElement) -> None:
    """Take out of *tree* what no reader sees, so that stuffed words are not matched.

    What is named as the article stays (publishers hide it behind a pay wall), and all of a page that would be empty.
    """
    hidden = [element for element in _HIDDEN(tree) if not _ARTICLE_NAME.search(_name(element))]
    if hidden and _length(tree) - sum(map(_length, hidden)) >= _LEAST_SHOWN_CHARACTERS:
        for element in hidden:
            element.drop_tree()


def _unfold_layout_tables(tree: HtmlElement) -> None:
    """Turn tables that lay out the page into divisions: trafilatura makes one line of all paragraphs in a cell."""
    for cell in _PROSE_CELLS(tree):
        for element in (cell, *cell.iterancestors("td", "tr", "tbody", "table")):
            element.tag = "div"


def _name(element: HtmlElement) -> str:
    return f"{element.get('class')} {element.get('id')}"


def _length(element: HtmlElement) -> int:
    return sum(len(text) for text in _SHOWN_TEXTS(element))


def _body(tree: HtmlElement, title: str, now: datetime) -> str:
    """The paragraphs of the article, one a line, without the headline; "" if there are none."""
    text = _extracted(tree, fast=True)
    if len(text) < _SHORT_TEXT_CHARACTERS:
        longer = _extracted(tree, fast=False)
        if len(longer) > _CLEARLY_LONGER * len(text):
            text = longer
    lines = [line for line in map(storable_line, text.splitlines()) if line.strip("-| ")]
    # trafilatura writes rows of tables as "| a | b |".
    lines = [line.strip("| ") if line.startswith("|") else line for line in lines]
    return "\n".join(lines[_body_start(lines, title, now) :])[:TEXT_CHARACTERS]


def _body_start(lines: list[str], title: str, now: datetime) -> int:
    """The index of the first line behind the headline, the section's name above it and the date below it."""
    start = 0
    for index, line in enumerate(lines[:_HEAD_LINES]):
        if is_same_title(line, title):
            start = index + 1
        elif len(line) > _KICKER_CHARACTERS:
            break
    if 0 < start < len(lines) and _is_date_line(lines[start], now):
        start += 1
    return start


def _is_date_line(line: str, now: datetime) -> bool:
    return (
        len(line) <= _DATE_LINE_CHARACTERS
        and read_date(line, rule="text", timezone=None, now=now) is not None
    )


def _extracted(tree: HtmlElement, *, fast: bool) -> str:
    import trafilatura  # 0.2 s and 30 MB, which only the processes that read pages need

    found = trafilatura.bare_extraction(tree, fast=fast, include_comments=False)
    return "" if found is None or isinstance(found, dict) else found.text or ""


def _why_not(
    page: Page, facts: PageFacts, tree: HtmlElement, markup: str, title: str, text: str, words: int
) -> Rejection | None:
    """Why the page is no article; None if it is one."""
    if words <= WALL_WORDS:
        seen = text if words >= ARTICLE_WORDS else "\n".join(page_lines(tree)[:_WALL_LINES])
        if wall := find_wall(title, seen, facts, tree, markup[:_HEAD_CHARACTERS]):
            return wall
    if words < ARTICLE_WORDS:
        if not facts.linked.is_free:
            return Rejection("wall", "the page says that it is not free to read")
        return Rejection("no_text", f"{words} words")
    return find_list(text, facts, tree, page.url)


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
) -> Article:
    said = facts.language or facts.linked.language or (entry.language if entry else None) or language
    spoken = detect_language(text, said) or language_code(language)
    reader = DateReader(timezone, spoken, page.fetched_at)
    return Article(
        url=page.url,
        title=title,
        text=text,
        published=read_published(facts, tree, page.url, title, entry.published if entry else None, reader),
        modified=read_modified(facts, reader),
        language=spoken,
        authors=read_authors(facts, tree),
        section=storable_line(facts.linked.section or facts.section)[:TITLE_CHARACTERS] or None,
        image_url=_address(facts.image_url or facts.linked.image_url, page.url),
        canonical_url=_address(facts.canonical_url, page.url),
        outlet_host=urlsplit(page.url).hostname,
        words=words,
    )


def _address(stated: str, base: str) -> str | None:
    """The absolute web address of *stated*; None if it is none."""
    if not stated or len(stated) > URL_CHARACTERS:
        return None
    try:
        url = urljoin(base, stated)
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) else None
