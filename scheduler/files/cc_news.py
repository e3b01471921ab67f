"""Common Crawl's news archive (CC-NEWS): which files hold a day or a month. I/O edge.

After https://commoncrawl.org/blog/news-dataset-available: files of about a gigabyte, named by when each was begun, and
a packed list of their paths for each month.
"""

import re
import zlib
from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin

from crawler.downloader.gate import Gate
from scheduler.files.remote_file import RemoteFile, RemoteFileError
from storage.errors import ConfigError

BASE = "https://data.commoncrawl.org/"
_LIST = "crawl-data/CC-NEWS/{:%Y/%m}/warc.paths.gz"
_FILE = re.compile(r"crawl-data/CC-NEWS/\d{4}/\d{2}/CC-NEWS-(\d{8})\d{6}-\d+\.warc\.gz")
_SPAN = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
# A month has some hundreds of paths of 70 characters.
_LIST_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class NewsSpan:
    """A day or a month of the archive."""

    first: date  # the day, or the first of the month
    is_month: bool

    def has(self, day: str) -> bool:
        """Whether a day, written YYYYMMDD, lies in it."""
        return day.startswith(f"{self.first:%Y%m}" if self.is_month else f"{self.first:%Y%m%d}")


def read_span(text: str) -> NewsSpan:
    """The span that *text* writes: 2026-09, or 2026-09-14.

    Raises:
        ConfigError: it is neither, or lies before the archive's beginning.
    """
    stated = _SPAN.fullmatch(text)
    first = _day(*stated.groups("01")) if stated else None
    if stated is None or first is None:
        raise ConfigError(f"{text!r} is neither a day nor a month; write it as 2026-09-14 or 2026-09")
    if (first.year, first.month) < (2016, 8):
        raise ConfigError(f"{text}: the archive begins with August 2016")
    return NewsSpan(first, stated[3] is None)


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def news_files(span: NewsSpan, base: str, gate: Gate, headers: dict[str, str]) -> list[str]:
    """The addresses of the files that were begun in *span*, the earliest first.

    Raises:
        RemoteFileError: the list cannot be had, or is none.
    """
    url = urljoin(base, _LIST.format(span.first))
    with RemoteFile(url, gate, headers) as file:
        packed = b"".join(iter(lambda: file.read(65_536), b""))[:_LIST_BYTES]
    try:
        text = (
            zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(packed, _LIST_BYTES).decode("utf-8", "replace")
        )
    except zlib.error as error:
        raise RemoteFileError(f"{url}: no packed list of files: {error}") from error
    paths = (named for line in text.splitlines() if (named := _FILE.fullmatch(line.strip())))
    return [urljoin(base, named[0]) for named in sorted(paths, key=lambda one: one[0]) if span.has(named[1])]
