"""Reads lists of articles that sites keep as JSON for their own scripts: objects with address, headline and time. Pure.

No standard names the keys. An array is a list of articles if one key of its objects holds different addresses and
another different headlines; a key whose name says time, and whose values can be read, has the dates.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler import limits
from crawler.documents.entries import dropped_warning, join_warnings, list_entries, plain_text
from crawler.text.bounds import read_json
from crawler.text.dates import read_date, unread_date
from crawler.urls import clean_link
from storage.errors import ParseError
from storage.records.articles import StatedDate
from storage.records.sources import FeedDocument, FeedEntry

# Values looked at, and how deep they may lie; a list of 2,000 articles has about 60,000.
_VALUES, _DEEP = 200_000, 12
# Objects by which an array is judged, and the share of them that a key must serve.
_SAMPLE, _SHARE = 50, 0.8
# A single object is a list only if its keys are called so.
_FEW = 3

_ADDRESS = re.compile(
    r"(?:https?:)?//[^\s/]+/\S+|(?:/|\.{1,2}/)\S{2,}|[\w./%-]+\.(?:s?html?|php|aspx?|jsp)(?:\?\S*)?|\?\S+=\S+",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|mp[34]|m3u8|pdf|css|js|json|ico)(?:\?.*)?$", re.IGNORECASE)
_ADDRESS_KEY = re.compile(
    r"(?:.*[._-])?(?:url|link|href|uri|permalink|path|page_?url|publish_?url|canonical\w*)\d?", re.IGNORECASE
)
_OTHER_ADDRESS_KEY = re.compile(
    r"image|img|photo|pic|thumb|video|audio|author|section|category|icon|logo|api", re.IGNORECASE
)
_TITLE_KEY = re.compile(
    r"(?:.*[._-])?(?:title|headlines?|subject|name|hl|heading|caption)(?:[._]\w+)?", re.IGNORECASE
)
_OTHER_TITLE_KEY = re.compile(
    r"section|category|author|image|img|photo|site|source|short|sub_?title|alt|seo", re.IGNORECASE
)
_SUMMARY_KEY = re.compile(
    r"(?:.*[._-])?(?:summary|abstract|description|desc|brief|teaser|lead|excerpt|dek|digest|memo|content)(?:[._]\w+)?",
    re.IGNORECASE,
)
_TIME_KEY = re.compile(r"date|time|publish|updat|modif|creat|(?:^|[._])(?:at|ts|pub\w*)$|_at$", re.IGNORECASE)
_CHANGE_KEY = re.compile(r"updat|modif|edit|lastmod|chang", re.IGNORECASE)
_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_ASSIGNED = re.compile(r"[=(]\s*(?=[\[{]\s*[\"\[{])")
_WRAPPER = re.compile(r"(?:(?:var|let|const)\s+)?[A-Za-z_$][\w.$]{0,80}\s*[=(]\s*[\[{]\s*[\"\[{]")
_TITLE_WORDS = 2
# Embedded values looked at on one page.
_EMBEDDED = 20


@dataclass(frozen=True, slots=True)
class _Keys:
    """Which keys of an array's objects say what; "" where none does."""

    address: str
    title: str
    summary: str = ""
    published: str = ""
    changed: str = ""


def looks_like_json(text: str) -> bool:
    """Whether *text* begins like a JSON object or array, plain or handed to a script's call or name."""
    plain = text.lstrip("\ufeff \t\r\n;")
    return plain[:1] in ("{", "[") or (_WRAPPER.match(plain) is not None)


def parse_json_list(text: str, *, url: str, timezone: str | None, now: datetime) -> FeedDocument:
    """The longest list of articles in the JSON *text*, fetched from *url*, in its order, each address once.

    Raises:
        ParseError: ``not_a_feed`` if it is no JSON, or has no such list; ``too_large``.
    """
    try:
        value = read_json(_unwrapped(text))
    except (ValueError, RecursionError) as error:
        raise ParseError("not_a_feed", f"the address gives JSON that cannot be read: {error}") from error
    document = _longest([value], url, timezone, now)
    if document is None:
        raise ParseError(
            "not_a_feed", "the address gives JSON that is no JSON Feed and has no list of articles"
        )
    return document


