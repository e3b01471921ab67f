"""What could stop seedwatch from working: facts of the machine, each with a verdict. I/O edge."""

import os
import re
import resource
import shutil
import socket
import sqlite3
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from crawler import clock
from crawler.cadence.clock_trust import is_wrong
from crawler.downloader.access import shown_proxy
from crawler.text.encoder import ENCODER, EXTRA, EncoderState, check_encoder
from scheduler.health.proxies import try_proxy
from storage import db, lock, meta
from storage.errors import SeedwatchError, StorageError
from storage.records.articles import Page, Rejection
from storage.search import index
from storage.sources import polls
from storage.topics import vectors

# Under this a crawl may fill the disk before anyone looks.
_LOW_DISK_BYTES = 2**30
# The daemon's processes take 0.3 GiB, a page that is hard to read a few hundred MiB more.
_LOW_MEMORY_BYTES = 2**29
# Connections of a crawl, the database and its log, pipes to the processes of the pool.
_FEW_FILES = 512
# Larger databases are checked in parts: the check of the index keeps others from writing, .1 s at this size.
WHOLE_BYTES = 48 * 2**20
# No table's check begins later than so many seconds after the first; the largest takes 5 s at 500,000 articles.
_CHECK_S = 8.0
_PAGE = """
<html><head><title>The ferry to the islands sails again</title></head><body><a href="/">Front page</a><article>
<h1>The ferry to the islands sails again</h1>
<p>The ferry to the islands sails again on Monday after two weeks in the dock, its owner said on Friday.</p>
<p>A crack in the shaft had been found when the ship was lifted for its yearly survey, and a new part was cast.</p>
<p>Shops on the outer islands ran short of flour and fuel, and the post came by fishing boat twice a week.</p>
<p>The first crossing carries no passengers, for the mail and the goods that wait fill the hold, he said.</p>
</article><footer>All rights reserved</footer></body></html>
"""
_SENTENCE = "Shops on the outer islands ran short of flour and fuel"
_PACKAGES = ("scrapy", "trafilatura", "feedparser", "datasette", "sqlite-utils", "apscheduler")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    state: str  # "good", "note" or "bad"
    detail: str


def examine(
    database: Path,
    homes: Sequence[str],
    now: datetime,
    ports: Mapping[str, int] | None = None,
    *,
    whole: bool = False,
    proxies: Sequence[str] = (),
) -> Iterator[Finding]:
    """The findings as they are made; *ports*: those that the daemon opens, by purpose.

    A database above WHOLE_BYTES is checked as far as nobody waits for it, unless the *whole* is asked for.
    """
    daemon = lock.holder(database) if database.exists() else None
    yield _versions()
    yield _disk(database.parent)
    yield _folder(database.parent)
    yield _extraction(now)
    yield _meaning(database)
    yield _database(database, whole=whole)
    yield _clock(database, now)
    yield _server_clocks(database)
    yield _names(homes)
    yield from (_proxy(proxy, homes) for proxy in proxies)
    yield _certificates()
    yield _memory()
    yield _open_files()
    yield from (_port(purpose, port) for purpose, port in (ports or {}).items() if port and daemon is None)
    yield _daemon(daemon)


def _versions() -> Finding:
    versions = [f"Python {sys.version.split()[0]}", f"SQLite {sqlite3.sqlite_version}"]
    missing = []
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        return Finding("versions", "bad", f"not installed: {', '.join(missing)}")
    return Finding("versions", "good", ", ".join(versions))


def _proxy(proxy: str, homes: Sequence[str]) -> Finding:
    """Whether a proxy opens the way to the first front page."""
    home = urlsplit(next(iter(homes), "https://example.org/"))
    port = home.port or (443 if home.scheme == "https" else 80)
    try:
        try_proxy(proxy, home.hostname or "", port)
    except SeedwatchError as error:
        return Finding("proxy", "bad", str(error))
    return Finding("proxy", "good", f"{shown_proxy(proxy)} opens the way to {home.hostname}")


def _extraction(now: datetime) -> Finding:
    """Whether an article can be read out of a page: what that stands on loads its parts late."""
    page = Page("http://doctor.invalid/1", _PAGE.encode(), "text/html", now)
    try:
        from crawler.pages.extract import extract_article  # slow to load, and what it loads may be missing

        read = extract_article(page, None, timezone=None, language="en")
    except Exception as error:
        return Finding("extraction", "bad", f"no page can be read: {type(error).__name__}: {error}")
    if isinstance(read, Rejection) or _SENTENCE not in read.text:
        return Finding("extraction", "bad", "a plain page gave no article")
    return Finding("extraction", "good", "a page was read")


def _meaning(database: Path, state: EncoderState | None = None) -> Finding:
    """Whether articles can be judged by meaning where a topic has no seeds; *state*: of the encoder, if known."""
    state = state or check_encoder()
    held = _vectors(database)
    own = sum(held.get(ENCODER, {}).values())
    others = [f"{sum(sizes.values())} of {encoder}" for encoder, sizes in held.items() if encoder != ENCODER]
    older = f"; not used: {', '.join(others)}, made by another version" if others else ""
    if state.name == "missing":
        unused = f"; {own} vectors are kept, and not used without it" if own else older
        return Finding(
            "meaning",
            "note" if own or others else "good",
            f"not installed: `pip install '{EXTRA}'` would leave articles in languages without seeds to review{unused}",
        )
    if not state.is_ready:
        return Finding("meaning", "bad", f"articles are judged without it: {state.detail}{older}")
    return Finding("meaning", "note" if others else "good", f"{ENCODER}, {own} vectors{older}")


