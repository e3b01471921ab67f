"""From the tables ``[[alert]]`` of a file to rules, with every mistake; where a secret stands, not what it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from scheduler.config.checks import suggestion
from scheduler.config.masking import masked_channel
from scheduler.config.records import AlertSettings
from scheduler.config.settings import ALERT_SETTINGS
from scheduler.config.tables import Findings, RawTable, check_names, checked_values, shown
from storage.records.alerts import AlertRule

# Where the address of the channel may stand.
_PLACES = ("url", "url_env", "url_file")


def alerts_of(
    main: RawTable, topics: Iterable[RawTable], environment: Mapping[str, str], findings: Findings
) -> tuple[AlertSettings, ...]:
    """The alerts that seedwatch.toml declares, in order; *topics* are those that they may name."""
    raws = list(main.tables("alert", findings))
    check_names(raws, findings)
    names = tuple(name for raw in topics if isinstance(name := raw.values.get("name"), str))
    return tuple(_alert_of(raw, names, environment, findings) for raw in raws)


def _alert_of(
    raw: RawTable, topics: tuple[str, ...], environment: Mapping[str, str], findings: Findings
) -> AlertSettings:
    values = checked_values(ALERT_SETTINGS, raw, findings)
    for number, name in enumerate(values["topics"]):
        if name not in topics:
            near = suggestion(name, topics)
            findings.wrong(
                raw.place("topics", number), f"there is no topic {shown(name)}{f'; {near}' if near else ''}"
            )
    if not values["kinds"]:
        findings.wrong(raw.place("kinds"), "is empty: name 'match', 'health' or both")
    _check_places(raw, values, environment, findings)
    file = raw.file.parent / values["url_file"] if values["url_file"] else None
    rule = AlertRule(
        name=values["name"] or "",
        channel=_channel(values),
        **{key: values[key] for key in ("kinds", "topics", "languages", "review", "digest", "timezone")},
    )
    return AlertSettings(rule, values["url"], values["url_env"], file.absolute() if file else None)


def _check_places(
    raw: RawTable, values: Mapping[str, Any], environment: Mapping[str, str], findings: Findings
) -> None:
    given = [key for key in _PLACES if key in raw.values]
    if len(given) != 1:
        problem = f"has {' and '.join(given)}" if given else "has no channel"
        findings.wrong(raw.place(), f"{problem}: give one of {', '.join(_PLACES)}")
    elif values["url_env"] and not environment.get(values["url_env"]):
        findings.odd(
            raw.place("url_env"), f"{values['url_env']} is not set here; the daemon needs it to send alerts"
        )
    elif values["url_file"] and not (raw.file.parent / values["url_file"]).is_file():
        findings.odd(
            raw.place("url_file"), f"'{values['url_file']}' is no file; the daemon needs it to send alerts"
        )


def _channel(values: Mapping[str, Any]) -> str:
    """The channel as it may be shown."""
    if values["url"]:
        return masked_channel(values["url"])
    return f"from {values['url_env']}" if values["url_env"] else f"from {values['url_file']}"
