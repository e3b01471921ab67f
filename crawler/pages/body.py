"""The text of a page's article, out of its blocks, of trafilatura's opinion and of what its data state. Pure."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from crawler.blocks.features import PageWords, letters
from crawler.blocks.model import block_chances, chance_of, evidence_of
from crawler.blocks.names import is_body_name, is_foreign_name, is_lead_name
from crawler.blocks.tree import HEADINGS, Block, BlockTree, read_blocks, reading_length, sums_of_nodes
from crawler.pages.outlet_names import is_same_title
from crawler.pages.state_text import state_text
from crawler.pages.structured import PageFacts

# From this chance on a block is kept. Cross-validated, .45 gives .001 less on news, .6 .0015 less on other pages.
KEPT: Final = 0.55
# ... of a text that is shorter than this. Briefs have few neighbours to vouch for a block.
KEPT_OF_SHORT: Final = 0.35
_SHORT_TEXT = 600
# The model is unsure where what it may have wrong is this share of what it keeps, or it keeps little: then trafilatura
# is asked: a page in six or seven. Asking about twice as many gains nothing.
_DOUBT, _LITTLE = 0.08, 300
# trafilatura needs 1.7 s for 1 MB of flat paragraphs, 2 s for 150,000 spans: it is not asked about larger pages.
_ASKED_BLOCKS, _ASKED_ELEMENTS = 3_000, 20_000
# What trafilatura's opinion on a block weighs, in logarithms of odds; 1 and 2 are as good within .001 of F1.
_OPINION = 1.5
# An opinion that finds less than this share of what the model does is not heard.
_HEARD = 0.5
# The chance of what is plainly not of the article, with an opinion for it.
_NEVER = 0.001
# A text that stands on a page more often is furniture (consent texts of embedded parts).
_REPEATED = 2
_SHORT = 40
_HEADLINE_SIZE = 500
# Another text is taken where it is clearly longer: the page's blocks then show a part.
_CLEARLY_LONGER = 1.5
# A name of its own counts only for what holds less than this share of the text; a layout holds more.
_LAYOUT = 0.3
# A label with a link behind it, or alone.
_LABEL_LINKED, _LABEL_SIZE = 0.3, 30
# A lead stands among the first blocks below the headline, and is no byline.
_LEAD_BLOCKS, _LEAD_SIZE, _LEAD_LINKED = 4, 50, 0.3
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]\W?$")
_PROSE_CELLS = etree.XPath("//td[count(p) > 1]")


@dataclass(frozen=True, slots=True)
class JudgedBlock:
    """A block with what was thought of it."""

    text: str
    chance: float  # that it is the article's, 0 to 1
    is_kept: bool
    path: str  # the elements that hold it, outermost first, with their names
    is_common: bool = False  # left out because it stands on many pages of the host


@dataclass(frozen=True, slots=True)
class Body:
    """An article's text."""

    text: str  # a paragraph a line, without the headline; "" if there is none
    made_by: str  # blocks, blocks+trafilatura, trafilatura, json-ld, state
    blocks: tuple[JudgedBlock, ...] = ()  # all of the page, in its order; only where they were asked for


def read_body(root: HtmlElement, facts: PageFacts, title: str, *, explain: bool = False) -> Body:
    """The text of the article on the page *root*; with *explain* what was thought of each block, too.

    The page's layout tables are changed where trafilatura is asked.
    """
    shown = shown_blocks(root)
    page = PageWords(letters(title), letters(facts.description), letters(facts.linked.body))
    chances = with_rules(shown, block_chances(shown, page), page)
    found = compose(shown, chances, title, str, explain=explain)
    if _shows_less(found.text, facts.linked.body):
        return Body(facts.linked.body, "json-ld", found.blocks)
    if reading_length(found.text) < _LITTLE:
        stated = state_text(root, page.title, page.description)
        if _shows_less(found.text, stated):
            return Body(stated, "state", found.blocks)
    return (
        compose(shown, chances, title, lambda: second_opinion(root), explain=explain)
        if is_unsure(shown, chances)
        else found
    )


def shown_blocks(root: HtmlElement) -> BlockTree:
    """The blocks of the page *root*; with its furniture where there is hardly anything else."""
    body = root.find("body")
    if body is None:
        body = root
    shown = read_blocks(body)
    if sum(block.size for block in shown.blocks) < _LITTLE:
        return read_blocks(body, furniture=True)
    return shown


