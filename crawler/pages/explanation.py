"""What was thought while a page was read: for people who want to know why a field says what it does. Pure."""

from dataclasses import dataclass, field

from crawler.pages.body import JudgedBlock
from crawler.pages.page_dates import PageDates
from crawler.pages.several_pages import ArticlePage
from crawler.pages.titles import TitleCandidate
from storage.records.articles import Article, Rejection
from storage.records.site_memory import PageMarks


@dataclass(frozen=True, slots=True)
class StatedName:
    """A name that the page states for its author."""

    place: str  # json-ld or meta
    text: str


@dataclass(frozen=True, slots=True)
class PageExplanation:
    """What a page gave, with what was considered; the latter is empty unless it was asked for."""

    outcome: Article | Rejection
    headlines: tuple[TitleCandidate, ...] = ()  # the best first
    authors: tuple[StatedName, ...] = ()
    dates: PageDates | None = None  # None: the page is no article
    text: str = ""  # what was read, also of a page that is no article
    further: tuple[ArticlePage, ...] = ()  # the article's other pages
    text_from: str = ""  # what made the text, as in `articles`
    blocks: tuple[JudgedBlock, ...] = field(default=(), repr=False)  # all of the page, in its order
    marks: PageMarks = field(default=PageMarks(), repr=False)  # what it teaches of its host's pages
