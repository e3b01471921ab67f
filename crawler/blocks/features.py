"""What is noticed of each block of a page before a model judges whether it is the article's. Pure.

Features are short texts ("tag p", "name sidebar"), so that weights can be read. They come in facets: what one facet
yields depends on few values, so that its weights' sum is looked up and not added again for each block. No facet knows
a language or a site; words count only where they name elements.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crawler.blocks.names import is_body_name
from crawler.blocks.tree import HEADINGS, PARAGRAPHS, Block, BlockTree, sums_of_nodes

# What is made of a facet, given its function and that function's values: the sum of its features' weights where blocks
# are judged, the features themselves (tuples add up too) where weights are fitted.
Weigh = Callable[..., Any]

# Elements whose presence above a block says something.
_TELLING = frozenset(
    re.findall(
        r"\w+",
        "article main aside header section table ul ol li form blockquote td details dd nav footer figure",
    )
)
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAME_WORD = range(3, 21)
_SENTENCE_END = re.compile(r"[.!?…。！？؟।»”\"')\]:;]$")
_FULL_STOP = re.compile(r"[.!?…。！？؟।][»”\"’')\]]*$")
_SIGNS = re.compile(r"[.,;:!?…。、，！？؟।]")
_DIGIT = re.compile(r"\d")
_NOT_LETTERS = re.compile(r"[\W_]+")
# Names of what stands beside articles, as publishers write them, apart from single words that the model knows.
_BESIDE = re.compile(
    r"comment(?!ary)|disqus|footer|side-?bar|related|recommend|recirc|promo|newsletter|\bshar(?:e|ing)|social"
    r"|bread-?crumb|cookie|consent|gdpr|banner|(?:^|[\s_-])ads?(?:$|[\s_-])|advert|sponsor|outbrain|taboola|caption"
    r"|gallery|slideshow|carousel|byline|author|(?:^|[\s_-])tags?(?:$|[\s_-])|teaser|most-?(?:read|popular|viewed)"
    r"|trending|pop-?up|modal|overlay|subscri|log-?in|sign-?up|toolbar|menu|navi?(?:$|[\s_-]|gation)|widget|hidden"
    r"|sr-only|no-?print|(?:^|[\s_-])meta(?:$|[\s_-])|timestamp|copyright|disclaimer|read-?(?:more|next|also)"
    r"|see-?also|more-?(?:on|stories|news|from|articles)|rating|(?:^|[\s_-])poll|quiz|credit|donat|membership"
    r"|footnote|pagination|pager|feedback|embed|info-?box|fact-?box|topics",
    re.IGNORECASE,
)
_PROSE_SIZE, _LOOSE_PROSE_SIZE, _PROSE_LINKED = 40, 80, 0.45


@dataclass(frozen=True, slots=True)
class PageWords:
    """What the page says elsewhere, against which its blocks are held; as `letters` gives it; "" if it does not."""

    title: str = ""
    description: str = ""
    stated_body: str = ""  # JSON-LD articleBody


@dataclass(slots=True)
class _Place:
    """What holds of all blocks in one element."""

    prose: float = 0.0  # reading length of the prose in it
    paragraphs: int = 0  # paragraphs of prose directly in it
    depth: int = 0
    is_beside: bool = False
    is_body: bool = False
    is_comment: bool = False
    tags: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()


def letters(text: str) -> str:
    """The letters and digits of *text*, lower case."""
    return _NOT_LETTERS.sub("", text).lower()


def first_evidence(tree: BlockTree, page: PageWords, weigh: Weigh) -> list[Any]:
    """What *weigh* makes of the features of each block of *tree*, in order, the facets' sums added up."""
    places = _places(tree)
    total = places[0].prose or 1.0
    traits = [traits_of(block) for block in tree.blocks]
    counts = Counter(block.text for block in tree.blocks)
    headline = _headline(tree.blocks, page.title)
    of_holders: dict[tuple[int, str, str], Any] = {}
    found = []
    for index, block in enumerate(tree.blocks):
        tag, size, *_ = own = traits[index]
        node = tree.nodes[block.node]
        # Paragraphs beside one another are held alike.
        holders = (block.holder, tag, node.name if node.tag == tag else str(block.node))
        held = of_holders.get(holders)
        if held is None:
            held = of_holders[holders] = _held_evidence(tree, places, block, total, weigh)
        evidence = (
            held + weigh(_own, *own) + weigh(_position, 10 * index // len(traits), _behind(index, headline))
        )
        evidence += weigh(_cues, *_signs(block, counts[block.text] > 1, page, index == headline))
        for step in (-2, -1, 1, 2):
            other = index + step
            if 0 <= other < len(traits):
                is_same = tree.blocks[other].node == block.node
                evidence += weigh(_near, step, tag, size, *traits[other], is_same)
            else:
                evidence += weigh(_near, step, tag, size, "", 0, 0, 0, False)
        found.append(evidence)
    return found


def traits_of(block: Block) -> tuple[str, int, int, int]:
    """Tag, size, share of links and end of *block*, each coarse."""
    return block.tag, block.size.bit_length(), _share_step(block.linked), _end(block.text)


def _end(text: str) -> int:
    if _FULL_STOP.search(text):
        return 2
    return 1 if _SENTENCE_END.search(text) else 0


def _share_step(share: float) -> int:
    """*share* (0 to 1) in six steps."""
    return 1 + bisect(_LINK_STEPS, share) if share else 0


_LINK_STEPS = (0.1, 0.3, 0.5, 0.8)
_PROSE_STEPS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)


