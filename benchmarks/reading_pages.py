"""How long each page takes on a large database, warm and cold, and what it weighs.

    python -m benchmarks.reading_pages FILE [--warm] [--cpu] [--only PART] [--signed-in]

FILE is one of `benchmarks.large_database`. Begins with our pages, with common and rare words and filters in them, and
follows every link that they and Datasette's own pages offer, two steps far: of links that differ in numbers alone one
is opened. Warm is the second of two openings; cold is the first of a new Datasette after the system was asked to drop
the file from its memory. Prints those that miss a bar first, and exits with 1 if there are any: 300 ms warm, 1 s cold,
150 kB, status 200. With --cpu "warm" is processor time, which other work on the machine does not lengthen. With
--signed-in a reader with 20,000 marks looks at them, who is made in FILE and beside it. JSON, CSV and Atom that stream
a whole table are left out.
"""

import argparse
import asyncio
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from datasette.app import Datasette
from datasette.plugins import pm
from lxml import html

from benchmarks.large_database import NEWEST
from scheduler.judging import plugin
from scheduler.judging.accounts import add_account, file_of
from storage import db
from storage.datasette import launch
from storage.datasette.launch import SETTINGS
from storage.datasette.pages.topics.topic_list import MARKS, RELATIONS
from storage.health.source_health import SourceState

WARM_MS, COLD_MS, WEIGHT_KB = 300, 1_000, 150
# Words of the generated texts: in each, in some, in few.
QUERIES = ("the", "the OR of OR and", "said", "a*", "th*", "subject3", "lang:ko", "the source:outlet7", "the AND of",
           "said date:2026-11", "subject1 subject2", "title:the", "lang:de said", "outlet OR subject4")  # fmt: skip
STEPS = 2
_HOST = "http://localhost"
_FILTER = re.compile(r"\b(country|language|state|relation|by|unit)=[^&]*")
_STREAMS = re.compile(r"\.(json|csv|atom|xml|bib|ris|css|js|db)\b|[?&]_(stream|labels)=|_shape=")


@dataclass(frozen=True, slots=True)
class Opened:
    """How a page did."""

    path: str
    status: int
    warm_ms: float
    kilobytes: float
    cold_ms: float | None = None

    @property
    def is_well(self) -> bool:
        """Whether all bars are kept."""
        is_fast = self.warm_ms <= WARM_MS and (self.cold_ms is None or self.cold_ms <= COLD_MS)
        return self.status == 200 and is_fast and self.kilobytes <= WEIGHT_KB


class Reader:
    """Datasette on the file, as `seedwatch serve` starts it, in this process."""

    def __init__(self, file: Path, *, signed_in: bool = False, by_cpu: bool = False) -> None:
        """Nothing is opened before the first page."""
        self.file = file
        self.by_cpu = by_cpu
        self.headers: dict[str, str] = {}
        self.secret = with_marks(file) if signed_in else ""
        self.datasette = self._new()

    def get(self, path: str) -> tuple[float, Any]:
        """Milliseconds until the answer is whole, and the answer."""
        clock = time.process_time if self.by_cpu else time.perf_counter
        began = clock()
        answer = asyncio.run(self.datasette.client.get(path, follow_redirects=True, headers=self.headers))
        return 1_000 * (clock() - began), answer

    def forget(self) -> None:
        """Begin anew, with nothing of the file in memory."""
        for database in self.datasette.databases.values():
            database.close()
        self.datasette.executor.shutdown()
        for end in ("", "-wal"):
            file = Path(f"{self.file}{end}")
            if file.exists():
                with file.open("rb") as stream:
                    os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self.datasette = self._new()
        self.get("/-/seedwatch.css")

    def _new(self) -> Datasette:
        settings = {name: int(value) if value.isdigit() else 0 for name, value in SETTINGS.items()}
        plugins = Path(launch.__file__).parent / "plugins"
        datasette = Datasette([str(self.file)], plugins_dir=str(plugins), settings=settings)
        self.headers = {"cookie": session(datasette, self.secret)} if self.secret else {}
        return datasette


def with_marks(file: Path) -> str:
    """The secret of a reader who may sign in, has read some of what is new, and starred some."""
    pm.register(plugin, "seedwatch-judging")
    with closing(db.connect(file)) as connection, db.transaction(connection):
        connection.execute(
            """
            INSERT OR IGNORE INTO reader_marks (reader, article_id, read_at, starred_at)
            SELECT 'bench', id, ?1, CASE WHEN id % 50 = 0 THEN ?1 END FROM articles ORDER BY id DESC LIMIT 20000
            """,
            [db.to_iso(NEWEST)],
        )
    return str(add_account(file_of(file), "bench", None, NEWEST))


