"""The --help texts in docs/commands.md; `python -m tests.support.command_docs` writes them anew."""

import re
from collections.abc import Iterator

import click

from scheduler.cli.main import cli
from tests.support.folders import ROOT

PAGE = ROOT / "docs" / "commands.md"
# As wide as a terminal, whatever the terminal of who writes them.
_COLUMNS = 80
_BLOCK = re.compile(r"(<!-- help: (?P<name>[a-z -]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands() -> dict[str, click.Command]:
    """Every command that does something, by its words after `seedwatch`, in the order of --help."""
    return dict(_walk(cli, click.Context(cli, info_name="seedwatch"), ()))


def parsed(name: str, options: list[str]) -> click.Context:
    """The context of `seedwatch NAME` with its options read, as the command line reads them.

    With the settings of the group: a command keeps the names of its option --help from the first context it meets.

    Raises:
        click.UsageError: what users would read.
    """
    made = context(name)
    return made.command.make_context(name.split()[-1], options, parent=made.parent)


def context(name: str) -> click.Context:
    """A click context of the command *name*, with its group's above it."""
    command: click.Command = cli
    made = click.Context(cli, info_name="seedwatch", **cli.context_settings)
    for word in name.split():
        assert isinstance(command, click.Group)
        found = command.get_command(made, word)
        assert found is not None, f"there is no command {name}"
        command = found
        made = click.Context(found, parent=made, info_name=word)
    return made


def help_text(name: str) -> str:
    """What `seedwatch NAME --help` prints on a terminal of 80 columns."""
    made = context(name)
    made.terminal_width = _COLUMNS
    return made.get_help()


def with_help(page: str) -> str:
    """*page* with every block between the markers as the commands say it now."""
    return _BLOCK.sub(lambda block: f"{block[1]}```text\n{help_text(block['name'])}\n```\n{block[3]}", page)


def documented(page: str) -> list[str]:
    """The commands that *page* has a block for, in its order."""
    return [block["name"] for block in _BLOCK.finditer(page)]


def _walk(
    group: click.Group, above: click.Context, words: tuple[str, ...]
) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(above):
        command = group.get_command(above, name)
        assert command is not None
        path = (*words, name)
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield " ".join(path), command
            yield from _walk(command, click.Context(command, parent=above, info_name=name), path)
        else:
            yield " ".join(path), command


if __name__ == "__main__":
    PAGE.write_text(with_help(PAGE.read_text("utf-8")), "utf-8")
