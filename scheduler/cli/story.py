"""The command `story`: who told a story, what was changed in it, how it ended."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from sqlite3 import Connection

import click

from crawler.articles.revisions import word_difference
from crawler.urls import url_key
from scheduler.cli.context import opened
from scheduler.cli.difference_text import difference_lines, wrapped
from scheduler.cli.output import cut_text, date_text, json_option, print_json, printable, time_text
from scheduler.cli.progress import duration
from storage.articles import articles
from storage.articles import stories as stored
from storage.articles.evidence_text import evidence_lines, read_evidence
from storage.articles.stories import Happening, Story, Teller
from storage.errors import ConfigError

# What is shown of the versions of one article, and of the tellers of a story.
_VERSIONS = 10
_TELLERS = 40
# What `_flat` puts in an order of its own; the reason holds the status.
# Room for the mark and the date to the minute.
_INDENT = 20
# Without a terminal, and on a wide one: longer lines are hard to read.
_COLUMNS = 100


@click.command()
@click.argument("article", metavar="(ARTICLE-ID|ADDRESS)")
@click.option("--full", is_flag=True, help="Cut nothing: whole texts, all versions, all outlets.")
@json_option
def story(article: str, full: bool, as_json: bool) -> None:
    """Show the story that an article tells: who had it first, who repeated it and when, what follows it up.

    Then what its outlet changed in the article, word by word: {+came+} and [-went-] where there are no
    colours; and whether it was deleted or came back, with the evidence.
    """
    with opened(synced=False) as (_, connection):
        found = stored.story(connection, find_article(connection, article))
        assert found is not None  # it was found a moment ago
    if as_json:
        print_json(plain_story(found))
    else:
        print_story(found, full=full)


def find_article(connection: Connection, given: str) -> int:
    """The article with this number or address.

    Raises:
        ConfigError: there is none.
    """
    if given.isdecimal() and len(given) < 19:
        row = articles.article(connection, int(given))
        found = int(row["id"]) if row else None
    elif given.startswith(("http://", "https://")):
        found = articles.find(connection, url_key(given))
    else:
        raise ConfigError(
            f"{given!r} is no article: give its number or its address (http://... or https://...)"
        )
    if found is None:
        raise ConfigError(f"there is no article {given}; `seedwatch search` shows the numbers")
    return found


def plain_story(story: Story) -> dict[str, object]:
    """The story for --json, with the word differences of the versions."""
    return {
        "article_id": story.article_id,
        "head_id": story.head_id,
        "told_by": [_plain_teller(teller) for teller in story.tellers],
        "follow_ups": [_plain_teller(teller) for teller in story.follow_ups],
        "versions": [
            {
                **{name: getattr(new, name) for name in ("number", "seen_at", "title", "text", "kind")},
                "silent": new.is_silent,
                "difference": [[piece.kind, piece.text] for piece in word_difference(old.text, new.text)]
                if old
                else None,
            }
            for old, new in zip((None, *story.versions), story.versions, strict=False)
        ],
        "events": [{**asdict(event), "detail": read_evidence(event.detail)} for event in story.events],
    }


def print_story(story: Story, *, full: bool = False) -> None:
    """The story as text that fits the terminal."""
    columns = min(shutil.get_terminal_size((_COLUMNS, 24)).columns, _COLUMNS)
    head = next(teller for teller in story.tellers if teller.telling.article_id == story.head_id)
    _print_wrapped(head.telling.title, columns, bold=True)
    number = len(story.tellers)
    click.echo(f"told by {number} article{'s' * (number > 1)}" if number > 1 else "told by one article alone")
    click.echo()
    _print_tellers(story, story.tellers, columns, full=full)
    if story.follow_ups:
        click.echo("\nfollowed up by:")
        _print_tellers(story, story.follow_ups, columns, full=full)
    _print_versions(story, columns, full=full)
    for event in story.events:
        _print_event(event, columns)
    if (own := _own(story)) and own.state not in {"live", "unknown"} and not story.events:
        click.echo(f"\nit is {own.state}")


def _own(story: Story) -> Teller | None:
    return next((one for one in story.tellers if one.telling.article_id == story.article_id), None)


def _print_tellers(story: Story, tellers: Sequence[Teller], columns: int, *, full: bool) -> None:
    shown = tellers if full else _shown(story, tellers)
    for teller in shown:
        _print_teller(story, teller, columns)
    if len(shown) < len(tellers):
        click.secho(f"  … {len(tellers) - len(shown)} more: --full shows all", dim=True)


def _shown(story: Story, tellers: Sequence[Teller]) -> Sequence[Teller]:
    """The first ones, with the head and the article that was asked for."""
    wanted = {story.head_id, story.article_id}
    return [one for place, one in enumerate(tellers) if place < _TELLERS or one.telling.article_id in wanted]


def _print_teller(story: Story, teller: Teller, columns: int) -> None:
    telling = teller.telling
    mark = "▶" if telling.article_id == story.article_id else " "
    date = date_text(telling.published_at, teller.published_precision)
    if telling.published_at is None:
        date = f"seen {time_text(telling.first_seen_at)}"
    outlet = printable(teller.outlet) + (f" ({teller.country.upper()})" if teller.country else "")
    facts = " · ".join(part for part in (outlet, _relation(story, teller), _state(teller)) if part)
    is_head = telling.article_id == story.head_id
    for number, part in enumerate(wrapped(facts, columns, indent=_INDENT)):
        lead = f"{mark} {date:<{_INDENT - 3}} "
        click.secho(part if number else lead + part[_INDENT:], fg="green" if is_head else None)
    number_text = str(telling.article_id)
    title = cut_text(printable(telling.title), max(columns - _INDENT - 2 - len(number_text), 20))
    click.echo(f"{' ' * _INDENT}{click.style(number_text, dim=True)}  {title}")


def _relation(story: Story, teller: Teller) -> str:
    """What the article is to the head, how much of it, how much later, and why the head counts as first."""
    telling = teller.telling
    if telling.relation is None:
        return "head of the story" if len(story.tellers) > 1 else ""
    parts = [telling.relation.replace("_", " ")]
    if telling.similarity is not None:
        parts.append(f"{telling.similarity:.0%}")
    if telling.lag_s is not None:
        parts.append(_lag(telling.lag_s, teller.published_precision))
    elif telling.first_by:
        parts.append(f"the head is first by {telling.first_by}")
    return ", ".join(parts)


def _lag(lag_s: int, precision: str | None) -> str:
    if precision in {"day", "month", "year"}:
        days = round(abs(lag_s) / 86_400)
        span = f"about {days} day{'s' * (days != 1)}"
    else:
        span = duration(abs(lag_s))
    if lag_s == 0:
        return "at the same time"
    return f"{span} {'later' if lag_s > 0 else 'earlier'}"


def _state(teller: Teller) -> str:
    parts = []
    if teller.revisions:
        parts.append("edited once" if teller.revisions == 1 else f"edited {teller.revisions} times")
    if teller.state not in {"live", "unknown"}:
        parts.append(teller.state)
    return ", ".join(parts)


def _print_versions(story: Story, columns: int, *, full: bool) -> None:
    steps = list(pairwise(story.versions))
    hidden = 0 if full else max(0, len(steps) - _VERSIONS)
    if hidden:
        click.echo(f"\n… {hidden} earlier versions: --full shows all")
    for old, new in steps[hidden:]:
        click.echo()
        flags = ", ".join(filter(None, (new.kind, "silent" if new.is_silent else "")))
        click.secho(f"version {new.number}, seen {time_text(new.seen_at)}", bold=True, nl=False)
        click.echo(f": {flags}" if flags else "")
        if old.title != new.title:
            _print_lines(difference_lines(word_difference(old.title, new.title), columns, full=True))
        _print_lines(difference_lines(word_difference(old.text, new.text), columns, full=full))


def _print_lines(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(line)


def _print_wrapped(text: str, columns: int, *, bold: bool) -> None:
    for line in wrapped(printable(text), columns, indent=0):
        click.secho(line, bold=bold)


def _print_event(event: Happening, columns: int) -> None:
    click.echo()
    colour = {"deleted": "red", "returned": "green"}.get(event.event)
    click.secho(
        f"{event.event.replace('_', ' ')}, noticed {time_text(event.happened_at)}", bold=True, fg=colour
    )
    for line in evidence_lines(event.detail):
        _print_lines(wrapped(printable(line), columns))


def _plain_teller(teller: Teller) -> dict[str, object]:
    values = asdict(teller)
    telling = values.pop("telling")
    return {**telling, **values}
