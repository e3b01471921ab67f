"""The page with older entries that a list of articles leads to. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.sections.anchors import PageLinks, count_words, page_links
from crawler.text.encoding import decode
from crawler.urls import clean_link, politeness_key, url_key

# "/page/2", "/page-2", "/p2" at the end of the path, and counting parameters.
_IN_PATH = re.compile(r"/(?:page|seite|pagina|p)[/-]?(\d{1,6})/?$", re.IGNORECASE)
_IN_QUERY = re.compile(
    r"(?:i|n|cur|current|go)?_?(?:page|pg|paged|pageno|pagenum|page_?index|pagen_\d+|p|offset|start|skip|from)",
    re.IGNORECASE,
)
_HEADLINE_WORDS = 3
_DIGITS = re.compile(r"[0-9]{1,7}")
# What the link is called, without arrows and other signs.
_OLDER = frozenset(
    (
        "next", "next page", "older", "older posts", "older entries", "older articles", "older news", "weiter",
        "nächste", "nächste seite", "ältere beiträge", "suivant", "page suivante", "articles plus anciens", "siguiente",
        "página siguiente", "entradas anteriores", "próxima", "seguinte", "successivo", "pagina successiva", "sonraki",
        "następna", "starsze", "далее", "дальше", "следующая", "следующая страница", "вперед", "вперёд", "наступна",
        "下一页", "下一頁", "下页", "下頁", "次へ", "次のページ", "다음", "다음 페이지", "이전 기사",
        "التالي", "الصفحة التالية",
    )
)  # fmt: skip
_ARROWS = frozenset(("»", "›", ">", ">>", "→", "⟩", "❯", "▶", "►"))
_SIGNS = re.compile(r"^[\s»›>→⟩❯▶►|…\[\](){}-]+|[\s»›>→⟩❯▶►|…\[\](){}-]+$")


def next_page(body: bytes, content_type: str, url: str) -> str | None:
    """The address of the page that follows the list in *body*, fetched from *url*; None: none is named.

    ``rel=next`` counts first, then the next number of those by which its pages are counted, then a link called "Older"
    or the like in one of fourteen languages. Only addresses of the same registrable domain are taken.

    Raises:
        ParseError: those of `crawler.text.encoding.decode`.
    """
    page = page_links(decode(body, content_type), url)
    own, key = politeness_key(url), url_key(url)
    for address in (*_related(page), *_counted(page, url), *_called(page)):
        if politeness_key(address) == own and url_key(address) != key:
            return address
    return None


def _related(page: PageLinks) -> Iterator[str]:
    if page.root is None:
        return
    for element in page.root.iter("link", "a"):
        if "next" in (element.get("rel") or "").lower().split():
            address = clean_link(page.base, element.get("href") or "")
            if address is not None:
                yield address


def _counted(page: PageLinks, url: str) -> list[str]:
    """The link with the lowest number above the page's own, of those that differ from its address in that alone."""
    base, own = _count(url)
    found: dict[int, tuple[str, str]] = {}
    for anchor in page.anchors:
        there, number = _count(anchor.url)
        # A headline names an article: "?p=5310" counts nothing then.
        if there == base and number is not None and count_words(anchor.text) < _HEADLINE_WORDS:
            found.setdefault(number, (anchor.url, "".join((anchor.element.text_content() or "").split())))
    if own is None:
        # The first page carries no number: it is the first, unless the link called "2" counts from zero.
        own = 0 if 1 in found and found[1][1] == "2" else 1
    above = [number for number in found if number > own]
    return [found[min(above)][0]] if above else []


def _count(url: str) -> tuple[str, int | None]:
    """The address without its page number, and the number."""
    parts = urlsplit(url)
    in_path = _IN_PATH.search(parts.path)
    if in_path:
        path, query, number = parts.path[: in_path.start()], parts.query, int(in_path[1])
        return urlunsplit(("", parts.netloc, path.rstrip("/"), query, "")), number
    kept, counted = [], None
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if counted is None and _IN_QUERY.fullmatch(name) and _DIGITS.fullmatch(value):
            counted = int(value)
        else:
            kept.append((name, value))
    return urlunsplit(("", parts.netloc, parts.path.rstrip("/"), urlencode(kept), "")), counted


def _called(page: PageLinks) -> Iterator[str]:
    arrows: list[str] = []
    for anchor in page.anchors:
        text = " ".join((anchor.element.text_content() or "").split()).lower()
        if _SIGNS.sub("", text) in _OLDER:
            yield anchor.url
        elif text in _ARROWS and _count(anchor.url)[1] is not None:
            arrows.append(anchor.url)
    yield from arrows
