"""The anchors of a page, each with its text and its place in the tree. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import html
from lxml.etree import ParserError

from crawler import limits
from crawler.sections import words
from crawler.sections.clicks import Clicks
from crawler.sections.words import is_label
from crawler.text.attributes import without_surplus_attributes
from crawler.text.bounds import first_elements
from crawler.urls import clean_link

# Region of the page, as the weight that a link in it loses.
OPEN, BY_NAME, BY_ELEMENT = 0.0, 1.5, 3.0

_ITEM_TAGS = frozenset(("article", "li", "section", "main", "td", "dd"))
_NAME_PART = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])")

_ANCHORS = ("a", "area")
# An element that opens on a click shows a title, date and teaser at most.
_TITLE_CHARACTERS = 600
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TITLE_NAME = re.compile(r"title|headline|heading|subject|\btit\b|_tit\b|제목", re.IGNORECASE)
_TIME_NAME = re.compile(r"date|time|publish|posted|\bday\b|meta|byline|label|kicker|badge", re.IGNORECASE)
_UNSEEN_TAGS = frozenset(("script", "style", "noscript", "template", "select", "textarea", "svg", "time"))
# Signatures look at so many elements above the anchor.
_PATH_DEPTH = 5
_DIGITS = re.compile(r"\d+")

# Signs before a headline, and a date in brackets before or behind it: "· Ferry resumes service (2026.11.1)".
_BULLETS = re.compile(r"^[\s·•‣∙▪▫■□◆◇○●◎▶►▷※*]+|^[-–—»›>]\s+")
_STATED_DAY = (
    r"[\[(（【〔]\s*(?:[^\W\d_]{1,8}\s?\d{2,3}\s?[.,]\s?)?"
    r"(?:\d{2,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}|(?:\d{2,4}\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2})\s?[.日일]?"
    r"(?:[\s,]+\d{1,2}:\d{2}(?::\d{2})?)?\s*[\])）】〕]"
)
_DAY_BEFORE, _DAY_BEHIND = re.compile(rf"^{_STATED_DAY}\s*"), re.compile(rf"\s*{_STATED_DAY}\s*$")

_WIDE = re.compile("[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


@dataclass(slots=True)
class Anchor:
    """One link of the page."""

    element: html.HtmlElement
    url: str
    text: str  # what names the linked page; "" for pictures and labels such as "Read more"
    rank: int  # 2: a heading, 1: called a title by its class, 0: any text
    has_image: bool
    chrome: float  # OPEN, BY_NAME or BY_ELEMENT
    path: str  # tags and classes from above, equal for anchors of one list
    is_label: bool  # its text is there, but names no page: "Read more", "14", "Next"
    refused: bool  # rel says tag, author, advertisement ...
    date: str = ""  # that stands in brackets before or behind the text; "" if none does
    shown: str = ""  # the text with that date


@dataclass(frozen=True, slots=True)
class PageLinks:
    """A page as its anchors show it."""

    anchors: tuple[Anchor, ...] = ()  # in the page's order; at most `limits.LINKS_PER_PAGE`
    title: str = ""
    root: html.HtmlElement | None = None  # None for an empty document
    base: str = ""  # what addresses of the page are resolved against
    skipped: int = 0  # anchors without an address to fetch
    cut: bool = False  # there were more


@dataclass(slots=True)
class _Regions:
    """How much each element is furniture of the site, inherited from above."""

    known: dict[html.HtmlElement, float] = field(default_factory=dict)

    def of(self, element: html.HtmlElement) -> float:
        """The region that *element* lies in."""
        above: list[html.HtmlElement] = []
        node: html.HtmlElement | None = element
        while node is not None and node not in self.known:
            above.append(node)
            node = node.getparent()
        value = self.known[node] if node is not None else OPEN
        for node in reversed(above):
            value = max(value, _own_region(node))
            self.known[node] = value
        return value


def page_links(text: str, url: str) -> PageLinks:
    """The anchors of the page *text* that was fetched from *url*; ``<base href>`` is honoured."""
    root = _tree(text)
    if root is None:
        return PageLinks()
    base = _base(root, url)
    title = _spaced(root.findtext(".//title") or "")[: limits.TITLE_CHARACTERS]
    regions, skipped = _Regions(), 0
    anchors: list[Anchor] = []
    for element, stated in _stated_links(root):
        if len(anchors) + skipped >= limits.LINKS_PER_PAGE:
            return PageLinks(tuple(anchors), title, root, base, skipped, cut=True)
        address = clean_link(base, stated)
        if address is None:
            skipped += 1
        else:
            anchors.append(_anchor(element, address, regions))
    return PageLinks(tuple(anchors), title, root, base, skipped)


def count_words(text: str) -> float:
    """How long *text* is, in words; a character of a script without spaces, or Hangul, counts half."""
    wide = len(_WIDE.findall(text))
    return len(_WIDE.sub(" ", text).split()) + wide / 2


def heading_rank(element: html.HtmlElement) -> int:
    """2 for a heading, 1 for what is called a title by class, 0 for any other element."""
    if element.tag in _HEADINGS:
        return 2
    return 1 if _TITLE_NAME.search(element.get("class") or "") else 0


def text_pieces(element: html.HtmlElement) -> Iterator[tuple[html.HtmlElement, str]]:
    """The texts below *element* in order, each with the element it stands in; scripts and times left out."""
    stack: list[html.HtmlElement | tuple[html.HtmlElement, str]] = [element]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            yield node
            continue
        if node.tag in _UNSEEN_TAGS or not isinstance(node.tag, str):
            continue
        if text := _spaced(node.text or ""):
            yield node, text
        for child in reversed(node):
            if tail := _spaced(child.tail or ""):
                stack.append((node, tail))
            stack.append(child)


def _tree(text: str) -> html.HtmlElement | None:
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(
            without_surplus_attributes(first_elements(text, limits.PAGE_ELEMENTS)).encode("utf-8", "replace"),
            parser=parser,
        )
    except ParserError:  # nothing but blanks and comments
        return None


def _base(root: html.HtmlElement, url: str) -> str:
    for element in root.iter("base"):
        if href := element.get("href"):
            return clean_link(url, href) or url
    return url


def _stated_links(root: html.HtmlElement) -> Iterator[tuple[html.HtmlElement, str]]:
    """Elements that lead somewhere, each with the address as it is written: anchors, and what opens on a click.

    An anchor without an address of its own counts with it, though a click on it may open none.
    """
    clicks = Clicks(root)
    for element in root.iter():
        if element.tag in _ANCHORS:
            href = element.get("href") or ""
            is_empty = href.startswith("#") or href.lower().startswith("javascript:")
            if opened := clicks.target(element) if is_empty or not href else None:
                yield element, opened
            elif href:
                yield element, href
        elif (opened := clicks.target(element)) and _is_one_title(element):
            yield element, opened


def _is_one_title(element: html.HtmlElement) -> bool:
    """Whether *element*, which opens on a click, shows one title, and is no whole list or card of links."""
    text = _spaced("".join(element.itertext()))
    linked = next(element.iter(*_ANCHORS), None) is not None or any(
        node.tag in _ANCHORS for node in element.iterancestors()
    )
    return not linked and 0 < len(text) <= _TITLE_CHARACTERS


def _anchor(element: html.HtmlElement, url: str, regions: _Regions) -> Anchor:
    shown, rank = _name_of(element)
    text, date = _without_day(shown)
    return Anchor(
        element=element,
        url=url,
        text=text,
        rank=rank,
        has_image=next(element.iter("img", "picture"), None) is not None,
        chrome=regions.of(element),
        path=_path(element),
        is_label=not text and bool("".join(element.itertext()).strip()),
        refused=bool(words.MENU_RELATIONS & set((element.get("rel") or "").lower().split())),
        date=date,
        shown=shown,
    )


def _without_day(text: str) -> tuple[str, str]:
    """*text* without bullets and the date in brackets at its beginning or end, and that date; "" for none."""
    plain = _BULLETS.sub("", text)
    stated = _DAY_BEHIND.search(plain) or _DAY_BEFORE.search(plain)
    if stated is None:
        return plain, ""
    rest = _BULLETS.sub("", plain[: stated.start()] + plain[stated.end() :])
    return (rest, stated[0].strip()) if rest and not is_label(rest) else (plain, "")


def _name_of(anchor: html.HtmlElement) -> tuple[str, int]:
    """What *anchor* calls the page it leads to, and how surely that is its headline."""
    for element in anchor.iter():
        if element is not anchor and (rank := heading_rank(element)):
            text = _spaced(" ".join(_names(element)))
            if text and not is_label(text):
                return _last_long_piece(element, text), rank
    outside = max((heading_rank(node) for node in (anchor, *_above(anchor, 2))), default=0)
    text = _spaced(" ".join(_names(anchor)))
    if not text or is_label(text):
        return "", 0
    return _without_lead(anchor, _last_long_piece(anchor, text)), outside


def _names(element: html.HtmlElement) -> Iterator[str]:
    """The texts of *element* without what its classes call dates, kickers and bylines."""
    for node, piece in text_pieces(element):
        if not _TIME_NAME.search(node.get("class") or ""):
            yield piece


def _without_lead(anchor: html.HtmlElement, text: str) -> str:
    """*text* without "Live." or "Analysis." before it, where the title attribute has it so."""
    stated = _spaced(anchor.get("title") or "")
    return stated if stated in text and count_words(stated) >= 3 else text


def _last_long_piece(element: html.HtmlElement, text: str) -> str:
    """*text* without a kicker: of parts in elements of their own, the first that is long enough for a headline."""
    parts = [
        _spaced("".join(child.itertext())) for child in element if child.tag in ("span", "div", "p", "strong")
    ]
    if len(parts) < 2 or _spaced(" ".join(parts)) != text:
        return text
    return next((part for part in parts if count_words(part) >= 4), max(parts, key=count_words))


def _above(element: html.HtmlElement, levels: int) -> Iterator[html.HtmlElement]:
    for node in element.iterancestors():
        if levels == 0:
            return
        levels -= 1
        yield node


def _own_region(element: html.HtmlElement) -> float:
    if element.tag in ("body", "html", "a"):
        return OPEN
    if element.tag == "nav" or element.get("role") in ("navigation", "menu", "menubar", "contentinfo"):
        return BY_ELEMENT
    if element.tag in ("footer", "header"):
        inside_item = any(node.tag in _ITEM_TAGS for node in element.iterancestors())
        return OPEN if inside_item else BY_ELEMENT
    return BY_NAME if _is_menu_name(element) else OPEN


def _is_menu_name(element: html.HtmlElement) -> bool:
    for name in f"{element.get('class') or ''} {element.get('id') or ''}".split():
        parts = {part.lower() for part in _NAME_PART.findall(name)}
        if parts & words.MENU_NAMES or name.lower() in words.MENU_NAMES_WHOLE:
            return True
    return False


def _path(element: html.HtmlElement) -> str:
    steps = [_step(element), *(_step(node) for node in _above(element, _PATH_DEPTH))]
    return "<".join(steps)


def _step(element: html.HtmlElement) -> str:
    name = next(iter((element.get("class") or "").split()), "")
    return f"{element.tag}.{_DIGITS.sub('0', name)}"


def _spaced(text: str) -> str:
    return " ".join(text.split())
