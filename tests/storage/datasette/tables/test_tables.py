"""Datasette's own pages of our tables, and the canned queries."""

import sqlite3

import pytest

from storage.datasette import databases
from storage.datasette.tables.catalogue import TABLES, column_descriptions
from storage.schema.columns import column_meanings
from tests.support.datasette_data import fill
from tests.support.datasette_serving import opened, page, rows, tree, words

QUERIES = (
    "new_on_topic", "to_review", "search_snippets", "who_carried", "by_source_and_day", "changed_since",
    "failing_feeds", "failing_links", "missed", "near_misses", "blind_days",
)  # fmt: skip


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    with opened(fill(tmp_path_factory.mktemp("tables") / "watch.db")) as datasette:
        yield datasette


@pytest.mark.parametrize("query", QUERIES)
def test_canned_queries_answer_without_parameters(watch, query):
    assert rows(watch, f"/watch/{query}.json?_shape=array") or query == "search_snippets"
    page(watch, f"/watch/{query}")


def test_every_canned_query_is_tested(watch):
    listed = {query["name"] for query in rows(watch, "/watch.json")["queries"]}

    assert listed == set(QUERIES)


def test_new_on_topic_takes_part_of_a_name(watch):
    found = rows(watch, "/watch/new_on_topic.json?_shape=array&topic=rare")

    assert {row["topic"] for row in found} == {"rare-earths"}
    assert found[0]["published"] == "2026-09-13T05:00"


@pytest.mark.parametrize("article", ["17", "18", ""])
def test_who_carried_gives_the_whole_story(watch, article):
    found = rows(watch, f"/watch/who_carried.json?_shape=array&article={article}")

    assert [row["relation"] for row in found] in (["first", "copy"], ["first", "excerpt"])
    if article:
        assert [row["article"] for row in found] == [17, 18]


def test_by_source_and_day_counts_matches_and_copies(watch):
    found = rows(watch, "/watch/by_source_and_day.json?_shape=array&source=courier&days=9")

    assert {row["source"] for row in found} == {"Harbour Courier"}
    assert sum(row["articles"] for row in found) == 6
    assert sum(row["copies"] for row in found) == 2


def test_search_query_gives_plain_snippets(watch):
    found = rows(watch, "/watch/search_snippets.json?_shape=array&q=朝俄")

    assert [row["article"] for row in found] == [38, 21, 5]
    assert "⟦朝俄⟧教育部门" in found[0]["snippet"]


def test_missed_tells_states_and_reasons(watch):
    found = {
        (row["state"], row["reason"]): row["links"] for row in rows(watch, "/watch/missed.json?_shape=array")
    }

    assert found["off_topic", ""] == 2
    assert found["not_article", "wall"] == 1


def test_list_of_articles_shows_chosen_columns(watch):
    shown = tree(watch, "/watch/articles")

    assert [words(head) for head in shown.iterfind(".//thead/tr/th")][:4] == [
        "title",
        "source",
        "published",
        "language",
    ]
    first = shown.find(".//tbody/tr")
    assert first.find(".//a").get("href") == "/-/read/40"
    assert "text_hash" not in [head.get("data-column") for head in shown.iterfind(".//thead/tr/th")]
    assert shown.find_class("sw-meanings")
    assert not shown.find_class("column-descriptions")


def test_all_or_other_columns_can_be_asked_for(watch):
    def heads(query):
        found = tree(watch, f"/watch/articles?{query}").iterfind(".//thead/tr/th")
        return [head.get("data-column") for head in found if head.get("data-column")]

    assert "text_hash" in heads("_all_columns=1")
    assert heads("_col=text_hash") == ["id", "text_hash"]
    assert "words" not in heads("_nocol=words")
    assert "text_hash" not in heads("_nocol=words")


def test_all_columns_are_shown_of_fewer_rows_and_put_away_again(watch):
    (every,) = tree(watch, "/watch/articles?_size=3").xpath("//a[text()='Show all']/@href")
    (chosen,) = tree(watch, every).xpath("//a[text()='Show the chosen columns']/@href")

    assert set(every.partition("?")[2].split("&")) == {"_size=30", "_all_columns=1"}
    assert chosen.rstrip("?") == "/watch/articles"


def test_finds_are_not_sorted_by_columns(watch):
    sorts = "//th//a[contains(@href, '_sort')]"

    assert tree(watch, "/watch/articles").xpath(sorts)
    assert not tree(watch, "/watch/articles?_search=the").xpath(sorts)