def _prose_step(share: float) -> int:
    return bisect(_PROSE_STEPS, share)


def _is_prose(block: Block) -> bool:
    least = _PROSE_SIZE if block.tag in PARAGRAPHS else _LOOSE_PROSE_SIZE
    return block.size >= least and block.linked < _PROSE_LINKED and _SIGNS.search(block.text) is not None


def _places(tree: BlockTree) -> list[_Place]:
    prose = sums_of_nodes(tree, map(_prose, tree.blocks))
    places = [_Place(one) for one in prose]
    for block in tree.blocks:
        if _is_prose(block):
            places[block.holder if block.tag in PARAGRAPHS else block.node].paragraphs += 1
    whole = places[0].prose
    for index, node in enumerate(tree.nodes[1:], 1):
        above, place = places[node.parent], places[index]
        verdict, names = _reading(node.name)
        place.depth = above.depth + 1
        # What holds half of the page's prose is a layout, whatever its name.
        place.is_beside = above.is_beside or (
            (verdict < 0 or (verdict == 0 and node.tag == "aside")) and place.prose < 0.5 * whole
        )
        place.is_comment = above.is_comment or ("comment" in node.name.lower() and place.prose < 0.95 * whole)
        place.is_body = above.is_body or verdict > 0
        is_new = node.tag in _TELLING and node.tag not in above.tags
        place.tags = (*above.tags, node.tag) if is_new else above.tags
        place.names = above.names | names if names else above.names
    return places


def _prose(block: Block) -> float:
    """The reading length of *block* that is no link, if it is prose; loose text counts less."""
    if not _is_prose(block):
        return 0.0
    return block.size * (1 - block.linked) * (1.0 if block.tag in PARAGRAPHS else 0.6)


@lru_cache(maxsize=20_000)
def _reading(name: str) -> tuple[int, frozenset[str]]:
    """What a name says (1 a body, -1 beside one, 0 nothing known), and the words in it."""
    if not name:
        return 0, frozenset()
    verdict = 1 if is_body_name(name) else -1 if _BESIDE.search(name) else 0
    words = frozenset(word for word in map(str.lower, _CAMEL.findall(name)) if len(word) in _NAME_WORD)
    return verdict, words


def _headline(blocks: list[Block], title: str) -> int | None:
    """The index of the headline among *blocks*: the heading that is the title, else the first h1; None if none."""
    first = None
    for index, block in enumerate(blocks):
        if block.tag in HEADINGS:
            if title and letters(block.text) == title:
                return index
            if first is None and block.tag == "h1":
                first = index
    return first


def _signs(block: Block, is_repeated: bool, page: PageWords, is_headline: bool) -> tuple[Any, ...]:
    text = block.text
    digits = len(_DIGIT.findall(text)) / len(text)
    size = min(block.size.bit_length(), 8)
    return (
        min(len(_SIGNS.findall(text)), 6),
        0 if digits == 0 else 1 if digits < 0.05 else 2 if digits < 0.2 else 3,
        text.isupper(),
        is_repeated and size,
        is_headline,
        block.is_label,
        _stated(block, page, size),
    )


