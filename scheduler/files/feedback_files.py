"""The analyst's verdicts as CSV: there and back. Pure."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from scheduler.files.escapes import escaped_text
from scheduler.files.spreadsheet import as_written, harmless
from storage.errors import ConfigError

COLUMNS = ("article", "url", "topic", "verdict", "title", "given_at", "given_by", "why")
VERDICTS = ("yes", "no")
# A cell is a headline or an address; csv's own limit is 128 KiB.
FILE_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class FeedbackLine:
    """A line of a file of verdicts."""

    line: int  # counted from 1, the last of the row
    article: str  # its number where the file was written; "" if none
    url: str  # "" if none
    topic: str
    verdict: str  # "yes" or "no"
    title: str
    given_at: datetime | None  # None: not stated
    given_by: str = ""  # the account; "" if not stated
    why: str = ""  # the note; "" if none


@dataclass(frozen=True, slots=True)
class BadFeedbackLine:
    """A line that cannot be used, and why."""

    line: int
    reason: str


def write_feedback(lines: Iterable[FeedbackLine]) -> str:
    """*lines* as CSV with a head; no cell is one that a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines:
        given_at = line.given_at.isoformat() if line.given_at else ""
        title = escaped_text(line.title)
        signed = (escaped_text(line.given_by), escaped_text(line.why))
        cells = (line.article, line.url, line.topic, line.verdict, title, given_at, *signed)
        writer.writerow([harmless(cell) for cell in cells])
    return text.getvalue()


def read_feedback(text: str) -> tuple[list[FeedbackLine], list[BadFeedbackLine]]:
    """The lines of a file, and those that cannot be used, each in order; empty lines are left out.

    The columns may stand in any order; `topic`, `verdict` and one of `article` and `url` must be there.

    Raises:
        ConfigError: a column is missing or unknown, or it is no CSV.
    """
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    # Spreadsheets of half of Europe write semicolons, and columns that are pasted have tabs between them.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    lines: list[FeedbackLine] = []
    bad: list[BadFeedbackLine] = []
    try:
        head = [cell.strip().lower() for cell in next(reader, [])]
        _check_head(head)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            read = _line(dict(zip(head, map(as_written, cells), strict=False)), reader.line_num)
            if len(cells) > len(head):
                read = BadFeedbackLine(reader.line_num, f"{len(cells)} cells, but {len(head)} columns")
            if isinstance(read, BadFeedbackLine):
                bad.append(read)
            else:
                lines.append(read)
    except csv.Error as error:
        raise ConfigError(f"is no CSV: {error}", line=reader.line_num) from error
    return lines, bad


def _check_head(head: list[str]) -> None:
    unknown = [name for name in head if name not in COLUMNS]
    missing = [name for name in ("topic", "verdict") if name not in head]
    if not {"article", "url"} & set(head):
        missing.append("article or url")
    if unknown or missing or len(set(head)) < len(head):
        what = f"{missing[0]} is missing" if missing else f"{', '.join(unknown) or 'a column'} is not allowed"
        raise ConfigError(f"{what} in its first line; columns are {', '.join(COLUMNS)}", line=1)


def _line(cells: dict[str, str], number: int) -> FeedbackLine | BadFeedbackLine:
    values = {name: cells.get(name, "").strip() for name in COLUMNS}
    verdict = values["verdict"].lower()
    if verdict not in VERDICTS:
        return BadFeedbackLine(number, f"verdict {values['verdict']!r} is not allowed; yes or no")
    if not values["article"] and not values["url"]:
        return BadFeedbackLine(number, "neither article nor url is given")
    given_at = None
    if values["given_at"]:
        try:
            given_at = datetime.fromisoformat(values["given_at"])
        except ValueError:
            return BadFeedbackLine(
                number, f"given_at {values['given_at']!r} is no time; as in 2026-09-14T08:30:00+00:00"
            )
        given_at = given_at.replace(tzinfo=given_at.tzinfo or UTC)
    return FeedbackLine(
        line=number,
        article=values["article"],
        url=values["url"],
        topic=values["topic"],
        verdict=verdict,
        title=values["title"],
        given_at=given_at,
        given_by=values["given_by"],
        why=values["why"],
    )
