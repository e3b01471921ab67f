"""A page that is drawn anew on the terminal every few seconds, until a person has seen enough."""

import contextlib
import io
import os
import re
import select
import shutil
import sys
import termios
import tty
from collections.abc import Callable, Iterator

from crawler import clock
from scheduler.cli.output import width

# CSI sequences (ECMA-48 section 5.4): what colours a text takes no room.
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_RESET = "\x1b[0m"
_SHOW_PAGE, _SHOW_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_ENDS = ("q", "Q", "\x1b", "\x04")
# By how many lines, or screens, a key moves the page; arrows and paging keys come as CSI sequences.
_LINES = {"j": 1, "\x1b[B": 1, "\x1bOB": 1, "k": -1, "\x1b[A": -1, "\x1bOA": -1}
_SCREENS = {" ": 1, "\x1b[6~": 1, "b": -1, "\x1b[5~": -1}
_ENDS_OF_PAGE = {
    "g": 0,
    "\x1b[H": 0,
    "\x1b[1~": 0,
    "G": sys.maxsize,
    "\x1b[F": sys.maxsize,
    "\x1b[4~": sys.maxsize,
}


class _Page(io.StringIO):
    """Takes what is printed as a terminal would."""

    def isatty(self) -> bool:
        """It is to be coloured and cut like the terminal itself."""
        return True


def show_live(draw: Callable[[], None], *, every_s: float) -> None:
    """Draw what *draw* prints on stdout, over and over, until q or Ctrl-C; stdin and stdout must be a terminal.

    Keys move a page that is longer than the screen. What stood on the screen before is there again afterwards.
    """
    first = 0
    with _own_screen():
        while True:
            page = _Page()
            with contextlib.redirect_stdout(page):
                draw()
            drawn = page.getvalue().splitlines()
            # A key moves what was drawn: to read all facts anew for each would make it stick.
            end = clock.monotonic_s() + every_s
            while (left_s := end - clock.monotonic_s()) > 0:
                size = shutil.get_terminal_size()
                first = moved(first, None, len(drawn), size.lines)
                _write(fitted(drawn, size.columns, size.lines, first))
                key = _key(left_s)
                if key in _ENDS:
                    return
                first = moved(first, key, len(drawn), size.lines)
                if key not in (None, *_LINES, *_SCREENS, *_ENDS_OF_PAGE):
                    break


def moved(first: int, key: str | None, lines: int, rows: int) -> int:
    """The first line that is shown after *key*, of so many *lines* on a screen of *rows*."""
    last = lines - rows + 1 if lines > rows else 0
    wanted = first + _LINES.get(key or "", 0) + _SCREENS.get(key or "", 0) * max(rows - 2, 1)
    return max(0, min(_ENDS_OF_PAGE.get(key or "", wanted), last))


def fitted(lines: list[str], columns: int, rows: int, first: int = 0) -> list[str]:
    """The lines that fit from the *first* on, each cut to *columns*; where not all do, the last row says so."""
    if len(lines) <= rows:
        return [cut_styled(line, columns) for line in lines]
    shown = lines[first : first + rows - 1]
    left = len(lines) - first - len(shown)
    more = f"… {left} more lines; " if left else ""
    return [cut_styled(line, columns) for line in (*shown, f"{more}j k, space and b move")]


def _write(lines: list[str]) -> None:
    sys.stdout.write(_HOME + "\n".join(line + _REST_OF_LINE for line in lines) + _REST_OF_SCREEN)
    sys.stdout.flush()


def cut_styled(line: str, columns: int) -> str:
    """*line* in at most *columns* columns, its colours kept, with an ellipsis where it was cut."""
    if width(_STYLE.sub("", line)) <= columns:
        return line
    shown, used = "", 0
    for piece in re.split(f"({_STYLE.pattern})", line):
        if _STYLE.fullmatch(piece):
            shown += piece
            continue
        for character in piece:
            used += width(character)
            if used > columns - 1:
                return f"{shown}…{_RESET}"
            shown += character
    return shown


@contextlib.contextmanager
def _own_screen() -> Iterator[None]:
    """The other screen of the terminal, with keys that come at once, while the block runs."""
    keys = sys.stdin.fileno()
    before = termios.tcgetattr(keys)
    tty.setcbreak(keys)
    sys.stdout.write(_SHOW_PAGE)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        sys.stdout.write(_SHOW_SCREEN)
        sys.stdout.flush()
        termios.tcsetattr(keys, termios.TCSADRAIN, before)


def _key(wait_s: float) -> str | None:
    """The key that comes within the time, a sequence as one; None if none does, "q" at the end of the input."""
    keys = sys.stdin.fileno()
    ready, _, _ = select.select([keys], [], [], wait_s)
    if not ready:
        return None
    return os.read(keys, 32).decode("utf-8", "replace") or "q"
