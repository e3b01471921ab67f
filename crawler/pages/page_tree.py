"""A page's bytes as a tree of elements, without what no reader sees; or why it is no HTML. Pure."""

import re
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from crawler.downloader.inline_data import without_inline_data
from crawler.limits import EXTRACT_BYTES, PAGE_ELEMENTS
from crawler.text.attributes import without_surplus_attributes
from crawler.text.bounds import first_elements
from crawler.text.encoding import decode
from crawler.text.storable import storable
from storage.errors import ParseError
from storage.records.articles import Page, Rejection

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
_STYLED = etree.XPath("//body//*[@style or @hidden]")
_UNSEEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_ARTICLE_NAME = re.compile(r"paywall|premium|article|story|content|body|entry|main", re.IGNORECASE)
_LEAST_SHOWN_CHARACTERS = 300
_UNREAD = frozenset(["script", "style", "noscript", "head"])


@dataclass(frozen=True, slots=True)
class PageTree:
    """A page's elements."""

    root: HtmlElement
    markup: str  # how the page begins, as it came


def read_tree(page: Page) -> PageTree | Rejection:
    """The elements of *page*, or why it is no HTML. Of a very large page only the beginning is read."""
    if not _TEXT_TYPES.match(page.content_type):
        return Rejection("not_html", page.content_type[:100])
    try:
        markup = decode(without_inline_data(page.body), page.content_type)
    except ParseError as error:
        return Rejection("not_html", str(error))
    if _OTHER_DOCUMENT.match(markup) or not _MARKUP.search(markup[:_HEAD_CHARACTERS]):
        return Rejection("not_html", "the text has no HTML elements")
    markup = _XML_DECLARATION.sub("", storable(markup[:EXTRACT_BYTES]), count=1)
    markup = first_elements(markup, PAGE_ELEMENTS)
    try:
        root = document_fromstring(
            without_surplus_attributes(markup).encode("utf-8", "replace"), parser=_PARSER
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Rejection("not_html", "no element could be read")
    return PageTree(root, markup[:_HEAD_CHARACTERS])


def drop_hidden(root: HtmlElement) -> None:
    """Take out of *root* what no reader sees, so that stuffed words are not matched.

    What is named as the article stays (publishers hide it behind a pay wall), and all of a page that would be empty.
    """
    hidden = [element for element in _STYLED(root) if _is_hidden(element)]
    if hidden and _shows_enough(root, set(hidden)):
        for element in hidden:
            element.drop_tree()


def _shows_enough(root: HtmlElement, hidden: set[HtmlElement]) -> bool:
    """Whether something is left to read without the *hidden* elements."""
    left = _LEAST_SHOWN_CHARACTERS
    waiting = [root]
    while waiting and left > 0:
        element = waiting.pop()
        if element in hidden or element.tag in _UNREAD:
            continue
        left -= len((element.text or "").strip()) + sum(len((inner.tail or "").strip()) for inner in element)
        waiting.extend(element)
    return left <= 0


def _is_hidden(element: HtmlElement) -> bool:
    if "hidden" not in element.attrib and not _UNSEEN_STYLE.search(element.get("style", "")):
        return False
    return not _ARTICLE_NAME.search(f"{element.get('class')} {element.get('id')}")
