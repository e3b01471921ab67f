"""The command `rematch`: changed topics against all that is held."""

import click

from crawler import clock
from crawler.holdings.rematch import is_rematched, rematch
from crawler.topics.prepare import prepare_matcher
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_json, print_table
from scheduler.cli.progress import ProgressLine
from scheduler.cli.topics import re_extract
from scheduler.cli.topics.group import NO_TOPICS, declared_topic


@click.command("rematch")
@click.argument("topics", nargs=-1, metavar="[TOPIC]...")
@click.option(
    "--again", is_flag=True, help="Also topics that have not changed since they were applied to all."
)
@click.option(
    "--re-extract",
    "re_extracted",
    is_flag=True,
    help="Read the kept pages by the present extractor, and show what would change.",
)
@click.option("--yes", is_flag=True, help="Write what --re-extract shows, without a question.")
@json_option
def rematch_command(
    topics: tuple[str, ...], again: bool, re_extracted: bool, yes: bool, as_json: bool
) -> None:
    """Judge all that is held by the topics as they are now: all topics, or those named.

    Held are the stored articles and, for a while, the texts of off-topic ones, which become articles when they match.
    Matches that change or end are kept as past ones. One that was broken off goes on where it was.

    With --re-extract the kept pages of articles that an older extractor read are read anew, and texts, headlines,
    dates and authors that come out otherwise are shown, and with --yes written. That is no edit of the outlet: it
    alarms nobody, and the text before stays as a version.
    """
    if yes and not re_extracted:
        raise click.UsageError("--yes goes with --re-extract alone: a rematch writes by itself")
    if topics and re_extracted:
        raise click.UsageError("--re-extract reads for all topics: leave TOPIC out")
    with opened() as (config, connection):
        chosen = [declared_topic(config, name) for name in dict.fromkeys(topics)] or list(config.topics)
        if not chosen and not re_extracted:
            echo(NO_TOPICS)
            return
        matchers = [prepare_matcher(connection, topic, clock.now()) for topic in chosen]
        if re_extracted:
            re_extract.run(connection, matchers, again=again, yes=yes, as_json=as_json)
            return
        current = {
            matcher.topic.name for matcher in matchers if not again and is_rematched(connection, matcher)
        }
        line = ProgressLine("articles")
        try:
            states = rematch(
                connection,
                matchers,
                clock.now(),
                again=again,
                on_progress=lambda done, total: line.show(done, done / max(total, 1)),
            )
        finally:
            line.clear()
    if as_json:
        print_json(
            [
                {
                    "topic": state.topic,
                    "looked_at": state.looked,
                    "added": state.added,
                    "changed": state.changed,
                    "ended": state.ended,
                    "done": state.topic not in current,
                }
                for state in states
            ]
        )
        return
    rows = [
        (state.topic, state.looked, state.added, state.changed, state.ended)
        for state in states
        if state.topic not in current
    ]
    if rows:
        print_table(["topic", "looked at", "added", "changed", "ended"], rows)
    for name in sorted(current):
        echo(f"{name} has not changed since it was applied to all; --again does it anew", err=True)
