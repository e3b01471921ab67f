"""From the tables of topics and alerts in a file to records, with every mistake; a secret is never shown."""

import re
from collections.abc import Iterable, Mapping

from crawler.topics.rules import MAX_ALIAS_TERMS, alias_query, alias_terms
from scheduler.config.checks import query_warnings, suggestion
from scheduler.config.masking import masked_channel
from scheduler.config.records import AlertSettings
from scheduler.config.settings import AlertConfig, TopicConfig
from scheduler.config.tables import (
    Problems,
    RawTable,
    SettingPlace,
    check_names,
    checked_table,
    same_fields,
    shown,
)
from storage.analyser import tokens
from storage.errors import ConfigError, QueryError
from storage.query import parse_query
from storage.records.alerts import AlertRule
from storage.records.topics import Topic

Aliases = tuple[tuple[str, tuple[str, ...]], ...]

ALIASES = "aliases"
NAME_CHARACTERS = 100
ALLOWED_NAME = (
    f"a name of 1 to {NAME_CHARACTERS} characters on one line, without quotation marks, such as 'Россия'"
)
ALLOWED = 'a table of names, such as [topic.aliases] with "Russia" = ["Россия", "러시아", "로씨야"] below it'
# What the query language reads as the end of a quoted name.
_MARKS = re.compile('["“”„«»「」『』]')
# Where the address of the channel may stand.
_PLACES = ("url", "url_env", "url_file")


def aliases_of(raw: RawTable, problems: Problems) -> Aliases:
    """The entities of a ``[topic.aliases]`` with their names, in order; what is not allowed is left out."""
    table = raw.values.get(ALIASES, {})
    if not isinstance(table, Mapping):
        problems.add_error(raw.place(ALIASES), f"{shown(table)} is not allowed; {ALLOWED}")
        return ()
    aliases = tuple(
        (entity, _names(raw, entity, names, problems))
        for entity, names in table.items()
        if _is_name(entity, raw.place(ALIASES, entity), problems)
    )
    return aliases if _is_usable(aliases, raw, problems) else ()


def alias_option(text: str) -> tuple[str, tuple[str, ...]]:
    """An entity with its names, from ``ENTITY=NAME,NAME``.

    Raises:
        ConfigError: it is written otherwise.
    """
    entity, sign, names = text.partition("=")
    given = tuple(name.strip() for name in names.split(",") if name.strip())
    if not sign or not entity.strip() or not given:
        raise ConfigError(
            f"--alias {shown(text)} is not allowed; an entity and its names, as in 'Russia=Россия,러시아'"
        )
    return entity.strip(), given


def _names(raw: RawTable, entity: str, names: object, problems: Problems) -> tuple[str, ...]:
    if not isinstance(names, list):
        problems.add_error(
            raw.place(ALIASES, entity),
            f"{shown(names)} is not allowed; a list, in which each is {ALLOWED_NAME}",
        )
        return ()
    places = [raw.place(ALIASES, entity, number) for number in range(len(names))]
    return tuple(name for name, place in zip(names, places, strict=True) if _is_name(name, place, problems))


def _is_name(name: object, place: SettingPlace, problems: Problems) -> bool:
    usable = (
        isinstance(name, str)
        and len(name) <= NAME_CHARACTERS
        and name.isprintable()
        and not _MARKS.search(name)
        and bool(tokens(name, None))
    )
    if not usable:
        problems.add_error(place, f"{shown(name)} is not allowed; {ALLOWED_NAME}")
    return usable


def _is_usable(aliases: Aliases, raw: RawTable, problems: Problems) -> bool:
    """Whether a query can be made of *aliases*; an error if it would be too large, a warning if there is none."""
    if len(aliases) == 1:
        problems.add_warning(
            raw.place(ALIASES), "names one entity: a match needs two that stand near each other"
        )
    terms = alias_terms(aliases)
    if terms > MAX_ALIAS_TERMS:
        problems.add_error(
            raw.place(ALIASES),
            f"{len(aliases)} entities with all their names make a query of {terms} names; at most {MAX_ALIAS_TERMS} "
            "are allowed: leave out entities or names",
        )
        return False
    query = alias_query(Topic("", aliases=aliases))
    try:
        if query:
            parse_query(query)
    except QueryError as error:  # what the bounds above do not know of
        problems.add_error(raw.place(ALIASES), f"their query cannot be read: {error.reason}")
        return False
    return True


def alerts_of(
    main: RawTable, topics: Iterable[RawTable], environment: Mapping[str, str], problems: Problems
) -> tuple[AlertSettings, ...]:
    """The alerts that seedwatch.toml declares, in order; *topics* are those that they may name."""
    raws = list(main.tables("alert", problems))
    check_names(raws, problems)
    names = tuple(name for raw in topics if isinstance(name := raw.values.get("name"), str))
    return tuple(_alert_of(raw, names, environment, problems) for raw in raws)


def _alert_of(
    raw: RawTable, topics: tuple[str, ...], environment: Mapping[str, str], problems: Problems
) -> AlertSettings:
    table = checked_table(AlertConfig, raw, problems)
    for number, name in enumerate(table.topics):
        if name not in topics:
            near = suggestion(name, topics)
            problems.add_error(
                raw.place("topics", number), f"there is no topic {shown(name)}{f'; {near}' if near else ''}"
            )
    if not table.kinds:
        problems.add_error(raw.place("kinds"), "is empty: name 'match', 'health' or both")
    _check_places(raw, table, environment, problems)
    file = raw.file.parent / table.url_file if table.url_file else None
    rule = AlertRule(channel=_channel(table), **same_fields(table, AlertRule))
    return AlertSettings(rule, table.url, table.url_env, file.absolute() if file else None)


def _check_places(
    raw: RawTable, table: AlertConfig, environment: Mapping[str, str], problems: Problems
) -> None:
    given = [key for key in _PLACES if key in raw.values]
    if len(given) != 1:
        problem = f"has {' and '.join(given)}" if given else "has no channel"
        problems.add_error(raw.place(), f"{problem}: give one of {', '.join(_PLACES)}")
    elif table.url_env and not environment.get(table.url_env):
        problems.add_warning(
            raw.place("url_env"), f"{table.url_env} is not set here; the daemon needs it to send alerts"
        )
    elif table.url_file and not (raw.file.parent / table.url_file).is_file():
        problems.add_warning(
            raw.place("url_file"), f"'{table.url_file}' is no file; the daemon needs it to send alerts"
        )


def _channel(table: AlertConfig) -> str:
    """The channel as it may be shown."""
    if table.url:
        return masked_channel(table.url)
    return f"from {table.url_env or table.url_file}"


def topic_of(raw: RawTable, problems: Problems) -> Topic:
    """The topic that a table declares, seeds as they are written; a wrong name is empty."""
    table = checked_table(TopicConfig, raw, problems, others=(ALIASES,))
    if not any(raw.values.get(key) for key in ("seeds", "any", ALIASES)):
        problems.add_warning(
            raw.place(),
            "has no seeds, any or aliases: it matches by the articles that `seeds import` or `topics promote` made "
            "its seeds, and by nothing before",
        )
    for key in ("any", "require", "exclude"):
        for warning in query_warnings(getattr(table, key)):
            problems.add_warning(raw.place(key), warning)
    return Topic(**same_fields(table, Topic), aliases=aliases_of(raw, problems))
