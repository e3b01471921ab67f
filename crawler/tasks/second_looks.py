"""Second looks at kept articles: which are made, how an answer is read, what is stored of it. I/O edge.

They are a lower class of work than news: nothing is asked for before the polls and new pages of the run are done.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import clock
from crawler.articles.look_verdicts import (
    TEASER_COVERAGE,
    TEASER_SHARE,
    Sight,
    has_wall_signs,
    judge_absence,
    judge_nothing,
    judge_presence,
    judge_pruned,
    judge_skip,
    living_neighbour,
    without_end,
    without_removal,
)
from crawler.articles.revisions import coverage, is_same_article
from crawler.articles.store import store_reading
from crawler.cadence.next_look import LONGEST_PAUSE, NEIGHBOUR_WITHIN, choose_looks, next_look
from crawler.downloader.access_middleware import PAGE
from crawler.downloader.failures import reason_of_status
from crawler.downloader.fetching import evidence_of, page_of, wait_s
from crawler.pages.missing import markup_says_missing, says_missing
from crawler.run.opening import LEASE
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.outcomes import redirect_reason
from crawler.tasks.pages import read_in_pool, reading_of
from crawler.tasks.task import Failed, FetchTask, Output
from crawler.text.storable import storable_line
from crawler.urls import key_of_answer
from storage import meta
from storage.articles import articles, looks, watches
from storage.db import storage_errors, transaction
from storage.errors import ParseError, StorageError
from storage.records.articles import Page, Rejection
from storage.records.decisions import Reading, Verdict
from storage.records.looks import Absence, Look, Watch

# A run begins no further looks after this time, since polls may be due that wait for its end.
LOOKING_S = 120.0
# Looks at one source that a run has in hand at a time: at the slowest pace (a Crawl-delay of 60 s) five minutes.
LOOKS_EACH = 5
_GONE = frozenset({"http_404", "http_410"})
_WALLS = frozenset({"wall", "login", "challenge"})
_NO_ARTICLE = frozenset({"no_text", "list_page", "not_found"})
_HEAD_BYTES = 200_000
_OUTCOMES = {
    Verdict.UNCHANGED: "unchanged",
    Verdict.REVISED: "revised",
    Verdict.NEW: "replaced",
    Verdict.COPY: "replaced",
}


class SecondLooks(FetchTask[Watch]):
    """Claims due looks when the spider has nothing else to do, and asks for their pages."""

    name = "look"

    def __init__(
        self, crawler: Crawler, session: CrawlSession, progress: Progress, names: Sequence[str]
    ) -> None:
        """*names*: the sources; none: all."""
        super().__init__(crawler, session, progress)
        self._names = names
        self._began_s: float | None = None
        # Articles that are gone from their own address, with what was seen there, while others are asked.
        self._gone: dict[int, tuple[Watch, Sight]] = {}
        # Articles that are looked at, and those of them that are gone: these are judged when the others' looks are in,
        # for a removal is one only beside a page of the host that is there, and "gone" is said sooner than a page read.
        self._under_way: set[int] = set()
        self._absent: dict[int, tuple[Watch, Sight]] = {}

    def ask_next(self) -> bool:
        """Ask for the next pages, if nothing else is under way; whether there are some."""
        if not self._judge_left():
            return False
        if self._began_s is None:
            self._began_s = clock.monotonic_s()
        if clock.monotonic_s() - self._began_s > LOOKING_S:
            return False
        watches = self._claim()
        for watch in watches:
            self._ask(watch)
        return bool(watches)

    def _judge_left(self) -> bool:
        """Judge what is gone, as nothing else is under way; False if the database refused."""
        self._under_way.clear()
        absent, self._absent = self._absent, {}
        try:
            for watch, sight in absent.values():
                self._count_look(self.session.store_now(store_sight, watch, sight, **self._values(watch)))
        except StorageError:  # the session has ended the crawl
            return False
        return True

    def _claim(self) -> list[Watch]:
        """The looks to make now. Nothing else is under way, so the event loop may wait for the database."""
        session = self.session
        try:
            return session.store_now(
                claim_looks,
                run_id=session.run_id,
                now=clock.now(),
                names=self._names,
                is_clock_doubted=session.is_clock_doubted,
            )
        except StorageError:  # the session has ended the crawl
            return []

    def _ask(self, watch: Watch) -> None:
        self.progress.expect_page()
        asked = self.request(
            watch.url,
            watch,
            etag=watch.etag,
            last_modified=watch.last_modified,
            priority=-10,
            meta={PAGE: True},
        )
        if isinstance(asked, Failed):
            self.session.store_now(store_sight, watch, _no_sight(watch, asked), **self._values(watch))
            self.progress.settled(matched=False)
            return
        assert self.crawler.engine is not None  # it is what is idle
        self._under_way.add(watch.article_id)
        self.crawler.engine.crawl(asked)

    async def take(self, response: Response, watch: Watch) -> Sequence[Output]:
        """Store what the answer shows; an article that is gone may stand at another of its addresses."""
        sight = await see(self.crawler, self.session, response, watch)
        if sight.kind == "absent" and watch.others:
            return self._ask_elsewhere(watch, sight)
        await self._store(watch, sight)
        return ()

    def _ask_elsewhere(self, watch: Watch, sight: Sight) -> Sequence[Output]:
        """Ask for the next address of an article that is not where it was."""
        self._gone.setdefault(watch.article_id, (watch, sight))
        following, *others = watch.others
        elsewhere = replace(
            watch,
            url=following.url,
            url_key=following.url_key,
            others=tuple(others),
            etag=None,
            last_modified=None,
            body_hash=None,
        )
        asked = self.request(elsewhere.url, elsewhere, priority=-10, meta={PAGE: True})
        return () if isinstance(asked, Failed) else [asked]

    async def give_up(self, watch: Watch, failed: Failed) -> Sequence[Output]:
        """Store that there was no answer, or none that could be judged."""
        await self._store(watch, _no_sight(watch, failed))
        return ()

    async def _store(self, watch: Watch, sight: Sight) -> None:
        first = self._gone.pop(watch.article_id, None)
        if first is not None:  # only an article that is there outweighs that it is gone from its own address
            watch, sight = first[0], sight if sight.kind == "article" else first[1]
        if sight.kind == "absent":
            self._absent[watch.article_id] = watch, sight
        else:
            self._count_look(await self.session.store(store_sight, watch, sight, **self._values(watch)))
            self._under_way.discard(watch.article_id)
        if self._under_way <= self._absent.keys():
            self._under_way.clear()
            absent, self._absent = self._absent, {}
            for gone in absent.values():
                self._count_look(await self.session.store(store_sight, *gone, **self._values(gone[0])))

    def _count_look(self, look: Look) -> None:
        self.count(f"looks/{look.outcome}")
        self.progress.settled(matched=False)

    def _values(self, watch: Watch) -> dict[str, Any]:
        settings = self.session.settings
        return {
            "run_id": self.session.run_id,
            "keep_all": settings.keep_all,
            "hold_days": settings.keep_off_topic_days,
            "is_clock_doubted": self.session.is_clock_doubted,
            "is_date_doubted": self.session.doubts_date_at(watch.url),
        }


def _no_sight(watch: Watch, failed: Failed) -> Sight:
    return Sight(
        "failed",
        clock.now(),
        failed.url or watch.url,
        failed.status,
        reason=failed.reason,
        detail=failed.detail,
        wait_s=failed.wait_s,
    )


@storage_errors
def claim_looks(
    connection: sqlite3.Connection,
    *,
    run_id: int,
    now: datetime,
    names: Sequence[str] = (),
    is_clock_doubted: bool = False,
) -> list[Watch]:
    """The second looks that are due and that this run makes now, what is in doubt first, then by the time due.

    On the way the first looks at new articles are scheduled, and those that the budget leaves out are recorded.
    """
    with transaction(connection):
        otherwise = now + LONGEST_PAUSE if is_clock_doubted else None
        undecided = watches.undecided(connection)
        watches.schedule(
            connection, [(watch.article_id, next_look(watch, now) or otherwise) for watch in undecided]
        )
        due = watches.due(
            connection,
            run_id=run_id,
            now=now,
            running_since=now - LEASE,
            latest=now + LONGEST_PAUSE + LEASE,
            names=names,
        )
        choice = choose_looks(
            due,
            watches.looked(connection, {watch.source_id for watch in due}, now),
            per_day=meta.get(connection, meta.SECOND_LOOKS_PER_SOURCE_PER_DAY),
            each=LOOKS_EACH,
        )
        watches.let_go(connection, choice.unmatched)
        chosen = watches.hold(connection, choice.chosen, run_id=run_id)
        for watch in choice.skipped:
            skip = judge_skip(watch, now)
            looks.record(connection, without_end(skip) if is_clock_doubted else skip, run_id=run_id)
        return [*_witnesses(connection, chosen, run_id, now), *chosen]


def _witnesses(
    connection: sqlite3.Connection, chosen: Sequence[Watch], run_id: int, now: datetime
) -> list[Watch]:
    """An article of each host that may have lost one, if no page of the host was read lately; due or not."""
    witnesses: dict[str | None, Watch] = {}
    for watch in chosen:
        host = urlsplit(watch.url).hostname
        if not watch.absences or watch.state == "deleted" or host in witnesses:
            continue
        if living_neighbour(watch, looks.neighbours(connection, watch, now - NEIGHBOUR_WITHIN)):
            continue
        possible = watches.possible_neighbours(connection, watch, run_id=run_id, running_since=now - LEASE)
        witness = next(
            (candidate for candidate in possible if urlsplit(candidate.url).hostname == host), None
        )
        if witness is not None:
            (witnesses[host],) = watches.hold(connection, [witness], run_id=run_id)
    return list(witnesses.values())


async def see(crawler: Crawler, session: CrawlSession, response: Response, watch: Watch) -> Sight:
    """What the answer to a look shows."""
    now = clock.now()
    seen = Sight("failed", now, response.url, status=response.status)
    door = redirect_reason(watch.url, response.url)
    reason = reason_of_status(response.status)
    if reason in _GONE or door == "front_page":
        return replace(seen, kind="absent", reason=reason or door)
    if reason is not None:
        return replace(seen, reason=reason, wait_s=wait_s(response, now))
    if door == "login":
        return replace(seen, kind="wall", reason=door)
    answer = evidence_of(response, watch.url, now, keep_body=session.settings.keep_pages)
    if response.status == 304:
        kept = replace(answer, etag=watch.etag, last_modified=watch.last_modified, body_hash=watch.body_hash)
        return replace(seen, kind="not_modified", answer=kept)
    if watch.body_hash is not None and answer.body_hash == watch.body_hash:
        return replace(seen, kind="same_body", answer=answer)
    return await _read(crawler, session, page_of(response), watch, replace(seen, answer=answer))


@storage_errors
def store_sight(
    connection: sqlite3.Connection,
    watch: Watch,
    sight: Sight,
    *,
    run_id: int,
    keep_all: bool = False,
    hold_days: int = 0,
    is_clock_doubted: bool = False,
    is_date_doubted: bool = False,
) -> Look:
    """Decide on what a look showed, and carry it out; the look. By a clock that is doubted it ends no watch.

    Nor does it prove a removal, unless the article's own server says the same time (then *is_date_doubted* is False).

    Of an article that was pruned while its page was asked for nothing is written.
    """
    with transaction(connection):
        if not watches.is_held(connection, watch.article_id, run_id):
            return judge_pruned(watch, sight.at)
        if sight.reading is not None:
            look = _judge_article(
                connection, watch, sight, sight.reading, keep_all=keep_all, hold_days=hold_days
            )
        elif sight.kind in ("not_modified", "same_body"):
            outcome = "not_modified" if sight.kind == "not_modified" else "unchanged"
            look = judge_presence(watch, outcome, sight, _moved_to(watch, sight))
        elif sight.kind == "absent":
            look = _judge_absence(connection, watch, sight)
        else:
            look = judge_nothing(watch, sight)
        look = without_removal(look) if is_date_doubted else look
        look = without_end(look) if is_clock_doubted else look
        looks.record(connection, look, run_id=run_id)
    return look


async def _read(crawler: Crawler, session: CrawlSession, page: Page, watch: Watch, seen: Sight) -> Sight:
    try:
        read = await read_in_pool(crawler, session, page, watch)
    except ParseError as error:
        return replace(seen, kind="unreadable", reason=error.reason, detail=storable_line(str(error)))
    if isinstance(read, Rejection):
        return _rejected(seen, read, page)
    return replace(
        seen,
        kind="article",
        reading=reading_of(session, read, watch, page, seen.answer, watch.url_key),
        has_wall_signs=read.article.words < TEASER_SHARE * watch.words and has_wall_signs(_text(page.body)),
    )


def _rejected(seen: Sight, rejection: Rejection, page: Page) -> Sight:
    """What a page without an article says of the one that stood there."""
    if rejection.reason in _WALLS:
        return replace(seen, kind="wall", reason=rejection.reason, detail=rejection.detail)
    if rejection.reason not in _NO_ARTICLE:
        return replace(seen, kind="unreadable", reason=rejection.reason, detail=rejection.detail)
    if markup_says_missing(_text(page.body[:_HEAD_BYTES])):
        rejection = replace(rejection, reason="not_found")
    return replace(seen, kind="absent", reason=rejection.reason, detail=rejection.detail)


def _judge_article(
    connection: sqlite3.Connection,
    watch: Watch,
    sight: Sight,
    reading: Reading,
    *,
    keep_all: bool,
    hold_days: int,
) -> Look:
    """An article was read: the same, a revision of it, a teaser, a notice that it is gone, or another story."""
    stored = articles.article(connection, watch.article_id)
    assert stored is not None  # `store_sight` has seen that it is there, in this transaction
    article = reading.article
    if sight.has_wall_signs and coverage(stored["text"], article.text) >= TEASER_COVERAGE:
        return judge_nothing(
            watch, replace(sight, kind="wall", reason="wall", detail="only the beginning is shown")
        )
    if not is_same_article(stored["title"], stored["text"], article.title, article.text):
        if says_missing(article.title, article.text):
            return _judge_absence(connection, watch, replace(sight, reason="not_found", detail=article.title))
        if _moved_to(watch, sight) or not (reading.matches or keep_all):
            return _judge_absence(
                connection, watch, replace(sight, reason="other_story", detail=article.title)
            )
    held = replace(reading, article=replace(article, url=stored["url"]))
    verdict, _ = store_reading(connection, held, keep_all=keep_all, hold_days=hold_days)
    return judge_presence(watch, _OUTCOMES[verdict], sight, _moved_to(watch, sight))


def _judge_absence(connection: sqlite3.Connection, watch: Watch, sight: Sight) -> Look:
    absence = Absence(sight.at, sight.reason or "", sight.url, sight.status, sight.detail)
    near = looks.neighbours(connection, watch, sight.at - NEIGHBOUR_WITHIN)
    return judge_absence(watch, absence, living_neighbour(watch, near))


def _moved_to(watch: Watch, sight: Sight) -> tuple[str, str] | None:
    """The address that the watched one leads to, with its key; None if it is the same."""
    key = key_of_answer(watch.url, watch.url_key, sight.url)
    return None if key == watch.url_key else (sight.url, key)


def _text(body: bytes) -> str:
    """A page's code for a search for signs, most of which are plain letters."""
    return body.decode("utf-8", "replace")
