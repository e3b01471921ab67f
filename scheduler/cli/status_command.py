"""The command that shows how it goes: status."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

import click

from crawler import clock
from crawler.opening import load_settings
from scheduler.cli.backfill_lines import backfills_as_json, print_backfills
from scheduler.cli.coverage_table import print_coverage, verdict
from scheduler.cli.health_lines import (
    print_clock,
    print_dead,
    print_hosts,
    print_subscriptions,
    print_unusual,
)
from scheduler.cli.opened import opened, opened_as_daemon
from scheduler.cli.output import json_option, print_json, print_table, time_text
from scheduler.counted_words import counted
from scheduler.ledger_keeping import keep_ledger
from storage import (
    backfill_states,
    background,
    clock_checks,
    conditions,
    coverage,
    gaps,
    hosts,
    lock,
    matches,
    outbox,
    runs,
    sources,
    subscriptions,
    successors,
)
from storage.gaps import Gap

# Older gaps are in the table of that name.
_GAPS_SHOWN = timedelta(days=7)


@click.command()
@click.option("--coverage", "with_coverage", is_flag=True, help="What was looked at, by day and source.")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="Of the coverage.")
@json_option
def status(with_coverage: bool, days: int, as_json: bool) -> None:
    """Show how the sources do: last and next poll, last error; the daemon, the latest runs.

    With --coverage instead: how many articles were seen, expected and perhaps lost on each day (UTC), and how much of
    it no look covers, so that "no article" is told from "not looking".

    Exit code 1 means that a source fails, that an alert could not be sent, or that changed settings were not taken.
    """
    if with_coverage:
        show_coverage(days, as_json=as_json)
        return
    with opened_as_daemon() as (daemon, connection):
        health = sources.health(connection)
        mistake = runs.fact(connection, "config_error") if daemon else None
        latest = runs.latest(connection)
        matched = {name: found.match for name, found in matches.match_counts(connection).items()}
        sampled = background.sizes(connection)
        unwatched = gaps.gaps_since(connection, clock.now() - _GAPS_SHOWN)
        out_of_order, told = conditions.lasting(connection), outbox.rule_states(connection)
        known_hosts, gone = hosts.remembered(connection), successors.dead(connection, clock.now())
        subscribed = subscriptions.states(connection)
        compared = clock_checks.last(connection)
        past, delay_s = backfill_states.states(connection), load_settings(connection).delay
    memories = {host.host: host for host in known_hosts}
    if as_json:
        print_json(
            {
                "daemon": asdict(daemon) if daemon else None,
                "config_error": mistake,
                "server_clock": asdict(compared) if compared else None,
                "topics": matched,
                "background": sampled,
                "gaps": [asdict(gap) for gap in unwatched],
                "conditions": [asdict(one) for one in out_of_order],
                "alerts": [asdict(rule) for rule in told],
                "hosts": [asdict(host) for host in known_hosts],
                "dead_feeds": [asdict(feed) for feed in gone],
                "subscriptions": [asdict(one) for one in subscribed],
                "backfills": backfills_as_json(past, memories, delay_s, clock.now()),
                "sources": [asdict(source) for source in health],
                "runs": [dict(line) for line in latest],
            }
        )
    else:
        click.echo(_daemon_line(daemon))
        for gap in unwatched:
            click.secho(_gap_line(gap), fg="yellow")
        print_clock(compared)
        print_unusual(out_of_order, told)
        print_hosts(known_hosts, clock.now())
        print_dead(gone)
        print_subscriptions(subscribed, clock.now())
        print_backfills(past, memories, delay_s, clock.now())
        if mistake:
            click.secho(f"changed settings were not taken:\n{mistake}", fg="red")
        _print_health(health)
        click.echo()
        print_table(
            ["run", "by", "state", "started", "polled", "new", "copies", "off topic", "failed", "waiting"],
            [
                (
                    line["id"], line["trigger"], line["state"], time_text(line["started_at"]), line["feeds_polled"],
                    line["articles_new"], line["articles_copy"], line["off_topic"], line["links_failed"],
                    line["links_waiting"],
                )
                for line in latest
            ],
        )  # fmt: skip
    failed = any(source.last_error for source in health) or any(rule.failed for rule in told)
    sys.exit(1 if mistake or failed else 0)


def show_coverage(days: int, *, as_json: bool) -> None:
    """Print the ledger of the last *days*, brought up to date."""
    with opened() as (_, connection):
        now = clock.now()
        keep_ledger(connection, now, days=days)
        lines = coverage.lines(connection, now.date() - timedelta(days=days - 1))
    if as_json:
        print_json(
            [{**asdict(line), "day": line.day.isoformat(), "verdict": verdict(line)} for line in lines]
        )
    else:
        print_coverage(lines, days=days)


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


def _print_health(health: Sequence[sources.SourceHealth]) -> None:
    if not health:
        click.echo("no sources yet: add one with `seedwatch sources add URL`")
        return
    print_table(
        ["source", "feeds", "articles", "last poll", "next poll", "last error"],
        [
            (
                source.source, source.feeds, source.articles, time_text(source.last_polled_at),
                time_text(source.next_due_at, none="at once" if source.enabled else "off"), source.last_error or "",
            )
            for source in health
        ],
    )  # fmt: skip
