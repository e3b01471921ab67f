"""A whole archive of articles into the database, through the same judgement as what is crawled. I/O edge.

The pool's processes read lines and match topics; this one stores, some in one transaction with the place that was
reached, so that an import that was killed goes on behind the last of them.
"""

import asyncio
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from crawler import clock
from crawler.articles.store import store_reading
from crawler.holdings.import_lines import ArchivedArticle, SourceBook, read_line
from crawler.holdings.import_pages import read_page
from crawler.limits import EXTRACT_TIMEOUT_S
from crawler.run.lifetime import work_behind_others
from crawler.run.pool import TaskPool
from crawler.run.pool_work import hold_matchers, match_article
from crawler.topics.match import MatchContext, TopicMatcher
from crawler.topics.prepare import prepare_matchers
from storage import meta
from storage.articles import articles
from storage.db import TURN_S, give_way, storage_errors, transaction
from storage.errors import ParseError
from storage.records.articles import Page
from storage.records.decisions import Reading, Verdict
from storage.records.sources import Source
from storage.sources import sources

# Lines that are read together. They are stored in turns, between which others may write.
BATCH = 100
# Or fewer, of so many bytes: a few batches are in hand at once, and each is copied on its way to its process.
BATCH_BYTES = 16 * 2**20
# A batch takes a second on a slow machine; one that overruns is read again line by line to find the culprit, each line
# under the bounds of a page that is crawled.
_BATCH_TIMEOUT_S = 60.0
# Topics are learned anew after so many lines: an empty database has no background to measure them against.
_LEARN_AFTER = (300, 1_000, 2_000)

_NUMBERS = ("lines", "new", "copies", "known", "other_text", "off_topic", "bad", "undated", "sources")

