"""How well crawls of the demo press did, and what they noticed of its edits and removals, against expected.json."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from crawler.urls import url_key
from scheduler.demo.press import Press
from scheduler.demo.press_truth import Expected, load_expected

# What `demo --once` and the tests ask for.
BAR = 0.9
# What must be written down after each kind of change, in the order in which the demo lets it happen.
_SIGNS = {
    "edited": "SELECT 1 FROM revisions WHERE article_id = :id AND number = 2 AND silent = 0",
    "edited_silently": "SELECT 1 FROM revisions WHERE article_id = :id AND number = 2 AND silent = 1",
    "deleted": "SELECT 1 FROM articles WHERE id = :id AND state = 'deleted'",
    "returned": """
        SELECT 1 FROM articles WHERE id = :id AND state = 'live'
        AND 2 = (SELECT count(DISTINCT event) FROM article_events
                 WHERE article_id = :id AND event IN ('deleted', 'returned'))
    """,
}


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
    original: str | None  # the key of what it copies
    relation: str | None  # how
    followed: str | None  # the key of what it follows up
    published: str | None
    precision: str | None


def measure(connection: sqlite3.Connection, press: Press) -> Measured:
    """Compare what is stored with the truth about every page of *press*."""
    expected = load_expected()
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
    rows = connection.execute(
        """
        SELECT articles.id, articles.url_key, articles.title, articles.published_at, articles.published_precision,
            articles.id IN (SELECT article_id FROM matches WHERE band = 'match') AS is_match,
            originals.url_key AS original_key, originals.origin AS original_origin, originals.language,
            copies.relation, followed.url_key AS followed_key
        FROM articles
        LEFT JOIN copies ON copies.article_id = articles.id AND copies.relation <> 'follow_up'
        LEFT JOIN articles AS originals ON originals.id = copies.original_id
        LEFT JOIN copies AS steps ON steps.article_id = articles.id AND steps.relation = 'follow_up'
        LEFT JOIN articles AS followed ON followed.id = steps.original_id
        WHERE articles.origin = 'crawl'
        """
    )
    stored = {}
    for row in rows:
        original = keys.get(row["original_key"])
        if row["original_origin"] == "seed":
            original = f"seeds/strait-link.{row['language']}.txt"
        stored[keys.get(row["url_key"], row["url_key"])] = _Row(
            row["id"],
            row["title"],
            bool(row["is_match"]),
            original,
            row["relation"],
            keys.get(row["followed_key"]),
            row["published_at"],
            row["published_precision"],
        )
    return stored


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
        yield f"missed: {page.title}"
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


def measure_changes(connection: sqlite3.Connection, press: Press) -> tuple[NoticedChange, ...]:
    """What is stored of each article that was edited or removed, in the order in which it happened."""
    changes = [
        _noticed(connection, page.key, page.change, url_key(press.url(page.key)))
        for page in load_expected().values()
        if page.change is not None
    ]
    return tuple(sorted(changes, key=lambda noticed: list(_SIGNS).index(noticed.change)))


def _noticed(connection: sqlite3.Connection, key: str, change: str, address: str) -> NoticedChange:
    row = connection.execute("SELECT id FROM articles WHERE url_key = ?", [address]).fetchone()
    if row is None:
        return NoticedChange(key, change, None, is_known=False)
    sign = connection.execute(_SIGNS[change], {"id": row["id"]}).fetchone()
    return NoticedChange(key, change, row["id"], is_known=sign is not None)
