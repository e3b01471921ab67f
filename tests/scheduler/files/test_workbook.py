"""Workbooks: numbers and dates as such, and no cell that a spreadsheet runs."""

import io
import zipfile
from datetime import datetime

import pytest

from storage.articles.exports import ExportedArticle
from tests.support.exported import exported

openpyxl = pytest.importorskip("openpyxl", reason="the extra xlsx is not installed")
workbook = pytest.importorskip("scheduler.files.workbook", reason="the extra xlsx is not installed")

HOSTILE = (
    "=1+1",
    "+358",
    "-2",
    "@SUM(A1)",
    '=HYPERLINK("http://evil.example")',
    "＝1",
    "'=1",
    "\t=1",
    "a\x00\x1b[31m\ufffe\ud800b",
)


def written(*articles: ExportedArticle, with_text: bool = False):
    """The sheets of the workbook of *articles*, and what it said."""
    out = io.BytesIO()
    cut = workbook.write_workbook(articles, out, with_text=with_text)
    return openpyxl.load_workbook(io.BytesIO(out.getvalue())), cut, out.getvalue()


def column(book, name: str) -> list:
    """The cells of a column below its name, on the first sheet."""
    cells = next(cells for cells in book.worksheets[0].iter_cols() if cells[0].value == name)
    return list(cells[1:])


def test_numbers_and_dates_are_values_and_columns_are_those_of_csv():
    book, cut, _ = written(
        exported(1, published="2026-09-14T12:30+03:00", words=120),
        exported(2, published="2026-09-14", published_precision="day"),
        exported(3, published="2026-09", published_precision="month"),
        exported(4, published=None),
        exported(5, published="1850-01-02T03:04+00:00"),
    )

    assert cut == 0
    assert [cell.value for cell in column(book, "published")] == [
        datetime(2026, 9, 14, 9, 30),  # noqa: DTZ001 - Excel has no zones
        datetime(2026, 9, 14),  # noqa: DTZ001 - as above
        "2026-09",
        None,
        "1850-01-02T03:04+00:00",
    ]
    assert column(book, "published")[1].number_format == "yyyy-mm-dd"
    assert column(book, "words")[0].value == 120
    assert book.worksheets[0].freeze_panes == "A2"
    assert "text" not in [cell.value for cell in book.worksheets[0][1]]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_the_web_wrote_is_text(text):
    book, _, body = written(exported(1, title=text, text=text, url=text, source_title=text), with_text=True)

    for name in ("title", "text", "url", "source_title"):
        (cell,) = column(book, name)
        assert cell.data_type == "s"
        assert cell.value == (text if text[0] != "a" else "a\\u0000\\u001b[31mb")
        assert bool(cell.quotePrefix) == text.startswith(("=", "+", "-", "@", "＝"))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
    assert b"<f>" not in b"".join(sheets)


def test_text_beyond_a_cell_is_cut_and_said():
    book, cut, _ = written(exported(1, text="x" * 40_000), exported(2, text="short"), with_text=True)

    long, short = column(book, "text")
    assert cut == 1
    assert (len(long.value), long.value[-1], short.value) == (workbook.CELL_CHARACTERS, "…", "short")


def test_rows_beyond_a_sheet_go_on_on_the_next(monkeypatch):
    monkeypatch.setattr(workbook, "SHEET_ROWS", 3)

    book, _, _ = written(*(exported(number) for number in range(1, 6)))

    assert book.sheetnames == ["articles", "articles 2", "articles 3"]
    assert [[row[0].value for row in sheet.iter_rows(min_row=2)] for sheet in book.worksheets] == [
        [1, 2],
        [3, 4],
        [5],
    ]


def test_workbook_of_nothing_has_its_names():
    book, _, _ = written()

    assert book.sheetnames == ["articles"]
    assert book.worksheets[0]["A1"].value == "id"


def test_columns_are_named_as_excel_names_them():
    assert [workbook._letters(number) for number in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
