"""Counts the branches that are taken in this process of the tests from the moment when this is loaded, if asked to.

tests/support/pure_coverage.py asks for it through the environment; tests/conftest.py loads this before all else, in
each process of pytest. Tests that do not count run uncounted.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coverage import Coverage

SETTINGS = "COVERAGE_RCFILE"
# Whole processes are left out, so that a branch is not called tested because a crawl happened to pass it; but the demo
# press is pure too, and read whole by its own test. A browser looks at pages that other tests have read already.
COUNTED = ("tests/storage/", "tests/crawler/", "tests/scheduler/", "tests/system/test_press.py")
LEFT_OUT = ("tests/storage/datasette/test_browser.py",)

_counter: "Coverage | None" = None
_is_counting = False


def begin() -> None:
    """Count from now on, if the environment says so; what is loaded from now on counts."""
    global _counter, _is_counting
    if settings := os.environ.get(SETTINGS):
        from coverage import Coverage

        _counter = Coverage(config_file=settings, data_suffix=True)
        _counter.start()
        _is_counting = True


def counts(test: str) -> bool:
    """Whether the branches that *test*, of this file, takes are counted."""
    return test.startswith(COUNTED) and not test.startswith(LEFT_OUT)


def heed(test: str) -> None:
    """Count what *test* takes, or nothing if it does not count.

    Counting goes on from one test that counts to the next: threads that live longer than a test would be lost to it.
    """
    global _is_counting
    if _counter is None or counts(test) == _is_counting:
        return
    (_counter.stop if _is_counting else _counter.start)()
    _is_counting = not _is_counting


def end() -> None:
    """Write down what was counted."""
    if _counter is not None:
        if _is_counting:
            _counter.stop()
        _counter.save()


begin()
