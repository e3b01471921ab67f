"""The table of a topic's names by entity, checked. Pure but for the list of time zones."""

import re
from collections.abc import Mapping

from crawler.topics.rules import MAX_ALIAS_TERMS, alias_query, alias_terms
from scheduler.config.tables import Findings, Place, RawTable, shown
from storage.analyser import tokens
from storage.errors import ConfigError, QueryError
from storage.query import parse_query
from storage.records.articles import Topic

Aliases = tuple[tuple[str, tuple[str, ...]], ...]

ALIASES = "aliases"
NAME_CHARACTERS = 100
ALLOWED_NAME = (
    f"a name of 1 to {NAME_CHARACTERS} characters on one line, without quotation marks, such as 'Россия'"
)
ALLOWED = 'a table of names, such as [topic.aliases] with "Russia" = ["Россия", "러시아", "로씨야"] below it'
# What the query language reads as the end of a quoted name.
_MARKS = re.compile('["“”„«»「」『』]')


def aliases_of(raw: RawTable, findings: Findings) -> Aliases:
    """The entities of a ``[topic.aliases]`` with their names, in order; what is not allowed is left out."""
    table = raw.values.get(ALIASES, {})
    if not isinstance(table, Mapping):
        findings.wrong(raw.place(ALIASES), f"{shown(table)} is not allowed; {ALLOWED}")
        return ()
    aliases = tuple(
        (entity, _names(raw, entity, names, findings))
        for entity, names in table.items()
        if _is_name(entity, raw.place(ALIASES, entity), findings)
    )
    return aliases if _is_usable(aliases, raw, findings) else ()


def alias_option(text: str) -> tuple[str, tuple[str, ...]]:
    """An entity with its names, from ``ENTITY=NAME,NAME``.

    Raises:
        ConfigError: it is written otherwise.
    """
    entity, sign, names = text.partition("=")
    found = tuple(name.strip() for name in names.split(",") if name.strip())
    if not sign or not entity.strip() or not found:
        raise ConfigError(
            f"--alias {shown(text)} is not allowed; an entity and its names, as in 'Russia=Россия,러시아'"
        )
    return entity.strip(), found


def _names(raw: RawTable, entity: str, names: object, findings: Findings) -> tuple[str, ...]:
    if not isinstance(names, list):
        findings.wrong(
            raw.place(ALIASES, entity),
            f"{shown(names)} is not allowed; a list, in which each is {ALLOWED_NAME}",
        )
        return ()
    places = [raw.place(ALIASES, entity, number) for number in range(len(names))]
    return tuple(name for name, place in zip(names, places, strict=True) if _is_name(name, place, findings))


def _is_name(name: object, place: Place, findings: Findings) -> bool:
    usable = (
        isinstance(name, str)
        and len(name) <= NAME_CHARACTERS
        and name.isprintable()
        and not _MARKS.search(name)
        and bool(tokens(name, None))
    )
    if not usable:
        findings.wrong(place, f"{shown(name)} is not allowed; {ALLOWED_NAME}")
    return usable


def _is_usable(aliases: Aliases, raw: RawTable, findings: Findings) -> bool:
    """Whether a query can be made of *aliases*; an error if it would be too large, a warning if there is none."""
    if len(aliases) == 1:
        findings.odd(raw.place(ALIASES), "names one entity: a match needs two that stand near each other")
    terms = alias_terms(aliases)
    if terms > MAX_ALIAS_TERMS:
        findings.wrong(
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
        findings.wrong(raw.place(ALIASES), f"their query cannot be read: {error.reason}")
        return False
    return True
