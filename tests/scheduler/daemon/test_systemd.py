"""What systemd is told, over a real socket."""

import os
import socket
from pathlib import Path

import pytest

from scheduler.daemon.systemd import notify, watchdog_s


@pytest.fixture(params=["path", "abstract"])
def listening(request, tmp_path: Path):
    """A socket as systemd has one, with the name of it that services are told."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@seedwatch-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name[1:] if name.startswith("@") else name)
        receiver.settimeout(30)
        yield receiver, {"NOTIFY_SOCKET": name}


def test_states_arrive_one_by_one(listening):
    receiver, environment = listening

    told = [notify(state, environment) for state in ("READY=1", "WATCHDOG=1", "STOPPING=1")]

    assert told == [True] * 3
    assert [receiver.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_manager_that_reads_nothing_holds_nobody_up(listening):
    _, environment = listening

    assert not all(notify("WATCHDOG=1", environment) for _ in range(100_000))


@pytest.mark.parametrize(
    "environment",
    [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "nosuch"}, {"NOTIFY_SOCKET": "/nosuch/socket"}],
    ids=["not-under-systemd", "empty", "no-address", "nobody-there"],
)
def test_without_a_listener_nobody_is_told(environment):
    assert notify("READY=1", environment) is False


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
    ids=["asked", "asked-of-us", "asked-of-another", "not-asked", "zero", "unreadable"],
)
def test_watchdog_is_told_twice_as_often_as_asked(environment, seconds):
    assert watchdog_s(environment, 7) == seconds
