"""The command `seedwatch`: options for all commands, and each command loaded only when it is called."""

import io
import sys

import click

from scheduler.cli.lazy_group import LazyGroup

# Name, module below scheduler.cli, attribute, and the line that --help shows: so --help loads none of them.
_COMMANDS = (
    ("init", "setup", "init", "Write a seedwatch.toml to begin with."),
    ("check", "setup", "check", "Check the settings and the database, change nothing on the web."),
    ("sources", "sources.group", "sources", "List, add, remove, import, export and discover sources."),
    ("seeds", "seeds", "seeds", "List and import seed articles."),
    ("topics", "topics.group", "topics", "List, show, test, explain and teach topics."),
    ("rematch", "topics.rematch", "rematch_command", "Apply changed topics to all that is held."),
    ("crawl", "crawl", "crawl", "Crawl now: all sources, or those named."),
    ("run", "crawl", "run", "Run the daemon: crawl what is due, until stopped."),
    ("cluster", "cluster.group", "cluster", "Show how a cluster stands; drain it, and its dead letters."),
    ("status", "status.command", "status", "Show how the sources do."),
    (
        "coverage",
        "status.comparison",
        "coverage",
        "Show what was looked at, and what outlets list that is not held.",
    ),
    ("alerts", "alerts", "alerts", "Show alerts and what became of them; test their channels."),
    ("search", "search", "search", "Search the stored articles."),
    ("searches", "searches.group", "searches", "Save searches, and show what is new in each."),
    ("story", "story", "story", "Show a story: who told it, what was changed, how it ended."),
    ("import", "import_articles", "import_", "Import an archive of articles."),
    ("export", "export_articles", "export", "Export articles with their matches and relations."),
    ("prune", "prune", "prune", "Remove articles, kept pages or held texts for good."),
    ("serve", "serve", "serve", "Open the database in Datasette."),
    ("readers", "serve", "readers", "Say who may sign in where reading is served with --write."),
    ("mcp", "agents.command", "mcp_command", "Let an agent read the archive (Model Context Protocol)."),
    ("extract", "extract", "extract", "Show what is read of a page: an address or a file."),
    ("reindex", "setup", "reindex", "Make the full-text index anew."),
    ("backup", "setup", "backup", "Copy the database while it is in use."),
    ("doctor", "setup", "doctor", "Look for what could stop seedwatch from working."),
    ("demo", "demo", "demo", "Crawl the bundled press and show the result."),
    ("completion", "setup", "completion", "Let your shell complete commands and options."),
)


@click.group(
    cls=LazyGroup,
    table=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="seedwatch", prog_name="seedwatch")
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
        from scheduler.cli.output import echo

        text = io.StringIO()
        error.show(text)  # it quotes arguments, which may be names of files
        echo(text.getvalue(), nl=False, err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except Exception as error:
        from scheduler.cli.output import echo  # --help does without these
        from storage.errors import SeedwatchError

        if not isinstance(error, SeedwatchError):
            raise
        echo(f"seedwatch: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
