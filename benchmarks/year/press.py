"""The outlets of a simulated year: the demo press's templates and feeds, over the stories of a plan. I/O edge."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from benchmarks.year.plan import Plan, Story, plan_of
from scheduler.demo.press import Press, _OutletServer, _PressHandler
from scheduler.demo.press_content import HERE, load_content
from scheduler.demo.press_records import DemoArticle, OutletContent
from scheduler.demo.press_site import PressReply, build_site

LISTED = 12  # the newest stories of an outlet, in its feed and on its lists
RELATED = 5  # older ones that a story's page names


class Year:
    """The press while time passes: *now* says what time it truly is.

    Attributes:
        shown: numbers of the stories that were on a list when we read it.
    """

    def __init__(self, days: int, seed: int, now: Callable[[], datetime]) -> None:
        self.contents = load_content()
        languages = [(content.name, content.language) for content in self.contents]
        self.plan: Plan = plan_of(languages, days, seed)
        self.now, self.shown = now, set[int]()
        self.press = Press()
        self.sites: dict[str, YearSite] = {}

    def __enter__(self) -> Self:
        self.press.__enter__()
        for server in self.press._servers:
            site = YearSite(self, server.content, server.home)
            self.sites[server.content.name] = server.site = site
            server.RequestHandlerClass = _handler(self, site)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.press.__exit__(kind, error, trace)

    def url(self, story: Story) -> str:
        """Where a story stands."""
        return self.sites[story.outlet].home + path_of(story)


class YearSite(Mapping[str, PressReply]):
    """What an outlet answers at this moment, by path."""

    def __init__(self, year: Year, content: OutletContent, home: str) -> None:
        self.year, self.home = year, home
        # Redirects and further entries lead to articles of the demo, which are not printed here.
        self.content = replace(
            content,
            specials=tuple(special for special in content.specials if special.kind != "redirect"),
            extra_entries=(),
            articles=(),
        )
        self._page_date, self._precision = _date_forms(content.name)
        self.stories = [story for story in year.plan.stories if story.outlet == content.name]
        self.by_path = {path_of(story): story for story in self.stories}
        self.by_path |= {
            further: story
            for story in self.stories
            if (further := self.content.further(self._article(story, story.published)))
        }
        self._pages: dict[tuple[int, int], PressReply] = {}
        self._lists: tuple[object, dict[str, PressReply]] = (None, {})

    def __getitem__(self, path: str) -> PressReply:
        story = self.by_path.get(path)
        if story is not None:
            return self._page(story, self.year.now())
        return self._listing(self.year.now())[path]

    def __contains__(self, path: object) -> bool:
        story = self.by_path.get(str(path))
        return self.year.now() >= story.published if story else path in self._listing(self.year.now())

    def __iter__(self) -> Iterator[str]:
        return iter(self._listing(self.year.now()))

    def __len__(self) -> int:
        return len(self._listing(self.year.now()))

    def note_read(self, path: str) -> None:
        """A list was read: what stood on it was shown."""
        if not self._is_list(path):
            return
        at = self.year.now()
        text = self._listing(at)[path].body.decode(self.content.encoding, "replace")
        self.year.shown |= {story.number for story in self._newest(at) if path_of(story) in text}

    def _is_list(self, path: str) -> bool:
        if self.content.kind == "sitemap":
            return path == "/sitemap-news.xml"
        return path == self.content.feed if self.content.feed else path == "/" or "section" in path

    def _newest(self, at: datetime) -> list[Story]:
        there = [story for story in self.stories if story.published <= at and story.is_there(at)]
        return there[-LISTED:][::-1]

    def _listing(self, at: datetime) -> dict[str, PressReply]:
        newest = self._newest(at)
        key = tuple((story.number, story.version(at).since) for story in newest)
        if self._lists[0] != key:
            articles = tuple(self._article(story, at) for story in newest)
            content = replace(self.content, articles=articles)
            site = build_site(content, self.home) if articles else {}
            self._lists = (key, {path: reply for path, reply in site.items() if path not in self.by_path})
        return self._lists[1]

    def _page(self, story: Story, at: datetime) -> PressReply:
        if story.published > at:
            raise KeyError(story.title)
        path = path_of(story)
        if not story.is_there(at):
            return build_site(self._around(story, at), self.home, {path: story.status})[path]
        key = (story.number, story.versions.index(story.version(at)))
        if key not in self._pages:
            self._pages[key] = build_site(self._around(story, at), self.home)[path]
        return self._pages[key]

    def _around(self, story: Story, at: datetime) -> OutletContent:
        """The outlet with the story and some older ones, so that its page stays the same while others come."""
        place = self.stories.index(story)
        older = self.stories[max(0, place - RELATED) : place][::-1]
        articles = [self._article(story, at), *(self._article(one, one.published) for one in older)]
        return replace(self.content, articles=tuple(articles))

    def _article(self, story: Story, at: datetime) -> DemoArticle:
        zone = ZoneInfo(self.content.timezone)
        version = story.version(max(at, story.published))
        sections = list(self.content.sections)
        return DemoArticle(
            outlet=story.outlet,
            path=path_of(story),
            title=story.title,
            section=sections[story.section % len(sections)],
            published=story.published.astimezone(zone),
            paragraphs=version.paragraphs,
            on_topic=story.on_topic,
            kind="article",
            page_date=self._page_date,
            precision=self._precision,
            modified=version.modified.astimezone(zone) if version.modified else None,
        )


def path_of(story: Story) -> str:
    """The path of a story: day and number, as many sites have it."""
    return f"/news/{story.published:%Y/%m/%d}/story-{story.number:05}.html"


def _handler(year: Year, site: YearSite) -> type[_PressHandler]:
    """What answers for an outlet: with the true time, and with an error while it is down."""

    class Handler(_PressHandler):
        server: _OutletServer

        def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the true time is meant
            return format_datetime(year.now().replace(microsecond=0), usegmt=True)

        def _answer(self, *, with_body: bool) -> None:
            at = year.now()
            outage = year.plan.outage(site.content.name, at)
            if outage is None:
                super()._answer(with_body=with_body)
                site.note_read(self.path)
            elif outage.status:
                self.send_error(outage.status)
            else:
                self.close_connection = True

    return Handler


def _date_forms(name: str) -> tuple[tuple[str, ...], str]:
    """Where the pages of an outlet state their date, and how finely."""
    table = tomllib.loads((HERE / "content" / name / "outlet.toml").read_text(encoding="utf-8"))
    return tuple(table["page_date"]), table["precision"]
