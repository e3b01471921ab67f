"""Topics, and why an article is about one. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that is followed, as it is declared."""

    name: str
    title: str = ""
    seeds: tuple[str, ...] = ()  # files and folders, as written in the settings
    any: str = ""  # a query that matches by itself; "" if none
    require: str = ""  # a query that a seed match must also meet
    exclude: str = ""  # a query that rules an article out
    dial: str = "normal"  # "wide", "normal" or "strict"
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()  # an entity, and its names in any language
    asides: str = "review"  # what becomes of a rule's hit in passing: "review" or "match"
    entities: str = "all"  # of the aliases' entities a match by seeds must name: "all", "any" or their number


@dataclass(frozen=True, slots=True)
class TermShare:
    """A term that made a match, as the text writes it."""

    surface: str
    contribution: float  # part of the score, in the score's unit


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text that a rule found."""

    field: str  # "title" or "text"
    start: int  # character offset, first
    end: int  # character offset, behind the last


@dataclass(frozen=True, slots=True)
class Match:
    """An article is about a topic, and why."""

    topic: str
    score: float  # standard deviations above the background, or share of the seeds' score: see `rule`
    threshold: float  # the score that was needed
    reason: str  # "seed", "rule", "both", "alias", or "marked": a person said so
    band: str = "match"  # "match", or "review": near enough below the threshold that a person should look
    measure: str = ""  # how the score was made: "background", "frequencies" or "" for a rule's hit alone
    terms: tuple[TermShare, ...] = ()  # strongest first, at most 8
    sentences: tuple[str, ...] = ()  # the best first, at most 3
    paragraph: str = ""  # the one that says most of it
    place: str = ""  # where a rule's hit stands: "headline", "lead" or "body"; "" for a match by seeds alone
    density: float | None = None  # a rule's places for each 100 words of the text; None as above
    spans: tuple[Span, ...] = ()  # in order of the text, at most 50
    model_version: int | None = None  # row of topic_models; None for a rule alone
    caution: str = (
        ""  # why it is left to review although its score or a rule would do; "" if nothing speaks against it
    )


@dataclass(frozen=True, slots=True)
class TextVector:
    """What a text means, as an encoder's numbers."""

    encoder: str  # name and version: vectors of two encoders cannot be compared
    values: bytes  # of length 1, as 16-bit floats, little-endian
