"""Commands to read: search, extract, serve."""

import asyncio
import os
import socket
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from crawler import clock
from scheduler.cli.arguments import check_address, check_timezone
from scheduler.cli.context import opened, settings
from scheduler.cli.export_articles import DAY
from scheduler.cli.output import date_text, json_option, print_json, printable
from scheduler.cli.search import show_changes
from scheduler.cli.snippet_text import marked, styled
from storage.errors import ConfigError, SeedwatchError
from storage.query import Query, format_query, parse_query
from storage.search.index import Found, look_up
from storage.search.snippets import snippet

# A query that is read back in a note; a longer one would hide the finds.
_READ_AS_CHARACTERS = 400


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
@click.option(
    "--removed", "side", flag_value="removed", help="Search what outlets took out of their articles."
)
@click.option(
    "--added", "side", flag_value="added", help="Search what outlets put into their articles later."
)
@click.option("--since", type=DAY, help="With --removed or --added: changes seen on this day (UTC) or later.")
@click.option(
    "--until", type=DAY, help="With --removed or --added: changes seen on this day (UTC) or earlier."
)
@json_option
def search(
    words: tuple[str, ...],
    limit: int,
    side: str | None,
    since: date | None,
    until: date | None,
    as_json: bool,
) -> None:
    """Search the stored articles, newest first.

    AND OR NOT, "phrase", begin*, NEAR/5, ONEAR/5, "two words"~5, parentheses, and the fields title: text: section:
    lang: source: domain: country: date:[2026-01 TO 2026-03]. docs/queries.md explains them.
    """
    query = parse_query(" ".join(words))
    _note(*_reading_notes(query))
    if side is not None:
        show_changes(query, side, since=since, until=until, limit=limit, as_json=as_json)
        return
    if since is not None or until is not None:
        raise click.UsageError(
            "--since and --until need --removed or --added; of articles write date:[... TO ...]"
        )
    with opened(synced=False) as (_, connection):
        findings = look_up(connection, query, limit=limit)
    _note(*findings.warnings)
    if as_json:
        print_json([_plain(hit) for hit in findings.found])
        return
    if not findings.found:
        click.echo("nothing found")
    for hit in findings.found:
        _print(hit)


@click.command()
@click.argument("item", metavar="(ADDRESS|FILE)")
@click.option("--timezone", help="Zone of dates that state none, such as Asia/Pyongyang.")
@json_option
def extract(item: str, timezone: str | None, as_json: bool) -> None:
    """Show what is read of a page: an address or an HTML file."""
    check_timezone(timezone)
    found = (
        _extract_address(item, timezone)
        if item.startswith(("http://", "https://"))
        else _extract_file(item, timezone)
    )
    if as_json:
        print_json(found)
        return
    text = found.pop("text", "")
    for name, value in found.items():
        if value not in (None, "", [], ()):
            click.echo(f"{name}: {printable(_readable(value))}")
    if text:
        click.echo(f"\n{printable(str(text))}")


@click.command()
@click.option(
    "-p", "--port", default=8001, show_default=True, help="First port to try; the next free one is taken."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def serve(port: int, host: str) -> None:
    """Open the database in Datasette, until stopped."""
    from storage.datasette.launch import datasette_arguments

    config = settings()
    if not config.database.exists():
        raise ConfigError(f"{config.database}: there is no database yet; `seedwatch crawl` makes it")
    with opened():
        pass  # brings the schema up to date before a reader opens it
    free = free_port(host, port)
    if free != port:
        click.echo(f"port {port} is busy", err=True)
    click.echo(f"http://{host}:{free}/  (Ctrl-C ends it)")
    sys.stdout.flush()
    command = datasette_arguments(config.database, port=free, host=host)
    os.execv(command[0], command)


def free_port(host: str, first: int) -> int:
    """The first free port from *first* on.

    Raises:
        SeedwatchError: none of 100 is free.
    """
    for port in range(first, min(first + 100, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise SeedwatchError(f"no free port from {first} to {first + 99} on {host}")


def _reading_notes(query: Query) -> list[str]:
    """What of *query* was read otherwise than some would expect, and how it was read."""
    read_as = format_query(query)
    shown = [f"read as: {read_as}"] if query.warnings and len(read_as) <= _READ_AS_CHARACTERS else []
    return [*query.warnings, *shown]


def _note(*notes: str) -> None:
    for note in notes:
        click.echo(f"note: {printable(note)}", err=True)


def _print(hit: Found) -> None:
    published = date_text(hit.published_at, hit.published_precision)
    click.echo(f"{click.style(str(hit.id), dim=True)}  {click.style(_marked_title(hit), bold=True)}")
    click.echo(f"    {published} · {hit.source} · {hit.language or '?'} · {hit.url or ''}")
    click.echo(f"    {styled(snippet(hit.text, hit.spans))}\n")


def _marked_title(hit: Found) -> str:
    return printable(hit.title)


def _plain(hit: Found) -> dict[str, object]:
    values = asdict(hit)
    del values["text"], values["spans"]
    return {**values, "snippet": marked(snippet(hit.text, hit.spans))}


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
    found = extract_article(page, None, timezone=timezone, language=None)
    if isinstance(found, Rejection):
        raise SeedwatchError(
            f"{item}: no article: {found.reason}" + (f" ({found.detail})" if found.detail else "")
        )
    return {name: value for name, value in asdict(found).items() if name != "url"}
