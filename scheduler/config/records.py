"""What a checked file says, as records: topics, sources and alerts as the floors below take them."""

from dataclasses import dataclass, field
from pathlib import Path

from scheduler.config.settings import ClusterConfig, CrawlConfig, ServiceConfig, WebSubConfig
from storage.records.alerts import AlertRule
from storage.records.sources import Source
from storage.records.topics import Topic
from storage.sources.sources import DeclaredFeed


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """How a source's hosts are asked, as it is declared; kept out of the database, and not shown."""

    cookies_file: str | None = field(default=None, repr=False)
    headers: tuple[str, ...] = field(default=(), repr=False)
    user_agent: str | None = None
    proxy: str | None = field(default=None, repr=False)
    verify_tls: bool = True
    legacy_tls: bool = False
    browser: bool | str = "auto"
    robots: str = "all"
    imap: str | None = field(default=None, repr=False)
    imap_password_env: str | None = field(default=None, repr=False)
    imap_password_file: str | None = field(default=None, repr=False)
    plain_imap: bool = False


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One ``[[source]]``, or a line of an OPML or CSV file."""

    source: Source
    # Feeds, sitemaps, sections, each as they are written; none: discovered.
    feeds: tuple[DeclaredFeed, ...] = ()
    access: SourceAccess = SourceAccess()
    # Where it is declared; None for one that is about to be added. Two that say the same are equal wherever they stand.
    file: Path | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """One ``[[alert]]``: its rule, and where its channel's address stands; exactly one of the three is given."""

    rule: AlertRule
    url: str | None = field(default=None, repr=False)  # it may hold a password
    url_env: str | None = None  # name of a variable
    url_file: Path | None = None  # absolute


@dataclass(frozen=True, slots=True)
class Config:
    """A checked configuration."""

    path: Path  # of seedwatch.toml, absolute
    database: Path  # absolute
    crawl: CrawlConfig
    topics: tuple[Topic, ...] = ()  # in order of the files; seeds as absolute paths
    sources: tuple[SourceSettings, ...] = ()  # in order of the files, disabled ones too
    alerts: tuple[AlertSettings, ...] = ()  # in order of the file
    service: ServiceConfig = field(default_factory=ServiceConfig)
    websub: WebSubConfig = field(default_factory=WebSubConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    # Absolute, to be watched for changes: seedwatch.toml first, then what it includes.
    files: tuple[Path, ...] = ()
    patterns: tuple[str, ...] = ()  # absolute: the includes with *, which may match more files later
    warnings: tuple[str, ...] = ()  # what is allowed but hardly meant; for `check`
    # Of each of the files, before it was read: see `files.stamp_of`. By it a later change is seen.
    stamps: tuple[tuple[int, int], ...] = field(default=(), compare=False)
