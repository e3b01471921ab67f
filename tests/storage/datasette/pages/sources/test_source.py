"""A source's page."""

import sqlite3
from contextlib import closing
from datetime import date

import pytest

from scheduler.config.load import load_config
from scheduler.config.sync import sync
from storage import db, meta
from storage.datasette.pages.sources import source as page_of_source
from storage.datasette.pages.sources.polling import RULES
from storage.records.comparisons import ListComparison, MissedPage
from storage.sources import comparisons
from tests.support.datasette_data import fill, insert
from tests.support.datasette_serving import get, opened, page, rows, tree, words
from tests.support.folders import ROOT
from tests.support.samples import NOW

LISTED = ListComparison(
    source="volna",
    against="sitemap",
    since=date(2026, 9, 7),
    until=date(2026, 9, 13),
    compared_at=NOW,
    kept=30,
    off_topic=60,
    reasons=(("never_listed", 9), ("robots", 1)),
    misses=(
        MissedPage("https://volna.example/<b>late</b>", date(2026, 9, 13), "never_listed", ""),
        MissedPage("javascript:alert(1)", date(2026, 9, 12), "failed", "http_500"),
    ),
    undated=0,
    undated_known=0,
    lists=3,
    left=2,
)


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    path = fill(tmp_path_factory.mktemp("source") / "watch.db")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute(
            """
            UPDATE sources SET timezone = 'Europe/Moscow', delay_s = 5, tags = '["state media"]', former_name = 'wave'
            WHERE id = 3
            """
        )
        writer.execute("UPDATE feeds SET next_due_at = '2026-09-14T12:00:00+00:00' WHERE id = 3")
        writer.execute("UPDATE polls SET decided_by = 'failure' WHERE feed_id = 3")
        insert(
            writer, "conditions", kind="walls", source_id=3, since="2026-09-12T06:00:00+00:00",
            noticed_at="2026-09-14T09:00:00+00:00", detail="no wall: 2 of the last 40 pages",
        )  # fmt: skip
        insert(
            writer, "hosts", host="volna.example", paused_until="2026-09-14T10:00:00+00:00", reason="http_429",
            pauses=1, crawl_delay_s=10.0,
        )  # fmt: skip
        insert(writer, "hosts", host="other.example", crawl_delay_s=99.0)
        read = {"fetched_at": "2026-09-14T08:00:00+00:00", "keep_until": "2026-09-15T08:00:00+00:00"}
        rules = b"User-agent: *\nDisallow: /<b>private\x00</b>\xff"
        for place, status, body in (
            ("https://volna.example", 200, rules), ("https://courier.example", 404, b"<html>"),
            ("https://chaobao.example", 503, b""), ("https://other.example", 200, b"Disallow: /other"),
        ):  # fmt: skip
            insert(writer, "robots_files", place=place, status=status, body=body, **read)
        writer.commit()
    with closing(db.connect(path)) as connection:
        comparisons.save(connection, LISTED)
        meta.put(connection, meta.SOURCE_ACCESS, {"volna": ["it is sent headers of its own: X-Key"]})
    with opened(path) as datasette:
        yield datasette


def test_page_tells_how_the_source_is_asked_and_why_then(watch):
    shown = words(tree(watch, "/-/source/volna"))

    assert "failing" in shown
    assert "walls: no wall: 2 of the last 40 pages (since 2026-09-12 06:00 UTC)" in shown
    assert "next look 2026-09-14 12:00 an hour more for each failure" in shown
    assert "volna.example asked to be left alone until 2026-09-14 10:00 UTC (http_429)" in shown
    assert "the robots.txt of volna.example asks for 10 s between two requests" in shown
    assert "it is sent headers of its own: X-Key" in shown
    assert "delay 5 s" in shown
    assert "called before wave" in shown
    assert "99 s" not in shown
    polls = tree(watch, "/-/source/volna").xpath("//h2[@id='polls']/following-sibling::table[1]/tbody/tr")
    assert words(polls[0]) == "2026-09-14 09:00 https://volna.example/feed.xml timeout"
    assert len(polls) == 4