def with_rules(shown: BlockTree, chances: list[float], page: PageWords) -> list[float]:
    """The *chances* of the blocks where nothing says plainly what they are; else 0, or 1 for a lead.

    What says it plainly are the names of the elements that hold a block (unless these hold most of the text: then the
    name is a layout's), a label that leads to other pages, and the place right below the headline.
    """
    foreign = _foreign_nodes(shown, chances)
    found = [
        0.0 if block.node in foreign or _is_labelled(block) else chance
        for block, chance in zip(shown.blocks, chances, strict=True)
    ]
    for index in _leads(shown, found, page):
        found[index] = 1.0
    return found


def _foreign_nodes(shown: BlockTree, chances: list[float]) -> set[int]:
    """The elements that are, or are in, what names itself as no part of the article."""
    held = sums_of_nodes(
        shown, (block.size * chance for block, chance in zip(shown.blocks, chances, strict=True))
    )
    foreign: set[int] = set()
    for index, node in enumerate(shown.nodes):
        is_small = held[index] < _LAYOUT * held[0]
        if node.parent in foreign or (is_small and node.name and is_foreign_name(node.name)):
            foreign.add(index)
    return foreign


def _is_labelled(block: Block) -> bool:
    return block.is_label and (block.linked >= _LABEL_LINKED or block.size <= _LABEL_SIZE)


def _leads(shown: BlockTree, chances: list[float], page: PageWords) -> list[int]:
    """The indexes of the lead's blocks, right below the headline."""
    headline = next(
        (
            index
            for index, block in enumerate(shown.blocks)
            if page.title and letters(block.text) == page.title
        ),
        None,
    )
    if headline is None:
        return []
    below = range(headline + 1, min(len(chances), headline + 1 + _LEAD_BLOCKS))
    return [index for index in below if chances[index] > 0 and _is_lead(shown, shown.blocks[index], page)]


def _is_lead(shown: BlockTree, block: Block, page: PageWords) -> bool:
    if block.size < _LEAD_SIZE or block.linked > _LEAD_LINKED:
        return False
    node = shown.nodes[block.node]
    is_named = is_lead_name(node.name) or is_lead_name(shown.nodes[max(node.parent, 0)].name)
    if is_named or (_SENTENCE_END.search(block.text) and _is_in_body(shown, block.node)):
        return True
    return bool(page.description) and letters(block.text)[:40] in page.description


def _is_in_body(shown: BlockTree, node: int) -> bool:
    """Whether an element that holds *node*, or it itself, is named as the article's text."""
    while node > 0:
        if is_body_name(shown.nodes[node].name):
            return True
        node = shown.nodes[node].parent
    return False


def compose(
    shown: BlockTree, chances: list[float], title: str, ask: Callable[[], str], *, explain: bool = False
) -> Body:
    """The text of the blocks that are the article's by their *chances* (0 to 1), and by what *ask* gives.

    *ask* returns another extractor's text, "" for none.
    """
    is_small = len(shown.blocks) <= _ASKED_BLOCKS and shown.elements <= _ASKED_ELEMENTS
    opinion = ask() if is_small else ""
    made_by = "blocks"
    # What finds next to nothing has no opinion: it measures in letters of the Latin script.
    own = sum(block.size for block, chance in zip(shown.blocks, chances, strict=True) if chance >= KEPT)
    if opinion and reading_length(opinion) >= _HEARD * own:
        chances = _moved(shown, chances, letters(opinion))
        made_by = "blocks+trafilatura"
    kept = _kept(shown, chances, title)
    text = "\n".join(shown.blocks[index].text for index in kept)
    ruled_out = {block.text for block, chance in zip(shown.blocks, chances, strict=True) if chance <= _NEVER}
    if _shows_less(text, prose := _prose(opinion, ruled_out)):
        text, made_by = prose, "trafilatura"
    return Body(text, made_by, _judged(shown, chances, set(kept)) if explain else ())


def _prose(text: str, ruled_out: set[str]) -> str:
    """*text* from its first sentence to its last, around which menus stand, without lines that are *ruled_out*."""
    lines = [line for line in text.splitlines() if line not in ruled_out]
    prose = [index for index, line in enumerate(lines) if len(line) > _SHORT or _SENTENCE_END.search(line)]
    return "\n".join(lines[prose[0] : prose[-1] + 1]) if prose else ""


