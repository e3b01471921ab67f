"""A simulated year of the demo press under a set clock; prints a table a month, and what held in the end.

`python -m benchmarks.year [--days 365] [--seed 1] [--looks 1] [--folder FOLDER]`. The daemon's own parts are called in
the order of its tick: settings, sign of life, crawl in the warm worker, hourly check, delivery of alerts; between two
calls the clock of all our processes jumps. The press answers by the true time, whatever our clock says. All traffic
is to 127.0.0.1. Needs a C compiler for the clock.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.not_modified import memory_mb
from benchmarks.soak import GROWTH_BAR_MB, going_round
from benchmarks.year.plan import BEGIN, Story
from benchmarks.year.press import Year
from benchmarks.year.words import TOPIC
from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from crawler.urls import url_key
from scheduler.alerts.delivery import AlertDelivery
from scheduler.config.load import Config, load_config
from scheduler.config.sync import sync
from scheduler.daemon.crawl import Crawl, close_dead_runs
from scheduler.daemon.heartbeat import SHORTEST_GAP, Heartbeat, Moment
from scheduler.daemon.supervisor import Worker
from scheduler.demo.settings_file import write_demo_settings
from scheduler.health.hourly_check import check_if_due
from storage import db, meta
from storage.health import workload
from tests.support.command_line import members_of
from tests.support.receivers import Receiver, receiving
from tests.support.set_clock import SetClock

BEAT = SHORTEST_GAP - timedelta(seconds=20)  # between two signs of life, as far apart as may be
MOST_RATIO = 1.25
MOST_CRAWLS = 6  # that one moment may need; more is a daemon that spins
DIGEST = """
[[alert]]
name = "morning"
url = "json+http://{place}/digest"
digest = "08:00"
"""


class Time:
    """What time it truly is, and what our clock says: both are jumped ahead; in between they run as time does."""

    def __init__(self, clock_: SetClock, ahead: Callable[[datetime], timedelta]) -> None:
        self._clock, self._ahead = clock_, ahead
        self._at, self._at_s = BEGIN, time.monotonic()
        self._set_s = 0
        self.move(BEGIN)

    def now(self) -> datetime:
        """The true time."""
        return self._at + timedelta(seconds=time.monotonic() - self._at_s)

    def move(self, to: datetime) -> None:
        """Let it be so late."""
        self._at, self._at_s = to, time.monotonic()
        ours = to + self._ahead(to)
        self._set_s += round((ours - datetime.now(UTC)).total_seconds())
        self._clock.set(self._set_s)

    def moment(self) -> Moment:
        """Both clocks of the sign of life; the one that never steps is the true one."""
        return Moment(clock.now(), (self.now() - BEGIN).total_seconds())


@dataclass
class Seen:
    """What was seen on the way."""

    crawls: int = 0
    failed: list[str] = field(default_factory=list)
    spins: list[str] = field(default_factory=list)
    ran: timedelta = timedelta()  # how long we have run, without the times in which we were off
    alerts: dict[int, timedelta] = field(
        default_factory=dict
    )  # when an alert was seen to wait first, of that
    told: dict[int, timedelta] = field(default_factory=dict)  # how long it waited, of that
    months: list[tuple[int, float, float]] = field(default_factory=list)  # articles, kB, MB of memory at most
    memory: list[float] = field(default_factory=list)  # of this month
    lines: list[str] = field(default_factory=list)  # that the daemon would have told


class Life:
    """The daemon's parts over one database."""

    def __init__(self, folder: Path, year: Year, time_: Time, receiver: Receiver, chance: Random) -> None:
        self.year, self.time, self.receiver, self.chance = year, time_, receiver, chance
        self.seen = Seen()
        self.step = timedelta()  # the longest between two ticks
        self.config = self._settings(folder)
        self.worker = Worker()
        self.delivery = AlertDelivery(lambda: self.config, os.environ, self.seen.lines.append)
        self.heart = Heartbeat(self.seen.lines.append, lambda: None)

    @property
    def database(self) -> Path:
        """The file."""
        return self.config.database

    def _settings(self, folder: Path) -> Config:
        path = write_demo_settings(folder, self.year.press)
        text = path.read_text(encoding="utf-8").replace("delay = 0.05", "delay = 0")
        allowed = self.receiver.place
        text = text.replace("allow_private = [", f'allow_private = ["{allowed}", ')
        query = " OR ".join(f'"{name}"' for name in TOPIC.values())
        text = text.replace('name = "strait-link"', f"name = \"strait-link\"\nany = '{query}'", 1)
        path.write_text(text + DIGEST.format(place=allowed), encoding="utf-8")
        return load_config(path, os.environ)

    def begin(self) -> None:
        """As the daemon starts."""
        with closing(db.connect(self.database)) as connection:
            sync(connection, self.config, clock.now())
            close_dead_runs(connection, clock.now(), is_own_dead=True)
            self.heart.begin(connection, self.time.moment())

    async def go_on(self, until: datetime) -> None:
        """Let time pass with signs of life, then do what the daemon does in a tick."""
        self.seen.ran += until - self.time.now()
        self.step = max(self.step, until - self.time.now())
        while self.time.now() + BEAT < until:
            self.time.move(self.time.now() + BEAT)
            self.heart.look(self.database, self.time.moment())
        self.time.move(until)
        self.heart.look(self.database, self.time.moment())
        for number in range(MOST_CRAWLS + 1):
            if not self._has_work():
                break
            if number == MOST_CRAWLS:
                self.seen.spins.append(f"{until:%Y-%m-%d %H:%M}")
                break
            await self._crawl()
        self.seen.lines += check_if_due(self.database, clock.now())
        await self.delivery.look(self.database)
        await self.delivery.settle()
        self._note_alerts()

    def _has_work(self) -> bool:
        with closing(db.connect(self.database)) as connection:
            close_dead_runs(connection, clock.now(), is_own_dead=True)
            return workload.has_work(connection, clock.now(), DUE_RULES)

    async def _crawl(self) -> None:
        report = await Crawl(self.database, trigger="schedule", worker=self.worker).run()
        self.seen.crawls += 1
        if report.state != "finished":
            self.seen.failed.append(f"run {report.run_id} {report.state}: {report.error}")
        if self.worker.pid is not None:
            self.seen.memory.append(sum(map(memory_mb, members_of(self.worker.pid))))

    def _note_alerts(self) -> None:
        waiting = "SELECT id FROM alerts WHERE message_id IS NULL"
        sent = "SELECT alerts.id FROM alerts JOIN alert_messages ON alert_messages.id = message_id WHERE state = 'sent'"
        seen = self.seen
        for row in self.rows(waiting):
            seen.alerts.setdefault(row["id"], seen.ran)
        for row in self.rows(sent):
            if row["id"] not in seen.told:
                seen.told[row["id"]] = seen.ran - seen.alerts.get(row["id"], seen.ran)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a query gives."""
        with closing(db.connect(self.database, readonly=True)) as connection:
            return [dict(row) for row in connection.execute(sql).fetchall()]


async def live(life: Life, looks: float) -> None:
    """The whole time; a line of the table for each 30 days."""
    plan, month, begun_s = life.year.plan, 1, time.monotonic()
    life.begin()
    at, was_off = BEGIN, False
    print(
        "| day | articles | edits | crawls | polls | second looks | MB of the file | kB an article | memory, MB | s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    while at < plan.ends:
        at += timedelta(hours=24 / looks * life.chance.uniform(0.7, 1.3))
        if plan.outage(None, at):
            was_off = True
            await life.worker.end()
            continue
        if was_off:
            life.time.move(at)
            life.heart = Heartbeat(life.seen.lines.append, lambda: None)
            life.begin()
            was_off = False
        await life.go_on(at)
        if at >= BEGIN + timedelta(days=30 * month) or at >= plan.ends:
            _print_month(life, at, time.monotonic() - begun_s)
            month, begun_s = month + 1, time.monotonic()
            life.seen.memory.clear()
    await life.worker.end()


def _print_month(life: Life, at: datetime, took_s: float) -> None:
    (counts,) = life.rows(
        "SELECT (SELECT count(*) FROM articles WHERE origin = 'crawl') AS articles,"
        " (SELECT count(*) FROM revisions WHERE number > 1) AS revisions, (SELECT count(*) FROM runs) AS runs,"
        " (SELECT count(*) FROM polls) AS polls, (SELECT count(*) FROM looks) AS looks"
    )
    size = sum(path.stat().st_size for path in life.database.parent.glob(life.database.name + "*"))
    memory = max(life.seen.memory, default=0.0)
    life.seen.months.append((counts["articles"], size / 1e3, memory))
    cells = (
        (at - BEGIN).days,
        counts["articles"],
        counts["revisions"],
        counts["runs"],
        counts["polls"],
        counts["looks"],
        f"{size / 1e6:.1f}",
        f"{size / 1e3 / max(1, counts['articles']):.1f}",
        f"{memory:.0f}",
        f"{took_s:.0f}",
    )
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def judge(life: Life) -> list[tuple[str, str, str, bool]]:
    """What held: name, bar, what was seen, whether it is good."""
    return [*_held(life), *_changes(life), *_relations(life), *_service(life), *_size(life)]


def _held(life: Life) -> list[tuple[str, str, str, bool]]:
    year = life.year
    links = {row["url_key"]: row for row in life.rows("SELECT * FROM links")}
    articles = life.rows("SELECT * FROM articles WHERE origin = 'crawl'")
    addresses = life.rows("SELECT * FROM article_addresses")
    held = {url_key(row["url"]) for row in (*articles, *addresses)}
    shown = [story for story in year.plan.stories if story.number in year.shown]
    lost = [story for story in shown if url_key(year.url(story)) not in held]
    silent = [story for story in lost if not _is_told(links.get(url_key(year.url(story))))]
    for story in lost:
        link = links.get(url_key(year.url(story)), {})
        print(
            f"not held: {_words(story)}: {link.get('state')} {link.get('reason')} {link.get('detail')}",
            file=sys.stderr,
        )
    numbers = Counter(number for row in articles if (number := _number(row)))
    twice = [number for number, times in numbers.items() if times > 1]
    for number in twice:
        print(f"twice: {_words(year.plan.stories[number])}", file=sys.stderr)
    strange = [row for row in articles if row["title"] not in {story.title for story in year.plan.stories}]
    for row in strange:
        print(f"strange: {row['title']} {row['url']}", file=sys.stderr)
    printed = [story for story in year.plan.stories if story.published <= life.time.now()]
    return [
        ("stories printed, and of these listed when we looked", "", f"{len(printed)}, {len(shown)}", True),
        ("listed, not held, and no outcome says why", "0", str(len(silent)), not silent),
        ("listed, not held, with an outcome", "", str(len(lost) - len(silent)), True),
        ("held twice", "0", str(len(twice)), not twice),
        ("held under a headline that nobody printed", "0", str(len(strange)), not strange),
    ]


def _is_told(link: dict[str, Any] | None) -> bool:
    """Whether a link says what became of it; one that waits after it was tried does, too."""
    return link is not None and (link["state"] not in {"queued", "past"})


def _words(story: Story) -> str:
    changes = {"edited": story.versions[-1].since, "removed": story.removed, "back": story.returns}
    said = "".join(
        f", {name} {at:%m-%d %H:%M}" for name, at in changes.items() if at and at != story.published
    )
    return f"{story.outlet} {story.number} of {story.published:%m-%d %H:%M}{said}"


_WATCHED = """
    SELECT articles.*, watches.ended, watches.due_at, watches.looks,
        (SELECT group_concat(event) FROM article_events WHERE article_id = articles.id) AS events
    FROM articles LEFT JOIN watches ON watches.article_id = articles.id
    WHERE origin = 'crawl' AND EXISTS (SELECT 1 FROM matches WHERE article_id = articles.id AND band = 'match')
