"""How often a host is asked: its own Crawl-delay, and silence for the rest of a run once it says "too many".

A host is, here and in the counts, a download slot: the politeness key of crawler/urls.py. One that forbids (403) is
first taken by its name alone: one server of a domain may dislike us while the others do not.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from scrapy import signals
from twisted.python.failure import Failure

from crawler import clock, limits
from crawler.cadence.host_pauses import (
    FORBIDDEN,
    FORBIDDEN_IN_A_ROW,
    FORBIDDING_HOSTS,
    REFUSALS,
    REFUSED_IN_A_ROW,
    TOO_MANY,
    domain_of,
    pause_key,
    paused,
    spacing,
    wait_of,
)
from crawler.downloader.caching import retry_after_s
from crawler.downloader.failures import FetchError, reason_of
from storage.records.sources import HostMemory

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class RetryAfterMiddleware:
    """Asks a host nothing more in this run once it has answered 429 or 503, or any failure with a Retry-After.

    So too after three 403 in a row, first of the host name alone and of its domain when another of its host names has
    forbidden us, too; after three refused connections of a host that had answered; and until the end of a pause that an
    earlier run remembered.
    The answer itself reaches its callback, with ``meta["retry_after_s"]`` (seconds, None if the host did not say).
    Requests that wait, or come later, reach their errback as FetchError ``host_paused``, with the same entry in their
    meta: when to ask again is the scheduler's decision.
    """

    def __init__(
        self,
        crawler: "Crawler",
        memories: dict[str, HostMemory],
        remember: Callable[[HostMemory], None] | None = None,
        delays: Mapping[str, float] | None = None,
    ) -> None:
        """*memories* are those of earlier runs, by slot; *remember* keeps one for the runs to come, None: nobody.

        *delays* are the seconds between two requests that the settings ask for, by slot.
        """
        self._crawler, self._memories, self._remember = crawler, memories, remember
        self._paused: dict[str, int | None] = {}
        self._forbidden: Counter[str] = Counter()  # answers in a row, by host name
        self._refused: Counter[str] = Counter()  # connections in a row, of hosts that had answered before
        self._answered: set[str] = set()
        self._delays = delays or {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """A middleware that hears of each answer before the next request of its host is sent."""
        # What a person looks up has no session, and is asked for.
        session = getattr(crawler.spider, "session", None)
        known = (session.hosts, session.remember_host, session.delays) if session else ({},)
        middleware = cls(crawler, *known)
        crawler.signals.connect(middleware.response_downloaded, signal=signals.response_downloaded)
        return middleware

    def process_request(self, request: "Request") -> None:
        """Let the request pass.

        Raises:
            FetchError: ``host_paused``.
        """
        slot = request.meta.get("download_slot", "")
        apart_s, now = self._delays.get(slot, 0.0), clock.now()
        for key in dict.fromkeys((slot, pause_key(request.url))):
            if key in self._paused:
                raise self._refusal(request, key, self._paused[key])
            memory = self._memories.get(key) or HostMemory(key)
            wait_s = wait_of(memory, now)
            if wait_s is not None:
                raise self._refusal(request, key, wait_s)
            apart_s = max(apart_s, spacing(memory, now) or 0.0)
        keep_apart(self._crawler, request, apart_s)

    def process_exception(self, request: "Request", exception: Exception) -> None:
        """Pause a host that answered before, and now refuses one connection after the other."""
        slot = request.meta.get("download_slot", "")
        reason = reason_of(exception)[0]
        if slot not in self._answered or reason not in REFUSALS:
            return
        self._refused[slot] += 1
        if self._refused[slot] >= REFUSED_IN_A_ROW and slot not in self._paused:
            self._leave_alone(request, slot, reason, None)

    def response_downloaded(self, response: "Response", request: "Request") -> None:
        """Pause the host if the answer asks for it."""
        slot = request.meta["download_slot"]
        self._answered.add(slot)
        self._refused.pop(slot, None)
        name = pause_key(request.url)
        if response.status < 400:
            self._forbidden.pop(name, None)
            for key in {slot, name}:
                if key in self._memories and self._memories[key].pauses:
                    self._keep(replace(self._memories[key], pauses=0))
            return
        header = (response.headers.get("Retry-After") or b"").decode("latin-1")
        wait_s = retry_after_s(header, clock.now())
        self._forbidden[name] = self._forbidden[name] + 1 if response.status == FORBIDDEN else 0
        is_banned = self._forbidden[name] >= FORBIDDEN_IN_A_ROW
        if wait_s is None and response.status not in TOO_MANY and not is_banned:
            return
        request.meta["retry_after_s"] = wait_s
        asks_itself = wait_s is not None or response.status in TOO_MANY
        for key in [slot] if asks_itself else self._banned(slot, name):
            self._leave_alone(request, key, f"http_{response.status}", wait_s)

    def _banned(self, slot: str, name: str) -> list[str]:
        """What to leave alone now that a host name forbids us: itself, or its whole domain if others do, too."""
        now = clock.now()
        resting = {key for key, memory in self._memories.items() if wait_of(memory, now) is not None}
        forbidding = {
            key for key in {name, *self._paused, *resting} if key != slot and domain_of(key) == slot
        }
        return [name, slot] if len(forbidding) >= FORBIDDING_HOSTS else [name]

    def _leave_alone(self, request: "Request", key: str, reason: str, wait_s: int | None) -> None:
        slot = request.meta["download_slot"]
        usual_s = max(self._crawler.settings.getfloat("DOWNLOAD_DELAY"), self._delays.get(slot, 0.0))
        memory = self._memories.get(key) or HostMemory(key)
        self._keep(paused(memory, reason, wait_s, clock.now(), usual_s=usual_s))
        self._pause(slot, key, wait_s)

    def _keep(self, memory: HostMemory) -> None:
        if self._remember is not None:
            self._remember(memory)

    def _pause(self, slot_key: str, key: str, wait_s: int | None) -> None:
        """Ask nothing more of *key*, the slot's own or that of a host name, whose requests wait in the slot."""
        if key not in self._paused:
            self._count("hosts/paused")
        self._paused[key] = wait_s
        slot = _slots(self._crawler).get(slot_key)
        for request, answer in list(slot.queue) if slot is not None else []:
            if key in (slot_key, pause_key(request.url)):
                slot.queue.remove((request, answer))  # type: ignore[union-attr]  # there is one, or nothing in it
                answer.errback(Failure(self._refusal(request, key, wait_s)))  # type: ignore[no-untyped-call]

    def _refusal(self, request: "Request", key: str, wait_s: int | None) -> FetchError:
        self._count("hosts/requests_held_back")
        request.meta["retry_after_s"] = wait_s
        message = f"{key.rstrip('.')} asked for fewer requests"
        return FetchError(request.url, "host_paused", message, retry_after_s=wait_s)

    def _count(self, name: str) -> None:
        assert self._crawler.stats is not None  # Scrapy makes it before the middlewares
        self._crawler.stats.inc_value(name)


