"""Our pages among others: policies, permissions, names of files, and silence about other databases."""

import sqlite3
from pathlib import Path

import pytest
from lxml import html

from storage.datasette.headers import STRICT
from tests.support.datasette_data import fill
from tests.support.datasette_serving import OUR_PAGES, get, opened, page, rows, tree


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    with opened(fill(tmp_path_factory.mktemp("beside") / "watch.db")) as datasette:
        yield datasette


@pytest.mark.parametrize("path", [*OUR_PAGES, "/-/read/999"])
def test_our_pages_run_no_inline_script_and_no_inline_style(watch, path):
    answer = get(watch, path)
    shown = html.fromstring(answer.text)

    assert answer.headers["content-security-policy"] == STRICT
    assert "unsafe-inline" not in STRICT
    assert [script.get("src").split("?")[0] for script in shown.iter("script")] == ["/-/seedwatch.js"]
    assert not list(shown.iter("style"))
    assert not shown.xpath("//*[@style]")
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", [*OUR_PAGES, "/", "/watch", "/watch/articles", "/watch/articles/40", "/watch/missed"]
)
def test_each_page_has_the_same_ways(watch, path):
    shown = tree(watch, path)

    assert shown.xpath("//nav[@aria-label='Pages']//a/@href")[:4] == [
        "/-/seedwatch",
        "/-/search",
        "/-/changes",
        "/-/sources",
    ]
    assert shown.get("lang") == "en"
    assert len(shown.xpath("//nav//a[@aria-current]")) == (
        path.split("?")[0]
        in ("/-/seedwatch", "/-/search", "/-/changes", "/-/sources", "/watch", "/watch/articles")
    )


@pytest.mark.parametrize(
    "path", ["/-/read/999", "/none", "/watch/none", "/-/topic/none", "/watch/articles/999"]
)
def test_error_leads_back_to_the_pages(watch, path):
    answer = get(watch, path)
    shown = html.fromstring(answer.text)

    assert answer.status_code == 404
    assert "/-/seedwatch" in shown.xpath("//nav[@aria-label='Pages']//a/@href")
    assert "There is no such page" in shown.findtext(".//h1")
    assert shown.xpath("//link[contains(@href, 'seedwatch.css')]")


@pytest.mark.parametrize(
    ("name", "kind"), [("seedwatch.css", "text/css"), ("seedwatch.js", "text/javascript")]
)
def test_style_and_script_may_be_kept(watch, name, kind):
    answer = get(watch, f"/-/{name}")

    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert "max-age" in answer.headers["cache-control"]


def test_own_frame_of_the_reader_goes_first(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "base.html").write_text(
        "<title>Desk</title>{% block content %}{% endblock %}", encoding="utf-8"
    )
    with opened(fill(tmp_path / "watch.db"), template_dir=str(folder)) as datasette:
        assert "<title>Desk</title>" in page(datasette, "/watch/articles")


