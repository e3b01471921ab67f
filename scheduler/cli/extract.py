"""The command `extract`: what is read of a page."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from crawler import clock
from scheduler.cli.arguments import check_address, check_timezone
from scheduler.cli.context import opened
from scheduler.cli.output import date_text, echo, json_option, print_json, printable
from storage.errors import ConfigError, SeedwatchError


@click.command()
@click.argument("item", metavar="(ADDRESS|FILE)")
@click.option("--timezone", help="Zone of dates that state none, such as Asia/Pyongyang.")
@json_option
def extract(item: str, timezone: str | None, as_json: bool) -> None:
    """Show what is read of a page: an address or an HTML file."""
    check_timezone(timezone)
    article = (
        _extract_address(item, timezone)
        if item.startswith(("http://", "https://"))
        else _extract_file(item, timezone)
    )
    if as_json:
        print_json(article)
        return
    text = article.pop("text", "")
    for name, value in article.items():
        if value not in (None, "", [], ()):
            echo(f"{name}: {printable(_readable(value))}")
    if text:
        echo(f"\n{printable(str(text))}")


def _readable(value: object) -> str:
    """A field of an article in one line: names joined, a date with how it was stated."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        date = date_text(value["at"], value["precision"])
        zone = f", {value['zone']} was assumed" if value["zone"] else ""
        day_only = value["precision"] in ("year", "month", "day")
        return f"{date}{'' if day_only else ' UTC'} (from {value['rule']}: {value['raw']}{zone})"
    return str(value)


def _extract_address(address: str, timezone: str | None) -> dict[str, object]:
    from crawler.discovery.lookups import LookupTask
    from scheduler.daemon.child import look_up

    check_address(address)
    with opened(synced=True) as (config, _):
        (answer,) = asyncio.run(look_up(config.database, LookupTask("articles", (address,), timezone)))
    if answer.article is None:
        raise SeedwatchError(
            f"{address}: no article: {answer.reason}" + (f" ({answer.detail})" if answer.detail else "")
        )
    return asdict(answer.article)


def _extract_file(item: str, timezone: str | None) -> dict[str, object]:
    from crawler.pages.extract import extract_article  # slow to load
    from storage.records.articles import Page, Rejection

    try:
        body = Path(item).read_bytes()
    except OSError as error:
        raise ConfigError(f"{item}: {error.strerror}") from error
    page = Page(url="http://file.invalid/", body=body, content_type="text/html", fetched_at=clock.now())
    article = extract_article(page, None, timezone=timezone, language=None)
    if isinstance(article, Rejection):
        raise SeedwatchError(
            f"{item}: no article: {article.reason}" + (f" ({article.detail})" if article.detail else "")
        )
    return {name: value for name, value in asdict(article).items() if name != "url"}
