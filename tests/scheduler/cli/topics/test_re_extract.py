"""`rematch --re-extract`: shows first, writes when told to."""

from pathlib import Path

import pytest

from storage import db
from storage.sources import sources
from storage.topics import topics
from tests.crawler.holdings.test_re_extract import JUNK, TEXT, TUNNEL, answer, html, store
from tests.support.command_line import run_here
from tests.support.samples import DECLARED

SETTINGS = """
[[topic]]
name = "strait"
any = "tunnel"

[[source]]
name = "courier"
home = "http://courier.example/"
feeds = ["http://courier.example/rss"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One article of which an older extractor kept a line that is not its own, with its page."""
    (tmp_path / "seedwatch.toml").write_text(SETTINGS)
    connection = db.connect(tmp_path / "seedwatch.db")
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TUNNEL.topic])
    store(connection, TEXT + JUNK, answer(html()))
    db.finish(connection)
    return tmp_path


def test_it_is_shown_then_written_then_done(folder):
    shown = run_here("rematch", "--re-extract", folder=folder)
    plain = run_here("rematch", "--re-extract", "--json", folder=folder).json
    written = run_here("rematch", "--re-extract", "--yes", folder=folder)
    done = run_here("rematch", "--re-extract", folder=folder)

    assert (shown.code, written.code, done.code) == (0, 0, 0)
    assert (
        "text: +0 −15 words, date: 2026-09-14 12:00 → 2026-09-13 06:30, authors: none → Mara Lind"
        in shown.out
    )
    assert "nothing was written: --yes corrects 1 article" in shown.err
    assert (plain["written"], plain["pages"], plain["outcomes"]) == (False, 1, {"changed": 1})
    assert plain["changed"][0]["removed"] == JUNK.strip()
    assert "1 article corrected" in written.err
    assert "no kept page is left" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--yes"], "--yes goes with --re-extract alone"), (["--re-extract", "strait"], "leave TOPIC out")],
)
def test_what_does_not_go_together_is_refused(folder, arguments, said):
    refused = run_here("rematch", *arguments, folder=folder)

    assert refused.code == 2
    assert said in refused.err
