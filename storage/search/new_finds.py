"""Saved searches with what is new in each, for a reader."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.errors import QueryError
from storage.query import parse_query
from storage.search.index import NewCount, count_newer, languages
from storage.search.saved_searches import SavedSearch, SearchLook, look_of, newest_article

# More new finds than this are not counted out: "99+" is read as "many".
COUNTED = 99
# Articles that all searches of a page together check, and each at least: 20 searches took 0.1 s at 500,000 articles.
CHECKED = 200
_LEAST_CHECKED = 10


@dataclass(frozen=True, slots=True)
class SearchState:
    """A saved search as a reader sees it."""

    search: SavedSearch
    look: SearchLook
    new: NewCount | None  # of what came since; None: the query can no longer be read


def search_states(
    connection: sqlite3.Connection,
    searches: Sequence[SavedSearch],
    reader: str,
    *,
    seen: Mapping[int, int] | None = None,
    checked: int = CHECKED,
) -> list[SearchState]:
    """*searches* in their order, each with what is new to *reader*.

    With *seen*, as a browser remembers it, how far the reader looked is read there, by the search, not in the database.
    *checked* bounds how many articles are held against all queries together; counting ends there.

    Raises:
        StorageError: the database refused.
    """
    most = max(checked // max(len(searches), 1), _LEAST_CHECKED)
    newest = newest_article(connection)
    stems = languages(connection) if searches else ()
    states = []
    for search in searches:
        look = look_of(connection, search, reader) if seen is None else remembered(search, seen, newest)
        states.append(SearchState(search, look, _new(connection, search, look, most, stems)))
    return states


def remembered(search: SavedSearch, seen: Mapping[int, int], newest: int) -> SearchLook:
    """How far a browser's reader has looked; what is beyond the *newest* article is of a file that was made anew."""
    until = seen.get(search.id, 0)
    return SearchLook(max(until if until <= newest else 0, search.saved_behind), None)


def _new(
    connection: sqlite3.Connection, search: SavedSearch, look: SearchLook, most: int, stems: tuple[str, ...]
) -> NewCount | None:
    try:
        query = parse_query(search.query)
    except QueryError:
        return None
    return count_newer(connection, query, look.seen_until, limit=COUNTED, most=most, stems=stems)
