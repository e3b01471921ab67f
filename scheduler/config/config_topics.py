"""From the tables ``[[topic]]`` of a file to topics, with every mistake. Pure but for the list of time zones."""

from scheduler.config.checks import query_warnings
from scheduler.config.declarations import ALIASES, aliases_of
from scheduler.config.settings import TOPIC_SETTINGS
from scheduler.config.tables import Findings, RawTable, checked_values
from storage.records.articles import Topic


def topic_of(raw: RawTable, findings: Findings) -> Topic:
    """The topic that a table declares, seeds as they are written; a wrong name is empty."""
    values = checked_values(TOPIC_SETTINGS, raw, findings, tables=(ALIASES,))
    if not any(raw.values.get(key) for key in ("seeds", "any", ALIASES)):
        findings.odd(
            raw.place(),
            "has no seeds, any or aliases: it matches by the articles that `seeds import` or `topics promote` made "
            "its seeds, and by nothing before",
        )
    for key in ("any", "require", "exclude"):
        for warning in query_warnings(values[key]):
            findings.odd(raw.place(key), warning)
    return Topic(**{**values, "name": values["name"] or "", "aliases": aliases_of(raw, findings)})
