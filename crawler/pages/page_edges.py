"""The edges of a page: its lines of text in order, and whether a place in it belongs to the article. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

# Elements that do not end a line.
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u", "var", "wbr",
))  # fmt: skip
_UNSEEN = frozenset(
    ("script", "style", "noscript", "template", "option", "title", "svg", "iframe", "textarea")
)
_LINES = 2_000
_LINE_CHARACTERS = 2_000


class Edge(StrEnum):
    """To what part of the page a place belongs."""

    ARTICLE = "article"
    HEAD = "head of the page"
    FOOT = "foot of the page"
    COMMENTS = "comments"
    OTHERS = "other items"


# What the names of classes and ids say: whole names for the head and foot, whose words stand in many others
# ("date-header", "post-footer"), and parts of names for lists and comments. They count only where neither headline nor
# text of the article stands in the same element.
_HEAD_NAMES = frozenset((
    "header", "site-header", "main-header", "global-header", "top-header", "masthead", "topbar", "top-bar",
    "top", "navbar", "nav", "navigation", "menu", "mainmenu", "main-menu", "today", "current-date",
    "currentdate", "date-today", "datetime-now", "clock", "weather", "head", "gnb", "lnb",
))  # fmt: skip
_FOOT_NAMES = frozenset((
    "footer", "site-footer", "main-footer", "page-footer", "global-footer", "foot", "bottom", "copyright",
    "colophon", "imprint",
))  # fmt: skip
_COMMENT = re.compile(
    r"comment(?!ary|ator)|kommentar|coment[aá]ri|disqus|discuss|\brespond\b|\brepl(?:y|ies)\b|guestbook"
)
_OTHER = re.compile(
    r"related|recommend|latest|popular|trending|most-?(?:read|view)|(?<!has-)(?<!no-)(?<!with-)side-?bar(?!-(?:parent|rel))"
    r"|similar|suggested|outbrain|taboola|carousel|ticker|calendar|see-?also|more-(?:news|stor|from|art)|newsletter|ranking"
    r"|\b(?:last|hot|top|other)-?(?:news|stories|articles)\b"
)
_TAGS = {"aside": Edge.OTHERS, "nav": Edge.HEAD, "header": Edge.HEAD, "footer": Edge.FOOT}
_ARTICLE_TAGS = frozenset(("article", "main"))
# A card is a small block about one item: a date in it is that item's. Links of so many words are headlines.
_CARD_LEVELS = 4
_CARD_WORDS = 5
_CARD_LINK_CHARACTERS = 12  # of scripts without spaces
_CARD_LINKS = 6
_CARD_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class EdgeLine:
    """A line as a reader sees it, and the block that it stands in."""

    text: str  # single spaces
    block: HtmlElement


def read_lines(tree: HtmlElement) -> Iterator[EdgeLine]:
    """The lines of the page's body in order, without scripts and forms' choices; at most 2,000 of 2,000 characters."""
    body = tree.find("body")
    return islice(_lines(tree if body is None else body), _LINES)


def _lines(body: HtmlElement) -> Iterator[EdgeLine]:
    pieces: list[str] = []
    block = body
    for text, began in _pieces(body):
        if began is not None:
            if line := " ".join("".join(pieces).split()):
                yield EdgeLine(line[:_LINE_CHARACTERS], block)
            pieces.clear()
            block = began
        if text:
            pieces.append(text)
    if line := " ".join("".join(pieces).split()):
        yield EdgeLine(line[:_LINE_CHARACTERS], block)


def _pieces(body: HtmlElement) -> Iterator[tuple[str | None, HtmlElement | None]]:
    """The texts below *body* in order, each with the block that begins (or goes on) with it; None: the line goes on."""
    walk = etree.iterwalk(body, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        is_seen = tag not in _UNSEEN and isinstance(tag, str)
        is_block = tag not in _INLINE
        if event == "end":
            yield element.tail, (element.getparent() if is_block else None)
        elif is_seen:
            yield element.text, (element if is_block else None)
        else:
            walk.skip_subtree()


class Edges:
    """Says to what part of a page its elements belong; those known to be the article's are its measure."""

    def __init__(self, *known: HtmlElement) -> None:
        self._article = {element for one in known for element in (one, *one.iterancestors())}

    def of(self, element: HtmlElement, *, is_beside: bool = False) -> Edge:
        """The part of the page in which *element* stands; what *is_beside* the headline is no head, foot or card."""
        below: list[HtmlElement] = []
        for one in (element, *element.iterancestors()):
            if one in self._article or one.tag in ("body", "html"):
                break
            below.append(one)
        above = below[-1].iterancestors() if below else ()
        is_inside = any(one.tag in _ARTICLE_TAGS for one in above)
        for one in reversed(below):
            edge = _edge(str(one.tag), f"{one.get('class') or ''} {one.get('id') or ''}")
            if edge is not Edge.ARTICLE and not ((is_inside or is_beside) and edge in (Edge.HEAD, Edge.FOOT)):
                return edge
            is_inside = is_inside or one.tag in _ARTICLE_TAGS
        is_card = not is_beside and any(map(_is_card, below[:_CARD_LEVELS]))
        return Edge.OTHERS if is_card else Edge.ARTICLE


@lru_cache(maxsize=4_096)
def _edge(tag: str, names: str) -> Edge:
    """What an element's tag, class and id say of its place."""
    folded = names.lower().replace("_", "-")
    if _COMMENT.search(folded):
        return Edge.COMMENTS
    if _OTHER.search(folded):
        return Edge.OTHERS
    whole = set(folded.split())
    if whole & _HEAD_NAMES:
        return Edge.HEAD
    return Edge.FOOT if whole & _FOOT_NAMES else _TAGS.get(tag, Edge.ARTICLE)


def _is_card(element: HtmlElement) -> bool:
    """Whether *element* is small and links to another item by its headline."""
    links = list(islice(element.iter("a"), _CARD_LINKS))
    if not any(map(_is_headline, links)):
        return False
    size = 0
    for text in element.itertext():
        size += len(text.strip())
        if size > _CARD_CHARACTERS:
            return False
    return True


def _is_headline(link: HtmlElement) -> bool:
    text = " ".join("".join(link.itertext()).split())
    wide = (
        not text.isascii() and len(text) >= _CARD_LINK_CHARACTERS and " " not in text[:_CARD_LINK_CHARACTERS]
    )
    return (wide or len(text.split()) >= _CARD_WORDS) and not (link.get("href") or "#").startswith("#")
