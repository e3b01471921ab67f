"""Every setting of seedwatch.toml: its check, what is allowed, its default and meaning.

These tables are the one truth: the check of a file, its messages and the test of docs/settings.md go by them.
"""

from dataclasses import dataclass
from typing import Final

from scheduler.config.checks import (
    COUNTRIES,
    LABEL_CHARACTERS,
    LANGUAGES,
    Check,
    check_callback_base,
    check_channel,
    check_contact,
    check_cron,
    check_day_time,
    check_host_and_port,
    check_interval_s,
    check_label,
    check_name_of_variable,
    check_path,
    check_pattern,
    check_query,
    check_secret_file,
    check_slug,
    check_switch,
    check_timezone,
    check_web_address,
    code,
    number,
    one_of,
    whole_number,
)

REQUIRED: Final = "required"
"""Stands in for the default of a setting that must be given."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a table.

    Attributes:
        check: of the value, or of each element where ``many``; raises ConfigError.
        allowed: ends the sentence "... is not allowed;"; of an element where ``many``.
        default: as the records hold it; REQUIRED if there is none.
        meaning: one sentence for the documentation.
        many: the value is a list.
        is_secret: the value is never shown.
    """

    name: str
    check: Check
    allowed: str
    default: object
    meaning: str
    many: bool = False
    is_secret: bool = False


LOWEST_POLLS, HIGHEST_POLLS = 1, 288  # a day; 288 is every five minutes

FILE_SETTINGS = (
    Setting(
        "database",
        check_path,
        "a path, relative to this file",
        "seedwatch.db",
        "The SQLite file that holds everything.",
    ),
    Setting(
        "include",
        check_path,
        "a path or pattern, such as 'more.toml' or 'lists/*.opml'",
        (),
        "More files with topics and sources: .toml (only [[topic]] and [[source]]), .opml or .csv; * stands for any.",
        many=True,
    ),
)

CRAWL_SETTINGS = (
    Setting(
        "contact",
        check_contact,
        "an address such as 'mailto:you@example.org' or 'https://example.org/bot'",
        "",
        "Where an outlet can reach you; goes into the User-Agent.",
    ),
    Setting(
        "polls_per_feed_per_day",
        whole_number(LOWEST_POLLS, HIGHEST_POLLS),
        f"a whole number from {LOWEST_POLLS} to {HIGHEST_POLLS}",
        24,
        "The budget that the cadence keeps: polls of one address a day, on average over all.",
    ),
    Setting(
        "second_looks_per_source_per_day",
        whole_number(0, 10_000),
        "a whole number from 0 to 10000",
        100,
        "How many matching articles of a source are looked at again in 24 hours, for edits and removals; 0: none.",
    ),
    Setting(
        "keep_off_topic_days",
        whole_number(0, 3_650),
        "a whole number from 0 to 3650",
        30,
        "How long the texts of articles without a topic are held, so that a new topic can look back; 0 turns it off.",
    ),
    Setting(
        "keep_pages",
        check_switch,
        "true or false",
        False,
        "Whether the pages of articles that match are kept as they came, as evidence.",
    ),
    Setting(
        "allow_private",
        check_host_and_port,
        "host:port, such as '127.0.0.1:8080'",
        (),
        "The only private addresses that may be fetched.",
        many=True,
    ),
    Setting(
        "delay",
        number(0, 60),
        "a number of seconds from 0 to 60",
        1.0,
        "Time between two requests to one host.",
    ),
    Setting(
        "keep",
        one_of("matches", "all"),
        "'matches' or 'all'",
        "matches",
        "Which articles are kept: those of a topic, or all.",
    ),
)

_PORT = "a whole number from 0 to 65535"

SERVICE_SETTINGS = (
    Setting(
        "metrics_port",
        whole_number(0, 65_535),
        _PORT,
        0,
        "The port of 127.0.0.1 at which the daemon answers /metrics (Prometheus) and /healthz; 0: it does not.",
    ),
)

WEBSUB_SETTINGS = (
    Setting(
        "public_url",
        check_callback_base,
        "an address without ? and #, such as 'https://watch.example.org/websub'",
        "",
        "Where hubs reach this machine from outside; empty: no feed is subscribed to.",
    ),
    Setting(
        "port",
        whole_number(1, 65_535),
        "a whole number from 1 to 65535",
        8_475,
        "The port of 127.0.0.1 to which a proxy hands on what comes to public_url.",
    ),
)

_SLUG = "1 to 60 small letters a to z, digits and hyphens, such as 'pyongyang-times'"
_ONE_LINE = f"one line of text of at most {LABEL_CHARACTERS} characters"
_QUERY = "a query in quotation marks"

