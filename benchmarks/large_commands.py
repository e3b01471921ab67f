"""How long each command takes on a large database, how long it says nothing, and how long it keeps others from writing.

    python -m benchmarks.large_commands FILE [--only PART]... [--cpu] [--show]

FILE is one of `benchmarks.large_database`; the commands run on a copy beside it, which is removed afterwards, each in
a terminal of its own at the time of the newest article. "first" is the first output, "silent" the longest time without
any, each by the clock and in CPU time of the command; "lock" the longest that another process, which asks for the write
lock every 20 ms, had to wait for it. Beside other work only the CPU time means something: --cpu holds the bars against
it, and none against the lock. Prints those that miss a bar first, and exits with 1 if there are any.
"""

import argparse
import os
import pty
import select
import shutil
import sqlite3
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from fcntl import ioctl
from pathlib import Path

from benchmarks import large_database
from benchmarks.log_beside_readers import make_project
from crawler import clock

FIRST_S, SILENT_S, LOCK_MS = 1.0, 2.0, 100.0
_ASKED_EVERY_S = 0.02
_LONGEST_S = 600.0
# A topic with seeds in one language, whose words are common.
LEARNED = "learned"
_SEEDS = 3


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and the seconds that it may take; None: as long as it needs, but never silent."""

    line: str
    bar_s: float | None = None


COMMANDS = (
    Command("check", 5),
    Command("topics list", 1),
    Command("topics show topic2", 1),
    Command(f"topics show {LEARNED}", 1),
    Command("topics review topic2", 1),
    Command("topics explain 400001", 1),
    Command("topics marks topic2", 1),
    Command("status", 1),
    Command("status --json", 1),
    Command("status --coverage", 2),
    Command("status --coverage --days 90", 2),
    Command("coverage --days 366", 5),
    Command("sources list", 1),
    Command("sources export", 1),
    Command("seeds list", 1),
    Command("alerts list", 1),
    Command("story 400001", 1),
    Command("search the", 1),
    Command("search said", 1),
    Command("search subject3", 1),
    Command("search the OR of OR and", 1),
    Command("search th*", 1),
    Command("search the source:outlet7", 1),
    Command("search lang:ko", 1),
    Command("search said date:2026-11", 1),
    Command("search the date:2024-02-03", 1),
    Command("search title:the -n 100", 1),
    Command("search said --by arrival", 1),
    Command("search nowheretobefound", 1),
    Command("search --removed went", 1),
    Command("searches add common the", 1),
    Command("searches list", 1),
    Command("searches show common", 1),
    Command(f"topics test {LEARNED} --days 30", 20),
    Command("topics test topic2 --days 30", 20),
    Command("export --topic topic2 -o topic.jsonl"),
    Command("export --topic topic2 -o topic.csv"),
    Command("export --source outlet7 -o source.csv"),
    Command("export --since 2026-11-01 -o month.jsonl"),
    Command("prune --source outlet7 --before 2025-01-01 --json", 5),
    Command("prune --topic topic5 --before 2024-02-01 --yes", 5),
    Command("prune --source outlet9 --before 2025-10-01 --yes", 5),
    Command("prune --history --json", 5),
    Command("rematch topic3"),
    Command("doctor", 15),
    Command("backup copy.db"),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock and of CPU, at a moment or between two."""

    clock_s: float = 0.0
    cpu_s: float = 0.0

    def since(self, earlier: "Taken") -> "Taken":
        """What passed."""
        return Taken(self.clock_s - earlier.clock_s, self.cpu_s - earlier.cpu_s)

    def or_longer(self, other: "Taken") -> "Taken":
        """The longer, by each."""
        return Taken(max(self.clock_s, other.clock_s), max(self.cpu_s, other.cpu_s))


@dataclass(slots=True)
class Ran:
    """How a command did."""

    command: Command
    status: int = 0
    first: Taken | None = None
    silent: Taken = Taken()
    whole: Taken = Taken()
    lock_ms: float = 0.0
    said: bytes = field(default=b"", repr=False)

    def is_well(self, by_cpu: bool) -> bool:
        """Whether all bars are kept; `status` exits with 1 where a source fails."""
        first, silent, whole = (
            taken.cpu_s if by_cpu else taken.clock_s
            for taken in (self.first or Taken(), self.silent, self.whole)
        )
        bar = self.command.bar_s
        return (
            self.status in (0, 1 if self.command.line.startswith(("status", "doctor")) else 0)
            and first <= FIRST_S
            and silent <= SILENT_S
            and (by_cpu or self.lock_ms <= LOCK_MS)
            and (bar is None or whole <= bar)
        )

    def line(self, by_cpu: bool) -> str:
        """The figures for people."""
        bar = "-" if self.command.bar_s is None else f"{self.command.bar_s:g}"
        parts = [
            f"{name} {taken.clock_s:6.2f} / {taken.cpu_s:5.2f} s"
            for name, taken in (
                ("first", self.first or Taken()),
                ("silent", self.silent),
                ("all", self.whole),
            )
        ]
        sign = "    " if self.is_well(by_cpu) else "MISS"
        return f"{sign} {self.status} {', '.join(parts)} of {bar:>3}, lock {self.lock_ms:4.0f} ms  {self.command.line}"


