"""The command `prune`: articles, kept pages or held texts removed for good."""

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from sqlite3 import Connection

import click

from crawler import clock
from crawler.holdings.remove import remove
from scheduler.cli.arguments import ARTICLE_ID, DAY
from scheduler.cli.context import opened
from scheduler.cli.export_articles import check_choice
from scheduler.cli.output import echo, json_option, print_json, print_table
from scheduler.cli.progress import ProgressLine, still_working
from scheduler.health.history import fold_history
from storage import meta
from storage.articles import pruning
from storage.articles.choices import Choice
from storage.articles.pruning import Going
from storage.errors import ConfigError
from storage.health.history import foldable

# Articles whose pages are removed in one transaction.
_PAGE_BATCH = 100
_SOURCES_SHOWN = 15
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@click.command()
@click.argument("ids", nargs=-1, type=ARTICLE_ID, metavar="[ARTICLE-ID]...")
@click.option("--before", type=DAY, help="Published before this day (UTC).")
@click.option("--source", "sources", multiple=True, help="Of this source; may be repeated.")
@click.option("--topic", "topics", multiple=True, help="That match this topic; may be repeated.")
@click.option("--without-match", is_flag=True, help="That match no topic.")
@click.option(
    "--pages", is_flag=True, help="Remove only the kept pages of these articles; the articles stay."
)
@click.option("--off-topic", is_flag=True, help="Remove held texts of off-topic pages, no articles.")
@click.option(
    "--history",
    is_flag=True,
    help="Fold polls, runs and second looks older than keep_history_days into days.",
)
@click.option("--yes", is_flag=True, help="Do it. Without this it is only shown, and asked on a terminal.")
@click.option("--vacuum", is_flag=True, help="Afterwards make the file smaller; may be given alone.")
@json_option
def prune(
    ids: tuple[int, ...],
    before: date | None,
    sources: tuple[str, ...],
    topics: tuple[str, ...],
    without_match: bool,
    pages: bool,
    off_topic: bool,
    history: bool,
    yes: bool,
    vacuum: bool,
    as_json: bool,
) -> None:
    """Show what would be removed, and with --yes remove it for good: articles that meet all that is asked.

    With an article go its text, versions, matches, relations and kept pages; its address is not fetched
    again. A story whose head goes gets another. Seeds, and articles that were judged, starred, noted or
    tagged, stay unless they are named by number. Without a date the day counts on which an article was first seen. The
    daemon folds old polls by itself, some each hour; --history does it at once.
    """
    choice = Choice(
        topics, sources, None, before and before - timedelta(days=1), None, None, without_match, ids
    )
    if history:
        if not choice.is_all or pages or off_topic or vacuum:
            raise click.UsageError("--history goes with --yes alone")
        _fold(yes=yes, as_json=as_json)
        return
    _check_usage(choice, pages=pages, off_topic=off_topic, vacuum=vacuum)
    with opened(synced=False) as (_, connection):
        check_choice(connection, choice)
        if choice.is_all and not (pages or off_topic):
            removed, going = True, None  # only to make the file smaller
        else:
            with still_working("counting what would go"):
                going = _going(connection, choice, pages=pages, off_topic=off_topic)
            if not as_json:
                _print_going(going)
            removed = not going.is_empty and (yes or _is_agreed("Remove them for good?", as_json=as_json))
            if removed:
                _remove(connection, choice, pages=pages, off_topic=off_topic)
        if removed and vacuum:
            pruning.vacuum(connection)
        free = pruning.free_bytes(connection)
    if as_json:
        print_json(_plain(going, removed=removed, free=free))
    else:
        _print_end(going, removed=removed, free=free, was_vacuumed=removed and vacuum)


def _fold(*, yes: bool, as_json: bool) -> None:
    """Fold what is old into days, or show how much that is."""
    with opened() as (_, connection):
        now, keep_days = clock.now(), meta.get(connection, meta.KEEP_HISTORY_DAYS)
        before = now.date() - timedelta(days=keep_days)
        rows = [(table, number) for table, number in foldable(connection, before) if number]
        if not as_json:
            print_table([f"rows before {before}", "number"], rows) if rows else echo(
                "nothing is to be folded"
            )
        is_done = bool(rows) and (yes or _is_agreed("Fold them into days?", as_json=as_json))
        if is_done:
            bar = ProgressLine("rows")
            fold_history(connection, now, keep_days, on_rows=lambda number: bar.show(number, None))
            bar.clear()
    if as_json:
        print_json({"folded": is_done, "before": before.isoformat(), "tables": dict(rows)})
    elif rows:
        echo("folded" if is_done else "nothing was folded: --yes does it", err=True)


