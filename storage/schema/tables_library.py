"""sqlite-utils without the data frames that it looks for: what is imported from it comes from here.

sqlite-utils imports pandas and NumPy wherever they are installed, for the types of their columns, which we never give
it. Each command of ours would wait for that: beside pandas `seedwatch status` took 1.4 times the
processor time.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _passed_over(*names: str) -> Iterator[None]:
    """Imports of these modules fail inside, as if they were not installed; those that are loaded stay so."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None is the import system's mark for this
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with _passed_over("pandas", "numpy"):
    from sqlite_utils import Database, Migrations

__all__ = ["Database", "Migrations"]
