"""From the tables of a file to records, with every mistake on the way. Pure but for the list of time zones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from crawler.documents.wayback import index_address
from crawler.mail.address import mailbox_address
from crawler.urls import url_key
from scheduler.config.checks import suggestion
from scheduler.config.positions import Extent, KeyPath, line_of
from scheduler.config.records import SourceAccess, SourceSettings
from scheduler.config.settings import Setting, SourceConfig, settings_of
from storage.errors import ConfigError
from storage.records.sources import FeedKind, Source
from storage.sources.sources import DeclaredFeed

KIND_OF = {"feeds": FeedKind.FEED, "sitemaps": FeedKind.SITEMAP, "sections": FeedKind.SECTION}
"""The lists of addresses of a source, and what their addresses give."""

SHOWN_CHARACTERS = 80
# Between two requests to the Wayback Machine, whose servers are slow and for everyone: 15 a minute.
ARCHIVE_DELAY_S = 4.0

Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class SettingPlace:
    """Where something stands: the file as messages name it, the line if known, the key with numbers from 1."""

    file: Path
    line: int | None = None
    key: str = ""

    def __str__(self) -> str:
        """As in ``seedwatch.toml:12, source[2].name``."""
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{where}, {self.key}" if self.key else where


@dataclass(slots=True)
class Problems:
    """What a check found so far: errors end it, warnings do not."""

    main: Path  # the file whose errors come first
    errors: list[ConfigError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add_error(self, place: SettingPlace, message: str) -> None:
        """Add an error."""
        self.errors.append(ConfigError(message, file=place.file, line=place.line, key=place.key or None))

    def add_warning(self, place: SettingPlace, message: str) -> None:
        """Add a warning."""
        self.warnings.append(
            str(ConfigError(message, file=place.file, line=place.line, key=place.key or None))
        )

    def raise_errors(self) -> None:
        """Nothing if there are no errors.

        Raises:
            ConfigError: with all errors, one a line, by file and line; a single one keeps its file, line and key.
        """
        self.errors.sort(key=lambda error: (error.file != self.main, str(error.file), error.line or 0))
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise ConfigError("\n".join(str(error) for error in self.errors))


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as a file has it, unchecked, with what is needed to name the place of each key."""

    file: Path  # as messages name it
    values: Mapping[str, Any]
    path: KeyPath = ()
    extents: Mapping[KeyPath, Extent] = field(default_factory=dict)
    line: int | None = None  # of a line of an OPML or CSV file; TOML has the extents

    def place(self, *keys: str | int) -> SettingPlace:
        """The place of a key of this table, or of the table."""
        path = (*self.path, *keys)
        return SettingPlace(self.file, self.line or line_of(self.extents, path), key_text(path))

    def tables(self, name: str, problems: Problems) -> Iterator["RawTable"]:
        """The tables of ``[[name]]``, in order; what is no table is an error."""
        value = self.values.get(name, [])
        if not isinstance(value, list):
            problems.add_error(self.place(name), f"each {name} begins with two brackets: [[{name}]]")
            return
        for number, element in enumerate(value):
            if isinstance(element, dict):
                yield RawTable(self.file, element, (*self.path, name, number), self.extents)
            else:
                problems.add_error(
                    self.place(name, number), f"{shown(element)} is not allowed; a table, as in [[{name}]]"
                )


