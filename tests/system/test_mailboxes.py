"""A mailbox from its address to its articles, against a small IMAP server: added, crawled, numbered anew, refused."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storage import db
from tests.support.command_line import Done, run_here
from tests.support.imap import PASSWORD, ImapServer, Talk, end, serving_mail
from tests.support.outlets import feed, write_settings
from tests.support.servers import serving
from tests.support.shared import once

TOPIC = '\n[[topic]]\nname = "ferries"\nany = "ferry"\n'
KNOWN = {"DESK_MAIL": PASSWORD}


def issue(number: int, text: str, more: str = "") -> bytes:
    head = (
        f"Subject: Issue {number}\r\nFrom: Harbour Watch <news@harbour.example>\r\nTo: analyst@desk.example\r\n"
        f"List-Id: <watch.harbour.example>\r\nMessage-ID: <issue-{number}@harbour.example>\r\n"
        f"Date: Sun, 0{number} Nov 2026 08:00:00 +0000\r\n{more}"
    )
    return f"{head}\r\n{text}\r\n".encode()


class Desk:
    """What mailboxes became, step by step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: dict[str, Done] = {}
        self.articles: list[dict[str, Any]] = []
        self.polls: dict[str, list[tuple[str, str]]] = {}
        self.commands: dict[str, list[str]] = {}
        self.hits: list[str] = []
        self.settings = self.kept = ""

    def query(self, sql: str) -> list[dict[str, Any]]:
        with closing(db.connect(self.folder / "test.db", readonly=True)) as connection:
            return [dict(row) for row in connection.execute(sql)]

    def run(self, name: str, server: ImapServer, *arguments: str) -> None:
        before = len(server.commands)
        self.done[name] = run_here(*arguments, folder=self.folder, more=KNOWN)
        self.commands[name] = server.commands[before:]


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Desk:
    return once(tmp_path_factory, "mailboxes", follow)


def hang_up(talk: Talk, command: str) -> bool:
    return command.startswith("UID FETCH") and end(talk)


def follow(folder: Path) -> Desk:
    desk = Desk(folder)
    with (
        serving({"/feed": feed({}), "/beacon": feed({})}) as web,
        serving_mail() as server,
        serving_mail() as liar,
    ):
        tracked = f'<p>The ferry leaves at noon, with nine wagons.</p><img src="{web.url("/beacon")}">'
        html = f'{tracked}<a href="{web.url("/beacon")}">View in browser</a>'
        server.mails |= {
            1: issue(1, "The ferry waits at the quay for nine wagons."),
            2: issue(2, html, "Content-Type: text/html\r\n"),
        }
        liar.mails, liar.fault = dict(server.mails), hang_up
        write_settings(folder, [{"name": "other", "feeds": [web.url("/feed")]}], [web.place], more=TOPIC)
        (folder / "secret.txt").write_text(f"{PASSWORD}\n")
        desk.run("nowhere", server, "sources", "add", server.url())
        desk.run(
            "added", server, "sources", "add", server.url(), "--password-env", "DESK_MAIL", "--name", "desk"
        )
        settings = folder / "seedwatch.toml"
        settings.write_text(
            f'{settings.read_text()}\n[[source]]\nname = "liar"\nimap = "{liar.url()}"\n'
            'imap_password_file = "secret.txt"\n'
            f'\n[[source]]\nname = "locked"\nimap = "{server.url("Locked")}"\nimap_password_env = "NO_SUCH"\n'
        )
        desk.run("first", server, "crawl")
        server.mails |= {3: issue(3, "The ferry is late."), 4: issue(4, "Nothing moves at the ferry.")}
        server.sizes[4] = 100 * 2**20
        desk.run("more", server, "crawl", "desk")
        server.validity = 8
        desk.run("anew", server, "crawl", "desk")
        desk.run("check", server, "check")
        desk.run("status", server, "status")
        desk.run("past", server, "crawl", "desk", "--since", "2020-01-01")
        desk.hits = web.hits
    desk.articles = desk.query(
        "SELECT articles.*, text FROM articles JOIN article_texts ON article_id = articles.id ORDER BY articles.id"
    )
    for row in desk.query(
        """
        SELECT name, outcome, coalesce(detail, '') AS detail FROM polls JOIN feeds ON feeds.id = feed_id
        JOIN sources ON sources.id = source_id ORDER BY polls.id
        """
    ):
        desk.polls.setdefault(row["name"], []).append((row["outcome"], row["detail"]))
    desk.kept = repr(desk.query("SELECT * FROM feeds")) + repr(desk.query("SELECT * FROM sources"))
    desk.settings = settings.read_text()
    return desk


def test_one_line_adds_a_mailbox_and_says_how_a_mail_came_out(desk):
    assert "password-env" in desk.done["nowhere"].err
    assert desk.done["nowhere"].code == 2
    added = desk.done["added"]
    assert added.code == 0, added.err
    assert "read as an article: Issue 2, 2026-11-02" in added.out
    assert 'imap_password_env = "DESK_MAIL"' in desk.settings


def test_each_mail_is_an_article_of_its_list(desk):
    first, second, third = desk.articles
    assert first["url"] in ("mid:issue-1@harbour.example", "mid:issue-2@harbour.example")
    assert {row["title"] for row in (first, second)} == {"Issue 1", "Issue 2"}
    assert third["title"] == "Issue 3"
    assert {row["outlet_host"] for row in desk.articles} == {"watch.harbour.example"}
    assert all("browser" not in row["text"] for row in desk.articles)


def test_mails_are_read_once_and_the_rest_is_told(desk):
    outcomes = desk.polls["desk"]
    assert [outcome for outcome, _ in outcomes] == ["ok", "ok", "ok"]
    assert outcomes[1][1] == "mail 4 has 104857600 bytes"
    assert "numbered anew" in outcomes[2][1]
    assert "UID SEARCH UID 3:*" in desk.commands["more"]


def test_a_server_that_lies_and_a_password_that_is_missing_are_recorded_and_the_run_goes_on(desk):
    assert {outcome for outcome, _ in desk.polls["liar"]} <= {"reset", "protocol"}
    assert desk.polls["locked"][0] == ("login", "NO_SUCH is not set here")
    assert [outcome for outcome, _ in desk.polls["other"]][:1] == ["ok"]
    assert "NO_SUCH is not set here" in desk.done["check"].out + desk.done["check"].err
    assert "locked" in desk.done["status"].out


def test_nothing_in_the_mailbox_is_changed_and_nothing_that_mails_name_is_asked_for(desk):
    words = {command.split(" ")[0] for commands in desk.commands.values() for command in commands}
    assert words <= {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID", "LOGOUT"}
    assert "/beacon" not in desk.hits


def test_user_and_password_are_kept_nowhere(desk):
    said = desk.kept + "".join(done.out + done.err for done in desk.done.values())
    assert PASSWORD not in said + desk.settings
    assert "analyst" not in desk.kept


def test_a_mailbox_has_no_past_but_its_own(desk):
    assert desk.done["past"].code == 2
    assert "mailbox" in desk.done["past"].err
