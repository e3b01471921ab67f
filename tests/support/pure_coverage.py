"""Every branch of the pure files, by the tests beside them. `make coverage` runs it; .ci/run demands it.

A pure file decides, and what decides is cheap to try: each of its branches is taken by a test. Which tests count says
tests/support/counting.py; those that do not may run along, so that CI runs each test once.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.counting import COUNTED, LEFT_OUT, SETTINGS
from tests.support.folders import DATA, ROOT
from tests.test_imports import PURE

FOLDER = ROOT / "build" / "coverage"
# Files that are not held to it yet, a line each. The list only gets shorter: one that is covered must leave it.
GAPS = DATA / "pure_files_with_gaps.txt"

# What cannot happen and says so by raising AssertionError is no branch.
_SETTINGS = """\
[run]
branch = true
parallel = true
data_file = {data}
include =
{included}

[report]
exclude_also =
    if TYPE_CHECKING:
    raise AssertionError
"""


def settings(files: Iterable[str]) -> str:
    """What coverage is told: branches, of *files* alone, in the processes of the tests, too."""
    included = "\n".join(f"    {file}" for file in sorted(files))
    return _SETTINGS.format(data=FOLDER / "data", included=included)


def gaps(report: Mapping[str, Any], files: Iterable[str]) -> dict[str, str]:
    """The files with lines or branches that no test took, and which these are; a file without a test has all."""
    found = {}
    for file in files:
        measured = report["files"].get(file)
        if measured is None:
            found[file] = "no test loads it"
        elif missed := [*map(str, measured["missing_lines"]), *map(_arrow, measured["missing_branches"])]:
            found[file] = ", ".join(missed)
    return found


def _arrow(branch: tuple[int, int]) -> str:
    return f"{branch[0]}->{'end' if branch[1] < 0 else branch[1]}"


def verdict(found: Mapping[str, str], excepted: Iterable[str]) -> list[str]:
    """What is amiss: gaps in files that are held."""
    excepted = frozenset(excepted)
    return [f"{file}: {missed}" for file, missed in sorted(found.items()) if file not in excepted]


def not_yet() -> list[str]:
    """The files that are not held to it yet, in the order of the list."""
    return [line for line in GAPS.read_text("utf-8").splitlines() if not line.startswith("#")]


def measure(files: Iterable[str], arguments: Sequence[str]) -> Mapping[str, Any]:
    """The report of coverage over the tests of a run of pytest with *arguments*; a failing test ends it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    rules = FOLDER / "settings.ini"
    rules.write_text(settings(files), "utf-8")
    coverage = [sys.executable, "-m", "coverage"]
    told = {**os.environ, SETTINGS: str(rules)}
    pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    if subprocess.run(pytest, cwd=ROOT, env=told, check=False).returncode:
        raise SystemExit("a test failed: no branches were counted")
    for step in (["combine", "--quiet"], ["json", "--quiet", "-o", str(FOLDER / "report.json")]):
        subprocess.run([*coverage, *step], cwd=ROOT, env=told, check=True)
    return dict(json.loads((FOLDER / "report.json").read_text("utf-8")))


def main() -> int:
    """Print the gaps, and how much of the pure files is covered."""
    files = {str(Path(path).relative_to(ROOT)) for path in PURE}
    own = [*COUNTED, *(f"--ignore={file}" for file in LEFT_OUT)]
    chosen = sys.argv[1:]
    has_tests = any(argument.startswith("tests") for argument in chosen)
    report = measure(files, chosen if has_tests else [*chosen, *own])
    found = gaps(report, files)
    excepted = not_yet()
    faults = verdict(found, excepted)
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    # No fault: a branch that depends on the order of threads is taken in one run and not in the next.
    for file in sorted(set(excepted) - found.keys()):
        sys.stderr.write(f"{file}: whole, or gone; it can leave {GAPS.name}\n")
    totals = report["totals"]
    sys.stdout.write(
        f"{len(files)} pure files, {len(files) - len(found)} of them whole; branches taken: "
        f"{totals['covered_branches']} of {totals['num_branches']}\n"
    )
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
