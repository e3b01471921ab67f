"""What commands take as arguments, checked before anything is asked of the web or the database."""

from datetime import date, datetime

import click

from scheduler.config import checks
from storage.errors import ConfigError

# Rows are numbered by SQLite, in 63 bits.
ARTICLE_ID = click.IntRange(1, 2**63 - 1)


def check_address(url: str) -> None:
    """Raises ConfigError if *url* is nothing that can be fetched."""
    from crawler.urls import clean_link  # slow to load, and most commands take no address

    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"{url!r} is no address; give one that begins with http:// or https://")
    if clean_link(url, url) is None:
        raise ConfigError(
            f"{url!r} is no address that can be fetched: check host and port; allowed is such as "
            "https://www.example.org/news or http://127.0.0.1:8080/"
        )


def check_timezone(name: str | None) -> None:
    """Raises ConfigError if *name* is no IANA time zone."""
    _check("--timezone", name, checks.check_timezone, "an IANA time zone, such as Asia/Pyongyang")


def check_pattern(pattern: str | None) -> None:
    """Raises ConfigError if *pattern* is no regular expression."""
    _check("--link-pattern", pattern, checks.check_pattern, "a regular expression")


def _check(option: str, value: str | None, check: checks.Check, allowed: str) -> None:
    if value is None:
        return
    try:
        check(value)
    except ConfigError as error:
        reason = f" ({error})" if str(error) else ""
        raise ConfigError(f"{option} {value!r} is not allowed{reason}; allowed is {allowed}") from error


class Day(click.ParamType[date]):
    """A day, YYYY-MM-DD."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that *value* writes."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 # a day has no zone
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-09-14", param, ctx)


DAY = Day()
