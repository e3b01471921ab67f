"""seedwatch.toml, read and checked whole."""

# ruff: noqa: E501 - a message stands on one line, as the user sees it

import contextlib
import os
import re
from pathlib import Path

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.config.checks import check_interval_s, interval_text
from scheduler.config.load import (
    FILE_NAME,
    Config,
    find_config,
    load_config,
    watched_files,
)
from scheduler.config.records import AlertSettings
from scheduler.config.settings import (
    TABLES,
    CrawlConfig,
    ServiceConfig,
    SourceConfig,
    WebSubConfig,
    settings_of,
)
from storage.errors import ConfigError, QueryError
from storage.query import parse_query
from storage.records.alerts import AlertRule
from storage.records.sources import FeedKind, Source
from storage.records.topics import Topic
from storage.sources.sources import DeclaredFeed

WHOLE = """\
database = "data/watch.db"
[crawl]
contact = "https://example.org/bot"
polls_per_feed_per_day = 48
second_looks_per_source_per_day = 0
keep_off_topic_days = 0
keep_history_days = 365
keep_pages = true
allow_private = ["127.0.0.1:8080", "[::1]:80"]
delay = 2
keep = "all"
[service]
metrics_port = 9464
[websub]
public_url = "https://watch.example.org/websub/"
port = 8476
[[topic]]
name = "strait"
title = "The strait"
seeds = ["seeds", "one.txt"]
any = "strait"
require = "ferry"
exclude = "sport"
dial = "strict"
[[source]]
name = "courier"
title = "The Courier"
home = "https://courier.example/"
feeds = ["https://courier.example/rss", "https://courier.example/world/rss"]
sitemaps = ["https://courier.example/news.xml"]
sections = ["https://courier.example/world/"]
language = "en"
country = "gb"
timezone = "Europe/London"
link_pattern = "/[0-9]+$"
keep_watching_days = 365
enabled = false
every = "2h"
[[alert]]
name = "desk"
kinds = ["match", "health"]
topics = ["strait"]
languages = ["en", "ko"]
review = true
url_file = "desk.url"
digest = "08:00"
timezone = "Asia/Seoul"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where to write the file, named as briefly as by a user in its folder."""
    monkeypatch.chdir(tmp_path)
    return Path(FILE_NAME)


