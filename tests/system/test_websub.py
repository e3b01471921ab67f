"""Pushes of hubs, with the daemon as users run it, a hub and an outlet."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage import db
from tests.support.command_line import run_here, started, wait_until
from tests.support.hubs import Hub, call, hub_running
from tests.support.outlets import rss, story, write_settings
from tests.support.servers import Answer, Authority, FaultServer, answer, serving


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@dataclass
class Pressroom:
    """An outlet whose feed names a hub, and the folder from which it is watched."""

    folder: Path
    server: FaultServer
    routes: dict[str, Answer]
    hub: Hub
    public_url: str

    def publish(self, *names: str) -> bytes:
        """Have the feed show the pages of these names; its document."""
        for name in names:
            self.routes[f"/{name}"] = story(f"The story of the {name}")
        document = rss({f"The story of the {name}": self.server.url(f"/{name}") for name in names})
        named = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{self.hub.url}"/>'
        document = document.replace(b"<title>A feed", named.encode() + b"<title>A feed", 1)
        self.routes["/feed"] = answer(document, Content_Type="application/rss+xml")
        return document

    def rows(self, query: str) -> list[dict[str, Any]]:
        with closing(db.connect(self.folder / "test.db", readonly=True)) as connection:
            return [dict(row) for row in connection.execute(query)]

    def titles(self) -> set[str]:
        return {row["title"] for row in self.rows("SELECT title FROM articles")}

    def state(self) -> str:
        found = self.rows("SELECT state FROM subscriptions")
        return found[0]["state"] if found else ""

    def polls(self) -> int:
        return self.server.hits.count("/feed")

    def trust(self) -> dict[str, str]:
        """What has a process take the hub's certificate for a good one."""
        return {"SSL_CERT_FILE": str(self.folder / "ca.pem")}


@pytest.fixture(params=["https"])
def room(tmp_path, request) -> Iterator[Pressroom]:
    routes: dict[str, Answer] = {}
    authority = Authority.made_in(tmp_path)
    tls = authority.context("127.0.0.1") if request.param == "https" else None
    with serving(routes) as server, hub_running(tls) as hub:
        port = free_port()
        room = Pressroom(tmp_path, server, routes, hub, f"http://127.0.0.1:{port}/websub")
        room.publish("ferry")
        write_settings(
            tmp_path,
            [{"name": "herald", "feeds": [server.url("/feed")]}],
            [server.place, hub.place],
            more=f'[websub]\npublic_url = "{room.public_url}/"\nport = {port}',
        )
        run_here("check", folder=tmp_path)
        yield room


@contextmanager
def daemon(room: Pressroom) -> Iterator[None]:
    """A daemon that has subscribed."""
    with started("run", "--tick", "0.2", folder=room.folder, more=room.trust()):
        wait_until(
            lambda: room.folder.joinpath("test.db").exists() and room.state() == "active", what="the hub"
        )
        yield


def test_a_push_becomes_an_article_though_the_feed_is_not_asked(room):
    with daemon(room):
        wait_until(lambda: "The story of the ferry" in room.titles())
        document = room.publish("ferry", "windmill")
        status = room.hub.push(document)
        wait_until(lambda: "The story of the windmill" in room.titles())
        wait_until(lambda: not room.rows("SELECT 1 FROM runs WHERE state = 'running'"))
        shown = run_here("status", folder=room.folder).out
        facts = run_here("status", "--json", folder=room.folder)
        said = (room.folder / "output.txt").read_text()

    secret = room.hub.asked[0]["hub.secret"]
    polls = room.rows("SELECT pushed, new_links, entries, decided_by FROM polls ORDER BY id")
    assert status == 202
    assert room.hub.verified == [(200, "a challenge")]
    assert room.polls() == 1
    assert [(poll["pushed"], poll["new_links"], poll["entries"]) for poll in polls] == [
        (0, 1, 1),
        (1, 1, None),
    ]
    assert polls[1]["decided_by"] in {"push", "window"}
    assert room.rows("SELECT * FROM pushes") == []
    assert "1 feed pushed by hubs, last at 2" in shown
    assert [one["state"] for one in facts.json["subscriptions"]] == ["active"]
    assert secret not in facts.out + shown + said
    assert "Traceback" not in said