def main() -> int:
    """0 if every command keeps the bars."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--only", action="append", default=[], help="commands that have this part")
    parser.add_argument("--cpu", action="store_true", help="hold the bars against CPU time")
    parser.add_argument("--show", action="store_true", help="what each said")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.file.absolute().parent) as name:
        folder = Path(name)
        make_world(folder, given.file)
        ran = []
        for command in COMMANDS:
            if not given.only or any(part in command.line for part in given.only):
                ran.append(run(command, folder))
                print(ran[-1].line(given.cpu), flush=True, file=sys.stderr)
                if given.show:
                    print(ran[-1].said.decode(errors="replace"), file=sys.stderr)
    for one in sorted(ran, key=lambda one: one.is_well(given.cpu)):
        print(one.line(given.cpu))
    missed = sum(not one.is_well(given.cpu) for one in ran)
    bars = f"first output {FIRST_S:g} s, silent {SILENT_S:g} s, lock {LOCK_MS:g} ms"
    print(f"{len(ran)} commands, {missed} miss a bar ({bars})")
    return 1 if missed else 0


def make_world(folder: Path, file: Path) -> None:
    """A copy of *file* with its settings and a topic with seeds, taken over once: that is not what is measured."""
    database = folder / "large.db"
    shutil.copyfile(file, database)
    make_project(folder, database, 0)
    (folder / "seeds").mkdir()
    press = large_database.Press(seed=3)
    for number in range(_SEEDS):
        (title, _), (text, _) = press.title(), press.text(270)
        (folder / "seeds" / f"{number}.txt").write_text(f"{title}\n\n{text}\n", encoding="utf-8")
    with (folder / "seedwatch.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[[topic]]\nname = "{LEARNED}"\nseeds = ["seeds"]\n')
    run(Command("check"), folder)


def run(command: Command, folder: Path) -> Ran:
    """Run *command* in a terminal of 100 columns."""
    ran = Ran(command)
    began = time.monotonic()
    with asked_for_lock(folder / "large.db", ran):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(folder)
            called = [sys.executable, "-m", "scheduler.cli.main", *_words(command.line)]
            os.execve(sys.executable, called, _environment())
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        last = Taken()
        while chunk := _read(terminal):
            now = Taken(time.monotonic() - began, _cpu_s(pid))
            ran.first = ran.first or now
            ran.silent = ran.silent.or_longer(now.since(last))
            last = now
            ran.said += chunk
        os.close(terminal)
        _, status, used = os.wait4(pid, 0)
    ran.status = os.waitstatus_to_exitcode(status)
    ran.whole = Taken(time.monotonic() - began, used.ru_utime + used.ru_stime)
    ran.silent = ran.silent.or_longer(ran.whole.since(last))
    ran.first = ran.first or ran.whole
    return ran


def _cpu_s(pid: int) -> float:
    """The CPU time of a process that still runs, or is not waited for yet."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _words(line: str) -> list[str]:
    """The arguments; what is searched for is one."""
    words = line.split(" ")
    if words[0] == "search" and not any(word.startswith("-") for word in words):
        return ["search", " ".join(words[1:])]
    return words


def _environment() -> dict[str, str]:
    now = large_database.NEWEST + timedelta(hours=6)
    ahead = (now - clock.now()) / timedelta(days=1)
    return {
        **os.environ,
        "PYTHONPATH": str(Path(large_database.__file__).parents[1]),
        clock.AHEAD: repr(ahead),
    }


def _read(terminal: int) -> bytes:
    """What came next; nothing at the end, or after _LONGEST_S."""
    try:
        ready, _, _ = select.select([terminal], [], [], _LONGEST_S)
        return os.read(terminal, 65_536) if ready else b""
    except OSError:  # the command has ended
        return b""


@contextmanager
def asked_for_lock(database: Path, ran: Ran) -> Generator[None]:
    """Within the block another thread asks for the write lock again and again; *ran* gets the longest wait."""
    is_over = threading.Event()

    def ask() -> None:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=60)) as connection:
            while not is_over.wait(_ASKED_EVERY_S):
                began = time.monotonic()
                connection.execute("BEGIN IMMEDIATE")
                waited_ms = 1_000 * (time.monotonic() - began)
                connection.execute("ROLLBACK")
                ran.lock_ms = max(ran.lock_ms, waited_ms)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        is_over.set()
        asking.join()


if __name__ == "__main__":
    sys.exit(main())