def mistakes(file: Path, text: str) -> list[str]:
    """The lines of the error."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    return str(caught.value).split("\n")


def test_everything_that_can_be_set_is_read(file: Path, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "seeds" / "a.txt").touch()
    (tmp_path / "one.txt").touch()
    file.write_text(WHOLE)

    config = load_config(file)

    feeds = [
        ("https://courier.example/rss", FeedKind.FEED),
        ("https://courier.example/world/rss", FeedKind.FEED),
        ("https://courier.example/news.xml", FeedKind.SITEMAP),
        ("https://courier.example/world/", FeedKind.SECTION),
    ]
    source = Source(
        "courier",
        "The Courier",
        "https://courier.example/",
        country="gb",
        language="en",
        timezone="Europe/London",
        enabled=False,
        link_pattern="/[0-9]+$",
        keep_watching_days=365,
        every_s=7_200,
    )
    seeds = (str(tmp_path / "seeds"), str(tmp_path / "one.txt"))
    assert (config.path, config.files) == (tmp_path / FILE_NAME, (tmp_path / FILE_NAME,))
    assert config.database == tmp_path / "data" / "watch.db"
    assert config.crawl == CrawlConfig(
        "https://example.org/bot", 48, 0, 0, 365, True, ("127.0.0.1:8080", "[::1]:80"), 2.0, "all"
    )
    assert config.topics == (Topic("strait", "The strait", seeds, "strait", "ferry", "sport", "strict"),)
    (declared,) = config.sources
    assert declared.source == source
    assert declared.feeds == tuple(DeclaredFeed(url, kind) for url, kind in feeds)
    assert (declared.file, declared.line) == (file, 25)
    rule = AlertRule(
        "desk",
        "from desk.url",
        ("match", "health"),
        ("strait",),
        ("en", "ko"),
        review=True,
        digest="08:00",
        timezone="Asia/Seoul",
    )
    assert config.alerts == (AlertSettings(rule, url_file=tmp_path / "desk.url"),)
    assert config.service == ServiceConfig(9_464)
    assert config.websub == WebSubConfig("https://watch.example.org/websub", 8_476)


def test_empty_file_has_every_default_and_says_what_is_odd(file: Path, tmp_path: Path) -> None:
    file.touch()

    config = load_config(file)

    assert config == Config(
        tmp_path / FILE_NAME,
        tmp_path / "seedwatch.db",
        CrawlConfig(),
        files=(tmp_path / FILE_NAME,),
        warnings=(
            "seedwatch.toml: crawl.contact: is empty: outlets cannot reach you",
            "seedwatch.toml: no [[source]] is enabled: nothing is crawled",
            "seedwatch.toml: there is no [[topic]]: nothing matches",
        ),
    )


SOURCE = '[[source]]\nname = "a"\nhome = "https://a.example/"\n'
SOURCE_KEYS = ", ".join(setting.name for setting in settings_of(SourceConfig))
SLUG = "1 to 60 small letters a to z, digits and hyphens, such as 'pyongyang-times'"
WEB = "an address that starts with http:// or https:// and has a host"
CHANNEL = (
    "an Apprise address such as 'tgram://...' or 'mailtos://...', or 'json+https://...' for a plain webhook"
)
ONE_MISTAKE = [
    ("unknown key", "databse = 'x'", "1: databse: is no setting; did you mean 'database'? allowed: database, include, crawl, service, websub, cluster, topic, source, alert"),
    ("unknown key far from all", "zzz = 1", "1: zzz: is no setting; allowed: database, include, crawl, service, websub, cluster, topic, source, alert"),
    ("unknown key of a source", SOURCE + "contry = 'kp'", f"4: source[1].contry: is no setting; did you mean 'country'? allowed: {SOURCE_KEYS}"),
    ("wrong type of a path", "database = 3", "1: database: 3 is not allowed; a path, relative to this file"),
    ("empty path", "database = ''", "1: database: '' is not allowed; a path, relative to this file"),
    ("database in no folder", "database = '/nowhere/at/all.db'", "1: database: there is no folder /nowhere/at"),
    ("database is a folder", "database = '/'", "1: database: / is a folder"),
    ("contact", "[crawl]\ncontact = 'me'", "2: crawl.contact: 'me' is not allowed; an address such as 'mailto:you@example.org' or 'https://example.org/bot'"),
    ("number too small", "[crawl]\npolls_per_feed_per_day = 0", "2: crawl.polls_per_feed_per_day: 0 is not allowed; a whole number from 1 to 288"),
    ("number too large", "[crawl]\nkeep_off_topic_days = 3651", "2: crawl.keep_off_topic_days: 3651 is not allowed; a whole number from 0 to 3650"),
    ("true is no number", "[crawl]\nsecond_looks_per_source_per_day = true", "2: crawl.second_looks_per_source_per_day: true is not allowed; a whole number from 0 to 10000"),
    ("half a poll", "crawl.polls_per_feed_per_day = 2.5", "1: crawl.polls_per_feed_per_day: 2.5 is not allowed; a whole number from 1 to 288"),
    ("endless delay", "[crawl]\n\ndelay = inf", "3: crawl.delay: inf is not allowed; a number of seconds from 0 to 60"),
    ("no number", "[crawl]\ndelay = nan", "2: crawl.delay: nan is not allowed; a number of seconds from 0 to 60"),
    ("word", "[crawl]\nkeep = 'matched'", "2: crawl.keep: 'matched' is not allowed; 'matches' or 'all' (did you mean 'matches'?)"),
    ("text in place of a list", "[crawl]\nallow_private = '127.0.0.1:80'", "2: crawl.allow_private: '127.0.0.1:80' is not allowed; a list, in which each is host:port, such as '127.0.0.1:8080'"),
    ("host without port", "[crawl]\nallow_private = [\n'a:1',\n'b']", "4: crawl.allow_private[2]: 'b' is not allowed; host:port, such as '127.0.0.1:8080'"),
    ("port out of range", "[crawl]\nallow_private = ['a:65536']", "2: crawl.allow_private[1]: 'a:65536' is not allowed; host:port, such as '127.0.0.1:8080'"),
    ("two brackets for crawl", "[[crawl]]", "1: crawl: is a table with one bracket: [crawl]"),
    ("one bracket for a source", "[source]\nname = 'a'", "1: source: each source begins with two brackets: [[source]]"),
    ("source is no table", "source = [1]", "1: source[1]: 1 is not allowed; a table, as in [[source]]"),
    ("source without name", "[[source]]\nhome = 'https://a.example/'", f"1: source[1].name: is missing; {SLUG}"),
    ("capital in a name", SOURCE.replace('"a"', '"A"'), f"2: source[1].name: 'A' is not allowed; {SLUG}"),
    ("control character in a title", SOURCE + 'title = "a\\tb"', "4: source[1].title: 'a\\tb' is not allowed; one line of text of at most 200 characters"),
    ("home without a scheme", SOURCE.replace("https://", ""), f"3: source[1].home: 'a.example/' is not allowed; {WEB}"),
    ("home with a blank", SOURCE.replace("a.ex", "a. ex"), f"3: source[1].home: 'https://a. example/' is not allowed; {WEB}"),
    ("home with a port out of range", SOURCE.replace("e/", "e:99999/"), f"3: source[1].home: 'https://a.example:99999/' is not allowed; {WEB} (Port out of range 0-65535)"),
    ("file as a feed", SOURCE + "feeds = ['file:///etc/passwd']", f"4: source[1].feeds[1]: 'file:///etc/passwd' is not allowed; {WEB}"),
    ("list in a list", SOURCE + "sections = [['x']]", f"4: source[1].sections[1]: a list is not allowed; {WEB}"),
    ("country", SOURCE + "country = 'dprk'", "4: source[1].country: 'dprk' is not allowed; two lower-case letters (ISO 3166-1), such as 'kp' (did you mean 'kp'?)"),
    ("country that is none", SOURCE + "country = 'zq'", "4: source[1].country: 'zq' is not allowed; two lower-case letters (ISO 3166-1), such as 'kp'"),
    ("country in capitals", SOURCE + "country = 'RU'", "4: source[1].country: 'RU' is not allowed; two lower-case letters (ISO 3166-1), such as 'kp' (did you mean 'ru'?)"),
    ("country is a list", SOURCE + "country = []", "4: source[1].country: a list is not allowed; two lower-case letters (ISO 3166-1), such as 'kp'"),
    ("country for a language", SOURCE + "language = 'jp'", "4: source[1].language: 'jp' is not allowed; two small letters (ISO 639-1), such as 'ko' (did you mean 'ja'?)"),
    ("time zone", SOURCE + "timezone = 'Asia/Pyongjang'", "4: source[1].timezone: 'Asia/Pyongjang' is not allowed; an IANA time zone, such as 'Asia/Pyongyang' (did you mean 'Asia/Pyongyang'?)"),
    ("folder of time zones", SOURCE + "timezone = 'Asia'", "4: source[1].timezone: 'Asia' is not allowed; an IANA time zone, such as 'Asia/Pyongyang'"),
    ("regular expression", SOURCE + "link_pattern = '[a'", "4: source[1].link_pattern: '[a' is not allowed; a regular expression (unterminated character set at position 0)"),
    ("switch", SOURCE + "enabled = 1", "4: source[1].enabled: 1 is not allowed; true or false"),
    ("too often", SOURCE + "every = '0m'", "4: source[1].every: '0m' is not allowed; a time from '1m' to '31d', such as '15m', '2h' or '1d'"),
    ("unit", SOURCE + "every = '30s'", "4: source[1].every: '30s' is not allowed; a time from '1m' to '31d', such as '15m', '2h' or '1d'"),
    ("crontab", SOURCE + "cron = '0 25 * * *'", "4: source[1].cron: '0 25 * * *' is not allowed; five fields as in crontab, such as '*/20 6-22 * * mon-fri' (hour: '25': from 0 to 23)"),
    ("crontab beside a fixed time", SOURCE + "every = '1h'\ncron = '0 6 * * *'", "5: source[1].cron: cannot stand beside every: one of them says when its feeds are polled"),
    ("nothing to poll", "\n[[source]]\nname = 'a'\nfeeds = []", "2: source[1]: needs home or at least one address in feeds, sitemaps or sections"),
    ("source twice", SOURCE + '[[source]]\nname = "a"\nhome = "https://b.example"', "5: source[2].name: 'a' is taken already: seedwatch.toml:2, source[1].name"),
    ("address twice", SOURCE + 'feeds = ["https://a.example/rss",\n"http://www.a.example/rss"]', "5: source[1].feeds[2]: 'http://www.a.example/rss' is polled already: seedwatch.toml:4, source[1].feeds[1]"),
    ("address of another source", SOURCE + 'feeds = ["https://x.example/"]\n[[source]]\nname = "b"\nsections = ["https://x.example/"]', "7: source[2].sections[1]: 'https://x.example/' is polled already: seedwatch.toml:4, source[1].feeds[1]"),
    ("topic without name", "[[topic]]\nany = 'x'", f"1: topic[1].name: is missing; {SLUG}"),
    ("topic twice", "[[topic]]\nname='t'\nany='x'\n[[topic]]\nname = 't'\nany = 'y'", "5: topic[2].name: 't' is taken already: seedwatch.toml:2, topic[1].name"),
    ("dial", "[[topic]]\nname = 't'\nany = 'x'\ndial = 'loud'", "4: topic[1].dial: 'loud' is not allowed; 'wide', 'normal' or 'strict'"),
    ("query is a list", "[[topic]]\nname = 't'\nany = ['x']", "3: topic[1].any: a list is not allowed; a query in quotation marks"),
    ("seed that is no text", "[[topic]]\nname = 't'\nany = 'x'\nseeds = [1]", "4: topic[1].seeds[1]: 1 is not allowed; the path of a file or folder, such as 'seeds/dprk-russia', relative to this file"),
    ("name of a seed too long for a disk", f"[[topic]]\nname='t'\nany='x'\nseeds = ['{'s' * 256}']", f"4: topic[1].seeds[1]: '{'s' * 80}...' is not allowed; the path of a file or folder, such as 'seeds/dprk-russia', relative to this file"),
    ("include that is none", "include = ['more.toml']", "1: include[1]: 'more.toml' is no file"),
    ("address for hubs", "[websub]\npublic_url = 'ftp://watch.example.org'", "2: websub.public_url: 'ftp://watch.example.org' is not allowed; an address without ? and #, such as 'https://watch.example.org/websub'"),
    ("address for hubs with a query", "[websub]\npublic_url = 'https://watch.example.org/?a=1'", "2: websub.public_url: 'https://watch.example.org/?a=1' is not allowed; an address without ? and #, such as 'https://watch.example.org/websub'"),
    ("one port for two", "[service]\nmetrics_port = 8475\n[websub]\npublic_url = 'https://watch.example.org'\nport = 8475", "5: websub.port: is that of [service] metrics_port: give one of them another"),
    ("two places for a DSN", "[cluster]\ndsn_env = 'A'\ndsn = 'postgresql://b/c'", "3: cluster.dsn: is given beside dsn_env: one says it all"),
    ("a DSN that is none", "[cluster]\ndsn = 'hunter2'", "2: cluster.dsn: the value is not allowed; a DSN such as 'postgresql://seedwatch@db.example.org/seedwatch'"),
    ("port of the metrics", "[service]\nmetrics_port = 65536", "2: service.metrics_port: 65536 is not allowed; a whole number from 0 to 65535"),
    ("two brackets for the service", "[[service]]", "1: service: is a table with one bracket: [service]"),
    ("alert without a channel", "[[alert]]\nname = 'a'", "1: alert[1]: has no channel: give one of url, url_env, url_file"),
    ("alert with two channels", "[[alert]]\nname = 'a'\nurl = 'a://b'\nurl_env = 'B'", "1: alert[1]: has url and url_env: give one of url, url_env, url_file"),
    ("secret in a wrong address", "[[alert]]\nname = 'a'\nurl = 'hunter2'", f"3: alert[1].url: the value is not allowed; {CHANNEL}"),
    ("secret of the wrong type", "[[alert]]\nname = 'a'\nurl = 4711", f"3: alert[1].url: the value is not allowed; {CHANNEL}"),
    ("secret as a variable", "[[alert]]\nname = 'a'\nurl_env = 'tgram://hunter2'", "3: alert[1].url_env: the value is not allowed; the name of a variable of the environment, such as 'DESK_URL'"),
    ("secret as a file", "[[alert]]\nname = 'a'\nurl_file = 'tgram://hunter2'", "3: alert[1].url_file: the value is not allowed; the path of a file, relative to this file"),
    ("alert on no topic", "[[topic]]\nname = 'strait'\nany = 'x'\n[[alert]]\nname = 'a'\nurl = 'a://b'\ntopics = ['straits']", "7: alert[1].topics[1]: there is no topic 'straits'; did you mean 'strait'?"),
    ("alert of nothing", "[[alert]]\nname = 'a'\nurl = 'a://b'\nkinds = []", "4: alert[1].kinds: is empty: name 'match', 'health' or both"),
    ("hour of a digest", "[[alert]]\nname = 'a'\nurl = 'a://b'\ndigest = '8:00'", "4: alert[1].digest: '8:00' is not allowed; a time of day from '00:00' to '23:59', such as '08:00'"),
    ("alert twice", "[[alert]]\nname = 'a'\nurl = 'a://b'\n[[alert]]\nname = 'a'\nurl = 'a://b'", "5: alert[2].name: 'a' is taken already: seedwatch.toml:2, alert[1].name"),
    ("no value", "database =\n", "1: column 11: Invalid value"),
    ("key twice", "[crawl]\ndelay = 1\ndelay = 2\n", "3: column 10: Cannot overwrite a value"),
    ("text without an end", "database = 'x", "1: Expected \"'\" (at end of document)"),
    ("list without an end", "include = ['x',\n\n", "1: Invalid value (at end of document)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [pytest.param(*case[1:], id=case[0]) for case in ONE_MISTAKE])
def test_mistake_is_named_with_place_value_and_what_is_allowed(file: Path, text: str, message: str) -> None:
    separator = "" if re.match(r"\d", message) else ": "

    assert mistakes(file, text) == [f"seedwatch.toml:{separator}{message}"]


def test_an_address_of_a_channel_is_in_no_text_of_the_settings(file: Path) -> None:
    file.write_text("[[alert]]\nname = 'a'\nurl = 'tgram://hunter2hunter2/4711?x=pass'\n")

    config = load_config(file)

    assert "hunter2" not in repr(config)
    assert config.alerts[0].url == "tgram://hunter2hunter2/4711?x=pass"
    assert config.alerts[0].rule.channel == "tgram://***"


def test_a_secret_that_is_not_there_yet_is_a_warning(file: Path) -> None:
    file.write_text("[[alert]]\nname = 'a'\nurl_env = 'DESK'\n[[alert]]\nname = 'b'\nurl_file = 'b.url'\n")

    warnings = load_config(file).warnings
    with_it = load_config(file, {"DESK": "json://127.0.0.1/"}).warnings

    assert (
        "seedwatch.toml:3: alert[1].url_env: DESK is not set here; the daemon needs it to send alerts"
        in warnings
    )
    assert (
        "seedwatch.toml:6: alert[2].url_file: 'b.url' is no file; the daemon needs it to send alerts"
        in warnings
    )
    assert len(with_it) == len(warnings) - 1


def test_single_mistake_keeps_its_place_on_the_error(file: Path) -> None:
    file.write_text(SOURCE + "enabled = 'no'")

    with pytest.raises(ConfigError) as caught:
        load_config(file)

    assert (caught.value.file, caught.value.line, caught.value.key) == (file, 4, "source[1].enabled")


def test_all_mistakes_come_together_in_order_of_the_lines(file: Path) -> None:
    lines = mistakes(
        file, "[[topic]]\nname = 'T'\nany = 'x'\n" + SOURCE + "country = 'x'\n[crawl]\ndelay = 61\n"
    )

    assert [line.split(" ")[0] for line in lines] == [
        "seedwatch.toml:2:",
        "seedwatch.toml:7:",
        "seedwatch.toml:9:",
    ]


def test_wrong_query_is_shown_with_a_caret_that_stands_under_its_column(file: Path) -> None:
    query = "북한 (x"
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    error = caught.value

    lines = mistakes(file, f"[[topic]]\nname = 't'\nany = '{query}'")

    assert lines[0] == f"seedwatch.toml:3: topic[1].any: column {error.column}: {error.reason}"
    assert lines[1] == f"  {query}"
    # Each Hangul syllable takes two places on a screen, and so does the blank of the caret's line.
    before = query[: error.column - 1].ljust(error.column - 1)
    assert lines[2] == "  " + "".join("\u3000" if sign in "북한" else " " for sign in before) + "^"


def test_query_over_lines_is_shown_on_one(file: Path) -> None:
    lines = mistakes(file, "[[topic]]\nname = 't'\nexclude = '''\nx OR\n(y'''\nany = 'x'")

    assert lines[0].startswith("seedwatch.toml:3: topic[1].exclude: column ")
    assert lines[1] == "  x OR (y"
    assert len(lines) == 3


VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-2, 10**20),
        st.floats(),
        st.datetimes(),
        st.text(max_size=5),
        st.sampled_from(
            ["http://[", "http://a:b", "\\", "(", "x" * 300, "/", ".", "*", "a:1", "1m", "a/../b"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["name", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from(list(TABLES)), data=st.data())
def test_any_value_of_any_setting_is_taken_or_a_mistake(file: Path, head: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([setting.name for setting in settings_of(TABLES[head])]))
    value = data.draw(VALUES)
    table = {name: value}
    text = tomlkit.dumps({head.strip("[]"): [table] if head.startswith("[[") else table} if head else table)

    with contextlib.suppress(ConfigError):
        load_config(file, {}, {file.absolute(): text})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.integers(0, len(WHOLE)),
    length=st.integers(0, 5),
    put=st.text(alphabet="[]{}'\"=.\n#a1\\ ", max_size=3),
)
def test_any_slip_of_the_pen_is_taken_or_a_mistake(file: Path, start: int, length: int, put: str) -> None:
    text = WHOLE[:start] + put + WHOLE[start + length :]

    with contextlib.suppress(ConfigError):
        load_config(file, {}, {file.absolute(): text})


def test_text_that_is_not_utf8_is_named_with_its_line(file: Path) -> None:
    file.write_bytes(b"# 1\n# caf\xe9\n")

    with pytest.raises(ConfigError, match=r"^seedwatch\.toml:2: is not UTF-8: save it in that encoding$"):
        load_config(file)


def test_byte_order_mark_of_an_editor_is_left_out(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf[crawl]\r\ndelay = 3\r\n")

    assert load_config(file).crawl.delay == 3.0


def test_brackets_without_end_are_a_mistake_of_the_file(file: Path) -> None:
    assert mistakes(file, f"a = {'[' * 5_000}{']' * 5_000}") == [
        "seedwatch.toml: has brackets nested too deeply"
    ]


def test_missing_file_is_a_mistake(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"^seedwatch\.toml: cannot be read: No such file or directory$"):
        load_config(file)


def test_missing_seed_is_a_mistake_and_empty_folder_is_a_warning(file: Path, tmp_path: Path) -> None:
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    (tmp_path / "empty" / "inner" / ".gitkeep").touch()

    assert mistakes(file, "[[topic]]\nname = 't'\nseeds = ['empty',\n'gone.txt']") == [
        f"seedwatch.toml:4: topic[1].seeds[2]: '{tmp_path}/gone.txt' does not exist"
    ]
    file.write_text("[[topic]]\nname = 't'\nseeds = ['empty']")
    assert (
        f"seedwatch.toml:3: topic[1].seeds[1]: '{tmp_path}/empty' is empty: "
        "put a few articles about the subject into it"
    ) in load_config(file).warnings


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_seed_that_may_not_be_read_is_a_mistake(file: Path, tmp_path: Path) -> None:
    (tmp_path / "seed.txt").touch(mode=0o000)

    assert mistakes(file, "[[topic]]\nname = 't'\nseeds = ['seed.txt']") == [
        f"seedwatch.toml:3: topic[1].seeds[1]: '{tmp_path}/seed.txt' may not be read"
    ]


def test_included_files_add_topics_and_sources_with_paths_relative_to_them(
    file: Path, tmp_path: Path
) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "seed.txt").touch()
    (lists / "b.toml").write_text("[[topic]]\nname = 't'\nseeds = ['seed.txt']\n")
    (lists / "a.toml").write_text('[[source]]\nname = "second"\nhome = "https://b.example"\n')
    (lists / "c.csv").write_text("name,home\nthird,https://c.example/\n")
    (lists / "d.opml").write_text(
        '<opml version="2.0"><head/><body><outline text="Fourth" title="Fourth" type="rss" '
        'htmlUrl="https://d.example/" xmlUrl="https://d.example/rss"/></body></opml>'
    )
    file.write_text("include = ['lists/*.toml', 'lists/c.csv', 'lists/d.*', 'lists/b.toml']\n" + SOURCE)

    config = load_config(file)

    assert config.files == tuple(
        tmp_path / name for name in (FILE_NAME, "lists/a.toml", "lists/b.toml", "lists/c.csv", "lists/d.opml")
    )
    assert [declared.source.name for declared in config.sources][:3] == ["a", "second", "third"]
    assert [str(declared.file) for declared in config.sources] == [
        "seedwatch.toml",
        "lists/a.toml",
        "lists/c.csv",
        "lists/d.opml",
    ]
    assert config.sources[3].feeds == (DeclaredFeed("https://d.example/rss", FeedKind.FEED),)
    assert config.topics == (Topic("t", seeds=(str(lists / "seed.txt"),)),)


def test_mistakes_of_included_files_are_named_by_them(file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(SOURCE + "[crawl]\ndelay = 1\n")
    (tmp_path / "b.toml").write_text("x = \n")
    (tmp_path / "c.csv").write_text("name,home,country\nc,https://c.example/,zz\n")
    (tmp_path / "d.txt").touch()

    lines = mistakes(file, "include = ['?.toml', 'c.csv', 'd.txt', '*.xml']\n" + SOURCE)

    assert lines == [
        "seedwatch.toml:1: include[3]: 'd.txt' is not allowed; a name that ends in .toml, .opml, .csv",
        "a.toml:2: source[1].name: 'a' is taken already: seedwatch.toml:3, source[1].name",
        "a.toml:4: crawl: is no setting; allowed: topic, source",
        "b.toml:1: column 5: Invalid value",
        "c.csv:2: source[1].country: 'zz' is not allowed; two lower-case letters (ISO 3166-1), such as 'kp'",
    ]


@pytest.mark.parametrize(
    ("name", "text", "start"),
    [
        pytest.param("c.csv", "name,home,feed\n", "c.csv:1: column 'feed' is not known; ", id="CSV"),
        pytest.param("c.opml", "<opml/>", "c.opml: no feed found; ", id="OPML"),
    ],
)
def test_list_that_cannot_be_read_is_a_mistake(
    file: Path, tmp_path: Path, name: str, text: str, start: str
) -> None:
    (tmp_path / name).write_text(text)

    (line,) = mistakes(file, f"include = ['{name}']")

    assert line.startswith(start)


def test_pattern_without_a_file_is_a_warning(file: Path) -> None:
    file.write_text("include = ['lists/*.csv']\n" + SOURCE)

    assert "seedwatch.toml:1: include[1]: 'lists/*.csv' matches no file" in load_config(file).warnings


def test_file_that_a_pattern_matches_later_is_watched(tmp_path: Path) -> None:
    file = tmp_path / "[1]" / FILE_NAME
    file.parent.mkdir()
    (file.parent / "a.csv").write_text("name,home\na,https://a.example/\n")
    file.write_text("include = ['*.csv', 'a.csv']\n")
    config = load_config(file)

    assert watched_files(config) == (file, file.parent / "a.csv")
    (file.parent / "b.csv").touch()
    assert watched_files(config) == (file, file.parent / "a.csv", file.parent / "b.csv")


def test_text_that_is_given_stands_for_the_file(file: Path, tmp_path: Path) -> None:
    file.write_text("include = ['a.toml']")
    (tmp_path / "a.toml").touch()

    config = load_config(file, {}, {tmp_path / "a.toml": SOURCE})

    assert [declared.source.name for declared in config.sources] == ["a"]


def test_database_of_the_environment_stands_above_the_file(file: Path, tmp_path: Path) -> None:
    file.write_text("database = 'a.db'")

    assert load_config(file, {"SEEDWATCH_DB": "b.db"}).database == tmp_path / "b.db"
    assert load_config(file, {"SEEDWATCH_DB": ""}).database == tmp_path / "a.db"
    with pytest.raises(ConfigError, match=r"^SEEDWATCH_DB: there is no folder /nowhere$"):
        load_config(file, {"SEEDWATCH_DB": "/nowhere/b.db"})


@pytest.mark.parametrize(
    ("argument", "environment", "found"),
    [
        pytest.param("x.toml", {"SEEDWATCH_CONFIG": "y.toml"}, "x.toml", id="argument first"),
        pytest.param(None, {"SEEDWATCH_CONFIG": "y.toml"}, "y.toml", id="then environment"),
        pytest.param(None, {"SEEDWATCH_CONFIG": ""}, "seedwatch.toml", id="then current folder"),
        pytest.param("sub", {}, "sub/seedwatch.toml", id="folder stands for the file in it"),
    ],
)
def test_file_is_found_by(
    argument: str | None, environment: dict[str, str], found: str, tmp_path: Path
) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("x.toml", "y.toml", "seedwatch.toml", "sub/seedwatch.toml"):
        (tmp_path / name).touch()

    assert find_config(argument, environment, tmp_path) == tmp_path / found


def test_where_no_file_is_found_init_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file: .*/seedwatch\.toml\. `seedwatch init` writes one"):
        find_config(None, {}, tmp_path)


@given(st.integers(1, 31 * 24 * 60))
def test_interval_is_read_as_it_is_written(minutes: int) -> None:
    assert check_interval_s(interval_text(minutes * 60)) == minutes * 60
