"""The morning of docs/a-morning.md, done row by row in a real browser as it stands there."""

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import scheduler.judging
from crawler.articles.store import store_reading
from scheduler.demo.press_content import load_content, load_edits
from scheduler.judging.accounts import add_account, file_of
from storage import db
from tests.storage.datasette.test_browser import CHROMIUM
from tests.support.command_line import run_here, wait_until
from tests.support.datasette_serving import served
from tests.support.folders import ROOT
from tests.support.samples import NOW, reading
from tests.support.shared import crawled_press

pytestmark = pytest.mark.browser

PAGE = ROOT / "docs" / "a-morning.md"
PLUGINS = Path(scheduler.judging.__file__).parent / "plugins"
DEEDS = ("open", "follow", "press", "key", "type", "run")
_ROW = re.compile(r"^\| (\w+) (?:`([^`]+)`|\"([^\"]+)\")(?: into \"([^\"]+)\")? \| (.*)\|$")


class Step(NamedTuple):
    """A row: what is done, with what, into which field, and what is seen then."""

    deed: str
    what: str
    field: str
    seen: tuple[str, ...]


def steps() -> Iterator[Step]:
    """The steps of the page, in its order; each row of its tables is one, but the head."""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("|") and not line.startswith(("|---", "| do |")):
            found = _ROW.match(line)
            assert found, f"no step: {line}"
            yield Step(
                found[1], found[2] or found[3], found[4] or "", tuple(re.findall('"([^"]+)"', found[5]))
            )


def test_every_row_is_a_step_that_is_known():
    known = list(steps())

    assert {step.deed for step in known} == set(DEEDS)
    assert all((step.deed == "type") == bool(step.field) for step in known)
    assert sum(bool(step.seen) for step in known) > len(known) / 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What the demo leaves: the press was crawled, an outlet edited an article; and anna may sign in."""
    folder = crawled_press(tmp_path_factory, "morning")
    edit = next(one for one in load_edits(load_content()) if one.modified)
    path = edit.of.partition("/")[2]
    with closing(db.connect(folder / "demo.db")) as connection:
        row = connection.execute(
            """
            SELECT articles.url, articles.title, sources.name FROM articles
            JOIN sources ON sources.id = articles.source_id WHERE articles.url LIKE ?
            """,
            [f"%/{path}"],
        ).fetchone()
        text = "\n".join(edit.paragraphs)
        store_reading(
            connection,
            reading(row["url"], title=row["title"], text=text, source=row["name"], matches=()),
            keep_all=True,
        )
    add_account(file_of(folder / "demo.db"), "anna", "correct horse battery", NOW)
    return folder


def do(page: Any, step: Step, address: str, folder: Path) -> str:
    """Do one step; what is shown then."""
    match step.deed:
        case "run":
            done = run_here(*shlex.split(step.what)[1:], folder=folder)
            assert done.code == 0, done
            return done.out + done.err
        case "open":
            page.goto(address + step.what)
        case "follow":
            page.get_by_role("link", name=step.what).first.click()
        case "press":
            page.locator("main").get_by_role("button", name=step.what).first.click()
        case "key":
            page.keyboard.press(step.what)
        case "type":
            page.locator("main").get_by_label(step.field).fill(step.what)
    wait_until(
        lambda: all(text in page.inner_text("body") for text in step.seen), 15, f"{step} at {page.url}"
    )
    return str(page.inner_text("body"))


def test_the_morning_goes_as_it_is_written(folder):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((found for found in map(shutil.which, CHROMIUM) if found), None)
    if program is None:
        pytest.skip("no chromium on this machine")
    problems: list[str] = []

    with served(folder / "demo.db", folder, PLUGINS) as address, playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = chromium.new_page()
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        for step in steps():
            shown = do(page, step, address, folder)
            assert [text for text in step.seen if text not in shown] == [], step
        chromium.close()

    assert problems == []
    assert (folder / "strait.csv").exists()
    assert list((folder / "notes").glob("*.md"))
