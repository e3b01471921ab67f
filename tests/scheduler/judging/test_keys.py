"""Keys in a real browser: a reader signs in, works the review queue, marks in a list, and never leaves it."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

import scheduler.judging
from scheduler.judging.accounts import add_account, file_of
from storage import db
from storage.articles import feedback, reader_marks
from tests.storage.datasette.test_browser import CHROMIUM
from tests.support.command_line import wait_until
from tests.support.datasette_data import TO_REVIEW, fill
from tests.support.datasette_serving import served
from tests.support.samples import NOW

pytestmark = pytest.mark.browser
PLUGINS = Path(scheduler.judging.__file__).parent / "plugins"


def test_review_queue_and_lists_are_worked_by_keys(tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((found for found in map(shutil.which, CHROMIUM) if found), None)
    if program is None:
        pytest.skip("no chromium on this machine")
    database = fill(tmp_path / "watch.db")
    add_account(file_of(database), "anna", "correct horse", NOW)

    def stored(article: int):
        with closing(db.connect(database)) as connection:
            given = {row.topic: row for row in feedback.verdicts(connection, article_id=article)}
            return given, reader_marks.marks_of(connection, "anna", article)

    with served(database, tmp_path, PLUGINS) as address, playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = chromium.new_page()
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{address}/-/sign-in?next=/-/topic/dprk-russia%3Fband%3Dreview")
        page.fill("input[name=name]", "anna")
        page.fill("input[name=secret]", "correct horse")
        page.click("main button")
        page.wait_for_selector(".sw-entry")
        assert TO_REVIEW in page.inner_text(".sw-entry .sw-headline")
        review = int(page.get_attribute(".sw-entry", "data-article") or 0)

        page.keyboard.press("j")
        page.keyboard.press("y")
        wait_until(lambda: stored(review)[0])
        page.wait_for_selector(".sw-entry [role=status]")
        assert page.inner_text(".sw-entry [role=status]") == "marked yes for dprk-russia"
        page.keyboard.press("u")
        wait_until(lambda: not stored(review)[0])

        page.goto(f"{address}/-/topic/dprk-russia")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        assert page.locator(".sw-entry.sw-current").count() == 1
        first = int(page.get_attribute(".sw-entry.sw-current", "data-article") or 0)
        page.keyboard.press("m")
        wait_until(lambda: stored(first)[1].read_at)
        page.wait_for_selector(".sw-current button[data-key=m][aria-pressed=true]")
        page.keyboard.press("s")
        wait_until(lambda: stored(first)[1].starred_at)
        page.keyboard.press("?")
        assert "next article" in page.inner_text("#sw-keys")
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("y")
        assert stored(first)[0] == {}
        page.goto(f"{address}/-/topic/dprk-russia")
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url("**/-/read/**")
        chromium.close()

    assert problems == []
