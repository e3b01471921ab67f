"""What the invented press consists of: outlets, articles, faults and edits, as written in content/. Pure."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """An article of the invented press."""

    outlet: str
    path: str
    title: str
    section: str  # a slug of the outlet's sections
    published: (
        datetime | date | None
    )  # aware in the outlet's zone; a date where no hour is stated; None: nowhere
    paragraphs: tuple[str, ...]
    on_topic: bool
    kind: str  # "article" or "slow"
    page_date: tuple[str, ...]  # where the page states its date, see press_pages.date_markup
    precision: str
    copy_of: str | None = None  # key of the earliest article or seed with the same body
    story_of: str | None = None  # key of the article that it repeats in part, or follows up
    relation: str | None = None  # to `copy_of` or `story_of`: "copy", "excerpt", "extended" or "follow_up"
    dress: str = ""  # how the copy is printed, see _dressed
    feed_date: str | None = None  # what the feed states instead; "" leaves the date out; None: the true date
    modified: datetime | None = None
    note: str = ""

    @property
    def key(self) -> str:
        """Outlet and path, as expected.json names the page."""
        return self.outlet + self.path


@dataclass(frozen=True, slots=True)
class StaticPage:
    """A page that is no news: about us, terms."""

    path: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SpecialPage:
    """An address that is no article though the feed, or the home page, treats it as one."""

    kind: str  # "wall", "login", "missing", "gone", "redirect" or "disallowed"
    path: str
    title: str
    note: str
    published: datetime | None = None  # what the feed says
    heading: str = ""
    text: str = ""
    buttons: tuple[str, ...] = ()
    login: bool = False  # the page shows a login form
    target: str | None = None  # path to which a redirect leads
    in_feed: bool = True


@dataclass(frozen=True, slots=True)
class ExtraEntry:
    """A line of the feed that adds no page: a script link, a second address of a known page."""

    link: str
    title: str
    published: datetime


@dataclass(frozen=True, slots=True)
class OutletContent:
    """An outlet with all that it serves; articles newest first, those without a date last."""

    name: str
    title: str
    kind: str  # "rss", "atom", "json", "rdf", "sitemap" or "section"
    language: str
    country: str  # user-assigned codes of ISO 3166-1: the countries are invented
    timezone: str
    feed: str | None  # path
    author: str
    latest: str  # heading of the box beside the text
    home_extra: str  # HTML that only the home page has
    sections: dict[str, str]  # slug -> name
    section_path: str
    pages: tuple[StaticPage, ...]
    articles: tuple[DemoArticle, ...]
    specials: tuple[SpecialPage, ...]
    extra_entries: tuple[ExtraEntry, ...]
    templates: dict[str, str]  # "frame", "article", "item"
    encoding: str = "utf-8"
    declares_charset: bool = True  # in the Content-Type header; else only in the page's meta element
    open_graph: bool = False
    canonical: bool = True
    last_modified: bool = False  # sends Last-Modified beside the ETag
    disallow: str = ""  # path that robots.txt forbids
    further_path: str | None = (
        None  # second address of each article, made of its {path}, {name} and {slug}; None: none
    )

    def further(self, article: DemoArticle) -> str | None:
        """The second address of *article*; None: it has one alone."""
        if self.further_path is None:
            return None
        name = article.path.rsplit("/", 1)[1].partition(".")[0]
        return self.further_path.format(path=article.path, name=name, slug=article.section)


@dataclass(frozen=True, slots=True)
class Edit:
    """The second text of an article."""

    of: str  # key of the article
    modified: datetime | None  # what page and feed state then; None: neither says anything
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """An article that its outlet takes away."""

    of: str  # key of the article
    status: int  # what its address answers then
    returns: bool  # whether it is put back later
    note: str
