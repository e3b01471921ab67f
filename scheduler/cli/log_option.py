"""The option --log-json, and where the daemon's lines for people go."""

import logging
import os
from collections.abc import Callable

import click

from crawler import clock
from crawler.process.json_logs import is_json_asked, log_as_json
from scheduler.cli.output import printable, time_text

log_json_option = click.option(
    "--log-json", is_flag=True, help="Log lines of JSON to stderr, those of child processes too."
)

_logger = logging.getLogger("seedwatch")


def begin_log(as_json: bool) -> None:
    """Log lines of JSON from here on, in this process and in those that it starts, if *as_json*."""
    if as_json:
        os.environ["SEEDWATCH_LOG"] = "json"
    if is_json_asked(os.environ):
        log_as_json()
        _logger.setLevel(logging.INFO)


def teller(*, quiet: bool) -> Callable[[str], None]:
    """What takes the daemon's lines: stdout, or the log where that is JSON; nothing if *quiet*."""

    def tell(line: str) -> None:
        if quiet:
            return
        if is_json_asked(os.environ):
            _logger.info("%s", line)
        else:
            click.echo(f"{time_text(clock.now())}  {printable(line)}")

    return tell
