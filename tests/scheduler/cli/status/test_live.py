"""The status as a live page: on a real (pseudo) terminal, narrow and wide."""

import fcntl
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.cli.output import width
from scheduler.cli.status.command import span_text
from scheduler.cli.status.live import cut_styled, fitted, moved
from tests.support.command_line import environment, run_here
from tests.support.outlets import write_settings
from tests.support.samples import NOW

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
    assert ("more lines; j k" in lines[-1]) == (rows == 20)


def test_keys_move_a_page_that_is_longer_than_the_screen(folder: Path) -> None:
    with on_terminal(folder, 80, 20) as (process, ours):
        first = read_until(ours, b"\x1b[J")
        os.write(ours, b"G")
        last = read_until(ours, b"\x1b[J")
        os.write(ours, b"\x1b[A")
        before = read_until(ours, b"\x1b[J")
        os.write(ours, b"g")
        again = read_until(ours, b"\x1b[J")
        os.write(ours, b"q")
        read_until(ours, b"\x1b[?1049l")
        assert process.wait(_TIMEOUT_S) == 0

    assert b"paper-29" not in first
    assert b"paper-29" in last
    assert b"more lines" not in last
    assert b"1 more lines" in before
    assert b"seedwatch \xc2\xb7 " in again


@pytest.mark.parametrize(
    ("key", "first", "expected"),
    [
        ("j", 0, 1),
        ("k", 0, 0),
        ("\x1b[B", 30, 31),
        (" ", 0, 18),
        ("b", 5, 0),
        ("\x1b[6~", 30, 31),
        ("G", 0, 31),
        ("g", 20, 0),
        ("x", 7, 7),
        (None, 90, 31),
    ],
)
def test_page_moves_within_its_lines(key: str | None, first: int, expected: int) -> None:
    assert moved(first, key, 50, 20) == expected
    assert moved(first, key, 20, 20) == 0


@pytest.mark.parametrize("columns", [80, 140])
def test_a_source_takes_one_line_of_the_terminal(folder: Path, columns: int) -> None:
    with closing(sqlite3.connect(folder / "test.db")) as connection, connection:
        connection.execute("UPDATE sources SET name = 'a-name-as-long-as-some-of-the-names-are' WHERE id = 1")
        connection.execute("UPDATE feeds SET last_error = 'timeout: ' || printf('%.300c', 'x'), failures = 5")
        connection.execute("UPDATE feeds SET last_polled_at = '2026-01-02T03:04:05+00:00'")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {name: value for name, value in environment().items() if name not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-m", "scheduler.cli.main", "status"]
    with subprocess.Popen(command, cwd=folder, env=kept, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        seen = read_until(ours, b"off topic")
    os.close(ours)

    lines = [line for line in _CONTROL.sub("", seen.decode()).split("\r\n") if "timeout: x" in line]
    assert len(lines) == 30
    assert max(map(width, lines)) <= columns
    assert all(line.endswith("x…") for line in lines)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "now"), (-5, "now"), (59, "now"), (60, "1 min"), (3_600, "1 h"), (90_000, "1 d"), (864_000, "10 d")],
)
def test_spans_are_told_in_their_largest_unit(seconds: int, expected: str) -> None:
    assert span_text(NOW + timedelta(seconds=seconds), NOW) == expected


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
    assert fitted(["a", "b", "c", "d"], 80, 3) == ["a", "b", "… 2 more lines; j k, space and b move"]
    assert fitted(["a", "b", "c", "d"], 80, 3, 2) == ["c", "d", "j k, space and b move"]
    assert fitted(["a", "b", "c"], 80, 3) == ["a", "b", "c"]