"""
# What is left to review is not looked at again, the others after a quarter of their age; none is removed after 41 days.
_TIME_TO_SEE = timedelta(days=20)


def _changes(life: Life) -> list[tuple[str, str, str, bool]]:
    """Edits, removals and returns of what is watched, where there was time to see them."""
    year, late = life.year, life.year.plan.ends - _TIME_TO_SEE
    articles = {url_key(row["url"]): row for row in life.rows(_WATCHED)}
    held = [(story, articles.get(url_key(year.url(story)))) for story in year.plan.stories]
    tried: dict[str, list[tuple[Story, dict[str, Any], bool]]] = {"edits": [], "removals": [], "returns": []}
    for story, row in held:
        if row is not None and row["first_seen_at"] <= late.isoformat():
            for name, is_seen in _expected(story, row, late):
                tried[name].append((story, row, is_seen))
    found = []
    for name, stories in tried.items():
        missed = [(story, row) for story, row, is_seen in stories if not is_seen]
        for story, row in missed:
            print(f"missed of {name}: {_words(story)}: {_seen_of(row)}", file=sys.stderr)
        said = f"{len(missed)} of {len(stories)}"
        found.append((f"{name} of watched stories, missed", "0", said, not missed))
    wrong = [
        story for story, row in held if row and "deleted" in (row["events"] or "") and story.removed is None
    ]
    for story in wrong:
        print(f"deleted though never removed: {_words(story)}", file=sys.stderr)
    return [*found, ("called deleted though never removed", "0", str(len(wrong)), not wrong)]


def _expected(story: Story, row: dict[str, Any], late: datetime) -> Iterator[tuple[str, bool]]:
    """The changes of a story that should have been seen before *late*, and whether each was."""
    events = (row["events"] or "").split(",")
    since = story.versions[-1].since
    is_edited = len(story.versions) > 1 and row["first_seen_at"] < since.isoformat()
    if is_edited and story.removed is None and since < late:
        yield "edits", row["revisions"] > 0
    if story.removed and story.removed < late:
        yield "removals", "deleted" in events
        if story.returns and story.returns < late and "deleted" in events:
            yield "returns", "returned" in events and row["state"] == "live"


def _seen_of(row: dict[str, Any]) -> str:
    names = ("state", "events", "first_seen_at", "ended", "due_at", "looks", "revisions")
    return ", ".join(f"{name} {row[name]}" for name in names)


def _relations(life: Life) -> list[tuple[str, str, str, bool]]:
    rows = life.rows(
        "SELECT copies.*, one.published_at AS late, other.published_at AS early FROM copies"
        " JOIN articles AS one ON one.id = article_id JOIN articles AS other ON other.id = original_id"
    )
    leads: dict[int, set[int]] = {}
    for row in rows:
        leads.setdefault(row["article_id"], set()).add(row["original_id"])
    round_ = going_round(leads)
    ahead = [
        row for row in rows
        if row["relation"] == "follow_up" and row["late"] and row["early"] and row["late"] < row["early"]
    ]  # fmt: skip
    kinds = {name: sum(row["relation"] == name for row in rows) for name in {row["relation"] for row in rows}}
    said = ", ".join(f"{number} {name}" for name, number in sorted(kinds.items()))
    return [
        ("relations", "", said, True),
        ("relations that go round", "0", str(len(round_)), not round_),
        ("follow-ups that point ahead in time", "0", str(len(ahead)), not ahead),
    ]


# Matches of articles that are no copies, with no alert that waits, was sent or was withdrawn.
_UNTOLD = """
    SELECT title, url, matched_at FROM matches JOIN articles ON articles.id = matches.article_id
    WHERE band = 'match' AND NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.article_id = articles.id)
        AND NOT EXISTS (
            SELECT 1 FROM copies WHERE copies.article_id = articles.id AND relation <> 'follow_up'
        )
        AND NOT EXISTS (
            SELECT 1 FROM copies JOIN alerts ON alerts.article_id = copies.article_id
            WHERE original_id = articles.id AND relation <> 'follow_up'
        )
