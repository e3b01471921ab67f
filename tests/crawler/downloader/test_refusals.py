"""A host that answered and then refuses one connection after the other is left alone, and asked slowly after it."""

from collections import deque
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.settings import Settings

from crawler import clock
from crawler.downloader.failures import FetchError
from crawler.downloader.throttling import RetryAfterMiddleware
from storage.records.sources import HostMemory

SLOT = "example.org"


class Waiting:
    """What a request that waits for its slot is answered by."""

    def __init__(self) -> None:
        self.failures: list[object] = []

    def errback(self, failure: object) -> None:
        self.failures.append(failure)


class Host:
    """A middleware with all that it asks for, and what it remembered."""

    def __init__(
        self, delays: dict[str, float] | None = None, memories: dict[str, HostMemory] | None = None
    ) -> None:
        self.remembered: list[HostMemory] = []
        self.downloader = SimpleNamespace(slots={}, per_slot_settings={})
        crawler: Any = SimpleNamespace(
            settings=Settings({"DOWNLOAD_DELAY": 1.0}),
            stats=SimpleNamespace(inc_value=lambda _: None),
            engine=SimpleNamespace(downloader=self.downloader),
        )
        self.middleware = RetryAfterMiddleware(crawler, memories or {}, self.remembered.append, delays)

    def request(self, name: str = SLOT) -> Request:
        return Request(f"http://{name}/1", meta={"download_slot": SLOT})

    def answer(self, status: int = 200, name: str = SLOT) -> None:
        request = self.request(name)
        self.middleware.response_downloaded(Response(request.url, status=status), request)

    def passes(self, name: str) -> bool:
        """Whether a request for a host name would be sent."""
        with suppress(FetchError):
            self.middleware.process_request(self.request(name))
            return True
        return False

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


# A domain with three servers


NAMES = ("example.org", "www.example.org", "rss.example.org")


@pytest.mark.parametrize("forbidding", NAMES)
def test_three_that_are_forbidden_pause_their_host_name_alone(forbidding: str) -> None:
    host = Host()
    waiting = [(host.request(name), Waiting()) for name in NAMES]
    host.downloader.slots[SLOT] = SimpleNamespace(queue=deque(waiting))
    for _ in range(3):
        host.answer(403, forbidding)

    assert [name for name in NAMES if not host.passes(name)] == [forbidding]
    assert [memory.host for memory in host.remembered] == [f"{forbidding}."]
    # What waited for the others still does.
    assert [bool(answer.failures) for _, answer in waiting] == [name == forbidding for name in NAMES]
    assert [request.url for request, _ in host.downloader.slots[SLOT].queue] == [
        f"http://{name}/1" for name in NAMES if name != forbidding
    ]


def test_a_second_host_name_that_forbids_pauses_the_domain() -> None:
    host = Host()
    for name in NAMES[:2]:
        for _ in range(3):
            host.answer(403, name)

    assert [name for name in NAMES if host.passes(name)] == []
    assert {memory.host for memory in host.remembered} == {"example.org.", "www.example.org.", SLOT}


def test_a_host_name_that_an_earlier_run_found_forbidding_counts_while_its_pause_lasts() -> None:
    now = clock.now()
    lasting = HostMemory("www.example.org.", now + timedelta(hours=1), "http_403", 1, now)
    over = replace(lasting, paused_until=now - timedelta(hours=1))

    for memory, passing in ((lasting, []), (over, list(NAMES[1:]))):
        host = Host(memories={memory.host: memory})
        assert host.passes("www.example.org") == (memory is over)
        for _ in range(3):
            host.answer(403)
        assert [name for name in NAMES if host.passes(name)] == passing


def test_an_answer_of_another_host_name_does_not_begin_the_count_anew() -> None:
    host = Host()
    for _ in range(3):
        host.answer(200, "rss.example.org")
        host.answer(403, "www.example.org")

    assert [name for name in NAMES if not host.passes(name)] == ["www.example.org"]


def test_a_host_name_that_answers_again_begins_anew_next_time() -> None:
    now = clock.now()
    host = Host(memories={"example.org.": HostMemory("example.org.", now, "http_403", 3, now)})

    host.answer(200)

    assert host.remembered == [HostMemory("example.org.", now, "http_403", 0, now)]


def test_too_many_requests_are_said_for_the_whole_domain() -> None:
    host = Host()
    host.answer(429, "www.example.org")

    assert [name for name in NAMES if host.passes(name)] == []
    assert [memory.host for memory in host.remembered] == [SLOT]
