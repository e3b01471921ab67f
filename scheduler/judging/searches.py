"""Saving, removing and following searches, by readers where they read and by commands. I/O edge."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from threading import Lock

from crawler.text.storable import slug, storable_line
from scheduler.config.checks import suggestion
from scheduler.config.edit import add_topic
from scheduler.config.load import load_config
from scheduler.config.records import Config
from scheduler.config.sync import sync
from storage import db
from storage.errors import ConfigError
from storage.query import parse_query
from storage.records.topics import Topic
from storage.search import saved_searches
from storage.search.saved_searches import SavedSearch
from storage.topics import topics

# Where `seedwatch serve --write` says which settings are served: to follow a search is to add a topic to them.
SETTINGS_VARIABLE = "SEEDWATCH_SERVE_SETTINGS"
SEARCH_DEEDS = ("save", "remove", "follow")
NAME_CHARACTERS = 80
QUERY_CHARACTERS = 2_000
# Two readers at once would each write the file as they found it.
_EDITING = Lock()


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


def follow_search(
    file: Path, search: SavedSearch, topic: str | None, environment: Mapping[str, str]
) -> tuple[str, Config]:
    """The topic that was added to the settings in *file* for what *search* finds, and the settings after it.

    It is called *topic*, or as the search is. The file stays as a person wrote it; the topic stands at its end.

    Raises:
        ConfigError: no name can be made of the search's, a topic has it, its query does not serve as a topic's, or
            the file cannot be written; nothing is.
    """
    name = topic or slug(search.name)
    if not name:
        raise ConfigError(f"no name of a topic can be made of {search.name!r}: give one with --topic")
    with _EDITING:
        return name, add_topic(file, Topic(name, title=search.name, any=search.query), environment)


def follow_where_one_reads(
    database: Path, name: str, file: Path, environment: Mapping[str, str], now: datetime
) -> tuple[str, str]:
    """Make a topic of the saved search *name*, in the settings and at once in the database; what was done, its name.

    Raises:
        ConfigError: as for `follow_search`, or there is no such search, or another topic asks the same.
        StorageError: the database refused; the settings have the topic, and the daemon takes it from there.
    """
    if load_config(file, environment).database.absolute() != database.absolute():
        raise ConfigError(f"speaks of another database than {database.name}", file=file)
    with closing(db.connect(database)) as connection:
        search = saved_search(connection, name)
        asks_same = next((one.name for one in topics.followed(connection) if one.any == search.query), None)
        if asks_same is not None:
            raise ConfigError(f"{search.name} is followed already, as the topic {asks_same}")
        topic, config = follow_search(file, search, None, environment)
        sync(connection, config, now)
    return (
        f"follows {search.name} as the topic {topic}, which stands in {file.name} now; new articles are held against "
        f"it from the next crawl on, and `seedwatch rematch {topic}` applies it to what is held",
        topic,
    )


def _checked_name(text: str) -> str:
    name = storable_line(text)
    if not name or len(name) > NAME_CHARACTERS:
        raise ConfigError(f"{text[:40]!r} is no name for a search: give 1 to {NAME_CHARACTERS} characters")
    return name
