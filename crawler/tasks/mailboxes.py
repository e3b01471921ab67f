"""Polls of mailboxes: each mail is an entry that is an article by itself. I/O edge.

A look takes seconds to minutes, by another protocol than Scrapy's: it goes on beside the crawl, which waits for its
end.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider

from crawler import clock, limits
from crawler.documents.entries import join_warnings, list_entries
from crawler.downloader.access import AccessPlan, plan_from_text
from crawler.mail.imap import MailboxError, MailboxReader
from crawler.mail.looks import MailboxLook, RawMail
from crawler.run.pool import TaskPool
from crawler.run.pool_work import read_mails
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.polls import Polls
from crawler.tasks.task import Failed, Output, Task, is_closing, pass_on
from crawler.text.storable import storable_line
from storage.errors import ParseError, PoolError, StorageError
from storage.records.polls import PollResult
from storage.records.sources import Feed, FeedDocument, FeedEntry

# Mailboxes that are looked at together: each may hold what imap.LOOK_BYTES allows.
_AT_ONCE = 2
# Mails that are read by one task of the pool, within the time of a page each.
_TOGETHER = 20
_TOLD = 5


class Mailboxes(Task[Feed]):
    """Looks at mailboxes beside the crawl."""

    name = "look at a mailbox"

    def __init__(self, crawler: Crawler, session: CrawlSession, progress: Progress, polls: Polls) -> None:
        super().__init__(crawler, session, progress)
        self._polls = polls
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._going_on: set[asyncio.Task[None]] = set()

    def begin(self, feed: Feed) -> None:
        """Look at the mailbox *feed*; what follows from it is given to the engine."""
        looking = asyncio.ensure_future(self._look(feed))
        self._going_on.add(looking)
        looking.add_done_callback(self._going_on.discard)

    def idle(self) -> None:
        """Keep the crawl from ending while a mailbox is looked at.

        Raises:
            DontCloseSpider: one is.
        """
        if self._going_on and not is_closing(self.crawler) and self.session.error is None:
            raise DontCloseSpider

    def stop(self) -> None:
        """Break off what goes on; nothing is recorded of it."""
        for looking in tuple(self._going_on):
            looking.cancel()

    async def give_up(self, feed: Feed, failed: Failed) -> Sequence[Output]:
        """Record a look that gave nothing."""
        return await self._polls.give_up(feed, failed)

    async def _look(self, feed: Feed) -> None:
        looking = asyncio.current_task()
        assert looking is not None  # it is one
        try:
            async with self._gate:
                outputs = await self.guard(feed, self._taken(feed))
            for output in outputs:
                if is_closing(self.crawler):
                    return
                await pass_on(self.crawler, output)
        except (StorageError, PoolError):  # the session has ended the crawl
            return
        finally:
            self._going_on.discard(looking)
            if not self._going_on and not is_closing(self.crawler):
                # Else the engine would notice only at its next heartbeat that nothing is left to do.
                self.crawler.engine._slot.nextcall.schedule()  # type: ignore[union-attr]

    async def _taken(self, feed: Feed) -> Sequence[Output]:
        try:
            look = await look_at(plan_from_text(self.crawler.settings["SEEDWATCH_ACCESS"]), feed)
        except MailboxError as error:
            return await self.give_up(feed, Failed(error.reason, storable_line(str(error))))
        document = await document_of(self.session.pool, feed, look)
        result = PollResult(
            feed.id,
            clock.now(),
            outcome="ok" if look.mails or look.left_out else "not_modified",
            body_bytes=sum(len(mail.body) for mail in look.mails),
            etag=look.cursor,
        )
        # Dates of mails are older than their arrival, which says nothing against the server.
        return await self._polls.follow(replace(feed, unmodified_at=None), document, result, feed.url)


async def look_at(plan: AccessPlan, feed: Feed) -> MailboxLook:
    """One look at the mailbox *feed*, from where the last one ended.

    Raises:
        MailboxError: it cannot be read; ``login`` where its password is not known.
    """
    access = plan.mailbox(feed.url)
    if access is None or access.problem:
        raise MailboxError("login", access.problem if access else "it is not in the settings any more")
    reader = MailboxReader(access)
    try:
        return await asyncio.to_thread(reader.look, feed.etag, clock.now().date())
    except asyncio.CancelledError:
        reader.abort()
        raise


async def document_of(pool: TaskPool, feed: Feed, look: MailboxLook) -> FeedDocument:
    """The mails of a look as entries, the newest first; what is no article is told, and counted as left out."""
    entries: list[FeedEntry] = []
    problems = list(look.left_out)
    for start in range(0, len(look.mails), _TOGETHER):
        read, told = await _read(pool, feed, look.mails[start : start + _TOGETHER])
        entries += read
        problems += told
    listed = list_entries(reversed(entries))
    more = f"{len(problems) - _TOLD} more" if len(problems) > _TOLD else None
    waiting = f"{look.waiting} mails wait for the next poll" if look.waiting else None
    anew = "the folder is numbered anew: its last mails were looked at again" if look.is_anew else None
    warning = join_warnings(*problems[:_TOLD], more, look.problem, waiting, anew)
    return FeedDocument(listed.entries, skipped=len(problems), warning=storable_line(warning or "") or None)


async def _read(pool: TaskPool, feed: Feed, mails: Sequence[RawMail]) -> tuple[list[FeedEntry], list[str]]:
    """The entries of some mails; one that costs its process or its time costs no other."""
    try:
        return await pool.run(
            read_mails,
            mails,
            feed.timezone,
            clock.now(),
            timeout_s=limits.PARSE_TIMEOUT_S,
            source=feed.source,
        )
    except ParseError as error:
        if len(mails) == 1:
            return [], [f"mail {mails[0].uid}: {error.reason}"]
    entries: list[FeedEntry] = []
    problems: list[str] = []
    for mail in mails:
        read, told = await _read(pool, feed, (mail,))
        entries += read
        problems += told
    return entries, problems
