"""Finding the feeds of a site: what to ask for next, and what was found, without a request twice. Pure.

The home page first, then robots.txt, then what these name, and only if nothing of that can be polled the addresses
where others have their feeds. One fetch serves finding, checking and first ingest: the driver keeps the answers.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin

from crawler import limits
from crawler.discovery.candidates import (
    Candidate,
    Rank,
    candidates_from_home,
    candidates_from_robots,
    looks_like,
    sitemap_candidate,
    usual_paths,
)
from crawler.documents.rss import parse_feed
from crawler.documents.sitemap import parse_sitemap
from crawler.sections.section import parse_listing
from crawler.text.encoding import decode
from crawler.urls import url_key
from storage.errors import ParseError
from storage.records.articles import Page
from storage.records.sources import FeedDocument, FeedKind

# A front page with fewer article links is a landing page.
_SECTION_LINKS = 3
# A feed whose newest entry is older was left behind when the site moved on.
_STALE = timedelta(days=90)
# A feed that shares this part of its entries with one that is better gives nothing new.
_SAME_SHARE = 0.5
# Places from which on nothing new can be hoped for, and up to which a search is content (`_Working.place`).
_STANDING, _CONTENT = 4, 1
# Sitemaps of one index that are asked for.
_OF_INDEX = 2


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """An address that can be polled."""

    url: str  # as it was asked for
    kind: FeedKind
    title: str  # "" if it states none
    entries: int
    # What led to it: "given", "link", "anchor", "script", "robots", "path", or "section": the home page itself.
    how: str
    newest: datetime | None = None  # of the dates it states; None if it states none


@dataclass(frozen=True, slots=True)
class _Working:
    """A found address with what tells how useful it is."""

    found: FoundFeed
    keys: frozenset[str]  # of its entries
    is_partial: bool = False  # comments, one tag, one author
    is_news: bool = False  # a sitemap with headlines

    def place(self, now: datetime) -> int:
        """How useful it is, 0 the most: a living feed, news sitemap, page, rest; from 4 on what stands still."""
        newest = self.found.newest
        stands_still = not self.keys or (newest is not None and now - newest > _STALE)
        return (_STANDING if stands_still else 0) + self._tier()

    def _tier(self) -> int:
        if self.is_partial:
            return 3
        if self.found.kind is FeedKind.FEED:
            return 0
        if self.found.kind is FeedKind.SECTION:
            return 2
        return 1 if self.is_news else 3


@dataclass(frozen=True, slots=True)
class Discovery:
    """The state of a search; each `take` gives the next one."""

    home: str  # as it was given
    timezone: str | None  # of dates without one
    now: datetime
    base: str  # the home page after redirects
    waiting: tuple[Candidate, ...]  # in the order in which they are asked for
    asked: frozenset[str] = frozenset()  # address keys
    requests: int = 0
    working: tuple[_Working, ...] = ()
    has_sitemaps: bool = False  # robots.txt names some
    tried_usual: bool = False
    link_pattern: str | None = None  # of the articles' addresses on the home page; None: found by shape
    is_feed: bool = False  # the address itself is the feed, or there is none

    @classmethod
    def begin(
        cls,
        home: str,
        *,
        timezone: str | None,
        now: datetime,
        link_pattern: str | None = None,
        is_feed: bool = False,
    ) -> "Discovery":
        """A search of the site at *home*, an absolute address; *is_feed*: of nothing but that address."""
        first = Candidate(home, "given", Rank.NAMED)
        return cls(home, timezone, now, home, (first,), link_pattern=link_pattern, is_feed=is_feed)

    def next_request(self) -> str | None:
        """The address to fetch now, for `take`; None when the search is over."""
        if self.requests >= limits.DISCOVERY_REQUESTS:
            return None
        return next((candidate.url for candidate in self.waiting if self._is_wanted(candidate)), None)

    def take(self, url: str, status: int | None, page: Page | None) -> "Discovery":
        """The search after the answer to *url*: *page* if it was a success, *status* None if none came at all."""
        candidate = next(
            (one for one in self.waiting if one.url == url), Candidate(url, "given", Rank.LINKED)
        )
        keys = {url_key(url), url_key(page.url)} if page else {url_key(url)}
        is_first = self.requests == 0
        after = replace(self, requests=self.requests + 1, asked=self.asked | keys)
        if is_first:
            return _after_home(after, status, page)._settled()
        if page is None:
            return after._settled()
        if url == after._robots_url():
            return _after_robots(after, page)._settled()
        return _after_candidate(after, candidate, page)._settled()

    @property
    def found(self) -> tuple[FoundFeed, ...]:
        """All that can be polled, the most useful first."""
        return tuple(one.found for one in self._ordered())

    @property
    def chosen(self) -> tuple[FoundFeed, ...]:
        """What to poll: feeds of the site; without one a news sitemap; else the page itself; else what there is.

        Feeds that mostly repeat a chosen one are left out. Empty if nothing was found.
        """
        ordered = self._ordered()
        best = ordered[0].place(self.now) if ordered else 0
        peers = [one for one in ordered if one.place(self.now) == best]
        chosen: list[_Working] = []
        for one in peers if best <= _CONTENT else ordered[:1]:
            if not any(_is_repeat(one, other) for other in chosen):
                chosen.append(one)
        return tuple(one.found for one in chosen)

    def _ordered(self) -> list[_Working]:
        return sorted(self.working, key=lambda one: one.place(self.now))

    def _is_satisfied(self) -> bool:
        """Whether a living feed or news sitemap of the site was found."""
        return any(one.place(self.now) <= _CONTENT for one in self.working)

    def _is_wanted(self, candidate: Candidate) -> bool:
        if url_key(candidate.url) in self.asked:
            return False
        return candidate.rank <= Rank.NEWS_SITEMAP or not self._is_satisfied()

    def _robots_url(self) -> str:
        return urljoin(self.base, "/robots.txt")

    def _settled(self) -> "Discovery":
        """The search with the usual paths, if all that was named has been asked for in vain."""
        named = [one for one in self.waiting if one.rank < Rank.USUAL and self._is_wanted(one)]
        if self.tried_usual or named or self._is_satisfied() or not self.waiting:
            return self
        usual = usual_paths(self.base, sitemaps=not self.has_sitemaps)
        return replace(self._with(usual), tried_usual=True)

    def _with(self, candidates: tuple[Candidate, ...]) -> "Discovery":
        """The search with more candidates behind those of the same rank; each address once."""
        known = {url_key(one.url) for one in self.waiting}
        new = [one for one in candidates if url_key(one.url) not in known]
        return replace(self, waiting=tuple(sorted([*self.waiting, *new], key=lambda one: one.rank)))


def _after_home(search: Discovery, status: int | None, page: Page | None) -> Discovery:
    if page is None:
        if status is None or search.is_feed:  # no such host, no connection: nothing else there will answer
            return replace(search, waiting=())
        return search._with((_robots_candidate(search),))
    search = replace(search, base=page.url)
    kind = looks_like(page.body, page.content_type)
    if kind in (FeedKind.FEED, FeedKind.SITEMAP):
        return _after_candidate(search, Candidate(search.home, "given", Rank.NAMED), page)
    if search.is_feed:
        return replace(search, waiting=())
    search = search._with((_robots_candidate(search),))
    search = search._with(candidates_from_home(page.body, page.content_type, page.url))
    document = _listing(search, page)
    # Who says what articles' addresses look like wants the page watched, however few it shows today.
    if document is None or len(document.entries) < (1 if search.link_pattern else _SECTION_LINKS):
        return search
    return _add(
        search, Candidate(search.home, "section", Rank.NAMED, document.title), FeedKind.SECTION, document
    )


def _robots_candidate(search: Discovery) -> Candidate:
    return Candidate(search._robots_url(), "robots", Rank.NAMED)


def _after_robots(search: Discovery, page: Page) -> Discovery:
    try:
        text = decode(page.body[: limits.ROBOTS_BYTES], page.content_type)
    except ParseError:
        return search
    named = candidates_from_robots(text, page.url)
    return replace(search._with(named), has_sitemaps=bool(named))


def _after_candidate(search: Discovery, candidate: Candidate, page: Page) -> Discovery:
    kind = looks_like(page.body, page.content_type)
    if kind is FeedKind.SECTION:
        # "RSS" in a footer often leads to a page about the site's feeds.
        further = (
            candidates_from_home(page.body, page.content_type, page.url) if candidate.how == "anchor" else ()
        )
        return search._with(further)
    document = _feed(search, page) if kind is FeedKind.FEED else _sitemap(search, page) if kind else None
    if kind is None or document is None:
        return search
    if document.sitemaps:
        return search._with(_of_index(document))
    if candidate.how == "script" and not _is_list_of_news(document):
        return search
    return _add(search, candidate, kind, document)


def _is_list_of_news(document: FeedDocument) -> bool:
    """Whether JSON that a page loads lists news, and no menu or shop: enough entries, most of them with a date."""
    dated = sum(1 for entry in document.entries if entry.published is not None)
    return len(document.entries) >= _SECTION_LINKS and 2 * dated >= len(document.entries)


def _of_index(document: FeedDocument) -> tuple[Candidate, ...]:
    """The sitemaps of an index that are asked for: news sitemaps, then the newest."""
    named = [sitemap_candidate(one.url, "robots") for one in document.sitemaps]
    return tuple(sorted(named, key=lambda one: one.rank)[:_OF_INDEX])


def _add(search: Discovery, candidate: Candidate, kind: FeedKind, document: FeedDocument) -> Discovery:
    dates = [date.at for entry in document.entries for date in (entry.published, entry.updated) if date]
    found = FoundFeed(
        url=candidate.url,
        kind=kind,
        title=document.title or candidate.title,
        entries=len(document.entries),
        how=candidate.how,
        newest=max(dates, default=None),
    )
    titled = sum(1 for entry in document.entries if entry.title)
    working = _Working(
        found,
        keys=frozenset(url_key(entry.url) for entry in document.entries),
        is_partial=candidate.rank is Rank.PARTIAL,
        is_news=2 * titled > len(document.entries),
    )
    return replace(search, working=(*search.working, working))


def _is_repeat(one: _Working, other: _Working) -> bool:
    smaller = min(len(one.keys), len(other.keys))
    return smaller == 0 or len(one.keys & other.keys) >= _SAME_SHARE * smaller


def _feed(search: Discovery, page: Page) -> FeedDocument | None:
    try:
        return parse_feed(
            page.body,
            url=page.url,
            content_type=page.content_type,
            timezone=search.timezone,
            now=search.now,
        )
    except ParseError:
        return None


def _sitemap(search: Discovery, page: Page) -> FeedDocument | None:
    try:
        return parse_sitemap(page.body, url=page.url, timezone=search.timezone, now=search.now)
    except ParseError:
        return None


def _listing(search: Discovery, page: Page) -> FeedDocument | None:
    try:
        return parse_listing(
            page.body,
            page.content_type,
            url=page.url,
            link_pattern=search.link_pattern,
            timezone=search.timezone,
            now=search.now,
        )
    except ParseError:
        return None
