"""Commands that crawl: crawl, run."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from scheduler.cli.arguments import DAY
from scheduler.cli.backfill import crawl_past
from scheduler.cli.backfill import stop_past as stop_reading
from scheduler.cli.context import opened, settings
from scheduler.cli.output import (
    clear_progress,
    echo,
    json_option,
    print_json,
    print_table,
    progress_printer,
    secho,
    time_text,
)
from scheduler.cli.progress import begin_log, log_json_option, teller
from scheduler.cli.topics.group import heard_by_topics
from scheduler.cli.topics.hearing import hearing_lines
from scheduler.config.access import access_text
from scheduler.config.load import Config
from scheduler.config.sync import seed_mistakes
from scheduler.daemon.crawl import Crawl, CrawlReport, close_dead_runs
from scheduler.wording import counted
from storage import lock
from storage.errors import ConfigError, SeedwatchError
from storage.records.polls import SourceCounts
from storage.sources import runs


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--due", is_flag=True, help="Only feeds that are due.")
@click.option("--since", type=DAY, help="Read the past of the sources, too, as far back as this day (UTC).")
@click.option("--stop-past", is_flag=True, help="Stop reading the past; what was read stays.")
@log_json_option
@json_option
def crawl(
    names: tuple[str, ...], due: bool, since: date | None, stop_past: bool, log_json: bool, as_json: bool
) -> None:
    """Crawl now: all sources, or those named.

    With a daemon running the crawl is handed over to it and followed; without one it runs here. Beside
    another crawl it waits for that one and polls what it did not.

    With --since the archives of the sources are read, newest pages first: sitemaps, older documents of feeds, further
    pages of lists. Ctrl-C breaks it off; the same command, or the daemon, goes on with it.

    Exit code 1 means that a source could not be polled.
    """
    begin_log(log_json)
    if stop_past and (since is not None or due):
        raise ConfigError("--stop-past goes with sources alone, not with --since or --due")
    with opened() as (config, connection):
        check_names(config, names)
        if stop_past:
            stop_reading(connection, names, as_json=as_json)
            return
        if not config.topics:
            echo("there is no topic, so nothing will match: `seedwatch topics add`", err=True)
        for mistake in seed_mistakes(connection, config):
            echo(f"note: {mistake}", err=True)
        other = _daemon(config)
        close_dead_runs(connection, clock.now(), is_own_dead=True, is_cluster_gone=other is None)
        if since is not None:
            here = partial(crawl_here, config.database, names=names, only_due=True, trigger="backfill")
            crawl_past(connection, names, since, None if other else here, as_json=as_json)
        if other is not None:
            echo(f"the daemon (process {other.pid} on {other.host}) is asked to crawl", err=True)
            report = follow(connection, runs.ask(connection, names, only_due=due, now=clock.now()), config)
        else:
            report = _crawl_beside(connection, config, names, only_due=due)
        told = [] if as_json else _told_at_first(config, connection)
    print_report(report, as_json=as_json)
    for line in told:
        echo(line, err=True)
    sys.exit(1 if report.has_failures else 0)


def _daemon(config: Config) -> lock.Holder | None:
    """Who crawls for the database; None if nobody does. Raises ConfigError where a cluster should, and does not run."""
    holder = lock.holder(config.database)
    if holder is None and config.cluster.is_set:
        raise ConfigError(
            "the settings have a [cluster], whose scheduler does not run, and only it knows which hosts are being "
            "asked: start it by `seedwatch run --role scheduler`"
        )
    return holder


def _crawl_beside(
    connection: Connection, config: Config, names: Sequence[str], *, only_due: bool
) -> CrawlReport:
    """Crawl here; where another crawl goes on, when it has ended, what it has not polled."""
    followed = follow_running(connection)
    left = tuple(names) if followed is None else _not_polled(config, names, followed)
    if followed is not None and not left:
        return followed
    access = access_text(config, os.environ)
    return crawl_here(config.database, names=left, only_due=only_due, trigger="manual", access=access)


@click.command()
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@log_json_option
@click.option(
    "--tick", type=click.FloatRange(min=0.1), hidden=True, help="Seconds between two looks; for tests."
)
@click.option(
    "--role",
    type=click.Choice(["scheduler", "worker", "writer", "all"]),
    help="Which part of a cluster to be, where machines share the work (docs/cluster.md).",
)
@click.option("--jobs", type=click.IntRange(1, 200), help="Hosts that a worker crawls at once; default: 16.")
@click.option(
    "--silence",
    type=click.FloatRange(min=1.0),
    hidden=True,
    help="Seconds after which a worker counts as dead; for tests.",
)
def run(
    quiet: bool, log_json: bool, tick: float | None, role: str | None, jobs: int | None, silence: float | None
) -> None:
    """Run the daemon: crawl what is due, until stopped.

    SIGTERM or Ctrl-C finishes the pages in hand. Changes of the settings are taken while it runs.

    With --role it is one part of a cluster: a worker needs no settings but the variables SEEDWATCH_DSN and, to be
    reachable by outlets, SEEDWATCH_CONTACT.
    """
    if role is not None:
        from scheduler.cluster.roles import run_role  # only clusters need it

        begin_log(log_json)
        run_role(
            role, settings, os.environ, tell=teller(quiet=quiet), tick_s=tick, jobs=jobs, silent_s=silence
        )
        return
    from scheduler.daemon.daemon import (  # APScheduler is slow to load, and only this command needs it
        TICK_S,
        Daemon,
    )

    begin_log(log_json)
    config = settings()
    if config.cluster.is_set:
        raise ConfigError(
            "the settings have a [cluster]: say which part of it this is, by --role scheduler, worker, writer or all"
        )
    asyncio.run(Daemon(config, os.environ, tell=teller(quiet=quiet), tick_s=tick or TICK_S).run())


def _told_at_first(config: Config, connection: Connection) -> list[str]:
    """What each topic can hear, after the first crawl of all; later `topics show` tells it."""
    if len(runs.latest(connection, 2)) > 1:
        return []
    heard = heard_by_topics(config, connection)
    return [line for topic in config.topics for line in hearing_lines(topic, heard[topic.name])]


def check_names(config: Config, names: Sequence[str]) -> None:
    """Raises ConfigError if one of *names* is no source."""
    known = [source.source.name for source in config.sources]
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no source {name!r}; known are: {', '.join(known) or 'none'}")


def crawl_here(
    database: Path, *, trigger: str, names: Sequence[str] = (), only_due: bool = False, access: str = ""
) -> CrawlReport:
    """Run a crawl in a child process and show its progress; Ctrl-C and SIGTERM finish the pages in hand."""

    async def crawl_until_stopped() -> CrawlReport:
        job = Crawl(
            database,
            trigger=trigger,
            names=names,
            only_due=only_due,
            on_progress=progress_printer(),
            access=access,
        )
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


def follow_running(connection: Connection, wait: Callable[[float], None] = time.sleep) -> CrawlReport | None:
    """Wait until the crawl that goes on, which is no daemon's, has ended, and say which; None if none goes on."""
    under_way = runs.running(connection)
    if not under_way:
        return None
    process = under_way[-1]
    run = runs.get(connection, process["id"])
    assert run is not None  # it was there a moment ago, and runs are closed, not removed
    echo(
        f"run {run.id} ({run.trigger}, since {time_text(run.started_at)}, process {process['pid']} on "
        f"{process['host']}) is crawling: this waits for it and then polls what it did not; Ctrl-C ends the waiting, "
        "not the run",
        err=True,
    )
    while run is not None and run.state == "running":
        wait(0.2)
        close_dead_runs(connection, clock.now(), is_own_dead=True)
        run = runs.get(connection, run.id)
    if run is None:
        return None
    return CrawlReport(run.id, run.state, tuple(runs.summary(connection, run.id)), run.error)


def _not_polled(config: Config, names: Sequence[str], followed: CrawlReport) -> tuple[str, ...]:
    """Those of *names*, or of all sources, that the crawl which was followed has not polled."""
    polled = {line.source for line in followed.lines if line.polled}
    asked = names or [source.source.name for source in config.sources if source.source.enabled]
    return tuple(name for name in asked if name not in polled)


def print_report(report: CrawlReport, *, as_json: bool = False) -> None:
    """A crawl's closing table by source."""
    if as_json:
        print_json(asdict(report))
        return
    if not report.lines:
        echo("nothing was due")
    else:
        _print_lines(report.lines)
    if report.state != "finished":
        secho(f"run {report.run_id} {report.state}" + (f": {report.error}" if report.error else ""), fg="red")
    if report.waiting:
        pages = counted(report.waiting, "page")
        echo(f"{pages} {'waits' if report.waiting == 1 else 'wait'} for the next crawl")


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