def apply_crawl_delay(crawler: "Crawler", request: "Request", delay_s: float) -> None:
    """Give the host of a request the delay that its robots.txt asks for, at most `limits.CRAWL_DELAY_S`.

    A delay below the one of the settings changes nothing. The request's meta gets ``crawl_delay_s``, as it was asked
    for, and the host's row, too.
    """
    request.meta["crawl_delay_s"] = delay_s
    session = getattr(crawler.spider, "session", None)
    if session is not None:
        host = request.meta["download_slot"]
        session.remember_host(replace(session.hosts.get(host) or HostMemory(host), crawl_delay_s=delay_s))
    keep_apart(crawler, request, min(delay_s, limits.CRAWL_DELAY_S))


def forget_crawl_delay(crawler: "Crawler", request: "Request") -> None:
    """Note that the robots.txt of a request's host asks for no delay any more, if it did."""
    session = getattr(crawler.spider, "session", None)
    memory = session.hosts.get(request.meta["download_slot"]) if session is not None else None
    if session is not None and memory is not None and memory.crawl_delay_s is not None:
        session.remember_host(replace(memory, crawl_delay_s=None))


def keep_apart(crawler: "Crawler", request: "Request", wanted: float) -> None:
    """Give the host of a request a delay of *wanted* seconds, if that is more than the settings' own."""
    if wanted <= crawler.settings.getfloat("DOWNLOAD_DELAY"):
        return
    # It would go below the delay with each quick answer.
    request.meta["autothrottle_dont_adjust_delay"] = True
    key = request.meta["download_slot"]
    # Scrapy forgets a slot after a minute of silence and makes it anew from these settings. No jitter: it would
    # halve the delay now and then.
    assert crawler.engine is not None  # requests are made by a running engine
    settings = crawler.engine.downloader.per_slot_settings
    wanted = max(wanted, settings.get(key, {}).get("delay", 0))
    settings[key] = {"delay": wanted, "jitter": 0}
    slot = _slots(crawler).get(key)
    if slot is not None:
        slot.delay, slot.jitter = max(slot.delay, wanted), 0


def _slots(crawler: "Crawler") -> "dict[str, Slot]":
    assert crawler.engine is not None  # requests are made by a running engine
    return crawler.engine.downloader.slots
