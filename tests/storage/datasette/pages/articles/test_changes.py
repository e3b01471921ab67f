"""What outlets edited and removed, as a list."""

import sqlite3

import pytest

from storage.datasette.pages.articles import changes
from storage.search import changes as index_of_changes
from tests.support.datasette_data import fill, insert
from tests.support.datasette_serving import get, opened, rows, tree, words

ADDED = "Six thousand passengers waited at the ferry."


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    path = fill(tmp_path_factory.mktemp("changes") / "watch.db")
    writer = sqlite3.connect(path)
    writer.row_factory = sqlite3.Row
    for number, (article, kind, silent) in enumerate(
        [(30, "major", 1), (31, "minor", 0), (32, "re-extracted", 0)]
    ):
        insert(
            writer, "revisions", article_id=article, number=1, seen_at="2026-09-10T08:00:00+00:00", title="Before",
            text="Old.", text_hash="0",
        )  # fmt: skip
        revision = insert(
            writer, "revisions", article_id=article, number=2, seen_at=f"2026-09-14T1{number}:00:00+00:00",
            title="After", text=ADDED, added=ADDED, removed="Nine thousand left.", kind=kind, silent=silent,
            words_added=7, words_removed=3, language="en", text_hash="1",
        )  # fmt: skip
        index_of_changes.index(writer, revision)
    insert(writer, "article_events", article_id=33, happened_at="2026-09-14T20:00:00+00:00", event="returned")
    writer.commit()
    writer.close()
    with opened(path) as datasette:
        yield datasette


def listed(watch, query: str = "") -> list[tuple[int, str]]:
    found = rows(watch, f"/-/changes.json?{query}")["changes"]
    return [(change["article_id"], change["event"]) for change in found]


def test_edits_and_removals_stand_in_one_list_newest_first(watch):
    found = rows(watch, "/-/changes.json")["changes"]

    assert [change["at"] for change in found] == sorted((change["at"] for change in found), reverse=True)
    assert listed(watch)[:3] == [(33, "returned"), (31, "edited"), (30, "edited")]
    assert (12, "deleted") in listed(watch)
    assert 32 not in [article for article, _ in listed(watch)]  # we read it anew; the outlet changed nothing


def test_silent_edit_is_marked_and_leads_to_what_changed(watch):
    entry = tree(watch, "/-/changes?what=silent").find_class("sw-entry")[0]

    assert "major edit silent words: +7 −3" in words(entry)
    assert words(entry.find(".//del")) == "Nine thousand left."
    assert words(entry.find(".//ins")) == ADDED
    assert entry.xpath(".//p[@class='sw-headline']/a/@href") == ["/-/revisions/30?to=2"]


@pytest.mark.parametrize(
    ("query", "events"),
    [
        ("what=edited", {"edited"}),
        ("what=silent", {"edited"}),
        ("what=removed", {"deleted", "returned"}),
        ("what=odd", {"edited", "deleted", "returned"}),
    ],
)
def test_kinds_can_be_told_apart(watch, query, events):
    assert {event for _, event in listed(watch, query)} == events


def test_outlet_is_a_filter(watch):
    everything = rows(watch, "/-/changes.json")["changes"]
    chosen = tree(watch, "/-/changes").xpath("//select[@name='source']/option")[1]
    found = rows(watch, f"/-/changes.json?source={chosen.get('value')}")["changes"]

    assert found == [change for change in everything if change["source"] == words(chosen)]
    assert "Nothing fits these filters." in words(tree(watch, "/-/changes?source=999"))


def test_search_finds_what_came_or_went(watch):
    assert listed(watch, "q=ferry") == [(31, "edited"), (30, "edited")]
    assert listed(watch, "q=nine+thousand&what=silent") == [(30, "edited")]
    assert listed(watch, "q=nowhere") == []
    slip = tree(watch, "/-/changes?q=%22ferry+AND+(").find_class("sw-slip")
    assert slip
    assert get(watch, "/-/changes?q=x&edits=z&events=%C2%B2").status_code == 200


def test_list_goes_on_page_by_page(watch, monkeypatch):
    whole = listed(watch)
    monkeypatch.setattr(changes, "PAGE", 2)
    seen, place = [], "/-/changes"
    while place:
        document = rows(watch, place.replace("/-/changes", "/-/changes.json"))
        seen += [(change["article_id"], change["event"]) for change in document["changes"]]
        place = next(iter(tree(watch, place).xpath("//a[@rel='next']/@href")), "")

    assert seen == whole


def test_two_texts_stand_side_by_side(watch):
    shown = tree(watch, "/-/revisions/30?view=side")

    assert [words(head) for head in shown.iterfind(".//thead/tr/th")] == ["version 1", "version 2"]
    assert "in one text" in words(shown)
    one = tree(watch, "/-/revisions/30").xpath("//a[text()='side by side']/@href")
    assert one == ["/-/revisions/30?from=1&to=2&view=side"]
