"""Every branch of the pure files, by the tests beside them. `make coverage` runs it; .ci/run demands it.

A pure file decides, and what decides is cheap to try: each of its branches is taken by a test. Whole processes
(tests/system) are left out, so that a branch is not called tested because a crawl happened to pass it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.support.folders import ROOT
from tests.test_imports import PURE

# Files that are not held to it yet. The list only gets shorter: one that is covered must leave it.
NOT_YET: frozenset[str] = frozenset(
    {
        "crawler/articles/decide.py",
        "crawler/articles/seed_files.py",
        "crawler/cadence/due_rules.py",
        "crawler/discovery/archives.py",
        "crawler/discovery/candidates.py",
        "crawler/discovery/discovery.py",
        "crawler/discovery/lookups.py",
        "crawler/documents/json_list.py",
        "crawler/documents/poll_results.py",
        "crawler/documents/sitemap.py",
        "crawler/downloader/gate.py",
        "crawler/holdings/import_lines.py",
        "crawler/pages/block_features.py",
        "crawler/pages/blocks.py",
        "crawler/pages/body.py",
        "crawler/pages/challenges.py",
        "crawler/pages/date_choice.py",
        "crawler/pages/extract.py",
        "crawler/pages/json_ld.py",
        "crawler/pages/page_dates.py",
        "crawler/pages/page_edges.py",
        "crawler/pages/page_tree.py",
        "crawler/pages/state_text.py",
        "crawler/run/messages.py",
        "crawler/sections/anchors.py",
        "crawler/sections/blocks.py",
        "crawler/sections/clicks.py",
        "crawler/sections/scripts.py",
        "crawler/sections/section.py",
        "crawler/stories/compare.py",
        "crawler/text/dates.py",
        "crawler/text/encoding.py",
        "crawler/text/zones.py",
        "crawler/topics/match.py",
        "crawler/topics/regression.py",
        "scheduler/alerts/messages.py",
        "scheduler/config/positions.py",
        "scheduler/files/escapes.py",
        "scheduler/files/feedback_files.py",
        "scheduler/health/anomalies.py",
        "storage/allowed_hosts.py",
        "storage/query/format.py",
        "storage/query/fts.py",
        "storage/query/match.py",
        "storage/query/near.py",
        "storage/query/parse.py",
        "storage/query/terms.py",
        "storage/query/tree.py",
        "storage/records/as_json.py",
        "storage/records/work.py",
    }
)
# The demo press is pure too, and read whole by its own test.
TESTS = ("tests/storage", "tests/crawler", "tests/scheduler", "tests/system/test_press.py")
FOLDER = ROOT / "build" / "coverage"

# What cannot happen and says so by raising AssertionError is no branch.
_SETTINGS = """\
[run]
branch = true
parallel = true
patch = subprocess
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


def verdict(found: Mapping[str, str], not_yet: Iterable[str]) -> list[str]:
    """What is amiss: gaps in files that are held, and files that need no exception any more."""
    not_yet = frozenset(not_yet)
    return [
        *(f"{file}: {missed}" for file, missed in sorted(found.items()) if file not in not_yet),
        *(f"{file}: covered or gone; take it out of NOT_YET" for file in sorted(not_yet - found.keys())),
    ]


def measure(files: Iterable[str], tests: Iterable[str]) -> Mapping[str, Any]:
    """The report of coverage over *tests*; a failing test ends it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    rules = FOLDER / "settings.ini"
    rules.write_text(settings(files), "utf-8")
    coverage = [sys.executable, "-m", "coverage"]
    told = {**os.environ, "COVERAGE_RCFILE": str(rules)}
    processes = ["-n", str(min(4, os.cpu_count() or 1))]
    pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *processes, "--dist", "worksteal", *tests]
    for step in (
        ["run", *pytest],
        ["combine", "--quiet"],
        ["json", "--quiet", "-o", str(FOLDER / "report.json")],
    ):
        subprocess.run([*coverage, *step], cwd=ROOT, env=told, check=True)
    return dict(json.loads((FOLDER / "report.json").read_text("utf-8")))


def main() -> int:
    """Print the gaps, and how much of the pure files is covered."""
    files = {str(Path(path).relative_to(ROOT)) for path in PURE}
    report = measure(files, sys.argv[1:] or TESTS)
    found = gaps(report, files)
    faults = verdict(found, NOT_YET)
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    totals = report["totals"]
    sys.stdout.write(
        f"{len(files)} pure files, {len(files) - len(found)} of them whole; branches taken: "
        f"{totals['covered_branches']} of {totals['num_branches']}\n"
    )
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