def _vectors(database: Path) -> Mapping[str, Mapping[str, int]]:
    """How many vectors are held, by encoder and language; none if the database cannot be asked."""
    if not database.exists():
        return {}
    try:
        with closing(db.connect(database, readonly=True)) as connection:
            return vectors.sizes(connection)
    except StorageError:
        return {}  # the finding about the database says it


def _disk(folder: Path) -> Finding:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", "bad", f"{folder}: {error.strerror}")
    state = "good" if free > _LOW_DISK_BYTES else "bad"
    return Finding("disk", state, f"{free / 2**30:.1f} GiB free at {folder}")


def _folder(folder: Path) -> Finding:
    if os.access(folder, os.W_OK | os.X_OK):
        return Finding("permissions", "good", f"{folder} may be written")
    return Finding("permissions", "bad", f"{folder} may not be written: SQLite needs its folder for the log")


def _database(database: Path, *, whole: bool) -> Finding:
    if not database.exists():
        return Finding("database", "note", f"{database} is not there yet; `seedwatch check` makes it")
    size = database.stat().st_size
    until = clock.monotonic_s() + _CHECK_S
    try:
        connection = db.connect(database)
    except StorageError as error:
        return Finding("database", "bad", str(error))
    try:
        is_whole = whole or size <= WHOLE_BYTES
        sound = index.check(connection, goes_on=None if is_whole else lambda: clock.monotonic_s() < until)
        outdated = index.outdated(connection)
    except StorageError as error:
        return Finding("database", "bad", f"{database}: {error}")
    finally:
        connection.close()
    told = f"{database}: {sound.articles} articles, {size / 2**20:.1f} MiB, {_soundness(sound)}"
    if outdated:
        return Finding(
            "database",
            "note",
            f"{told}; {outdated} are indexed as before: `seedwatch reindex` makes them anew",
        )
    return Finding("database", "good", told)


def _soundness(sound: index.Soundness) -> str:
    if sound.is_whole:
        return "sound"
    left_out = ", ".join(["the full-text index", *sound.unchecked])
    return f"sound as far as it was looked at: not {left_out}, which `seedwatch doctor --whole` checks, too"


def _clock(database: Path, now: datetime) -> Finding:
    """A clock behind the newest row was set back, or stands wrong."""
    if not database.exists():
        return Finding("clock", "good", f"{now.isoformat()}")
    try:
        connection = db.connect(database, readonly=True)
    except StorageError as error:
        return Finding("clock", "note", f"not compared: {error}")
    try:
        newest = polls.newest_at(connection)
    finally:
        connection.close()
    if newest is not None and newest > now:
        return Finding(
            "clock", "bad", f"it says {now.isoformat()}, before the last poll of {newest.isoformat()}"
        )
    return Finding("clock", "good", now.isoformat())


def _server_clocks(database: Path) -> Finding:
    """What the servers of the last crawl said of our clock."""
    subject = "servers' clocks"
    try:
        with closing(db.connect(database, readonly=True)) as connection:
            seen = meta.get(connection, meta.SERVER_CLOCK)
    except StorageError as error:
        return Finding(subject, "note", f"not compared: {error}")
    if seen is None:
        return Finding(subject, "note", "not compared yet: no crawl has had an answer with a Date")
    told = f"{seen.hosts} at {db.to_iso(seen.at)}: ours was {seen.difference} theirs"
    if is_wrong(seen):
        return Finding(subject, "bad", f"{told}; set it, and keep it set (NTP)")
    return Finding(subject, "good", told)


def _names(homes: Sequence[str], resolve: Callable[..., object] = socket.getaddrinfo) -> Finding:
    """Whether a host name of the sources can be looked up; any one shows that names work."""
    hosts = [urlsplit(home).hostname for home in homes]
    tried = [host for host in hosts if host and not host.replace(".", "").isdigit()][:3]
    for host in tried:
        try:
            resolve(host, 443)
        except OSError:
            continue
        return Finding("names", "good", f"{host} was looked up")
    if not tried:
        return Finding("names", "note", "no source has a host name to look up")
    return Finding("names", "bad", f"none of {', '.join(tried)} could be looked up: is the network up?")


def _certificates() -> Finding:
    number = ssl.create_default_context().cert_store_stats()["x509_ca"]
    if number:
        return Finding("certificates", "good", f"{number} authorities are trusted")
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and any(Path(paths.capath).iterdir())):
        return Finding("certificates", "good", f"trusted authorities in {paths.cafile or paths.capath}")
    return Finding("certificates", "bad", "no authority is trusted: install the package ca-certificates")


def _memory(meminfo: Path = Path("/proc/meminfo")) -> Finding:
    """What the kernel says can be had; a container may allow less."""
    try:
        text = meminfo.read_text("ascii")
    except OSError:
        return Finding("memory", "note", "not known on this system")
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    if match is None:
        return Finding("memory", "note", "not known on this system")
    available = int(match[1]) * 1024
    state = "good" if available >= _LOW_MEMORY_BYTES else "bad"
    return Finding("memory", state, f"{available / 2**30:.1f} GiB available")


def _open_files() -> Finding:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return Finding("open files", "good", "no limit")
    state = "good" if allowed >= _FEW_FILES else "bad"
    return Finding("open files", state, f"{allowed} at once for each process (ulimit -n)")


def _port(purpose: str, port: int) -> Finding:
    """Whether the daemon, which does not run, could open a port."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            return Finding("port", "bad", f"{port} for {purpose}: {error.strerror}")
    return Finding("port", "good", f"{port} for {purpose} is free")


def _daemon(daemon: lock.Holder | None) -> Finding:
    if daemon is None:
        return Finding("daemon", "note", "it does not run; `seedwatch run` starts it")
    told = f"process {daemon.pid} on {daemon.host}"
    return Finding(
        "daemon", "note" if daemon.note else "good", f"{told}; {daemon.note}" if daemon.note else told
    )
