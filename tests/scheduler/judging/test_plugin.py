"""Signing in and marking over HTTP: what works for readers, and what attackers try."""

import asyncio
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from datasette.plugins import pm
from lxml import html

from scheduler.config.load import load_config
from scheduler.judging import plugin
from scheduler.judging.accounts import add_account, file_of, remove_account
from scheduler.judging.marking import DEEDS
from scheduler.judging.plugin import desk_of
from scheduler.judging.searches import SETTINGS_VARIABLE
from storage import db
from storage.articles import feedback, reader_marks
from storage.search import saved_searches
from tests.support.datasette_data import TO_REVIEW, fill
from tests.support.datasette_serving import get, opened, page, tree, words
from tests.support.samples import NOW

OWN = {"origin": "http://localhost"}
PASSWORD = "correct horse battery"


class Browser:
    """A reader's browser at one Datasette: it keeps its cookie, and sends what a page's form holds."""

    def __init__(self, datasette: Any) -> None:
        self.datasette, self.cookie = datasette, ""

    def get(self, path: str) -> Any:
        return get(self.datasette, path, headers={"cookie": self.cookie} if self.cookie else {})

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Any:
        sent = OWN | ({"cookie": self.cookie} if self.cookie else {}) | headers
        sent = {name: value for name, value in sent.items() if value}
        return asyncio.run(self.datasette.client.post(path, data=fields, headers=sent))

    def sign_in(self, name: str = "anna", secret: str = PASSWORD, **headers: str) -> Any:
        answer = self.post("/-/sign-in", {"name": name, "secret": secret, "next": "/-/read/36"}, **headers)
        if answer.status_code == 303:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.get("/-/seedwatch").text)
        return found[1] if found else ""

    def mark(self, do: str, article: int = 36, **fields: str) -> Any:
        return self.post(
            "/-/mark", {"do": do, "article": str(article), "form_token": self.form_token(), **fields}
        )


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A database and the accounts beside it, to be copied."""
    path = fill(tmp_path_factory.mktemp("judging") / "watch.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    add_account(file_of(path), "anna", PASSWORD, NOW)
    return path


@pytest.fixture
def watch(filled, tmp_path):
    """A database with a reader, served for writing."""
    path = Path(shutil.copy(filled, tmp_path))
    shutil.copy(file_of(filled), file_of(path))
    pm.register(plugin, "seedwatch-judging")
    try:
        with opened(path) as datasette:
            yield datasette
            desk_of(datasette).learner.settle()
    finally:
        pm.unregister(plugin)


@pytest.fixture
def browser(watch):
    return Browser(watch)


@pytest.fixture
def anna(browser):
    assert browser.sign_in().status_code == 303
    return browser


def stored(watch, article: int = 36):
    """Verdicts by topic and marks of an article as they stand in the file."""
    with closing(db.connect(watch.databases["watch"].path)) as connection:
        given = {row.topic: row for row in feedback.verdicts(connection, article_id=article)}
        return given, reader_marks.marks_of(connection, "anna", article)


def test_reader_signs_in_with_a_cookie_that_scripts_cannot_read(browser):
    answer = browser.sign_in()

    assert answer.headers["location"] == "/-/read/36"
    cookie = answer.headers["set-cookie"]
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower()
    shown = tree_of(browser, "/-/seedwatch")
    assert words(shown.find_class("sw-actor")[0]) == "anna"
    assert words(shown.find_class("sw-account")[0]) == "Sign out"


def tree_of(browser: Browser, path: str) -> Any:
    return html.fromstring(browser.get(path).text)


def test_cookie_is_secure_under_https(watch):
    async def sign_in() -> httpx.Response:
        transport = httpx.ASGITransport(app=watch.app())
        async with httpx.AsyncClient(transport=transport, base_url="https://watch.example") as client:
            fields = {"name": "anna", "secret": PASSWORD}
            return await client.post("/-/sign-in", data=fields, headers={"origin": "https://watch.example"})

    answer = asyncio.run(sign_in())

    assert answer.status_code == 303
    assert "secure" in answer.headers["set-cookie"].lower()


def test_yes_no_and_undo_say_who_and_when(watch, anna):
    assert anna.mark("yes", topic="dprk-russia", value="it is", next="/-/read/36").headers["location"] == (
        "/-/read/36"
    )
    given, _ = stored(watch)
    assert (given["dprk-russia"].verdict, given["dprk-russia"].given_by, given["dprk-russia"].why) == (
        "yes",
        "anna",
        "it is",
    )
    assert "yes: anna" in words(tree_of(anna, "/-/seedwatch"))

    assert anna.mark("no", topic="dprk-russia").status_code == 303
    assert stored(watch)[0]["dprk-russia"].verdict == "no"
    assert anna.mark("undo", topic="dprk-russia").status_code == 303
    assert stored(watch)[0] == {}


def test_promotion_makes_a_seed_and_undo_takes_it_back(watch, anna):
    assert anna.mark("seed", topic="rare-earths").status_code == 303
    assert stored(watch)[0]["rare-earths"].is_seed

    refused = anna.mark("no", topic="rare-earths")
    assert refused.status_code == 400
    assert "undo that first" in refused.text

    assert anna.mark("undo", topic="rare-earths").status_code == 303
    assert stored(watch)[0] == {}


def test_seed_of_a_file_is_not_undone(watch, anna):
    with sqlite3.connect(watch.databases["watch"].path) as writer:
        writer.execute(
            "INSERT OR REPLACE INTO topic_seeds (topic_id, article_id, added_at, declared) VALUES (1, 5, 'x', 1)"
        )
    writer.close()

    refused = anna.mark("undo", 5, topic="dprk-russia")

    assert refused.status_code == 400
    assert "because a file says so" in refused.text


def test_read_star_note_and_tags_are_kept_and_taken_back(watch, anna):
    for do, value in (("read", ""), ("star", ""), ("note", " ask Ben \x00"), ("tag", "to  cite")):
        assert anna.mark(do, value=value).status_code == 303

    _, marks = stored(watch)
    assert marks.read_at
    assert marks.starred_at
    assert [(note.reader, note.text) for note in marks.notes] == [("anna", "ask Ben")]
    assert [(tag.tag, tag.reader) for tag in marks.tags] == [("to cite", "anna")]

    for do, value in (("unread", ""), ("unstar", ""), ("note", ""), ("untag", "to cite")):
        assert anna.mark(do, value=value).status_code == 303
    assert stored(watch)[1] == reader_marks.ReaderMarks()


def test_topic_learns_from_what_was_marked(watch, anna):
    anna.mark("yes", topic="dprk-russia")
    anna.mark("no", 30, topic="dprk-russia")
    desk_of(watch).learner.settle()

    assert stored(watch)[0]["dprk-russia"].learned
    assert stored(watch, 30)[0]["dprk-russia"].learned


def test_reader_without_sign_in_sees_no_button_and_gets_403(watch, browser):
    assert "sw-actions" not in page(watch, "/-/seedwatch")
    assert "Sign in" in page(watch, "/-/seedwatch")
    for do in DEEDS:
        assert browser.mark(do, topic="dprk-russia").status_code == 403
    assert stored(watch) == ({}, reader_marks.ReaderMarks())


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "http://localhost@evil.example"},
        {"origin": ""},
        {"origin": "", "sec-fetch-site": "same-site"},
        {"origin": "", "sec-fetch-site": "cross-site"},
        {"origin": "javascript://localhost"},
    ],
)
def test_form_of_another_site_is_refused(watch, anna, headers):
    token = anna.form_token()
    fields = {"do": "yes", "article": "36", "topic": "dprk-russia", "form_token": token}

    assert anna.post("/-/mark", fields, **headers).status_code == 403
    assert anna.sign_in(**headers).status_code == 403
    assert stored(watch)[0] == {}


def test_own_form_of_a_browser_that_sends_no_origin_is_taken(anna):
    fields = {"do": "read", "article": "36", "form_token": anna.form_token()}

    assert anna.post("/-/mark", fields, origin="", **{"sec-fetch-site": "same-origin"}).status_code == 303


@pytest.mark.parametrize("token", ["", "wrong", "\u00e9"])
def test_form_without_the_token_of_the_session_is_refused(watch, anna, token):
    fields = {"do": "yes", "article": "36", "topic": "dprk-russia", "form_token": token}

    assert anna.post("/-/mark", fields).status_code == 403
    assert anna.post("/-/sign-out", {"form_token": token}).status_code == 403
    assert stored(watch)[0] == {}


def test_token_of_another_session_is_refused(watch, anna):
    other = Browser(watch)
    other.sign_in()
    fields = {"do": "read", "article": "36", "form_token": other.form_token()}

    assert anna.post("/-/mark", fields).status_code == 403


def test_marks_are_not_made_by_a_link(anna):
    assert anna.get("/-/mark?do=yes&article=36&topic=dprk-russia").status_code == 403
    assert anna.get("/-/sign-out").status_code == 403


def test_other_bodies_than_forms_are_refused(watch, anna):
    answer = asyncio.run(
        watch.client.post(
            "/-/mark",
            content=b'{"do": "yes"}',
            headers=OWN | {"cookie": anna.cookie, "content-type": "text/plain"},
        )
    )

    assert answer.status_code == 403
    assert anna.mark("note", value="x" * 100_000).status_code == 403
    assert anna.mark("note", value="x" * 20_000).status_code == 400


def test_session_that_an_attacker_has_set_is_not_taken_on(watch, browser):
    browser.cookie = "seedwatch_session=known-to-the-attacker"
    browser.sign_in()
    attacker = Browser(watch)
    attacker.cookie = "seedwatch_session=known-to-the-attacker"

    assert "known" not in browser.cookie
    assert attacker.mark("read").status_code == 403


def test_signing_in_again_ends_the_session_before(watch, anna):
    before = Browser(watch)
    before.cookie = anna.cookie

    anna.sign_in()

    assert before.form_token() == ""
    assert anna.form_token()


def test_sign_out_ends_the_session_itself(watch, anna):
    copied = Browser(watch)
    copied.cookie = anna.cookie

    answer = anna.post("/-/sign-out", {"form_token": anna.form_token()})

    assert answer.status_code == 303
    assert copied.form_token() == ""


def test_removed_reader_and_changed_password_end_the_session(watch, anna):
    file = file_of(
        watch.databases["watch"].path and __import__("pathlib").Path(watch.databases["watch"].path)
    )
    add_account(file, "anna", "another password", NOW)
    assert anna.form_token() == ""
    anna.sign_in(secret="another password")
    assert anna.form_token()
    remove_account(file, "anna")
    assert anna.form_token() == ""


def test_wrong_secrets_are_refused_alike_and_soon_not_looked_at(browser):
    wrong = [browser.sign_in(name, "wrong secret!") for name in ("anna", "nobody")]
    assert {answer.status_code for answer in wrong} == {403}
    assert len({re.sub("anna|nobody", "", answer.text) for answer in wrong}) == 1

    for _ in range(4):
        browser.sign_in(secret="wrong secret!")
    assert browser.sign_in().status_code == 429


@pytest.mark.parametrize(
    "following",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\nb", "x"],
)
def test_sign_in_leads_to_no_other_site(browser, following):
    answer = browser.post("/-/sign-in", {"name": "anna", "secret": PASSWORD, "next": following})

    assert answer.headers["location"] == "/-/seedwatch"


def test_program_marks_with_its_token(watch, browser, tmp_path):
    token = add_account(file_of(tmp_path / "watch.db"), "robot", None, NOW)
    fields = {"do": "yes", "article": "36", "topic": "dprk-russia"}
    sent = {"authorization": f"Bearer {token}", "accept": "application/json", "origin": ""}

    answer = browser.post("/-/mark", fields, **sent)

    assert answer.json() == {"ok": True, "said": "marked yes for dprk-russia", "article": 36, "do": "yes"}
    assert stored(watch)[0]["dprk-russia"].given_by == "robot"
    for wrong in (token[:-1], "robot.", "", f"anna.{PASSWORD}", PASSWORD):
        assert (
            browser.post("/-/mark", fields, **(sent | {"authorization": f"Bearer {wrong}"})).status_code
            == 403
        )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"do": "eat"}, "do is one of"),
        ({"article": "x"}, "article is a number"),
        ({"article": "9" * 30}, "article is a number"),
        ({"article": "999"}, "there is no article 999"),
        ({"topic": "<script>alert(1)</script>"}, "there is no topic"),
        ({"do": "tag", "value": " ; "}, "a tag is one line"),
    ],
)
def test_odd_marks_are_told_what_is_wrong(anna, fields, reason):
    asked = {"do": "yes", "article": "36", "topic": "dprk-russia", "form_token": anna.form_token()} | fields

    plain = anna.post("/-/mark", asked)
    told = anna.post("/-/mark", asked, accept="application/json")

    assert (plain.status_code, told.status_code) == (400, 400)
    assert reason in told.json()["error"]
    assert "<script>alert" not in plain.text


def test_hostile_tags_and_notes_are_text(anna):
    for do in ("tag", "note"):
        anna.mark(do, value='"><script>alert(1)</script>')

    for path in ("/-/seedwatch", "/-/read/36"):
        assert "<script>alert" not in anna.get(path).text


SAVED = "/-/saved/North%20by%20east"


def save(browser: Browser, **fields: str) -> Any:
    asked = {"do": "save", "name": " North  by east ", "query": "Moscow", "form_token": browser.form_token()}
    return browser.post("/-/searches", asked | fields)


def saved_names(watch) -> list[str]:
    with closing(db.connect(watch.databases["watch"].path)) as connection:
        return [search.name for search in saved_searches.all_saved(connection)]


def test_reader_saves_a_search_looks_at_it_and_removes_it(watch, anna):
    form = tree_of(anna, "/-/search?q=Moscow").find(".//form[@action='/-/searches']")
    assert form.find(".//input[@name='query']").get("value") == "Moscow"
    answer = save(anna)
    assert (answer.status_code, answer.headers["location"]) == (303, SAVED)
    with sqlite3.connect(watch.databases["watch"].path) as writer:
        writer.execute("UPDATE saved_searches SET saved_behind = 1")
    writer.close()

    shown = tree_of(anna, SAVED)
    assert "Saved by anna" in words(shown)
    assert "New since you last looked" in words(shown)
    assert "Nothing new since you last looked." in words(tree_of(anna, SAVED))
    stranger = get(watch, SAVED)
    assert "New since you last looked" in stranger.text, "another reader has not"
    assert "sw-actions" not in stranger.text

    assert save(anna, do="remove", name="North by east").headers["location"] == "/-/seedwatch"
    assert saved_names(watch) == ["Ties / Связи"]


def test_program_saves_a_search_with_its_token(watch, browser, tmp_path):
    token = add_account(file_of(tmp_path / "watch.db"), "robot", None, NOW)
    sent = {"authorization": f"Bearer {token}", "accept": "application/json", "origin": ""}

    answer = browser.post("/-/searches", {"do": "save", "name": "North", "query": "Moscow"}, **sent)

    assert answer.json() == {"ok": True, "said": "saved as North", "name": "North", "do": "save"}
    assert saved_names(watch) == ["North", "Ties / Связи"]


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"do": "eat"}, 400, "do is one of save, remove, follow"),
        ({"do": "follow", "name": "Ties / Связи"}, 400, "knows no seedwatch.toml"),
        ({"name": " "}, 400, "is no name for a search"),
        ({"name": "<b onclick=alert(1)>" * 9}, 400, "is no name for a search"),
        ({"query": "(Moscow"}, 400, "this parenthesis is never closed"),
        ({"query": ""}, 400, "the query is empty"),
        ({"name": "Ties / Связи"}, 400, "is saved already, for: Moscow OR Россия"),
        ({"do": "remove", "name": "Tie / Связи"}, 400, "did you mean"),
        ({"form_token": "wrong"}, 403, "out of date"),
    ],
)
def test_odd_searches_are_told_what_is_wrong(watch, anna, fields, status, reason):
    answer = save(anna, **fields)

    assert answer.status_code == status
    assert reason in answer.text
    assert "<b onclick" not in answer.text
    assert saved_names(watch) == ["Ties / Связи"]


def test_search_is_not_saved_without_signing_in_or_from_another_site(watch, browser):
    assert save(browser).status_code == 403
    browser.sign_in()
    asked = {"do": "save", "name": "North", "query": "Moscow", "form_token": browser.form_token()}
    assert browser.post("/-/searches", asked, origin="http://evil.example").status_code == 403
    assert browser.get("/-/searches").status_code == 403
    assert saved_names(watch) == ["Ties / Связи"]


MINE = """# what I follow
database = "watch.db"  # beside this file

