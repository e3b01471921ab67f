"""Every setting of seedwatch.toml, declared once: its name, type, default, kind and meaning.

A class is a table of the file and the record that holds its values; each field is a setting. The check of a file, its
messages, docs/settings.md, the sample and what is kept in the database go by these fields, so a new setting is one line
here (`python -m tests.support.setting_docs` writes the documentation anew); a setting of sources or topics is a field
of the record in storage/records, too, and a column.
"""

from dataclasses import dataclass, field, fields
from typing import Any

from crawler.text.storable import TAG_CHARACTERS
from scheduler.config.checks import (
    COUNTRIES,
    LABEL_CHARACTERS,
    LANGUAGES,
    Kind,
    check_browser,
    check_callback_base,
    check_channel,
    check_contact,
    check_cron,
    check_day_time,
    check_dsn,
    check_entities,
    check_header,
    check_host,
    check_host_and_port,
    check_interval_s,
    check_label,
    check_mailbox,
    check_name_of_variable,
    check_path,
    check_pattern,
    check_prefix,
    check_proxy,
    check_query,
    check_secret_file,
    check_slug,
    check_switch,
    check_tag,
    check_timezone,
    check_web_address,
    code,
    one_of,
    seconds,
    whole_number,
)

_ADDRESS = Kind(check_web_address, "an address that starts with http:// or https:// and has a host")
_BROWSER = Kind(check_browser, "true, false or 'auto'")
_CALLBACK = Kind(
    check_callback_base, "an address without ? and #, such as 'https://watch.example.org/websub'"
)
_PAGES = Kind(check_callback_base, "an address without ? and #, such as 'https://watch.example.org'")
_CHANNEL = Kind(
    check_channel,
    "an Apprise address such as 'tgram://...' or 'mailtos://...', or 'json+https://...' for a plain webhook",
)
_CONTACT = Kind(check_contact, "an address such as 'mailto:you@example.org' or 'https://example.org/bot'")
_COUNTRY = Kind(
    code(COUNTRIES, {"uk": "gb", "en": "gb", "dprk": "kp", "rok": "kr", "prc": "cn", "usa": "us"}),
    "two lower-case letters (ISO 3166-1), such as 'kp'",
)
_CRON = Kind(check_cron, "five fields as in crontab, such as '*/20 6-22 * * mon-fri'")
_DATABASE = Kind(check_path, "a path, relative to this file")
_DSN = Kind(check_dsn, "a DSN such as 'postgresql://seedwatch@db.example.org/seedwatch'")
_DAY_TIME = Kind(check_day_time, "a time of day from '00:00' to '23:59', such as '08:00'")
_ENTITIES = Kind(check_entities, "'all', 'any' or a number from 1 to 9")
_HOST = Kind(check_host, "the name of a host without a port, such as 'watch.example.org'")
_HOST_AND_PORT = Kind(check_host_and_port, "host:port, such as '127.0.0.1:8080'")
_HEADER = Kind(
    check_header, "a line such as 'Accept-Language: ru' or 'Authorization: env:NAME' (from the environment)"
)
_INCLUDE = Kind(check_path, "a path or pattern, such as 'more.toml' or 'lists/*.opml'")
_INTERVAL = Kind(check_interval_s, "a time from '1m' to '31d', such as '15m', '2h' or '1d'")
_LABEL = Kind(check_label, f"one line of text of at most {LABEL_CHARACTERS} characters")
_TAG = Kind(check_tag, f"one line of at most {TAG_CHARACTERS} characters without ; and quotation marks")
_LANGUAGE = Kind(
    code(LANGUAGES, {"jp": "ja", "cn": "zh", "kp": "ko", "zh-cn": "zh"}),
    "two small letters (ISO 639-1), such as 'ko'",
)
_MAILBOX = Kind(check_mailbox, "an address such as 'imaps://you%40example.org@imap.example.org/Newsletters'")
_PATTERN = Kind(check_pattern, "a regular expression")
_PROXY = Kind(
    check_proxy,
    "an address such as 'http://proxy.example.org:3128' or 'socks5h://127.0.0.1:9050', or 'env:NAME' that holds it",
)
_PREFIX = Kind(check_prefix, "host and path without a scheme, such as 'kcna.kp/en/article/'")
_QUERY = Kind(check_query, "a query in quotation marks")
_SECRET_FILE = Kind(check_secret_file, "the path of a file, relative to this file")
_SEEDS = Kind(check_path, "the path of a file or folder, such as 'seeds/dprk-russia', relative to this file")
_SLUG = Kind(check_slug, "1 to 60 small letters a to z, digits and hyphens, such as 'pyongyang-times'")
_SWITCH = Kind(check_switch, "true or false")
_TIMEZONE = Kind(check_timezone, "an IANA time zone, such as 'Asia/Pyongyang'")
_TOPIC = Kind(check_slug, "the name of a [[topic]]")
_VARIABLE = Kind(check_name_of_variable, "the name of a variable of the environment, such as 'DESK_URL'")