def test_tables_of_the_index_and_of_texts_are_not_listed(watch):
    shown = tree(watch, "/watch?_show_hidden=1").xpath("//div[@class='db-table']/h3/a/text()")
    (more,) = tree(watch, "/watch").xpath("//a[contains(@href, '_show_hidden')]/text()")

    assert {"articles", "articles_fts", "meta"} <= set(shown)
    assert not {"article_texts", "articles_fts_data", "revisions_fts_idx"} & set(shown)
    listed = tree(watch, "/watch").xpath("//div[@class='db-table']/h3/a/text()")
    assert more == f"{len(shown) - len(listed)} hidden tables"


def test_row_page_stands_upright_with_meanings(watch):
    shown = tree(watch, "/watch/articles/40").find_class("sw-row")[0]

    assert "where the date stood" in words(shown)


def test_facets_count_by_labels(watch):
    shown = words(tree(watch, "/watch/articles").find_class("facet-results")[0])

    assert "source_id 5 meridian 10" in shown
    assert "language 4" in shown
    assert "origin 2" in shown


def test_each_table_is_described_and_machine_tables_are_hidden(watch):
    tables = {table["name"]: table for table in rows(watch, "/watch.json")["tables"]}
    ours = {name: table for name, table in tables.items() if "_fts_" not in name}

    assert set(ours) == set(TABLES)
    assert {name for name, table in tables.items() if table["hidden"]} >= {
        "article_texts", "articles_fts", "articles_fts_data", "background", "background_counts", "off_topic_texts",
        "requests", "cluster_jobs", "text_vectors", "meta", "_sqlite_migrations",
    }  # fmt: skip
    assert not tables["articles"]["hidden"]
    assert (
        tables["articles"]["count"]
        == rows(watch, "/watch/articles.json?_size=1")["filtered_table_rows_count"]
    )
    assert [table["count"] for table in tables.values() if table["name"] in ("anchors", "meta")] == [
        None,
        None,
    ]


def test_large_table_is_not_counted_in_the_list(watch, monkeypatch):
    monkeypatch.setattr(databases, "MANY", 20)
    counts = {table["name"]: table["count"] for table in rows(watch, "/watch.json")["tables"]}

    assert counts["articles"] is None
    assert counts["topics"] > 0
    assert counts["coverage"] > 20  # has no row numbers


def test_search_box_of_a_table_asks_for_no_counts_and_no_facets(watch):
    form = tree(watch, "/watch/articles").xpath("//form[.//input[@name='_search']]")[0]

    assert form.xpath(".//input[@type='hidden']/@name") == ["_nocount", "_nofacet"]
    assert rows(watch, "/watch/links.json?_size=1")["rows"]
    assert not tree(watch, "/watch/links").xpath("//th//a[contains(@href, '_sort=title')]")


def test_each_column_is_described(watch):
    described = watch.metadata("databases")["watch"]["tables"]

    for table in rows(watch, "/watch.json")["tables"]:
        if table["name"] in described and table["name"] not in (
            "articles_fts",
            "revisions_fts",
            "_sqlite_migrations",
        ):
            assert list(described[table["name"]]["columns"]) == table["columns"]
            assert all(described[table["name"]]["columns"].values())
    assert described["articles"]["columns"]["words"].startswith("of the text; characters of Chinese")


def test_chosen_columns_and_facets_exist_and_facets_are_indexed(tmp_path):
    with sqlite3.connect(fill(tmp_path / "watch.db")) as connection:
        for name, table in TABLES.items():
            present = {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
            assert set(table.columns) <= present
            begun = {
                connection.execute(f"PRAGMA index_info({index[1]})").fetchone()[2]
                for index in connection.execute(f"PRAGMA index_list({name})").fetchall()
            }
            assert set(table.facets) <= begun
            assert set(table.sortable) <= {*begun, "id"}
    connection.close()


def test_column_comments_are_read():
    lines = (
        "id INTEGER,",
        "a TEXT,  -- one",
        "b TEXT, -- as above",
        "c_d REAL NOT NULL,",
        "e INTEGER REFERENCES x(id)",
    )
    definition = "\n".join(("CREATE TABLE t (", *lines, ")"))

    assert column_descriptions(column_meanings([definition])["t"]) == {
        "id": "number of the row, in order of arrival",
        "a": "one",
        "b": "one",
        "c_d": "c d",
        "e": "row of x",
    }


def test_own_metadata_goes_first(tmp_path):
    metadata = {
        "title": "Desk",
        "databases": {"watch": {"tables": {"articles": {"title": "Stories", "size": 5}}}},
    }
    with opened(fill(tmp_path / "watch.db"), metadata=metadata) as datasette:
        assert "<h1>Desk" in page(datasette, "/")
        stories = tree(datasette, "/watch/articles")
        assert "Stories" in words(stories.find(".//h1"))
        assert len(stories.findall(".//tbody/tr")) == 5
