"""The command `cluster`: how it stands, and what becomes of records that could not be stored."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crawler import clock
from scheduler.cli.context import settings
from scheduler.cli.output import echo, json_option, print_columns, print_json, printable, secho, time_text
from scheduler.config.load import Config
from scheduler.wording import counted
from storage.errors import ConfigError

if TYPE_CHECKING:
    from scheduler.cluster.connection import SharedStore


@contextmanager
def shared() -> "Generator[tuple[Config, SharedStore]]":
    """The settings, and what machines share.

    Raises:
        ConfigError: no cluster is set, or what it needs is not installed.
    """
    from scheduler.cluster.roles import check_extra

    check_extra()
    from scheduler.cluster.connection import SharedStore
    from scheduler.cluster.dsn import dsn_of
    from storage.cluster.postgres import check_version

    config = settings()
    store = SharedStore(dsn_of(config.cluster, os.environ))
    try:
        store.call_now(check_version)
        yield config, store
    finally:
        store.close()


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def cluster(ctx: click.Context, as_json: bool) -> None:
    """Show how the cluster stands: workers, jobs, what waits to be stored, dead letters.

    Exit code 1 means that something is wrong with it.
    """
    if ctx.invoked_subcommand is not None:
        return
    from scheduler.cluster.standing import look
    from storage.cluster import records
    from storage.health.cluster_signs import cluster_line, cluster_problems

    with shared() as (config, store):
        state = look(store, config.cluster, os.environ, clock.now())
        letters = store.call_now(records.dead_letters)
    problems = cluster_problems(state, clock.now())
    if as_json:
        print_json({**asdict(state), "problems": problems, "dead_letters": [asdict(one) for one in letters]})
    else:
        echo(printable(cluster_line(state)))
        for problem in problems:
            secho(printable(problem), fg="red")
        print_columns(
            state.figures.workers if state.figures else (),
            {
                "worker": lambda worker: worker.name,
                "version": lambda worker: worker.version,
                "jobs": lambda worker: worker.jobs,
                "state": lambda worker: worker.state,
                "last seen": lambda worker: time_text(worker.seen_at),
            },
        )
        if letters:
            echo()
        print_columns(
            letters,
            {
                "dead letter": lambda letter: letter.id,
                "what": lambda letter: letter.kind,
                "host": lambda letter: letter.host,
                "since": lambda letter: time_text(letter.at),
                "why": lambda letter: letter.error,
            },
        )
    sys.exit(1 if problems else 0)


@cluster.command()
@json_option
def drain(as_json: bool) -> None:
    """Store all that workers have sent, here and now, and say what is not stored.

    For when there is no writer: before a cluster is switched off, or where one cannot run.
    """
    from scheduler.cluster.standing import look
    from scheduler.cluster.writer import drain as drain_some
    from storage import db
    from storage.cluster.identity import own_name
    from storage.cluster.postgres import check_database
    from storage.cluster.shared import hold_lock

    done = dead = 0
    with shared() as (config, store):
        if not store.call_now(hold_lock, "writer"):
            raise ConfigError("a writer is at work already, and stores what comes")
        connection = db.connect(config.database)
        try:
            store.call_now(check_database, own_name(connection))
            while (some := drain_some(connection, store)) != (0, 0):
                done, dead = done + some[0], dead + some[1]
        finally:
            db.finish(connection)
        figures = look(store, config.cluster, os.environ, clock.now()).figures
    left = (
        {"jobs_waiting": figures.waiting, "jobs_in_hand": figures.doing, "newer": figures.newer}
        if figures
        else {}
    )
    if as_json:
        print_json({"stored": done, "dead_letters": dead, **left})
    else:
        echo(f"stored {counted(done, 'record')}" + (f"; {counted(dead, 'dead letter')}" if dead else ""))
        if figures and (figures.doing or figures.waiting or figures.newer):
            echo(
                f"not stored, for it has not come yet: {counted(figures.doing, 'job')} in workers' hands, "
                f"{figures.waiting} that none has begun"
                + (f"; {counted(figures.newer, 'record')} of a newer version" if figures.newer else "")
            )
    sys.exit(1 if dead else 0)


@cluster.command()
@click.argument("letters", nargs=-1, type=int, metavar="[LETTER]...")
@json_option
def retry(letters: tuple[int, ...], as_json: bool) -> None:
    """Have dead letters stored after all: those that are named by their numbers, or all."""
    from storage.cluster import records

    with shared() as (_, store):
        number = store.call_now(records.retry, letters)
    if as_json:
        print_json({"retried": number})
    else:
        echo(f"{counted(number, 'dead letter')} to be tried again by the writer")


@cluster.command()
@click.argument("letters", nargs=-1, type=int, metavar="[LETTER]...")
@click.option("--all", "everything", is_flag=True, help="All of them.")
@json_option
def drop(letters: tuple[int, ...], everything: bool, as_json: bool) -> None:
    """Remove dead letters for good: those that are named by their numbers, or --all."""
    if bool(letters) == everything:
        raise ConfigError("name the dead letters to drop, or say --all; `seedwatch cluster` shows them")
    from storage.cluster import records

    with shared() as (_, store):
        number = store.call_now(records.drop, letters)
    if as_json:
        print_json({"dropped": number})
    else:
        echo(f"dropped {counted(number, 'dead letter')}")