def test_hosts_are_told_by_domain_or_by_port_and_odd_addresses_are_passed_over(tmp_path):
    path = fill(tmp_path / "watch.db")
    with closing(sqlite3.connect(path)) as writer:
        insert(writer, "sources", name="odd", home="http://[odd")
        for url in (
            "http://news.odd.example:8080/feed",
            "http://odd.example:x/feed",
            "https://[::1/feed",
            "none",
        ):
            insert(
                writer,
                "feeds",
                source_id=6,
                url=url,
                kind="feed",
                last_error="tls: the certificate is of another",
            )
        insert(writer, "hosts", host="odd.example:8080", spacing_s=4.5)
        insert(writer, "hosts", host="odd.example", crawl_delay_s=7.0)
        # The last looks reached nobody.
        writer.execute("UPDATE polls SET decided_by = 'outage'")
        writer.commit()
    with opened(path) as datasette:
        shown = words(tree(datasette, "/-/source/odd"))

    assert "odd.example:8080 is asked once in 4.5 s, since it wanted fewer requests" in shown
    assert "asks for 7 s" not in shown
    assert "2 of its feeds are asked without encryption (http)" in shown
    assert "tls: the certificate is of another (http://news.odd.example:8080/feed)" in shown
    assert "our own network seems to be down" in shown


def test_page_tells_what_share_of_its_own_lists_was_read(watch):
    shown = words(tree(watch, "/-/source/volna").xpath("//*[@id='lists']")[0])

    assert "90 % of the 100 pages that its sitemaps list for 2026-09-07 to 2026-09-13 were read" in shown
    assert "30 kept, 60 on no topic" in shown
    assert "9 never listed by what is polled" in shown
    assert "1 off limits by robots.txt" in shown
    assert "2026-09-12 javascript:alert(1) could not be fetched: http_500" in shown
    assert "2 of its lists could not be read" in shown
    assert not tree(watch, "/-/source/volna").xpath("//*[@id='lists']//a[starts-with(@href, 'javascript')]")
    assert tree(watch, "/-/source/courier").xpath("//*[@id='lists']") == []


def test_rhythm_is_in_the_zone_of_the_outlet(watch):
    document = rows(watch, "/-/source/volna.json")

    with closing(sqlite3.connect(watch.databases["watch"].path)) as reader:
        hours = [
            (int(row[0]) + 3) % 24
            for row in reader.execute(
                "SELECT substr(published_at, 12, 2) FROM articles WHERE source_id = 3 AND published_precision <> 'day'"
            )
        ]
    assert document["rhythm_zone"] == "Europe/Moscow"
    assert document["rhythm"]["hours"] == [hours.count(hour) for hour in range(24)]


def test_calendar_marks_the_days_on_which_we_were_blind(watch):
    shown = tree(watch, "/-/source/volna").get_element_by_id("calendar")

    blind = [title.text for title in shown.iter("title") if "blind" in title.text]
    assert blind == ["2026-09-13: blind, 3 looks failed", "2026-09-14: blind, 3 looks failed"]
    assert "12 days with new links, 0 without, 2 blind" in shown.find("svg").get("aria-label")


def test_articles_go_on_page_by_page_each_once(watch, monkeypatch):
    monkeypatch.setattr(page_of_source, "PAGE", 3)
    seen, place = [], "/-/source/meridian"
    while place:
        shown = tree(watch, place)
        seen += [int(entry.get("data-article")) for entry in shown.find_class("sw-entry")]
        place = next(iter(shown.xpath("//a[@rel='next']/@href")), None)

    with closing(sqlite3.connect(watch.databases["watch"].path)) as reader:
        assert seen == [
            row[0] for row in reader.execute("SELECT id FROM articles WHERE source_id = 1 ORDER BY id DESC")
        ]


def test_addresses_that_became_nothing_say_why(watch):
    shown = words(tree(watch, "/-/source/courier"))

    assert (
        "Of its last 7 addresses: 2 on no topic 1 must not be asked for (robots) 1 could not be read" in shown
    )
    assert "no article (wall)" in shown


