"""The command `search`: what is stored, and what outlets added to their articles or removed from them."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta

import click

from scheduler.cli.arguments import DAY
from scheduler.cli.context import opened
from scheduler.cli.output import date_text, echo, json_option, print_json, printable, time_text
from storage.query import Query, parse_query, reading_notes
from storage.search.changes import Change, search_changes
from storage.search.index import Found, Order, look_up
from storage.search.saved_searches import newest_article
from storage.search.snippets import SnippetPiece, snippet


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
@click.option(
    "--by",
    "order",
    type=click.Choice([str(order) for order in Order]),
    default=str(Order.PUBLISHED),
    show_default=True,
    help="What makes an article new: its date, or when it came.",
)
@json_option
def search(
    words: tuple[str, ...],
    limit: int,
    side: str | None,
    since: date | None,
    until: date | None,
    order: str,
    as_json: bool,
) -> None:
    """Search the stored articles, newest first.

    AND OR NOT, "phrase", begin*, NEAR/5, ONEAR/5, "two words"~5, parentheses, and the fields title: text: section:
    lang: source: domain: country: tag: date:[2026-01 TO 2026-03]. docs/queries.md explains them.
    """
    query = parse_query(" ".join(words))
    note(*reading_notes(query))
    if side is not None:
        show_changes(query, side, since=since, until=until, limit=limit, as_json=as_json)
        return
    if since is not None or until is not None:
        raise click.UsageError(
            "--since and --until need --removed or --added; of articles write date:[... TO ...]"
        )
    with opened(synced=False) as (_, connection):
        findings = look_up(connection, query, limit=limit, order=Order(order))
        is_empty = not findings.found and not newest_article(connection)
    note(*findings.warnings)
    if as_json:
        print_json([plain_hit(hit) for hit in findings.found])
        return
    if not findings.found:
        echo("nothing found")
        note(_in_vain(is_empty))
    for hit in findings.found:
        print_hit(hit)


def _in_vain(is_empty: bool) -> str:
    """What may help who found nothing."""
    if is_empty:
        return "no article is stored yet: `seedwatch crawl` or `seedwatch import` brings some"
    return "all words must occur; OR joins alternatives, and * behind a word stands for any ending"


def note(*notes: str) -> None:
    """Print each of *notes* beside what was found."""
    for text in notes:
        echo(f"note: {printable(text)}", err=True)


def print_hit(hit: Found) -> None:
    """Print a find: its number and headline, its facts, the words around what was found."""
    published = date_text(hit.published_at, hit.published_precision)
    echo(f"{click.style(str(hit.id), dim=True)}  {click.style(printable(hit.title), bold=True)}")
    echo(f"    {published} · {hit.source} · {hit.language or '?'} · {hit.url or ''}")
    echo(f"    {styled(snippet(hit.text, hit.spans))}\n")


def plain_hit(hit: Found) -> dict[str, object]:
    """A find for JSON, with the words around what was found in place of its text."""
    values = asdict(hit)
    del values["text"], values["spans"], values["place"], values["source_title"]
    return {**values, "snippet": marked(snippet(hit.text, hit.spans))}


def show_changes(
    query: Query, side: str, *, since: date | None, until: date | None, limit: int, as_json: bool
) -> None:
    """Print what *query* finds in what was "added" or "removed", newest first; both days are included, in UTC."""
    with opened(synced=False) as (_, connection):
        changes = search_changes(
            connection,
            query,
            side=side,
            since=_midnight(since),
            until=_midnight(until + timedelta(days=1)) if until else None,
            limit=limit,
        )
    if as_json:
        print_json([_plain_change(change) for change in changes])
        return
    if not changes:
        echo("nothing found")
    for change in changes:
        _print_change(change)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _print_change(change: Change) -> None:
    number = click.style(str(change.article_id), dim=True)
    echo(f"{number}  {click.style(printable(change.headline), bold=True)}")
    facts = [f"{change.side}, seen {time_text(change.seen_at)}", change.kind]
    facts += ["silent"] * bool(change.is_silent)
    facts += [f"headline was: {printable(change.title)}"] if change.title != change.headline else []
    # Of a sentence that was reworded, what the query asks for may be there as before.
    facts += ["it is still said" if change.side == "removed" else "it was said before"] * change.still_says
    echo(f"    {' · '.join([*facts, change.source, change.url or ''])}")
    echo(f"    {styled(snippet(change.text, change.spans))}\n")


def _plain_change(change: Change) -> dict[str, object]:
    return {
        "article": change.article_id,
        "version": change.number,
        "seen_at": change.seen_at,
        "side": change.side,
        "kind": change.kind,
        "silent": change.is_silent,
        "still_says": change.still_says,
        "headline": change.headline,
        "title": change.title,
        "source": change.source,
        "url": change.url,
        "text": change.text,
        "snippet": marked(snippet(change.text, change.spans)),
    }


def styled(pieces: Sequence[SnippetPiece]) -> str:
    """The snippet with what was found in colour; between « » where there are no colours."""
    colours = sys.stdout.isatty()
    shown = []
    for piece in pieces:
        text = printable(piece.text).replace("\n", " ")
        if piece.is_hit:
            text = click.style(text, fg="yellow", bold=True) if colours else f"«{text}»"
        shown.append(text)
    return "".join(shown)


def marked(pieces: Sequence[SnippetPiece]) -> str:
    """The snippet in one line, with what was found between « »."""
    return "".join(f"«{piece.text}»" if piece.is_hit else piece.text for piece in pieces).replace("\n", " ")
