"""How commands print: tables that fit the terminal, JSON, times, progress. Data on stdout, the rest on stderr.

All that commands say goes through `echo` here: what the web, a file or its name says may hold characters that steer a
terminal, wherever on the way it was put into a line.
"""

import json
import logging
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click

from crawler.run.messages import CrawlProgress
from scheduler.files.escapes import escaped_json

Item = TypeVar("Item")

# What click.style() writes for the colours, bold, dim and their end.
_OWN_STYLE = re.compile("(\x1b\\[(?:0|1|2|3[1-7])m)")

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def echo(message: object = "", *, nl: bool = True, err: bool = False) -> None:
    """Print *message*; of what could steer the terminal only our own colours are left."""
    click.echo(_safe(str(message)), nl=nl, err=err)


def secho(message: object = "", *, nl: bool = True, err: bool = False, **style: Any) -> None:
    """As `echo`, all of it in a colour, bold or dim."""
    echo(click.style(printable(str(message)), **style), nl=nl, err=err)


def print_data(text: str) -> None:
    """Print a document that another program reads: as it is, but on a terminal as `echo` prints."""
    click.echo(_safe(text) if sys.stdout.isatty() else text, nl=False)


def redraw(line: str) -> None:
    """Put *line* in place of the line of the terminal on which stderr stands, cut to its width."""
    columns = shutil.get_terminal_size().columns
    click.echo(f"\r{printable(line)[: columns - 1]}\x1b[K", nl=False, err=True)


def guard_log() -> None:
    """Have what is logged on stderr without a handler of its own pass `printable`, too."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_PrintableFormatter())


class _PrintableFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def print_json(value: Any) -> None:
    """*value* as one JSON document; datetimes as ISO 8601, and what could steer a terminal as escapes of JSON."""
    click.echo(escaped_json(json.dumps(value, ensure_ascii=False, indent=2, default=_plain)))


def print_columns(
    items: Iterable[Item], columns: Mapping[str, Callable[[Item], object]], *, wide: str | None = None
) -> None:
    """A table with a row for each of *items*: *columns* gives each head what stands below it.

    The column *wide* (default: the last) is cut where the terminal ends.
    """
    rows = [[value_of(item) for value_of in columns.values()] for item in items]
    print_table(list(columns), rows, wide=None if wide is None else list(columns).index(wide))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, wide: int | None = None) -> None:
    """A table no wider than the terminal: the column *wide* (default: the last) is cut.

    Numbers stand to the right. Without a terminal nothing is cut.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(list(heads), *cells, strict=True)]
    cut = len(heads) - 1 if wide is None else wide
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - sum(widths) - 2 * (len(heads) - 1)
        widths[cut] = max(widths[cut] + min(room, 0), 12)
    right = [
        all(isinstance(row[number], int | float) for row in rows) and bool(rows)
        for number in range(len(heads))
    ]
    secho(_line(list(heads), widths, right), bold=True)
    if cells:  # written at once: a table may have 100,000 lines
        click.echo("\n".join(_safe(_line(row, widths, right)) for row in cells))


def time_text(at: datetime | str | None, *, none: str = "never") -> str:
    """A time to the minute in UTC, as people read it."""
    if at is None:
        return none
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.strftime("%Y-%m-%d %H:%M")


def date_text(at: datetime | str | None, precision: str | None) -> str:
    """A publication date as precise as it was stated."""
    if at is None:
        return "undated"
    text = time_text(at)
    return {"year": text[:4], "month": text[:7], "day": text[:10]}.get(precision or "", text)


def progress_printer() -> Callable[[CrawlProgress], None] | None:
    """A function that shows a crawl's counts on one line of the terminal; None without a terminal."""
    if not sys.stderr.isatty():
        return None

    def show(counts: CrawlProgress) -> None:
        done = counts.feeds_done + counts.pages_done
        total = max(counts.feeds + counts.pages, 1)
        filled = round(20 * done / total)
        line = (
            f"[{'█' * filled}{'░' * (20 - filled)}] feeds {counts.feeds_done}/{counts.feeds} · "
            f"pages {counts.pages_done}/{counts.pages} · {counts.matched} matched"
        )
        if counts.past:
            line += f" · {counts.past} of the past wait"
        redraw(line)

    return show


def clear_progress() -> None:
    """Take the progress line away."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


def width(text: str) -> int:
    """The columns that *text* takes on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


def cut_text(text: str, columns: int) -> str:
    """*text* in at most *columns* columns, with an ellipsis where it was cut."""
    if width(text) <= columns:
        return text
    taken, used = [], 0
    for character in text:
        used += width(character)
        if used > columns - 1:
            break
        taken.append(character)
    return "".join(taken) + "…"


# The wide space of Chinese and Japanese takes two columns; a caret under a query counts on it.
_KEPT = "\n\u3000"


def printable(text: str) -> str:
    """*text* without characters that could steer the terminal; what the web says is only text."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() or character in _KEPT else " " for character in text)


def _safe(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(part if _OWN_STYLE.fullmatch(part) else printable(part) for part in _OWN_STYLE.split(text))


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    shown = []
    for cell, columns, to_right in zip(cells, widths, right, strict=True):
        text = cut_text(cell, columns)
        space = " " * (columns - width(text))
        shown.append(space + text if to_right else text + space)
    return "  ".join(shown).rstrip()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, float):
        return f"{value:.2f}"
    return printable(str(value)).replace("\n", " ")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