"""


def _number(row: dict[str, Any]) -> int:
    """The number of the story that stands at an address; 0 if it is none."""
    found = re.search(r"story-(\d+)", row["url"])
    return int(found[1]) if found else 0


def _is_news(year: Year, number: int) -> bool:
    return year.plan.stories[number].published >= BEGIN


def _service(life: Life) -> list[tuple[str, str, str, bool]]:
    seen = life.seen
    open_runs = life.rows("SELECT id FROM runs WHERE state = 'running'")
    leases = life.rows("SELECT id FROM feeds WHERE lease_token IS NOT NULL")
    sound = life.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    waits = sorted(seen.told.values())
    longest = waits[-1] if waits else timedelta()
    late = [
        one for one, at in seen.alerts.items() if one not in seen.told and at < seen.ran - timedelta(days=2)
    ]
    untold = [row for row in life.rows(_UNTOLD) if (number := _number(row)) and _is_news(life.year, number)]
    for row in untold:
        print(f"never told: {row['title']} {row['url']} matched {row['matched_at']}", file=sys.stderr)
    with closing(db.connect(life.database)) as connection:
        trusted = meta.get(connection, meta.CLOCK_TRUST).doubted_since is None
    for line in (*seen.failed, *seen.spins):
        print(f"failed or spun: {line}", file=sys.stderr)
    hours, bar = longest.total_seconds() / 3600, round(24 + life.step.total_seconds() / 3600)
    return [
        ("crawls, and of these not finished", "0", f"{seen.crawls}, {len(seen.failed)}", not seen.failed),
        (f"moments that needed more than {MOST_CRAWLS} crawls", "0", str(len(seen.spins)), not seen.spins),
        ("runs without an end, leases", "0, 0", f"{len(open_runs)}, {len(leases)}", not open_runs and not leases),
        ("matches told by a digest, longest wait", f"{bar} h", f"{len(waits)}, {hours:.1f} h", hours <= bar),
        ("matches that no digest told within two days", "0", str(len(late)), not late),
        ("stories on the topic, printed since we began, that nothing tells", "0", str(len(untold)), not untold),
        ("the clock is believed in the end", "yes", "yes" if trusted else "NO", trusted),
        ("SQLite's own check", "ok", "ok" if sound else "BROKEN", sound),
    ]  # fmt: skip


def _size(life: Life) -> list[tuple[str, str, str, bool]]:
    """What articles of the last months cost beside those of the second, and whether memory grows."""
    months = life.seen.months
    if len(months) < 4:
        return []
    (early, early_kb, _), (then, then_kb, held_mb) = months[:2]
    (before, before_kb, _), (last, last_kb, last_mb) = months[-3], months[-1]
    ratio = (last_kb - before_kb) / (last - before) / ((then_kb - early_kb) / (then - early))
    return [
        (
            "file: kB an article in the last months, to the second",
            f"at most {MOST_RATIO}",
            f"{ratio:.2f}",
            ratio <= MOST_RATIO,
        ),
        (
            "memory of the worker and what it has started: last month less second",
            f"< {GROWTH_BAR_MB} MB",
            f"{last_mb - held_mb:+.0f} MB",
            last_mb - held_mb < GROWTH_BAR_MB,
        ),
    ]


def simulate(options: argparse.Namespace, folder: Path, clock_: SetClock) -> int:
    """Live the time in this process, whose clock is set."""
    time_: list[Time] = []
    with receiving() as receiver, Year(options.days, options.seed, lambda: time_[0].now()) as year:
        time_.append(Time(clock_, year.plan.ahead))
        life = Life(folder, year, time_[0], receiver, Random(options.seed))
        asyncio.run(live(life, options.looks))
        (folder / "told.txt").write_text("\n".join(life.seen.lines))
        results = judge(life)
    print("\n| what | bar | seen |\n|---|---|---|")
    for name, bar, said, is_good in results:
        print(f"| {name} | {bar} | {said}{'' if is_good else ' **missed**'} |", flush=True)
    return 0 if all(line[3] for line in results) else 1


def main() -> int:
    """Begin anew under a clock of our own, unless this is it."""
    parser = argparse.ArgumentParser(prog="benchmarks.year")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--looks", type=float, default=1, help="a day at which the daemon looks for work")
    parser.add_argument("--folder", type=Path, help="where to work; default: a new temporary folder")
    options = parser.parse_args()
    if "TEST_CLOCK" in os.environ:
        file = Path(os.environ["TEST_CLOCK"])
        return simulate(options, file.parent, SetClock(file, Path(os.environ["LD_PRELOAD"])))
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, **SetClock.made_in(folder).environment}
        arguments = [sys.executable, "-m", "benchmarks.year", *sys.argv[1:]]
        return subprocess.run(arguments, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
