"""Searching what outlets added to their articles, and what they removed: the part of `search` for changes."""

from datetime import UTC, date, datetime, time, timedelta

import click

from scheduler.cli.context import opened
from scheduler.cli.output import print_json, printable, time_text
from scheduler.cli.snippet_text import marked, styled
from storage.query import Query
from storage.search.changes import Change, search_changes
from storage.search.snippets import snippet


def show_changes(
    query: Query, side: str, *, since: date | None, until: date | None, limit: int, as_json: bool
) -> None:
    """Print what *query* finds in what was "added" or "removed", newest first; both days are included, in UTC."""
    with opened(synced=False) as (_, connection):
        found = search_changes(
            connection,
            query,
            side=side,
            since=_midnight(since),
            until=_midnight(until + timedelta(days=1)) if until else None,
            limit=limit,
        )
    if as_json:
        print_json([_plain(change) for change in found])
        return
    if not found:
        click.echo("nothing found")
    for change in found:
        _print(change)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _print(change: Change) -> None:
    number = click.style(str(change.article_id), dim=True)
    click.echo(f"{number}  {click.style(printable(change.headline), bold=True)}")
    facts = [f"{change.side}, seen {time_text(change.seen_at)}", change.kind]
    facts += ["silent"] * bool(change.is_silent)
    facts += [f"headline was: {printable(change.title)}"] if change.title != change.headline else []
    # Of a sentence that was reworded, what the query asks for may be there as before.
    facts += ["it is still said" if change.side == "removed" else "it was said before"] * change.still_says
    click.echo(f"    {' · '.join([*facts, change.source, change.url or ''])}")
    click.echo(f"    {styled(snippet(change.text, change.spans))}\n")


def _plain(change: Change) -> dict[str, object]:
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