def _check_usage(choice: Choice, *, pages: bool, off_topic: bool, vacuum: bool) -> None:
    if pages and off_topic:
        raise click.UsageError("--pages and --off-topic are two things; prune one after the other")
    if off_topic and (choice.ids or choice.topics or choice.without_match):
        raise click.UsageError(
            "held texts are no articles: --off-topic goes with --before and --source alone"
        )
    if choice.is_all and not (pages or off_topic or vacuum):
        raise click.UsageError(
            "say what to remove: article numbers, --before, --source, --topic, --without-match, --pages or --off-topic"
        )


def _going(connection: Connection, choice: Choice, *, pages: bool, off_topic: bool) -> Going:
    if off_topic:
        return pruning.held_going(connection, choice.sources, choice.until)
    if pages:
        return pruning.pages_going(connection, choice)
    going = pruning.articles_going(connection, choice)
    missing = len(set(choice.ids)) - dict(going.tables).get("articles", 0)
    if choice.ids and missing and len(choice.ids) == missing:
        raise ConfigError(f"there is no such article: {', '.join(map(str, choice.ids))}")
    return going


def _remove(connection: Connection, choice: Choice, *, pages: bool, off_topic: bool) -> None:
    if off_topic:
        pruning.remove_held(connection, choice.sources, choice.until)
        return
    bar = ProgressLine("articles")
    for gone in _page_removals(connection, choice) if pages else remove(connection, choice):
        bar.show(gone, None)
    bar.clear()


def _page_removals(connection: Connection, choice: Choice) -> Iterator[int]:
    gone = 0
    while number := pruning.remove_pages(connection, choice, _PAGE_BATCH):
        gone += number
        yield gone


def _is_agreed(question: str, *, as_json: bool) -> bool:
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return click.confirm(question, default=False)


def _print_going(going: Going) -> None:
    if going.is_empty:
        echo("nothing is to be removed")
    else:
        print_table(["table", "rows that go"], going.tables)
        echo()
        shown = going.sources[:_SOURCES_SHOWN]
        print_table(["source", "number"], shown)
        if len(shown) < len(going.sources):
            rest = sum(number for _, number in going.sources[_SOURCES_SHOWN:])
            echo(f"… and {len(going.sources) - len(shown)} more sources with {rest:,}")
        echo(f"\nabout {size_text(going.bytes)} of texts and pages, and what the index holds of them")
    if going.spared:
        echo(
            f"{going.spared:,} are spared, for they are seeds, or were judged, starred, noted or tagged; "
            "name them by number to remove them"
        )


def _print_end(going: Going | None, *, removed: bool, free: int, was_vacuumed: bool) -> None:
    if going is not None and going.is_empty:
        return
    if not removed:
        echo("nothing was removed: --yes does it (`seedwatch backup` first, if in doubt)", err=True)
        return
    if going is not None:
        echo("removed", err=True)
    if was_vacuumed:
        echo("the file has no free room any more", err=True)
    elif free:
        echo(
            f"the file keeps its size and has {size_text(free)} of free room, which new articles take first; "
            "`seedwatch prune --vacuum` gives it back to the disk",
            err=True,
        )


def _plain(going: Going | None, *, removed: bool, free: int) -> dict[str, object]:
    return {
        "removed": removed and going is not None,
        "tables": dict(going.tables) if going else {},
        "sources": dict(going.sources) if going else {},
        "bytes": going.bytes if going else 0,
        "spared": going.spared if going else 0,
        "free_bytes": free,
    }


def size_text(size: float) -> str:
    """A size in bytes as people read it, in powers of 1000."""
    for unit in _UNITS[:-1]:
        if size < 1_000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1_000
    return f"{size:.1f} {_UNITS[-1]}"
