"""A group of commands of which each is loaded only when it is called, so that --help loads none of them."""

import importlib
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click
from click.shell_completion import CompletionItem

Command = tuple[str, str, str, str]
"""Name, module below scheduler.cli, attribute, and the line that --help shows."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def __init__(self, *arguments: Any, table: Sequence[Command] = (), **more: Any) -> None:
        """As click's group, with the *table* of its commands in the order in which they are listed."""
        super().__init__(*arguments, **more)
        self.table = tuple(table)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order of the table."""
        return [name for name, *_ in self.table]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command, imported; None if there is none of that name."""
        for name, module, attribute, _ in self.table:
            if name == cmd_name:
                command: click.Command = getattr(
                    importlib.import_module(f"scheduler.cli.{module}"), attribute
                )
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's; of a name that no command has, the error says which are near."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], self.list_commands(ctx), n=3)
            if not near or not args[0][0].isalnum():
                raise
            raise click.UsageError(f"{error.message} Did you mean {' or '.join(near)}?", error.ctx) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What a word may become: options, or names of commands from the table, so that a key press loads none."""
        if incomplete and not incomplete[0].isalnum():
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=summary)
            for name, _, _, summary in self.table
            if name.startswith(incomplete)
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """What the command returns; a reader that has gone away, such as `head`, has read enough."""
        from scheduler.cli.output import guard_log  # not for --help

        guard_log()
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Else Python would complain at its end that it cannot flush; click would make it exit code 1.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list of commands, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, _, _, summary in self.table])
