"""The commands `searches`: queries under a name, and what is new in each."""

import os
import shlex

import click

from crawler import clock
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_columns, print_json, time_text
from scheduler.cli.search import note, plain_hit, print_hit
from scheduler.judging.searches import NameTakenError, follow_search, save_search, saved_search
from storage.errors import ConfigError
from storage.query import parse_query, reading_notes
from storage.search import saved_searches
from storage.search.index import NewCount, Order, look_up
from storage.search.new_finds import SearchState, search_states
from storage.search.saved_searches import COMMAND_LINE

# A second or two: who asks at the command line wants figures.
_CHECKED = 2_000
_NO_SEARCHES = "no search is saved yet: `seedwatch searches add NAME QUERY` saves one"


@click.group()
def searches() -> None:
    """Save searches under a name, and see what is new in each."""


@searches.command("list")
@json_option
def list_searches(as_json: bool) -> None:
    """List the saved searches with what is new since `searches show` showed them last."""
    with opened(synced=False) as (_, connection):
        saved = saved_searches.all_saved(connection)
        states = search_states(connection, saved, COMMAND_LINE, checked=_CHECKED)
    if as_json:
        print_json([_plain(state) for state in states])
    elif not states:
        echo(_NO_SEARCHES)
    else:
        print_columns(
            states,
            {
                "search": lambda state: state.search.name,
                "new": lambda state: new_text(state.new),
                "looked at": lambda state: time_text(state.look.looked_at),
                "saved by": lambda state: state.search.saved_by or "",
                "query": lambda state: state.search.query,
            },
        )


@searches.command()
@click.argument("name")
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@click.option("--replace", is_flag=True, help="Take the place of the search that has this name.")
def add(name: str, words: tuple[str, ...], replace: bool) -> None:
    """Save QUERY, as `search` takes it with all its fields, under NAME."""
    typed = " ".join(words)
    note(*reading_notes(parse_query(typed)))
    with opened(synced=False) as (_, connection):
        try:
            saved = save_search(connection, name, typed, clock.now(), by=None, is_replacing=replace)
        except NameTakenError as error:
            raise ConfigError(f"{error}; --replace puts this in its place") from error
    echo(f"saved; `seedwatch searches show {shlex.quote(saved.name)}` shows what it finds")


@searches.command()
@click.argument("name")
@click.option("--all", "with_seen", is_flag=True, help="Show what was seen before, too.")
@click.option("--keep", is_flag=True, help="Do not count it as looked at.")
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
@json_option
def show(name: str, with_seen: bool, keep: bool, limit: int, as_json: bool) -> None:
    """Show what a saved search finds of what came since it was last shown, the latest first."""
    with opened(synced=False) as (_, connection):
        search = saved_search(connection, name)
        newest = saved_searches.newest_article(connection)
        behind = 0 if with_seen else saved_searches.look_of(connection, search, COMMAND_LINE).seen_until
        findings = look_up(
            connection, parse_query(search.query), limit=limit + 1, order=Order.ARRIVAL, newer_than=behind
        )
        is_whole = len(findings.found) <= limit
        if is_whole and not keep:
            saved_searches.note_look(connection, search.id, COMMAND_LINE, newest, clock.now())
    note(*findings.warnings)
    shown = findings.found[:limit]
    if as_json:
        print_json([plain_hit(hit) for hit in shown])
    elif not shown:
        echo("nothing found" if with_seen else "nothing new; --all shows what was seen before")
    else:
        for hit in shown:
            print_hit(hit)
    if not is_whole and not keep:
        note(f"there are more than {limit}, so none counts as looked at: -n shows more")


@searches.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a saved search; what it found stays stored."""
    with opened(synced=False) as (_, connection):
        search = saved_search(connection, name)
        saved_searches.remove(connection, search.name)
    echo(f"removed {search.name}, which was for: {search.query}")


@searches.command()
@click.argument("name")
@click.option("--topic", help="The topic's name in a-z, 0-9 and -; default: made of NAME.")
def follow(name: str, topic: str | None) -> None:
    """Add a topic to seedwatch.toml that matches what a saved search finds; the search stays, too."""
    with opened(synced=False) as (config, connection):
        topic, _ = follow_search(config.path, saved_search(connection, name), topic, os.environ)
    echo(f"added the topic {topic} to {config.path}; new articles are held against it from the next crawl on")
    echo(f"`seedwatch rematch {topic}` applies it to what is held already")


def new_text(new: NewCount | None) -> str:
    """How many are new, for people."""
    return "cannot be read" if new is None else f"{new.number}{'+' * new.is_more}"


def _plain(state: SearchState) -> dict[str, object]:
    return {
        "name": state.search.name,
        "query": state.search.query,
        "new": state.new and state.new.number,
        "is_more": state.new and state.new.is_more,
        "looked_at": state.look.looked_at,
        "saved_at": state.search.saved_at,
        "saved_by": state.search.saved_by,
    }
