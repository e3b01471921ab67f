"""The command that shows how it goes: status."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import click

from crawler import clock
from scheduler.cli.backfill import print_backfills
from scheduler.cli.context import opened_as_daemon, settings
from scheduler.cli.output import (
    cut_text,
    echo,
    json_option,
    print_columns,
    print_json,
    printable,
    secho,
    time_text,
)
from scheduler.cli.status import facts as status_facts
from scheduler.cli.status.coverage import show_coverage
from scheduler.cli.status.facts import StatusFacts, gather
from scheduler.cli.status.health import (
    print_clock,
    print_clock_trust,
    print_dead,
    print_hosts,
    print_out_of_time,
    print_subscriptions,
    print_unusual,
    print_walls,
)
from scheduler.cli.status.live import show_live
from scheduler.config.access import access_notes, access_problems
from scheduler.wording import counted
from storage import lock
from storage.db import LOG_BYTES
from storage.errors import ConfigError
from storage.health.cluster_signs import cluster_line
from storage.health.gaps import Gap
from storage.health.source_health import PROBLEMS, SourceHealth
from storage.records.polls import SourceCounts

_REDRAW_S = 2.0
# Columns that the table of sources takes with its times in full, a name of usual length and some of an error.
_WIDE = 110
_NAME_COLUMNS = 24


@click.command()
@click.option("--coverage", "with_coverage", is_flag=True, help="What was looked at, by day and source.")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="Of the coverage.")
@click.option("--watch", is_flag=True, help="Draw it anew every 2 seconds, until q or Ctrl-C.")
@json_option
def status(with_coverage: bool, days: int, watch: bool, as_json: bool) -> None:
    """Show how the sources do: last and next poll, last error; the daemon, the latest runs.

    With --coverage instead: how many articles were seen, expected and perhaps lost on each day (UTC), and how much of
    it no look covers, so that "no article" is told from "not looking".

    Exit code 1 means that a source fails, that the latest crawl did, that an alert could not be sent, that changed
    settings were not taken, or that seedwatch itself met an error that it should not.
    """
    if with_coverage:
        show_coverage(days, as_json=as_json)
        return
    if watch:
        watch_status(as_json=as_json)
        return
    facts = _facts()
    if as_json:
        print_json(status_facts.as_json(facts))
    else:
        _print_lines(facts)
        _print_sources(facts.sources, facts.now)
        echo()
        _print_runs(facts)
    sys.exit(0 if facts.is_well else 1)


def watch_status(*, as_json: bool) -> None:
    """Show the status on the terminal, drawn anew all the time.

    Raises:
        ConfigError: there is no terminal, or JSON is wanted.
    """
    if as_json:
        raise ConfigError("--watch is for people; `seedwatch status --json` again and again for a program")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("--watch needs a terminal; `seedwatch status` prints once")
    show_live(_draw, every_s=_REDRAW_S)


def _facts() -> StatusFacts:
    with opened_as_daemon() as (daemon, connection):
        facts = gather(connection, daemon, clock.now())
    try:
        config = settings()
    except ConfigError:  # the facts say so
        return facts
    notes = access_notes(config)
    problems = access_problems(config, os.environ, clock.now())
    undecided = {source.source.name for source in config.sources if source.access.browser == "auto"}
    told = (*notes, *((key.removeprefix("source "), said) for key, said in problems))
    return replace(facts, access=told, undecided=frozenset(undecided))


def _draw() -> None:
    """One page of what goes on, the sources last: of many not all have room."""
    facts = _facts()
    secho(f"seedwatch · {facts.now:%Y-%m-%d %H:%M:%S} UTC · q ends", bold=True)
    _print_lines(facts)
    next_at = min((source.next_due_at for source in facts.sources if source.next_due_at), default=None)
    echo(
        f"{counted(len(facts.sources), 'source')}, {problems_text(facts.sources)}; "
        f"{counted(facts.feeds_due, 'feed')} due, next poll {time_text(next_at, none='not known')}"
    )
    if facts.running is not None:
        secho(_running_line(facts.running), fg="green")
    echo()
    _print_runs(facts)
    echo()
    _print_sources(facts.sources, facts.now)


def problems_text(health: Sequence[SourceHealth]) -> str:
    """How many sources have what problem: "2 unreached, 1 shaky", or "no problems"."""
    numbers = {state: sum(source.state is state for source in health) for state in PROBLEMS}
    return ", ".join(f"{number} {state}" for state, number in numbers.items() if number) or "no problems"


def _running_line(lines: Sequence[SourceCounts]) -> str:
    """What the crawl that goes on has done so far."""
    counts = {
        "polled": sum(line.polled for line in lines),
        "new": sum(line.new for line in lines),
        "matched": sum(line.matched for line in lines),
        "pages failed": sum(line.failed for line in lines),
        "pages waiting": sum(line.waiting for line in lines),
    }
    return "crawling: " + ", ".join(f"{number} {name}" for name, number in counts.items())


def _print_lines(facts: StatusFacts) -> None:
    """What is to be known beside the tables."""
    echo(_daemon_line(facts.daemon))
    _print_cluster(facts)
    if facts.own_outage_since:
        secho(
            f"since {time_text(facts.own_outage_since)} no host could be reached: it looks as if your own network is "
            "down; nothing of it is charged to the sources",
            fg="red",
        )
    if facts.failed_run is not None:
        secho(
            printable(
                f"run {facts.failed_run['id']} failed: {facts.failed_run['error'] or 'no reason is known'}"
            ),
            fg="red",
        )
    for gap in facts.gaps:
        secho(_gap_line(gap), fg="yellow")
    print_clock(facts.server_clock)
    print_clock_trust(facts.clock_trust)
    print_unusual(facts.conditions, facts.alerts)
    print_hosts(list(facts.hosts.values()), facts.now)
    print_dead(facts.dead_feeds)
    print_walls(facts.walled, facts.sources, facts.undecided)
    print_out_of_time(facts.out_of_time)
    for source, note in facts.access:
        secho(printable(f"{source}: {note}" if source else note), fg="yellow")
    print_subscriptions(facts.subscriptions, facts.now)
    print_backfills(facts.backfills, facts.hosts, facts.delay_s, facts.now)
    if facts.log_bytes > LOG_BYTES:
        secho(
            f"the database's log takes {facts.log_bytes / 2**20:.0f} MiB: something has been reading without a pause, "
            "a copy or a program of yours; it shrinks when that ends",
            fg="yellow",
        )
    if facts.config_error:
        secho(f"changed settings were not taken:\n{facts.config_error}", fg="red")


def _print_cluster(facts: StatusFacts) -> None:
    """How the cluster stands, if the work is shared, and what is wrong with it."""
    if facts.cluster is None:
        return
    echo(printable(cluster_line(facts.cluster)))
    for problem in facts.cluster_problems:
        secho(printable(f"cluster: {problem}"), fg="red")


def _print_runs(facts: StatusFacts) -> None:
    print_columns(
        facts.runs,
        {
            "run": lambda line: line["id"],
            "by": lambda line: line["trigger"],
            "state": lambda line: line["state"],
            "started": lambda line: time_text(line["started_at"]),
            "polled": lambda line: line["feeds_polled"],
            "new": lambda line: line["articles_new"],
            "copies": lambda line: line["articles_copy"],
            "off topic": lambda line: line["off_topic"],
            "failed": lambda line: line["links_failed"],
            "waiting": lambda line: line["links_waiting"],
        },
    )


def _daemon_line(daemon: lock.Holder | None) -> str:
    if daemon is None:
        return "daemon: not running"
    return f"daemon: process {daemon.pid} on {daemon.host}" + (f"; {daemon.note}" if daemon.note else "")


def _gap_line(gap: Gap) -> str:
    why = "the daemon did not run" if gap.reason == "off" else "the machine slept, or the daemon stood still"
    return (
        f"not watched from {time_text(gap.began_at)} to {time_text(gap.ended_at)}: {why}; "
        f"{counted(gap.feeds, 'feed')} came due"
    )


def _print_sources(health: Sequence[SourceHealth], now: datetime) -> None:
    if not health:
        echo("no sources yet: add one with `seedwatch sources add URL`")
        return
    print_columns(health, _narrow_columns(now) if _is_narrow() else _WIDE_COLUMNS)


def _is_narrow() -> bool:
    """Whether stdout is a terminal on which a source with its times in full would take two lines."""
    return sys.stdout.isatty() and shutil.get_terminal_size().columns < _WIDE


def _next_poll(source: SourceHealth) -> str:
    return time_text(source.next_due_at, none="at once" if source.enabled else "off")


def _narrow_columns(now: datetime) -> dict[str, Callable[[SourceHealth], object]]:
    """The table of sources for 80 columns: how long ago and in how long, the name cut, the error what is left."""
    return {
        "source": lambda source: cut_text(source.source, _NAME_COLUMNS),
        "state": lambda source: str(source.state),
        "feeds": lambda source: source.feeds,
        "last": lambda source: span_text(now, source.last_polled_at) if source.last_polled_at else "never",
        "next": lambda source: (
            span_text(source.next_due_at, now) if source.next_due_at else _next_poll(source)
        ),
        "last error": lambda source: source.last_error or "",
    }


def span_text(later: datetime, earlier: datetime) -> str:
    """How long it is from *earlier* to *later*, in the largest unit: "now", "12 min", "3 h", "5 d"."""
    seconds = (later - earlier).total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return "now"


_WIDE_COLUMNS: dict[str, Callable[[SourceHealth], object]] = {
    "source": lambda source: source.source,
    "state": lambda source: str(source.state),
    "feeds": lambda source: source.feeds,
    "articles": lambda source: source.articles,
    "last poll": lambda source: time_text(source.last_polled_at),
    "next poll": _next_poll,
    "last error": lambda source: source.last_error or "",
}
