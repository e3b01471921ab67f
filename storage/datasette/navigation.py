"""The frame around pages: where it stands, and the ways that it offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.datasette.addresses import DatabasePages
from storage.datasette.databases import is_alone, is_ours, may_view, our_databases, place_of


@dataclass(frozen=True, slots=True)
class Way:
    """A link of the navigation."""

    label: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    """What stands above a page."""

    home: str
    ways: tuple[Way, ...]  # none for a reader who may not see the database
    search: str | None  # where the search box leads; None: no box, as on a page that has its own
    database: str | None  # what the search box must name; None: the first database of ours

    @property
    def addresses(self) -> frozenset[str]:
        """Where the ways lead: Datasette's menu need not offer these again."""
        return frozenset(way.href for way in self.ways)


def framed_database(datasette: Any, name: object) -> Any | None:
    """The database of ours that a page about the database *name* is framed for; None: Datasette's frame.

    A page about none (the front page, errors) is framed where nothing but our databases is served.
    """
    if isinstance(name, str):
        known = datasette.databases.get(name)
        return known if known is not None and is_ours(known) else None
    ours = our_databases(datasette)
    return ours[0] if ours and is_alone(datasette) else None


async def navigation(datasette: Any, request: Any, name: object) -> Navigation:
    """The ways for the reader of *request*; without a request (an error) those that name no database."""
    database = framed_database(datasette, name) or next(iter(our_databases(datasette)), None)
    if database is None:
        return Navigation(datasette.urls.instance(), (), None, None)
    place = place_of(datasette, database)
    if not request:
        return Navigation(place.start(), _ways(place, ""), None, None)
    if not await may_view(datasette, request.actor, database, ()):
        return Navigation(datasette.urls.instance(), (), None, None)
    ways = (*_ways(place, request.path), *_tables(place, request.path))
    has_box = request.path in (_path(place.start()), _path(place.search()))
    search = None if has_box else place.search()
    return Navigation(place.start(), ways, search, database.name if place.query else None)


def _ways(place: DatabasePages, here: str) -> tuple[Way, ...]:
    pages = (
        ("New", place.start()),
        ("Search", place.search()),
        ("Changed", place.changes()),
        ("Sources", place.sources()),
    )
    return _marked(pages, here)


def _tables(place: DatabasePages, here: str) -> tuple[Way, ...]:
    return _marked((("Articles", place.table("articles")), ("Tables", place.tables())), here)


def _marked(pages: Sequence[tuple[str, str]], here: str) -> tuple[Way, ...]:
    return tuple(Way(label, href, _path(href) == here) for label, href in pages)


def _path(href: str) -> str:
    return href.partition("?")[0]