# A line of a file of lines (None: it was too long), or a page of a file of pages, with its number.
Line = tuple[int, bytes | Page | None]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no article."""

    line: int  # counted from 1
    reason: str  # a word or two for counts
    detail: str


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line that is an article, matched."""

    line: int
    reading: Reading
    source: Source


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an archive is taken."""

    keep_all: bool = True  # False: only articles that match a topic
    source: str | None = None  # of lines that name none
    is_dry: bool = False  # nothing is stored


@dataclass(slots=True)
class ImportCounts:
    """What an import has done so far."""

    lines: int = 0  # read, bad ones included
    new: int = 0
    copies: int = 0
    known: int = 0  # stored before, under the same address
    other_text: int = 0  # as above with another text, which was not taken
    off_topic: int = 0  # left out, for they match no topic
    bad: int = 0
    undated: int = 0  # of the articles
    sources: int = 0  # that had to be made
    matches: Counter[str] = field(default_factory=Counter)  # by topic, of new ones and copies
    reviews: Counter[str] = field(default_factory=Counter)  # as above, of those that a person should look at

    def stored(self, verdict: Verdict, reading: Reading, *, is_same: bool = True) -> None:
        """Count one article."""
        self.undated += reading.article.published is None
        self.off_topic += verdict is Verdict.OFF_TOPIC
        self.known += verdict is Verdict.UNCHANGED
        self.other_text += verdict is Verdict.UNCHANGED and not is_same
        self.new += verdict is Verdict.NEW
        self.copies += verdict is Verdict.COPY
        if verdict in {Verdict.NEW, Verdict.COPY}:
            self.matches.update(match.topic for match in reading.matches if match.band == "match")
            self.reviews.update(match.topic for match in reading.matches if match.band != "match")


class Book:
    """The outlets that this process of the pool knows: sent once, when it starts."""

    sources = SourceBook({}, {}, None)
    read_at: datetime


def hold_book(matchers: Sequence[TopicMatcher], book: SourceBook, read_at: datetime) -> None:
    """Keep what all lines of an import need, in a process of the pool."""
    work_behind_others()
    hold_matchers(matchers)
    Book.sources, Book.read_at = book, read_at


def read_lines(lines: Sequence[Line]) -> list[ReadLine | BadLine]:
    """The articles of *lines*, matched, in their order; runs in the pool."""
    return [_read(number, line) for number, line in lines]


class Importer:
    """Takes one archive into the database."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        options: ImportOptions,
        *,
        now: datetime,
        archive: str | None = None,
        on_batch: Callable[[ImportCounts, Sequence[BadLine]], None] = lambda *_: None,
    ) -> None:
        """*archive* names it, so that it can be taken up again; None: it cannot.

        *on_batch* hears of each transaction before it is committed: the counts so far, and its bad lines.
        """
        self.connection, self.options, self.now = connection, options, now
        self.archive = (
            meta.imported(f"{archive}:{options.keep_all:d}:{options.source or ''}") if archive else None
        )
        self.on_batch = on_batch
        self.counts = ImportCounts()
        self.place = 0  # the last line that is stored
        # When the archive was imported to its end before; None: it was not.
        self.finished_at: str | None = None
        if self.archive and not options.is_dry:
            self._take_up(meta.get(connection, self.archive))

    def run(self, lines: Iterable[Line]) -> ImportCounts:
        """Import what stands behind the place that was reached.

        Raises:
            StorageError: the database refused; what was stored before stays.
        """
        waiting = ((number, line) for number, line in lines if number > self.place)
        begun = self.counts.lines
        for upto in (*_LEARN_AFTER, None):
            part = waiting if upto is None else islice(waiting, max(0, begun + upto - self.counts.lines))
            if not asyncio.run(self._import(_batches(part))):
                break
        return self.counts

    def finish(self, now: datetime) -> None:
        """Write down that the archive was read to its end."""
        if self.archive and not self.options.is_dry:
            meta.put(self.connection, self.archive, self._facts() | {"finished_at": now.isoformat()})

    async def _import(self, batches: Iterator[list[Line]]) -> bool:
        """Import *batches* with the topics as they are learned now; whether there were any."""
        first = next(batches, None)
        if first is None:
            return False
        matchers = prepare_matchers(self.connection, self.now)
        book = SourceBook.of(tuple(sources.known_sources(self.connection)), self.options.source)
        pool = TaskPool(initializer=hold_book, arguments=(matchers, book, self.now))
        under_way: deque[asyncio.Task[list[ReadLine | BadLine]]] = deque()
        try:
            batch: list[Line] | None = first
            while batch or under_way:
                # Two more than processes: none of them waits while this one stores.
                while batch and len(under_way) < pool.processes + 2:
                    under_way.append(asyncio.create_task(_read_batch(pool, batch)))
                    batch = next(batches, None)
                self._take(await under_way.popleft())
        finally:
            for task in under_way:
                task.cancel()
            pool.close()
        return True

    def _take(self, lines: Sequence[ReadLine | BadLine]) -> None:
        if self.options.is_dry:
            self._look_up(lines)
            self._count(lines)
            return
        waiting = deque(lines)
        while waiting:
            self._store(waiting)
            give_way(self.connection)

    def _count(self, lines: Sequence[ReadLine | BadLine]) -> None:
        bad = [line for line in lines if isinstance(line, BadLine)]
        self.counts.lines += len(lines)
        self.counts.bad += len(bad)
        self.on_batch(self.counts, bad)

    @storage_errors
    def _store(self, waiting: deque[ReadLine | BadLine]) -> None:
        """Store the first of those that wait, as many as one turn has time for."""
        stored: list[ReadLine | BadLine] = []
        with transaction(self.connection):
            ends_s = clock.monotonic_s() + TURN_S
            while waiting and (not stored or clock.monotonic_s() < ends_s):
                stored.append(line := waiting.popleft())
                if isinstance(line, ReadLine):
                    self._store_one(line)
            self.place = stored[-1].line
            self._count(stored)
            if self.archive:
                meta.put(self.connection, self.archive, self._facts())

    def _store_one(self, line: ReadLine) -> None:
        if self.options.keep_all or line.reading.matches:
            self.counts.sources += sources.add_source(self.connection, line.source)
        verdict, article_id = store_reading(self.connection, line.reading, keep_all=self.options.keep_all)
        is_same = article_id is None or _is_same(self.connection, article_id, line.reading)
        self.counts.stored(verdict, line.reading, is_same=is_same)

    def _look_up(self, lines: Sequence[ReadLine | BadLine]) -> None:
        """Count as if it were stored; a copy counts as new, for what it copies may not be stored."""
        for line in lines:
            if isinstance(line, ReadLine):
                key = line.reading.url_key
                article_id = articles.find(self.connection, key) if key else None
                verdict = Verdict.NEW if article_id is None else Verdict.UNCHANGED
                if article_id is None and not self.options.keep_all and not line.reading.matches:
                    verdict = Verdict.OFF_TOPIC
                is_same = article_id is None or _is_same(self.connection, article_id, line.reading)
                self.counts.stored(verdict, line.reading, is_same=is_same)

    def _facts(self) -> dict[str, object]:
        counts = {name: getattr(self.counts, name) for name in _NUMBERS}
        by_topic = {"matches": dict(self.counts.matches), "reviews": dict(self.counts.reviews)}
        return {"line": self.place, "counts": counts | by_topic}

    def _take_up(self, facts: Mapping[str, object]) -> None:
        counts = facts.get("counts")
        if isinstance(counts, dict):
            # An older or newer seedwatch may have written it.
            self.counts = ImportCounts(
                **{name: int(counts.get(name, 0)) for name in _NUMBERS},
                matches=Counter(counts.get("matches", {})),
                reviews=Counter(counts.get("reviews", {})),
            )
            self.place = int(str(facts["line"]))
            self.finished_at = str(facts["finished_at"]) if "finished_at" in facts else None


