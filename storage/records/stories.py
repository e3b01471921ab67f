"""Articles that tell the same story. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Member:
    """An article beside others that tell its story, or may."""

    id: int | None  # None: the article at hand, which has no row yet
    origin: str
    source: str
    title: str
    words: int
    published_at: datetime | None
    first_seen_at: datetime
    url: str | None = None
    head_id: int | None = None  # the head of its story; None: itself
    text: str = ""  # "" where it is not needed
    text_hash: str = ""
    url_key: str | None = None
    # Of the address that its page names as the original; None: none, or its own.
    canonical_key: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """What the article at hand is to a stored one."""

    member: Member  # the stored one
    relation: str  # "copy", or "follow_up" whichever of the two came later
    similarity: float  # 0 to 1: share of the shorter text that the other has


@dataclass(frozen=True, slots=True)
class Family:
    """The stories that an article at hand belongs to or follows up, before it is stored."""

    pairs: tuple[Pair, ...] = ()
    # Of the stories that it tells; with texts where a relation is to be judged anew.
    members: tuple[Member, ...] = ()
    # Addresses that pages of other stories name as the original, too.
    doubtful_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Copy:
    """That one article repeats another, or follows it up. None stands for the article at hand."""

    article_id: int | None
    original_id: int | None  # the head of the story
    relation: str  # "copy", "excerpt", "extended" or "follow_up"
    similarity: float  # 0 to 1: share of the shorter text that the other has
    first_by: str  # why the original counts as first: "seed", "canonical", "published" or "seen"
    lag_s: int | None
