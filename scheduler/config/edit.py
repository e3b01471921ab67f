"""Edits seedwatch.toml as a person would: comments and order stay, and what does not load is not written.

tomlkit writes the tables; they are cut from the text and put back here, because tomlkit 0.15 brings arrays of tables
that are mixed (a source, a topic, a source) into another order, and counts the comment above a table to the one before.
"""

import contextlib
import errno
import fcntl
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Item

from crawler.mail.address import is_mailbox
from scheduler.config.checks import interval_text, suggestion
from scheduler.config.declarations import ALIASES, Aliases
from scheduler.config.files import stamp_of
from scheduler.config.load import NO_ENVIRONMENT, load_config
from scheduler.config.positions import Extent, entry_extent, key_extents
from scheduler.config.records import Config, SourceSettings
from scheduler.config.settings import Setting, SourceConfig, TopicConfig, settings_of
from scheduler.config.tables import KIND_OF, shown
from storage.errors import ConfigError
from storage.records.topics import Topic
from storage.sources.sources import DeclaredFeed

BYTE_ORDER_MARK = "\ufeff"
# What an editor shows nothing of, or turns the line around by ("Trojan Source", Boucher and Anderson, 2021): C1
# controls, marks of direction, tags and the like. Not the joiners that Persian and Indian scripts are written with.
_HIDDEN = re.compile(
    "[\x80-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\U000e0000-\U000e0fff]"
)


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A file of the settings as it was read, and as it shall be."""

    file: Path
    read: str
    text: str


def add_source(path: Path, added: SourceSettings, environment: Mapping[str, str] = NO_ENVIRONMENT) -> Config:
    """The configuration after a ``[[source]]`` was appended to the file.

    Raises:
        ConfigError: its name or an address is there already, or a value is not allowed; nothing is written.
    """
    return add_sources(path, [added], environment)


def add_sources(
    path: Path, added: Sequence[SourceSettings], environment: Mapping[str, str] = NO_ENVIRONMENT
) -> Config:
    """The configuration after a ``[[source]]`` for each was appended to the file, all or none.

    Raises:
        ConfigError: a name or an address is there already, or a value is not allowed; nothing is written.
    """
    before = load_config(path, environment)
    tables = [_source_values(source) for source in added]
    read = _read(path)
    edit = EditedFile(path, read, _with_tables(read, "source", settings_of(SourceConfig), tables))
    expected = {**_sources(before), **{source.source.name: _as_loaded(source) for source in added}}
    return _write(path, edit, expected, before.topics, environment)


def remove_source(path: Path, name: str, environment: Mapping[str, str] = NO_ENVIRONMENT) -> Config:
    """The configuration after a source was taken out of the file that declares it; comments around it stay.

    Raises:
        ConfigError: there is none of this name, or it is not declared by a ``[[source]]``; nothing is written.
    """
    before = load_config(path, environment)
    file, read, extent = _entry(before, name)
    lines = read.split("\n")
    rest = lines[: extent.first - 1], lines[extent.last :]
    if not "".join(rest[0][-1:]).strip() and not "".join(rest[1][:1]).strip():
        del rest[0][-1:]  # one empty line is enough where the source stood
    expected = {key: declared for key, declared in _sources(before).items() if key != name}
    edit = EditedFile(file, read, "\n".join(rest[0] + rest[1]))
    return _write(path, edit, expected, before.topics, environment)


def rename_source(path: Path, old: str, new: str, environment: Mapping[str, str] = NO_ENVIRONMENT) -> Config:
    """The configuration after a source got another name, in the file that declares it.

    Raises:
        ConfigError: there is none of this name, it is not declared by a ``[[source]]``, or *new* is taken or not
            allowed; nothing is written.
    """
    before = load_config(path, environment)
    file, read, extent = _entry(before, old)

    def change(table: Any) -> None:
        table["name"] = new

    renamed = _sources(before)
    declared = renamed.pop(old)
    renamed[new] = replace(declared, source=replace(declared.source, name=new))
    edit = EditedFile(file, read, _with_changed(read, extent, change))
    return _write(path, edit, renamed, before.topics, environment)


def replace_feed(
    path: Path, name: str, old: str, new: DeclaredFeed, environment: Mapping[str, str] = NO_ENVIRONMENT
) -> Config:
    """The configuration after an address of a source was replaced by another, which may be of another kind.

    Raises:
        ConfigError: the source is not declared by a ``[[source]]`` that has *old*, or *new* is there already; nothing
            is written.
    """
    before = load_config(path, environment)
    file, read, extent = _entry(before, name)
    declared = _sources(before)[name]
    gone = next((feed for feed in declared.feeds if feed.url == old), None)
    if gone is None:
        raise ConfigError(f"has no address {shown(old)}", file=file, key=f"source {shown(name)}")
    key_of = {kind: key for key, kind in KIND_OF.items()}

    def change(table: Any) -> None:
        addresses = table[key_of[gone.kind]]
        if new.kind is gone.kind:
            addresses[addresses.index(old)] = new.url
            return
        addresses.remove(old)
        if not addresses:
            del table[key_of[gone.kind]]
        if key_of[new.kind] in table:
            table[key_of[new.kind]].append(new.url)
        else:
            table[key_of[new.kind]] = _item([new.url])

    if new.kind is gone.kind:
        feeds = tuple(new if feed is gone else feed for feed in declared.feeds)
    else:
        feeds = (*(feed for feed in declared.feeds if feed is not gone), new)
    expected = {**_sources(before), name: _as_loaded(replace(declared, feeds=feeds))}
    edit = EditedFile(file, read, _with_changed(read, extent, change))
    return _write(path, edit, expected, before.topics, environment)


def add_topic(path: Path, added: Topic, environment: Mapping[str, str] = NO_ENVIRONMENT) -> Config:
    """The configuration after a ``[[topic]]`` was appended to the file; seeds are relative to it.

    Raises:
        ConfigError: its name is there already, or a value is not allowed; nothing is written.
    """
    before = load_config(path, environment)
    values = {name: getattr(added, name) for name in (*_names(settings_of(TopicConfig)), ALIASES)}
    read = _read(path)
    edit = EditedFile(path, read, _with_tables(read, "topic", settings_of(TopicConfig), [values]))
    seeds = tuple(str((path.parent / seed).absolute()) for seed in added.seeds)
    return _write(path, edit, _sources(before), (*before.topics, replace(added, seeds=seeds)), environment)


def add_aliases(
    path: Path, topic: str, entity: str, names: Sequence[str], environment: Mapping[str, str] = NO_ENVIRONMENT
) -> Config:
    """The configuration after *names* were added to those of an entity of a topic; what is there is not repeated.

    Raises:
        ConfigError: the topic is not declared in this file, or a name is not allowed; nothing is written.
    """
    before = load_config(path, environment)
    read = _read(path)
    document = tomlkit.parse(read)
    number = next((at for at, one in enumerate(document.get("topic", ())) if one.get("name") == topic), None)
    if number is None:
        raise ConfigError(
            f"does not declare the topic {shown(topic)}: add its names where it stands", file=path
        )
    held = document["topic"][number].get(ALIASES, {})
    own = [str(name) for name in held.get(entity, ())]
    added = [name for name in names if name not in own]
    if not added:
        return before
    edit = EditedFile(path, read, _with_entity(read, number, entity, [*own, *added], is_first=not held))
    changed = [
        replace(one, aliases=_with_names(one.aliases, entity, added)) if one.name == topic else one
        for one in before.topics
    ]
    return _write(path, edit, _sources(before), tuple(changed), environment)


def _with_entity(text: str, number: int, entity: str, names: Sequence[str], *, is_first: bool) -> str:
    """A text in which an entity of a topic has *names*: where it stands, else behind the topic's last key."""
    table = tomlkit.table()
    table.add(entity, _item(list(names)))
    entry = (
        tomlkit.dumps(tomlkit.document().append("names", table)).split("\n", 1)[1].rstrip("\n").split("\n")
    )
    head = ["", f"[topic.{ALIASES}]"] if is_first else []
    line_end = "\r" if "\r\n" in text else ""
    lines = text.split("\n")
    extents = key_extents(text)
    own = extents.get(("topic", number, ALIASES, entity))
    last = max(extent.last for path, extent in extents.items() if path[:2] == ("topic", number))
    first, last = (own.first - 1, own.last) if own else (last, last)
    lines[first:last] = [line + line_end for line in (*head, *entry)]
    return "\n".join(lines)