def _stated(block: Block, page: PageWords, size: int) -> str:
    """How *block* stands to what the page's head states."""
    if not page.stated_body and not page.description:
        return ""
    text = letters(block.text)
    said = ""
    if page.stated_body:
        is_inside = text in page.stated_body or (len(text) > 50 and text[:40] in page.stated_body)
        said = f"{'in' if is_inside else 'not in'} stated body {size if size > 4 else 'short'}"
    if (
        page.description
        and block.size > 30
        and (text[:50] in page.description or page.description[:50] in text)
    ):
        return f"{said} described"
    return said


def _held_evidence(tree: BlockTree, places: list[_Place], block: Block, total: float, weigh: Weigh) -> Any:
    """What *weigh* makes of the elements that hold *block*."""
    place, nodes = places[block.node], tree.nodes
    holder = block.holder
    outer = max(nodes[holder].parent, 0)
    outmost = max(nodes[outer].parent, 0)
    shares = (_prose_step(places[one].prose / total) for one in (holder, outer, outmost))
    paragraphs = (min(places[one].paragraphs.bit_length(), 6) for one in (holder, outer))
    return (
        weigh(_holding, block.tag, *shares, *paragraphs, place.is_beside, place.is_body)
        + weigh(_above, place.tags, min(place.depth // 3, 8), place.is_comment)
        + weigh(_names, place.names)
        + weigh(_own_names, nodes[block.node].name)
    )


def _behind(index: int, headline: int | None) -> str:
    if headline is None:
        return "no headline"
    return "before" if index < headline else f"behind {min((index - headline).bit_length(), 7)}"


def _own(tag: str, size: int, linked: int, end: int) -> tuple[str, ...]:
    return (
        f"tag {tag}",
        f"size {size}",
        f"linked {linked}",
        f"end {end}",
        f"tag {tag} size {size}",
        f"tag {tag} linked {linked}",
        f"size {size} linked {linked}",
        f"size {size} end {end}",
        f"tag {tag} size {size} end {end}",
        f"tag {tag} size {size} linked {linked}",
    )


def _near(
    step: int, tag: str, size: int, other: str, other_size: int, linked: int, end: int, same: bool
) -> tuple[str, ...]:
    where = f"{step:+d}"
    found = (
        f"{where} tag {other}",
        f"{where} size {other_size} linked {linked}",
        f"{where} end {end}",
        f"{where} tag {other} by {tag}",
        f"{where} size {other_size} by {tag} {size}",
        f"{where} linked {linked} by {tag} {size}",
    )
    return (*found, f"{where} same node") if same else found


def _cues(
    signs: int, digits: int, upper: bool, repeated: int, headline: bool, label: bool, stated: str
) -> tuple[str, ...]:
    found = [f"signs {signs}", f"digits {digits}"]
    if upper:
        found.append("capitals")
    if repeated:
        found.append(f"repeated {repeated}")
    if headline:
        found.append("headline")
    if label:
        found.append("label")
    if stated:
        found.append(stated)
    return tuple(found)


def _holding(
    tag: str, inner: int, outer: int, outmost: int, paragraphs: int, others: int, beside: bool, body: bool
) -> tuple[str, ...]:
    return (
        f"prose {inner}",
        f"prose {inner} by {tag}",
        f"outer prose {outer}",
        f"outmost prose {outmost}",
        f"paragraphs {paragraphs}",
        f"outer paragraphs {others} by {tag}",
        f"beside {beside} body {body}",
        f"beside {beside} prose {outer}",
        f"body {body} by {tag}",
        f"beside {beside} by {tag}",
    )


def _above(tags: tuple[str, ...], depth: int, comment: bool) -> tuple[str, ...]:
    return (*(f"in {tag}" for tag in tags), f"depth {depth}", f"comment {comment}")


def _names(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(f"name {name}" for name in names)


def _own_names(name: str) -> tuple[str, ...]:
    return tuple(f"own name {word}" for word in _reading(name)[1])


def _position(tenth: int, behind: str) -> tuple[str, ...]:
    return (f"tenth {tenth}", behind)
