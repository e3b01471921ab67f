"""The one truth for settings: seedwatch.toml, read and checked whole."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from crawler import clock
from scheduler.config.access import access_problems
from scheduler.config.declarations import alerts_of, topic_of
from scheduler.config.files import Replaced, files_of, patterns_of, read_included, read_toml, stamp_of
from scheduler.config.records import Config, SourceSettings
from scheduler.config.settings import (
    TABLES,
    ClusterConfig,
    CrawlConfig,
    FileConfig,
    ServiceConfig,
    WebSubConfig,
)
from scheduler.config.tables import (
    Problems,
    RawTable,
    SettingPlace,
    Table,
    check_addresses,
    check_keys,
    check_names,
    checked_table,
    source_of,
)
from storage.errors import ConfigError
from storage.records.topics import Topic

__all__ = [
    "FILE_NAME",
    "Config",
    "CrawlConfig",
    "SourceSettings",
    "find_config",
    "load_config",
    "load_topics",
    "watched_files",
]

FILE_NAME = "seedwatch.toml"
_TABLES = tuple(head.strip("[]") for head in TABLES if head)
NO_ENVIRONMENT: Mapping[str, str] = {}
NO_TEXTS: Mapping[Path, str] = {}


def find_config(argument: Path | str | None, environment: Mapping[str, str], cwd: Path) -> Path:
    """The file to load: the argument, else SEEDWATCH_CONFIG, else seedwatch.toml in *cwd*; of a folder, the one in it.

    Paths are relative to *cwd*; with ``Path(".")`` messages name the file as briefly as the user does.

    Raises:
        ConfigError: there is no such file.
    """
    given = argument or environment.get("SEEDWATCH_CONFIG") or FILE_NAME
    path = cwd / given
    if path.is_dir():
        path = path / FILE_NAME
    if not path.is_file():
        raise ConfigError(
            f"no such file: {path}. `seedwatch init` writes one; another one is named by --config or SEEDWATCH_CONFIG"
        )
    return path


def load_config(
    path: Path, environment: Mapping[str, str] = NO_ENVIRONMENT, texts: Mapping[Path, str] = NO_TEXTS
) -> Config:
    """The configuration of a file with all that it includes, checked whole.

    SEEDWATCH_DB in *environment* names another database, relative to the current folder. *texts* stand for the
    contents of files, by absolute path, so that a change can be checked before it is written.

    Raises:
        ConfigError: with every mistake, one a line (a query's has its caret on two more).
    """
    problems, replaced, stamp = Problems(path), Replaced(texts), stamp_of(path)
    main = read_toml(path, path, replaced, problems) or RawTable(path, {})
    problems.raise_errors()  # of what is no TOML nothing more can be said
    top = checked_table(FileConfig, main, problems, others=_TABLES)
    crawl = _table("crawl", CrawlConfig, main, problems)
    includes = replace(main, values={"include": top.include})
    included = read_included(includes, path, problems, replaced)
    topic_tables, source_tables = _declarations(main, included, problems)
    config = Config(
        path=path.absolute(),
        database=_database(top.database, path, main, environment, problems),
        crawl=crawl,
        topics=tuple(_with_seeds(topic_of(raw, problems), raw, problems) for raw in topic_tables),
        sources=tuple(source_of(raw, problems) for raw in source_tables),
        alerts=alerts_of(main, topic_tables, environment, problems),
        service=_table("service", ServiceConfig, main, problems),
        websub=_table("websub", WebSubConfig, main, problems),
        cluster=_cluster(path, main, problems),
        files=(path.absolute(), *included),
        patterns=patterns_of(includes, path),
        stamps=(stamp, *map(stamp_of, included)),
    )
    check_names(topic_tables, problems)
    check_names(source_tables, problems)
    check_addresses(source_tables, problems)
    _check_ports(config, main, problems)
    problems.raise_errors()
    _warn(config, main, problems)
    for key, problem in access_problems(config, environment, clock.now()):
        problems.add_warning(SettingPlace(main.file, key=key), problem)
    return replace(config, warnings=tuple(problems.warnings))


def load_topics(path: Path) -> tuple[Topic, ...]:
    """The topics of a file that holds ``[[topic]]`` tables alone, to be tried before they are in the settings.

    Seeds are relative to the file, and absolute paths in the topics.

    Raises:
        ConfigError: with every mistake; there is no topic among them.
    """
    problems, replaced = Problems(path), Replaced(NO_TEXTS)
    main = read_toml(path, path, replaced, problems) or RawTable(path, {})
    problems.raise_errors()
    check_keys(("topic",), main, problems)
    raws = list(main.tables("topic", problems))
    topics = tuple(_with_seeds(topic_of(raw, problems), raw, problems) for raw in raws)
    check_names(raws, problems)
    if not raws:
        problems.add_error(main.place(), "there is no [[topic]] in it")
    problems.raise_errors()
    return topics


def watched_files(config: Config) -> tuple[Path, ...]:
    """The files whose change changes the settings: those that were read, and what a pattern matches by now."""
    return tuple(dict.fromkeys([*config.files, *files_of(config.patterns)]))


def _table(name: str, table: type[Table], main: RawTable, problems: Problems) -> Table:
    """The record of the table ``[name]``; the defaults where it is not there."""
    values = main.values.get(name, {})
    if not isinstance(values, dict):
        problems.add_error(main.place(name), f"is a table with one bracket: [{name}]")
        values = {}
    return checked_table(table, RawTable(main.file, values, (name,), main.extents), problems)


def _cluster(path: Path, main: RawTable, problems: Problems) -> ClusterConfig:
    """The table ``[cluster]``, its file as an absolute path; what is in it is read when it is needed."""
    cluster = _table("cluster", ClusterConfig, main, problems)
    given = [name for name in ("dsn_env", "dsn_file", "dsn") if getattr(cluster, name)]
    if len(given) > 1:
        problems.add_error(main.place("cluster", given[1]), f"is given beside {given[0]}: one says it all")
    if cluster.dsn_file:
        return replace(cluster, dsn_file=str((path.parent / cluster.dsn_file).absolute()))
    return cluster


def _declarations(
    main: RawTable, included: Mapping[Path, Iterable[RawTable]], problems: Problems
) -> tuple[list[RawTable], list[RawTable]]:
    """The tables of topics and of sources, in order of the files."""
    topics = list(main.tables("topic", problems))
    sources = list(main.tables("source", problems))
    for raws in included.values():
        for raw in raws:
            if raw.path:  # a line of a list of sources
                sources.append(raw)
                continue
            check_keys(("topic", "source"), raw, problems)
            topics += raw.tables("topic", problems)
            sources += raw.tables("source", problems)
    return topics, sources


def _database(
    name: str, path: Path, main: RawTable, environment: Mapping[str, str], problems: Problems
) -> Path:
    """The absolute path of the database; its folder must exist, itself not yet."""
    override = environment.get("SEEDWATCH_DB")
    database = Path(override).absolute() if override else (path.parent / name).absolute()
    if database.is_dir():
        problem = f"{database} is a folder"
    elif not database.parent.is_dir():
        problem = f"there is no folder {database.parent}"
    else:
        return database
    if override:
        problems.errors.append(ConfigError(problem, key="SEEDWATCH_DB"))
    else:
        problems.add_error(main.place("database"), problem)
    return database


def _check_ports(config: Config, main: RawTable, problems: Problems) -> None:
    if config.websub.open_port and config.websub.open_port == config.service.metrics_port:
        problems.add_error(
            main.place("websub", "port"), "is that of [service] metrics_port: give one of them another"
        )


def _with_seeds(topic: Topic, raw: RawTable, problems: Problems) -> Topic:
    """The topic with its seeds as absolute paths; they are relative to the file that names them."""
    folder = raw.file.parent
    for number, seed in enumerate(raw.values["seeds"] if topic.seeds else ()):
        if seed in topic.seeds:
            _check_seed((folder / seed).absolute(), raw.place("seeds", number), problems)
    return replace(topic, seeds=tuple(str((folder / seed).absolute()) for seed in topic.seeds))


def _check_seed(path: Path, place: SettingPlace, problems: Problems) -> None:
    if not path.exists():
        problems.add_error(place, f"'{path}' does not exist")
    elif not os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK):
        problems.add_error(place, f"'{path}' may not be read")
    elif path.is_dir() and not _has_files(path):
        problems.add_warning(place, f"'{path}' is empty: put a few articles about the subject into it")


def _has_files(folder: Path) -> bool:
    """Whether there is a file in a folder or below whose name does not start with a dot."""
    return any(not name.startswith(".") for _, _, names in os.walk(folder) for name in names)


def _warn(config: Config, main: RawTable, problems: Problems) -> None:
    """What is allowed, but hardly meant."""
    if not config.crawl.contact:
        problems.add_warning(main.place("crawl", "contact"), "is empty: outlets cannot reach you")
    if not any(declared.source.enabled for declared in config.sources):
        problems.add_warning(main.place(), "no [[source]] is enabled: nothing is crawled")
    if not config.topics:
        problems.add_warning(main.place(), "there is no [[topic]]: nothing matches")
