"""What `crawl --since` does: begins backfills, and follows them to their end where no daemon does it."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from sqlite3 import Connection

import click

from crawler import clock
from crawler.run.opening import load_settings
from scheduler.cli.backfill_lines import backfills_as_json, print_backfills
from scheduler.cli.output import print_json
from scheduler.daemon.backfills import begin_backfills, go_on
from scheduler.daemon.crawl import CrawlReport
from storage.errors import ConfigError
from storage.sources import backfill_states, backfills, hosts


def crawl_past(
    connection: Connection,
    names: Sequence[str],
    since: date,
    crawl: Callable[[], CrawlReport] | None,
    *,
    as_json: bool,
) -> None:
    """Read the past of *names*: by one *crawl* after the other, or, without one, by the daemon that runs.

    Ends the process: exit code 1 means that a crawl did not finish, or a source could not be polled.

    Raises:
        ConfigError: no source is named, the day is in the future, or a source has nothing to begin with.
    """
    now = clock.now()
    if not names:
        raise ConfigError("--since needs a source: name those whose past is to be read")
    if since > now.date():
        raise ConfigError(f"--since {since} is in the future; allowed is a day that has begun")
    begin_backfills(connection, names, since, now)
    if crawl is None:
        click.echo(
            "the daemon reads it whenever nothing newer is to do; `seedwatch status` shows how far it is",
            err=True,
        )
    reports = _crawl_to_end(connection, names, crawl) if crawl else []
    show_past(connection, names, reports, as_json=as_json)
    sys.exit(1 if any(report.has_failures for report in reports) else 0)


def stop_past(connection: Connection, names: Sequence[str], *, as_json: bool) -> None:
    """Have the backfills of *names* rest; without names, all."""
    going_on = [one.source for one in backfill_states.states(connection) if one.state == "running"]
    chosen = [name for name in going_on if not names or name in names]
    for name in chosen:
        backfills.stop(connection, name, clock.now())
    if not chosen:
        click.echo("there is no backfill that goes on", err=True)
    show_past(connection, chosen, [], as_json=as_json)


def show_past(
    connection: Connection, names: Sequence[str], reports: Sequence[CrawlReport], *, as_json: bool
) -> None:
    """Print how far the backfills of *names* are."""
    states = [one for one in backfill_states.states(connection) if one.source in names]
    known = {one.host: one for one in hosts.remembered(connection)}
    delay_s, now = load_settings(connection).delay, clock.now()
    if as_json:
        told = backfills_as_json(states, known, delay_s, now)
        print_json({"backfills": told, "crawls": [asdict(report) for report in reports]})
        return
    for report in reports:
        if report.error:
            click.secho(f"run {report.run_id} {report.state}: {report.error}", fg="red")
    print_backfills(states, known, delay_s, now)


def _crawl_to_end(
    connection: Connection, names: Sequence[str], crawl: Callable[[], CrawlReport]
) -> list[CrawlReport]:
    """One crawl after the other, until nothing can be asked for now, or one is broken off or gets nowhere."""
    reports: list[CrawlReport] = []
    before = None
    while going_on := go_on(backfill_states.states(connection), names, clock.now()):
        if going_on == before:
            break
        before = going_on
        reports.append(crawl())
        if reports[-1].state != "finished":
            break
    return reports
