"""Exported articles as an Excel workbook, in the extra `seedwatch[xlsx]`. Only this file imports openpyxl. I/O edge."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from crawler.text.storable import storable
from scheduler.files.article_files import CSV_COLUMNS, csv_values
from scheduler.files.escapes import escaped_text
from storage.articles.exports import ExportedArticle

# Excel's own bounds: characters of a cell, rows of a sheet with the row of names.
CELL_CHARACTERS = 32_767
SHEET_ROWS = 1_048_576
# Columns that hold times; others with a date in their name hold what was stated, which may be a month alone.
_TIMES = frozenset({"published", "modified", "first_seen", "fetched"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# What would be read as a formula once somebody edits the cell.
_FORMULA = tuple("=+-@＝＋－＠")
# In characters of the usual font.
_WIDTHS = {"title": 60, "url": 40, "canonical_url": 30, "original_url": 30, "source_title": 22, "terms": 30}
_WIDTHS |= {"sentences": 60, "text": 60, "topics": 18, "published": 17, "first_seen": 17, "fetched": 17}
_USUAL_WIDTH = 13


def write_workbook(articles: Iterable[ExportedArticle], out: BinaryIO, *, with_text: bool) -> int:
    """Write a row for each article, the columns of CSV with numbers and dates as such; how many texts were cut.

    No cell is a formula: what the web wrote is text, whatever it begins with. A text of more than CELL_CHARACTERS is
    cut, with an ellipsis. Rows beyond SHEET_ROWS go on, on a sheet of their own.
    """
    columns = (*CSV_COLUMNS, "text") if with_text else CSV_COLUMNS
    book = Workbook(write_only=True)
    sheet, row_number, cut = None, 0, 0
    for row in _rows(articles, columns):
        if sheet is None or row_number == SHEET_ROWS:
            sheet, row_number = _new_sheet(book, columns), 1
        cut += sum(isinstance(value, str) and len(value) > CELL_CHARACTERS for value in row)
        sheet.append([_cell(sheet, value) for value in row])
        row_number += 1
    if sheet is None:
        _new_sheet(book, columns)
    book.save(out)
    return cut


def _rows(articles: Iterable[ExportedArticle], columns: tuple[str, ...]) -> Iterator[list[object]]:
    for article in articles:
        values = csv_values(article) | {"text": article.text}
        yield [_value(name, values[name]) for name in columns]


def _value(name: str, value: object) -> object:
    """A time as a datetime in UTC without its zone, which Excel has not; a day as a day; other texts made visible."""
    if not isinstance(value, str):
        return value
    if name in _TIMES:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
        if "T" in value:
            return _moment(value)
    return storable(escaped_text(value))


def _moment(text: str) -> object:
    """The time in UTC; the text itself where Excel's calendar, which begins with 1900, does not reach."""
    at = datetime.fromisoformat(text)
    local = at.astimezone(UTC) if at.tzinfo else at
    return local.replace(tzinfo=None) if local.year >= 1900 else text


def _new_sheet(book: Any, columns: tuple[str, ...]) -> Any:
    sheet = book.create_sheet("articles" if not book.sheetnames else f"articles {len(book.sheetnames) + 1}")
    sheet.freeze_panes = "A2"
    for number, name in enumerate(columns):
        sheet.column_dimensions[_letters(number)].width = _WIDTHS.get(name, _USUAL_WIDTH)
    sheet.auto_filter.ref = f"A1:{_letters(len(columns) - 1)}{SHEET_ROWS}"
    heads = [WriteOnlyCell(sheet, value=name) for name in columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    return sheet


def _letters(number: int) -> str:
    """The name of a column by its number from 0: A to Z, then AA and so on."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _cell(sheet: Any, value: object) -> Any:
    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, date):
            cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd"
        return cell
    shown = value if len(value) <= CELL_CHARACTERS else value[: CELL_CHARACTERS - 1] + "…"
    cell = WriteOnlyCell(sheet, value="")
    cell._value, cell.data_type = shown, "s"
    if shown.startswith(_FORMULA):
        cell.quotePrefix = True
    if "\n" in shown:
        cell.alignment = Alignment(wrap_text=False, vertical="top")
    return cell
