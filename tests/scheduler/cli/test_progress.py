"""The line that says how far long work is."""

import contextlib
import io

import pytest

from scheduler.cli.progress import ProgressLine, duration, still_working
from tests.support.command_line import wait_until


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59, "59 s"), (61, "1 min 01 s"), (3_700, "1 h 01 min"), (90_000, "1 d 1 h")],
)
def test_duration_in_its_two_largest_units(seconds, text):
    assert duration(seconds) == text


def test_line_tells_share_rate_and_rest():
    clock = Clock()
    line = ProgressLine("articles", asked=clock)
    line.show(0, 0.0)
    clock.seconds = 10

    assert line.line(500, 0.25, "3 matched") == (
        "[█████░░░░░░░░░░░░░░░]  25% · 500 articles · 50/s · 30 s left · 3 matched"
    )


def test_work_that_was_taken_up_counts_from_where_it_was():
    clock = Clock()
    line = ProgressLine("articles", asked=clock)
    line.show(1_000, 0.5)
    clock.seconds = 10

    assert "· 10/s · 15 s left" in line.line(1_100, 0.7)


def test_without_a_share_there_is_no_bar_and_no_rest():
    assert ProgressLine("pages", asked=Clock()).line(7, None) == "7 pages"


def test_without_a_terminal_nothing_is_shown(capsys):
    line = ProgressLine("articles")
    line.show(1, 0.5)
    line.clear()

    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_work_in_one_piece_shows_that_it_goes_on():
    with contextlib.redirect_stderr(Terminal()) as shown:
        with still_working("checking the copy", every_s=0.01):
            wait_until(lambda: "checking the copy · 0 s" in shown.getvalue())

        assert shown.getvalue().endswith("\r\x1b[K")


def test_without_a_terminal_work_in_one_piece_says_nothing(capsys):
    with still_working("checking the copy", every_s=0.0):
        pass

    assert capsys.readouterr().err == ""
