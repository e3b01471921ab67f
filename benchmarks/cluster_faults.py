"""What a cluster makes of each bad input and each loss that docs/cluster.md has a line for. Prints a table.

    sudo python -m benchmarks.cluster_faults [--only NAME ...] [--away 60]

Scheduler, writer and two workers of real processes crawl the demo press over a real PostgreSQL, as a user who owns
nothing but the database. In each case something is taken away in the middle of a crawl, or put there that should not
be; then what `status` says, what goes on, and, once the cause is gone, whether the crawl comes to its end by itself,
with every feed polled and each article there once. Small file systems need root and Linux; a set clock, a C compiler.
Exits with 1 if something is lost, comes twice, is not told, or does not come back.
"""

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from scheduler.demo.press import Press
from storage.records.cluster import WIRE_VERSION
from tests.support.cluster import ROLES, Cluster, make_cluster
from tests.support.command_line import run_here
from tests.support.postgres import Postgres, postgres
from tests.support.set_clock import SetClock

FEEDS = 10
ARTICLES = "SELECT url_key, text_hash FROM articles ORDER BY url_key"
SETTLED = "SELECT count(*) FROM links WHERE state NOT IN ('queued', 'failed')"
HOUR_S, DAY_S = 3_600, 86_400
# A program that is seedwatch, but for the version of what it reads and sends.
OF_ANOTHER_VERSION = """
import sys
import storage.records.cluster as cluster
cluster.WIRE_VERSION += {more}
from scheduler.cli.main import main
main()
"""


