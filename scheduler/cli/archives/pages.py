"""What `import` does with archives of pages: WARC files of one's own, and Common Crawl's news archive."""

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from sqlite3 import Connection
from urllib.parse import urlsplit

from crawler import clock
from crawler.downloader.gate import Gate
from crawler.holdings.import_articles import BadLine, ImportCounts, Importer, ImportOptions
from crawler.holdings.import_lines import bare_host, host_and_above
from crawler.holdings.line_files import LineFile
from crawler.settings import user_agent
from scheduler.cli.output import echo, print_json, print_table, printable, secho
from scheduler.cli.progress import ProgressLine
from scheduler.config.load import Config
from scheduler.files.cc_news import news_files, read_span
from scheduler.files.gzip_members import ByteStream
from scheduler.files.remote_file import RemoteFile, RemoteFileError
from scheduler.files.warc_pages import DamagedRecord, warc_pages
from scheduler.wording import counted
from storage.db import analyse
from storage.errors import ConfigError
from storage.records.articles import Page
from storage.sources import sources

# Servers that say so want to be left alone; what was reached goes on with the next call.
_REFUSALS = (403, 429, 503)
# Reasons of pages without an article, and files that failed, that are shown.
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PageArchive:
    """A file of pages."""

    name: str  # for people: a path, or an address
    key: Callable[[], str]  # what knows the same file again
    open: Callable[[], ByteStream]  # raises RemoteFileError or ConfigError
    share: Callable[[ByteStream], float | None]  # how much of the open file was read, 0 to 1


@dataclass(slots=True)
class PagesReport:
    """What became of archives of pages."""

    files: int  # that are meant
    read: int = 0  # to their end, now
    known: int = 0  # that were read to their end before
    failed: list[str] = field(default_factory=list)  # and why
    articles: int = 0
    new: int = 0
    copies: int = 0
    stored_before: int = 0
    off_topic: int = 0
    undated: int = 0
    matches: Counter[str] = field(default_factory=Counter)  # by topic
    reviews: Counter[str] = field(default_factory=Counter)
    no_article: Counter[str] = field(default_factory=Counter)  # pages, by reason
    damaged: Counter[str] = field(default_factory=Counter)  # records, by reason

    def add(self, counts: ImportCounts) -> None:
        """Add what one file came to."""
        self.articles += counts.lines - counts.bad
        self.new += counts.new
        self.copies += counts.copies
        self.stored_before += counts.known
        self.off_topic += counts.off_topic
        self.undated += counts.undated
        self.matches.update(counts.matches)
        self.reviews.update(counts.reviews)


def is_warc(file: str) -> bool:
    """Whether a file is one of pages, by its name."""
    return file.lower().endswith((".warc", ".warc.gz"))


def own_archive(file: Path) -> PageArchive:
    """A WARC file on this machine."""

    def key() -> str:
        with LineFile(str(file)) as opened:
            return opened.fingerprint() or str(file)

    return PageArchive(str(file), key, lambda: _opened(file), lambda stream: _share(stream, file))


def news_archives(config: Config, span: str, base: str, most: int | None) -> list[PageArchive]:
    """The files of Common Crawl's news archive of a day or month, the earliest first, at most *most*.

    Raises:
        ConfigError: *span* is neither, or *base* is no address.
        RemoteFileError: their list cannot be had.
    """
    if not base.startswith(("http://", "https://")):
        raise ConfigError(f"{base!r} is no address; give one that begins with http:// or https://")
    gate, headers = Gate(config.crawl.allow_private), {"User-Agent": user_agent(config.crawl.contact)}
    found = news_files(read_span(span), base if base.endswith("/") else f"{base}/", gate, headers)
    return [_remote(url, gate, headers) for url in found[:most]]


def wanted_hosts(connection: Connection, given: Sequence[str]) -> frozenset[str]:
    """The hosts whose pages are taken, without "www.": those *given*, else those of the homes of enabled sources.

    Raises:
        ConfigError: there is none, or one of *given* is none.
    """
    for name in given:
        if bare_host(f"https://{name}") != name.lower().removeprefix("www.") or "." not in name:
            raise ConfigError(f"--host {name!r} is no host; write it as kcna.kp, without https:// and path")
    hosts = [name.lower().removeprefix("www.") for name in given]
    hosts = hosts or [bare_host(source.home) for source in sources.all_sources(connection) if source.home]
    if not any(hosts):
        raise ConfigError(
            "no enabled source has a `home` whose pages could be looked for: name hosts by --host"
        )
    return frozenset(filter(None, hosts))


def is_of(hosts: frozenset[str]) -> Callable[[str], bool]:
    """Whether an address is of one of *hosts*, or below one."""

    def is_wanted(url: str) -> bool:
        with suppress(ValueError):  # an address that is none
            return not hosts.isdisjoint(host_and_above((urlsplit(url).hostname or "").lower()))
        return False

    return is_wanted


