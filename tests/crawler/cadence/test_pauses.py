"""docs/cadence.md names every pause, with the length that it has."""

import importlib
import re
from datetime import timedelta

from tests.support.folders import ROOT

ROW = re.compile(r"^\| [^|]+ \| `(\w+)\.([A-Z_]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
MODULES = sorted(path.stem for path in (ROOT / "crawler" / "cadence").glob("[a-z]*.py"))
UNITS = (("day", 86_400), ("h", 3_600), ("min", 60))


def lengths(name: str, value: object) -> tuple[float, ...] | None:
    """The seconds of a pause, or of several; None for a constant that is none."""
    if isinstance(value, timedelta):
        return (value.total_seconds(),)
    if isinstance(value, tuple) and value and all(isinstance(part, timedelta) for part in value):
        return tuple(part.total_seconds() for part in value)
    return (value,) if name.endswith("_S") and isinstance(value, int | float) else None


def text_of(seconds: float) -> str:
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0)
    number = round(seconds / size)
    return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"


def test_the_table_of_pauses_is_that_of_the_code():
    declared = {
        f"{module}.{name}": ", ".join(map(text_of, seconds))
        for module in MODULES
        for name, value in vars(importlib.import_module(f"crawler.cadence.{module}")).items()
        if name.isupper() and not name.startswith("_") and (seconds := lengths(name, value)) is not None
    }
    # What a file takes over from another is listed there alone.
    own = {
        name: length
        for name, length in declared.items()
        if re.search(rf"^(?:[A-Z_]+, )*{name.split('.')[1]}\b[^=\n]*=", source(name), re.MULTILINE)
    }
    written = {f"{module}.{name}": length for module, name, length in ROW.findall(text())}

    assert written == own


def source(name: str) -> str:
    return (ROOT / "crawler" / "cadence" / f"{name.split('.')[0]}.py").read_text()


def text() -> str:
    return (ROOT / "docs" / "cadence.md").read_text()
