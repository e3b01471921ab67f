"""Commands that set up and maintain: init, check, doctor, reindex, backup."""

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from crawler import clock
from scheduler.cli.context import opened, settings
from scheduler.cli.output import echo, json_option, print_json, printable, secho
from scheduler.cli.progress import ProgressLine, still_working
from scheduler.cli.topics.group import heard_by_topics
from scheduler.cli.topics.hearing import hearing_lines
from scheduler.config.access import access_plan
from scheduler.config.cluster_notes import cluster_notes
from scheduler.config.sample import write_init
from scheduler.config.sync import seed_mistakes
from scheduler.health.doctor import Finding, examine
from scheduler.wording import counted
from storage import lock
from storage.analyser import count_words
from storage.backup import copy_database
from storage.errors import ConfigError
from storage.search.reindex import rebuild
from storage.topics import topics

PROGRAM = "seedwatch"
# The variable by which the shell asks for completions, as click forms it of the program's name.
VARIABLE = f"_{PROGRAM.upper()}_COMPLETE"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Write a seedwatch.toml to begin with into FOLDER (default: here)."""
    for path in write_init(folder):
        echo(f"wrote {path}")
    echo(
        "\nnext: put a few articles into seeds/dprk-russia, set your contact, then `seedwatch check`",
        err=True,
    )


@click.command()
@json_option
def check(as_json: bool) -> None:
    """Check the settings, the seeds and the database. Nothing is fetched."""
    with opened() as (config, connection):
        mistakes = seed_mistakes(connection, config)
        seeds = {topic.name: topics.seeds(connection, topic.name) for topic in config.topics}
        heard = heard_by_topics(config, connection)
    facts = {
        "settings": str(config.path),
        "database": str(config.database),
        "sources": len(config.sources),
        "topics": len(config.topics),
        "alerts": len(config.alerts),
        "warnings": [*config.warnings, *mistakes],
        "cluster": cluster_notes(config),
        "seeds": {
            name: [
                {
                    "id": seed.article_id,
                    "title": seed.title,
                    "language": seed.language,
                    "words": count_words(seed.text),
                }
                for seed in own
            ]
            for name, own in seeds.items()
        },
        "hears": {name: [asdict(one) for one in own] for name, own in heard.items()},
    }
    if as_json:
        print_json(facts)
        return
    for warning in (*config.warnings, *mistakes):
        secho(f"note: {warning}", fg="yellow", err=True)
    for name, own in seeds.items():
        for seed in own:
            said = f"{seed.language or '?'}, {counted(count_words(seed.text), 'word')}"
            echo(f"seed of {name}: {printable(seed.title)}  ({said})")
    for topic in config.topics:
        for line in hearing_lines(topic, heard[topic.name]):
            echo(line)
    for note in cluster_notes(config):
        echo(f"cluster: {printable(note)}")
    told = f", {counted(len(config.alerts), 'alert')}" if config.alerts else ""
    echo(
        f"{config.path}: in order: {counted(len(config.sources), 'source')}, "
        f"{counted(len(config.topics), 'topic')}{told}; "
        f"the database is {config.database}"
    )


@click.command()
@click.option("--whole", is_flag=True, help="Check a large database whole; others may wait for seconds.")
@json_option
def doctor(whole: bool, as_json: bool) -> None:
    """Look for what could stop seedwatch from working.

    Versions, disk, database, clock, names, proxies, certificates, memory, files, ports, whether the daemon runs; of a
    cluster its PostgreSQL, versions, clocks, and who is there.
    A database above 48 MiB is checked a table at a time, so that nothing waits; its full-text index with --whole.

    Exit code 1 means that something is wrong.
    """
    config = settings()
    findings = examine(
        config.database,
        [declared.source.home for declared in config.sources if declared.source.home],
        clock.now(),
        {"metrics": config.service.metrics_port, "pushes of hubs": config.websub.open_port},
        whole=whole,
        proxies=access_plan(config, os.environ).proxies,
    )
    if config.cluster.is_set:
        from scheduler.cluster.roles import check_extra

        check_extra()
        from scheduler.cluster.standing import examine_cluster  # only clusters have what it loads

        findings = chain(findings, examine_cluster(config.cluster, os.environ, clock.now()))
    made: list[Finding] = []
    while (finding := _next(findings)) is not None:
        made.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        print_json([asdict(finding) for finding in made])
    sys.exit(1 if any(finding.state == "bad" for finding in made) else 0)


def _next(findings: Iterator[Finding]) -> Finding | None:
    """The next finding; of a large database it takes long."""
    with still_working("still looking"):
        return next(findings, None)


@click.command()
def reindex() -> None:
    """Make the full-text index anew, under the present analyser; after an upgrade that asks for it.

    Crawls go on meanwhile. One that was broken off is gone on with.
    """
    bar = ProgressLine("articles")
    with opened(synced=False) as (_, connection):
        number = rebuild(
            connection, on_progress=lambda done, whole: bar.show(done, done / whole if whole else None)
        )
    bar.clear()
    echo(f"indexed {counted(number, 'article')}")


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace TARGET if it is there.")
@json_option
def backup(target: Path, force: bool, as_json: bool) -> None:
    """Copy the database to TARGET while it is in use, by SQLite's online backup.

    The copy is of one moment, is checked, and stands at TARGET once it is whole.
    """
    if target.exists() and not force:
        raise ConfigError(f"{target} exists; name another file, or replace it with --force")
    bar = ProgressLine("pages")
    with opened(synced=False) as (config, connection):
        _check_target(target, config.database)
        _make_folder(target.parent)
        size = copy_database(connection, target, bar.show, partial(still_working, "checking the copy"))
    bar.clear()
    if as_json:
        print_json({"database": str(config.database), "copy": str(target), "bytes": size})
    else:
        echo(f"copied {config.database} to {target}: {size / 2**20:.1f} MiB, sound")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script by which SHELL completes seedwatch's commands, options and the values that they allow.

    \b
    bash: add to ~/.bashrc        eval "$(seedwatch completion bash)"
    zsh:  add to ~/.zshrc         eval "$(seedwatch completion zsh)"
    fish: seedwatch completion fish > ~/.config/fish/completions/seedwatch.fish
    """  # noqa: D301 - click's sign that these lines stay lines
    maker = get_completion_class(shell)
    assert maker is not None, shell  # click has all three
    echo(maker(click.get_current_context().find_root().command, {}, PROGRAM, VARIABLE).source())


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: the folder cannot be made: {error.strerror}") from error


def _check_target(target: Path, database: Path) -> None:
    """Raises ConfigError if *target* is a file of the database that is in use."""
    if target.exists() and not target.is_file():
        raise ConfigError(f"{target} is no ordinary file: name another")
    live = [
        lock.lock_path(database),
        *(Path(f"{database.resolve()}{end}") for end in ("", "-wal", "-shm", "-journal")),
    ]
    if target.resolve() in live or (target.exists() and target.samefile(database)):
        raise ConfigError(f"{target} is the database in use, or a part of it: name another file")


def _print(finding: Finding) -> None:
    colour = {"good": "green", "note": "yellow", "bad": "red"}[finding.state]
    echo(f"{click.style(finding.state.ljust(4), fg=colour)}  {finding.subject}: {finding.detail}")
