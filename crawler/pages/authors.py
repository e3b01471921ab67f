"""The names of an article's authors, out of the many ways in which bylines are written. Pure."""

import html
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.pages.outlet_names import OutletNames
from crawler.pages.page_edges import Edge, Edges
from crawler.pages.structured import PageFacts, element_text
from crawler.text.storable import storable_line

_NAMES = 20
_NAME_CHARACTERS = 60
_BYLINE_CHARACTERS = 120

_TAG = re.compile(r"<[^<>]{1,300}>")
_PREFIX = re.compile(
    r"^\s*(?:by|von|par|por|di|da|od|af|av|door|text|texte|texto|testo|words by|written by|reported by|posted by"
    r"|story by|author|authors|autor|autorin|auteur|autore|автор|авторы|текст|från|от|tekst|penulis|oleh|yazan"
    r"|حرره|كتب|بقلم"
    r"|기자|記者|记者|作者|文|撰文|责编|责任编辑|글)(?:\s*[:：|]\s*|\s+)"
    r"|^(?:автор|文|記者|记者|作者|撰文|责编|责任编辑|글)[:：/／]\s*",
    re.IGNORECASE,
)
# "Foto: A. Berg" names who made a picture, "Quelle: dpa" who delivered the text.
_CREDIT = re.compile(
    r"^\s*(?:foto|fotos|photo|photos|photograph\w*|bild|bilder|image|images|picture|grafik|illustration|video|кадр|фото"
    r"|사진|圖|图|写真|摄影|攝影)\b[\s:：./]",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"^\s*(?:quelle|source|fuente|fonte|bron|källa|источник|джерело|źródło|zdroj|来源|來源|출처)\s*[:：]\s*",
    re.I,
)
_SPLIT = re.compile(
    r"\s*(?:[,;|/／、，；•·]|\s(?:and|und|et|y|e|och|og|en|ve|и|та|i|&|mit|with)\s|&)\s*", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"https?://|www\.|@|\d{3}|\d[.:/-]\d|^\d"
    r"|^(?:admin|administrator|redaktion|editor|editors|staff|null|undefined|none|n/?a|unknown|anonymous|author|guest"
    r"|ph\.?d\.?|md|m\.?d\.?|jr\.?|sr\.?|mba|dr\.?|prof\.?|by|von|contributor|correspondent|reporter|senior editor)$",
    re.IGNORECASE,
)
# "ku Frankfurt": the desk's sign for whoever wrote it.
_INITIALS = re.compile(r"^[a-zäöü]{1,4}(?:\s|$)")
_HOST = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}$", re.IGNORECASE)
# What a person is, behind the name.
_ROLE = re.compile(
    r"\b(?:correspondent|editor|reporter|journalist|columnist|bureau|chief|writer|contributor|producer|analyst|director"
    r"|redakteur(?:in)?|korrespondent(?:in)?|autorin?|rédact\w+|correspondant\w*|redactor\w*|corresponsal|redattore"
    r"|корреспондент\w*|редактор\w*|обозреватель|журналист\w*)\b",
    re.IGNORECASE,
)
_AGENCIES = frozenset((
    "aa", "aap", "afp", "ani", "anp", "ansa", "ap", "apa", "ats", "belga", "bta", "cna", "ctk", "čtk", "dpa", "efe",
    "epd", "interfax", "irna", "jiji", "kcna", "kna", "kyodo", "lusa", "mti", "ntb", "pap", "pti", "reuters", "ria",
    "ritzau", "sda", "sid", "tanjug", "tass", "tt", "upi", "xinhua", "yonhap", "интерфакс", "риа новости", "тасс",
    "연합뉴스", "新华社", "新華社", "中新社", "共同", "時事", "조선중앙통신",
))  # fmt: skip

# Where publishers mark a byline. An attribute is looked up once and not for each word that it may hold.
_MARKED = etree.XPath("//*[@rel='author' or @itemprop='author' or @data-testid='author-name']")
_NAMED = etree.XPath(
    "//body//*[@class[contains(., 'uthor') or contains(., 'yline') or contains(., 'riter') or contains(., 'autor')"
    " or contains(., 'person') or contains(., 'eporter') or contains(., 'ournalist')]]"
)
# By what a class says, most trusted first; "author" alone is searched last: it also names boxes about authors.
_RANKS = (
    re.compile(r"author[-_]{0,2}name|authorName|ArticleWriter|article-?writer", re.IGNORECASE),
    re.compile(r"byline", re.IGNORECASE),
    re.compile(
        r"author|autor(?!i[sz])|(?:^|[\s_-])writer|person-?(?:link|name)|reporter(?!s)|journalist",
        re.IGNORECASE,
    ),
)
_LOOKED_AT = 60
_BLOCKS = frozenset(("section", "article", "main", "body", "html", "ul", "ol", "form"))

# Names that wires and papers put into the text: "（记者洪可润）", "홍길동 기자", "责编：牛镛、岳弘彬".
_IN_TEXT = tuple(
    re.compile(pattern)
    for pattern in (
        r"[（(](?:本报|本社|新华社)?(?:驻?\w{2,6}特派)?记者[\s:：]?([\u4e00-\u9fff、，\s·]{2,30})[）)]",
        r"(?:^|[)\]=\s])([가-힣]{2,4})\s?(?:기자|특파원|선임기자|객원기자)(?=\s|=|$|\()",
        r"^(?:作者|撰文|文)[:：／/]\s?([\u4e00-\u9fff、·]{2,20})$",
        r"^(?:By|Автор|Текст|Autor|Text|Von)[:\s]\s?((?:[A-ZА-ЯЁ][\w'’-]+\s?){2,4})$",
        r"[（(](?:责编|责任编辑|编辑)[:：]\s?([\u4e00-\u9fff、，\s·]{2,30})[）)]",
    )
)
_TEXT_LINES = 3


