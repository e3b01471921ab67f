"""What stands beside a link: the block of the page that is about one address, its headline, date and teaser. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import html

from crawler.sections.anchors import Anchor, count_words, heading_rank, text_pieces
from crawler.sections.words import is_label

# A block ends below these, and after so many levels.
_ENDS = frozenset(("body", "html", "main", "form"))
_LEVELS = 7
# Texts looked at in one block, and the length up to which one may be a date.
_PIECES = 60
_DATE_CHARACTERS = 60
# What looks like a date or an age; whether it can be read, `read_date` says.
_DATE_LIKE = re.compile(
    r"\d{4}\s?[-./年년]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\s?[:h時시时]\s?\d{2}|\d{1,2}\s?[日일月월]"
    r"|\d{1,2}(?:st|nd|rd|th|\.)?\s(?:de\s)?[^\W\d_]{3,10}\.?,?\s\d{4}"
    r"|[^\W\d_]{3,10}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}"
    r"|\d+\s?(?:\w{1,6}\s)?ago\b|\bvor \d+|\bhace \d+|\d+\s\w+\sназад|منذ \d+|\d+\s?(?:분|시간|일)\s?전"
    r"|\d+\s?(?:分钟|小时|天|分|時間|日)前"
)
_TEASER_WORDS = 8
_NAME_WORDS = 3


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands in the block of one address."""

    headline: str = ""  # of a heading; "" if there is none
    dates: tuple[str, ...] = ()  # texts that may be its date, the likeliest first, at most 4
    teaser: str = ""  # the longest prose; "" if there is none
    words: str = ""  # the first text that may name it, of a caption, say; "" if there is none


NOTHING_BESIDE = Beside()


def read_blocks(anchors: dict[str, list[Anchor]], plausible: Iterable[str]) -> dict[str, Beside]:
    """For each *plausible* address what stands beside its links; *anchors* has the links of each."""
    keys = list(plausible)
    owners = _owners((anchor, key) for key in keys for anchor in anchors[key])
    return {key: _merged(_blocks_of(anchors[key], owners)) for key in keys}


def _owners(links: Iterable[tuple[Anchor, str]]) -> dict[html.HtmlElement, str]:
    """Elements by the one address that they hold; "" for elements that hold several."""
    owners: dict[html.HtmlElement, str] = {}
    for anchor, key in links:
        owners[anchor.element] = key
        for node in anchor.element.iterancestors():
            held = owners.setdefault(node, key)
            if not held:  # then all above hold several too
                break
            if held != key:
                owners[node] = ""
    return owners


def _blocks_of(anchors: list[Anchor], owners: dict[html.HtmlElement, str]) -> Iterator[Beside]:
    done: set[html.HtmlElement] = set()
    for anchor in anchors:
        block = _block(anchor.element, owners)
        if block not in done:
            done.add(block)
            dated = {link.shown for link in anchors if link.date}
            yield _read(block, *_neighbours(block, owners), {link.text for link in anchors}, dated)


def _block(element: html.HtmlElement, owners: dict[html.HtmlElement, str]) -> html.HtmlElement:
    """The largest element around *element* that holds no other plausible address."""
    key, block = owners[element], element
    for level, node in enumerate(element.iterancestors()):
        if level == _LEVELS or node.tag in _ENDS or owners[node] != key:
            break
        block = node
    return block


def _neighbours(
    block: html.HtmlElement, owners: dict[html.HtmlElement, str]
) -> tuple[list[html.HtmlElement], list[html.HtmlElement]]:
    """The siblings before and behind *block* that belong to it: those before it only where lists begin so."""
    parent = block.getparent()
    if parent is None or parent.tag in _ENDS:
        return [], []
    first = next((child for child in parent if child in owners), block)
    lead = _span(first.itersiblings(preceding=True), owners)
    if any(_DATE_LIKE.search(text) for text in _texts(lead)):
        return _span(block.itersiblings(preceding=True), owners), []
    return [], [block, *_span(block.itersiblings(), owners)]


def _span(
    siblings: Iterable[html.HtmlElement], owners: dict[html.HtmlElement, str], most: int = 4
) -> list[html.HtmlElement]:
    found: list[html.HtmlElement] = []
    for sibling in siblings:
        if sibling in owners or len(found) == most:
            break
        found.append(sibling)
    return found


def _read(
    block: html.HtmlElement,
    before: list[html.HtmlElement],
    behind: list[html.HtmlElement],
    names: set[str],
    dated: set[str],
) -> Beside:
    """What *block* and its neighbours say beside the *names* of the links, and *dated* ones, themselves."""
    elements = [*before, *(behind or [block])]
    times = [value for element in elements for value in _time_elements(element)]
    headline, dates, teaser, words = "", [], "", ""
    for element, text in islice(_pieces(elements, {*before, *behind}), _PIECES):
        if text in dated:
            continue
        rank = heading_rank(element)
        if rank and not is_label(text) and count_words(text) > 1:
            headline = headline or text
        elif len(text) <= _DATE_CHARACTERS and text not in names and _DATE_LIKE.search(text):
            dates.append(text)
        else:
            length = count_words(text)
            words = words or (text if length >= _NAME_WORDS and not is_label(text) else "")
            teaser = text if length >= _TEASER_WORDS and len(text) > len(teaser) else teaser
    return Beside(headline, tuple(dict.fromkeys([*times, *dates]))[:4], teaser, words)


def _pieces(
    elements: list[html.HtmlElement], with_tail: set[html.HtmlElement]
) -> Iterator[tuple[html.HtmlElement, str]]:
    """The texts of *elements*, and what stands right behind those *with_tail*."""
    for element in elements:
        yield from text_pieces(element)
        if element in with_tail and (tail := " ".join((element.tail or "").split())):
            yield element.getparent(), tail


def _texts(elements: list[html.HtmlElement]) -> list[str]:
    times = [value for element in elements for value in _time_elements(element)]
    return [*times, *(text for _, text in islice(_pieces(elements, {*elements}), _PIECES))]


def _time_elements(element: html.HtmlElement) -> Iterator[str]:
    for time in element.iter("time"):
        if value := (time.get("datetime") or "").strip() or " ".join("".join(time.itertext()).split()):
            yield value[:_DATE_CHARACTERS]


def _merged(blocks: Iterable[Beside]) -> Beside:
    """Of several blocks about one address, the first of each."""
    found = list(blocks)
    return Beside(
        headline=next((beside.headline for beside in found if beside.headline), ""),
        dates=next((beside.dates for beside in found if beside.dates), ()),
        teaser=max((beside.teaser for beside in found), key=len, default=""),
        words=next((beside.words for beside in found if beside.words), ""),
    )