def _with_names(aliases: Aliases, entity: str, added: Sequence[str]) -> Aliases:
    if entity not in dict(aliases):
        return (*aliases, (entity, tuple(added)))
    return tuple((one, (*names, *added) if one == entity else names) for one, names in aliases)


def _with_changed(text: str, extent: Extent, change: Callable[[Any], None]) -> str:
    """A text after *change* has changed the table of a source in it."""
    lines = text.split("\n")
    table = tomlkit.parse("\n".join(lines[extent.first - 1 : extent.last]) + "\n")
    change(table["source"][0])
    changed = tomlkit.dumps(table).rstrip("\n").split("\n")
    if lines[extent.first - 1].endswith("\r"):
        changed = [line.rstrip("\r") + "\r" for line in changed]
    return "\n".join(lines[: extent.first - 1] + changed + lines[extent.last :])


def _names(settings: Sequence[Setting]) -> list[str]:
    return [setting.name for setting in settings]


def _sources(config: Config) -> dict[str, SourceSettings]:
    return {declared.source.name: declared for declared in config.sources}


def _as_loaded(added: SourceSettings) -> SourceSettings:
    """The source as the file gives it back: addresses by kind."""
    feeds = (feed for kind in KIND_OF.values() for feed in added.feeds if feed.kind is kind)
    return replace(added, feeds=tuple(feeds))