def setting(default: object, kind: Kind, meaning: str, *, many: bool = False, secret: bool = False) -> Any:
    """A field that is a setting.

    Args:
        default: as the record holds it.
        kind: what its value, or each element of it, must be.
        meaning: one sentence for the documentation.
        many: its value is a list; the record holds a tuple.
        secret: its value is never shown.
    """
    return field(default=default, repr=not secret, metadata={"kind": kind, "meaning": meaning, "many": many})


def required(kind: Kind, meaning: str) -> Any:
    """A field that is a setting without a default; where it is missing or wrong, a mistake, the record holds ""."""
    return field(default="", metadata={"kind": kind, "meaning": meaning, "is_required": True})


@dataclass(frozen=True, slots=True)
class FileConfig:
    """What stands above the tables."""

    database: str = setting("seedwatch.db", _DATABASE, "The SQLite file that holds everything.")
    include: tuple[str, ...] = setting(
        (),
        _INCLUDE,
        "More files with topics and sources: .toml (only [[topic]] and [[source]]), .opml or .csv; * stands for any.",
        many=True,
    )


@dataclass(frozen=True, slots=True)
class CrawlConfig:
    """The table ``[crawl]``."""

    contact: str = setting("", _CONTACT, "Where an outlet can reach you; goes into the User-Agent.")
    polls_per_feed_per_day: int = setting(
        24,
        whole_number(1, 288),  # every five minutes
        "The budget that the cadence keeps: polls of one address a day, on average over all.",
    )
    second_looks_per_source_per_day: int = setting(
        100,
        whole_number(0, 10_000),
        "How many matching articles of a source are looked at again in 24 hours, for edits and removals; 0: none.",
    )
    keep_off_topic_days: int = setting(
        30,
        whole_number(0, 3_650),
        "How long the texts of articles without a topic are held, so that a new topic can look back; 0 turns it off.",
    )
    keep_history_days: int = setting(
        120,
        whole_number(30, 3_650),
        "How long each poll, run and second look without a finding is kept; older ones are folded into days.",
    )
    keep_pages: bool = setting(
        False, _SWITCH, "Whether the pages of articles that match are kept as they came, as evidence."
    )
    allow_private: tuple[str, ...] = setting(
        (), _HOST_AND_PORT, "The only private addresses that may be fetched.", many=True
    )
    delay: float = setting(1.0, seconds(0, 60), "Time between two requests to one host.")
    keep: str = setting(
        "matches", one_of("matches", "all"), "Which articles are kept: those of a topic, or all."
    )
    proxy: str = setting(
        "", _PROXY, "By which proxy all hosts are asked; it resolves their names; empty: none.", secret=True
    )


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """The table ``[service]``."""

    metrics_port: int = setting(
        0,
        whole_number(0, 65_535),
        "The port of 127.0.0.1 at which the daemon answers /metrics (Prometheus) and /healthz; 0: it does not.",
    )
    public_url: str = setting(
        "",
        _PAGES,
        "Where readers reach the pages of `seedwatch serve`; alerts lead there. Empty: they lead to outlets alone.",
    )
    allowed_hosts: tuple[str, ...] = setting(
        (),
        _HOST,
        "Names under which a proxy asks `seedwatch serve` and the daemon, beside their own address.",
        many=True,
    )


