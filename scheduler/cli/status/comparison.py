"""The command `coverage`: what was looked at, and how much of what outlets list themselves is held."""

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from sqlite3 import Connection

import click

from crawler import clock
from crawler.discovery.lookups import LookupTask, SourceToList
from crawler.mail.address import is_mailbox
from scheduler.cli.arguments import DAY
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_columns, print_json, printable, secho
from scheduler.cli.progress import ProgressLine
from scheduler.cli.status.coverage import show_coverage
from scheduler.config.access import access_text
from scheduler.config.load import Config
from scheduler.daemon.backfills import first_lists
from scheduler.daemon.child import look_up
from scheduler.health.comparison import compare_listing
from storage.errors import ConfigError
from storage.records.comparisons import MISS_WORDS, ListComparison, SourceListing
from storage.records.sources import FeedKind, Source
from storage.sources import comparisons, sources

# Sources that one child process looks at, beside each other; then the line of progress moves on.
_TOGETHER = 8
# Misses that are shown by address where one source is asked for.
_SHOWN = 20


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--against",
    type=click.Choice(["sitemap", "archive"]),
    help="Compare what is held with what each outlet lists itself: in its sitemaps, or in its feeds and section pages "
    "with their older pages, too.",
)
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="How many days back.")
@click.option("--since", type=DAY, help="With --against: the first day (UTC), in place of --days.")
@click.option("--until", type=DAY, help="With --against: the last day (UTC); default: yesterday.")
@json_option
def coverage(
    names: tuple[str, ...],
    against: str | None,
    days: int,
    since: date | None,
    until: date | None,
    as_json: bool,
) -> None:
    """Show what was looked at on each day; or, with --against, what of the outlets' own lists was missed, and why.

    NAMES are sources; none means all that are enabled. With --against each outlet is asked for its lists (no pages),
    and the comparison is kept for the source's page. Exit code 1 means that no list of a source could be read.
    """
    if against is None:
        if since or until:
            raise click.UsageError("--since and --until need --against; --days bounds what was looked at")
        show_coverage(days, names, as_json=as_json)
        return
    last = until or clock.now().date() - timedelta(days=1)
    first = since or last - timedelta(days=days - 1)
    if first > last:
        raise ConfigError(f"--since {first} is later than {last}, the last day: no day is meant")
    with opened() as (config, connection):
        chosen = _chosen(connection, names)
        done = list(_compared(config, connection, chosen, against, first, last))
    if as_json:
        print_json([_plain(comparison) for comparison in done])
    else:
        _print(done, names)
    sys.exit(0 if all(comparison.lists for comparison in done) else 1)


def _chosen(connection: Connection, names: Sequence[str]) -> list[Source]:
    """The enabled sources of these names, all without names; raises ConfigError for a name that there is not."""
    enabled = {source.name: source for source in sources.all_sources(connection)}
    for name in names:
        if name not in enabled:
            raise ConfigError(
                f"there is no source {name!r} that is enabled; `seedwatch sources list` shows them"
            )
    if not enabled:
        raise ConfigError("no source is enabled: add one with `seedwatch sources add URL`")
    return [enabled[name] for name in names or enabled]


def _compared(
    config: Config, connection: Connection, chosen: Sequence[Source], against: str, since: date, until: date
) -> Iterator[ListComparison]:
    """The comparison of each source, kept as soon as it is made if a list could be read."""
    asked = [_to_list(connection, source, against, since) for source in chosen]
    bar = ProgressLine("sources")
    access = access_text(config, os.environ)
    for start in range(0, len(asked), _TOGETHER):
        bar.show(start, start / len(asked), ", ".join(one.name for one in asked[start : start + 3]))
        task = LookupTask("listings", (), listings=tuple(asked[start : start + _TOGETHER]))
        listings: list[SourceListing] = asyncio.run(look_up(config.database, task, access))
        order = {one.name: number for number, one in enumerate(asked)}
        for listing in sorted(listings, key=lambda listing: order[listing.source]):
            keys = [page.url_key for page in listing.pages]
            known = comparisons.known_pages(connection, keys)
            comparison = compare_listing(
                listing, known, against=against, since=since, until=until, now=clock.now()
            )
            if comparison.lists:  # an outlet that is down does not take the place of what it once said
                comparisons.save(connection, comparison)
            yield comparison
    bar.clear()


def _to_list(connection: Connection, source: Source, against: str, since: date) -> SourceToList:
    polled = [(feed.url, feed.kind) for feed in sources.feeds_of(connection, [source.name])]
    lists = first_lists(source.home, [(url, kind) for url, kind in polled if not is_mailbox(url)])
    if against == "sitemap":
        lists = tuple(page for page in lists if page.kind in ("robots", FeedKind.SITEMAP))
    return SourceToList(source.name, lists, since, source.timezone, source.link_pattern)


def _plain(comparison: ListComparison) -> dict[str, object]:
    return {
        **asdict(comparison),
        "since": comparison.since.isoformat(),
        "until": comparison.until.isoformat(),
        "listed": comparison.listed,
        "share": comparison.share,
        "reasons": dict(comparison.reasons),
        "misses": [{**asdict(miss), "day": miss.day.isoformat()} for miss in comparison.misses],
    }


def _print(done: Sequence[ListComparison], names: Sequence[str]) -> None:
    first = done[0]
    echo(f"listed by the outlets themselves for {first.since} to {first.until} (UTC):\n")
    print_columns(
        done,
        {
            "source": lambda one: one.source,
            "listed": lambda one: one.listed,
            "kept": lambda one: one.kept,
            "off topic": lambda one: one.off_topic,
            "missed": lambda one: one.missed,
            "read": lambda one: "" if one.share is None else f"{one.share:.0%}",
            "without a day": lambda one: one.undated,
            "missed because": _because,
        },
    )
    if len(names) == 1:
        _print_misses(first)
    for one in done:
        for failure in one.failed[:3]:
            secho(printable(f"{one.source}: a list could not be read: {failure}"), fg="yellow", err=True)
        if one.left:
            secho(f"{one.source}: {one.left} lists were left out, there are too many", fg="yellow", err=True)


def _because(one: ListComparison) -> str:
    if not one.listed:
        if one.lists:
            return "no page is listed for these days"
        return "its lists could not be read" if one.failed else f"it has no {one.against} that could be found"
    return ", ".join(f"{number} {MISS_WORDS[why]}" for why, number in one.reasons)


def _print_misses(one: ListComparison) -> None:
    if not one.misses:
        return
    echo()
    print_columns(
        one.misses[:_SHOWN],
        {
            "day": lambda miss: miss.day,
            "why": lambda miss: MISS_WORDS[miss.why] + (f": {miss.detail}" if miss.detail else ""),
            "missed": lambda miss: miss.url,
        },
    )
    if one.missed > _SHOWN:
        echo(f"… {one.missed - _SHOWN:,} more: --json has {len(one.misses):,} by address")
