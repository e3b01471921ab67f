"""What is known beside an article that was read, and what is decided on it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from storage.records.articles import Article
from storage.records.looks import Answer, Event
from storage.records.site_memory import NOTHING_COMMON, CommonMarks, PageMarks
from storage.records.sources import QueuedLink
from storage.records.stories import Copy, Member
from storage.records.topics import Match, TextVector


class Verdict(StrEnum):
    """What an article turned out to be."""

    NEW = "new"
    COPY = "copy"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    OFF_TOPIC = "off_topic"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the article that is stored under an address has fared so far."""

    modified_at: datetime | None  # as its page stated it last; None: never
    revisions_in_day: int = 0  # recorded in the 24 hours before this reading
    returns_in_day: int = 0  # of them, those that brought back an earlier text
    had_this_text: bool = False  # whether the text at hand is one that it had before


@dataclass(frozen=True, slots=True)
class Known:
    """What the database has beside an article at hand."""

    article_id: int | None = None  # the row with the same address
    article_hash: str | None = None  # its text hash
    article_title: str = ""
    article_text: str = ""
    same_text: tuple[Member, ...] = ()  # other rows with the same text hash, by id
    similar: tuple[Member, ...] = ()  # rows that may share a part of the text, best first, with their texts
    stories: tuple[Member, ...] = ()  # the stories of both, heads included, with their texts
    # Address keys that pages name as their original, with the story's head.
    namings: frozenset[tuple[str, int]] = frozenset()
    standing: Standing | None = None  # of the row with the same address; None: not asked for
    former: tuple[
        Member, ...
    ] = ()  # stories that gave the address up to others, latest first, with their texts
    former_id: int | None = None  # the row that had the address, where another story stands there now
    is_elsewhere: bool = False  # the row stands at another address, this one is or becomes a further one
    common: CommonMarks = NOTHING_COMMON  # of the host's pages: its coming and going is no edit


# The kind of a revision that our own reading made, of a page that is as it was: no edit.
RE_EXTRACTED: Final = "re-extracted"


@dataclass(frozen=True, slots=True)
class Revision:
    """A change of an article's text or headline."""

    added: str  # sentences that came, those of a paragraph in one line
    removed: str  # sentences that went, likewise
    kind: str = "major"  # "minor" (typos, figures, a few words), "major" or RE_EXTRACTED
    is_silent: bool | None = None  # whether the page states no new date of change; None: not known
    words_added: int = 0  # of headline and text
    words_removed: int = 0
    has_new_title: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """An article that was read and matched, on its way to a decision."""

    article: Article
    url_key: str | None
    text_hash: str
    source: str
    origin: str  # "crawl", "seed" or "import"
    read_at: datetime
    matches: tuple[Match, ...] = ()
    score: float | None = None  # best score of any topic; None: no topic could score it
    topics: tuple[str, ...] = ()  # that it was held against, matching or not
    has_wall_signs: bool = False  # whether the page of one that was read before has signs of a pay wall
    background: tuple[str, ...] = ()  # terms for the background; () if not offered
    link: QueuedLink | None = None
    run_id: int | None = None
    answer: Answer | None = None  # what it was read from; None: no page
    anchors: tuple[int, ...] | None = None  # what near copies are found by; None: not computed yet
    vector: TextVector | None = None  # what it means; None: no topic asks for it, or it cannot be told
    # Of the address that the page names as the original; None: none, or its own.
    canonical_key: str | None = None
    marks: PageMarks | None = None  # what the page teaches of its host's pages; None: no page
    clock_ahead_s: float = 0.0  # how far our clock was ahead of the servers' when it was read, seconds


@dataclass(frozen=True, slots=True)
class Intent:
    """A reading with the decision made on it; storage carries it out."""

    reading: Reading
    verdict: Verdict
    article_id: int | None = None  # the row that is revised or unchanged
    copies: tuple[Copy, ...] = ()  # the relations that are new or changed
    gives_address_to: tuple[int, ...] = ()  # seeds without address that have this text
    revision: Revision | None = None
    replaces: int | None = None  # the row that had this address, whose story another one took over
    is_elsewhere: bool = False  # the row stands at another address, the reading's is a further one
    alternates: bool = False  # the text changed too often in a day to be recorded again
    is_teaser: bool = False  # what was read is only the beginning of what is stored
    ends: tuple[str, ...] = ()  # topics that the new text was held against and does not match
    hold_text_until: datetime | None = None  # for an off-topic article; None: not held
    was_updated: bool | None = None  # whether an update that the feed stated was one; None: it stated none
    answer: Answer | None = None  # what is noted for the next look; None: nothing
    keeps_page: bool = False  # the page is evidence of what is stored, if the article is watched
    news_since: datetime | None = (
        None  # whoever asked is told of new matches, if it is not older; None: nobody is
    )
    returned: Event | None = None  # written down if the article counted as deleted; None: it was not seen
