"""What `status` says of the latest crawl where it failed."""

from contextlib import closing

import pytest

from storage import db
from storage.sources import runs
from tests.support.command_line import run_here
from tests.support.outlets import write_settings
from tests.support.samples import NOW

_SAID = "the processes that read pages cannot work: OSError: none left"


@pytest.mark.parametrize(
    ("states", "is_told"),
    [
        (("finished",), False),
        (("failed",), True),
        (("failed", "finished"), False),
        (("failed", "running"), True),
        (("failed", "interrupted"), False),
    ],
)
def test_a_crawl_that_failed_is_told_with_its_reason_until_one_goes_well(tmp_path, states, is_told):
    write_settings(tmp_path, [], [])
    run_here("check", folder=tmp_path)
    with closing(db.connect(tmp_path / "test.db")) as connection:
        for number, state in enumerate(states):
            token = str(number)
            run_id = runs.begin(connection, trigger="manual", token=token, now=NOW, host="here", pid=1)
            if state != "running":
                error = _SAID if state == "failed" else None
                runs.end(connection, run_id, state=state, now=NOW, error=error)

    done = run_here("status", folder=tmp_path)

    assert (f"run 1 failed: {_SAID}" in done.out) == is_told
    assert done.code == int(is_told)