@dataclass
class Desk:
    """A cluster that runs, and what can be done to it."""

    cluster: Cluster
    server: Postgres
    clock: SetClock
    away_s: float

    def __post_init__(self) -> None:
        self.missed = 0

    def start(self, *roles: str, clock: SetClock | None = None) -> None:
        """Start parts of it."""
        self.cluster.start(*roles, more=(clock or self.clock).environment)

    def restart(self, *roles: str, clock: SetClock | None = None) -> None:
        """Kill parts, and start them."""
        for role in roles:
            self.cluster.kill(role)
        self.start(*roles, clock=clock)

    def told(self) -> list[str]:
        """What `status` says is wrong with the cluster; both forms of it must agree."""
        found = run_here("status", "--json", folder=self.cluster.folder, more=self.cluster.more)
        problems: list[str] = (
            (found.json.get("cluster") or {}).get("problems", []) if found.out else [found.err]
        )
        return problems

    def wait_told(self, part: str) -> str:
        """Wait until `status` says *part*; the line that does."""
        said: list[str] = []

        def is_told() -> bool:
            said[:] = [line for line in self.told() if part in line]
            return bool(said)

        self.cluster.wait_until(is_told, f"{part!r} in status")
        shown = " ".join(run_here("status", folder=self.cluster.folder, more=self.cluster.more).out.split())
        assert part in shown, (part, shown)
        return said[0]

    def execute(self, statement: str, values: object = None) -> list[tuple[object, ...]]:
        """Carry out a statement in the cluster's database as who may do all."""
        dsn = f"{self.server.dsn.rsplit('/', 1)[0]}/desk"
        with psycopg.connect(dsn, autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def memory_mb(self) -> dict[str, int]:
        """Resident memory of each part, what it has started left out."""
        return {
            role: int((Path("/proc") / str(process.pid) / "statm").read_text().split()[1]) * 4096 // 10**6
            for role, process in self.cluster.processes.items()
        }

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        threading.Event().wait(seconds)


Case = Callable[[Desk], str]


@contextmanager
def in_a_crawl(desk: Desk) -> Iterator[None]:
    """A crawl that has begun; after the block it must come to its end with all that was there before."""
    cluster = desk.cluster
    before, polls = cluster.rows(ARTICLES), cluster.begin_again()
    cluster.wait_until(lambda: cluster.count("SELECT count(*) FROM polls") > polls, "the first polls")
    yield
    cluster.wait_until(lambda: cluster.is_done(polls + FEEDS), "the end of the crawl")
    cluster.wait_until(lambda: desk.told() == [], f"the end of what is told: {desk.told()}")
    assert cluster.rows(ARTICLES) == before, "lost, or twice"
    polled = cluster.count("SELECT count(DISTINCT feed_id) FROM polls WHERE id > ?", polls)
    assert polled == FEEDS, f"{polled} feeds polled"


def postgres_away(desk: Desk) -> str:
    """PostgreSQL ends as by a crash and is away for a minute."""
    with in_a_crawl(desk):
        before = desk.memory_mb()
        desk.server.stop("immediate")
        said = desk.wait_told("cannot be had")
        desk.pause(desk.away_s)
        after = desk.memory_mb()
        desk.server.start()
    grown = max(after[role] - before[role] for role in before)
    return f"{said[:60]}…; memory grew by {grown} MB at most"


def postgres_away_a_day(desk: Desk) -> str:
    """PostgreSQL is away while all clocks go on by a day: leases end, runs grow old."""
    with in_a_crawl(desk):
        desk.server.stop("immediate")
        said = desk.wait_told("cannot be had")
        before = desk.memory_mb()
        desk.clock.set(DAY_S)
        desk.pause(desk.away_s / 2)
        after = desk.memory_mb()
        desk.server.start(desk.clock.environment)
    grown = max(after[role] - before[role] for role in before)
    return f"{said[:60]}…; memory grew by {grown} MB at most"


def tables_lost(desk: Desk) -> str:
    """The database of PostgreSQL is gone, and made anew, empty."""
    with in_a_crawl(desk):
        desk.server.execute("DROP DATABASE desk WITH (FORCE)")
        said = desk.wait_told("cannot be had")
        desk.server.execute("CREATE DATABASE desk OWNER desk")
    return said[:90]


def rights_taken(desk: Desk) -> str:
    """The user may not write records any more."""
    with in_a_crawl(desk):
        desk.execute("REVOKE ALL ON seedwatch_records FROM desk")
        said = desk.wait_told("give the user rights")
        desk.execute("GRANT ALL ON seedwatch_records TO desk")
    return said[:90]


def records_not_written(desk: Desk) -> str:
    """The user may read all, and write all but records: nothing fails but what ends jobs."""
    with in_a_crawl(desk):
        desk.execute("REVOKE INSERT ON seedwatch_records FROM desk")
        said = desk.wait_told("permission denied")
        desk.execute("GRANT INSERT ON seedwatch_records TO desk")
    return said[:90]


def postgres_full(desk: Desk) -> str:
    """The disk of PostgreSQL's tables is full."""
    with in_a_crawl(desk), full(desk.server.folder / "small"):
        said = desk.wait_told("disk is full")
    return said[:90]


def database_full(desk: Desk) -> str:
    """The disk of the database is full."""
    cluster = desk.cluster
    with in_a_crawl(desk):
        with _without_log(cluster), full(cluster.folder):
            cluster.wait_until(lambda: "is full" in _cluster_says(desk), "the words of `seedwatch cluster`")
            said = next(line for line in _cluster_says(desk).splitlines() if "is full" in line)
            desk.pause(10)
            ended = [role for role, process in cluster.processes.items() if process.poll() is not None]
        for role in ended:  # as systemd or Docker does
            desk.start(role)
    return f"{said[:90]}; ended and were started again: {', '.join(ended) or 'none'}"


@contextmanager
def _without_log(cluster: Cluster) -> Iterator[None]:
    """The write-ahead log at its beginning: what it takes once can be written again on a full disk."""
    with closing(sqlite3.connect(cluster.database, timeout=30, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield


def _cluster_says(desk: Desk) -> str:
    return run_here("cluster", folder=desk.cluster.folder, more=desk.cluster.more).out


def clocks_wrong(desk: Desk) -> str:
    """One worker's clock is an hour ahead, the other's an hour behind."""
    said = []
    with tempfile.TemporaryDirectory() as folder:
        clocks = []
        for name, seconds in (("ahead", HOUR_S), ("behind", -HOUR_S)):
            place = Path(folder) / name
            place.mkdir()
            clocks.append(SetClock.made_in(place))
            clocks[-1].set(seconds)
        with in_a_crawl(desk):
            for role, wrong in zip(("worker", "second worker"), clocks, strict=True):
                desk.restart(role, clock=wrong)
            said = [desk.wait_told(f"{seconds:+d} s") for seconds in (HOUR_S, -HOUR_S)]
            desk.cluster.wait_until(lambda: desk.cluster.is_done(FEEDS), "the end of the first of two crawls")
            polls = desk.cluster.begin_again()
            desk.cluster.wait_until(lambda: desk.cluster.is_done(polls + FEEDS), "the crawl by wrong clocks")
            wrong_times = desk.cluster.count(
                "SELECT count(*) FROM (SELECT polled_at FROM polls ORDER BY id LIMIT -1 OFFSET ?) "
                "WHERE abs(unixepoch(polled_at) - unixepoch('now')) > 1200",
                polls,
            )
            desk.restart("worker", "second worker")
    assert wrong_times == 0, f"{wrong_times} polls with times of a wrong clock"
    return f"{said[0][:80]}; no time of theirs was noted"


def clock_of_postgres_wrong(desk: Desk) -> str:
    """The clock of PostgreSQL's machine is an hour behind."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        wrong = SetClock.made_in(Path(folder))
        wrong.set(-HOUR_S)
        with in_a_crawl(desk):
            desk.server.stop()
            desk.server.start(wrong.environment)
            said = desk.wait_told("PostgreSQL's machine")
            others = [line for line in desk.told() if line != said]
            desk.server.stop()
            desk.server.start()
    assert not others, others
    return said[:90]


def of_an_older_version(desk: Desk) -> str:
    """A worker of an older version comes."""
    return _other_version(desk, -1, "upgrade seedwatch here")


def of_a_newer_version(desk: Desk) -> str:
    """A worker of a newer version comes before its scheduler."""
    return _other_version(desk, 1, "upgrade the scheduler first")


def _other_version(desk: Desk, more: int, advice: str) -> str:
    cluster = desk.cluster
    with in_a_crawl(desk):
        program = ["-c", OF_ANOTHER_VERSION.format(more=more)]
        cluster.start("third worker", program=program)
        process = cluster.processes.pop("third worker")
        code = process.wait(60)
    said = (cluster.folder / "third worker.log").read_text().strip().splitlines()[-1]
    assert (code, advice in said) == (2, True), (code, said)
    return f"exit code 2: {said[-110:]}"


def old_rows_again(desk: Desk) -> str:
    """All records of a crawl come again a day later, and once more after their job is forgotten."""
    cluster = desk.cluster
    columns = "job, host, position, kind, wire_version, payload"
    desk.execute("CREATE TABLE kept AS SELECT * FROM seedwatch_records LIMIT 0")
    desk.execute(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        "AS 'BEGIN INSERT INTO kept SELECT NEW.*; RETURN NULL; END'"
    )
    desk.execute(
        "CREATE TRIGGER keeping AFTER INSERT ON seedwatch_records FOR EACH ROW EXECUTE FUNCTION keep()"
    )
    with in_a_crawl(desk):
        pass
    desk.execute("DROP TRIGGER keeping ON seedwatch_records")
    ((number,),) = desk.execute("SELECT count(*) FROM kept")
    before = cluster.rows(ARTICLES), cluster.count("SELECT count(*) FROM polls"), cluster.count(SETTLED)
    for days in (1, 9):
        desk.clock.set(days * DAY_S)
        if days > 1:
            desk.restart("writer")  # it forgets as it begins
        desk.execute(f"INSERT INTO seedwatch_records ({columns}) SELECT {columns} FROM kept ORDER BY id")
        cluster.wait_until(
            lambda: desk.execute("SELECT count(*) FROM seedwatch_records") == [(0,)], "all of them drained"
        )
        after = cluster.rows(ARTICLES), cluster.count("SELECT count(*) FROM polls"), cluster.count(SETTLED)
        if days == 1:
            assert after == before, "something was stored again"
        assert after[0] == before[0], "an article came twice"
    desk.execute("DROP TABLE kept")
    desk.clock.set(0)
    return f"{number} records, none stored again after a day; after nine no article twice"


def unreadable(desk: Desk) -> str:
    """Records that are no MessagePack, of a kind that is not known, and of a link that is not there."""
    with in_a_crawl(desk):
        for number, (kind, payload) in enumerate(
            [("article", b"\xc1"), ("of the future", b""), ("link", b"\x80")], 1
        ):
            desk.execute(
                "INSERT INTO seedwatch_records (job, host, position, kind, wire_version, payload) "
                "VALUES ('bad', 'h', %s, %s, %s, %s)",
                (number, kind, WIRE_VERSION, payload),
            )
        said = desk.wait_told("3 dead letters")
        dropped = run_here("cluster", "drop", "--all", folder=desk.cluster.folder, more=desk.cluster.more).out
    return f"{said}; {dropped.strip()}"


def of_another_database(desk: Desk) -> str:
    """Scheduler and writer of another database come with the same DSN, while ours work and when they are gone."""
    cluster, parts = desk.cluster, ("scheduler", "writer")
    folder = cluster.folder / "other"
    folder.mkdir()
    for settings in cluster.folder.glob("*.toml"):
        text = settings.read_text("utf-8").replace(str(cluster.folder), str(folder))
        (folder / settings.name).write_text(text, "utf-8")
    other = Cluster(folder, cluster.dsn)
    with in_a_crawl(desk):
        other.start(*parts)
        other.wait_until(lambda: other.said().count("another") >= len(parts), "the others' waiting")
        for part in parts:
            cluster.kill(part)
        codes = {part: other.processes.pop(part).wait(60) for part in parts}
        desk.start(*parts)
    assert set(codes.values()) == {2}, (codes, other.said())
    assert other.database.exists(), "the others' database"
    assert not other.count("SELECT count(*) FROM runs"), "the others began a run"
    assert not other.count("SELECT count(*) FROM articles WHERE origin = 'crawl'"), "the others stored ours"
    return f"exit code 2 of both: {other.said().strip().splitlines()[-1][:90]}"


@contextmanager
def full(place: Path) -> Iterator[None]:
    """A small file system whose last byte is taken."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    try:
        yield
    finally:
        ballast.unlink()


CASES: tuple[Case, ...] = (
    postgres_away, postgres_away_a_day, tables_lost, rights_taken, records_not_written, postgres_full, database_full,
    clocks_wrong, clock_of_postgres_wrong, of_an_older_version, of_a_newer_version, of_another_database, old_rows_again,
    unreadable,
)  # fmt: skip


def main() -> int:
    """1 if a case goes wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--away", type=float, default=60.0, help="seconds for which PostgreSQL is away")
    given = parser.parse_args()
    cases = [case for case in CASES if not given.only or case.__name__ in given.only]
    missed = 0
    print("| case | told, seen | comes to its end by itself |\n|---|---|---|", flush=True)
    for case in cases:
        with running(given.away) as desk:
            name = (case.__doc__ or "").strip().rstrip(".")
            try:
                print(f"| {name} | {case(desk)} | yes |", flush=True)
            except AssertionError as error:
                missed += 1
                print(f"| {name} | **{str(error)[:6000]}** | no |", flush=True)
    return int(missed > 0)


@contextmanager
def running(away_s: float) -> Iterator[Desk]:
    """A cluster of its own that has crawled the press once."""
    with (
        postgres() as server,
        Press(slow_s=0.1) as press,
        tempfile.TemporaryDirectory() as place,
        small_disk(Path(place), 80),
    ):
        folder = Path(place) / "desk"
        folder.mkdir()
        Path(place).chmod(0o755)
        (server.folder / "small").mkdir()
        with small_disk(server.folder / "small", 48, like=server.folder):
            (server.folder / "small" / "space").mkdir()
            subprocess.run(
                ["chown", "--reference", server.folder, server.folder / "small" / "space"], check=True
            )
            server.execute(f"CREATE TABLESPACE small LOCATION '{server.folder}/small/space'")
            server.execute("CREATE ROLE desk LOGIN")
            server.execute("CREATE DATABASE desk OWNER desk TABLESPACE small")
            dsn = f"postgresql://desk@127.0.0.1:{server.port}/desk"
            library = Path(place) / "clock"
            library.mkdir()
            desk = Desk(make_cluster(folder, dsn, press), server, SetClock.made_in(library), away_s)
            try:
                desk.start(*ROLES)
                desk.cluster.wait_until(lambda: desk.cluster.is_done(FEEDS), "the first crawl")
                yield desk
            finally:
                for role in list(desk.cluster.processes):
                    desk.cluster.kill(role)


@contextmanager
def small_disk(place: Path, megabytes: int, like: Path | None = None) -> Iterator[None]:
    """A file system of its own at *place*."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", place], check=True)
    if like is not None:
        subprocess.run(["chown", "--reference", like, place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


if __name__ == "__main__":
    sys.exit(main())
