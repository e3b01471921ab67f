"""The command `mcp`: the archive as read-only tools for agents."""

import json
import sys
from contextlib import closing
from importlib import metadata, util
from pathlib import Path

import click

from scheduler.cli.context import settings
from scheduler.cli.output import echo
from storage import db
from storage.errors import ConfigError

_PACKAGE = "mcp"
_EXTRA = "seedwatch[mcp]"


@click.command("mcp")
def mcp_command() -> None:
    """Let an agent read the archive: topics, what is new, search, articles, stories, changes, coverage.

    Speaks the Model Context Protocol on stdin and stdout, so it is the agent's program that starts it; on a terminal it
    shows what to write into that program's settings. It only reads. docs/agents.md has the tools.
    """
    config = settings()
    if util.find_spec(_PACKAGE) is None:
        raise ConfigError(f"the extra {_EXTRA} is not installed: pip install '{_EXTRA}'")
    _check_readable(config.database)
    if sys.stdin.isatty():
        _say_how(config.path)
    from scheduler.agents.server import serve  # takes a second to load, and is an extra

    serve(config.database, metadata.version("seedwatch"))


def _check_readable(database: Path) -> None:
    """Raises StorageError, before an agent waits for it, if the database cannot be read."""
    with closing(db.connect(database, readonly=True)):
        pass


def _say_how(config: Path) -> None:
    server = {
        "command": str(Path(sys.argv[0]).absolute()),
        "args": ["--config", str(config.absolute()), "mcp"],
    }
    echo("an agent's program starts this command; into its settings (Ctrl-C ends this one):\n", err=True)
    echo(json.dumps({"mcpServers": {"seedwatch": server}}, indent=2), err=True)