def embedded_list(
    script: Iterable[str], *, url: str, timezone: str | None, now: datetime
) -> FeedDocument | None:
    """The longest list of articles among the values that a page's *script* texts hold; None if there is none."""
    return _longest(_embedded(script), url, timezone, now)


def _unwrapped(text: str) -> str:
    """*text* without the call or assignment around it: ``callback({...});``, ``var list = [...];``."""
    text = text.strip("\ufeff \t\r\n;")
    if text[:1] in "[{":
        return text
    begin = _ASSIGNED.search(text[:200])
    end = max(text.rfind("]"), text.rfind("}"))
    return text[begin.end() : end + 1] if begin else text


def _embedded(script: Iterable[str]) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    left = _EMBEDDED
    for text in script:
        starts = [match.end() for match in _ASSIGNED.finditer(text)]
        at = -1
        for start in [0, *starts] if text.lstrip()[:1] in ("[", "{") else starts:
            if start < at or left == 0:
                continue
            left -= 1
            try:
                value, at = decoder.raw_decode(text, start + len(text[start:]) - len(text[start:].lstrip()))
            except (ValueError, RecursionError):
                continue
            yield value


def _longest(values: Iterable[Any], url: str, timezone: str | None, now: datetime) -> FeedDocument | None:
    best: FeedDocument | None = None
    for objects in _arrays(values):
        keys = _keys_of(objects, timezone, now)
        if keys is not None and len(objects) > (len(best.entries) if best else 0):
            found = _document(objects, keys, url, timezone, now)
            if found.entries and (best is None or len(found.entries) > len(best.entries)):
                best = found
    return best


