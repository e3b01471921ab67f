"""Reads seedwatch.toml and the files that it includes, unchecked, into tables with their places."""

import glob
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scheduler.config.positions import key_extents
from scheduler.config.settings import SourceConfig, settings_of
from scheduler.config.tables import Problems, RawTable, SettingPlace
from storage.errors import ConfigError

# A file of settings is written by people; 100,000 sources take about 20 MB.
FILE_BYTES = 32 * 2**20
INCLUDED_FILES = 1_000

LISTS = (".opml", ".csv")
SUFFIXES = (".toml", *LISTS)


@dataclass(frozen=True, slots=True)
class Replaced:
    """Texts that stand for the contents of files, by absolute path: a change that is checked before it is written."""

    texts: Mapping[Path, str]

    def text(self, path: Path, shown: Path, problems: Problems) -> str | None:
        """The text of a file, without a byte order mark; None, and an error, where it cannot be read."""
        own = self.texts.get(path.absolute())
        return own if own is not None else _text(path, shown, problems)


def _text(path: Path, shown: Path, problems: Problems) -> str | None:
    try:
        if path.stat().st_size > FILE_BYTES:
            problems.add_error(SettingPlace(shown), f"is larger than {FILE_BYTES // 2**20} MB")
            return None
        body = path.read_bytes()
    except OSError as error:
        problems.add_error(SettingPlace(shown), f"cannot be read: {error.strerror or error}")
        return None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        problems.add_error(SettingPlace(shown, line), "is not UTF-8: save it in that encoding")
        return None


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time (in nanoseconds) of a file; -1 where there is none."""
    try:
        status = path.stat()
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def read_toml(path: Path, shown: Path, replaced: Replaced, problems: Problems) -> RawTable | None:
    """The whole of a TOML file as a table; None, and an error with line and column, where it is none."""
    text = replaced.text(path, shown, problems)
    if text is None:
        return None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, message = _syntax_place(str(error), text)
        problems.add_error(SettingPlace(shown, line), message)
        return None
    except RecursionError:
        problems.add_error(SettingPlace(shown), "has brackets nested too deeply")
        return None
    return RawTable(shown, values, extents=key_extents(text))


def _syntax_place(message: str, text: str) -> tuple[int, str]:
    """Line and text of what tomllib says; it counts both from 1."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    if match is None:  # "... (at end of document)"
        return text.rstrip("\n").count("\n") + 1, message
    return int(match[2]), f"column {match[3]}: {match[1]}"


def read_included(
    main: RawTable, path: Path, problems: Problems, replaced: Replaced
) -> dict[Path, list[RawTable]]:
    """What each included file declares, by absolute path in order; of a TOML file one table, the whole."""
    tables: dict[Path, list[RawTable]] = {}
    for number, pattern in enumerate(main.values.get("include", ())):
        place = main.place("include", number)
        for name in _matching(pattern, path.parent, place, problems):
            included = (path.parent / name).absolute()
            if included in tables or included == path.absolute():
                continue
            if len(tables) >= INCLUDED_FILES:
                problems.add_error(place, f"more than {INCLUDED_FILES} files")
                return tables
            tables[included] = list(
                _tables(path.parent / name, main.file.parent / name, place, problems, replaced)
            )
    return tables


def patterns_of(main: RawTable, path: Path) -> tuple[str, ...]:
    """The included names that have a *, as absolute patterns."""
    folder = Path(glob.escape(str(path.parent.absolute())))
    return tuple(str(folder / name) for name in main.values.get("include", ()) if glob.has_magic(name))


def files_of(patterns: Iterable[str]) -> list[Path]:
    """The files that match one of the absolute patterns now, sorted."""
    paths = {Path(name) for pattern in patterns for name in glob.iglob(pattern, recursive=True)}  # noqa: PTH207 - as below
    return sorted(path for path in paths if path.is_file())


def _matching(pattern: str, folder: Path, place: SettingPlace, problems: Problems) -> list[str]:
    """Names of files, sorted; a name without * that is no file is an error, a pattern without a file a warning."""
    if not glob.has_magic(pattern):
        if not (folder / pattern).is_file():
            problems.add_error(place, f"'{pattern}' is no file")
            return []
        return [pattern]
    matched = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    names = sorted(name for name in matched if (folder / name).is_file())
    if not names:
        problems.add_warning(place, f"'{pattern}' matches no file")
    return names


def _tables(
    path: Path, shown: Path, place: SettingPlace, problems: Problems, replaced: Replaced
) -> Iterator[RawTable]:
    suffix = path.suffix.lower()
    if suffix == ".toml":
        table = read_toml(path, shown, replaced, problems)
        if table is not None:
            yield table
    elif suffix in LISTS:
        from scheduler.config.source_lists import read_csv, read_opml  # loads lxml, which few settings need

        text = replaced.text(path, shown, problems)
        read = read_csv if suffix == ".csv" else read_opml
        try:
            lines = read(text) if text is not None else []
        except ConfigError as error:
            problems.add_error(SettingPlace(shown, error.line), str(error).removeprefix(f"{error.line}: "))
            return
        for number, line in enumerate(lines):
            yield RawTable(shown, _given(asdict(line)), ("source", number), line=getattr(line, "line", None))
    else:
        problems.add_error(place, f"'{path.name}' is not allowed; a name that ends in {', '.join(SUFFIXES)}")


def _given(line: dict[str, Any]) -> dict[str, Any]:
    """The settings that a line of a list gives."""
    names = {setting.name for setting in settings_of(SourceConfig)}
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in line.items()
        if key in names and value not in ("", None, ())
    }
