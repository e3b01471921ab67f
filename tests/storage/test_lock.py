"""The daemon's lock: one holder for a database, freed by the kernel whatever kills the holder."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage import lock
from storage.errors import BusyError, StorageError
from storage.lock import Holder
from tests.support.folders import ROOT

HOLD = """
import sys
from pathlib import Path
from storage import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holding_child(database: Path):
    """Another process that holds the lock until it gets a line, or is killed."""
    command = [sys.executable, "-c", HOLD, str(database)]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        try:
            assert child.stdout.readline() == "held\n"
            yield child
        finally:
            child.kill()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "seedwatch.db"


def test_a_second_holder_is_refused_and_told_who_holds_it(path):
    with (
        holding_child(path) as child,
        pytest.raises(BusyError, match=f"process {child.pid} on {socket.gethostname()}"),
        lock.hold(path),
    ):
        pytest.fail("two holders")


def test_a_second_holder_by_a_link_is_refused(path):
    path.touch()
    link = path.with_name("link.db")
    link.symlink_to(path)

    with lock.hold(path):
        assert lock.holder(link) == lock.holder(path) is not None
        with pytest.raises(BusyError), lock.hold(link):
            pytest.fail("two holders")


def test_a_second_holder_is_refused_in_the_same_process(path):
    with lock.hold(path), pytest.raises(BusyError, match=str(os.getpid())), lock.hold(path):
        pytest.fail("two holders")


def test_a_refusal_leaves_the_holders_name(path):
    with holding_child(path) as child:
        with pytest.raises(BusyError), lock.hold(path):
            pytest.fail("two holders")

        assert lock.holder(path) == Holder(child.pid, socket.gethostname())


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "kill"])
def test_the_lock_of_a_killed_holder_is_free(path, end):
    with holding_child(path) as child:
        child.send_signal(end)
        child.wait(timeout=30)

        assert lock.holder(path) is None
        with lock.hold(path):
            assert lock.holder(path) == Holder(os.getpid(), socket.gethostname())


def test_the_lock_is_free_after_the_holders_end(path):
    with holding_child(path) as child:
        child.communicate("\n", timeout=30)

        assert (child.returncode, lock.holder(path)) == (0, None)


def test_the_lock_is_free_after_an_error(path):
    with pytest.raises(ZeroDivisionError), lock.hold(path):
        raise ZeroDivisionError

    assert lock.holder(path) is None


def test_nobody_holds_what_was_never_locked(path):
    assert lock.holder(path) is None
    assert not lock.lock_path(path).exists()


def test_two_databases_have_two_locks(tmp_path):
    with lock.hold(tmp_path / "a.db"), lock.hold(tmp_path / "b.db"):
        assert lock.holder(tmp_path / "a.db") is not None


def test_one_who_looks_is_not_taken_for_a_holder(path):
    """`holder` takes the lock for a moment; a daemon that starts in that moment waits for it."""
    with lock.lock_path(path).open("w") as looker:
        fcntl.flock(looker, fcntl.LOCK_SH)
        leave = threading.Timer(0.03, fcntl.flock, [looker, fcntl.LOCK_UN])
        leave.start()

        with lock.hold(path, patience_s=30):
            assert lock.holder(path) is not None
        leave.join()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "host": ""}'])
def test_a_holder_whose_name_cannot_be_read_still_refuses(path, content):
    with lock.lock_path(path).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write(content)
        other.flush()

        with pytest.raises(BusyError, match="another process"), lock.hold(path):
            pytest.fail("two holders")
        assert lock.holder(path) == Holder(0, "an unknown machine")


def test_a_holder_that_is_about_to_sign_is_waited_for(path):
    with lock.lock_path(path).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        signing = threading.Timer(0.03, os.pwrite, [other.fileno(), b'{"pid": 7, "host": "here"}', 0])
        signing.start()

        found = lock.holder(path, patience_s=30)
        signing.join()

    assert found == Holder(7, "here")


def test_a_holder_says_what_it_waits_for(path):
    with lock.hold(path) as say:
        say("waiting")
        assert lock.holder(path) == Holder(os.getpid(), socket.gethostname(), "waiting")
        say(None)
        assert lock.holder(path) == Holder(os.getpid(), socket.gethostname())


def test_the_name_of_a_dead_holder_is_replaced(path):
    lock.lock_path(path).write_text(json.dumps({"pid": 1, "host": "a.very.long.host.name" * 9}))

    with lock.hold(path):
        assert lock.holder(path) == Holder(os.getpid(), socket.gethostname())


def test_a_lock_that_cannot_be_written_says_so(tmp_path):
    with (
        pytest.raises(StorageError, match=r"none\.db\.lock: No such file"),
        lock.hold(tmp_path / "no" / "none.db"),
    ):
        pytest.fail("held")