TOPIC_SETTINGS = (
    Setting(
        "name", check_slug, _SLUG, REQUIRED, "Its name in the database, in addresses and on the command line."
    ),
    Setting("title", check_label, _ONE_LINE, "", "Its name for people; empty: the name."),
    Setting(
        "seeds",
        check_path,
        "the path of a file or folder, such as 'seeds/dprk-russia', relative to this file",
        (),
        "Articles about the subject: files, or folders that are read with all below.",
        many=True,
    ),
    Setting("any", check_query, _QUERY, "", "A query that matches by itself, with or without seeds."),
    Setting("require", check_query, _QUERY, "", "A query that an article found by the seeds must meet, too."),
    Setting("exclude", check_query, _QUERY, "", "A query that rules an article out."),
    Setting(
        "dial",
        one_of("wide", "normal", "strict"),
        "'wide', 'normal' or 'strict'",
        "normal",
        "How near to the seeds an article must be.",
    ),
)

_ADDRESS = "an address that starts with http:// or https:// and has a host"

SOURCE_SETTINGS = (
    Setting(
        "name", check_slug, _SLUG, REQUIRED, "Its name in the database, in addresses and on the command line."
    ),
    Setting("title", check_label, _ONE_LINE, "", "Its name for people; empty: the name."),
    Setting(
        "home",
        check_web_address,
        _ADDRESS,
        None,
        "The front page; where no addresses are given, feeds are looked for here.",
    ),
    Setting("feeds", check_web_address, _ADDRESS, (), "RSS, RDF, Atom or JSON feeds.", many=True),
    Setting(
        "sitemaps",
        check_web_address,
        _ADDRESS,
        (),
        "Sitemaps, best a news sitemap, or indexes of them.",
        many=True,
    ),
    Setting("sections", check_web_address, _ADDRESS, (), "Pages with links to articles.", many=True),
    Setting(
        "language",
        code(LANGUAGES, {"jp": "ja", "cn": "zh", "kp": "ko", "zh-cn": "zh"}),
        "two small letters (ISO 639-1), such as 'ko'",
        None,
        "The language in which it writes, where a page does not say.",
    ),
    Setting(
        "country",
        code(COUNTRIES, {"uk": "gb", "en": "gb", "dprk": "kp", "rok": "kr", "prc": "cn", "usa": "us"}),
        "two lower-case letters (ISO 3166-1), such as 'kp'",
        None,
        "The country in which it sits.",
    ),
    Setting(
        "timezone",
        check_timezone,
        "an IANA time zone, such as 'Asia/Pyongyang'",
        None,
        "The zone of its times, where a page does not say.",
    ),
    Setting(
        "link_pattern",
        check_pattern,
        "a regular expression",
        None,
        "Only links of section pages that it is found in are articles.",
    ),
    Setting(
        "keep_watching_days",
        whole_number(1, 3_650),
        "a whole number from 1 to 3650",
        None,
        "How long its articles are looked at again for edits and removals; 90 days where nothing is said.",
    ),
    Setting("enabled", check_switch, "true or false", True, "Whether it is crawled."),
    Setting(
        "every",
        check_interval_s,
        "a time from '1m' to '31d', such as '15m', '2h' or '1d'",
        None,
        "A fixed time between two polls, in place of the cadence that is learnt.",
    ),
    Setting(
        "cron",
        check_cron,
        "five fields as in crontab, such as '*/20 6-22 * * mon-fri'",
        None,
        "The times of its polls, by the clock of its timezone (without one, UTC), in place of the cadence.",
    ),
)

_TOPIC_NAME = "the name of a [[topic]]"

ALERT_SETTINGS = (
    Setting("name", check_slug, _SLUG, REQUIRED, "Its name on the command line and in the database."),
    Setting(
        "kinds",
        one_of("match", "health"),
        "'match' or 'health'",
        ("match",),
        "What is told: articles that match a topic; health, which is silence, bursts, failures and gaps.",
        many=True,
    ),
    Setting(
        "topics", check_slug, _TOPIC_NAME, (), "Only what concerns these topics; none named: all.", many=True
    ),
    Setting(
        "languages",
        code(LANGUAGES, {"jp": "ja", "cn": "zh", "kp": "ko", "zh-cn": "zh"}),
        "two small letters (ISO 639-1), such as 'ko'",
        (),
        "Only articles in these languages; none named: all.",
        many=True,
    ),
    Setting(
        "review",
        check_switch,
        "true or false",
        False,
        "Whether articles that only stand in review are told, too.",
    ),
    Setting(
        "url",
        check_channel,
        "an Apprise address such as 'tgram://...' or 'mailtos://...', or 'json+https://...' for a plain webhook",
        None,
        "The channel; best given by url_env or url_file, for it often holds a password.",
        is_secret=True,
    ),
    Setting(
        "url_env",
        check_name_of_variable,
        "the name of a variable of the environment, such as 'DESK_URL'",
        None,
        "The variable that holds the channel's address.",
        is_secret=True,  # someone will write the address itself
    ),
    Setting(
        "url_file",
        check_secret_file,
        "the path of a file, relative to this file",
        None,
        "The file whose first line is the channel's address.",
        is_secret=True,  # as above
    ),
    Setting(
        "digest",
        check_day_time,
        "a time of day from '00:00' to '23:59', such as '08:00'",
        None,
        "When the day's alerts are told in one message; without it they are told at once.",
    ),
    Setting(
        "timezone",
        check_timezone,
        "an IANA time zone, such as 'Asia/Pyongyang'",
        "UTC",
        "The zone of that time.",
    ),
)
