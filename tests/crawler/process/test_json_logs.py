"""Lines of JSON for a log: whole, of one line, without logins, from the daemon and its processes."""

import json
import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.process.json_logs import line_of
from tests.support.command_line import children_of, environment, run_child, started, wait_until
from tests.support.outlets import write_settings

FIELDS = {"time", "level", "logger", "message"}
LOG = (
    "import logging, sys; from crawler.process.json_logs import log_as_json; log_as_json();"
    "log = logging.getLogger('crawler.here')\n"
)


def logged(code: str) -> bytes:
    """What a process with this code wrote to stderr."""
    command = [sys.executable, "-c", LOG + code]
    return subprocess.run(command, env=environment(), capture_output=True, check=True).stderr


def test_hostile_text_is_one_line_without_steering_signs():
    data = logged("log.warning('%s', 'a\\x1b[2Jb\\nc\\x9bd\\udcffe\\x7f\\u2028', extra={'source': 'h\\nx'})")

    assert data.count(b"\n") == 1
    assert all(0x20 <= byte < 0x7F for byte in data[:-1])
    assert json.loads(data)["message"] == "a\x1b[2Jb\nc\x9bd\udcffe\x7f\u2028"
    assert json.loads(data)["source"] == "h\nx"


def test_error_has_its_type_and_traceback_and_no_login():
    data = logged(
        "try:\n    raise ValueError('http://me:word@example.org/' + '\\x00' * 9_000)\n"
        "except ValueError:\n    log.exception('it failed')"
    )
    line = json.loads(data)

    assert (line["error"], line["level"], line["logger"]) == ("ValueError", "ERROR", "crawler.here")
    assert "Traceback" in line["traceback"]
    assert len(data) <= 4_096
    assert b"word" not in data
    assert line["time"].endswith("Z")


@given(st.text())
@pytest.mark.parametrize("begin", ["", '{"time": "', "[" * 5_000], ids=["any", "half", "deep"])
def test_any_line_of_a_child_has_the_four_fields(begin, text):
    assert line_of(begin + text, "crawler").keys() >= FIELDS


def test_daemon_logs_only_objects_though_its_worker_is_killed(tmp_path):
    write_settings(tmp_path, [], [])
    output = tmp_path / "output.txt"
    with started("run", "--log-json", "--tick", "0.2", folder=tmp_path) as daemon:
        worker = wait_until(lambda: children_of(daemon.pid), what="a worker")
        wait_until(lambda: "watching" in output.read_text(), what="the daemon's first line")
        os.kill(worker[0], signal.SIGKILL)
        wait_until(lambda: worker[0] not in children_of(daemon.pid), what="the worker's end")
        os.kill(daemon.pid, signal.SIGTERM)
        assert daemon.wait(60) == 0

    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert all(line.keys() >= FIELDS for line in lines)
    assert any(line["message"].startswith("watching") for line in lines)


def test_what_a_child_writes_to_its_stderr_reaches_the_log_as_objects():
    code = (
        "import asyncio, sys\nfrom scheduler.daemon.child import _tail\n"
        "async def follow():\n"
        "    child = await asyncio.create_subprocess_exec(\n"
        "        sys.executable, '-c', 'import sys; print(\"no object\\\\nhalf\", end=\"\", file=sys.stderr)',\n"
        "        stderr=asyncio.subprocess.PIPE)\n"
        "    await _tail(child.stderr, True)\n"
        "    await child.wait()\n"
        "asyncio.run(follow())"
    )

    lines = [json.loads(line) for line in logged(code).splitlines()]

    assert [(line["logger"], line["message"]) for line in lines] == [
        ("crawler", "no object"),
        ("crawler", "half"),
    ]


def test_crawl_keeps_its_report_on_stdout(tmp_path):
    write_settings(tmp_path, [], [])

    done = run_child("crawl", "--log-json", "--json", folder=tmp_path)

    assert done.json["state"] == "finished"
