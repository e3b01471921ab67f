"""Entries of polled documents: markup made plain, languages named alike, each address once. Pure."""

import html
import html.entities
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from crawler import limits
from crawler.urls import doubtful_parameters, url_key
from storage.analyser import count_words
from storage.records.sources import FeedEntry

# Markup is cut at this many characters for each one that is wanted: bounds the work on a title of a megabyte.
_MARKUP_PER_CHARACTER = 16
_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(
    r"</?(?:p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|table|t[rdh]|blockquote|figure|figcaption|section|img)\b[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
# With its semicolon, unlike HTML 5, which reads a sign into "&notable".
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")

# Of an item without a link: the query's key in its address; the shortest text that is an article by itself (a post of
# ten words says something, "Photo" does not; scripts without spaces reach the words with half the characters).
ITEM_KEY = "seedwatch-item"
_ITEM_CHARACTERS, _ITEM_WORDS = 60, 10
_HEADLINE_CHARACTERS = 100
_PARAGRAPH_END = re.compile(
    r"</(?:p|div|li|h[1-6]|blockquote)\s*>|<br\s*/?>\s*<br\s*/?>|\n\s*\n", re.IGNORECASE
)

_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_].*)?\s*", re.DOTALL)
# ISO 639-2 codes, which news sitemaps may give, of the languages that we can stem or split.
_TWO_LETTERS = {
    "ara": "ar", "chi": "zh", "dan": "da", "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "est": "et", "fas": "fa",
    "fin": "fi", "fra": "fr", "fre": "fr", "ger": "de", "gre": "el", "heb": "he", "hin": "hi", "hun": "hu", "hye": "hy",
    "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko", "lit": "lt", "nld": "nl", "nor": "no", "per": "fa", "pol": "pl",
    "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "spa": "es", "srp": "sr", "swe": "sv", "tha": "th", "tur": "tr",
    "ukr": "uk", "vie": "vi", "yid": "yi", "zho": "zh",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntryList:
    """What is kept of a document's entries."""

    entries: tuple[FeedEntry, ...]  # in the document's order, each address once, the first of equal ones
    skipped: int  # without a usable link
    dropped: int  # beyond what is read


def list_entries(candidates: Iterable[FeedEntry | None], most: int = limits.ENTRIES_PER_FEED) -> EntryList:
    """The entries of a document that are kept, *most* of them; None stands for an entry without a usable link."""
    kept: dict[tuple[str, ...], FeedEntry] = {}
    skipped = dropped = 0
    for entry in candidates:
        if entry is None:
            skipped += 1
        elif len(kept) >= most:
            dropped += 1
        else:
            # Which parameters name a page is known where the links are.
            doubtful = (f"{name}={value}" for name, value in sorted(doubtful_parameters(entry.url).items()))
            kept.setdefault((url_key(entry.url), *doubtful), entry)
    return EntryList(tuple(kept.values()), skipped, dropped)


def newest_places(newness: Sequence[str], most: int) -> list[int]:
    """The places of the *most* newest of a document's entries, in its order; *newness*: dates that sort, "" for none.

    Of those with the same date, or without one, the nearer to either end are kept: new ones are put before or behind
    all others.
    """
    if len(newness) <= most:
        return list(range(len(newness)))
    last = len(newness) - 1
    ranked = sorted(range(len(newness)), key=lambda place: min(place, last - place))
    ranked.sort(key=lambda place: newness[place], reverse=True)
    return sorted(ranked[:most])


def newest_entries(documents: Iterable[Sequence[FeedEntry]], most: int) -> tuple[FeedEntry, ...]:
    """The *most* newest entries of *documents*, in order; of undated ones each document gives of both its ends."""
    ranked = [
        ((_newness(entry), -min(place, len(entries) - 1 - place)), entry)
        for entries in documents
        for place, entry in enumerate(entries)
    ]
    best = sorted(range(len(ranked)), key=lambda number: ranked[number][0], reverse=True)
    return tuple(ranked[number][1] for number in sorted(best[:most]))


def _newness(entry: FeedEntry) -> str:
    stated = entry.published or entry.updated
    return stated.at.isoformat() if stated else ""


def dropped_warning(dropped: int) -> str | None:
    """What to tell of entries that were not read; None if all were."""
    return f"{dropped} entries beyond {limits.ENTRIES_PER_FEED} left out" if dropped else None


def join_warnings(*warnings: str | None) -> str | None:
    """The warnings as one text, in order, each once; None if there is none."""
    return "; ".join(dict.fromkeys(warning for warning in warnings if warning)) or None


def plain_text(markup: str, characters: int) -> str:
    """*markup* as one line of text, at most *characters* long.

    Tags, comments, scripts, styles and control characters are taken out and entities are resolved; "<" that begins
    no tag stays.
    """
    text = _UNSEEN.sub(" ", markup[: characters * _MARKUP_PER_CHARACTER])
    text = _ENTITY.sub(_resolved, _TAG.sub("", _BREAK.sub(" ", text)))
    return _CONTROL.sub("", " ".join(text.split()))[:characters].strip()


def entry_without_link(
    feed_url: str, identifier: str, title: str, markup: str, entry: FeedEntry
) -> FeedEntry | None:
    """*entry* of an item that has no link, as an article by itself; None if its text, *markup*, is too short for one.

    Its address is the feed's with a hash of the *identifier*, of the text if there is none: it stays the same.
    """
    text = paragraphs(markup)
    if len(text) < _ITEM_CHARACTERS and count_words(text) < _ITEM_WORDS:
        return None
    digest = blake2b((identifier.strip() or text).encode("utf-8", "replace"), digest_size=8).hexdigest()
    address = feed_url.partition("#")[0]
    sign = "&" if "?" in address else "?"
    headline = title or first_words(text)
    return replace(entry, url=f"{address}{sign}{ITEM_KEY}={digest}", title=headline, text=text)


def with_whole_text(entry: FeedEntry, markup: str) -> FeedEntry:
    """*entry* as an article by itself, whose text is in *markup*; without a headline it has the first words of that."""
    text = paragraphs(markup)
    return replace(entry, title=entry.title or first_words(text), text=text)


def paragraphs(markup: str) -> str:
    """*markup* as text, a paragraph a line, without empty ones."""
    lines = (plain_text(part, limits.TEXT_CHARACTERS) for part in _PARAGRAPH_END.split(markup))
    return "\n".join(line for line in lines if line)[: limits.TEXT_CHARACTERS]


def first_words(text: str) -> str:
    """The first line of *text*, cut behind a word at a length that a headline has."""
    line = text.split("\n", 1)[0]
    if len(line) <= _HEADLINE_CHARACTERS:
        return line
    return line[:_HEADLINE_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _resolved(entity: re.Match[str]) -> str:
    is_known = entity[0][1] == "#" or entity[0][1:] in html.entities.html5
    return html.unescape(entity[0]) if is_known else entity[0]


def language_code(text: str) -> str | None:
    """The ISO 639-1 code of a language tag (``ko-KR``, ``kor``); None if it names no language that way."""
    match = _LANGUAGE.fullmatch(text)
    if match is None:
        return None
    code = match[1].lower()
    return code if len(code) == 2 else _TWO_LETTERS.get(code)


def is_updated(entry: FeedEntry, stated: FeedEntry | None, read_at: datetime | None) -> bool:
    """Whether a feed's *entry* states a later update than the one that it *stated* when we read the page.

    Without an earlier statement, the update must be later than our reading; None: it is not known.
    """
    if entry.updated is None:
        return False
    before = stated and (stated.updated or stated.published)
    then = before.at if before else read_at
    return then is not None and entry.updated.at > then
