"""Cookies, headers, encryption and proxies of single sources: one real crawl against local servers."""

import json
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from storage import db
from tests.support.command_line import run_here
from tests.support.outlets import feed, story, write_settings
from tests.support.proxies import TestProxy, proxying
from tests.support.servers import Answer, Authority, FaultServer, answer, redirect, serving, unanswered_port
from tests.support.shared import once

SECRET, COOKIE, USER, PASSWORD = "swordfish-41", "session-8f3a", "analyst", "hush-77"
RULES = answer(b"User-agent: *\nDisallow: /\n", Content_Type="text/plain")


def cookies(folder: Path, name: str, *lines: tuple[str, str, int]) -> str:
    """The name of a file with cookies of the local servers: path, value, end."""
    text = "".join(f"127.0.0.1\tFALSE\t{path}\tFALSE\t{end}\tsid\t{value}\n" for path, value, end in lines)
    (folder / name).write_text("# Netscape HTTP Cookie File\n" + text)
    return name


def guarded(number: int) -> bytes:
    """A feed for who brings back the cookie that it has set."""
    setting = redirect("/feed").replace(b"\r\n\r\n", b"\r\nSet-Cookie: pass=1; Path=/\r\n\r\n", 1)
    return setting if number == 1 else feed({})


def insatiable(_: int) -> bytes:
    """One that sets it for ever."""
    return redirect("/feed").replace(b"\r\n\r\n", b"\r\nSet-Cookie: pass=1\r\n\r\n", 1)


