"""Saved searches on the pages: listed with what is new, opened, and looked at by a browser without an account."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from lxml import html

from tests.support.datasette_data import fill
from tests.support.datasette_serving import get, opened, page, rows, tree, words

SAVED = "/-/saved/Ties%20%2F%20%D0%A1%D0%B2%D1%8F%D0%B7%D0%B8"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("saved") / "watch.db")


@pytest.fixture(scope="module")
def watch(filled):
    with opened(filled) as datasette:
        yield datasette


def shown(response):
    return html.fromstring(response.text)


def new_text(datasette, cookie: str = "") -> str:
    start = shown(get(datasette, "/-/seedwatch", headers={"cookie": cookie}))
    return words(start.find_class("sw-saved")[0].find(".//li/span"))


def test_start_page_and_search_page_list_them_with_what_is_new(watch):
    document = rows(watch, "/-/seedwatch.json")["saved"]
    found = {line["article_id"] for line in rows(watch, f"{SAVED}.json")["new"]}

    assert [(line["name"], line["query"]) for line in document] == [("Ties / Связи", "Moscow OR Россия")]
    assert document[0]["new"] == len(found) > 0
    assert found <= set(range(31, 41)), "those before were there when it was saved"
    assert new_text(watch) == f"{len(found)} new"
    assert tree(watch, "/-/search").find_class("sw-saved")
    assert not tree(watch, "/-/search?q=Moscow").find_class("sw-saved")


def test_to_open_its_page_is_to_look_and_the_browser_remembers(watch):
    answer = get(watch, SAVED)
    (name,) = answer.cookies
    cookie = f"{name}={answer.cookies[name]}"

    assert "httponly" in answer.headers["set-cookie"].lower()
    assert [words(title) for title in shown(answer).iter("h2")] == ["New since you last looked", "Before"]
    assert new_text(watch, cookie) == "nothing new"
    again = shown(get(watch, SAVED, headers={"cookie": cookie}))
    assert words(again.find_class("sw-empty")[0]) == "Nothing new since you last looked."
    assert len(again.find_class("sw-entry")) == len(shown(answer).find_class("sw-entry"))


def test_to_ask_for_data_or_a_feed_is_not_to_look(watch):
    for path in (f"{SAVED}.json", f"{SAVED}.atom", f"{SAVED}.feed.json"):
        assert "set-cookie" not in get(watch, path).headers


@pytest.mark.parametrize("cookie", ["1-39", "x", "1-", "-1", "1-99999999999999999999", "9-1.1-39.2-2"])
def test_odd_cookies_are_read_as_far_as_they_can_be(watch, cookie):
    (name,) = get(watch, SAVED).cookies
    counted = 1 if "1-39" in cookie else None

    asked = get(watch, "/-/seedwatch.json", headers={"cookie": f"{name}={cookie}"}).json()["saved"][0]["new"]

    newest = rows(watch, f"{SAVED}.json")["new"]
    assert asked == (sum(line["article_id"] > 39 for line in newest) if counted else len(newest))


def test_page_by_date_lists_the_same(watch):
    by_date = rows(watch, f"{SAVED}.json?order=published")
    as_came = rows(watch, f"{SAVED}.json")

    assert by_date["new"] == []
    assert {line["article_id"] for line in by_date["finds"]} == {
        line["article_id"] for line in as_came["new"] + as_came["finds"]
    }
    assert [line["article_id"] for line in as_came["finds"]] == sorted(
        (line["article_id"] for line in as_came["finds"]), reverse=True
    )


def test_page_says_how_it_becomes_a_topic(watch):
    assert "seedwatch searches follow 'Ties / Связи'" in words(tree(watch, SAVED))
    assert "seedwatch searches add NAME &#39;title:Moscow x&#39;" in page(
        watch, "/-/search?q=title:Moscow%20x"
    )


def test_unknown_name_is_not_found(watch):
    assert get(watch, "/-/saved/None").status_code == 404
    assert get(watch, "/-/saved/None.atom").status_code == 404


def test_query_that_cannot_be_read_any_more_is_told(filled, tmp_path):
    path = Path(shutil.copy(filled, tmp_path))
    with closing(sqlite3.connect(path)) as writer, writer:
        writer.execute("UPDATE saved_searches SET query = '(Moscow'")

    with opened(path) as datasette:
        assert "this parenthesis is never closed" in page(datasette, SAVED)
        assert rows(datasette, "/-/seedwatch.json")["saved"][0]["new"] is None
        assert get(datasette, f"{SAVED}.atom").status_code == 400
