"""A host that answered and then refuses one connection after the other is left alone, and asked slowly after it."""

from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.settings import Settings

from crawler.downloader.failures import FetchError
from crawler.downloader.throttling import RetryAfterMiddleware
from storage.records.sources import HostMemory

SLOT = "wire.example"


class Host:
    """A middleware with all that it asks for, and what it remembered."""

    def __init__(self, delays: dict[str, float] | None = None) -> None:
        self.remembered: list[HostMemory] = []
        self.downloader = SimpleNamespace(slots={}, per_slot_settings={})
        crawler: Any = SimpleNamespace(
            settings=Settings({"DOWNLOAD_DELAY": 1.0}),
            stats=SimpleNamespace(inc_value=lambda _: None),
            engine=SimpleNamespace(downloader=self.downloader),
        )
        self.middleware = RetryAfterMiddleware(crawler, {}, self.remembered.append, delays)

    def request(self) -> Request:
        return Request("http://wire.example/1", meta={"download_slot": SLOT})

    def answer(self, status: int = 200) -> None:
        request = self.request()
        self.middleware.response_downloaded(Response(request.url, status=status), request)

    def refuse(self, error: Exception, times: int) -> None:
        for _ in range(times):
            self.middleware.process_exception(self.request(), error)


@pytest.mark.parametrize("error", [DownloadConnectionRefusedError("no"), DownloadTimeoutError("slow")])
def test_three_in_a_row_pause_a_host_that_had_answered(error: Exception) -> None:
    host = Host()
    host.answer()

    host.refuse(error, 3)

    (memory,) = host.remembered
    assert (memory.pauses, memory.spacing_s) == (1, 2.0)
    with pytest.raises(FetchError) as caught:
        host.middleware.process_request(host.request())
    assert caught.value.reason == "host_paused"


def test_host_that_never_answered_is_merely_down() -> None:
    host = Host()

    host.refuse(DownloadConnectionRefusedError("no"), 5)

    assert host.remembered == []


def test_answer_between_refusals_begins_the_count_anew() -> None:
    host = Host()
    host.answer()
    host.refuse(DownloadConnectionRefusedError("no"), 2)
    host.answer()

    host.refuse(DownloadConnectionRefusedError("no"), 2)

    assert host.remembered == []


def test_delay_of_a_source_is_kept_by_its_hosts_alone_and_doubled_by_a_refusal() -> None:
    host = Host({SLOT: 3.0})

    host.middleware.process_request(host.request())
    host.middleware.process_request(Request("http://other.example/", meta={"download_slot": "other.example"}))

    assert {slot: one["delay"] for slot, one in host.downloader.per_slot_settings.items()} == {SLOT: 3.0}
    host.answer()
    host.refuse(DownloadConnectionRefusedError("no"), 3)
    assert host.remembered[0].spacing_s == 6.0
