"""The rule of the pure files' coverage: what it tells of a report."""

import pytest

from tests.support.counting import counts
from tests.support.folders import ROOT
from tests.support.pure_coverage import gaps, not_yet, verdict
from tests.test_imports import PURE

REPORT = {
    "files": {
        "crawler/whole.py": {"missing_lines": [], "missing_branches": []},
        "crawler/open.py": {"missing_lines": [7], "missing_branches": [[3, 5], [9, -1]]},
    }
}


def test_gaps_are_lines_and_branches_that_no_test_took():
    files = ["crawler/whole.py", "crawler/open.py", "crawler/new.py"]

    assert gaps(REPORT, files) == {
        "crawler/open.py": "7, 3->5, 9->end",
        "crawler/new.py": "no test loads it",
    }


def test_a_gap_is_a_fault_unless_it_is_known_and_what_is_whole_may_stay_excepted():
    found = {"a.py": "7", "b.py": "3->5"}

    assert verdict(found, ["b.py", "c.py"]) == ["a.py: 7"]


def test_the_list_of_exceptions_is_in_order_and_names_pure_files():
    assert not_yet() == sorted(set(not_yet()))
    assert {ROOT / name for name in not_yet()} <= PURE


@pytest.mark.parametrize(
    ("test", "does_count"),
    [
        ("tests/crawler/test_urls.py::test_a", True),
        ("tests/system/test_press.py::test_a[1]", True),
        ("tests/system/test_crawl.py::test_a", False),
        ("tests/storage/datasette/test_browser.py::test_a", False),
        ("tests/test_docs.py::test_a", False),
    ],
)
def test_branches_count_that_are_taken_by_tests_beside_the_files(test, does_count):
    assert counts(test) is does_count
