"""What `status` says of what is out of the ordinary, and of alerts that were not delivered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from crawler.cadence.clock_trust import is_wrong
from crawler.cadence.host_pauses import wait_of
from crawler.limits import CRAWL_DELAY_S, EXTRACT_TIMEOUT_S
from scheduler.cli.output import date_text, echo, printable, secho, time_text
from scheduler.wording import counted
from storage.health.source_health import SourceHealth
from storage.records.alerts import RuleState
from storage.records.health import ClockTrust, Condition, ServerClock
from storage.records.sources import HostMemory, WalledSource
from storage.records.subscriptions import SubscriptionState
from storage.sources.successors import DeadFeed, Offer


def print_unusual(lasting: Sequence[Condition], rules: Sequence[RuleState]) -> None:
    """A line for each condition that lasts, and for each alert whose messages failed; nothing if all is well."""
    for condition in lasting:
        subject = condition.source or condition.topic
        detail = printable(condition.detail)
        secho(f"{f'{subject}: ' if subject else ''}{condition.kind}: {detail}", fg="yellow")
    for rule in rules:
        if rule.failed:
            messages = counted(rule.failed, "message")
            secho(
                f"alert {rule.name}: {messages} could not be sent: {printable(rule.last_error or '')}; "
                "`seedwatch alerts retry` sends them again",
                fg="red",
            )


def print_hosts(hosts: Sequence[HostMemory], now: datetime) -> None:
    """A line for each host that is left alone now, and for each whose Crawl-delay is longer than what is kept."""
    for host in hosts:
        if wait_of(host, now) is not None:
            until = time_text(host.paused_until)
            secho(f"{host.host.rstrip('.')} is not asked before {until}: {host.reason}", fg="yellow")
        if host.crawl_delay_s is not None and host.crawl_delay_s > CRAWL_DELAY_S:
            secho(
                f"{host.host}: robots.txt asks for {host.crawl_delay_s:g} s between requests; "
                f"{CRAWL_DELAY_S} s are kept",
                fg="yellow",
            )


def print_clock(compared: ServerClock | None) -> None:
    """A line if the servers of the last crawl agree that our clock is wrong."""
    if compared is not None and is_wrong(compared):
        secho(
            f"the clock was {compared.difference} those of {compared.hosts} servers at "
            f"{time_text(compared.at)}: set it, and keep it set (NTP)",
            fg="red",
        )


def print_clock_trust(trust: ClockTrust) -> None:
    """A line while the clock is not believed."""
    if trust.doubted_since is not None:
        secho(
            f"the clock jumped by more than a day at {time_text(trust.doubted_since)}: no watch is ended and no held "
            "text deleted by it until three servers agree with it",
            fg="red",
        )


def print_dead(feeds: Sequence[DeadFeed]) -> None:
    """A line for each feed that has died, with what its site offers instead and what can be done."""
    for feed in feeds:
        secho(printable(f"{feed.source}: {feed.url} {_death(feed)}; {_succession(feed)}"), fg="yellow")


def print_walls(
    walled: Sequence[WalledSource], health: Sequence[SourceHealth], undecided: Collection[str]
) -> None:
    """A line for each source that gives headlines only, and for each whose feeds are a check of the browser.

    *undecided*: names of the sources of which the settings do not say whether their pages are shown in a browser.
    """
    for wall in walled:
        help_text = "keeps headline and summary of each entry"
        if wall.reason == "needs_browser" and wall.source in undecided:
            help_text += "; `browser = true` shows them in a browser first (extra seedwatch[browser])"
        secho(
            printable(
                f"{wall.source}: headlines only: its last {counted(wall.pages, 'page')} gave no text "
                f"({wall.reason}{': ' + wall.detail if wall.detail else ''}); "
                f'`text = "feed"` in its settings {help_text}'
            ),
            fg="yellow",
        )
    for source in health:
        if source.enabled and (source.last_error or "").startswith("challenge"):
            secho(
                printable(
                    f"{source.source}: a check of the browser stands before its feeds, which no program may pass: "
                    f"`seedwatch sources check {source.source}` shows what else of it answers"
                ),
                fg="yellow",
            )


def print_out_of_time(pages: Mapping[str, int]) -> None:
    """A line for each source whose pages take too long to read."""
    for source, number in pages.items():
        secho(
            printable(
                f"{source}: {counted(number, 'page')} of its last 20 took longer to read than {EXTRACT_TIMEOUT_S} s; "
                'after three in a row the rest waits for the next crawl; `text = "feed"` in its settings reads none'
            ),
            fg="yellow",
        )


def offer_text(offer: Offer) -> str:
    """What is offered in place of a dead feed."""
    newest = f", newest {date_text(offer.newest_at, 'day')}" if offer.newest_at else ""
    return f"{offer.url} ({offer.kind}, {counted(offer.entries, 'entry', 'entries')}{newest})"


def _death(feed: DeadFeed) -> str:
    if feed.retired_at is not None:
        return f"is not asked since {time_text(feed.retired_at)}: its server says that it is gone for good"
    read = f"since {time_text(feed.last_ok_at)}" if feed.last_ok_at else "once"
    return f"could not be read {read}: {feed.last_error}"


def _succession(feed: DeadFeed) -> str:
    if feed.offer is not None:
        return f"its site offers {offer_text(feed.offer)}: `seedwatch sources adopt {feed.source}` takes it"
    if feed.searched_at is None:
        return "its site will be searched for a successor"
    return f"its site was searched {time_text(feed.searched_at)} in vain: {feed.search_error}"


def print_subscriptions(subscriptions: Sequence[SubscriptionState], now: datetime) -> None:
    """A line on how many feeds hubs push, and one for each hub that refuses; nothing where no feed names a hub."""
    active = [feed for feed in subscriptions if is_active(feed, now)]
    others = [feed for feed in subscriptions if feed.state != "ended" and feed not in active]
    if active:
        latest = max((feed.pushed_at for feed in active if feed.pushed_at), default=None)
        echo(
            f"{counted(len(active), 'feed')} pushed by hubs, last at {time_text(latest, none='no time yet')}"
        )
    offered = [feed for feed in others if feed.state == "offered"]
    if offered:
        echo(f"{counted(len(offered), 'feed')} could be pushed by hubs: `[websub] public_url` subscribes")
    for feed in others:
        if feed.error:
            line = f"{feed.source}: the hub {feed.hub} does not push {feed.feed}: {feed.error}"
            secho(printable(line), fg="yellow")


def is_active(feed: SubscriptionState, now: datetime) -> bool:
    """Whether a hub has promised to push at this time."""
    until = feed.lease_until
    return feed.state == "active" and until is not None and until > now
