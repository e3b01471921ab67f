"""Channels: what reaches a real server on this machine through Apprise and as our own document, and what is refused."""

import asyncio
from pathlib import Path

import pytest

from scheduler.alerts.messages import test_message as message_for_test
from scheduler.alerts.send import channel_url, send
from scheduler.config.records import AlertSettings
from storage.errors import ConfigError
from tests.support.receivers import receiving
from tests.support.samples import NOW, RULE

MESSAGE = message_for_test("key-1", "desk", NOW)


def sent(url: str, *allowed: str, most_s: float = 60) -> str | None:
    return asyncio.run(send(url, MESSAGE, allow_private=allowed, most_s=most_s))


def test_a_webhook_gets_one_document_with_its_id_and_a_login():
    with receiving() as server:
        problem = sent(f"json+http://ann:s3cret%21@{server.place}/hook?room=4", server.place)

    ((path, headers, body),) = server.posts
    assert problem is None
    assert path == "/hook?room=4"
    assert (body["id"], body["kind"], body["rule"], body["articles"]) == ("key-1", "test", "desk", [])
    assert headers["Idempotency-Key"] == "key-1"
    assert headers["Authorization"] == "Basic YW5uOnMzY3JldCE="


def test_apprise_sends_title_and_text_to_a_server_of_its_json_kind():
    with receiving() as server:
        problem = sent(f"json://{server.place}/room")

    (body,) = server.bodies("/room")
    assert problem is None
    assert body["title"] == "seedwatch: test of alert desk"
    assert "message key-1" in body["message"]


def test_an_http_address_that_apprise_does_not_know_is_a_webhook():
    with receiving() as server:
        problem = sent(f"http://{server.place}/hook", server.place)

    assert problem is None
    assert server.bodies("/hook")[0]["id"] == "key-1"


def test_what_is_not_taken_says_why_without_the_secret():
    with receiving(hunter2hunter2=500, gone=404) as server:
        own = sent(f"json+http://{server.place}/hunter2hunter2", server.place)
        apprise = sent(f"json://user:hunter2hunter2@{server.place}/gone")

    assert own is not None
    assert own.startswith("HTTP 500 Internal Server Error")
    assert apprise is not None
    assert "404" in apprise
    assert "hunter2" not in own + apprise


def test_a_webhook_to_a_private_address_is_refused_unless_the_settings_allow_it():
    with receiving() as server:
        problem = sent(f"json+http://{server.place}/hook")

    assert problem is not None
    assert "private address" in problem
    assert "crawl.allow_private" in problem
    assert server.posts == []


def test_redirects_are_not_followed():
    with receiving(hook=307) as server:
        server.location = f"http://{server.place}/elsewhere"
        problem = sent(f"json+http://{server.place}/hook", server.place)

    assert problem is not None
    assert "redirects are not followed" in problem
    assert [path for path, _, _ in server.posts] == ["/hook"]


def test_a_channel_that_never_answers_is_left_in_time():
    with receiving(hook=0) as server:
        problem = sent(f"json+http://{server.place}/hook", server.place, most_s=1.5)

    assert problem == "the channel did not answer within 1.5 s"


def test_an_address_that_nobody_knows_says_so():
    problem = sent("nosuchkind://hunter2hunter2/")

    assert problem is not None
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    "content", ["json://127.0.0.1/a", "\ufeffjson://127.0.0.1/a\r\nmore\n", "  json://127.0.0.1/a \n"]
)
def test_an_address_in_a_file_is_its_first_line(tmp_path: Path, content: str):
    (tmp_path / "desk.url").write_text(content, "utf-8", newline="")

    assert channel_url(AlertSettings(RULE, url_file=tmp_path / "desk.url"), {}) == "json://127.0.0.1/a"


@pytest.mark.parametrize(
    ("alert", "environment", "message"),
    [
        (AlertSettings(RULE, url_env="DESK"), {}, "the variable DESK is not set or empty"),
        (
            AlertSettings(RULE, url_env="DESK"),
            {"DESK": "hunter2"},
            "the variable DESK does not hold the address",
        ),
        (AlertSettings(RULE, url_file=Path("/nowhere/desk")), {}, "/nowhere/desk: No such file"),
    ],
    ids=["unset", "no address", "no file"],
)
def test_a_secret_that_is_not_there_is_named_by_its_place(alert, environment, message):
    with pytest.raises(ConfigError, match=message) as caught:
        channel_url(alert, environment)

    assert "hunter2" not in str(caught.value)
