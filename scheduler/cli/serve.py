"""The command `serve`: the database in Datasette."""

import os
import socket
import sys

import click

from scheduler.cli.context import opened, settings
from scheduler.cli.output import echo
from storage.errors import ConfigError, SeedwatchError


@click.command()
@click.option(
    "-p", "--port", default=8001, show_default=True, help="First port to try; the next free one is taken."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def serve(port: int, host: str) -> None:
    """Open the database in Datasette, until stopped."""
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
    command = datasette_arguments(config.database, port=free, host=host)
    named = config.service.allowed_hosts
    os.execve(command[0], command, datasette_environment(os.environ, host=host, named=named))


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