@dataclass(frozen=True, slots=True)
class WebSubConfig:
    """The table ``[websub]``; the address is without a slash at its end."""

    public_url: str = setting(
        "", _CALLBACK, "Where hubs reach this machine from outside; empty: no feed is subscribed to."
    )
    port: int = setting(
        8_475,
        whole_number(1, 65_535),
        "The port of 127.0.0.1 to which a proxy hands on what comes to public_url.",
    )

    @property
    def open_port(self) -> int:
        """Where pushes are taken; 0: nowhere."""
        return self.port if self.public_url else 0


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """The table ``[cluster]``: where the PostgreSQL is through which machines share work; at most one is given."""

    dsn_env: str | None = setting(None, _VARIABLE, "The variable that holds the DSN.")
    dsn_file: str | None = setting(None, _SECRET_FILE, "The file whose first line is the DSN.")
    dsn: str | None = setting(None, _DSN, "The DSN; best given by dsn_env or dsn_file.", secret=True)

    @property
    def is_set(self) -> bool:
        """Whether work is shared."""
        return bool(self.dsn_env or self.dsn_file or self.dsn)


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """A table ``[[topic]]``, without its aliases."""

    name: str = required(_SLUG, "Its name in the database, in addresses and on the command line.")
    title: str = setting("", _LABEL, "Its name for people; empty: the name.")
    seeds: tuple[str, ...] = setting(
        (), _SEEDS, "Articles about the subject: files, or folders that are read with all below.", many=True
    )
    any: str = setting("", _QUERY, "A query that matches by itself, with or without seeds.")
    require: str = setting("", _QUERY, "A query that an article found by the seeds must meet, too.")
    exclude: str = setting("", _QUERY, "A query that rules an article out.")
    dial: str = setting(
        "normal", one_of("wide", "normal", "strict"), "How near to the seeds an article must be."
    )
    asides: str = setting(
        "review",
        one_of("review", "match"),
        "What becomes of an article in which any, require or the names are met only in passing.",
    )
    entities: str = setting(
        "all", _ENTITIES, "How many of the aliases' entities an article that the seeds find must name."
    )


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """A table ``[[source]]``; `every` is in seconds."""

    name: str = required(_SLUG, "Its name in the database, in addresses and on the command line.")
    title: str = setting("", _LABEL, "Its name for people; empty: the name.")
    home: str | None = setting(
        None, _ADDRESS, "The front page; where no addresses are given, feeds are looked for here."
    )
    feeds: tuple[str, ...] = setting((), _ADDRESS, "RSS, RDF, Atom or JSON feeds.", many=True)
    sitemaps: tuple[str, ...] = setting(
        (), _ADDRESS, "Sitemaps, best a news sitemap, or indexes of them.", many=True
    )
    sections: tuple[str, ...] = setting((), _ADDRESS, "Pages with links to articles.", many=True)
    wayback: str | None = setting(
        None, _PREFIX, "The addresses whose captures in the Wayback Machine are articles, by their beginning."
    )
    imap: str | None = setting(
        None,
        _MAILBOX,
        "A folder of a mailbox whose mails are articles; it is read and never changed.",
        secret=True,
    )
    imap_password_env: str | None = setting(
        None, _VARIABLE, "The variable that holds the mailbox's password.", secret=True
    )
    imap_password_file: str | None = setting(
        None, _SECRET_FILE, "The file whose first line is the mailbox's password.", secret=True
    )
    plain_imap: bool = setting(
        False,
        _SWITCH,
        "Whether a mailbox elsewhere may be asked without encryption, where its server offers none.",
    )
    language: str | None = setting(
        None, _LANGUAGE, "The language in which it writes, where a page does not say."
    )
    country: str | None = setting(None, _COUNTRY, "The country in which it sits.")
    timezone: str | None = setting(None, _TIMEZONE, "The zone of its times, where a page does not say.")
    link_pattern: str | None = setting(
        None, _PATTERN, "Only links of section pages that it is found in are articles."
    )
    keep_watching_days: int | None = setting(
        None,
        whole_number(1, 3_650),
        "How long its articles are looked at again for edits and removals; 90 days where nothing is said.",
    )
    enabled: bool = setting(True, _SWITCH, "Whether it is crawled.")
    every: int | None = setting(
        None, _INTERVAL, "A fixed time between two polls, in place of the cadence that is learnt."
    )
    cron: str | None = setting(
        None,
        _CRON,
        "The times of its polls, by the clock of its timezone (without one, UTC), in place of the cadence.",
    )
    delay: float | None = setting(
        None, seconds(0, 60), "Time between two requests to its hosts, where that of [crawl] is too short."
    )
    first_crawl_pages: int | None = setting(
        None, whole_number(1, 100_000), "Most pages that are fetched on its first day; the rest comes later."
    )
    text: str = setting(
        "page",
        one_of("page", "feed"),
        "Where its articles are from: their pages, or, where those cannot be read, what the feed says.",
    )
    cookies_file: str | None = setting(
        None, _SECRET_FILE, "Cookies for its domain, in Netscape's format, as browsers' add-ons write it."
    )
    headers: tuple[str, ...] = setting(
        (), _HEADER, "Headers that are sent to its domain.", many=True, secret=True
    )
    user_agent: str | None = setting(None, _LABEL, "What its domain is told in place of our own name.")
    proxy: str | None = setting(
        None, _PROXY, "By which proxy its domain is asked, in place of that of [crawl].", secret=True
    )
    verify_tls: bool = setting(True, _SWITCH, "Whether its certificate must be right; shown in `status`.")
    legacy_tls: bool = setting(
        False, _SWITCH, "Whether TLS 1.0 and small keys will do for its domain; shown in `status`."
    )
    browser: bool | str = setting(
        "auto",
        _BROWSER,
        "Whether its pages are shown in a browser and then read; 'auto': no, and `status` says where it would help.",
    )
    robots: str = setting(
        "all",
        one_of("all", "pages"),
        "What robots.txt rules: all, or only pages, and not the feeds that are named here.",
    )

    tags: tuple[str, ...] = setting(
        (),
        _TAG,
        "Names of groups that it belongs to; queries, searches and feeds ask for one by tag:.",
        many=True,
    )


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """A table ``[[alert]]``; what is secret may hold a password, or what someone took for the place of one."""

    name: str = required(_SLUG, "Its name on the command line and in the database.")
    kinds: tuple[str, ...] = setting(
        ("match",),
        one_of("match", "health"),
        "What is told: articles that match a topic; health, which is silence, bursts, failures and gaps.",
        many=True,
    )
    topics: tuple[str, ...] = setting(
        (), _TOPIC, "Only what concerns these topics; none named: all.", many=True
    )
    languages: tuple[str, ...] = setting(
        (), _LANGUAGE, "Only articles in these languages; none named: all.", many=True
    )
    review: bool = setting(False, _SWITCH, "Whether articles that only stand in review are told, too.")
    url: str | None = setting(
        None,
        _CHANNEL,
        "The channel; best given by url_env or url_file, for it often holds a password.",
        secret=True,
    )
    url_env: str | None = setting(
        None, _VARIABLE, "The variable that holds the channel's address.", secret=True
    )
    url_file: str | None = setting(
        None, _SECRET_FILE, "The file whose first line is the channel's address.", secret=True
    )
    digest: str | None = setting(
        None, _DAY_TIME, "When the day's alerts are told in one message; without it they are told at once."
    )
    timezone: str = setting("UTC", _TIMEZONE, "The zone of that time.")


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a table.

    Attributes:
        kind: of the value, or of each element where ``many``.
        default: as the record holds it; "" where ``is_required``.
        meaning: one sentence for the documentation.
        many: the value is a list.
        is_secret: the value is never shown.
    """

    name: str
    kind: Kind
    default: Any
    meaning: str
    many: bool = False
    is_required: bool = False
    is_secret: bool = False


TABLES: dict[str, type] = {
    "": FileConfig,
    "[crawl]": CrawlConfig,
    "[service]": ServiceConfig,
    "[websub]": WebSubConfig,
    "[cluster]": ClusterConfig,
    "[[topic]]": TopicConfig,
    "[[source]]": SourceConfig,
    "[[alert]]": AlertConfig,
}
"""The tables of the file as it writes their heads, in the order of the documentation; "" is what stands above them."""


def _declared(table: type) -> tuple[Setting, ...]:
    """The settings that are the fields of *table*, in order."""
    return tuple(
        Setting(declared.name, default=declared.default, is_secret=not declared.repr, **declared.metadata)
        for declared in fields(table)
    )


_SETTINGS = {table: _declared(table) for table in TABLES.values()}


def settings_of(table: type) -> tuple[Setting, ...]:
    """The settings of a table, in order."""
    return _SETTINGS[table]