def key_text(path: KeyPath) -> str:
    """A path as messages write it: ``source[2].feeds[1]``, numbers from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A value as messages show it, cut if it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value if len(value) <= SHOWN_CHARACTERS else value[:SHOWN_CHARACTERS] + "..."
        return "'" + "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text) + "'"
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else str(value)


def checked_table(
    table: type[Table], raw: RawTable, problems: Problems, *, others: tuple[str, ...] = ()
) -> Table:
    """The record of a table with the value of each setting, checked; the default where it is missing or not allowed.

    *others* are names that are allowed besides.
    """
    settings = settings_of(table)
    check_keys((*(setting.name for setting in settings), *others), raw, problems)
    return table(**{setting.name: _checked_value(setting, raw, problems) for setting in settings})


def check_keys(names: Sequence[str], raw: RawTable, problems: Problems) -> None:
    """An error for each key that is none of *names*."""
    for key in raw.values:
        if key not in names:
            near = suggestion(key, names)
            problems.add_error(
                raw.place(key), f"is no setting; {near + ' ' if near else ''}allowed: {', '.join(names)}"
            )


def _checked_value(setting: Setting, raw: RawTable, problems: Problems) -> object:
    if setting.name not in raw.values:
        if setting.is_required:
            problems.add_error(raw.place(setting.name), f"is missing; {setting.kind.allowed}")
        return setting.default
    value = raw.values[setting.name]
    if not setting.many:
        return _accepted(setting, value, raw.place(setting.name), problems, setting.default)
    if not isinstance(value, list):
        problems.add_error(
            raw.place(setting.name),
            f"{shown(value)} is not allowed; a list, in which each is {setting.kind.allowed}",
        )
        return setting.default
    elements = (
        _accepted(setting, element, raw.place(setting.name, number), problems, None)
        for number, element in enumerate(value)
    )
    return tuple(element for element in elements if element is not None)


def _accepted(
    setting: Setting, value: object, place: SettingPlace, problems: Problems, otherwise: object
) -> object:
    try:
        return setting.kind.check(value)
    except ConfigError as error:
        reason = f" ({error})" if str(error) else ""
        if "\n" in str(error):  # a query with its caret says all
            problems.add_error(place, str(error))
        else:
            what = "the value" if setting.is_secret else shown(value)
            problems.add_error(place, f"{what} is not allowed; {setting.kind.allowed}{reason}")
        return otherwise


def source_of(raw: RawTable, problems: Problems) -> SourceSettings:
    """The source that a table declares; a wrong name is empty."""
    table = checked_table(SourceConfig, raw, problems)
    if not any(raw.values.get(key) for key in ("home", "wayback", "imap", *KIND_OF)):
        problems.add_error(raw.place(), "needs home or at least one address in feeds, sitemaps or sections")
    if table.every and table.cron:
        problems.add_error(
            raw.place("cron"), "cannot stand beside every: one of them says when its feeds are polled"
        )
    feeds = tuple(DeclaredFeed(url, kind) for key, kind in KIND_OF.items() for url in getattr(table, key))
    source = Source(**same_fields(table, Source), every_s=table.every)
    if table.wayback:
        feeds = (*feeds, DeclaredFeed(index_address(table.wayback), FeedKind.FEED))
        source = replace(source, delay=max(source.delay or 0, ARCHIVE_DELAY_S))
    if table.imap:
        _check_mailbox(table, raw, problems)
        feeds = (*feeds, DeclaredFeed(mailbox_address(table.imap).kept, FeedKind.FEED))
        source = replace(source, text="feed")  # a mail has no page that could be asked for
    place = raw.place()
    return SourceSettings(
        source,
        feeds,
        SourceAccess(**same_fields(table, SourceAccess)),
        place.file,
        place.line,
    )


def _check_mailbox(table: SourceConfig, raw: RawTable, problems: Problems) -> None:
    beside = [key for key in ("wayback", *KIND_OF) if raw.values.get(key)]
    if beside:
        problems.add_error(
            raw.place("imap"), f"cannot stand beside {beside[0]}: give it a [[source]] of its own"
        )
    if table.imap_password_env and table.imap_password_file:
        problems.add_error(
            raw.place("imap_password_env"), "cannot stand beside imap_password_file: give one of them"
        )


def same_fields(table: object, record: type) -> dict[str, Any]:
    """The values of those settings of *table* that *record* has a field for, of the same name."""
    names = {setting.name for setting in settings_of(type(table))}
    return {taken.name: getattr(table, taken.name) for taken in fields(record) if taken.name in names}


def check_names(raws: Iterable[RawTable], problems: Problems) -> None:
    """Each name once, over all files."""
    seen: dict[str, SettingPlace] = {}
    for raw in raws:
        name = raw.values.get("name")
        if not isinstance(name, str):
            continue
        place = raw.place("name")
        if name in seen:
            problems.add_error(place, f"{shown(name)} is taken already: {seen[name]}")
        seen.setdefault(name, place)


def check_addresses(raws: Iterable[RawTable], problems: Problems) -> None:
    """Each polled address once, over all files; addresses of one page count as one."""
    seen: dict[str, SettingPlace] = {}
    for raw in raws:
        for place, url in _addresses(raw):
            key = url_key(url)
            if key in seen:
                problems.add_error(place, f"{shown(url)} is polled already: {seen[key]}")
            seen.setdefault(key, place)


def _addresses(raw: RawTable) -> Iterator[tuple[SettingPlace, str]]:
    for key in KIND_OF:
        value = raw.values.get(key)
        for number, url in enumerate(value if isinstance(value, list | tuple) else ()):
            if isinstance(url, str):
                yield raw.place(key, number), url
    mailbox = raw.values.get("imap")
    if isinstance(mailbox, str):
        with suppress(ValueError):  # it is told already
            yield raw.place("imap"), mailbox_address(mailbox).kept