[[topic]]
name = "mine"
any = "Moscow"
# the end
"""
ADDED = """
[[topic]]
name = "trains-border"
title = "Trains & border"
any = '"Tumangang" NEAR/5 train'
asides = "match"
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """The settings that a server with --write knows."""
    file = tmp_path / "seedwatch.toml"
    file.write_text(MINE)
    monkeypatch.setenv(SETTINGS_VARIABLE, str(file))
    return file


def follow(browser: Browser, name: str) -> Any:
    return browser.post("/-/searches", {"do": "follow", "name": name, "form_token": browser.form_token()})


def test_saved_search_becomes_a_topic_by_one_click_and_the_file_stays_as_it_was_written(anna, settings):
    save(anna, name="Trains & border", query='"Tumangang" NEAR/5 train')
    page_of_it = "/-/saved/Trains%20%26%20border"
    assert anna.get(page_of_it).text.count('value="follow"') == 1

    answer = follow(anna, "Trains & border")

    assert (answer.status_code, answer.headers["location"]) == (303, "/-/topic/trains-border")
    assert settings.read_text() == MINE + ADDED
    assert "Trains &amp; border" in anna.get("/-/topic/trains-border").text
    shown = anna.get(page_of_it).text
    assert 'value="follow"' not in shown
    assert 'href="/-/topic/trains-border"' in shown
    again = follow(anna, "Trains & border")
    assert (again.status_code, "as the topic trains-border" in again.text) == (400, True)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("Mine", MINE, "there is a topic mine for something else: save the search under another name"),
        ("ＭÍNE", MINE, "there is a topic mine for something else"),
        ("Ties", MINE.replace("watch.db", "other.db"), "speaks of another database"),
        ("Ties", MINE.replace("any =", "eny ="), "eny: is no setting"),
        ("Ties", 'topic = [{name = "mine", any = "Moscow"}]\ndatabase = "watch.db"\n', "seedwatch.toml"),
    ],
)
def test_topic_that_cannot_be_is_refused_and_nothing_is_written(anna, settings, name, text, reason):
    settings.write_text(text)
    save(anna, name=name, query="Pyongyang")

    answer = follow(anna, name)

    assert (answer.status_code, reason in answer.text) == (400, True), answer.text
    assert settings.read_text() == text


