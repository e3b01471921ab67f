"""The command `serve`: the database in Datasette."""

import os
import socket
import sys
from dataclasses import asdict
from pathlib import Path

import click

import scheduler.judging
from crawler import clock
from scheduler.cli.context import opened, settings
from scheduler.cli.output import echo, json_option, print_columns, print_json
from storage.errors import ConfigError, SeedwatchError

# The folder whose plugin lets readers write; only `--write` loads it.
_PLUGINS = Path(scheduler.judging.__file__).parent / "plugins"


@click.command()
@click.option(
    "-p", "--port", default=8001, show_default=True, help="First port to try; the next free one is taken."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--write", is_flag=True, help="Let readers who sign in judge, star, note and tag articles.")
def serve(port: int, host: str, write: bool) -> None:
    """Open the database in Datasette, until stopped; read-only, unless readers may --write.

    `seedwatch readers add` says who may sign in.
    """
    from scheduler.judging.searches import SETTINGS_VARIABLE
    from storage.datasette.launch import datasette_arguments, datasette_environment

    config = settings()
    if not config.database.exists():
        raise ConfigError(f"{config.database}: there is no database yet; `seedwatch crawl` makes it")
    with opened():
        pass  # brings the schema up to date before a reader opens it
    free = free_port(host, port)
    if free != port:
        echo(f"port {port} is busy", err=True)
    echo(f"http://{host}:{free}/-/seedwatch  (Ctrl-C ends it)")
    sys.stdout.flush()
    command = datasette_arguments(config.database, port=free, host=host, plugins=_PLUGINS if write else None)
    named = config.service.allowed_hosts
    environment = datasette_environment(os.environ, host=host, named=named)
    if write:
        environment[SETTINGS_VARIABLE] = str(config.path.absolute())
    if config.service.public_url.startswith("https:"):  # cookies go over TLS alone
        environment["SEEDWATCH_SERVE_SECURE"] = "1"
    os.execve(command[0], command, environment)


def free_port(host: str, first: int) -> int:
    """The first free port from *first* on.

    Raises:
        SeedwatchError: none of 100 is free.
    """
    for port in range(first, min(first + 100, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise SeedwatchError(f"no free port from {first} to {first + 99} on {host}")


@click.group()
def readers() -> None:
    """Say who may sign in to `seedwatch serve --write`."""


@readers.command("add")
@click.argument("name")
@click.option("--token", is_flag=True, help="Make a token, which is shown once, in place of a password.")
def add_reader(name: str, token: bool) -> None:
    """Let NAME sign in, with a password that is asked for or a token; a second time it is changed.

    Only a hash is kept, in a file beside the database. The password may come from a pipe.
    """
    from scheduler.judging.accounts import add_account, file_of

    file = file_of(settings().database)
    given = add_account(file, name, None if token else _password(), clock.now())
    echo(f"{name} may sign in at `seedwatch serve --write`")
    if token:
        echo("the token, which is not shown again (also as `Authorization: Bearer TOKEN`):", err=True)
        echo(given)


@readers.command("list")
@json_option
def list_readers(as_json: bool) -> None:
    """List who may sign in, by name."""
    from scheduler.judging.accounts import file_of, read_accounts

    accounts = [account for _, account in sorted(read_accounts(file_of(settings().database)).items())]
    if as_json:
        kept = ("name", "kind", "created_at")
        print_json([{key: asdict(account)[key] for key in kept} for account in accounts])
        return
    if not accounts:
        echo("nobody may sign in yet: `seedwatch readers add NAME`")
        return
    print_columns(
        accounts,
        {
            "reader": lambda account: account.name,
            "signs in by": lambda account: account.kind,
            "since": lambda account: account.created_at[:16].replace("T", " "),
        },
    )


@readers.command("remove")
@click.argument("name")
def remove_reader(name: str) -> None:
    """Let NAME sign in no more, from the next request on; what they marked stays."""
    from scheduler.judging.accounts import file_of, remove_account

    remove_account(file_of(settings().database), name)
    echo(f"{name} may sign in no more")


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
