"""When other programs poll a feed again, as their sources say; each rule names its file and line. Pure.

The rules are written from the programs' behaviour, with their default settings; waiting for a worker is left out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from benchmarks.simulated_outlets import START


@dataclass(frozen=True, slots=True)
class Poll:
    """What a rule learns of a poll."""

    at: datetime
    since: datetime | None  # the poll before; None for the first
    new: int
    shown: int  # entries in the document
    feed: int  # number of the feed
    week: int  # entries of the last seven days, as far as they were seen


class Rule(Protocol):
    """A program's rule."""

    name: str
    believes_304: float  # share of the polls that ask with validators

    def pause(self, poll: Poll) -> float:
        """Minutes until the next poll."""
        ...


class Hourly:
    """A poll an hour: Miniflux round_robin (internal/model/feed.go:122), FreshRSS (config-user.default.php:20)."""

    name = "hourly (Miniflux round robin, FreshRSS)"
    believes_304 = 1.0

    def pause(self, poll: Poll) -> float:  # noqa: ARG002 - whatever the poll says
        """Minutes until the next poll."""
        return 60


class MinifluxHourly:
    """Miniflux entry_frequency at its hourly tick (internal/model/feed.go:122, internal/cli/scheduler.go).

    Seven days over the entries of the last week, 5 minutes to a day, found by the next tick.
    """

    name = "Miniflux by entry frequency, hourly tick"
    believes_304 = 1.0
    tick = 60.0

    def pause(self, poll: Poll) -> float:
        """Minutes until the next poll."""
        wanted = min(max(7 * 1440 / max(poll.week, 1), 5), 1440)
        passed = (poll.at - START).total_seconds() / 60 + wanted
        return wanted + (-(passed - poll.feed * 0.01)) % self.tick


class MinifluxQuick(MinifluxHourly):
    """The same at a tick of five minutes (POLLING_FREQUENCY=5)."""

    name = "Miniflux by entry frequency, tick of 5 minutes"
    tick = 5.0


class MediaCloud:
    """Media Cloud rss-fetcher's adjustment (fetcher/tasks.py:266-430): bodies are compared, no validators are sent.

    From 6 hours: 10 minutes longer when two thirds of the document are known, an hour shorter (at once to 6 hours from
    above) when less than a third is; at most a day, at least 10 minutes; after two good polls.
    """

    name = "Media Cloud rss-fetcher"
    believes_304 = 0.0

    def __init__(self) -> None:
        """Starts at the default interval."""
        self.minutes: dict[int, float] = {}
        self.polls: dict[int, int] = {}

    def pause(self, poll: Poll) -> float:
        """Minutes until the next poll."""
        minutes = self.minutes.get(poll.feed, 360.0)
        polls = self.polls[poll.feed] = self.polls.get(poll.feed, 0) + 1
        if polls > 2:
            known = 1.01 if not poll.new else 1 - poll.new / max(poll.shown, 1)
            if known >= 0.67:
                minutes = min(minutes + 10, 1440)
            elif known < 0.33:
                minutes = max(min(minutes - 60, 360), 10)
        self.minutes[poll.feed] = minutes
        return minutes


class NewsBlur:
    """NewsBlur for a feed with one subscriber (apps/rss_feeds/models.py, get_next_scheduled_update)."""

    name = "NewsBlur, one subscriber"
    believes_304 = 1.0

    def pause(self, poll: Poll) -> float:
        """Minutes until the next poll."""
        per_day = poll.week / 7
        return 60 if per_day >= 1 else 60 + 660 * (1 - per_day)


class Daily:
    """A poll a day: Huginn's RssAgent (app/models/agents/rss_agent.rb, every_1d)."""

    name = "daily (Huginn)"
    believes_304 = 0.0

    def pause(self, poll: Poll) -> float:  # noqa: ARG002 - whatever the poll says
        """Minutes until the next poll."""
        return 1440


PEERS = (Hourly, MinifluxHourly, MinifluxQuick, MediaCloud, NewsBlur, Daily)
