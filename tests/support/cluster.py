"""A cluster of real processes over a real PostgreSQL, before the demo press: walked, killed, and looked at."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.demo.press import Press
from scheduler.demo.settings_file import write_demo_settings
from tests.support.command_line import environment

ROLES = ("scheduler", "writer", "worker", "second worker")
_OPTIONS = {"scheduler": ["--tick", "0.2", "--silence", "3"], "worker": ["--silence", "3"], "writer": []}
_LOOK_S = 0.1
_PATIENCE_S = 120.0


@dataclass
class Cluster:
    """Processes by role, in a folder with settings and database."""

    folder: Path
    dsn: str
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        """What all is stored in."""
        return self.folder / "demo.db"

    @property
    def more(self) -> dict[str, str]:
        """What its processes find in their environment."""
        return {"SEEDWATCH_DSN": self.dsn}

    def start(
        self,
        *roles: str,
        options: Sequence[str] = (),
        core: int | None = None,
        more: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "scheduler.cli.main"),
    ) -> None:
        """Start processes, kept to one *core* if that is given, with *more* in their environment, or another *program*.

        What they say goes into files.
        """
        for role in roles:
            part = role.split()[-1]
            kept = ["taskset", "-c", str(core)] if core is not None else []
            with (self.folder / f"{role}.log").open("ab") as log:
                self.processes[role] = subprocess.Popen(
                    [
                        *kept, sys.executable, "-P", *program, "run", "--role", part, *_OPTIONS[part], *options,
                    ],
                    cwd=self.folder, env=environment({**self.more, **(more or {})}), stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip

    def kill(self, role: str) -> None:
        """End a process as a crash does, with all that it started."""
        os.killpg(self.processes[role].pid, signal.SIGKILL)
        self.processes.pop(role).wait()

    def stop(self) -> dict[str, int]:
        """Stop all processes in order; their exit codes."""
        for process in self.processes.values():
            process.terminate()
        return {role: self.processes.pop(role).wait(_PATIENCE_S) for role in list(self.processes)}

    def said(self) -> str:
        """What all processes have said, for who looks for a reason."""
        return "\n".join(f"--- {log.stem}\n{log.read_text()[-3_000:]}" for log in self.folder.glob("*.log"))

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the database says; nothing while it has no such table."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as connection:
            try:
                return connection.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def count(self, query: str, *values: object) -> int:
        """The one number that the database answers; 0 without an answer."""
        found = self.rows(query, *values)
        return int(str(found[0][0])) if found else 0

    def is_done(self, least_polls: int) -> bool:
        """Whether so many polls were made, nothing waits, and no run is open."""
        return (
            self.count("SELECT count(*) FROM polls") >= least_polls
            and not self.count("SELECT count(*) FROM links WHERE state = 'queued'")
            and not self.count("SELECT count(*) FROM runs WHERE state = 'running'")
        )

    def wait_until(self, is_so: Callable[[], bool], what: str, *, patience_s: float = _PATIENCE_S) -> None:
        """Wait until something is so; if it does not come to be, all that was said is the reason."""
        pause = threading.Event()
        for _ in range(round(patience_s / _LOOK_S)):
            if is_so():
                return
            pause.wait(_LOOK_S)
        raise AssertionError(f"{what} did not come to be\n{self.said()}")

    def begin_again(self) -> int:
        """Have all feeds polled, and all pages read, once more; how many polls there were before."""
        with closing(sqlite3.connect(self.database, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            (polls,) = connection.execute("SELECT count(*) FROM polls").fetchone()
            connection.execute("UPDATE feeds SET next_due_at = NULL")
            connection.execute(
                "UPDATE links SET state = 'queued', next_try_at = NULL, run_id = NULL, attempts = 0"
            )
            connection.execute("COMMIT")
        return int(polls)


def session_cpu_s(sessions: Collection[int]) -> float:
    """CPU that the processes of *sessions*, by the number of the first of each, took so far, in seconds.

    All that a process starts belongs to its session, unless it leaves it; what has ended is told by who waited for it.
    """
    total = 0.0
    for process in Path("/proc").iterdir():
        try:
            fields = (process / "stat").read_text().rpartition(") ")[2].split()
        except (OSError, ValueError):
            continue
        if process.name.isdigit() and int(fields[3]) in sessions:
            total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def make_cluster(folder: Path, dsn: str, press: Press) -> Cluster:
    """A cluster before *press*, of which nothing runs yet."""
    settings = write_demo_settings(folder, press)
    text = settings.read_text("utf-8")
    settings.write_text(
        text.replace("[crawl]", '[cluster]\ndsn_env = "SEEDWATCH_DSN"\n\n[crawl]', 1), "utf-8"
    )
    return Cluster(folder, dsn)


def fault_times(seed: int, faults: list[str], least: int, most: int) -> list[tuple[int, str]]:
    """When each of *faults* comes, as a count of stored outcomes from *least* to *most*, in order."""
    chance = random.Random(seed)
    return sorted((chance.randint(least, most), fault) for fault in faults)
