"""The settings as records."""

from dataclasses import dataclass, field
from pathlib import Path

from storage.records.alerts import AlertRule
from storage.records.articles import Source, Topic
from storage.sources.sources import DeclaredFeed as FeedSettings

__all__ = [
    "AlertSettings",
    "Config",
    "CrawlConfig",
    "FeedSettings",
    "ServiceConfig",
    "SourceSettings",
    "WebSubSettings",
]


@dataclass(frozen=True, slots=True)
class CrawlConfig:
    """The table ``[crawl]``; its defaults are those of the table of settings."""

    contact: str = ""  # "mailto:..." or a web address; "" if none is given
    polls_per_feed_per_day: int = 24
    second_looks_per_source_per_day: int = 100  # 0: none
    keep_off_topic_days: int = 30  # 0: their texts are not held
    keep_pages: bool = False
    allow_private: tuple[str, ...] = ()  # "host:port"
    delay: float = 1.0  # seconds between two requests to one host
    keep: str = "matches"  # or "all"


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """The table ``[service]``; its defaults are those of the table of settings."""

    metrics_port: int = 0  # 0: not served


@dataclass(frozen=True, slots=True)
class WebSubSettings:
    """The table ``[websub]``; its defaults are those of the table of settings."""

    public_url: str = ""  # without a slash at its end; "" if hubs cannot reach us
    port: int = 8475

    @property
    def open_port(self) -> int:
        """Where pushes are taken; 0: nowhere."""
        return self.port if self.public_url else 0


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One ``[[source]]``, or a line of an OPML or CSV file."""

    source: Source
    feeds: tuple[
        FeedSettings, ...
    ] = ()  # feeds, sitemaps, sections, each as they are written; none: discovered
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
    service: ServiceConfig = ServiceConfig()
    websub: WebSubSettings = WebSubSettings()
    files: tuple[
        Path, ...
    ] = ()  # absolute: seedwatch.toml first, then what it includes; to be watched for changes
    patterns: tuple[str, ...] = ()  # absolute: the includes with *, which may match more files later
    warnings: tuple[str, ...] = ()  # what is allowed but hardly meant; for `check`
