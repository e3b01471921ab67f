"""The index of the Wayback Machine (CDX) as a feed: new captures are pages under their original addresses. Pure.

After the documentation of the Wayback CDX server: a query by address prefix answers with an array of rows, of which the
first names the columns; with ``showResumeKey`` an empty row and one with the key end an answer that goes on.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from crawler import limits
from crawler.documents.entries import list_entries
from crawler.urls import clean_link
from storage.errors import ParseError
from storage.records.articles import Page
from storage.records.sources import FeedDocument, FeedEntry

# Captures are listed some hours, at times some weeks, after they were made.
_LISTED_WITHIN = timedelta(days=30)
_PATH = "/cdx/search/cdx"
_INDEX = re.compile(r"\s*\[\s*\[\s*\"(?:urlkey|timestamp|original)\"")
_CAPTURE = re.compile(r"/web/(\d{14})(?:id_)?/")
# Asked as it was captured ("id_"), without the archive's own frame and addresses.
_PLAYBACK = "/web/{}id_/{}"
INDEX = (
    "https://web.archive.org"
    + _PATH
    + "?url={id}&matchType=prefix&output=json&fl=timestamp,original,mimetype,statuscode"
    + "&filter=statuscode:200&filter=mimetype:text/html&collapse=urlkey"
    + f"&limit={limits.ENTRIES_PER_FEED}&showResumeKey=true"
)
"""The query for all captures of pages whose addresses begin with ``id``, each address once."""


def index_address(prefix: str) -> str:
    """The query for the captures below an address without its scheme, such as ``kcna.kp/en/article/``."""
    return INDEX.replace("{id}", quote(re.sub(r"^https?://|\*$", "", prefix), safe="/:.~-_"))


def is_index_address(url: str) -> bool:
    """Whether *url* asks such an index."""
    return urlsplit(url).path == _PATH


def asked_address(url: str, *, now: datetime, since: date | None = None) -> str:
    """The address to ask for *url*: of an index only captures since a day, else those of the last month."""
    if not is_index_address(url):
        return url
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "from"]
    day = since or (now - _LISTED_WITHIN).date()
    query.append(("from", day.strftime("%Y%m%d")))
    return urlunsplit(parts._replace(query=urlencode(query, safe="/:,.~-_")))


def is_index(text: str, url: str) -> bool:
    """Whether *text*, fetched from *url*, is the answer of an index."""
    return _INDEX.match(text) is not None or (is_index_address(url) and text.strip() in ("", "[]"))


def parse_index(text: str, *, url: str) -> FeedDocument:
    """The captures in *text*, fetched from *url*, in its order, as entries under their original addresses.

    Left out are rows of other kinds of documents, of answers other than 200, and of addresses that are none.

    Raises:
        ParseError: ``not_a_feed``: it is cut off, or of another form.
    """
    if not text.strip():
        return FeedDocument(())
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError("not_a_feed", f"the index of captures is cut off or broken: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ParseError("not_a_feed", "the index of captures has another form")
    names = [str(name) for name in rows[0]] if rows else []
    if rows and not {"timestamp", "original"} <= set(names):
        raise ParseError("not_a_feed", "the index of captures does not say when and of what")
    captures, key = _captures(rows[1:], names)
    listed = list_entries(_entry(capture, url) for capture in captures)
    return FeedDocument(
        entries=listed.entries,
        title="Captures in the Wayback Machine",
        skipped=listed.skipped,
        links=(("next", _resumed(url, key)),) if key else (),
    )


def captured_at(address: str) -> datetime | None:
    """When what lies at *address* in the archive was captured; None for every other address."""
    found = _CAPTURE.search(urlsplit(address).path)
    try:
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def original_page(page: Page, entry: FeedEntry) -> Page:
    """*page* as it was at the entry's own address when it was captured; every other page as it is."""
    at = captured_at(page.url) if entry.asks else None
    return replace(page, url=entry.url, fetched_at=at) if at else page


def _captures(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> tuple[list[dict[str, str]], str]:
    """The rows by column, and the key with which the answer goes on; "" where it ends."""
    whole = [row for row in rows if len(row) == len(names)]
    last = rows[-1] if len(rows) > 1 and rows[-2] == [] else []
    return [dict(zip(names, map(str, row), strict=True)) for row in whole], str(last[0]) if len(
        last
    ) == 1 else ""


def _entry(capture: Mapping[str, str], url: str) -> FeedEntry | None:
    original = clean_link(capture["original"], capture["original"])
    asks = urljoin(url, _PLAYBACK.format(capture["timestamp"], capture["original"]))
    is_page = capture.get("statuscode", "200") == "200" and "html" in capture.get("mimetype", "html")
    if original is None or not is_page or captured_at(asks) is None:
        return None
    return FeedEntry(original, asks=asks)


def _resumed(url: str, key: str) -> str:
    parts = urlsplit(url)
    query: Iterator[tuple[str, str]] = (pair for pair in parse_qsl(parts.query) if pair[0] != "resumeKey")
    return urlunsplit(parts._replace(query=urlencode([*query, ("resumeKey", key)], safe="/:,.~-_")))
