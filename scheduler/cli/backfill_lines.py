"""What is said of backfills."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from scheduler.cli.output import printable, time_text
from scheduler.daemon.backfills import least_time
from scheduler.wording import counted
from storage.records.backfills import BackfillState
from storage.records.host_records import HostMemory

# What has ended earlier is in the table `backfills`.
_SHOWN = timedelta(days=7)


def print_backfills(
    states: Sequence[BackfillState], hosts: Mapping[str, HostMemory], delay_s: float, now: datetime
) -> None:
    """A line for each backfill that goes on or has ended in the last week."""
    for state in states:
        if state.ended_at is not None and now - state.ended_at > _SHOWN:
            continue
        line = f"{state.source}: its past since {state.since}: {_how(state, hosts, delay_s, now)}"
        click.secho(printable(line), fg="yellow" if state.lists_failed else None)


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