class World:
    """What servers and proxies saw of a crawl, and what was kept of it."""

    def __init__(self, folder: Path) -> None:
        self._stack, self._folder = ExitStack(), folder
        self.heads: dict[str, list[str]] = {}
        self.asked: dict[str, list[str]] = {}
        self.places: dict[str, str] = {}
        servers: dict[str, FaultServer] = {}
        proxies: dict[str, TestProxy] = {}
        with self._stack:
            sources, allowed = self._sources(servers, proxies)
            write_settings(folder, sources, allowed)
            known = {"OWN_KEY": SECRET}
            self.crawled = run_here("crawl", folder=folder, more=known)
            self.status = run_here("status", folder=folder, more=known)
            self.doctor = run_here("doctor", "--json", folder=folder, more=known)
            self.check = run_here("check", folder=folder)
            for name, server in servers.items():
                self.heads[name] = server.heads
            for name, proxy in proxies.items():
                self.asked[name], self.places[name] = proxy.asked, proxy.place
        self.kept = b"".join(file.read_bytes() for file in folder.glob("test.db*"))
        with closing(db.connect(folder / "test.db", readonly=True)) as connection:
            self.links = {
                row["url"].split("://", 1)[1].split("/", 1)[1]: (row["state"], row["reason"])
                for row in connection.execute("SELECT url, state, reason FROM links")
            }
            self.polls = {
                row["name"]: (row["outcome"], row["detail"] or "")
                for row in connection.execute(
                    """
                    SELECT name, outcome, detail FROM polls JOIN feeds ON feeds.id = feed_id
                    JOIN sources ON sources.id = source_id
                    """
                )
            }
        del self._stack

    def _serve(
        self, servers: dict[str, FaultServer], name: str, routes: Mapping[str, Answer], **how: Any
    ) -> FaultServer:
        servers[name] = self._stack.enter_context(serving(routes, **how))
        return servers[name]

    def _sources(
        self, servers: dict[str, FaultServer], proxies: dict[str, TestProxy]
    ) -> tuple[list[dict[str, object]], list[str]]:
        folder, stack = self._folder, self._stack
        routes: dict[str, Answer] = {}
        own = self._serve(servers, "own", routes)
        other = self._serve(
            servers, "other", {"/landed": story("A ferry lands"), "/landed?2": story("A barge lands")}
        )
        there = {"Here": own.url("/here"), "There": own.url("/there"), "Elsewhere": other.url("/landed?2")}
        routes |= {
            "/feed": feed(there),
            "/here": story("A ferry is here"),
            "/there": redirect(other.url("/landed")),
        }
        (folder / "broken.txt").write_text("sid=1")
        sources: list[dict[str, object]] = [
            {
                "name": "own",
                "feeds": [own.url("/feed")],
                "headers": ["X-Key: env:OWN_KEY", "Accept-Language: ru"],
                "user_agent": "Mozilla/5.0 (reader)",
                "cookies_file": cookies(
                    folder, "own.txt", ("/", COOKIE, 4_000_000_000), ("/no", "x", 4_000_000_000)
                ),
            }
        ]
        single: dict[str, tuple[dict[str, Answer], dict[str, object]]] = {
            "expired": (
                {"/feed": feed({})},
                {"cookies_file": cookies(folder, "old.txt", ("/", COOKIE, 1_700_000_000))},
            ),
            "broken": ({"/feed": feed({})}, {"cookies_file": "broken.txt"}),
            "foreign": ({"/feed": feed({})}, {"cookies_file": cookies(folder, "none.txt")}),
            "missing": ({"/feed": feed({})}, {"cookies_file": "missing.txt"}),
            "unknown-proxy": ({"/feed": feed({})}, {"proxy": "env:NO_SUCH_PROXY"}),
            "guarded": ({"/feed": guarded}, {}),
            "insatiable": ({"/feed": insatiable}, {}),
            "ruled": ({"/robots.txt": RULES, "/feed": feed({})}, {}),
            "open": ({"/robots.txt": RULES}, {"robots": "pages"}),
        }
        for name, (answers, more) in single.items():
            server = self._serve(servers, name, answers)
            answers.setdefault("/feed", feed({"Ruled": server.url("/ruled")}))
            sources.append({"name": name, "feeds": [server.url("/feed")], **more})
        tls = Authority.made_in(folder).context("127.0.0.1", signed_by_itself=True)
        for name, verify in (("checked", True), ("unchecked", False)):
            server = self._serve(servers, name, {"/feed": feed({})}, tls=tls)
            sources.append(
                {"name": name, "feeds": [server.url("/feed", scheme="https")], "verify_tls": verify}
            )
        for scheme in ("http", "socks5h"):
            for login in ("", f"{USER}:{PASSWORD}"):
                name = f"{scheme}-{'login' if login else 'free'}"
                home = f"http://press.{name}.example"
                walled = {
                    f"near-{name}": f"http://127.0.0.1:1/near-{name}",
                    "Local": f"http://localhost/local-{name}",
                }
                far: dict[str, Answer] = {
                    "/feed": feed({"Far": f"{home}/far-{name}", **walled}),
                    f"/far-{name}": story(f"The {name} ferry is far away"),
                }
                server = self._serve(servers, name, far)
                proxies[name] = stack.enter_context(proxying(server.place, login=login))
                address = f"{scheme}://{login}{'@' if login else ''}{proxies[name].place}"
                sources.append({"name": name, "feeds": [f"{home}/feed"], "proxy": address})
        behind = self._serve(servers, "encrypted", {"/feed": feed({})}, tls=tls)
        proxies["encrypted"] = stack.enter_context(proxying(behind.place))
        sources.append(
            {
                "name": "encrypted",
                "feeds": ["https://press.encrypted.example/feed"],
                "proxy": f"http://{proxies['encrypted'].place}",
                "verify_tls": False,
                "legacy_tls": True,
            }
        )
        stranger = stack.enter_context(proxying("127.0.0.1:1", login="a:b")).place
        down = {
            "unanswered": f"http://{USER}:{PASSWORD}@{stack.enter_context(unanswered_port())}",
            "refusing": f"http://{stack.enter_context(proxying('127.0.0.1:1', answer='502 Bad Gateway')).place}",
            "stranger": f"http://{stranger}",
            "closed": f"socks5h://{stack.enter_context(proxying('127.0.0.1:1')).place}",
            "other-user": f"socks5h://{USER}:{PASSWORD}@{stranger}",
            "no-user": f"socks5h://{stranger}",
        }
        for name, address in down.items():
            sources.append({"name": name, "feeds": [f"http://closed.{name}.example/feed"], "proxy": address})
        private = [server.place for name, server in servers.items() if name not in (*proxies, "encrypted")]
        return sources, private


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    return once(tmp_path_factory, "access", World)


def test_domain_of_the_source_gets_all_of_it(world):
    assert world.links["here"][0] == "fetched"
    for head in world.heads["own"]:
        assert f"X-Key: {SECRET}" in head
        assert f"Cookie: sid={COOKIE}\r\n" in head
        assert "User-Agent: Mozilla/5.0 (reader)\r\n" in head
        assert "Accept-Language: ru" in head


def test_no_other_host_gets_any_of_it_not_by_a_redirect_either(world):
    heads = world.heads["other"]
    asked = sorted(head.split(" ")[1] for head in heads if "robots" not in head)

    assert asked == ["/landed", "/landed?2"]
    for head in heads:
        assert not any(
            word in head for word in (SECRET, COOKIE, "X-Key", "Cookie:", "reader", "Language: ru")
        )
        assert "User-Agent: seedwatch/" in head


@pytest.mark.parametrize("secret", [SECRET, COOKIE, PASSWORD])
def test_secrets_are_in_no_log_no_database_and_no_message(world, secret):
    assert secret.encode() not in world.kept
    for done in (world.crawled, world.status, world.doctor, world.check):
        assert secret not in done.out + done.err