class PagesImport:
    """Reads the pages of some hosts out of archives, one after the other; each goes on where it was."""

    def __init__(
        self, connection: Connection, hosts: frozenset[str] | None, options: ImportOptions, *, again: bool
    ) -> None:
        """*hosts*: whose pages are taken; None: all. *again*: archives that were read to their end are read anew."""
        self._connection, self._options, self._again = connection, options, again
        self._is_wanted = is_of(hosts) if hosts is not None else lambda _url: True
        named = " ".join(sorted(hosts)) if hosts is not None else "all"
        self._chosen = hashlib.sha256(named.encode()).hexdigest()[:12]
        self._bar = ProgressLine("pages")

    def run(self, archives: Sequence[PageArchive]) -> PagesReport:
        """What became of *archives*; after a server has asked to be left alone nothing more is asked for."""
        report = PagesReport(len(archives))
        try:
            for archive in archives:
                try:
                    self._read(archive, report)
                except RemoteFileError as error:
                    report.failed.append(str(error))
                    if error.status in _REFUSALS:
                        report.failed.append(
                            "the server wants to be left alone: call this again in some hours"
                        )
                        break
        finally:
            self._bar.clear()
        if report.new and not self._options.is_dry:
            analyse(self._connection)
        return report

    def _read(self, archive: PageArchive, report: PagesReport) -> None:
        stream: ByteStream | None = None

        def on_batch(counts: ImportCounts, bad: Sequence[BadLine]) -> None:
            report.no_article.update(line.reason for line in bad)
            self._show(report, counts, archive.share(stream) if stream is not None else None)

        key = None if self._again else f"pages {archive.key()} {self._chosen}"
        importer = Importer(self._connection, self._options, now=clock.now(), archive=key, on_batch=on_batch)
        if importer.finished_at is not None:
            report.known += 1
            return
        damaged: Counter[str] = Counter()
        stream = archive.open()
        try:
            importer.run(_pages(warc_pages(stream, self._is_wanted), damaged))
        finally:
            stream.close()
            report.add(importer.counts)
            report.damaged.update(damaged)
        if "cut" in damaged:
            report.failed.append(f"{archive.name}: it ends in the middle of a record")
            return
        importer.finish(clock.now())
        report.read += 1

    def _show(self, report: PagesReport, counts: ImportCounts, share: float | None) -> None:
        done = report.read + report.known + len(report.failed)
        more = f"file {done + 1} of {report.files}, {report.new + counts.new:,} new"
        self._bar.show(report.articles + counts.lines, (done + (share or 0.0)) / report.files, more)


def tell_pages(report: PagesReport, *, as_json: bool, is_dry: bool) -> None:
    """Print the report, and end the process: with code 1 if a file could not be read to its end."""
    if as_json:
        print_json(
            {name: getattr(report, name) for name in PagesReport.__dataclass_fields__} | {"dry_run": is_dry}
        )
    else:
        _print(report, is_dry=is_dry)
    sys.exit(1 if report.failed or report.damaged else 0)


def _pages(
    found: Iterable[tuple[int, Page] | DamagedRecord], damaged: Counter[str]
) -> Iterator[tuple[int, Page]]:
    for one in found:
        if isinstance(one, DamagedRecord):
            damaged[one.reason] += 1
        else:
            yield one


def _opened(file: Path) -> BufferedReader:
    try:
        return file.open("rb")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error


def _share(stream: ByteStream, file: Path) -> float | None:
    assert isinstance(stream, BufferedReader)
    with suppress(OSError, ValueError, ZeroDivisionError):
        return min(stream.tell() / file.stat().st_size, 1.0)
    return None


def _remote(url: str, gate: Gate, headers: dict[str, str]) -> PageArchive:
    def share(stream: ByteStream) -> float | None:
        assert isinstance(stream, RemoteFile)
        return stream.place / stream.size if stream.size else None

    return PageArchive(url, lambda: url, lambda: RemoteFile(url, gate, headers), share)


def _print(report: PagesReport, *, is_dry: bool) -> None:
    rows = [
        ("files read", report.read, f"of {report.files}"),
        ("files read before", report.known, "--again reads them anew"),
        ("articles", report.articles, "on pages of the hosts"),
        ("would be stored" if is_dry else "new", report.new, ""),
        ("copies of others", report.copies, ""),
        ("known", report.stored_before, "stored before; left as they are"),
        ("without match", report.off_topic, "left out; --keep all takes them, too"),
        ("undated", report.undated, "no date, or one that cannot be read"),
    ]
    print_table(
        ["what", "number", "meaning"], [row for row in rows if row[1] or row[0] in {"articles", "new"}]
    )
    if topics := sorted({*report.matches, *report.reviews}):
        echo()
        by_topic = [(topic, report.matches[topic], report.reviews[topic]) for topic in topics]
        print_table(["topic", "matches", "to review"], by_topic)
    if report.no_article:
        said = ", ".join(f"{number:,} {reason}" for reason, number in report.no_article.most_common(_SHOWN))
        echo(f"\n{counted(report.no_article.total(), 'page')} without an article: {said}")
    if report.damaged:
        said = ", ".join(f"{number:,} {reason}" for reason, number in report.damaged.most_common(_SHOWN))
        secho(f"{counted(report.damaged.total(), 'record')} could not be read: {said}", fg="yellow", err=True)
    for failure in report.failed[:_SHOWN]:
        secho(printable(failure), fg="red", err=True)
