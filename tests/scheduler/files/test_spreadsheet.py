"""Cells that no spreadsheet runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.files.spreadsheet import as_written, harmless


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+358", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "＝1", "－1"],
    ids=[
        "equals",
        "plus",
        "minus",
        "at",
        "tab",
        "return",
        "line",
        "marked before",
        "wide equals",
        "wide minus",
    ],
)
def test_cell_that_would_run_begins_with_an_apostrophe(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["plain", "", "2026-09-14", "'quoted'", " =1", "1-2"])
def test_other_cells_stay_as_they_are(cell):
    assert harmless(cell) == cell


@given(st.text(alphabet="'=+-@\t\r\nab"))
def test_a_cell_can_be_had_back(cell):
    assert as_written(harmless(cell)) == cell
