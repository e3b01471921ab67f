"""What is noticed of each block of a page before a model judges whether it is the article's. Pure.

Features are short texts ("tag p", "name sidebar"), so that weights can be read. They come in facets: what one facet
yields depends on few values, so that its weights' sum is looked up and not added again for each block. No facet knows
a language or a site; words count only where they name elements.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crawler.pages.blocks import HEADINGS, PARAGRAPHS, Block, BlockTree
from crawler.pages.foreign import has_label

Facet = tuple[Callable[..., tuple[str, ...]], tuple[Any, ...]]

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
_BODY = re.compile(
    r"(?:article|story|post|entry|news|main)[_-]*(?:body|text|content|copy)|body-?(?:copy|text|content)|articlebody",
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


def first_facets(tree: BlockTree, page: PageWords) -> list[list[Facet]]:
    """The facets of each block of *tree*, in order."""
    places = _places(tree)
    total = places[0].prose or 1.0
    traits = [traits_of(block) for block in tree.blocks]
    counts: dict[str, int] = {}
    for block in tree.blocks:
        counts[block.text] = counts.get(block.text, 0) + 1
    headline = _headline(tree.blocks, page.title)
    found: list[list[Facet]] = []
    for index, block in enumerate(tree.blocks):
        own = traits[index]
        facets: list[Facet] = [
            (_own, own),
            (_cues, _signs(block, counts[block.text] > 1, page, index == headline)),
        ]
        facets += [
            (_near, (step, *own[:2], *_neighbour(tree.blocks, traits, index, step)))
            for step in (-2, -1, 1, 2)
        ]
        facets += _held(tree, places, block, total)
        facets.append((_position, (10 * index // len(tree.blocks), _behind(index, headline))))
        found.append(facets)
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
    return 0 if share == 0 else 1 + sum(share >= step for step in (0.1, 0.3, 0.5, 0.8))


_PROSE_STEPS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)


def _prose_step(share: float) -> int:
    return sum(share >= step for step in _PROSE_STEPS)


def _is_prose(block: Block) -> bool:
    least = _PROSE_SIZE if block.tag in PARAGRAPHS else _LOOSE_PROSE_SIZE
    return block.size >= least and block.linked < _PROSE_LINKED and _SIGNS.search(block.text) is not None


def _places(tree: BlockTree) -> list[_Place]:
    places = [_Place() for _ in tree.nodes]
    for block in tree.blocks:
        if _is_prose(block):
            _weigh(tree, places, block)
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


def _weigh(tree: BlockTree, places: list[_Place], block: Block) -> None:
    is_paragraph = block.tag in PARAGRAPHS
    weight = block.size * (1 - block.linked) * (1.0 if is_paragraph else 0.6)
    index = block.node
    holder = tree.nodes[index].parent if is_paragraph else index
    places[max(holder, 0)].paragraphs += 1
    while index >= 0:
        places[index].prose += weight
        index = tree.nodes[index].parent


@lru_cache(maxsize=20_000)
def _reading(name: str) -> tuple[int, frozenset[str]]:
    """What a name says (1 a body, -1 beside one, 0 nothing known), and the words in it."""
    if not name:
        return 0, frozenset()
    verdict = 1 if _BODY.search(name) else -1 if _BESIDE.search(name) else 0
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


def _neighbour(
    blocks: list[Block], traits: list[tuple[str, int, int, int]], index: int, step: int
) -> tuple[Any, ...]:
    other = index + step
    if not 0 <= other < len(blocks):
        return ("", 0, 0, 0, False)
    return (*traits[other], blocks[other].node == blocks[index].node)


def _signs(block: Block, is_repeated: bool, page: PageWords, is_headline: bool) -> tuple[Any, ...]:
    text = block.text
    digits = sum(map(str.isdigit, text)) / len(text)
    size = min(block.size.bit_length(), 8)
    return (
        min(len(_SIGNS.findall(text)), 6),
        0 if digits == 0 else 1 if digits < 0.05 else 2 if digits < 0.2 else 3,
        text.isupper(),
        is_repeated and size,
        is_headline,
        has_label(text),
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


def holder_of(tree: BlockTree, block: Block) -> int:
    """The index of the element that holds *block*: of a paragraph, heading or item the one around it."""
    if block.tag in PARAGRAPHS or block.tag in HEADINGS or block.tag == "li":
        return max(tree.nodes[block.node].parent, 0)
    return block.node


def _held(tree: BlockTree, places: list[_Place], block: Block, total: float) -> list[Facet]:
    """The facets of the elements that hold *block*."""
    place = places[block.node]
    nodes = tree.nodes
    holder = holder_of(tree, block)
    outer = max(nodes[holder].parent, 0)
    outmost = max(nodes[outer].parent, 0)
    shares = tuple(_prose_step(places[one].prose / total) for one in (holder, outer, outmost))
    return [
        (
            _holding,
            (
                block.tag,
                *shares,
                min(places[holder].paragraphs.bit_length(), 6),
                min(places[outer].paragraphs.bit_length(), 6),
                place.is_beside,
                place.is_body,
            ),
        ),
        (_above, (place.tags, min(place.depth // 3, 8), place.is_comment)),
        (_names, (place.names,)),
        (_own_names, (nodes[block.node].name,)),
    ]


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
