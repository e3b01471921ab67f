"""The further pages of an article that is cut into several, found on the first. Pure.

Two things must agree: a link says that it leads to page 2 (by its number or by rel=next), and its address is the
article's own but for a page's number. So neither the next story nor the next page of comments is taken for a part.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.limits import ARTICLE_PAGES, URL_CHARACTERS

# /story/2, /story/page/2, /story_2.html, /story-p2.html, /story,2.html
_NUMBER_IN_PATH = re.compile(
    r"^(?P<head>.+?)(?:/(?:page|seite|pagina|p)?[/_-]?|[_,-](?:page|seite|part|p)?[_-]?)"
    r"(?P<number>\d{1,2})(?P<tail>\.[a-z]{2,5})?/?$",
    re.IGNORECASE,
)
_NUMBER_KEYS = frozenset(
    ["page", "p", "pg", "pageno", "page_no", "pagenum", "seite", "pagina", "part", "paged"]
)
_LINK_NUMBER = re.compile(r"^\D{0,6}(\d{1,2})\D{0,4}$")
_LINKS = 2_000


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A page of an article in several."""

    number: int  # from 2 on
    url: str


@dataclass(frozen=True, slots=True)
class _Address:
    """An address without the number of a page in its query."""

    key: tuple[str, str, str]  # host, path, query
    number: int | None  # None: its query names none


def find_pages(root: HtmlElement, url: str) -> tuple[ArticlePage, ...]:
    """The other pages of the article at *url* that its page names, by number; none beyond `ARTICLE_PAGES`."""
    own = _address(url)
    if own is None:
        return ()
    found: dict[int, str] = {}
    for count, link in enumerate(root.iter("a", "link")):
        if count >= _LINKS:
            break
        href = (link.get("href") or "").strip()
        if not href or len(href) > URL_CHARACTERS:
            continue
        is_next = "next" in (link.get("rel") or "").lower().split()
        said = None if is_next or link.tag == "link" else _said_number(link)
        if is_next or said is not None:
            other = _numbered(_joined(url, href), own)
            if other is not None and (said is None or said == other.number):
                found.setdefault(other.number, other.url)
    return tuple(ArticlePage(number, found[number]) for number in sorted(found))


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def _said_number(link: HtmlElement) -> int | None:
    """The number that a link shows; None if it shows none or more than that."""
    match = _LINK_NUMBER.match(" ".join((link.text_content() or "")[:40].split()))
    return int(match[1]) if match else None


def _numbered(url: str, own: _Address) -> ArticlePage | None:
    """The page behind *url* if its address is *own* with the number of a page; else None."""
    other = _address(url)
    if other is None:
        return None
    number = other.number if other.key == own.key else _number_in_path(other.key, own.key)
    return ArticlePage(number, url.partition("#")[0]) if number and 2 <= number <= ARTICLE_PAGES else None


def _number_in_path(other: tuple[str, str, str], own: tuple[str, str, str]) -> int | None:
    """The number by which the path of *other* differs from that of *own*; None if it differs otherwise.

    The own path may have a number too, of the first page.
    """
    match = _NUMBER_IN_PATH.match(other[1])
    if match is None or (other[0], other[2]) != (own[0], own[2]):
        return None
    base = match["head"] + (match["tail"] or "")
    first = _NUMBER_IN_PATH.match(own[1])
    bases = {own[1]}
    if first is not None and int(first["number"]) == 1:
        bases.add(first["head"] + (first["tail"] or ""))
    return int(match["number"]) if base in bases else None


def _address(url: str) -> _Address | None:
    """*url* without the number of a page, "/" at its end and fragment; None if it is none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if not host:
        return None
    path, number = parts.path.rstrip("/"), None
    kept = []
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key.lower() in _NUMBER_KEYS and value.isdigit():
            number = int(value)
        else:
            kept.append((key, value))
    return _Address((host, path, urlencode(kept)), number)
