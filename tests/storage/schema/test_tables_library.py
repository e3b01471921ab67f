"""sqlite-utils is loaded without the data frames that it looks for."""

import subprocess
import sys
from pathlib import Path

from tests.support.folders import ROOT

LOADED = "{before}import storage.schema.tables_library; {after}print(*sys.modules)"


def loaded(folder: Path, before: str = "", after: str = "") -> set[str]:
    """The modules of a process where a pandas stands in `folder` that anybody may import."""
    (folder / "pandas.py").write_text("class DataFrame:\n    pass\n")
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); " + LOADED.format(before=before, after=after)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_neither_pandas_nor_numpy_is_loaded(tmp_path):
    assert loaded(tmp_path) & {"pandas", "numpy"} == set()


def test_they_can_be_imported_afterwards(tmp_path):
    assert {"pandas", "numpy"} <= loaded(tmp_path, after="import pandas, numpy; ")


def test_what_was_loaded_before_stays(tmp_path):
    assert "numpy" in loaded(tmp_path, before="import numpy; ")
