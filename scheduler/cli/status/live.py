"""A page that is drawn anew on the terminal every few seconds, until a person has seen enough."""

import contextlib
import io
import re
import select
import shutil
import sys
import termios
import tty
from collections.abc import Callable, Iterator

from scheduler.cli.output import width

# CSI sequences (ECMA-48 section 5.4): what colours a text takes no room.
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_RESET = "\x1b[0m"
_SHOW_PAGE, _SHOW_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_ENDS = ("q", "Q", "\x1b", "\x04")


class _Page(io.StringIO):
    """Takes what is printed as a terminal would."""

    def isatty(self) -> bool:
        """It is to be coloured and cut like the terminal itself."""
        return True


def show_live(draw: Callable[[], None], *, every_s: float) -> None:
    """Draw what *draw* prints on stdout, over and over, until q or Ctrl-C; stdin and stdout must be a terminal.

    What stood on the screen before is there again afterwards.
    """
    with _own_screen():
        while True:
            page = _Page()
            with contextlib.redirect_stdout(page):
                draw()
            size = shutil.get_terminal_size()
            lines = fitted(page.getvalue().splitlines(), size.columns, size.lines)
            sys.stdout.write(_HOME + "\n".join(line + _REST_OF_LINE for line in lines) + _REST_OF_SCREEN)
            sys.stdout.flush()
            if _is_over(every_s):
                return


def fitted(lines: list[str], columns: int, rows: int) -> list[str]:
    """The lines that fit, each cut to *columns*; the last one says how many do not."""
    shown = [cut_styled(line, columns) for line in lines[:rows]]
    if len(lines) > rows:
        shown[-1] = cut_styled(f"… {len(lines) - rows + 1} more lines", columns)
    return shown


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


def _is_over(wait_s: float) -> bool:
    """Whether a key that ends it comes within the time; any other has the page drawn at once."""
    ready, _, _ = select.select([sys.stdin], [], [], wait_s)
    if not ready:
        return False
    key = sys.stdin.read(1)
    return not key or key in _ENDS
