"""What a page's head and marked elements say of its article, read from its tree in one pass. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from crawler.pages.json_ld import LinkedArticle, read_json_ld

# Elements of one kind that are looked at; a page with more is a list.
_ELEMENTS = 50
_VALUE_CHARACTERS = 2_000

_LINES = 2_000
_VISIBLE_TEXTS = etree.XPath(
    "//body//text()[not(parent::script or parent::style or parent::noscript or parent::template"
    " or parent::option or parent::title)]",
    smart_strings=False,
)

# Where publishers write the day of publication, most trusted first.
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "publish-date",
    "publish_date",
    "publishdate",
    "published_time",
    "published-date",
    "publication_date",
    "publication-date",
    "article:published",
    "article:publicationdate",
    "article.published",
    "article_date_original",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "cxenseparse:articlepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "dcterms.date",
    "dc.date",
    "dc:date",
    "dc:created",
    "rnews:datepublished",
    "originalpublicationdate",
    "bt:pubdate",
    "citation_publication_date",
    "citation_date",
    "iso-8601-publish-date",
    "vr:published_time",
    "gsa-pubdate",
    "og:pubdate",
    "og:regdate",
    "displaydate",
    "datecreated",
    "date_published",
    "datetime",
    "created",
    "date",
)
_MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "article:modified",
    "dcterms.modified",
)
_AUTHORS = (
    "author",
    "article:author_name",
    "parsely-author",
    "dc.creator",
    "dcterms.creator",
    "dc:creator",
    "byl",
    "sailthru.author",
    "citation_author",
    "cxenseparse:author",
    "author_name",
    "article:author",
)
_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "sailthru.title", "parsely-title")
_SECTIONS = ("article:section", "og:article:section", "parsely-section", "section", "category")
_DESCRIPTIONS = ("og:description", "description", "twitter:description")
_IMAGES = ("og:image", "og:image:url", "twitter:image", "twitter:image:src", "parsely-image-url")
_LANGUAGES = ("og:locale", "content-language", "language", "dc.language", "inlanguage")


@dataclass(frozen=True, slots=True)
class MarkedTime:
    """A <time> element."""

    element: HtmlElement
    stated: str  # the attribute for machines; "" if it has none
    text: str  # what a reader sees
    is_published: bool  # it is marked as the time of publication
    is_modified: bool


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page states of its article; what it does not state is "" or empty. Texts have single spaces."""

    linked: LinkedArticle
    titles: tuple[str, ...] = ()  # of meta elements, most trusted first
    headings: tuple[str, ...] = ()  # the h1 elements in order
    heading_elements: tuple[HtmlElement, ...] = ()  # the same
    window_title: str = ""  # the title element
    site_name: str = ""
    authors: tuple[str, ...] = ()  # of the most trusted meta element that has any
    published: tuple[str, ...] = ()  # of meta elements, most trusted first
    modified: tuple[str, ...] = ()
    times: tuple[MarkedTime, ...] = ()
    section: str = ""
    description: str = ""
    image_url: str = ""
    canonical_url: str = ""
    language: str = ""
    page_type: str = ""  # og:type, lower case


def read_facts(tree: HtmlElement, url: str) -> PageFacts:
    """What the page at *url* states; *tree* is left as it is."""
    gathered = _gather(tree)
    metas = gathered.metas
    return PageFacts(
        linked=read_json_ld(gathered.scripts, url),
        titles=_values(metas, _TITLES),
        headings=tuple(element_text(heading) for heading in gathered.headings),
        heading_elements=tuple(gathered.headings),
        window_title=gathered.window_title,
        site_name=_first(metas, ("og:site_name", "application-name")),
        authors=next((tuple(metas[name]) for name in _AUTHORS if name in metas), ()),
        published=_values(metas, _PUBLISHED),
        modified=_values(metas, _MODIFIED),
        times=tuple(gathered.times),
        section=_first(metas, _SECTIONS),
        description=_first(metas, _DESCRIPTIONS),
        image_url=_first(metas, _IMAGES),
        canonical_url=gathered.canonical_url,
        language=tree.get("lang") or tree.get("xml:lang") or _first(metas, _LANGUAGES),
        page_type=_first(metas, ("og:type",)).lower(),
    )


class _Gathered:
    """The elements that were met."""

    def __init__(self) -> None:
        self.metas: dict[str, list[str]] = {}
        self.scripts: list[str] = []
        self.headings: list[HtmlElement] = []
        self.times: list[MarkedTime] = []
        self.window_title = ""
        self.canonical_url = ""


def _gather(tree: HtmlElement) -> _Gathered:
    gathered = _Gathered()
    for element in tree.iter("meta", "script", "link", "title", "h1", "time"):
        tag = element.tag
        if tag == "meta":
            _take_meta(element, gathered.metas)
        elif tag == "script":
            if "ld+json" in (element.get("type") or "") and len(gathered.scripts) < _ELEMENTS:
                gathered.scripts.append(element.text or "")
        elif tag == "link":
            if not gathered.canonical_url and "canonical" in (element.get("rel") or "").lower().split():
                gathered.canonical_url = (element.get("href") or "").strip()
        else:
            _take_text(element, tag, gathered)
    return gathered


def _take_meta(element: HtmlElement, metas: dict[str, list[str]]) -> None:
    value = element.get("content")
    name = (
        element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
    )
    if value and name and len(value) <= _VALUE_CHARACTERS:
        values = metas.setdefault(name.strip().lower(), [])
        if len(values) < _ELEMENTS:
            values.append(" ".join(value.split()))


def _take_text(element: HtmlElement, tag: str, gathered: _Gathered) -> None:
    if tag == "time" and len(gathered.times) < _ELEMENTS:
        gathered.times.append(_marked_time(element))
    elif tag == "h1" and len(gathered.headings) < _ELEMENTS:
        gathered.headings.append(element)
    elif tag == "title" and not gathered.window_title and not _is_in_picture(element):
        gathered.window_title = element_text(element)


def _is_in_picture(element: HtmlElement) -> bool:
    """Whether a title element names a drawing (svg) and not the page."""
    parent = element.getparent()
    return parent is not None and parent.tag not in ("head", "html", "body")


def _marked_time(element: HtmlElement) -> MarkedTime:
    marks = " ".join(element.get(name) or "" for name in ("class", "itemprop", "data-testid", "id")).lower()
    return MarkedTime(
        element=element,
        stated=element.get("datetime") or element.get("content") or "",
        text=element_text(element),
        is_published="publish" in marks or "pubdate" in marks or "pubdate" in element.attrib,
        is_modified="modif" in marks or "update" in marks,
    )


def element_text(element: HtmlElement) -> str:
    """The text of *element* and all in it with single spaces, at most 2,000 characters."""
    pieces, size = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        size += len(piece)
        if size > _VALUE_CHARACTERS:
            break
    return " ".join("".join(pieces).split())[:_VALUE_CHARACTERS]


def page_lines(tree: HtmlElement) -> list[str]:
    """The texts of the page's body in order, without scripts and forms' choices; at most 2,000."""
    lines = (" ".join(piece.split()) for piece in _VISIBLE_TEXTS(tree)[: 4 * _LINES])
    return [line for line in lines if line][:_LINES]


def _values(metas: dict[str, list[str]], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(metas[name][0] for name in names if name in metas)


def _first(metas: dict[str, list[str]], names: Iterable[str]) -> str:
    return next(iter(_values(metas, names)), "")