def test_source_without_anything_has_its_page(tmp_path):
    path = fill(tmp_path / "watch.db")
    with closing(sqlite3.connect(path)) as writer:
        insert(writer, "sources", name="new one / 100 %.json", search_error="no feed was found")
        insert(writer, "sources", name="off", enabled=0, timezone="Nowhere")
        writer.commit()
    with opened(path) as datasette:
        address = tree(datasette, "/-/sources?q=new").xpath("//td[@data-label='source']/a/@href")[0]
        shown = words(tree(datasette, address))
        assert "No article of it is kept" in shown
        assert "its site was searched for feeds: no feed was found" in shown
        assert "off" in page(datasette, "/-/source/off")


@pytest.mark.parametrize("path", ["/-/source/nobody", "/-/source/nobody.json"])
def test_source_that_is_not_there_is_not_found(watch, path):
    assert get(watch, path).status_code == 404


@pytest.mark.parametrize("after", ["x", "-1", "0", "99999999999999999999"])
def test_odd_places_are_answered(watch, after):
    assert "Волна" in page(watch, f"/-/source/volna?after={after}")


@pytest.mark.parametrize(
    "path",
    ["/-/seedwatch", "/-/sources", "/-/read/36", "/-/story/36", "/-/changes", "/-/topic/dprk-russia",
     "/-/search?q=Moscow", "/watch/articles", "/watch/matches", "/watch/sources", "/watch/feeds"],
)  # fmt: skip
def test_an_outlets_name_leads_to_its_page_everywhere(watch, path):
    addresses = {link.get("href") for link in tree(watch, path).iter("a")}

    assert any((address or "").startswith("/-/source/meridian") for address in addresses)
    assert (
        not any((address or "").startswith("/watch/sources/") for address in addresses)
        or path == "/watch/sources"
    )


def test_each_rule_of_polls_is_said_in_words():
    documented = (ROOT / "docs/sources.md").read_text("utf-8").split("| rule | meaning |")[1].split("\n\n")[0]

    assert {line.split("`")[1] for line in documented.splitlines() if "`" in line} == set(RULES)


def test_settings_leave_no_secret_in_the_database(tmp_path):
    file = tmp_path / "seedwatch.toml"
    file.write_text(
        '[[source]]\nname = "a"\nhome = "https://a.example/"\nheaders = ["X-Key: hush-hush"]\n'
        'proxy = "http://user:hush-hush@proxy.example:8080"\nverify_tls = false\nrobots = "pages"\n'
        'feeds = ["https://a.example/feed"]\ncookies_file = "secret/jar.txt"\nuser_agent = "Reader 1"\n'
        '[[source]]\nname = "b"\nhome = "https://b.example/"\n',
        encoding="utf-8",
    )
    config = load_config(file)
    with closing(db.connect(config.database)) as connection:
        sync(connection, config, NOW)
        said = meta.get(connection, meta.SOURCE_ACCESS)
        everything = "\n".join(connection.iterdump())

    assert list(said) == ["a"]
    assert "it is sent headers of its own: X-Key" in said["a"]
    assert "it is sent cookies from jar.txt" in said["a"]
    assert "we call ourselves Reader 1" in said["a"]
    assert any("http://proxy.example:8080" in line for line in said["a"])
    assert "hush-hush" not in everything


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "volna",
            "robots.txt of https://volna.example, read 2026-09-14 08:00 User-agent: * Disallow: /<b>private</b>",
        ),
        ("courier", "robots.txt of https://courier.example: there is none (404), so all may be asked for"),
        ("chaobao", "robots.txt of https://chaobao.example: could not be read (503), 2026-09-14 08:00"),
    ],
)
def test_robots_txt_is_shown_as_it_was_read(watch, source, said):
    shown = words(tree(watch, f"/-/source/{source}"))

    assert said in shown
    assert shown.count("robots.txt of https://") == 1
