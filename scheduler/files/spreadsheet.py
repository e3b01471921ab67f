"""Cells of CSV files that no spreadsheet takes for a formula. Pure."""

import re

# A spreadsheet runs cells that begin so as formulas (OWASP, "CSV Injection"); a leading apostrophe makes them text.
# The wide signs are taken for the narrow ones where the keyboard writes Chinese, Japanese or Korean.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def harmless(cell: str) -> str:
    """*cell* with an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def as_written(cell: str) -> str:
    """The cell as it was before `harmless`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
