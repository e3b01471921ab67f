"""The pages in a real browser: nothing runs over the edge of a screen or a telephone, nothing is reported broken, and
axe-core finds no hindrance for readers of level A or AA, in light and in dark.
"""

import shutil
from pathlib import Path

import pytest

from tests.support.datasette_data import fill
from tests.support.datasette_serving import served

pytestmark = pytest.mark.browser

PAGES = {
    "start": "/-/seedwatch",
    "search": "/-/search?q=朝俄 OR Moscow",
    "saved": "/-/saved/Ties%20%2F%20Связи",
    "articles": "/watch/articles",
    "all-columns": "/watch/articles?_all_columns=1",
    "found": "/watch/articles?_search=Россией",
    "read": "/-/read/36",
    "revisions": "/-/revisions/40",
    "side": "/-/revisions/40?view=side",
    "changes": "/-/changes",
    "story": "/-/story/36",
    "topic": "/-/topic/dprk-russia?days=365",
    "sources": "/-/sources",
    "schema": "/-/schema",
    "coverage": "/-/coverage/dprk-russia?with=rare-earths",
    "source": "/-/source/volna",
    "matches": "/watch/matches",
    "links": "/watch/links",
    "row": "/watch/articles/40",
    "query": "/watch/new_on_topic",
    "database": "/watch",
    "missing": "/-/read/999",
}
# Beside the program that playwright brings itself, if it was told to.
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser():
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


WIDE, NARROW = (1280, "light"), (390, "dark")
OWN = tuple(name for name, path in PAGES.items() if path.startswith("/-/"))
DATASETTES = ("articles", "row", "query", "database")


@pytest.mark.parametrize(
    ("name", "shape"),
    [*((name, shape) for name in OWN for shape in (WIDE, NARROW)), *((name, NARROW) for name in DATASETTES)],
)
def test_page_hinders_no_reader(browser, address, axe, name, shape):
    width, scheme = shape
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(address + PAGES[name])
    page.evaluate(axe)
    rules = OWN_RULES if name in OWN else DATASETTE_RULES
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    context.close()

    assert [
        (one["id"], node["target"], node["failureSummary"]) for one in found for node in one["nodes"]
    ] == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_and_reports_nothing(browser, address, name, width):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address + PAGES[name])

    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    inner = page.evaluate(
        "Math.max(0, ...[...document.querySelectorAll('.table-wrapper')].map(one => one.scrollWidth - one.clientWidth))"
    )
    context.close()

    assert over == 0
    # All two dozen columns may be scrolled on a screen: they were asked for.
    assert inner == 0 or name == "all-columns"
    assert [line for line in said if "404" not in line or name != "missing"] == []


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
