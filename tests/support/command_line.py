"""The command line for tests: in a process of its own, or (faster) in this one through the same `main`."""

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scheduler.cli.main import main
from tests.support.folders import ROOT

_OURS = ("SEEDWATCH_CONFIG", "SEEDWATCH_DB", "SCRAPY_SETTINGS_MODULE")


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as one JSON document."""
        return json.loads(self.out)


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of ours, and with the checkout on the path."""
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **(more or {})}


def run_here(*arguments: object, folder: Path, more: Mapping[str, str] | None = None) -> Done:
    """A command run inside this process, in *folder*."""
    out, err = io.StringIO(), io.StringIO()
    before_arguments, before_environment = sys.argv, dict(os.environ)
    sys.argv = ["seedwatch", *map(str, arguments)]
    os.environ.clear()
    os.environ.update({**before_environment, **(more or {})})
    for name in _OURS:
        if name not in (more or {}):
            os.environ.pop(name, None)
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _code(main)
    finally:
        sys.argv = before_arguments
        os.environ.clear()
        os.environ.update(before_environment)
    return Done(code, out.getvalue(), err.getvalue())


def run_child(
    *arguments: object, folder: Path, more: Mapping[str, str] | None = None, timeout_s: float = 90
) -> Done:
    """A command run as users run it, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "scheduler.cli.main", *map(str, arguments)],
        cwd=folder,
        env=environment(more),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(
    *arguments: object, folder: Path, more: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A command in a process group of its own, which is ended with the block; its output goes to output.txt."""
    with (folder / "output.txt").open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "scheduler.cli.main", *map(str, arguments)],
            cwd=folder,
            env=environment({"PYTHONUNBUFFERED": "1", **(more or {})}),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def wait_until(condition: Callable[[], Any], timeout_s: float = 45, what: str = "") -> Any:
    """What *condition* returns as soon as that is true; it is asked often, for at most *timeout_s*."""
    pause = threading.Event()
    end = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {timeout_s} s: {what or condition}"
        pause.wait(0.05)
    return found


def _code(function: Callable[[], None]) -> int:
    try:
        function()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


def children_of(pid: int) -> tuple[int, ...]:
    """The processes that *pid* started and that live."""
    return tuple(one for one, (parent, _) in _processes().items() if parent == pid)


def members_of(session: int) -> tuple[int, ...]:
    """The living processes of a session."""
    return tuple(one for one, (_, own) in _processes().items() if own == session)


def _processes() -> dict[int, tuple[int, int]]:
    """Parent and session of each living process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                state, parent, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
                if state != "Z":
                    found[int(entry.name)] = (int(parent), int(session))
    return found
