"""What the web, a file or its name says never steers the terminal, whatever command prints it."""

import ast
import contextlib
import io
import json
import logging
import os
import pty
import re
import subprocess
import sys

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cli import output
from scheduler.files.escapes import escaped_json, escaped_text
from tests.support.command_line import environment
from tests.support.folders import ROOT
from tests.support.servers import answer, serving

HOSTILE = "a\x1b]0;owned\x07\x1b[31;5mb\x9b2Jc\u202ed\u2066e\x08f\rg"
# Our own colours, and line ends: all else of these kinds could steer.
STEERING = {chr(number) for number in (*range(32), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F)} - {"\n"}
STEERING |= {chr(number) for number in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029)}
# Files that write controls of their own, or JSON and documents that other programs read.
_REDRAWN = re.compile(r"\r[^\r\x1b]*\x1b\[K")
# The last writes ASCII, as JSON, for the process that started it.
WRITERS = {"scheduler/cli/output.py", "scheduler/cli/status/live.py", "scheduler/files/documents.py"}


def steering(text: str) -> set[str]:
    """The characters of *text* that could steer, our own colours aside."""
    return set(output._OWN_STYLE.sub("", _REDRAWN.sub("", text))) & STEERING


def printed(print_it, *arguments, **more) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        print_it(*arguments, **more)
    return stream.getvalue()


@given(st.text() | st.text(alphabet=[*STEERING, "[", "3", "1", "m", "x"]))
def test_nothing_that_is_printed_steers(text):
    assert not steering(printed(output.echo, text))
    assert not steering(printed(output.secho, text, fg="red", bold=True))
    assert not steering(printed(output.print_table, [text], [[text], [1]]))


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_has_escapes_that_every_reader_undoes(value):
    shown = printed(output.print_json, value)

    assert not set(shown) & STEERING
    assert json.loads(shown) == value


@given(st.text())
def test_files_have_escapes(text):
    assert not set(escaped_text(text)) & (STEERING - set("\t\r"))
    assert json.loads(escaped_json(json.dumps(text, ensure_ascii=False))) == text


def test_own_colours_stay():
    with click.Context(click.Command("x"), color=True):
        shown = printed(output.echo, click.style("a", fg="green", bold=True) + HOSTILE)

    assert shown.startswith("\x1b[32m\x1b[1ma\x1b[0m")
    assert not steering(shown)


def test_what_is_logged_does_not_steer():
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, "read %s", (HOSTILE,), None)

    output.guard_log()
    assert logging.lastResort is not None
    shown = logging.lastResort.format(record)

    assert "read a" in shown
    assert not steering(shown)


def test_commands_print_by_these_functions_alone():
    """A print that goes another way is one that a hostile headline may take."""
    others = []
    for path in sorted((ROOT / "scheduler").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if place in WRITERS or place.startswith("scheduler/demo/"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                is_print = name in {
                    "print",
                    "click.echo",
                    "click.secho",
                    "sys.stdout.write",
                    "sys.stderr.write",
                }
                is_constant = all(isinstance(argument, ast.Constant) for argument in node.args)
                others += [f"{place}:{node.lineno}"] if is_print and not is_constant else []

    assert others == []


def on_a_terminal(*arguments, folder) -> tuple[int, str]:
    """Exit code and what a command shows on a terminal, stdout and stderr."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "scheduler.cli.main", *map(str, arguments)]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # Linux's answer once the other end is closed
        while chunk := os.read(ours, 4_096):
            shown += chunk
    os.close(ours)
    return process.wait(90), shown.decode().replace("\r\n", "\n")


def test_a_hostile_content_type_is_shown_as_text(tmp_path):
    kind = "text/\x1b]0;owned\x07\x1b[2Jplain"
    with serving({"/a": answer(b"%PDF", content_type=kind)}) as server:
        (tmp_path / "seedwatch.toml").write_text(f'[crawl]\nallow_private = ["{server.place}"]\n')
        code, shown = on_a_terminal("extract", server.url("/a"), folder=tmp_path)

    assert code == 2
    assert "no article" in shown
    assert not steering(shown)


@pytest.mark.parametrize("command", [("seeds", "import"), ("extract",), ("import",)], ids=" ".join)
def test_a_hostile_file_name_is_shown_as_text(tmp_path, command):
    (tmp_path / "seedwatch.toml").write_text("")
    name = HOSTILE.replace("\x00", "") + ".txt"
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")

    _, shown = on_a_terminal(*command, name, folder=tmp_path)

    assert shown
    assert not steering(shown)
