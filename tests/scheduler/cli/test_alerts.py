"""Alerts as users have them: the commands, and a real daemon that tells of an article within seconds."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from storage import db
from storage.alerts import outbox
from tests.support.command_line import run_here, started, wait_until
from tests.support.outlets import feed, story, write_settings
from tests.support.receivers import receiving
from tests.support.samples import NOW
from tests.support.servers import serving

TOPIC = '[[topic]]\nname = "harbour"\nany = "harbour"\n'
HERALD = ({"name": "herald", "feeds": ["http://127.0.0.1:9/"]},)
SECRET = "hunter2hunter2"


def alert(name: str, *lines: str) -> str:
    return "\n".join(["[[alert]]", f'name = "{name}"', *lines, ""])


def settings(
    folder: Path,
    *alerts: str,
    allowed: tuple[str, ...] = (),
    sources: tuple[Mapping[str, object], ...] = HERALD,
) -> None:
    write_settings(folder, sources, allowed, more=TOPIC + "\n".join(alerts))


def message(folder: Path, *, failed: bool = False) -> None:
    """A message of alert desk that has been tried once in vain, or given up."""
    with closing(db.connect(folder / "test.db")) as connection:
        connection.execute(
            """
            INSERT INTO alert_messages (rule_id, state, created_at, next_try_at, key)
            VALUES (1, 'waiting', ?, ?, 'k1')
            """,
            [NOW.isoformat(), NOW.isoformat()],
        )
        outbox.record_failure(connection, 1, "HTTP 500", None if failed else NOW)


def test_a_test_message_goes_through_each_channel_and_says_what_came_of_it(tmp_path):
    with receiving(**{SECRET: 503}) as server:
        settings(
            tmp_path,
            alert("desk", 'url_env = "DESK"'),
            alert("dead", f'url = "json+http://{server.place}/{SECRET}"'),
            alert("later", 'url_file = "later.url"'),
            allowed=(server.place,),
        )
        more = {"DESK": f"json+http://{server.place}/desk"}
        every = run_here("alerts", "test", folder=tmp_path, more=more)
        one = run_here("alerts", "test", "desk", "--json", folder=tmp_path, more=more)

    assert every.code == 1
    assert every.out.splitlines() == [
        "sent  desk (from DESK)",
        f"not sent  dead (json+http://{server.place}/***): HTTP 503 Service Unavailable:",
        f"not sent  later (from later.url): {tmp_path}/later.url: No such file or directory",
    ]
    assert (one.code, one.json) == (
        0, [{"alert": "desk", "channel": "from DESK", "sent": True, "problem": None}],
    )  # fmt: skip
    assert [body["kind"] for body in server.bodies("/desk")] == ["test", "test"]
    assert SECRET not in every.out + every.err


def test_alerts_are_listed_with_how_they_fare(tmp_path):
    settings(
        tmp_path,
        alert("desk", f'url = "tgram://{SECRET}/4711"', 'topics = ["harbour"]'),
        alert(
            "daily", 'url_env = "DAILY"', 'kinds = ["health"]', 'digest = "08:00"', 'timezone = "Asia/Seoul"'
        ),
    )
    run_here("check", folder=tmp_path)
    message(tmp_path)

    shown = run_here("alerts", folder=tmp_path)
    facts = run_here("alerts", "--json", folder=tmp_path)

    assert shown.code == 0
    assert [line.split("  ")[0] for line in shown.out.splitlines()] == ["alert", "daily", "desk"]
    assert "08:00 Asia/Seoul" in shown.out
    assert "tgram://***" in shown.out
    assert "HTTP 500" in shown.out
    assert [one["name"] for one in facts.json] == ["daily", "desk"]
    assert SECRET not in shown.out + facts.out
    assert SECRET.encode() not in (tmp_path / "test.db").read_bytes()


def test_messages_are_listed_by_their_state_and_sent_again(tmp_path):
    settings(tmp_path, alert("desk", f'url = "tgram://{SECRET}/4711"'))
    run_here("check", folder=tmp_path)
    message(tmp_path, failed=True)

    failed = run_here("alerts", "list", "--failed", "--json", folder=tmp_path)
    waiting = run_here("alerts", "list", "--waiting", "--json", folder=tmp_path)
    status = run_here("status", folder=tmp_path)
    again = run_here("alerts", "retry", "desk", folder=tmp_path)
    then = run_here("alerts", "list", "--waiting", folder=tmp_path)

    assert [(one["rule"], one["state"], one["error"]) for one in failed.json] == [
        ("desk", "failed", "HTTP 500")
    ]
    assert waiting.json == []
    assert status.code == 1
    assert "alert desk: 1 message could not be sent: HTTP 500; `seedwatch alerts retry`" in status.out
    assert again.out == "1 message will be sent again\n"
    assert then.out.splitlines()[1].split()[:4] == ["k1", "desk", "0", "waiting"]
    assert run_here("alerts", "retry", folder=tmp_path).out == "nothing has failed\n"


@pytest.mark.parametrize("command", ["test", "retry"])
def test_an_alert_that_is_not_there_is_named_with_those_that_are(tmp_path, command):
    settings(tmp_path, alert("desk", 'url = "json://127.0.0.1"'))

    done = run_here("alerts", command, "dask", folder=tmp_path)

    assert (done.code, done.err.splitlines()[-1]) == (
        2,
        "seedwatch: there is no alert 'dask'; known are: desk",
    )


def test_without_alerts_the_commands_say_what_to_do(tmp_path):
    settings(tmp_path)

    assert "add an [[alert]]" in run_here("alerts", folder=tmp_path).out
    assert run_here("alerts", "--json", folder=tmp_path).json == []
    assert "there are no alerts to test" in run_here("alerts", "test", folder=tmp_path).err
    assert run_here("alerts", "list", folder=tmp_path).out == "0 alerts wait\n"


def test_a_daemon_tells_of_an_article_once_though_two_outlets_have_it_and_another_channel_hangs(tmp_path):
    routes = {"/one": story("Harbour plan"), "/two": story("Harbour plan", "Harbour plan")}
    with serving(routes) as outlet, receiving(hangs=0) as server:
        routes["/a"] = feed({"Harbour plan": outlet.url("/one")})
        routes["/b"] = feed({"Harbour plan": outlet.url("/two")})
        settings(
            tmp_path,
            alert("hangs", f'url = "json+http://{server.place}/hangs"'),
            alert("desk", f'url = "json+http://{server.place}/{SECRET}"'),
            allowed=(outlet.place, server.place),
            sources=(
                {"name": "herald", "feeds": [outlet.url("/a")]},
                {"name": "gazette", "feeds": [outlet.url("/b")]},
            ),
        )
        with started("run", "--tick", "0.2", folder=tmp_path) as process:
            wait_until(lambda: server.bodies(f"/{SECRET}"), what="the message")
            wait_until(lambda: _sent(tmp_path) == ["desk"], what="the record of it")
            wait_until(lambda: "run 1 finished" in (tmp_path / "output.txt").read_text(), what="the crawl")
            process.terminate()
            code = process.wait(30)
        listed = run_here("alerts", "list", "--json", folder=tmp_path)

    (body,) = server.bodies(f"/{SECRET}")
    assert code == 0
    assert (body["kind"], body["topics"]) == ("match", ["harbour"])
    assert [article["title"] for article in body["articles"]] == ["Harbour plan"]
    assert {(one["rule"], one["state"]) for one in listed.json} == {("desk", "sent"), ("hangs", "waiting")}
    said = (tmp_path / "output.txt").read_text()
    assert SECRET not in said + listed.out
    assert "Traceback" not in said


def _sent(folder: Path) -> list[str]:
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        return [row["rule"] for row in outbox.messages(connection, ["sent"], 9)]