def _arrays(values: Iterable[Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The objects of each array that has some, made flat, outer arrays first."""
    waiting = deque((value, 0) for value in values)
    seen = 0
    while waiting and seen < _VALUES:
        value, depth = waiting.popleft()
        seen += 1
        if depth > _DEEP:
            continue
        if isinstance(value, list):
            if objects := [_flat(one) for one in value if isinstance(one, dict)]:
                yield objects
            waiting += [(one, depth + 1) for one in value]
        elif isinstance(value, dict):
            objects = [_flat(one) for one in value.values() if isinstance(one, dict)]
            if len(objects) >= _FEW:  # by their identifiers
                yield objects
            waiting += [(one, depth + 1) for one in value.values() if isinstance(one, dict | list)]


def _flat(value: Mapping[str, Any], prefix: str = "", deep: int = 2) -> dict[str, Any]:
    """Texts and numbers of *value*, those of inner objects as ``outer.inner``."""
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(inner, dict) and deep:
            flat |= _flat(inner, f"{prefix}{key}.", deep - 1)
        elif isinstance(inner, str | int | float) and not isinstance(inner, bool):
            flat[f"{prefix}{key}"] = inner
    return flat


def _keys_of(objects: Sequence[Mapping[str, Any]], timezone: str | None, now: datetime) -> _Keys | None:
    """What the keys of *objects* say; None if they are no articles."""
    sample = objects[:_SAMPLE]
    names = list(dict.fromkeys(name for one in sample for name in one))
    address = _best([name for name in names if _serves_as_address(sample, name)], _ADDRESS_KEY)
    titles = [name for name in names if name != address and _serves_as_title(sample, name)]
    title = _best(titles, _TITLE_KEY)
    if not address or not title:
        return None
    if len(objects) < _FEW and not (
        _ADDRESS_KEY.fullmatch(_snake(address)) and _TITLE_KEY.fullmatch(_snake(title))
    ):
        return None
    times = [
        name
        for name in names
        if _TIME_KEY.search(_snake(name)) and _serves_as_time(sample, name, timezone, now)
    ]
    changes = [name for name in times if _CHANGE_KEY.search(name)]
    published = [name for name in times if name not in changes]
    summaries = [
        name for name in names if name not in (address, title) and _SUMMARY_KEY.fullmatch(_snake(name))
    ]
    return _Keys(
        address,
        title,
        summary=next(iter(summaries), ""),
        published=next(iter(published or changes), ""),
        changed=next(iter(changes), ""),
    )


def _snake(name: str) -> str:
    return _CASE.sub("_", name)


def _best(names: Sequence[str], called: re.Pattern[str]) -> str:
    """Of *names* the first that is *called* so; else the first; "" if there is none."""
    return next((name for name in names if called.fullmatch(_snake(name))), next(iter(names), ""))


def _texts(sample: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [value.strip() for one in sample if isinstance(value := one.get(name), str) and value.strip()]


def _serves(sample: Sequence[Mapping[str, Any]], fitting: list[str]) -> bool:
    """Whether enough objects have a value that fits, nearly all of them different."""
    return len(fitting) >= _SHARE * len(sample) and len(set(fitting)) >= _SHARE * len(fitting) > 0


def _serves_as_address(sample: Sequence[Mapping[str, Any]], name: str) -> bool:
    if _OTHER_ADDRESS_KEY.search(name):
        return False
    texts = _texts(sample, name)
    return _serves(sample, [text for text in texts if _ADDRESS.fullmatch(text) and not _FILE.search(text)])


def _serves_as_title(sample: Sequence[Mapping[str, Any]], name: str) -> bool:
    if _OTHER_TITLE_KEY.search(name):
        return False
    texts = [plain_text(text, limits.TITLE_CHARACTERS) for text in _texts(sample, name)]
    return _serves(sample, [text for text in texts if _is_headline(text)])


def _is_headline(text: str) -> bool:
    if _ADDRESS.fullmatch(text):
        return False
    return len(text.split()) > _TITLE_WORDS or (not text.isascii() and len(text) >= 3 * _TITLE_WORDS)


def _serves_as_time(
    sample: Sequence[Mapping[str, Any]], name: str, timezone: str | None, now: datetime
) -> bool:
    values = [one[name] for one in sample if one.get(name) not in (None, "")]
    read = [value for value in values if _date(_date_text(value), timezone, now) is not None]
    return len(read) >= _SHARE * len(sample)


def _document(
    objects: Sequence[Mapping[str, Any]], keys: _Keys, url: str, timezone: str | None, now: datetime
) -> FeedDocument:
    listed = list_entries(_entry(one, keys, url, timezone, now) for one in objects)
    return FeedDocument(
        listed.entries, skipped=listed.skipped, warning=join_warnings(dropped_warning(listed.dropped))
    )


def _entry(
    one: Mapping[str, Any], keys: _Keys, url: str, timezone: str | None, now: datetime
) -> FeedEntry | None:
    """The entry that an object is; None without an address or a headline."""
    stated, title = one.get(keys.address), one.get(keys.title)
    link = clean_link(url, stated) if isinstance(stated, str) and not _FILE.search(stated) else None
    if link is None or not isinstance(title, str):
        return None
    summary = one.get(keys.summary)
    dates = [_date_text(one.get(key)) for key in (keys.published, keys.changed)]
    published, updated = (_date(text, timezone, now) for text in dates)
    return FeedEntry(
        url=link,
        title=plain_text(title, limits.TITLE_CHARACTERS),
        published=published,
        updated=updated,
        unread_date=None if published or updated else unread_date(*dates),
        summary=plain_text(summary, limits.SUMMARY_CHARACTERS) if isinstance(summary, str) else "",
    )


def _date_text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _date(text: str, timezone: str | None, now: datetime) -> StatedDate | None:
    return read_date(text, rule="feed", timezone=timezone, now=now) if text else None
