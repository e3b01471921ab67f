"""Commands to read: search, extract, serve."""

import asyncio
import os
import socket
import sys
from dataclasses import asdict
from pathlib import Path

import click

from crawler import clock
from scheduler.cli.opened import opened, settings
from scheduler.cli.output import json_option, print_json, printable, time_text
from storage.errors import ConfigError, SeedwatchError
from storage.query import Query, parse_query
from storage.search import Found
from storage.search import search as find
from storage.snippets import Piece, snippet


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
@json_option
def search(words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Search the stored articles, newest first.

    AND OR NOT, "phrase", begin*, NEAR/5, parentheses, and fields such as title:, lang: and source:.
    """
    query: Query = parse_query(" ".join(words))
    for warning in query.warnings:
        click.echo(f"note: {warning}", err=True)
    with opened(synced=False) as (_, connection):
        found = find(connection, query, limit=limit)
    if as_json:
        print_json([_plain(hit) for hit in found])
        return
    if not found:
        click.echo("nothing found")
    for hit in found:
        _print(hit)


@click.command()
@click.argument("item", metavar="(ADDRESS|FILE)")
@click.option("--timezone", help="Zone of dates that state none, such as Asia/Pyongyang.")
@json_option
def extract(item: str, timezone: str | None, as_json: bool) -> None:
    """Show what is read of a page: an address or an HTML file."""
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
            click.echo(f"{name}: {printable(str(value))}")
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


def _print(hit: Found) -> None:
    click.echo(
        f"{click.style(str(hit.id), dim=True)}  {click.style(_marked_title(hit), bold=True)}\n"
        f"    {time_text(hit.published_at, none='undated')} · {hit.source} · {hit.language or '?'} · {hit.url or ''}"
    )
    click.echo(f"    {_styled(snippet(hit.text, hit.spans))}\n")


def _marked_title(hit: Found) -> str:
    return printable(hit.title)


def _styled(pieces: list[Piece]) -> str:
    """The snippet with what was found in colour; between « » where there are no colours."""
    colours = sys.stdout.isatty()
    shown = []
    for piece in pieces:
        text = printable(piece.text).replace("\n", " ")
        if piece.is_hit:
            text = click.style(text, fg="yellow", bold=True) if colours else f"«{text}»"
        shown.append(text)
    return "".join(shown)


def _plain(hit: Found) -> dict[str, object]:
    values = asdict(hit)
    del values["text"], values["spans"]
    pieces = snippet(hit.text, hit.spans)
    marked = "".join(f"«{piece.text}»" if piece.is_hit else piece.text for piece in pieces)
    return {**values, "snippet": marked.replace("\n", " ")}


def _extract_address(address: str, timezone: str | None) -> dict[str, object]:
    from crawler.lookups import LookupTask
    from scheduler.launcher import look_up

    with opened(synced=True) as (config, _):
        (answer,) = asyncio.run(look_up(config.database, LookupTask("articles", (address,), timezone)))
    if answer.article is None:
        raise SeedwatchError(
            f"{address}: no article: {answer.reason}" + (f" ({answer.detail})" if answer.detail else "")
        )
    return asdict(answer.article)


def _extract_file(item: str, timezone: str | None) -> dict[str, object]:
    from crawler.extract import extract_article  # slow to load
    from storage.records import Page, Rejection

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
