"""The status as a live page: on a real (pseudo) terminal, narrow and wide."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scheduler.cli.output import width
from scheduler.cli.status.live import cut_styled, fitted
from tests.support.command_line import environment, run_here
from tests.support.outlets import write_settings

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_TIMEOUT_S = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_settings(
        tmp_path,
        [{"name": f"paper-{n:02}", "feeds": [f"https://paper{n}.example/feed"]} for n in range(30)],
        [],
        more='[[topic]]\nname = "harbour"\nany = "committee"',
    )
    run_here("check", folder=tmp_path)
    return tmp_path


@contextmanager
def on_terminal(folder: Path, columns: int, rows: int) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """`status --watch` on a terminal of this size."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    kept = {name: value for name, value in environment().items() if name not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-m", "scheduler.cli.main", "status", "--watch"]
    process = subprocess.Popen(
        command, cwd=folder, env=kept, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(ours: int, said: bytes) -> bytes:
    seen = b""
    end = time.monotonic() + _TIMEOUT_S
    while said not in seen:
        assert time.monotonic() < end, seen
        if select.select([ours], [], [], 0.2)[0]:
            seen += os.read(ours, 65_536)
    return seen


@pytest.mark.parametrize(("columns", "rows"), [(60, 20), (140, 50)])
@pytest.mark.parametrize("key", [b"q", None], ids=["q", "Ctrl-C"])
def test_page_fits_the_terminal_and_leaves_it_as_it_was(
    folder: Path, columns: int, rows: int, key: bytes | None
) -> None:
    with on_terminal(folder, columns, rows) as (process, ours):
        seen = read_until(ours, b"\x1b[J")
        os.write(ours, b" ")  # drawn at once
        seen += read_until(ours, b"\x1b[J")
        if key is None:
            process.send_signal(signal.SIGINT)
        else:
            os.write(ours, key)
        seen += read_until(ours, b"\x1b[?1049l")
        assert process.wait(_TIMEOUT_S) == 0
    pages = seen.decode().split("\x1b[H")[1:]
    lines = _CONTROL.sub("", pages[0]).split("\r\n")
    assert len(pages) >= 2
    assert len(lines) <= rows
    assert max(map(width, lines)) <= columns
    assert lines[0].startswith("seedwatch · ")
    assert "30 sources, no problems; 30 feeds due, next poll not known" in lines
    assert any(line.startswith("paper-00") for line in lines)
    assert ("more lines" in lines[-1]) == (rows == 20)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--watch"], "--watch needs a terminal"), (["--watch", "--json"], "--watch is for people")],
)
def test_without_a_terminal_it_is_refused(folder: Path, arguments: list[str], said: str) -> None:
    done = run_here("status", *arguments, folder=folder)

    assert (done.code, said in done.err) == (2, True)


@pytest.mark.parametrize(
    ("line", "columns", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…\x1b[0m"),
        ("\x1b[33mlonger\x1b[0m", 5, "\x1b[33mlong…\x1b[0m"),
        ("\x1b[33mshort\x1b[0m", 5, "\x1b[33mshort\x1b[0m"),
        ("朝俄関係", 5, "朝俄…\x1b[0m"),
        ("", 5, ""),
    ],
)
def test_coloured_lines_are_cut_by_what_is_seen(line: str, columns: int, expected: str) -> None:
    assert cut_styled(line, columns) == expected


def test_lines_that_have_no_room_are_counted() -> None:
    assert fitted(["a", "b", "c", "d"], 80, 3) == ["a", "b", "… 2 more lines"]
    assert fitted(["a", "b", "c"], 80, 3) == ["a", "b", "c"]