def _entry(config: Config, name: str) -> tuple[Path, str, Extent]:
    """The file of a source's table, its text and the lines of the table."""
    declared = _sources(config).get(name)
    if declared is None or declared.file is None:
        near = suggestion(name, _sources(config))
        raise ConfigError(f"there is no source {shown(name)}" + (f"; {near}" if near else ""))
    text = _read(declared.file)
    if declared.file.suffix.lower() == ".toml":
        entries = tomllib.loads(text.removeprefix(BYTE_ORDER_MARK))["source"]
        number = next(number for number, entry in enumerate(entries) if entry["name"] == name)
        extent = entry_extent(key_extents(text.removeprefix(BYTE_ORDER_MARK)), ("source", number))
        if extent and text.split("\n")[extent.first - 1].removeprefix(BYTE_ORDER_MARK).lstrip().startswith(
            "[["
        ):
            return declared.file, text, extent
    raise ConfigError(
        "is not written as a table [[source]]: edit it by hand",
        file=declared.file,
        line=declared.line,
        key=f"source {shown(name)}",
    )


def _source_values(added: SourceSettings) -> dict[str, object]:
    """The value of each setting of a source, as TOML has it."""
    values: dict[str, object] = {
        "every": interval_text(added.source.every_s) if added.source.every_s else None,
        **{
            key: [feed.url for feed in added.feeds if feed.kind is kind and not is_mailbox(feed.url)]
            for key, kind in KIND_OF.items()
        },
    }
    values["wayback"] = None  # it stands among the feeds
    for name in _names(settings_of(SourceConfig)):
        if name not in values:
            values[name] = getattr(added.access if hasattr(added.access, name) else added.source, name)
    return values


