"""`seedwatch serve --write` as people run it: accounts by command, a real server, and no secret in its output."""

import http.client
import json
import re
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlencode, urlsplit

from tests.support.command_line import environment, run_here, wait_until
from tests.support.datasette_data import fill

SETTINGS = 'database = "watch.db"\n[[topic]]\nname = "dprk-russia"\nany = "Pyongyang"\n'


def ask(place: str, method: str, path: str, fields: dict[str, str] | None = None, **headers: str):
    form = {"content-type": "application/x-www-form-urlencoded"} if fields is not None else {}
    with closing(http.client.HTTPConnection(place, timeout=30)) as connection:
        connection.request(method, path, urlencode(fields or {}), form | headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


def test_reader_signs_in_at_a_real_server_and_marks(tmp_path):
    fill(tmp_path / "watch.db")
    (tmp_path / "seedwatch.toml").write_text(SETTINGS)
    added = subprocess.run(
        [sys.executable, "-m", "scheduler.cli.main", "readers", "add", "anna"],
        input="correct horse battery\n", text=True, capture_output=True, cwd=tmp_path, env=environment(), check=True,
    )  # fmt: skip
    token = run_here("readers", "add", "robot", "--token", folder=tmp_path).out.splitlines()[-1]
    listed = json.loads(run_here("readers", "list", "--json", folder=tmp_path).out)

    with (tmp_path / "output.txt").open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "scheduler.cli.main", "serve", "--write", "--port", "18401"],
            cwd=tmp_path, env=environment(), stdout=output, stderr=output, text=True,
        )  # fmt: skip
    try:
        said = tmp_path / "output.txt"
        wait_until(lambda: "running on" in said.read_text() or server.poll() is not None, 60)
        place = urlsplit(re.search(r"http://\S+", said.read_text())[0]).netloc
        wait_until(lambda: _is_up(place), 60)
        own = {"Origin": f"http://{place}"}
        fields = {"name": "anna", "secret": "correct horse battery"}
        status, headers, _ = ask(place, "POST", "/-/sign-in", fields, **own)
        cookie = headers["set-cookie"].partition(";")[0]
        page = ask(place, "GET", "/-/seedwatch", Cookie=cookie)[2]
        form_token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
        mark = {"do": "yes", "article": "36", "topic": "dprk-russia"}
        marked = ask(place, "POST", "/-/mark", mark | {"form_token": form_token}, **own, Cookie=cookie)[0]
        by_token = ask(
            place,
            "POST",
            "/-/mark",
            mark | {"do": "star"},
            Authorization=f"Bearer {token}",
            Accept="application/json",
        )
        rebound = ask(place, "POST", "/-/sign-in", fields, Host="evil.example", Origin="http://evil.example")[
            0
        ]
    finally:
        server.terminate()
        server.wait(20)

    assert "anna may sign in" in added.stdout
    assert [(account["name"], account["kind"]) for account in listed] == [
        ("anna", "password"),
        ("robot", "token"),
    ]
    assert (status, marked, rebound) == (303, 303, 403)
    assert (by_token[0], json.loads(by_token[2])["ok"]) == (200, True)
    kept = (tmp_path / "output.txt").read_text()
    assert not [
        secret for secret in (token, "correct horse", cookie.partition("=")[2], form_token) if secret in kept
    ]
    marks = json.loads(run_here("topics", "marks", "dprk-russia", "--json", folder=tmp_path).out)
    assert [(row["article_id"], row["verdict"], row["given_by"]) for row in marks] == [(36, "yes", "anna")]


def test_readers_are_told_what_is_wrong(tmp_path):
    (tmp_path / "seedwatch.toml").write_text(SETTINGS)

    assert "nobody may sign in yet" in run_here("readers", "list", folder=tmp_path).out
    removed = run_here("readers", "remove", "anna", folder=tmp_path)
    named = run_here("readers", "add", "root", "--token", folder=tmp_path)
    assert (removed.code, named.code) == (2, 2)
    assert "there is no reader 'anna'" in removed.err
    run_here("readers", "add", "anna", "--token", folder=tmp_path)
    assert "token" in run_here("readers", "list", folder=tmp_path).out
    assert "may sign in no more" in run_here("readers", "remove", "anna", folder=tmp_path).out


def _is_up(place: str) -> bool:
    try:
        return ask(place, "GET", "/-/versions.json")[0] == 200
    except OSError:
        return False
