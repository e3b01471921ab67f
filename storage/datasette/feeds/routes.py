"""The addresses at which feeds are read: .atom and .feed.json behind topics, sources, tags and searches."""

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from datasette.utils.asgi import BadRequest, NotFound, Response

from storage.analyser import fold
from storage.datasette.databases import asked_database, demand_view, place_of
from storage.datasette.feeds import atom, json_feed
from storage.datasette.feeds.entries import FeedItem, OfferedFeed, fold_copies
from storage.datasette.feeds.lists import (
    CANDIDATES,
    ENTRIES,
    PageOf,
    entries_of,
    source_entries,
    tag_entries,
    topic_entries,
)
from storage.datasette.pages.rendering import rows
from storage.datasette.pages.searches.finds import AskedSearch, asked_search, find
from storage.datasette.pages.searches.saved import asked_saved
from storage.datasette.pages.topics.topic import asked_topic
from storage.datasette.pages.wording import clean, cut
from storage.records.sources import read_tags
from storage.search.index import Order

COPIES = ("folded", "all")
_FORMATS = {
    ".atom": (atom.atom_feed, atom.CONTENT_TYPE),
    ".feed.json": (json_feed.json_feed, json_feed.CONTENT_TYPE),
}
_READS = ("topics", "matches", "articles", "article_texts", "sources", "copies")


async def topic_feed(datasette: Any, request: Any) -> Response:
    """The newest matches of a topic, copies folded into their story unless ?copies=all."""
    database, topic = await asked_topic(datasette, request)
    entries = await topic_entries(database, topic["id"], _page_of(datasette, request, database))
    name = topic["name"]
    page = place_of(datasette, database).topic(name)
    names = (database.name, name)
    return _answer(datasette, request, names, clean(topic["title"]) or name, page, entries, default="folded")


async def source_feed(datasette: Any, request: Any) -> Response:
    """What came last of a source; ?copies=folded leaves out its copies of its own stories.

    Raises:
        NotFound: there is no such source.
    """
    database = await _readable(datasette, request)
    name = unquote(request.url_vars["name"])
    found = await rows(database, "SELECT id, name, title FROM sources WHERE name = :name", name=name)
    if not found:
        raise NotFound(f"No such source: {cut(clean(name), 80)}")
    source = found[0]
    entries = await source_entries(database, source["id"], _page_of(datasette, request, database))
    page = place_of(datasette, database).row("sources", source["id"])
    names = (database.name, "", "source", name)
    return _answer(datasette, request, names, clean(source["title"]) or name, page, entries)


async def tag_feed(datasette: Any, request: Any) -> Response:
    """What came last of the sources of a group; ?copies=folded leaves out their copies of each other.

    Raises:
        NotFound: no source has such a tag.
    """
    database = await _readable(datasette, request)
    tag = " ".join(clean(unquote(request.url_vars["name"])).split())
    tagged = {
        row["id"]
        for row in await rows(database, "SELECT id, tags FROM sources WHERE tags <> '[]'")
        if fold(tag) in map(fold, read_tags(row["tags"]))
    }
    if not tagged:
        raise NotFound(f"No source has the tag {cut(tag, 80)}")
    entries = await tag_entries(database, tagged, _page_of(datasette, request, database))
    page = place_of(datasette, database).search(q=f'tag:"{tag}"', order="arrival")
    return _answer(datasette, request, (database.name, "", "tag", fold(tag)), tag, page, entries)


async def search_feed(datasette: Any, request: Any) -> Response:
    """What a search finds, by ?q= and ?order= as its page; ?copies=folded shows a story once.

    Raises:
        BadRequest: nothing is asked for, or what cannot be read or answered in time; it says why.
    """
    database = await _readable(datasette, request)
    asked = await asked_search(datasette, request, database, CANDIDATES)
    entries = await _found(datasette, request, database, asked)
    page = place_of(datasette, database).search(q=asked.typed, order=asked.order)
    names = (database.name, "", "search", asked.typed)
    return _answer(datasette, request, names, f"Search: {asked.typed}", page, entries)


async def saved_feed(datasette: Any, request: Any) -> Response:
    """What a saved search finds, as it came; ?copies=folded shows a story once.

    Raises:
        NotFound: there is no such search.
        BadRequest: its query cannot be read any more, or not be answered in time.
    """
    database, search = await asked_saved(datasette, request)
    asked = await find(datasette, database, search.query, Order.ARRIVAL, None, CANDIDATES)
    entries = await _found(datasette, request, database, asked)
    page = place_of(datasette, database).saved(search.name)
    names = (database.name, "", "saved", search.name)
    return _answer(datasette, request, names, clean(search.name), page, entries)


async def _found(datasette: Any, request: Any, database: Any, asked: AskedSearch) -> list[FeedItem]:
    """What was *asked* for, as a feed tells it.

    Raises:
        BadRequest: nothing was, or what cannot be read or answered in time; it says why.
    """
    if asked.error or not asked.typed:
        raise BadRequest(asked.error or "?q= says what to search for")
    ids = [found.id for found in asked.findings.found]
    return await entries_of(database, ids, _page_of(datasette, request, database))


async def _readable(datasette: Any, request: Any) -> Any:
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    return database


def _page_of(datasette: Any, request: Any, database: Any) -> PageOf:
    place = place_of(datasette, database)

    def page_of(article_id: int) -> str:
        return str(datasette.absolute_url(request, place.read(article_id)))

    return page_of


def _answer(
    datasette: Any,
    request: Any,
    names: tuple[str, ...],
    title: str,
    page: str,
    entries: Sequence[FeedItem],
    *,
    default: str = "all",
) -> Response:
    """The feed in the format that the address asks for; 304 to a reader that has it."""
    copies = request.args.get("copies") or default
    if copies not in COPIES:
        raise BadRequest(f"?copies= is {' or '.join(COPIES)}, not {cut(clean(copies), 40)}")
    shown = fold_copies(entries) if copies == "folded" else entries
    address = str(datasette.absolute_url(request, request.full_path))
    about = str(datasette.absolute_url(request, page))
    write, content_type = next(format for suffix, format in _FORMATS.items() if request.path.endswith(suffix))
    body = write(OfferedFeed(names, title, address, about, tuple(shown[:ENTRIES])))
    headers = {"etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response("", status=304, headers=headers)
    return Response(body, headers=headers, content_type=content_type)