@pytest.mark.parametrize("name", ["Ключ", "渡轮", "북한", "🚂", '"""'])
def test_search_in_any_script_becomes_a_topic(anna, settings, name):
    save(anna, name=name, query="Pyongyang")

    answer = follow(anna, name)

    place = answer.headers["location"]
    assert (answer.status_code, re.fullmatch(r"/-/topic/search-\d+", place) is not None) == (303, True)
    assert load_config(settings).topics[1].title == name
    assert anna.get(place).status_code == 200


def test_name_of_a_topic_that_was_taken_out_is_not_given_to_something_else(anna, settings):
    save(anna, name="Ties", query="Pyongyang")
    follow(anna, "Ties")
    settings.write_text(MINE)
    assert follow(anna, "Ties").status_code == 303, "it is followed once more"
    settings.write_text(MINE)
    save(anna, name="Elsewhere", query="Tumen")
    follow(anna, "Elsewhere")  # which takes over that ties is gone
    before = settings.read_text()
    save(anna, name="TIES", query="Rason")

    answer = follow(anna, "TIES")

    assert (answer.status_code, "whose matches are kept" in answer.text) == (400, True)
    assert settings.read_text() == before


def test_refusal_of_the_database_is_told_when_the_settings_have_the_topic(watch, anna, settings):
    save(anna, name="Ties", query="Pyongyang")
    with closing(sqlite3.connect(watch.databases["watch"].path)) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON topics BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )

    fields = {"do": "follow", "name": "Ties", "form_token": anna.form_token()}
    answer = anna.post("/-/searches", fields, accept="application/json")

    assert (answer.status_code, answer.json()["name"]) == (200, "ties")
    assert "stands in seedwatch.toml now; the next crawl or command takes it over" in answer.json()["said"]
    assert [topic.name for topic in load_config(settings).topics] == ["mine", "ties"]


