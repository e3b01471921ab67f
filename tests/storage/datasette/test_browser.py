"""The pages in a real browser: nothing runs over the edge of a screen or a telephone, nothing is reported broken, and
axe-core finds no hindrance for readers of level A or AA, in light and in dark.
"""

import shutil
from pathlib import Path

import pytest

from tests.support.datasette_data import fill
from tests.support.datasette_serving import served
from tests.support.linked_pages import pages_of_watch

pytestmark = pytest.mark.browser

# Of Datasette's pages those that look each in their own way; ours are found by their links.
DATASETTES = (
    "/watch/articles",
    "/watch/articles?_all_columns=1",
    "/watch/articles?_search=Россией",
    "/watch/matches",
    "/watch/links",
    "/watch/articles/40",
    "/watch/new_on_topic",
    "/watch",
)
MISSING = "/-/read/999"
# By how many pixels the page is wider than the screen, and a table than its frame.
WIDTHS = """[document.documentElement.scrollWidth - document.documentElement.clientWidth, Math.max(0,
    ...[...document.querySelectorAll('.table-wrapper')].map(one => one.scrollWidth - one.clientWidth))]"""
# Beside the program that playwright brings itself, if it was told to.
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """The pages of ours to which links lead, each kind once; and one to which none does."""
    pages = [page for page in pages_of_watch(tmp_path_factory) if page.is_own]
    # What is asked for of a topic or search changes the same list: one thing at a time.
    return [*(page.address for page in pages if "&" not in page.address), MISSING]


@pytest.fixture(scope="module")
def browser(ours):
    """The system's Chromium; the pages are known before it is driven."""
    assert ours
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((found for found in map(shutil.which, CHROMIUM) if found), None)
    if program is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    with served(fill(folder / "watch.db"), folder) as found:
        yield found


def test_the_database_is_where_the_pages_are(tmp_path: Path):
    assert fill(tmp_path / "watch.db").stem == "watch"


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's script."""
    bundle = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (Path(bundle.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


# The forms of Datasette's own pages are not ours to name; colours there are.
OWN_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
DATASETTE_RULES = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "html-has-lang", "document-title"]}
}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_hinder_no_reader_fit_and_report_nothing(browser, address, axe, ours, width, scheme):
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    said: list[tuple[str, str]] = []
    page.on("console", lambda message: said.append((page.url, message.text)))
    page.on("pageerror", lambda error: said.append((page.url, str(error))))

    problems = [
        (path, problem) for path in (*ours, *DATASETTES) for problem in problems_of(page, address, path, axe)
    ]
    context.close()

    assert problems == []
    assert [(url, line) for url, line in said if not (MISSING in url and "404" in line)] == []


def problems_of(page, address: str, path: str, axe: str) -> list[object]:
    """What axe-core finds on a page, and what runs over the edge of the screen or of a table's frame."""
    page.goto(address + path)
    page.evaluate(axe)
    rules = OWN_RULES if path.startswith("/-/") else DATASETTE_RULES
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    over, inner = page.evaluate(WIDTHS)
    # All two dozen columns may be scrolled on a screen: they were asked for.
    too_wide = [("too wide", over)] if over or (inner and "_all_columns" not in path) else []
    return [*((one["id"], node["target"]) for one in found for node in one["nodes"]), *too_wide]


def test_tables_fit_between_a_telephone_and_a_wide_screen(browser, address):
    """Each at every width without a second visit; of the questions some have more columns than a tablet."""
    page = browser.new_page()
    lists = [path for path in DATASETTES if "_all_columns" not in path]

    for path in (*lists, "/watch/sources", "/watch/revisions", "/-/sources", "/-/source/meridian"):
        page.goto(address + path)
        for width in (600, 768, 1000, 1152, 1440, 1600):
            page.set_viewport_size({"width": width, "height": 844})
            over, inner = page.evaluate(WIDTHS)
            assert (over, inner) == (0, 0) or ((over, path, width) == (0, "/watch/new_on_topic", 600)), (
                path,
                width,
            )
    page.close()


@pytest.mark.parametrize(("width", "first_row_by"), [(1280, 520), (390, 640)])
def test_first_article_is_on_the_first_screen(browser, address, width, first_row_by):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto(f"{address}/watch/articles")

    top = page.evaluate("document.querySelector('.sw-list tbody tr').getBoundingClientRect().top")
    headline = page.evaluate("document.querySelector('.sw-list td.col-title').getBoundingClientRect().width")
    context.close()

    assert top <= first_row_by
    assert headline >= 280


def test_pages_work_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/-/seedwatch")
    page.fill("input[name=q]", "朝俄")
    page.click("form.sw-search input[type=submit]")
    page.click(".sw-headline a")

    shown = page.text_content("h1")
    context.close()

    assert shown == "俄语教师赴朝鲜任教"
