"""What `crawl --since` does: begins backfills, and follows them to their end where no daemon does it."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from sqlite3 import Connection
from typing import Any

from crawler import clock
from crawler.run.opening import load_settings
from scheduler.cli.output import echo, print_json, printable, secho, time_text
from scheduler.daemon.backfills import begin_backfills, go_on, least_time
from scheduler.daemon.crawl import CrawlReport
from scheduler.wording import counted
from storage.errors import ConfigError
from storage.records.backfills import BackfillState
from storage.records.sources import HostMemory
from storage.sources import backfill_states, backfills, hosts

# What has ended earlier is in the table `backfills`.
_SHOWN = timedelta(days=7)


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
        echo(
            "the daemon reads it whenever nothing newer is to do; `seedwatch status` shows how far it is",
            err=True,
        )
    reports = _crawl_to_end(connection, names, crawl) if crawl else []
    show_past(connection, names, reports, as_json=as_json)
    sys.exit(1 if any(report.has_failures for report in reports) else 0)


def stop_past(connection: Connection, names: Sequence[str], *, as_json: bool) -> None:
    """Have the backfills of *names* rest; without names, all."""
    going_on = [state.source for state in backfill_states.states(connection) if state.state == "running"]
    chosen = [name for name in going_on if not names or name in names]
    for name in chosen:
        backfills.stop(connection, name, clock.now())
    if not chosen:
        echo("there is no backfill that goes on", err=True)
    show_past(connection, chosen, [], as_json=as_json)


def show_past(
    connection: Connection, names: Sequence[str], reports: Sequence[CrawlReport], *, as_json: bool
) -> None:
    """Print how far the backfills of *names* are."""
    states = [state for state in backfill_states.states(connection) if state.source in names]
    known = {host.host: host for host in hosts.remembered(connection)}
    delay_s, now = load_settings(connection).delay, clock.now()
    if as_json:
        told = backfills_as_json(states, known, delay_s, now)
        print_json({"backfills": told, "crawls": [asdict(report) for report in reports]})
        return
    for report in reports:
        if report.error:
            secho(f"run {report.run_id} {report.state}: {report.error}", fg="red")
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


def print_backfills(
    states: Sequence[BackfillState], hosts: Mapping[str, HostMemory], delay_s: float, now: datetime
) -> None:
    """A line for each backfill that goes on or has ended in the last week."""
    for state in states:
        if state.ended_at is not None and now - state.ended_at > _SHOWN:
            continue
        line = f"{state.source}: its past since {state.since}: {_how(state, hosts, delay_s, now)}"
        secho(printable(line), fg="yellow" if state.lists_failed else None)


def backfills_as_json(
    states: Sequence[BackfillState], hosts: Mapping[str, HostMemory], delay_s: float, now: datetime
) -> list[dict[str, Any]]:
    """The backfills with the seconds that what is known to wait takes at least."""
    return [
        {
            **asdict(state),
            "since": state.since.isoformat(),
            "least_s": round(least_time(state, hosts, delay_s, now).total_seconds()),
        }
        for state in states
    ]


def _how(state: BackfillState, hosts: Mapping[str, HostMemory], delay_s: float, now: datetime) -> str:
    parts = [
        f"{counted(state.pages_read, 'page')} and {counted(state.lists_read, 'list')} read, "
        f"{counted(state.articles, 'article')} kept"
    ]
    if state.lists_failed:
        parts.append(f"{counted(state.lists_failed, 'list')} could not be read (table `archive_pages`)")
    if state.state == "finished":
        return "; ".join([*parts, f"finished {time_text(state.ended_at)}"])
    if state.pages_waiting or state.lists_waiting:
        waiting = [(state.pages_waiting, "page"), (state.lists_waiting, "list")]
        said = " and ".join(counted(number, noun) for number, noun in waiting if number)
        said += " waits" if state.pages_waiting + state.lists_waiting == 1 else " wait"
        parts.append(said + (f", the newest of {state.reached}" if state.reached else ""))
    if state.state == "stopped":
        again = f"`seedwatch crawl {state.source} --since {state.since}` goes on"
        return "; ".join([*parts, f"stopped {time_text(state.ended_at)}, {again}"])
    if state.next_at is not None and state.next_at > now:
        parts.append(f"goes on at {time_text(state.next_at)}")
    return "; ".join([*parts, f"at least {_span(least_time(state, hosts, delay_s, now))} more"])


def _span(span: timedelta) -> str:
    minutes = max(round(span.total_seconds() / 60), 1)
    if minutes < 120:
        return counted(minutes, "minute")
    hours = round(minutes / 60)
    return counted(hours, "hour") if hours < 72 else counted(round(hours / 24), "day")