def _with_tables(
    text: str, name: str, settings: Sequence[Setting], entries: Sequence[Mapping[str, object]]
) -> str:
    """A text with more tables at its end, in order of the settings, without those that have their default."""
    if not entries:
        return text
    line_end = "\r\n" if "\r\n" in text else "\n"
    before = text.rstrip("\r\n")
    empty = before in ("", BYTE_ORDER_MARK)
    tables = (line_end * 2).join(
        _table_text(name, settings, values).replace("\n", line_end) for values in entries
    )
    return before + ("" if empty else line_end * 2) + tables + line_end


def _table_text(name: str, settings: Sequence[Setting], values: Mapping[str, object]) -> str:
    table = tomlkit.table()
    for setting in settings:
        value = values[setting.name]
        if value not in (None, [], ()) and value != setting.default:
            table.add(setting.name, _item(value))
    if values.get(ALIASES):
        table.add(ALIASES, _alias_table(values[ALIASES]))
    tables = tomlkit.aot()
    tables.append(table)
    document = tomlkit.document()
    document.add(name, tables)
    return _HIDDEN.sub(_escape, tomlkit.dumps(document).strip("\n"))


def _escape(sign: re.Match[str]) -> str:
    """A character as TOML's basic strings write it; in another string there is none that is hidden, see `_item`."""
    return f"\\U{ord(sign[0]):08x}" if ord(sign[0]) > 0xFFFF else f"\\u{ord(sign[0]):04x}"


def _alias_table(aliases: object) -> Item:
    """The table of a topic's names, an entity a line; it stands behind all other keys of its topic."""
    table = tomlkit.table()
    for entity, names in aliases if isinstance(aliases, tuple) else ():
        array = tomlkit.array()
        array.extend(names)
        table.add(entity, array)
    return table


def _item(value: object) -> Item:
    """A value as a person would write it: lists over lines, texts with quotation marks in single ones."""
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        array.extend(value)
        return array.multiline(len(value) > 1)
    if isinstance(value, str):
        literal = ('"' in value or "\\" in value) and "'" not in value and value.isprintable()
        return tomlkit.string(value, literal=literal)
    return tomlkit.item(value)


def _read(path: Path) -> str:
    """The text with its line ends and byte order mark; it was loaded a moment ago, so it is UTF-8."""
    return path.read_bytes().decode("utf-8")


def _write(
    path: Path,
    edit: EditedFile,
    sources: Mapping[str, SourceSettings],
    topics: Sequence[Topic],
    environment: Mapping[str, str],
) -> Config:
    """What the configuration at *path* says with the new text of a file, which is written.

    Raises:
        ConfigError: it does not load, or says something else than *sources* and *topics*, or the file may not be
            written or was changed by another meanwhile; nothing is written.
    """
    texts = {edit.file.absolute(): edit.text.removeprefix(BYTE_ORDER_MARK)}
    after = load_config(path, environment, texts)
    if _sources(after) != sources or {*after.topics} != {*topics}:
        raise ConfigError(
            "cannot be changed without changing something else: edit it by hand", file=edit.file
        )
    try:
        replace_text(edit)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=edit.file) from error
    return replace(after, stamps=tuple(map(stamp_of, after.files)))


def replace_text(edit: EditedFile) -> None:
    """Write a file so that it has the old or the new text whatever happens; permissions stay, links are followed.

    Raises:
        ConfigError: it does not say what was read any more; nothing is written.
        OSError: it may not be written, or cannot be.
    """
    target = edit.file.resolve()
    status = target.stat()
    # A file can be replaced by whom its folder allows to, and by root always: who made it read-only meant it so.
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "it is read-only")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            with contextlib.suppress(
                PermissionError
            ):  # only root may give files away; then the writer owns it
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
            file.write(edit.text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        with _alone_in(target.parent):
            _demand_unchanged(edit)
            Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _demand_unchanged(edit: EditedFile) -> None:
    if edit.file.read_bytes() != edit.read.encode("utf-8"):
        raise ConfigError("was changed by another meanwhile; nothing was written: try again", file=edit.file)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """While no other seedwatch replaces a file in *folder*; what was renamed in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)