def session(datasette: Datasette, secret: str) -> str:
    """The cookie of that reader, who signs in."""
    fields = {"name": "bench", "secret": secret, "next": "/-/seedwatch"}
    answer = asyncio.run(datasette.client.post("/-/sign-in", data=fields, headers={"origin": _HOST}))
    return str(answer.headers["set-cookie"]).partition(";")[0]


def main() -> int:
    """0 if every page keeps the bars."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--warm", action="store_true", help="leave out the cold openings")
    parser.add_argument("--cpu", action="store_true", help="processor time of warm openings")
    parser.add_argument("--signed-in", action="store_true", help="as a reader with 20,000 marks")
    parser.add_argument(
        "--only", default="", help="pages whose address has this part; links are not followed"
    )
    given = parser.parse_args()
    reader = Reader(given.file, signed_in=given.signed_in, by_cpu=given.cpu)
    found = list(follow(reader, begin_with(given.file.stem), given.only))
    if not given.warm:
        found = [with_cold(reader, opened) for opened in found]
    for opened in sorted(found, key=lambda opened: (opened.is_well, -opened.warm_ms)):
        cold = f"{opened.cold_ms:7.0f}" if opened.cold_ms is not None else "      -"
        sign = "    " if opened.is_well else "MISS"
        print(
            f"{sign} {opened.status} {opened.warm_ms:7.0f} {cold} ms {opened.kilobytes:6.0f} kB  {opened.path}"
        )
    missed = sum(not opened.is_well for opened in found)
    print(f"{len(found)} pages, {missed} miss a bar ({WARM_MS} ms warm, {COLD_MS} ms cold, {WEIGHT_KB} kB)")
    return 1 if missed else 0


def begin_with(database: str) -> list[str]:
    """Our pages and tables from which the others are reached."""
    return [
        *(
            "/-/seedwatch",
            "/-/sources",
            "/-/search",
            f"/{database}",
            "/-/topic/topic2",
            "/-/topic/topic12?days=365",
            "/-/coverage/topic2?days=365&with=topic3",
            "/-/source/outlet7",
            "/-/schema",
        ),
        *(f"/-/topic/topic2?relation={relation}" for relation in RELATIONS),
        *(f"/-/topic/topic2?marked={mark}" for mark in MARKS),
        *(
            "/-/topic/topic2?copies=all",
            "/-/topic/topic2?tag=none",
            "/-/topic/topic2?source=7&language=en&band=review",
        ),
        *(f"/-/sources?state={state.replace(' ', '+')}" for state in SourceState),
        *("/-/changes?q=went", "/-/changes?what=silent", "/-/changes?what=removed"),
        *(f"/-/search?q={query.replace(' ', '+')}" for query in QUERIES),
        *(f"/-/search?order=arrival&q={query.replace(' ', '+')}" for query in ("the", "a*", "said")),
    ]


def follow(reader: Reader, paths: list[str], only: str) -> Iterator[Opened]:
    """Each page that is reached, once by its shape, in the order in which they are met."""
    known: set[str] = set()
    for step in range(STEPS + 1):
        reached: list[str] = []
        for path in paths:
            if (step and shape(path) in known) or only not in path:
                continue
            known.add(shape(path))
            first_ms, _ = reader.get(path)
            warm_ms, answer = reader.get(path)
            print(f"{len(known)} {first_ms:.0f} {warm_ms:.0f} {path}", file=sys.stderr, flush=True)
            yield Opened(path, answer.status_code, warm_ms, len(answer.content) / 1_000)
            if step < STEPS and not only and "html" in answer.headers.get("content-type", ""):
                reached += links(path, answer.text)
        paths = reached


def links(path: str, page: str) -> list[str]:
    """The addresses of ours that *page* leads to."""
    found = []
    for address in html.fromstring(page).xpath("//a/@href"):
        parts = urlsplit(urljoin(f"{_HOST}{path}", address))
        inside = f"{parts.path}{'?' + parts.query if parts.query else ''}"
        if f"{parts.scheme}://{parts.netloc}" == _HOST and not _STREAMS.search(inside):
            found.append(inside)
    return found


def shape(path: str) -> str:
    """Equal for addresses that differ in numbers or in the value of a filter alone."""
    if path.startswith("/-/search"):
        return path
    return re.sub(r"\d+", "0", _FILTER.sub(r"\1=0", path))


def with_cold(reader: Reader, opened: Opened) -> Opened:
    """*opened* with how long it takes cold."""
    reader.forget()
    cold_ms, _ = reader.get(opened.path)
    return Opened(opened.path, opened.status, opened.warm_ms, opened.kilobytes, cold_ms)


if __name__ == "__main__":
    sys.exit(main())
