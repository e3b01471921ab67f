"""What a page's JSON-LD (schema.org) says of its article. Pure.

Publishers write it by string concatenation: line breaks within strings, trailing commas and comments are common, so
what `json` refuses gets a lenient second reading.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.text.storable import storable_line

# Larger blocks are data of the page's application, not statements about an article.
_BLOCK_CHARACTERS = 500_000
_NODES = 2_000
# From this score on a node is of an article's type.
_ARTICLE_SCORE = 10
_ARTICLE_TYPE = re.compile(r"Article|Posting|^Report$|^Review$")
_PAGE_TYPES = frozenset(
    {"WebPage", "ItemPage", "VideoObject", "AudioObject", "CreativeWork", "PodcastEpisode", "Recipe"}
)
_LIST_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ItemList"})
# Where articles stand within other nodes.
_INNER = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "liveBlogUpdate", "itemListElement", "item")
_PARTS = "liveBlogUpdate"

_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*.{0,40}?\*/|<!\[CDATA\[)+|(?:-->|(?://\s*)?\]\]>|;)\s*$", re.DOTALL
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_TAG = re.compile(r"<[^<>]{1,300}>")
_PARAGRAPH_END = re.compile(r"</(?:p|div|h[1-6]|li)>|<br\s*/?>", re.IGNORECASE)

_Node = dict[str, object]


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """The article that a page's JSON-LD describes; what it does not state is "" or empty."""

    headline: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    created: str = ""
    modified: str = ""
    section: str = ""
    image_url: str = ""
    language: str = ""
    body: str = ""  # articleBody, its paragraphs one a line; publishers put a part there, or a teaser
    is_article: bool = False  # a node of an article's type was found
    is_list: bool = False  # the page calls itself a collection, and no article stands beside
    is_free: bool = True  # False where isAccessibleForFree is


def read_json_ld(blocks: Iterable[str], url: str) -> LinkedArticle:
    """The article that the *blocks* of the page at *url* describe; empty if none."""
    found = [pair for block in blocks for pair in _nodes(_parsed(block))]
    nodes = [node for node, _ in found]
    types = [_types(node) for node in nodes]
    scored = [
        (min(_score(node, kinds, url), 1) if is_part else _score(node, kinds, url), node)
        for (node, is_part), kinds in zip(found, types, strict=True)
    ]
    score, best = max(scored, key=lambda pair: pair[0], default=(0, None))
    is_list = any(kind in _LIST_TYPES for kinds in types for kind in kinds[:1]) and score < _ARTICLE_SCORE
    if best is None or score <= 0:
        return LinkedArticle(is_list=is_list)
    names = {str(node["@id"]): node for node in nodes if "@id" in node and "name" in node}
    return LinkedArticle(
        headline=_text(best.get("headline")) or (_text(best.get("name")) if score >= _ARTICLE_SCORE else ""),
        authors=tuple(_names(best.get("author") or best.get("creator"), names)),
        published=_text(best.get("datePublished")) or _text(best.get("coverageStartTime")),
        created=_text(best.get("dateCreated")) or _text(best.get("uploadDate")),
        modified=_text(best.get("dateModified")),
        section=_text(best.get("articleSection")),
        image_url=_address(best.get("image")),
        language=_text(best.get("inLanguage")),
        body=text_of_markup(best.get("articleBody")) if score >= _ARTICLE_SCORE else "",
        is_article=score >= _ARTICLE_SCORE,
        is_list=is_list,
        is_free=str(best.get("isAccessibleForFree", True)).lower() not in ("false", "0"),
    )


def _score(node: _Node, kinds: list[str], url: str) -> int:
    """How well *node* describes the page's article: 0 not at all, from `_ARTICLE_SCORE` on it is of such a type."""
    if any(_ARTICLE_TYPE.search(kind) for kind in kinds):
        score = _ARTICLE_SCORE
    elif any(kind in _PAGE_TYPES for kind in kinds):
        score = 1
    else:
        return 0
    score += 3 * bool(node.get("datePublished")) + 2 * bool(node.get("headline"))
    score += bool(node.get("articleBody")) + bool(node.get("author"))
    return score + 3 * (
        _path(_address(node.get("url")) or _address(node.get("mainEntityOfPage"))) == _path(url)
    )


def _path(url: str) -> str | None:
    try:
        return urlsplit(url).path.rstrip("/") or None
    except ValueError:
        return None


def _parsed(block: str) -> object:
    """The JSON of *block*, read leniently if it must be; None if it cannot be read."""
    if len(block) > _BLOCK_CHARACTERS:
        return None
    for text in (block, _TRAILING_COMMA.sub("", _WRAPPING.sub("", block).strip())):
        try:
            document: object = json.loads(text, strict=False)  # line breaks may stand in strings
        except (ValueError, RecursionError):
            continue
        return document
    return None


def _nodes(document: object) -> Iterator[tuple[_Node, bool]]:
    """The objects of *document* that may describe an article, in its order, at most `_NODES`.

    Each with whether it is a part of another one, as the update of a live blog is: parts never outrank a whole.
    """
    waiting = [(document, False)]
    for _ in range(_NODES):
        if not waiting:
            return
        value, is_part = waiting.pop()
        if isinstance(value, list):
            waiting.extend((item, is_part) for item in reversed(value))
        elif isinstance(value, dict):
            yield value, is_part
            inner = [key for key in reversed(_INNER) if isinstance(value.get(key), dict | list)]
            waiting.extend((value[key], is_part or key == _PARTS) for key in inner)


def _types(node: _Node) -> list[str]:
    kinds = node.get("@type")
    return [str(kind).rsplit("/", 1)[-1] for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind]


def _text(value: object) -> str:
    """The text of a string, number, first of a list, or named object; "" for all else."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return ""
    return storable_line(_TAG.sub(" ", html.unescape(value)))


def text_of_markup(value: object) -> str:
    """The text of *value* (a string, or a list of them) without its elements, a paragraph a line; "" for all else."""
    if isinstance(value, list):
        return "\n".join(filter(None, map(text_of_markup, value[:_NODES])))
    if not isinstance(value, str):
        return ""
    text = _TAG.sub(" ", _PARAGRAPH_END.sub("\n", html.unescape(value)))
    return "\n".join(line for line in map(storable_line, text.splitlines()) if line)


def _address(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("url") or value.get("@id") or value.get("contentUrl") or ""
        if isinstance(value, list):
            value = value[0] if value else ""
    return storable_line(value) if isinstance(value, str) else ""


def _names(value: object, named: dict[str, _Node]) -> Iterator[str]:
    """The names of an author field; an object that is only an @id is looked up in *named*."""
    for person in value if isinstance(value, list) else [value]:
        if isinstance(person, dict):
            name = person.get("name") or named.get(str(person.get("@id")), {}).get("name")
            yield from (_text(part) for part in (name if isinstance(name, list) else [name]))
        else:
            yield _text(person)
