"""The blocks of text that a page shows, in order, each with the elements that hold it. Pure.

A block is the text between two breaks of a reader's flow: a paragraph, heading, item, cell, or loose text in a
division. Furniture that is no prose in any page (navigation, footers, pictures' captions, forms' controls) is left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from lxml.html import HtmlElement

from crawler.blocks.names import has_label

_WORD = re.compile(r"\S+")
_BREAKING = frozenset(
    _WORD.findall(
        "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer"
        " form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead"
        " tr ul caption legend"
    )
)
_UNREAD = frozenset(
    _WORD.findall(
        "script style noscript template svg iframe button select option input textarea video audio canvas object embed"
        " map head menu picture img source label math dialog"
    )
)
# Left out too, unless nothing else is found: some pages hold their whole article in what they call navigation.
_FURNITURE = frozenset(["nav", "footer", "figure", "figcaption"])
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
PARAGRAPHS = frozenset(["p", "blockquote", "pre"])
_PARTS = PARAGRAPHS | HEADINGS | {"li"}
# Loose text between two line breaks: a paragraph in all but name.
BROKEN_LINE: Final = "br"
# Stands for a line break while text is collected: the markup's own line breaks are only spaces.
_LINE_END = "\x1e"
# Attributes by which publishers name what an element holds.
_NAMING = frozenset(["class", "id", "itemprop", "role", "data-testid", "data-component", "data-type"])
_NAME_CHARACTERS = 300
# libxml2 stops at 256 levels.
_LEVELS = 300
# A page with more blocks is a list, and no article has as many.
_BLOCKS = 20_000
# What a reader reads in a character: the same sentence has three to three and a half times the letters in English as
# it has Han characters, and twice as many as it has Hangul or kana (translations of news sentences).
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SYLLABLE = re.compile(r"[\u3040-\u30ff\uac00-\ud7a3]")
# Spans within a paragraph that no reader sees, or that caption a picture.
_HIDDEN_SPAN = re.compile(
    r"(?:^|[\s_-])(?:hidden|sr-only|visually-hidden|screen-reader|caption|credit)", re.I
)


@dataclass(slots=True)
class Node:
    """An element that breaks the flow of text, and holds blocks or other such elements."""

    parent: int  # its index; -1: the page's body
    tag: str
    name: str  # its class, id and the like, as one text


@dataclass(slots=True)
class Block:
    """A text as it is shown between two breaks."""

    text: str  # single spaces; lines where the page breaks them
    node: int  # the index of the innermost element that holds it
    holder: int  # the index of the element that it is a part of: for a paragraph, heading or item the one around it
    tag: str
    size: int  # reading length: as `reading_length` gives it
    linked: float  # share of the characters that are links, 0 to 1
    is_label: bool  # it begins with a phrase that leads to other pages ("Read also")


@dataclass(slots=True)
class BlockTree:
    """The blocks of a page in order, and the elements that hold them, parents first."""

    blocks: list[Block] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    elements: int = 0  # of all kinds that were read


def read_blocks(body: HtmlElement, *, furniture: bool = False) -> BlockTree:
    """The blocks of *body* and what holds them; those of navigation, footers and figures only with *furniture*."""
    walk = _Walk(_UNREAD if furniture else _UNREAD | _FURNITURE)
    walk.enter(body, 0, False)
    walk.close(0)
    return walk.tree


def reading_length(text: str) -> int:
    """The characters of *text*, a Han character counted three times, one of kana or Hangul twice."""
    if text.isascii():
        return len(text)
    return len(text) + 2 * len(_HAN.findall(text)) + len(_SYLLABLE.findall(text))


def sums_of_nodes(tree: BlockTree, values: Iterable[float]) -> list[float]:
    """For each element of *tree*, the sum of the *values* of the blocks in it; one value a block, in order."""
    sums = [0.0] * len(tree.nodes)
    for block, value in zip(tree.blocks, values, strict=True):
        sums[block.node] += value
    for index in range(len(sums) - 1, 0, -1):
        sums[tree.nodes[index].parent] += sums[index]
    return sums


class _Walk:
    """Collects the text between breaks."""

    def __init__(self, unread: frozenset[str]) -> None:
        self.tree = BlockTree(nodes=[Node(-1, "body", "")])
        self._unread = unread
        self._pieces: list[str] = []
        self._linked = 0
        self._level = 0
        self._is_broken = False  # the text since the last block stands behind a line break

    def enter(self, element: HtmlElement, node: int, in_link: bool) -> None:
        """Take the text of *element* and all in it; it belongs to *node*."""
        self._level += 1
        self.tree.elements += 1
        self._take(element.text, in_link)
        for child in element:
            tag = child.tag
            if tag in self._unread or type(tag) is not str:
                if tag in _BREAKING:
                    self.close(node)
            elif tag == "br":
                self._break_line(node)
            elif tag in _BREAKING or "-" in tag:
                self._enter_breaking(child, tag, node)
            elif not (tag == "span" and _is_hidden_span(child.get("class"))) and self._level < _LEVELS:
                self.enter(child, node, in_link or tag == "a")
            self._take(child.tail, in_link)
        self._level -= 1

    def close(self, node: int) -> None:
        """End the block of *node* that is being collected, if any."""
        if self._pieces:
            text = _tidy("".join(self._pieces))
            if text and len(self.tree.blocks) < _BLOCKS:
                tag = self.tree.nodes[node].tag
                if self._is_broken and tag not in PARAGRAPHS and tag not in HEADINGS:
                    tag = BROKEN_LINE
                linked = min(1.0, self._linked / len(text))
                holder = max(self.tree.nodes[node].parent, 0) if tag in _PARTS else node
                self.tree.blocks.append(
                    Block(text, node, holder, tag, reading_length(text), linked, has_label(text))
                )
            self._pieces.clear()
        self._linked = 0
        self._is_broken = False

    def _take(self, text: str | None, in_link: bool) -> None:
        if text:
            self._pieces.append(text)
            if in_link:
                self._linked += len(text)

    def _break_line(self, node: int) -> None:
        """Note a line break; two without text between end a paragraph."""
        last = next((piece for piece in reversed(self._pieces) if piece == _LINE_END or piece.strip()), "")
        if last == _LINE_END:
            self.close(node)
            self._is_broken = True
        else:
            self._pieces.append(_LINE_END)

    def _enter_breaking(self, element: HtmlElement, tag: str, node: int) -> None:
        self.close(node)
        if self._level >= _LEVELS:
            return
        name = " ".join(value for key, value in element.items() if key in _NAMING)[:_NAME_CHARACTERS]
        self.tree.nodes.append(Node(node, tag, name))
        inner = len(self.tree.nodes) - 1
        self.enter(element, inner, False)
        self.close(inner)


def _tidy(text: str) -> str:
    """*text* with single spaces, its lines where the page breaks them."""
    if _LINE_END not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split(_LINE_END))
    return "\n".join(line for line in lines if line)


@lru_cache(maxsize=4_096)
def _is_hidden_span(name: str | None) -> bool:
    return bool(name) and _HIDDEN_SPAN.search(name or "") is not None