@pytest.mark.parametrize(
    "said",
    [
        "own: OWN_KEY is not set here",
        "expired: cookies_file: the last cookie in 'old.txt' expired on 2023-11-14",
        "broken: cookies_file: 'broken.txt' is no file in Netscape's format",
        "foreign: cookies_file: 'none.txt' has no cookie for 127.0.0.1",
        "missing: cookies_file: 'missing.txt' cannot be read: No such file or directory",
        "unknown-proxy: NO_SUCH_PROXY is not set here",
    ],
)
def test_what_cannot_work_is_said(world, said):
    assert said in " ".join((world.check.out + world.check.err).split())


@pytest.mark.parametrize("name", ["expired", "broken", "foreign", "missing"])
def test_cookies_that_are_of_no_use_do_not_stop_the_crawl(world, name):
    assert world.polls[name][0] == "ok"
    assert not any("Cookie" in head for head in world.heads[name])


def test_certificate_that_nobody_signed_is_taken_only_where_it_is_asked_for(world):
    assert world.polls["checked"][0] == "tls"
    assert world.polls["unchecked"][0] == "ok"
    shown = " ".join(world.status.out.split())
    assert "unchecked: its certificates are not checked" in shown
    assert "encrypted: old encryption will do for it" in shown


@pytest.mark.parametrize("name", ["http-free", "http-login", "socks5h-free", "socks5h-login"])
def test_proxy_resolves_and_reaches_what_we_cannot(world, name):
    assert world.polls[name][0] == "ok"
    assert world.links[f"far-{name}"] == ("fetched", None)
    assert f"{name}: is asked by {name.split('-')[0]}://{world.places[name]}" in " ".join(
        world.status.out.split()
    )


@pytest.mark.parametrize("name", ["http-free", "http-login", "socks5h-free", "socks5h-login"])
def test_proxy_is_never_asked_for_what_the_gate_refuses(world, name):
    assert world.links[f"near-{name}"] == ("blocked", "blocked")
    assert world.links[f"local-{name}"] == ("blocked", "blocked")
    assert set(world.asked[name]) <= {f"press.{name}.example:80", "example.org:443"}


def test_encryption_goes_through_the_proxy_to_the_outlet(world):
    assert world.polls["encrypted"][0] == "ok"
    assert set(world.asked["encrypted"]) <= {"press.encrypted.example:443", "example.org:443"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("unanswered", "refused"),
        ("refusing", "502 Bad Gateway"),
        ("stranger", "407 Proxy Authentication"),
        ("closed", "connection refused"),
        ("other-user", "it refuses user or password"),
        ("no-user", "wants another user"),
        ("unknown-proxy", "unknown-proxy.invalid"),
    ],
)
def test_proxy_that_does_not_connect_is_a_recorded_outcome(world, name, told):
    assert world.polls[name][0] == "proxy"
    assert told in world.polls[name][1]
    assert not world.heads.get(name)  # and nothing is asked for without it


def test_doctor_tries_each_proxy(world):
    found = [finding for finding in json.loads(world.doctor.out) if finding["subject"] == "proxy"]

    assert [finding["state"] for finding in found].count("good") == 6
    assert any("502 Bad Gateway" in finding["detail"] for finding in found if finding["state"] == "bad")


def test_cookie_that_a_page_sets_is_brought_back_once(world):
    asked = [head for head in world.heads["guarded"] if head.startswith("GET /feed")]

    assert (world.polls["guarded"][0], world.polls["insatiable"][0]) == ("ok", "redirects")
    assert ["Cookie: pass=1" in head for head in asked] == [False, True]


def test_feed_that_is_named_is_asked_where_robots_rules_pages_alone(world):
    assert (world.polls["ruled"][0], world.polls["open"][0]) == ("robots", "ok")
    assert world.links["ruled"] == ("blocked", "robots")
    assert not any("/ruled" in head for head in world.heads["open"])


def test_feed_is_added_against_robots_only_where_that_is_asked_for(tmp_path):
    routes: dict[str, Answer] = {"/robots.txt": RULES}
    with serving(routes) as server:
        routes["/feed"] = feed({"Ruled": server.url("/ruled")})
        file = write_settings(tmp_path, [], [server.place])
        refused = run_here("sources", "add", server.url("/feed"), "--name", "ruled", folder=tmp_path)
        added = run_here(
            "sources", "add", server.url("/feed"), "--name", "ruled", "--robots", "pages", folder=tmp_path
        )

    assert (refused.code, added.code) == (2, 0)
    assert "robots" in refused.err
    assert 'robots = "pages"' in file.read_text()
    assert "/ruled" not in server.hits
