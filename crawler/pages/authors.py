"""The names of an article's authors, out of the many ways in which bylines are written. Pure."""

import html
import re
from collections.abc import Iterable

from lxml import etree
from lxml.html import HtmlElement

from crawler.pages.structured import PageFacts, element_text
from crawler.text.storable import storable_line

_NAMES = 20
_NAME_CHARACTERS = 60
_BYLINE_CHARACTERS = 120
_BYLINES = 4

_TAG = re.compile(r"<[^<>]{1,300}>")
_PREFIX = re.compile(
    r"^\s*(?:by|von|par|por|di|da|od|af|av|door|text|texte|texto|testo|words by|written by|reported by|posted by"
    r"|story by|author|authors|autor|autorin|auteur|autore|автор|текст|från|от|기자|記者|记者|文)\s*[:：|]?\s+"
    r"|^(?:автор|文|記者|记者)[:：/／]\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[,;|/／、，；•·]|\s(?:and|und|et|y|e|och|og|en|ve|и|та|i|&|mit|with)\s|&)\s*", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"https?://|www\.|@|\.(?:com|org|net|de|fr|ru)\b|\d{2}"
    r"|^(?:admin|administrator|redaktion|editor|editors|staff|null|undefined|none|n/?a|unknown|anonymous|author|guest"
    r"|ph\.?d\.?|md|m\.?d\.?|jr\.?|sr\.?|mba|dr\.?|prof\.?|by|von|contributor|correspondent|reporter|senior editor)$",
    re.IGNORECASE,
)
# Where publishers mark a byline, most trusted first. class is searched last: it also names boxes about authors.
# An attribute is looked up once and not for each word that it may hold, which takes half the time.
_BYLINE_PATHS = tuple(
    etree.XPath(path)
    for path in (
        "//*[@rel='author' or @itemprop='author' or @data-testid='author-name']",
        "//*[@class[contains(.,'author-name') or contains(.,'author__name') or contains(.,'authorName')"
        " or contains(.,'author_name')]]",
        "//*[@class[contains(.,'byline') or contains(.,'Byline')]]",
        "//*[self::a or self::span or self::p or self::div][@class[contains(.,'author') or contains(.,'autor')]]",
    )
)


def read_authors(facts: PageFacts, tree: HtmlElement) -> tuple[str, ...]:
    """The authors in the order of the byline, each once; empty if the page names none.

    JSON-LD goes before meta elements, and both before bylines in the text.
    """
    stated = author_names(facts.linked.authors) or author_names(facts.authors)
    return stated or _from_bylines(tree)


def author_names(stated: Iterable[str]) -> tuple[str, ...]:
    """The names within *stated* texts such as "By A. Bauer and C. Dietz", each once, at most 20."""
    found: dict[str, str] = {}
    for text in stated:
        plain = _without_addresses(storable_line(html.unescape(_TAG.sub(" ", text))))
        for part in _SPLIT.split(_PREFIX.sub("", plain)):
            name = part.strip(" .,:;-–—|\"'()")
            if _is_name(name):
                found.setdefault(name.casefold(), name)
    return tuple(found.values())[:_NAMES]


def _without_addresses(line: str) -> str:
    """*line* without its words that are addresses: of pages, mail or profiles."""
    return " ".join(word for word in line.split() if "://" not in word and "@" not in word)


def _is_name(text: str) -> bool:
    return 1 < len(text) <= _NAME_CHARACTERS and not _NO_NAME.search(text)


def _from_bylines(tree: HtmlElement) -> tuple[str, ...]:
    for path in _BYLINE_PATHS:
        texts = [element_text(element) for element in path(tree)[:_BYLINES]]
        names = author_names(text for text in texts[:1] if len(text) <= _BYLINE_CHARACTERS)
        if names:
            return names
    return ()
