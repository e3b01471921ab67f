"""The schema as a page."""

import sqlite3
from contextlib import closing

import pytest

from storage.datasette.tables.catalogue import TABLES
from tests.support.datasette_data import fill
from tests.support.datasette_serving import opened, page, rows, tree, words


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    with opened(fill(tmp_path_factory.mktemp("schema") / "watch.db")) as datasette:
        yield datasette


def test_every_table_and_column_is_there_with_its_meaning(watch):
    document = rows(watch, "/-/schema.json")
    told = {table["name"]: table for table in document["tables"] + document["machine"]}

    with closing(sqlite3.connect(watch.databases["watch"].path)) as reader:
        for name, table in told.items():
            columns = [row[1] for row in reader.execute(f"PRAGMA table_info({name})")]
            assert [column["name"] for column in table["columns"]] == columns
    assert set(TABLES) <= set(told)
    assert {table["name"] for table in document["machine"]} >= {
        name for name, table in TABLES.items() if table.hidden
    }
    lacking = [
        (table["name"], column["name"])
        for table in document["tables"]
        for column in table["columns"]
        if not column["meaning"]
    ]
    assert lacking == []


def test_references_lead_to_tables_of_the_page(watch):
    shown = tree(watch, "/-/schema")
    named = {heading.get("id") for heading in shown.iter("h2")}

    assert {link.get("href")[1:] for link in shown.xpath("//td/a")} <= named
    assert ("article_id", "articles") in {
        (column["name"], column["refers_to"])
        for table in rows(watch, "/-/schema.json")["tables"]
        for column in table["columns"]
    }


def test_indexes_say_what_may_be_asked_for_quickly(watch):
    tables = {table["name"]: table for table in rows(watch, "/-/schema.json")["tables"]}

    assert "(band, published_at, topic_id, source_id)" in tables["matches"]["indexes"]
    assert "(topic_id, article_id) UNIQUE" in tables["matches"]["indexes"]
    assert "(article_id) WHERE relation <> 'follow_up'" in tables["copies"]["indexes"]


def test_page_of_the_database_leads_there_and_it_is_light(watch):
    assert "/-/schema" in page(watch, "/watch")
    assert len(page(watch, "/-/schema")) < 150_000


def test_list_of_tables_says_what_they_hold(watch):
    shown = words(tree(watch, "/watch"))

    assert (
        "matches Which article is about which topic, with the score and the words that made it. 33 rows"
        in shown
    )
