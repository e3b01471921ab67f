"""How well crawls of the demo press did, and what they noticed of its edits and removals, against expected.json."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from crawler.urls import url_key
from scheduler.demo.press import Press
from scheduler.demo.press_content import load_content
from scheduler.demo.press_truth import Expected, expected_of, load_expected
from storage.articles import articles, stories
from storage.articles.choices import Choice
from storage.articles.exports import ExportedArticle, export_articles

# What `demo --once` and the tests ask for.
BAR = 0.9
# The kinds of change, in the order in which the demo lets them happen.
_CHANGES = ("edited", "edited_silently", "deleted", "returned")


@dataclass(frozen=True, slots=True)
class Measured:
    """Counts of what was right."""

    matches: int  # articles that the topic matched
    on_topic: int  # articles that it should match
    true_matches: int
    copies: int
    right_copies: int
    not_articles: int  # walls, logins, dead pages
    kept_out: int
    dates: int
    right_dates: int
    false_copies: int = 0  # stories of their own that were taken for another's
    follow_ups: int = 0
    right_follow_ups: int = 0
    mistakes: tuple[str, ...] = field(default=())

    @property
    def precision(self) -> float:
        """Share of the matches that are on topic; 1 without matches."""
        return _share(self.true_matches, self.matches)

    @property
    def recall(self) -> float:
        """Share of the articles on topic that were matched."""
        return _share(self.true_matches, self.on_topic)

    @property
    def copy_recall(self) -> float:
        """Share of the copies, excerpts and longer versions that are known as such, of the right original."""
        return _share(self.right_copies, self.copies)

    @property
    def follow_up_share(self) -> float:
        """Share of the follow-ups that are known as such."""
        return _share(self.right_follow_ups, self.follow_ups)

    @property
    def kept_out_share(self) -> float:
        """Share of what is no article that left none behind."""
        return _share(self.kept_out, self.not_articles)

    @property
    def date_share(self) -> float:
        """Share of the articles with the right publication date, unknown ones included."""
        return _share(self.right_dates, self.dates)

    @property
    def is_good(self) -> bool:
        """Whether precision and recall reach the bar, and every copy is known and nothing else is taken for one."""
        return (
            min(self.precision, self.recall) >= BAR
            and self.right_copies == self.copies
            and not self.false_copies
        )


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    title: str
    is_match: bool
    is_review: bool
    original: str | None  # the key of what it copies
    relation: str | None  # how
    followed: str | None  # the key of what it follows up
    published: str | None
    precision: str | None


def measure(connection: sqlite3.Connection, press: Press) -> Measured:
    """Compare what is stored with the truth about every page of *press*."""
    expected = _truth(press)
    stored = _stored(connection, press, expected)
    articles = [page for page in expected.values() if page.is_article]
    others = [page for page in expected.values() if not page.is_article]
    right = {page.key for page in articles if page.on_topic and _is_match(stored.get(page.key))}
    copied = [page for page in articles if _is_copy(page)]
    followers = [page for page in articles if page.relation == "follow_up"]
    return Measured(
        matches=sum(row.is_match for row in stored.values()),
        on_topic=sum(page.on_topic for page in articles),
        true_matches=len(right),
        copies=len(copied),
        right_copies=sum(_is_right_copy(page, stored) for page in copied),
        not_articles=len(others),
        kept_out=sum(page.key not in stored for page in others),
        dates=len(articles),
        right_dates=sum(_has_right_date(page, stored) for page in articles),
        false_copies=sum(_is_false_copy(page, stored) for page in articles),
        follow_ups=len(followers),
        right_follow_ups=sum(_is_right_follow_up(page, stored) for page in followers),
        mistakes=tuple(_mistakes(expected.values(), stored)),
    )


def _stored(connection: sqlite3.Connection, press: Press, expected: dict[str, Expected]) -> dict[str, _Row]:
    """The crawled articles by the key of their page."""
    keys = {url_key(press.url(key)): key for key in expected}
    held = {article.id: article for article in export_articles(connection, Choice(), with_text=False)}
    stored = {}
    for article in held.values():
        if article.origin != "crawl":
            continue
        key = _key(article, keys)
        copied = next((other for other in article.relations if other.relation != "follow_up"), None)
        followed = next((other for other in article.relations if other.relation == "follow_up"), None)
        stored[key] = _Row(
            article.id,
            article.title,
            any(match.band == "match" for match in article.matches),
            any(match.band == "review" for match in article.matches),
            _key(held[copied.original_id], keys) if copied else None,
            copied.relation if copied else None,
            _key(held[followed.original_id], keys) if followed else None,
            article.published,
            article.published_precision,
        )
    return stored


def _key(article: ExportedArticle, keys: dict[str, str]) -> str:
    """The page of the press that an article is, or its seed."""
    if article.origin == "seed":
        return f"seeds/strait-link.{article.language}.txt"
    return keys.get(url_key(article.url or ""), article.url or "")


def _is_match(row: _Row | None) -> bool:
    return row is not None and row.is_match


def _is_copy(page: Expected) -> bool:
    """Whether it tells the story of another page or seed, whole, in part or with more around it."""
    return page.relation not in (None, "follow_up")


def _is_right_copy(page: Expected, stored: dict[str, _Row]) -> bool:
    row = stored.get(page.key)
    truth = (page.copy_of or page.story_of, page.relation)
    return row is not None and (row.original, row.relation) == truth


def _is_false_copy(page: Expected, stored: dict[str, _Row]) -> bool:
    row = stored.get(page.key)
    return row is not None and row.relation is not None and not _is_copy(page)


def _is_right_follow_up(page: Expected, stored: dict[str, _Row]) -> bool:
    row = stored.get(page.key)
    return row is not None and row.followed == page.story_of and row.relation is None


def _has_right_date(page: Expected, stored: dict[str, _Row]) -> bool:
    row = stored.get(page.key)
    if row is None:
        return False
    if page.published is None or row.published is None:
        return page.published == row.published
    if page.precision == "day":
        return row.precision == "day" and row.published.startswith(page.published)
    return (
        abs((datetime.fromisoformat(row.published) - datetime.fromisoformat(page.published)).total_seconds())
        < 60
    )


def _mistakes(pages: Iterable[Expected], stored: dict[str, _Row]) -> Iterable[str]:
    for page in pages:
        row = stored.get(page.key)
        note = f" — {page.note}" if page.note else ""
        if page.is_article and row is None:
            yield f"not read: {page.key}{note}"
        elif page.is_article and row is not None:
            yield from (f"{mistake}{note}" for mistake in _mistakes_of(page, row, stored))
        elif row is not None:
            yield f"stored though it is no article ({page.kind}): {page.key}"


def _mistakes_of(page: Expected, row: _Row, stored: dict[str, _Row]) -> Iterable[str]:
    if page.on_topic and not row.is_match:
        yield f"{'left to review' if row.is_review else 'missed'}: {page.title}"
    if row.is_match and not page.on_topic:
        yield f"matched though off topic: {page.title}"
    taken = f"{row.relation} of {row.original}" if row.relation else "a story of its own"
    if _is_copy(page) and not _is_right_copy(page, stored):
        yield f"{page.relation} of {page.copy_of or page.story_of}, taken for {taken}: {page.key}"
    if _is_false_copy(page, stored):
        yield f"a story of its own, taken for {taken}: {page.key}"
    if page.relation == "follow_up" and not _is_right_follow_up(page, stored):
        yield f"a follow-up of {page.story_of}, taken for {taken}: {page.key}"
    if not _has_right_date(page, stored):
        yield f"dated {row.published}, right is {page.published}: {page.key}"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


@dataclass(frozen=True, slots=True)
class NoticedChange:
    """One article that did not stay as it was printed."""

    key: str  # of the page
    change: str  # edited, edited_silently, deleted or returned
    article_id: int | None  # None: it is not stored
    is_known: bool  # whether the database says so


def _truth(press: Press) -> dict[str, Expected]:
    """What is true of each page of *press*, wherever its dates were moved to."""
    return expected_of(load_content(press.days), press.days) if press.days else load_expected()


def measure_changes(connection: sqlite3.Connection, press: Press) -> tuple[NoticedChange, ...]:
    """What is stored of each article that was edited or removed, in the order in which it happened."""
    changes = [
        _noticed(connection, page.key, page.change, url_key(press.url(page.key)))
        for page in _truth(press).values()
        if page.change is not None
    ]
    return tuple(sorted(changes, key=lambda noticed: _CHANGES.index(noticed.change)))


def _noticed(connection: sqlite3.Connection, key: str, change: str, address: str | None) -> NoticedChange:
    article_id = articles.find(connection, address or "")
    story = stories.story(connection, article_id) if article_id is not None else None
    return NoticedChange(key, change, article_id, is_known=story is not None and _is_known(story, change))


def _is_known(story: stories.Story, change: str) -> bool:
    """Whether what must be written down after *change* is."""
    (state,) = (teller.state for teller in story.tellers if teller.telling.article_id == story.article_id)
    events = {event.event for event in story.events}
    is_silent = next((version.is_silent for version in story.versions if version.number == 2), None)
    return {
        "edited": is_silent is False,
        "edited_silently": is_silent is True,
        "deleted": state == "deleted",
        "returned": state == "live" and {"deleted", "returned"} <= events,
    }[change]
