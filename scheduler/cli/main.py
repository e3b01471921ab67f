"""The command `seedwatch`: options for all commands, and each command loaded only when it is called."""

import os
import sys
from typing import Any

import click

VERSION = "0.1.0"

# Name, module below scheduler.cli, attribute, and the line that --help shows: so --help loads none of them.
_COMMANDS = (
    ("init", "setup_commands", "init", "Write a seedwatch.toml to begin with."),
    ("check", "setup_commands", "check", "Check the settings and the database, change nothing on the web."),
    ("sources", "source_commands", "sources", "List, add, remove, import, export and discover sources."),
    ("seeds", "seed_commands", "seeds", "List and import seed articles."),
    ("topics", "topic_test_command", "topics", "List, show, test and explain topics."),
    ("crawl", "crawl_commands", "crawl", "Crawl now: all sources, or those named."),
    ("run", "crawl_commands", "run", "Run the daemon: crawl what is due, until stopped."),
    ("status", "crawl_commands", "status", "Show how the sources do."),
    ("search", "read_commands", "search", "Search the stored articles."),
    ("serve", "read_commands", "serve", "Open the database in Datasette."),
    ("extract", "read_commands", "extract", "Show what is read of a page: an address or a file."),
    ("reindex", "setup_commands", "reindex", "Make the full-text index anew."),
    ("backup", "setup_commands", "backup", "Copy the database while it is in use."),
    ("doctor", "setup_commands", "doctor", "Look for what could stop seedwatch from working."),
    ("demo", "demo_command", "demo", "Crawl the bundled press and show the result."),
)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order of the table."""
        return [name for name, *_ in _COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command, imported; None if there is none of that name."""
        import importlib

        for name, module, attribute, _ in _COMMANDS:
            if name == cmd_name:
                command: click.Command = getattr(
                    importlib.import_module(f"scheduler.cli.{module}"), attribute
                )
                return command
        return None

    def invoke(self, ctx: click.Context) -> Any:
        """What the command returns; a reader that has gone away, such as `head`, has read enough."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Else Python would complain at its end that it cannot flush; click would make it exit code 1.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list of commands, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, _, _, summary in _COMMANDS])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(VERSION, prog_name="seedwatch")
@click.option("-c", "--config", type=click.Path(), help="The settings; default: ./seedwatch.toml.")
@click.pass_context
def cli(ctx: click.Context, config: str | None) -> None:
    """Put a few articles in a folder; seedwatch watches the press for what they are about.

    Begin with `seedwatch demo`, or with `seedwatch init` in an empty folder.
    """
    ctx.obj = config


def main() -> None:
    """Run the command line; errors of ours are one message and exit code 2."""
    try:
        # Without standalone mode click hands its own errors over, so that Ctrl-C can have its code.
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except Exception as error:
        from storage.errors import SeedwatchError  # --help does without it

        if not isinstance(error, SeedwatchError):
            raise
        click.echo(f"seedwatch: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