def read_authors(
    facts: PageFacts, tree: HtmlElement, *, text: str = "", outlet: OutletNames | None = None
) -> tuple[str, ...]:
    """The authors in the order of the byline, each once; empty if the page names none.

    JSON-LD goes before meta elements, both before bylines that the page shows, and those before names in *text*. The
    *outlet* is an author only where nobody else is named.
    """
    stated = author_names(facts.linked.authors) or author_names(facts.authors)
    if others := _without_outlet(stated, outlet):
        return others
    shown = _from_bylines(facts, tree) or _from_text(text)
    others = _without_outlet(shown, outlet)
    is_better = not stated or any(map(_looks_like_person, others))
    return (others if is_better else ()) or stated or shown


def _without_outlet(names: tuple[str, ...], outlet: OutletNames | None) -> tuple[str, ...]:
    return tuple(name for name in names if not _HOST.match(name) and not (outlet and outlet.has(name)))


def author_names(stated: Iterable[str]) -> tuple[str, ...]:
    """The names within *stated* texts such as "By A. Bauer and C. Dietz", each once, at most 20."""
    found: dict[str, str] = {}
    for text in stated:
        plain = _without_addresses(storable_line(html.unescape(_TAG.sub(" ", text))))
        if _CREDIT.match(plain):
            continue
        for name in _split(_PREFIX.sub("", _SOURCE.sub("", plain))):
            found.setdefault(name.casefold(), name)
    return tuple(found.values())[:_NAMES]


def _split(line: str) -> list[str]:
    """The names in one byline, without roles, places and initials beside them."""
    parts = [part.strip(" .,:;-–—|\"'()") for part in _SPLIT.split(line)]
    names = [part for part in parts if _is_name(part)]
    if not any(_looks_like_person(name) and not _ROLE.search(name) for name in names):
        return names
    return [name for name in names if not _ROLE.search(name) and not _is_place(name)]


def _is_place(name: str) -> bool:
    """Whether *name*, beside a person's, is no second one: a single word that is no agency's."""
    return name.isascii() and " " not in name and name.casefold() not in _AGENCIES


def _without_addresses(line: str) -> str:
    """*line* without its words that are addresses: of pages, mail or profiles."""
    return " ".join(word for word in line.split() if "://" not in word and "@" not in word)


def _is_name(text: str) -> bool:
    return 1 < len(text) <= _NAME_CHARACTERS and not _NO_NAME.search(text)


def _from_bylines(facts: PageFacts, tree: HtmlElement) -> tuple[str, ...]:
    """The names in the first byline of the article, in what publishers trust most to be one."""
    edges = Edges(*facts.heading_elements)
    for elements in _bylines(tree):
        for element in elements:
            if edges.of(element, is_beside=True) in (Edge.COMMENTS, Edge.OTHERS):
                continue
            names = author_names(_byline_texts(element))
            if names and not all(map(_INITIALS.match, names)):
                return names
            break
    return ()


def _bylines(tree: HtmlElement) -> Iterator[list[HtmlElement]]:
    """The elements that may be bylines, by trust."""
    yield list(islice(_MARKED(tree), _LOOKED_AT))
    named = list(islice(_NAMED(tree), _LOOKED_AT * 2))
    for rank in _RANKS:
        yield [element for element in named if rank.search(element.get("class"))]


def _byline_texts(element: HtmlElement) -> list[str]:
    """The text of a byline; names in elements of their own, here or beside it, are texts of their own."""
    text = element_text(element)
    if len(text) > _BYLINE_CHARACTERS:
        return []
    children = [
        element_text(child) for child in element.iter() if len(child) == 0 and isinstance(child.tag, str)
    ]
    names = [child for child in children if _looks_like_person(child)]
    if len(names) > 1 and "".join(names).replace(" ", "") == _WITHOUT_LINKS.sub("", text):
        return names
    parent = element.getparent()
    beside = [] if parent is None or parent.tag in _BLOCKS else parent.findall(f"{element.tag}")
    alike = [one for one in beside if one is not element and one.get("class") == element.get("class")]
    return [text, *(element_text(one) for one in alike[:_NAMES] if _looks_like_person(element_text(one)))]


_WITHOUT_LINKS = re.compile(r"\s|,|\b(?:and|und|et|y)\b")


def _looks_like_person(text: str) -> bool:
    """Whether *text* is two to four words that begin with capitals."""
    words = text.split()
    return 2 <= len(words) <= 4 and all(word[0].isupper() for word in words) and _is_name(text)


def _from_text(text: str) -> tuple[str, ...]:
    """The names that the text's first and last lines state."""
    lines = text.split("\n")
    ends = lines if len(lines) <= 2 * _TEXT_LINES else [*lines[:_TEXT_LINES], *lines[-_TEXT_LINES:]]
    for pattern in _IN_TEXT:
        for line in ends:
            if (match := pattern.search(line)) and (names := author_names([match[1]])):
                return names
    return ()