def test_settings_that_may_not_be_written_are_said_so(anna, settings, tmp_path):
    save(anna, name="Ties", query="Pyongyang")
    aside = tmp_path / "elsewhere.toml"
    aside.write_text(MINE)
    settings.unlink()
    settings.symlink_to(tmp_path / "gone" / "seedwatch.toml")

    assert follow(anna, "Ties").status_code == 400
    assert aside.read_text() == MINE


def test_look_that_a_writer_holds_up_is_left_out_and_the_page_opens(watch, anna, caplog):
    caplog.set_level("INFO")
    save(anna)
    with closing(sqlite3.connect(watch.databases["watch"].path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        answer = anna.get(SAVED)
        writer.execute("ROLLBACK")

    assert answer.status_code == 200
    assert "was not written down" in caplog.text


def test_mark_waits_for_a_writer_and_says_so_if_it_goes_on(watch, anna, monkeypatch):
    monkeypatch.setattr(db, "BUSY_TIMEOUT_S", 0.2)
    token = anna.form_token()
    with closing(sqlite3.connect(watch.databases["watch"].path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        answer = anna.post("/-/mark", {"do": "read", "article": "36", "form_token": token})
        writer.execute("ROLLBACK")

    assert answer.status_code == 503
    assert "nothing was written" in answer.text
    assert anna.mark("read").status_code == 303


def test_without_the_plugin_nothing_is_there_to_write(tmp_path):
    with opened(fill(tmp_path / "watch.db")) as datasette:
        for path in ("/-/sign-in", "/-/mark", "/-/searches"):
            assert get(datasette, path).status_code == 404
        shown = page(datasette, "/-/seedwatch")

    assert "Sign in" not in shown
    assert "sw-actions" not in shown


def test_review_band_can_be_judged_from_a_list(watch):
    assert TO_REVIEW in page(watch, "/watch/to_review")
    assert tree(watch, "/-/sign-in").find(".//form[@class='sw-sign-in']") is not None


def test_what_is_new_is_counted_from_the_readers_own_row_and_no_cookie(watch, anna, monkeypatch):
    at = [NOW]
    monkeypatch.setattr("scheduler.judging.plugin.clock.now", lambda: at[0])
    first = anna.get("/-/seedwatch")
    assert first.headers.get_list("set-cookie") == []
    assert "since your last visit" not in first.text
    with closing(db.connect(watch.databases["watch"].path)) as connection:
        connection.execute("UPDATE reader_visits SET seen_match = seen_match - 5")
    at[0] += timedelta(hours=2)

    assert len(tree_of(anna, "/-/seedwatch").find_class("sw-new")) > 0
    assert anna.get("/-/seedwatch?seen=all").status_code == 303
    assert "Nothing new since your last visit" in anna.get("/-/seedwatch").text


def test_crawl_that_writes_keeps_no_reader_from_the_start_page(watch, anna):
    anna.get("/-/seedwatch")
    with closing(sqlite3.connect(watch.databases["watch"].path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        answer = anna.get("/-/seedwatch")
        writer.rollback()

    assert answer.status_code == 200


def test_topic_lists_what_its_reader_has_read_and_starred(watch, anna):
    topic = "/-/topic/dprk-russia"
    everything = anna.get(f"{topic}.json").json()["entries"]
    read, starred = (entry["article_id"] for entry in everything[:2])
    assert anna.mark("read", read).status_code == anna.mark("star", starred).status_code == 303

    def listed(marked: str) -> list[int]:
        return [entry["article_id"] for entry in anna.get(f"{topic}.json?marked={marked}").json()["entries"]]

    assert listed("read") == [read]
    assert listed("starred") == [starred]
    assert listed("unread") == [entry["article_id"] for entry in everything if entry["article_id"] != read]
    assert "Your marks" in anna.get(topic).text
    assert "Your marks" not in page(watch, topic)