def test_a_cluster_subscribes_and_reads_what_is_pushed(room, postgres_server):
    """The scheduler writes the subscription down before a worker asks the hub, which calls at once."""
    settings = room.folder / "seedwatch.toml"
    settings.write_text(f'{settings.read_text()}\n[cluster]\ndsn = "{postgres_server.database("hubs")}"\n')
    with started("run", "--role", "all", "--tick", "0.2", folder=room.folder, more=room.trust()):
        wait_until(lambda: room.state() == "active", what="the hub")
        wait_until(lambda: "The story of the ferry" in room.titles())
        status = room.hub.push(room.publish("ferry", "windmill"))
        wait_until(lambda: "The story of the windmill" in room.titles())

    assert (status, room.hub.verified, room.polls()) == (202, [(200, "a challenge")], 1)
    assert len(room.hub.asked) == 1
    assert room.rows("SELECT pushes, error FROM subscriptions") == [{"pushes": 1, "error": None}]


def test_a_push_that_nobody_signed_changes_nothing_and_is_counted(room):
    with daemon(room):
        document = room.publish("ferry", "windmill")
        wrong = room.hub.push(document, secret="another")
        unsigned = call(room.hub.asked[0]["hub.callback"], "POST", body=document)[0]
        unknown = call(f"{room.public_url}/nobody", "POST", body=document)[0]
        (counted,) = room.rows("SELECT refused, pushes FROM subscriptions")

    # Section 8 of the specification: who guesses is told nothing.
    assert (wrong, unsigned) == (202, 202)
    assert unknown in {404, 413}
    assert counted == {"refused": 2, "pushes": 0}
    assert room.rows("SELECT * FROM pushes") == []
    assert room.titles() <= {"The story of the ferry"}


def test_a_push_without_a_feed_has_the_feed_asked(room):
    with daemon(room):
        room.publish("ferry", "windmill")
        statuses = [room.hub.push(b""), room.hub.push(b"<html><p>No feed.</p></html>")]
        wait_until(lambda: "The story of the windmill" in room.titles())
        (found,) = wait_until(lambda: room.rows("SELECT error FROM subscriptions"))

    assert statuses == [202, 202]
    assert room.polls() >= 2
    assert found["error"] is None or "no feed" in found["error"]


@pytest.mark.parametrize("room", ["http"], indirect=True)
def test_a_hub_without_https_gets_no_secret_and_what_it_sends_is_only_a_reason_to_ask(room):
    with daemon(room):
        wait_until(lambda: "The story of the ferry" in room.titles())
        forged = room.publish("ferry", "windmill").replace(b"/windmill", b"/forged")
        room.routes["/forged"] = story("The story of the forger")
        status = room.hub.push(forged, secret="")
        wait_until(lambda: "The story of the windmill" in room.titles())

    assert status == 202
    assert "hub.secret" not in room.hub.asked[0]
    assert room.rows("SELECT secret FROM subscriptions") == [{"secret": ""}]
    assert "/forged" not in room.server.hits
    assert room.polls() == 2


def test_a_push_survives_the_end_of_the_daemon(room):
    with daemon(room):
        pass
    document = room.publish("ferry", "windmill")
    with closing(db.connect(room.folder / "test.db")) as connection:
        connection.execute(
            "INSERT INTO pushes (feed_id, received_at, content_type, body) VALUES (1, ?, '', ?)",
            ["2026-01-01T00:00:00+00:00", document],
        )
        connection.commit()
    before = room.polls()

    done = run_here("crawl", "--due", folder=room.folder)

    assert done.code == 0
    assert room.titles() == {"The story of the ferry", "The story of the windmill"}
    assert room.polls() == before


def test_a_hub_that_refuses_is_shown_and_the_feed_polled(room):
    room.hub.status = 403
    with started("run", "--tick", "0.2", folder=room.folder, more=room.trust()):
        wait_until(lambda: room.folder.joinpath("test.db").exists())
        wait_until(lambda: [row for row in room.rows("SELECT error FROM subscriptions") if row["error"]])
    shown = run_here("status", folder=room.folder).out

    assert f"herald: the hub {room.hub.url} does not push {room.server.url('/feed')}: http_403" in shown
    assert "The story of the ferry" in room.titles()


def test_a_hub_at_a_private_address_is_not_asked(room):
    path = room.folder / "seedwatch.toml"
    path.write_text(path.read_text().replace(f', "{room.hub.place}"', ""))

    run_here("crawl", folder=room.folder)

    (found,) = room.rows("SELECT state, error FROM subscriptions")
    assert room.hub.asked == []
    assert found["state"] == "asked"
    assert "private" in found["error"]
