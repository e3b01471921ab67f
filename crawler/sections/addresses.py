"""What an address alone says about its page: article, list, or part of the site's furniture. Pure.

The words and weights were set by hand on the saved pages of ``tests/layouts`` and are measured there.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.sections import words as link_words
from crawler.urls import politeness_key, url_key

_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|hwp|zip|rar|gz|7z|apk|exe|epub|jpe?g|png|gif|webp|svg|bmp|ico|mp[34]|m4[av]|mov"
    r"|avi|wmv|flv|webm|ogg|wav|css|js|json|xml|rss|rdf|atom|ics|csv|txt|m3u8?)$",
    re.IGNORECASE,
)
_PAGE_SUFFIX = re.compile(r"\.(?:s?html?|xhtml|php\d?|aspx?|jsp|do|cfm|kcmsf|stm)$", re.IGNORECASE)
_LIST_NAME = re.compile(r"(?:.*[a-z_-])?(?:list|search|section|sections)\d*", re.IGNORECASE)
_INDEX_NAME = re.compile(r"(?:index|default|main|home)[-_]?\d*", re.IGNORECASE)

DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[/_.-]?(0[1-9]|1[0-2])[/_.-]?(0[1-9]|[12]\d|3[01])(?!\d)")
_MONTH = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])(?=/)")
_ENDS_AT_DATE = re.compile(r"/(?:19|20)\d\d(?:[/-]?\d{1,2}){0,2}/?")
_PAGE_IN_PATH = re.compile(r"/(?:(?:page|seite|pagina)[/-]?\d{1,5}|p[/-]?\d{1,3})/?$", re.IGNORECASE)
_TOKEN = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])(?:[a-z0-9]{10,}|[0-9a-f]{7,})", re.IGNORECASE)
# A year or month alone is no identifier.
_NUMBER_IN = re.compile(r"(?<!\d)(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])?(?!\d))\d+")
_WORD = re.compile(r"[^\W\d_]+")

_PAGING_KEY = re.compile(
    r"(?:i|n|cur|current|go)?_?(?:page|pg|paged|pageno|pagenum|page_?index|pagen_\d+|offset|start|skip|before|after|cursor"
    r"|from)",
    re.IGNORECASE,
)
_SECTION_KEY = re.compile(
    r"(?:sc_)?(?:sub_?)?(?:cat\w*|section\w*|menu\w*|imenuid|lang\w*|hl|type|ctg\w*|board|bo_table|tag|author|keyword|q"
    r"|query|search\w*|s|sort|order|view_type|year|month|date)",
    re.IGNORECASE,
)
_IDENTIFIER_KEY = re.compile(
    r".*(?:id|no|idx|idxno|seq|num|nr|key|article|articles|news|story|post|item|doc|docid|view|code|sn|p|n|a)",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"(?=.*\d)[A-Za-z0-9_.@=-]*\d{3}[A-Za-z0-9_.@=-]*|(?=.*\d)[A-Za-z0-9]{10,}")

# What differs from page to page: a part with a digit, or longer than words are.
_VARYING = re.compile(r"\d|[^\s_-]{24}")

# Weights of the traits, in the unit of `AddressTraits.score`.
_DATED, _MONTHLY, _LONG_NUMBER, _NUMBER, _OPAQUE, _QUERY_ID = 2.5, 1.8, 2.0, 0.8, 1.2, 2.0
_KEYLESS = 0.4  # "?TVRBd01qST0=": menus of such sites look the same
_BY_SLUG_WORDS = (0.0, -1.0, 0.2, 0.8, 1.5)  # for 0, 1, 2, 3 and at least 4 words
_LIST_PAGE, _SHALLOW = -2.0, -1.0


@dataclass(frozen=True, slots=True)
class AddressTraits:
    """What an address says about its page."""

    possible: bool  # False: no article can stand there (another site, a file, a tag, a login ...)
    score: float  # below 0 like a section, above 0 like an article; about -4 to 6
    shape: str  # equal for addresses that are built roughly alike, whatever their folders are called
    # The address with what differs from page to page left out; "" where no article can stand.
    pattern: str = ""


_IMPOSSIBLE = AddressTraits(False, -4.0, "")


def read_address(url: str, page_url: str) -> AddressTraits:
    """What *url*, absolute, says of itself on the page *page_url*."""
    parts = urlsplit(url)
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    query = parse_qsl(parts.query, keep_blank_values=True)
    if not _may_be_article(url, page_url, segments, query):
        return _IMPOSSIBLE
    pattern = address_pattern(url)
    if _is_further_page(parts.path, query):
        return AddressTraits(False, -4.0, "", pattern)
    name = _PAGE_SUFFIX.sub("", segments[-1]) if segments else ""
    identified, keyless = _has_identifier(query), _is_keyless(parts.query)
    score = _path_score(parts.path, segments, name) + _folder_score(segments, page_url)
    if identified:  # the path is that of a script: "view.asp"
        score = max(score, 0.0) + _QUERY_ID
    elif keyless:
        score += _KEYLESS
    if not identified and any(_SECTION_KEY.fullmatch(key) for key, _ in query):
        score += _LIST_PAGE
    if not (identified or keyless) and _is_list_name(name):
        score += _LIST_PAGE
    return AddressTraits(True, score, _shape(segments, name, query, identified), pattern)


def address_pattern(url: str) -> str:
    """*url* without scheme, and with its parts that differ from page to page as "#", slugs as "*".

    Those parts are what has a digit or is longer than words are, wherever it stands, and a slug at the end.
    """
    parts = urlsplit(url)
    *folders, last = ["", *(unquote(segment) for segment in parts.path.split("/") if segment)]
    end = "*" if slug_words(last) >= 3 and not _varies(last) else _masked(last)
    path = "/".join([*(_masked(folder) for folder in folders), end] if folders else [end])
    query = parse_qsl(parts.query, keep_blank_values=True)
    if _is_keyless(parts.query):
        return f"{parts.netloc}{path}?#"
    named = "&".join(sorted(f"{key}={_masked(value)}" for key, value in query))
    return f"{parts.netloc}{path}?{named}" if named else f"{parts.netloc}{path}"


def _masked(part: str) -> str:
    return "#" if _varies(part) else part.lower()


def _varies(part: str) -> bool:
    return _VARYING.search(part) is not None


def slug_words(name: str) -> int:
    """How many words a path segment spells; two characters without case (Hangul, Han, kana) count as one."""
    words = _WORD.findall(name)
    wide = sum(len(word) for word in words if not word.isascii() and word.lower() == word.upper())
    return sum(1 for word in words if len(word) > 1 and word.lower() != word.upper()) + wide // 2


def _may_be_article(url: str, page_url: str, segments: list[str], query: list[tuple[str, str]]) -> bool:
    if politeness_key(url) != politeness_key(page_url) or url_key(url) == url_key(page_url):
        return False
    if not segments and not query:
        return False
    if segments and _FILE.search(segments[-1]):
        return False
    if any(segment.lower() in link_words.FURNITURE_FOLDERS for segment in segments):
        return False
    if any(link_words.MEDIA_FOLDER.fullmatch(segment) for segment in segments[:-1]):
        return False
    if _host_label(url) in link_words.FURNITURE_HOSTS - {_host_label(page_url)}:
        return False
    return not (segments and link_words.ABOUT_PAGE.fullmatch(_PAGE_SUFFIX.sub("", segments[-1])))


def _host_label(url: str) -> str:
    return urlsplit(url).netloc.partition(".")[0].lower()


def _is_further_page(path: str, query: list[tuple[str, str]]) -> bool:
    """Whether path or query count the pages of a list."""
    if _PAGE_IN_PATH.search(path):
        return True
    paging = any(_PAGING_KEY.fullmatch(key) and not value.strip("0123456789") for key, value in query)
    return paging and not _has_identifier(query)


def _has_identifier(query: list[tuple[str, str]]) -> bool:
    """Whether the query names one page: ``?no=5310``, ``?newsID=2026-09-14-0001``."""
    return any(
        _IDENTIFIER_KEY.fullmatch(key)
        and _IDENTIFIER.fullmatch(value)
        and not _PAGING_KEY.fullmatch(key)
        and not _SECTION_KEY.fullmatch(key)
        for key, value in query
    )


def _is_keyless(query: str) -> bool:
    """Whether the query is one opaque value: ``?TVRBd01qST0=``."""
    value = query.rstrip("=")
    return "=" not in value and (len(value) >= 12 or _IDENTIFIER.fullmatch(value) is not None)


def _path_score(path: str, segments: list[str], name: str) -> float:
    if _ENDS_AT_DATE.fullmatch(path):
        return 2 * _LIST_PAGE
    dated = _DATED if DAY.search(path) else _MONTHLY if _MONTH.search(path) else 0.0
    bare = DAY.sub("", name)
    numbers = [len(number) for number in _NUMBER_IN.findall(bare)]
    numbers += [len(segment) for segment in segments[:-1] if segment.isdigit() and len(segment) >= 5]
    longest = max(numbers, default=0)
    number = _LONG_NUMBER if longest >= 5 else _NUMBER if longest >= 3 else 0.0
    opaque = _OPAQUE if _TOKEN.fullmatch(bare) else 0.0
    slug = 0.0 if _INDEX_NAME.fullmatch(name) else _BY_SLUG_WORDS[min(slug_words(name), 4)]
    if dated or number or opaque:  # "/two-islands-get-a-ferry/123456" has its slug before the identifier
        slug = max(0.0, *(_BY_SLUG_WORDS[min(slug_words(part), 4)] for part in segments[-2:]))
    shallow = _SHALLOW if len(segments) < 2 and not (number or dated) and slug < 1 else 0.0
    return dated + max(number, opaque) + slug + shallow


def _folder_score(segments: list[str], page_url: str) -> float:
    """What a link loses by the name of its folder, unless the page lies in a folder of that name itself."""
    own = {segment.lower() for segment in urlsplit(page_url).path.split("/")}
    named = {segment.lower() for segment in segments[:-1]} & link_words.LIST_FOLDERS
    return _LIST_PAGE if named - own else 0.0


def _is_list_name(name: str) -> bool:
    return bool(_LIST_NAME.fullmatch(name) or _INDEX_NAME.fullmatch(name))


def _shape(segments: list[str], name: str, query: list[tuple[str, str]], identified: bool) -> str:
    """The address with numbers, words and slugs as N, w and S, and the names of its parameters."""
    folders = ["N" if segment.isdigit() else "w" for segment in segments[:-1]]
    slug = "S" if slug_words(name) >= 3 else "w"
    last = "N" if any(character.isdigit() for character in name) else slug
    keys = ",".join(sorted(key for key, _ in query))
    return f"{'/'.join([*folders, last])}?{keys}{'#' if identified else ''}"
