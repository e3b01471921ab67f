"""Saving, removing and following searches, by readers where they read and by commands. I/O edge."""

from collections.abc import Mapping, Sequence
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
from scheduler.config.sync import sync_present
from storage import db
from storage.errors import ConfigError, StorageError
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
# Of two readers at once the second is held against what the first has written.
_EDITING = Lock()


@dataclass(frozen=True, slots=True)
class AskedOfSearch:
    """What a reader asks for about saved searches."""

    deed: str  # one of SEARCH_DEEDS
    reader: str
    name: str
    query: str  # to save


@dataclass(frozen=True, slots=True)
class KeptSearch:
    """What was done with a search."""

    said: str  # for people
    name: str  # of the search, or of the topic that was made of it
    has_page: bool = True


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


def keep_search(database: Path, asked: AskedOfSearch, now: datetime) -> KeptSearch:
    """Do what a reader asks for, saving or removing.

    Raises:
        ConfigError: it is not allowed; nothing is written.
        StorageError: the database refused.
    """
    with closing(db.connect(database, is_brief=True)) as connection:
        if asked.deed == "save":
            saved = save_search(connection, asked.name, asked.query, now, by=asked.reader, is_replacing=False)
            return KeptSearch(f"saved as {saved.name}", saved.name)
        removed = saved_search(connection, asked.name)
        saved_searches.remove(connection, removed.name)
        return KeptSearch(f"removed {removed.name}", removed.name, has_page=False)


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

    It is called *topic*, or as the search is, or by the search's number where nothing of its name can stand in a
    topic's (渡轮). It matches all that the search finds, in passing or not. The file stays as a person wrote it; the
    topic stands at its end.

    Raises:
        ConfigError: a topic has its name, its query does not serve as a topic's, or the file cannot be written, or
            was changed meanwhile; nothing is.
    """
    name = topic or _topic_name(search)
    added = Topic(name, title=search.name, any=search.query, asides="match")
    return name, add_topic(file, added, environment)


def follow_where_one_reads(
    database: Path, name: str, file: Path, environment: Mapping[str, str], now: datetime
) -> KeptSearch:
    """Make a topic of the saved search *name*, in the settings and at once in the database.

    Where the database refuses when the settings have the topic already, that is told: the next crawl takes it over.

    Raises:
        ConfigError: as for `follow_search`, or there is no such search, or another topic asks the same.
        StorageError: the database refused; nothing is written.
    """
    with _EDITING, closing(db.connect(database)) as connection:
        search = saved_search(connection, name)
        held = load_config(file, environment)
        if held.database.absolute() != database.absolute():
            raise ConfigError(f"speaks of another database than {database.name}", file=file)
        _demand_new(search, held.topics, topics.former(connection))
        topic, config = follow_search(file, search, None, environment)
        said = f"follows {search.name} as the topic {topic}, which stands in {file.name} now"
        try:
            sync_present(connection, config, environment, now)
        except StorageError as error:
            return KeptSearch(
                f"{said}; the next crawl or command takes it over, as {error}", topic, has_page=False
            )
    return KeptSearch(
        f"{said}; new articles are held against it from the next crawl on, and `seedwatch rematch {topic}` applies it "
        "to what is held",
        topic,
    )


def _demand_new(search: SavedSearch, followed: Sequence[Topic], former: Sequence[Topic]) -> None:
    """Nothing, if no topic asks for the same or has the name, nor had it for something else, whose matches are there.

    Raises:
        ConfigError: one does.
    """
    asks_same = next((one.name for one in followed if one.any == search.query), None)
    if asks_same is not None:
        raise ConfigError(f"{search.name} is followed already, as the topic {asks_same}")
    name = _topic_name(search)
    if any(one.name == name for one in followed):
        raise ConfigError(f"there is a topic {name} for something else: save the search under another name")
    if any(one.name == name and one.any != search.query for one in former):
        raise ConfigError(
            f"there was a topic {name} for something else, whose matches are kept: save the search under another name"
        )


def _topic_name(search: SavedSearch) -> str:
    return slug(search.name) or f"search-{search.id}"


def _checked_name(text: str) -> str:
    name = storable_line(text)
    if not name or len(name) > NAME_CHARACTERS:
        raise ConfigError(f"{text[:40]!r} is no name for a search: give 1 to {NAME_CHARACTERS} characters")
    return name
