"""The edge of all crawl work: each class of work meets a stop, a refused database and an unforeseen error alike."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.downloader.failures import FetchError
from crawler.downloader.stopping import STOPPED
from crawler.tasks.task import Failed, FetchTask, Output, Task
from storage.errors import StorageError
from storage.records.sources import LinkOutcome
from tests.support.folders import ROOT
from tests.support.samples import NOW


class Work(FetchTask[str]):
    """Work that goes wrong in one way, and notes what is recorded of it."""

    name = "work"

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.recorded = error, []  # type: ignore[var-annotated]

    async def take(self, response: Response, target: str) -> Sequence[Output]:
        if self.error is not None:
            raise self.error
        return [LinkOutcome(7, target, response.url, NOW)]

    async def give_up(self, target: str, failed: Failed) -> Sequence[Output]:
        self.recorded.append((target, failed))
        return ()


def answered(work: Work) -> None:
    asyncio.run(work.answered(Response("http://a.example/came", status=203), "target"))


def failed(work: Work, error: Exception) -> None:
    failure: Any = Failure(error)
    failure.request = Request("http://a.example/", cb_kwargs={"target": "target"})
    asyncio.run(work.failed(failure))


def test_an_unforeseen_error_is_logged_and_recorded_with_the_answer(caplog):
    work = Work(ZeroDivisionError("by zero"))

    with caplog.at_level(logging.ERROR):
        answered(work)

    ((target, why),) = work.recorded
    assert (target, why.text) == ("target", "error: ZeroDivisionError: by zero")
    assert (why.url, why.status, why.is_permanent) == ("http://a.example/came", 203, False)
    (record,) = caplog.records
    assert record.getMessage() == "a work failed"
    assert record.exc_info is not None


def test_a_refused_database_goes_on_up():
    work = Work(StorageError("the disk is full"))

    with pytest.raises(StorageError):
        answered(work)

    assert work.recorded == []


STOP = FetchError("http://a.example/", STOPPED, "the crawl is stopping")


@pytest.mark.parametrize(
    "meet", [lambda: answered_with(STOP), lambda: failed_with(STOP)], ids=["while it works", "not sent"]
)
def test_a_stop_is_recorded_nowhere(meet: Callable[[], list[Any]], caplog):
    assert meet() == []
    assert caplog.records == []


def answered_with(error: Exception) -> list[Any]:
    work = Work(error)
    answered(work)
    return work.recorded


def failed_with(error: Exception) -> list[Any]:
    work = Work()
    failed(work, error)
    return work.recorded


def test_a_fetch_without_an_answer_has_its_reason_and_the_wish_of_the_host():
    ((_, why),) = failed_with(
        FetchError("http://a.example/", "host_paused", "asked for less", retry_after_s=90)
    )

    assert (why.reason, why.detail, why.is_permanent, why.wait_s) == (
        "host_paused",
        "asked for less",
        False,
        90,
    )
    assert (why.url, why.status) == (None, None)


def test_an_address_that_cannot_be_split_is_no_request():
    asked = Work().request("http://[broken/", "target")

    assert isinstance(asked, Failed)
    assert (asked.reason, asked.is_permanent) == ("bad_address", True)


def test_what_a_stop_a_refusal_and_an_error_mean_is_said_in_one_file_alone():
    files = {path: path.read_text() for path in (ROOT / "crawler" / "tasks").glob("*.py")}
    # What a person has checked is no work of a run.
    classes = {path.name: text for path, text in files.items() if "Task[" in text}

    assert {"polls.py", "pages.py", "site_searches.py", "second_looks.py", "backfills.py"} < set(classes)
    assert [name for name, text in classes.items() if "STOPPED" in text or "except Exception" in text] == [
        "task.py"
    ]
    assert issubclass(FetchTask, Task)