@pytest.mark.parametrize(
    "path", ["/", "/watch", "/watch/articles", "/watch/articles.json", "/-/read/999", "/none"]
)
def test_other_pages_have_a_policy_too(watch, path):
    policy = get(watch, path).headers["content-security-policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_menu_and_front_page_lead_to_us(watch):
    front = page(watch, "/")

    assert front.count('href="/-/seedwatch"') == 3  # the name, the ways, the description
    assert 'href="/-/sources"' in front


def test_file_of_any_name_is_served(tmp_path):
    name = "my.watch 북러-2"
    with opened(fill(tmp_path / f"{name}.db")) as datasette:
        database = datasette.urls.database(name)
        assert "/-/read/40" in page(datasette, f"{database}/articles")
        assert "sw-list" in page(datasette, f"{database}/articles")
        links = {link.get("href") for path in OUR_PAGES for link in tree(datasette, path).iter("a")}
        for address in sorted(link for link in links if link.startswith("/")):
            assert get(datasette, address).status_code == 200, address


def test_base_url_is_kept(tmp_path):
    with opened(fill(tmp_path / "watch.db"), settings={"base_url": "/press/"}) as datasette:
        start = tree(datasette, "/-/seedwatch")
        assert start.find_class("sw-card")[0].get("href") == "/press/-/topic/dprk-russia"
        assert "unsafe-inline" not in get(datasette, "/-/seedwatch").headers["content-security-policy"]
        assert "/press/-/topic/dprk-russia?days=90" in page(datasette, "/-/topic/dprk-russia")


def test_two_databases_of_ours_are_told_apart(tmp_path):
    first, second = fill(tmp_path / "one.db"), fill(tmp_path / "two.db")
    with sqlite3.connect(second) as writer:
        writer.execute("UPDATE articles SET title = 'Only in the second' WHERE id = 40")
    writer.close()
    with opened(first, second) as datasette:
        assert "First passenger train" in page(datasette, "/-/read/40")
        assert "Only in the second" in page(datasette, "/-/read/40?db=two")
        assert "/-/read/40?db=two" in page(datasette, "/two/articles")
        assert "/-/topic/dprk-russia?db=two" in page(datasette, "/-/seedwatch?db=two")
        assert get(datasette, "/-/read/40?db=three").status_code == 404


@pytest.fixture
def other(tmp_path) -> Path:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT, url TEXT)")
        connection.execute("INSERT INTO articles VALUES (1, 'Plain', 'javascript:1')")
        connection.execute("CREATE VIRTUAL TABLE articles_fts USING fts5(title, content='articles')")
        connection.execute("INSERT INTO articles_fts (rowid, title) VALUES (1, 'Plain')")
    connection.close()
    return path


def test_plugin_is_silent_beside_other_databases(other):
    with opened(other) as datasette:
        for path in ("/", "/other", "/other/articles", "/other/articles?_search=plain", "/other/articles/1"):
            answer = get(datasette, path)
            assert answer.status_code == 200
            assert "seedwatch" not in answer.text
            assert "/-/read" not in answer.text
            assert "sw-" not in answer.text
            assert "content-security-policy" not in answer.headers
        assert get(datasette, "/-/seedwatch").status_code == 404
        assert rows(datasette, "/other.json")["queries"] == []
        assert "databases" not in datasette.metadata() or datasette.metadata("databases") == {}


def test_other_database_beside_ours_is_left_alone(other, tmp_path):
    with opened(fill(tmp_path / "watch.db"), other) as datasette:
        theirs = get(datasette, "/other/articles")
        assert "content-security-policy" not in theirs.headers
        assert "sw-list" not in theirs.text
        assert "javascript:1" in theirs.text
        assert get(datasette, "/other/articles?_search=plain").status_code == 200
        assert "sw-list" in page(datasette, "/watch/articles")
        assert "<title>Datasette" in page(datasette, "/")


def test_closed_database_shows_nothing(tmp_path):
    metadata = {"databases": {"watch": {"allow": {"id": "analyst"}}}}
    with opened(fill(tmp_path / "watch.db"), metadata=metadata) as datasette:
        for path in (*OUR_PAGES, "/-/topic/dprk-russia.atom"):
            answer = get(datasette, path)
            assert answer.status_code == 403, path
            assert "Pyongyang" not in answer.text
        assert "/-/seedwatch" not in tree(datasette, "/-/versions").xpath("//a/@href")
        actor = {"ds_actor": datasette.sign({"a": {"id": "analyst"}}, "actor")}
        assert get(datasette, "/-/read/40", cookies=actor).status_code == 200


def test_closed_table_closes_the_pages_that_read_it(tmp_path):
    metadata = {"databases": {"watch": {"tables": {"article_texts": {"allow": False}}}}}
    with opened(fill(tmp_path / "watch.db"), metadata=metadata) as datasette:
        assert get(datasette, "/-/read/40").status_code == 403
        assert get(datasette, "/-/sources").status_code == 200
