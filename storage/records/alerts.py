"""What is told, to whom, and how the telling fares. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AlertRule:
    """Who is told of what, without the address of the channel, which may be a secret."""

    name: str
    channel: str  # where it goes, masked
    kinds: tuple[str, ...] = ("match",)  # of "match" and "health"
    topics: tuple[str, ...] = ()  # names; () means all
    languages: tuple[str, ...] = ()  # ISO 639-1; () means all
    review: bool = False  # whether articles in band "review" are told, too
    digest: str | None = None  # local time "HH:MM" of one message a day; None: at once
    timezone: str = "UTC"  # IANA zone of that time


@dataclass(frozen=True, slots=True)
class DueRule:
    """A rule under which a message is to be put together now."""

    id: int
    name: str
    digest: str | None  # local time "HH:MM"; None: at once
    timezone: str


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message that is to be sent now."""

    id: int
    key: str
    rule: str  # its name
    created_at: datetime
    tries: int  # how often it was sent in vain


@dataclass(frozen=True, slots=True)
class ToldTopic:
    """Why an article is told."""

    topic: str
    title: str  # of the topic, for people; "" if the name serves
    score: float
    reason: str
    terms: str
    sentence: str  # the best one; "" if there is none


@dataclass(frozen=True, slots=True)
class ToldArticle:
    """An article in a message."""

    id: int
    title: str
    source: str
    url: str | None
    language: str | None
    published_at: datetime | None
    published_precision: str | None
    first_seen_at: datetime
    topics: tuple[ToldTopic, ...]
    source_title: str = ""  # of the outlet, for people; "" if the name serves
    carried: tuple[str, ...] = ()  # who else has the story, as people call them; by when they were first seen


@dataclass(frozen=True, slots=True)
class ToldChange:
    """What an outlet did to an article that was out."""

    article_id: int
    title: str
    source: str  # as people call it
    url: str | None
    what: str  # edited, or the event: deleted, returned, moved, replaced ...
    at: datetime  # when it was noticed
    is_silent: bool = False  # an edit with no new date of change on the page
    added: str = ""  # of an edit: sentences that came
    removed: str = ""  # of an edit: sentences that went


@dataclass(frozen=True, slots=True)
class ToldCondition:
    """A condition in a message."""

    kind: str
    change: str  # "began" or "ended"
    subject: str  # name of the source or topic; "" for the daemon
    about: str  # "source", "topic" or "daemon"
    since: datetime
    until: datetime | None
    detail: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a message tells: articles as they came, then conditions."""

    articles: tuple[ToldArticle, ...] = ()
    conditions: tuple[ToldCondition, ...] = ()
    changes: tuple[ToldChange, ...] = ()  # of a daily message: since the one before, the latest first


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule of the settings, and how its messages fare."""

    name: str
    kinds: tuple[str, ...]
    topics: tuple[str, ...]
    channel: str
    digest: str | None
    timezone: str
    next_digest_at: datetime | None
    waiting: int  # alerts that were not delivered yet
    failed: int  # messages that were given up
    last_sent_at: datetime | None
    last_error: str | None  # of the latest try; None: it went well, or there was none
