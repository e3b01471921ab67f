"""What a feed tells, whatever its format, and how copies are folded into their story. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from storage.datasette.pages.wording import clean, is_web_address, read_time

NO_HEADLINE = "(no headline)"
# Of an article that no topic found, so much of the text stands as its summary.
SUMMARY_CHARACTERS = 300
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An article as a feed tells it."""

    article_id: int
    title: str
    page: str  # absolute address of our reading page
    url: str | None  # the original; anything but http(s) is not linked
    source: str
    language: str | None
    times: tuple[str | None, ...]  # as stored, the best first: published, matched or first seen
    why: str  # the best sentence and what made the match, or how the text begins
    topics: tuple[str, ...] = ()  # titles of those that it matched
    story_id: int = 0  # the article that its story began with; 0: it stands alone
    carried: int = 0  # copies in its story, wherever they are
    is_listed: bool = False  # its story's beginning belongs to the same list, however far back


@dataclass(frozen=True, slots=True)
class OfferedFeed:
    """A feed with its entries in their order."""

    names: tuple[str, ...]  # what it is about; its identity is made of them, so it outlives a change of host
    title: str
    address: str  # absolute, of the feed itself
    page: str  # absolute, of the same for people
    entries: tuple[FeedItem, ...]


def fold_copies(entries: Sequence[FeedItem]) -> list[FeedItem]:
    """*entries* in their order, a story once: by its beginning, or else by the earliest that is here.

    A copy of what was listed before and has left the list since stays out: else an old story would come again.
    """
    chosen: dict[int, FeedItem] = {}
    for entry in reversed(entries):  # the oldest first
        story = entry.story_id or entry.article_id
        begins = entry.article_id == story
        if begins or (story not in chosen and not entry.is_listed):
            chosen[story] = entry
    kept = {entry.article_id for entry in chosen.values()}
    return [
        replace(entry, why=f"{entry.why} {_carried(entry.carried)}".strip()) if entry.carried else entry
        for entry in entries
        if entry.article_id in kept
    ]


def identity(feed: OfferedFeed, article_id: int | None = None) -> str:
    """The identity of *feed*, or of an article in it: a UUID as a URN, the same on every host."""
    parts = [*feed.names, *([] if article_id is None else [article_id])]
    return f"urn:uuid:{uuid5(NAMESPACE_URL, 'seedwatch:' + '/'.join(map(str, parts)))}"


def entry_time(entry: FeedItem) -> datetime:
    """The first of its times that is one; the epoch if none is, since one odd date must not cost the whole feed."""
    return next((at for text in entry.times if (at := read_time(text)) is not None), _NEVER)


def feed_time(feed: OfferedFeed) -> datetime:
    """The time of the newest entry; the epoch of an empty feed."""
    return max(map(entry_time, feed.entries), default=_NEVER)


def original(entry: FeedItem) -> str | None:
    """The outlet's page, if it may be linked."""
    return entry.url if is_web_address(entry.url) else None


def headline(entry: FeedItem) -> str:
    """Its headline, never empty."""
    return clean(entry.title).strip() or NO_HEADLINE


def _carried(copies: int) -> str:
    return f"(+{copies} carried it)"


def categories(entry: FeedItem) -> list[str]:
    """The topics that it matched, none empty."""
    return [name for topic in entry.topics if (name := clean(topic).strip())]


def author(entry: FeedItem) -> str:
    """Its outlet, never empty."""
    return clean(entry.source).strip() or "unknown"
