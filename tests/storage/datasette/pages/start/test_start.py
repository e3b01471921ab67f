"""The start page: what is new to whom, and what ails the watch."""

import sqlite3
from contextlib import closing

import pytest
from lxml import html

from storage.datasette.pages.start import start as page_of_start
from tests.support.datasette_data import fill, insert
from tests.support.datasette_serving import get, opened, page, rows, tree, words


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    path = fill(tmp_path_factory.mktemp("start") / "watch.db")
    with closing(sqlite3.connect(path)) as writer:
        burst = {
            "kind": "burst",
            "since": "2026-09-14T06:00:00+00:00",
            "noticed_at": "2026-09-14T09:00:00+00:00",
        }
        insert(writer, "conditions", topic_id=1, detail="34 stories in 3 hours, 2.1 were expected", **burst)
        insert(
            writer,
            "conditions",
            topic_id=2,
            detail="over long ago",
            until="2026-09-14T08:00:00+00:00",
            **burst,
        )
        insert(
            writer,
            "conditions",
            source_id=4,
            detail="no new article since 2026-09-01",
            **burst | {"kind": "silent"},
        )
        insert(
            writer, "gaps", began_at="2026-09-13T02:00:00+00:00", ended_at="2026-09-13T05:12:00+00:00",
            reason="off", feeds=3,
        )  # fmt: skip
        writer.commit()
    with opened(path) as datasette:
        yield datasette


def look(watch, cookies: dict[str, str], path: str = "/-/seedwatch", **headers: str):
    """The page for a browser with *cookies*, which it keeps."""
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    answer = get(watch, path, headers={"cookie": sent, **headers})
    cookies |= dict(answer.cookies.items())
    return answer


def end_visit(cookies: dict[str, str]) -> None:
    """As the browser does half an hour after the last look."""
    for name in [name for name in cookies if name.startswith("seedwatch_since")]:
        del cookies[name]


def set_back(cookies: dict[str, str], match_id: int) -> None:
    """As if the reader had been here when the row *match_id* was the newest."""
    end_visit(cookies)
    for name in cookies:
        cookies[name] = f"{match_id}~2026-09-10T09:00:00+00:00"


def test_first_visit_calls_nothing_new(watch):
    start = tree(watch, "/-/seedwatch")

    assert "since your last visit" not in words(start)
    assert start.find_class("sw-new") == []


def test_new_matches_since_the_last_visit_are_counted_by_topic_and_listed_first(watch):
    cookies: dict[str, str] = {}
    look(watch, cookies)
    newest = rows(watch, "/watch.json?sql=select+max(id)+as+id+from+matches&_shape=objects")["rows"][0]["id"]
    set_back(cookies, newest - 6)
    start = html.fromstring(look(watch, cookies).text)

    new = [words(tag) for tag in start.find_class("sw-new")]
    lists = start.find_class("sw-entries")
    listed = [[int(entry.get("data-article")) for entry in one] for one in lists]
    assert sum(int(tag.split()[0]) for tag in new) == len(listed[0])
    assert f"{len(listed[0])} new since your last visit" in words(start)
    assert "the press had been read up to 2026-09-10 09:00" in words(start)
    # What was new is not shown again below it, and a copy is no news.
    assert set(listed[0]).isdisjoint(listed[1])
    assert 37 not in listed[0]
    # A look within the visit changes nothing; after it nothing is new.
    assert "new since your last visit" in look(watch, cookies).text
    end_visit(cookies)
    assert "Nothing new since your last visit" in look(watch, cookies).text


def test_all_seen_is_a_link_of_ours_and_no_other_site_can_press_it(watch):
    cookies: dict[str, str] = {}
    look(watch, cookies)
    set_back(cookies, 3)
    seen_all = html.fromstring(look(watch, cookies).text).xpath("//a[text()='All seen']/@href")[0]

    look(watch, cookies, seen_all, **{"sec-fetch-site": "cross-site"})
    assert "Nothing new" not in look(watch, cookies).text
    answer = look(watch, cookies, seen_all, **{"sec-fetch-site": "same-origin"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/-/seedwatch")
    assert "Nothing new since your last visit" in look(watch, cookies).text


def test_cookies_are_not_for_scripts_nor_other_sites_and_no_program_gets_them(watch):
    kept = get(watch, "/-/seedwatch").headers.get_list("set-cookie")

    assert len(kept) == 2
    assert all("httponly" in cookie.lower() and "samesite=lax" in cookie.lower() for cookie in kept)
    assert get(watch, "/-/seedwatch.json").headers.get_list("set-cookie") == []


def test_long_absence_is_shown_in_part_and_counted(watch, monkeypatch):
    monkeypatch.setattr(page_of_start, "NEW", 4)
    monkeypatch.setattr(page_of_start, "COUNTED_NEW", 8)
    cookies: dict[str, str] = {}
    look(watch, cookies)
    set_back(cookies, 0)
    start = html.fromstring(look(watch, cookies).text)

    assert "More than" in words(start)
    assert len(start.find_class("sw-entries")[0]) == 4


def test_burst_and_silence_are_said_in_words(watch):
    start = tree(watch, "/-/seedwatch")

    cards = {words(card.find("strong")): words(card) for card in start.find_class("sw-card")}
    assert "Burst: 34 stories in 3 hours, 2.1 were expected" in cards["North Korea and Russia"]
    assert "over long ago" not in words(start)
    assert "silent deungdae no new article since 2026-09-01" in words(start.get_element_by_id("trouble"))


def test_sources_in_trouble_are_counted_by_state_and_the_worst_named(watch):
    trouble = tree(watch, "/-/seedwatch").get_element_by_id("trouble")

    assert words(trouble).startswith(
        "2 sources in trouble 1 failing 1 shaky failing Волна timeout: no answer"
    )
    assert [link.get("href") for link in trouble.find_class("sw-state") if link.get("href")] == [
        "/-/sources?state=failing", "/-/sources?state=shaky",
    ]  # fmt: skip


def test_blind_time_tells_gaps_and_sources(watch):
    blind = words(tree(watch, "/-/seedwatch").get_element_by_id("blind"))

    assert "Nothing was watched for 3 h 12 min, last 2026-09-13 02:00 to 05:12 UTC" in blind
    assert "1 source could not be seen for a time: Волна 2 days" in blind


def test_what_was_edited_and_removed_lately_leads_to_it(watch):
    changed = tree(watch, "/-/seedwatch").get_element_by_id("changed")

    assert [link.get("href") for link in changed.iter("a")] == [
        "/-/read/12",
        "/-/source/courier",
        "/-/revisions/40?to=2",
        "/-/source/meridian",
        "/-/changes",
    ]
    assert "removed" in words(changed)


def test_the_same_stands_in_the_document(watch):
    document = rows(watch, "/-/seedwatch.json")

    assert document["is_first"] is True
    assert document["trouble"]["sources"] == 2
    assert document["cards"][0]["odd"] == [["burst", "34 stories in 3 hours, 2.1 were expected"]]
    assert "What is new" in page(watch, document["page"])
