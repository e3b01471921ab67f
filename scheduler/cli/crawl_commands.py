"""Commands that crawl, and that show how it goes: crawl, run, status."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from scheduler.cli.coverage_table import print_coverage, verdict
from scheduler.cli.health_lines import print_hosts, print_retired, print_subscriptions, print_unusual
from scheduler.cli.log_option import begin_log, log_json_option, teller
from scheduler.cli.opened import opened, opened_as_daemon, settings
from scheduler.cli.output import (
    clear_progress,
    json_option,
    print_json,
    print_table,
    progress_printer,
    time_text,
)
from scheduler.config import Config
from scheduler.counted_words import counted
from scheduler.jobs import Crawl, CrawlReport, close_dead_runs
from scheduler.ledger_keeping import keep_ledger
from storage import (
    background,
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
)
from storage.errors import ConfigError, SeedwatchError
from storage.gaps import Gap
from storage.intents import SourceCounts

# Older gaps are in the table of that name.
_GAPS_SHOWN = timedelta(days=7)


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--due", is_flag=True, help="Only feeds that are due.")
@log_json_option
@json_option
def crawl(names: tuple[str, ...], due: bool, log_json: bool, as_json: bool) -> None:
    """Crawl now: all sources, or those named.

    With a daemon running the crawl is handed over to it and followed; without one it runs here.
    Exit code 1 means that a source could not be polled.
    """
    begin_log(log_json)
    with opened() as (config, connection):
        check_names(config, names)
        if not config.topics:
            click.echo("there is no topic, so nothing will match: `seedwatch topics add`", err=True)
        close_dead_runs(connection, clock.now(), is_own_dead=True)
        other = lock.holder(config.database)
        if other is not None:
            click.echo(f"the daemon (process {other.pid} on {other.host}) is asked to crawl", err=True)
            report = follow(connection, runs.ask(connection, names, only_due=due, now=clock.now()), config)
        else:
            report = crawl_here(config.database, names=names, only_due=due, trigger="manual")
    print_report(report, as_json=as_json)
    sys.exit(1 if report.has_failures else 0)


@click.command()
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@log_json_option
@click.option(
    "--tick", type=click.FloatRange(min=0.1), hidden=True, help="Seconds between two looks; for tests."
)
def run(quiet: bool, log_json: bool, tick: float | None) -> None:
    """Run the daemon: crawl what is due, until stopped.

    SIGTERM or Ctrl-C finishes the pages in hand. Changes of the settings are taken while it runs.
    """
    from scheduler.daemon import TICK_S, Daemon  # APScheduler is slow to load, and only this command needs it

    begin_log(log_json)
    config = settings()
    asyncio.run(Daemon(config, os.environ, tell=teller(quiet=quiet), tick_s=tick or TICK_S).run())


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
        known_hosts, gone = hosts.remembered(connection), sources.retired(connection)
        subscribed = subscriptions.states(connection)
    if as_json:
        print_json(
            {
                "daemon": asdict(daemon) if daemon else None,
                "config_error": mistake,
                "topics": matched,
                "background": sampled,
                "gaps": [asdict(gap) for gap in unwatched],
                "conditions": [asdict(one) for one in out_of_order],
                "alerts": [asdict(rule) for rule in told],
                "hosts": [asdict(host) for host in known_hosts],
                "retired": [asdict(feed) for feed in gone],
                "subscriptions": [asdict(one) for one in subscribed],
                "sources": [asdict(source) for source in health],
                "runs": [dict(line) for line in latest],
            }
        )
    else:
        click.echo(_daemon_line(daemon))
        for gap in unwatched:
            click.secho(_gap_line(gap), fg="yellow")
        print_unusual(out_of_order, told)
        print_hosts(known_hosts, clock.now())
        print_retired(gone)
        print_subscriptions(subscribed, clock.now())
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


def check_names(config: Config, names: Sequence[str]) -> None:
    """Raises ConfigError if one of *names* is no source."""
    known = [source.source.name for source in config.sources]
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no source {name!r}; known are: {', '.join(known) or 'none'}")


def crawl_here(
    database: Path, *, trigger: str, names: Sequence[str] = (), only_due: bool = False
) -> CrawlReport:
    """Run a crawl in a child process and show its progress; Ctrl-C and SIGTERM finish the pages in hand."""

    async def crawl_until_stopped() -> CrawlReport:
        job = Crawl(database, trigger=trigger, names=names, only_due=only_due, on_progress=progress_printer())
        stopping: list[asyncio.Task[None]] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(
                number, lambda: stopping.append(asyncio.ensure_future(job.stop()))
            )
        return await job.run()

    report = asyncio.run(crawl_until_stopped())
    clear_progress()
    return report


def follow(
    connection: Connection, request_id: int, config: Config, wait: Callable[[float], None] = time.sleep
) -> CrawlReport:
    """Wait until the daemon has done a crawl that was handed over.

    Raises:
        SeedwatchError: the daemon refused it, or has gone away before it finished.
    """
    while True:
        request = runs.request(connection, request_id)
        if request is None or request.error:
            raise SeedwatchError(
                f"the crawl was not done: {request.error if request else 'the request is gone'}"
            )
        done = runs.get(connection, request.run_id) if request.run_id else None
        if done is not None and done.state != "running":
            return CrawlReport(done.id, done.state, tuple(runs.summary(connection, done.id)), done.error)
        if lock.holder(config.database) is None:
            if request.run_id is None:  # who asked knows now, and the next daemon need not do it
                runs.answer(connection, request_id, run_id=None, error="the daemon has ended before")
            raise SeedwatchError(
                "the daemon has ended before the crawl was done; run `seedwatch crawl` again"
            )
        wait(0.2)


def print_report(report: CrawlReport, *, as_json: bool = False) -> None:
    """A crawl's closing table by source."""
    if as_json:
        print_json(asdict(report))
        return
    if not report.lines:
        click.echo("nothing was due")
    else:
        _print_lines(report.lines)
    if report.state != "finished":
        click.secho(
            f"run {report.run_id} {report.state}" + (f": {report.error}" if report.error else ""), fg="red"
        )
    if report.waiting:
        pages = counted(report.waiting, "page")
        click.echo(f"{pages} {'waits' if report.waiting == 1 else 'wait'} for the next crawl")


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


def _print_lines(lines: Sequence[SourceCounts]) -> None:
    """The table, without columns that say nothing."""
    columns: list[tuple[str, list[object]]] = [
        ("source", [line.source for line in lines]),
        ("polled", [line.polled for line in lines]),
        ("new", [line.new for line in lines]),
        ("matched", [line.matched for line in lines]),
    ]
    optional: list[tuple[str, list[object]]] = [
        ("copies", [line.copies for line in lines]),
        ("looked again", [line.looked for line in lines]),
        ("revised", [line.revised for line in lines]),
        ("deleted", [line.deleted for line in lines]),
        ("skipped", [line.skipped for line in lines]),
        ("off topic", [line.off_topic for line in lines]),
        ("no article", [line.not_articles for line in lines]),
        ("failed", [line.failed + line.poll_failures for line in lines]),
        ("waiting", [line.waiting for line in lines]),
        ("why", [", ".join(line.why) for line in lines]),
    ]
    columns += [(head, values) for head, values in optional if any(values)]
    print_table([head for head, _ in columns], list(zip(*(values for _, values in columns), strict=True)))


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