def load_second_opinion() -> None:
    """Load trafilatura (0.3 s, 30 MB), which else the first page does about which the models are unsure."""
    import trafilatura

    assert trafilatura


def second_opinion(root: HtmlElement) -> str:
    """What trafilatura takes for the article's text on the page *root*; "" if it finds none."""
    import trafilatura  # slow to load, and only the processes that read pages need it

    for cell in _PROSE_CELLS(root):  # it makes one line of all paragraphs in a cell
        for element in (cell, *cell.iterancestors("td", "tr", "tbody", "table")):
            element.tag = "div"
    found = trafilatura.bare_extraction(root, fast=True, include_comments=False)
    text = "" if found is None or isinstance(found, dict) else found.text or ""
    # It writes rows of tables as "| a | b |".
    lines = (line.strip("| ") if line.startswith("|") else line for line in text.splitlines())
    return "\n".join(line for line in lines if line.strip("-| "))


def is_unsure(shown: BlockTree, chances: list[float]) -> bool:
    """Whether the *chances* leave so much doubt that another opinion is worth its time."""
    kept = doubted = 0.0
    for block, chance in zip(shown.blocks, chances, strict=True):
        kept += block.size if chance >= KEPT else 0
        doubted += block.size * min(chance, 1 - chance)
    return kept < _LITTLE or doubted > _DOUBT * kept


def _moved(shown: BlockTree, chances: list[float], opinion: str) -> list[float]:
    """The *chances* of the blocks, each moved towards what *opinion* (letters alone) has or lacks."""
    return [
        chance_of(evidence_of(chance) + (_OPINION if letters(block.text) in opinion else -_OPINION))
        for block, chance in zip(shown.blocks, chances, strict=True)
    ]


def _kept(shown: BlockTree, chances: list[float], title: str) -> list[int]:
    """The indexes of the blocks that make the text, in the page's order: each long text once, the headline not."""
    least = _least_chance(shown, chances)
    chosen = [
        index
        for index, (block, chance) in enumerate(zip(shown.blocks, chances, strict=True))
        if chance >= least and not _is_headline(block, title)
    ]
    counts = Counter(shown.blocks[index].text for index in chosen if shown.blocks[index].size > _SHORT)
    first: dict[str | int, int] = {}
    for index in chosen:
        block = shown.blocks[index]
        first.setdefault(block.text if block.size > _SHORT else index, index)
    kept = [index for index in first.values() if counts[shown.blocks[index].text] <= _REPEATED]
    if 2 * _size(shown, kept) < _size(shown, list(first.values())):
        kept = list(first.values())
    while kept and shown.blocks[kept[-1]].tag in HEADINGS:
        kept.pop()
    return kept


def _least_chance(shown: BlockTree, chances: list[float]) -> float:
    """The chance from which on a block is kept: of a short text less is left out."""
    kept = sum(block.size for block, chance in zip(shown.blocks, chances, strict=True) if chance >= KEPT)
    return KEPT if kept >= _SHORT_TEXT else KEPT_OF_SHORT


def _size(shown: BlockTree, indexes: list[int]) -> int:
    return sum(shown.blocks[index].size for index in indexes)


def _is_headline(block: Block, title: str) -> bool:
    return block.size <= _HEADLINE_SIZE and is_same_title(block.text, title)


def _shows_less(text: str, other: str) -> bool:
    """Whether *other* is so much longer than *text* that the page's blocks show only a part of the article."""
    return reading_length(other) > max(_LITTLE, _CLEARLY_LONGER * reading_length(text))


def _judged(shown: BlockTree, chances: list[float], kept: set[int]) -> tuple[JudgedBlock, ...]:
    return tuple(
        JudgedBlock(block.text, round(chance, 3), index in kept, _path(shown, block.node))
        for index, (block, chance) in enumerate(zip(shown.blocks, chances, strict=True))
    )


def _path(shown: BlockTree, node: int) -> str:
    steps = []
    while node > 0:
        found = shown.nodes[node]
        steps.append(".".join([found.tag, *found.name.split()[:2]]))
        node = found.parent
    return " > ".join(reversed(steps[:4]))
