"""Commands for alerts: what is told to whom, what waits or failed, a test of the channels."""

import asyncio
import os
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict

import click

from crawler import clock
from scheduler.cli.context import opened, settings
from scheduler.cli.output import echo, json_option, print_columns, print_json, time_text
from scheduler.config.records import AlertSettings, Config
from scheduler.wording import counted
from storage.alerts import outbox
from storage.errors import ConfigError
from storage.records.alerts import RuleState

# The states that each option of `alerts list` shows.
_WAITING, _FAILED, _ALL = ("waiting",), ("failed",), ("waiting", "sent", "failed", "withdrawn")


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def alerts(ctx: click.Context, as_json: bool) -> None:
    """Show the alerts of the settings with their last delivery; list messages, test channels, try again."""
    if ctx.invoked_subcommand is not None:
        return
    with opened() as (_, connection):
        states = outbox.rule_states(connection)
    if as_json:
        print_json([asdict(state) for state in states])
    elif not states:
        echo("no alerts yet: add an [[alert]] to the settings; docs/alerts.md says how")
    else:
        _print_rules(states)


@alerts.command("list")
@click.option("--waiting", is_flag=True, help="Only those that are still to be sent.")
@click.option("--failed", is_flag=True, help="Only those that were given up.")
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
@json_option
def list_messages(waiting: bool, failed: bool, limit: int, as_json: bool) -> None:
    """List the messages, newest first: when they were sent, or why they were not."""
    states = (*(_WAITING if waiting else ()), *(_FAILED if failed else ())) or _ALL
    with opened() as (_, connection):
        rows = outbox.messages(connection, states, limit)
        unsent = sum(state.waiting for state in outbox.rule_states(connection))
    if as_json:
        print_json([dict(row) for row in rows])
        return
    if rows:
        print_columns(
            rows,
            {
                "message": lambda row: row["key"][:8],
                "alert": lambda row: row["rule"],
                "alerts": lambda row: row["alerts"],
                "state": lambda row: row["state"],
                "made": lambda row: time_text(row["created_at"]),
                "sent": lambda row: time_text(row["sent_at"], none=""),
                "next try": lambda row: time_text(row["next_try_at"], none=""),
                "tries": lambda row: row["tries"],
                "error": lambda row: row["error"] or "",
            },
        )
    echo(f"{counted(unsent, 'alert')} {'waits' if unsent == 1 else 'wait'}")


@alerts.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
def test(names: tuple[str, ...], as_json: bool) -> None:
    """Send a test message through the channel of each alert, or of those named, and say what came of it.

    Exit code 1 means that one did not take it.
    """
    config = settings()
    chosen = _chosen(config, names)
    problems = asyncio.run(_send_tests(config, chosen))
    results = list(zip(chosen, problems, strict=True))
    if as_json:
        print_json(
            [
                {
                    "alert": alert.rule.name,
                    "channel": alert.rule.channel,
                    "sent": not problem,
                    "problem": problem,
                }
                for alert, problem in results
            ]
        )
    elif not results:
        echo("there are no alerts to test: docs/alerts.md says how to add one", err=True)
    for alert, problem in () if as_json else results:
        state = click.style("not sent", fg="red") if problem else click.style("sent", fg="green")
        echo(f"{state}  {alert.rule.name} ({alert.rule.channel})" + (f": {problem}" if problem else ""))
    sys.exit(1 if any(problems) else 0)


@alerts.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
def retry(names: tuple[str, ...], as_json: bool) -> None:
    """Have messages that failed sent again, of all alerts or those named; the daemon sends them."""
    with opened() as (config, connection):
        _chosen(config, names)
        number = outbox.retry(connection, clock.now(), names)
    if as_json:
        print_json({"messages": number})
    else:
        echo(f"{counted(number, 'message')} will be sent again" if number else "nothing has failed")


def _chosen(config: Config, names: Sequence[str]) -> list[AlertSettings]:
    """The alerts of these names in the order given, or all.

    Raises:
        ConfigError: there is no such alert.
    """
    known = {alert.rule.name: alert for alert in config.alerts}
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no alert {name!r}; known are: {', '.join(known) or 'none'}")
    return [known[name] for name in dict.fromkeys(names)] if names else list(config.alerts)


async def _send_tests(config: Config, chosen: Sequence[AlertSettings]) -> list[str | None]:
    """Why each channel did not take a test message, or None."""
    from scheduler.alerts.send import AT_ONCE

    slots = asyncio.Semaphore(AT_ONCE)

    async def try_one(alert: AlertSettings) -> str | None:
        async with slots:
            return await _send_test(config, alert)

    return list(await asyncio.gather(*map(try_one, chosen)))


async def _send_test(config: Config, alert: AlertSettings) -> str | None:
    from scheduler.alerts.messages import test_message
    from scheduler.alerts.send import channel_url, send

    try:
        url = channel_url(alert, os.environ)
    except ConfigError as error:
        return str(error)
    message = test_message(uuid.uuid4().hex, alert.rule.name, clock.now())
    return await send(url, message, allow_private=config.crawl.allow_private)


def _print_rules(states: Sequence[RuleState]) -> None:
    print_columns(
        states,
        {
            "alert": lambda state: state.name,
            "tells": lambda state: ", ".join(state.kinds),
            "of": lambda state: ", ".join(state.topics) or "all topics",
            "channel": lambda state: state.channel,
            "when": lambda state: f"{state.digest} {state.timezone}" if state.digest else "at once",
            "waiting": lambda state: state.waiting,
            "failed": lambda state: state.failed,
            "last sent": lambda state: time_text(state.last_sent_at),
            "last error": lambda state: state.last_error or "",
        },
    )