async def _read_batch(pool: TaskPool, lines: list[Line]) -> list[ReadLine | BadLine]:
    """What `read_lines` says; a line that hangs or kills its process costs only itself."""
    try:
        return await pool.run(read_lines, lines, timeout_s=_BATCH_TIMEOUT_S)
    except ParseError:
        read: list[ReadLine | BadLine] = []
        for line in lines:
            try:
                read += await pool.run(read_lines, [line], timeout_s=EXTRACT_TIMEOUT_S)
            except ParseError as error:
                read.append(BadLine(line[0], error.reason, str(error)))
        return read


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for number, line in lines:
        length = len(line.body if isinstance(line, Page) else line or b"")
        if batch and (len(batch) == BATCH or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((number, line))
        size += length
    if batch:
        yield batch


def _is_same(connection: sqlite3.Connection, article_id: int, reading: Reading) -> bool:
    return articles.text_hash(connection, article_id) == reading.text_hash


def _archived(line: bytes | Page) -> ArchivedArticle:
    if isinstance(line, Page):
        return read_page(line, Book.sources)
    return read_line(line, Book.sources, Book.read_at)


def _read(number: int, line: bytes | Page | None) -> ReadLine | BadLine:
    if line is None:
        return BadLine(number, "too_long", "the line is longer than 16 MiB")
    try:
        found = _archived(line)
    except ParseError as error:
        return BadLine(number, error.reason, str(error))
    article, source = found.article, found.source
    read = match_article(
        article, MatchContext(source.name, article.outlet_host, source.country, tags=source.tags)
    )
    reading = Reading(
        article=article,
        url_key=found.key,
        text_hash=read.text_hash,
        source=source.name,
        origin="import",
        read_at=Book.read_at,
        matches=read.matches,
        score=read.score,
        background=read.background,
        anchors=read.anchors,
        vector=read.vector,
    )
    return ReadLine(number, reading, source)
