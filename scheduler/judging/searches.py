"""Saving and removing searches, by readers where they read and by commands: checked, then written. I/O edge."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

from crawler.text.storable import storable_line
from scheduler.config.checks import suggestion
from storage import db
from storage.errors import ConfigError
from storage.query import parse_query
from storage.search import saved_searches
from storage.search.saved_searches import SavedSearch

SEARCH_DEEDS = ("save", "remove")
NAME_CHARACTERS = 80
QUERY_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class AskedOfSearch:
    """What a reader asks for about saved searches."""

    deed: str  # one of SEARCH_DEEDS
    reader: str
    name: str
    query: str  # to save


class NameTakenError(ConfigError):
    """Another search has this name."""


def save_search(
    connection: Connection, name: str, typed: str, now: datetime, *, by: str | None, is_replacing: bool
) -> SavedSearch:
    """The search that was saved under *name*, its blanks evened, for who asks for it: *by*, None by a command.

    Raises:
        NameTakenError: another search has the name, and it *is_replacing* none; nothing is written.
        ConfigError: the name is empty or too long, or the query too long; nothing is written.
        QueryError: the query cannot be read; nothing is written.
        StorageError: the database refused.
    """
    even = _checked_name(name)
    query = typed.strip()
    if len(query) > QUERY_CHARACTERS:
        raise ConfigError(
            f"a saved search has at most {QUERY_CHARACTERS:,} characters, this one {len(query):,}"
        )
    parse_query(query)
    held = saved_searches.named(connection, even)
    if held is not None and not is_replacing:
        raise NameTakenError(f"{even!r} is saved already, for: {held.query}")
    saved_searches.save(connection, even, query, now, by=by)
    return saved_search(connection, even)


def keep_search(database: Path, asked: AskedOfSearch, now: datetime) -> tuple[str, str]:
    """Do what a reader asks for; what was done, for people, and the name of the search.

    Raises:
        ConfigError: it is not allowed; nothing is written.
        StorageError: the database refused.
    """
    with closing(db.connect(database)) as connection:
        if asked.deed == "save":
            saved = save_search(connection, asked.name, asked.query, now, by=asked.reader, is_replacing=False)
            return f"saved as {saved.name}", saved.name
        removed = saved_search(connection, asked.name)
        saved_searches.remove(connection, removed.name)
        return f"removed {removed.name}", removed.name


def saved_search(connection: Connection, name: str) -> SavedSearch:
    """The saved search called *name*.

    Raises:
        ConfigError: there is none; the nearest is named.
        StorageError: the database refused.
    """
    found = saved_searches.named(connection, storable_line(name))
    if found is not None:
        return found
    near = suggestion(name, [search.name for search in saved_searches.all_saved(connection)])
    raise ConfigError(f"there is no saved search {name[:NAME_CHARACTERS]!r}" + (f"; {near}" if near else ""))


def _checked_name(text: str) -> str:
    name = storable_line(text)
    if not name or len(name) > NAME_CHARACTERS:
        raise ConfigError(f"{text[:40]!r} is no name for a search: give 1 to {NAME_CHARACTERS} characters")
    return name
