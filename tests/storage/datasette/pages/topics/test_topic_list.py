"""The list of a topic's page: its filters, its pages, and stories on one line."""

import sqlite3

import pytest

from storage.datasette.pages.topics import topic_list
from storage.datasette.pages.wording import is_day
from tests.support.datasette_data import TO_REVIEW, fill
from tests.support.datasette_serving import opened, rows, tree, words

TOPIC = "/-/topic/dprk-russia"


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    path = fill(tmp_path_factory.mktemp("list") / "watch.db")
    with sqlite3.connect(path) as writer:
        writer.execute(
            "UPDATE sources SET country = 'kr', tags = '[\"asia\", \"daily\"]' WHERE name = 'deungdae'"
        )
    writer.close()
    with opened(path) as datasette:
        yield datasette


def listed(watch, query: str) -> list[dict]:
    return rows(watch, f"{TOPIC}.json?{query}")["entries"]


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("language=ru", "language", "ru"),
        ("source=4", "source", "등대일보"),
        ("country=kr", "source", "등대일보"),
        ("tag=daily", "source", "등대일보"),
    ],
)
def test_filter_lets_through_what_is_asked_for(watch, query, field, value):
    everything, found = listed(watch, ""), listed(watch, query)

    assert 0 < len(found) < len(everything)
    assert found == [entry for entry in everything if entry[field] == value]


def test_days_are_bounds_themselves_included(watch):
    days = [entry["published_at"][:10] for entry in listed(watch, "since=2026-09-07&until=2026-09-11")]

    assert (max(days), min(days)) == ("2026-09-11", "2026-09-07")
    assert listed(watch, "since=2026-9-7&until=x") == listed(watch, "")


def test_copies_are_folded_where_their_original_is_listed(watch):
    folded, everything = listed(watch, ""), listed(watch, "copies=all")
    repeated = [entry for entry in everything if entry["relation"]]

    assert [entry["original"] for entry in repeated] == ["Meridian Wire", "Meridian Wire"]
    assert len(folded) == len(everything) - 2
    # Where the filter leaves the original out it still stands for its copies.
    assert not [entry for entry in listed(watch, "source=2") if entry["relation"]]


def test_band_to_review_is_a_list_of_its_own(watch):
    shown = tree(watch, f"{TOPIC}?band=review")

    assert [words(one) for one in shown.find_class("sw-headline")] == [TO_REVIEW]
    assert words(shown.get_element_by_id("articles")) == "To review"
    assert listed(watch, "band=odd") == listed(watch, "")


def test_list_goes_on_page_by_page_with_its_filters(watch, monkeypatch):
    whole = [entry["article_id"] for entry in listed(watch, "language=en")]
    monkeypatch.setattr(topic_list, "PAGE", 2)
    seen, place = [], f"{TOPIC}?language=en&days=90&by=language"
    while place:
        shown = tree(watch, place)
        seen += [int(entry.get("data-article")) for entry in shown.find_class("sw-entry")]
        place = next(iter(shown.xpath("//a[@rel='next']/@href")), "")
        assert not place or ("language=en" in place and "by=language" in place)

    assert seen == whole
    assert listed(watch, "after=x") == listed(watch, "")


def test_total_counts_all_and_not_the_page(watch, monkeypatch):
    monkeypatch.setattr(topic_list, "PAGE", 2)
    assert "20 stories, the newest first" in words(tree(watch, TOPIC))
    assert "22 articles, the newest first" in words(tree(watch, f"{TOPIC}?copies=all"))
    monkeypatch.setattr(topic_list, "COUNTED", 5)
    assert "more than 5 stories" in words(tree(watch, TOPIC))
    assert "Nothing fits these filters." in words(tree(watch, f"{TOPIC}?source=999"))


@pytest.mark.parametrize("by", ["outlet", "language", "country"])
def test_figures_stand_behind_the_chart_and_lead_to_their_articles(watch, by):
    shown = tree(watch, f"{TOPIC}?by={by}&unit=week")
    lines = shown.find_class("sw-figures")[0].xpath(".//tbody/tr")

    assert sum(int(line[1].text) for line in lines) == 22
    week = lines[0]
    found = tree(watch, f"{week.find('.//a').get('href')}&copies=all").find_class("sw-entry")
    assert len(found) == int(week[1].text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("2026-09-14", True), ("2026-02-30", False), ("20260914", False), ("2026-W10-1", False)],
)
def test_day_exists(text, answer):
    assert is_day(text) is answer


@pytest.mark.parametrize(
    ("relation", "articles"),
    [
        ("carried", [36, 17]),
        ("copy", [18]),
        ("excerpt", [37]),
        ("extended", []),
        ("follow_up", []),
    ],
)
def test_articles_are_filtered_by_how_they_tell_their_story(watch, relation, articles):
    assert [entry["article_id"] for entry in listed(watch, f"relation={relation}")] == articles


def test_what_was_told_first_or_alone_and_what_repeats_it_are_everything(watch):
    alone, everything = listed(watch, "relation=original&copies=all"), listed(watch, "copies=all")
    repeated = [entry for relation in ("copy", "excerpt") for entry in listed(watch, f"relation={relation}")]

    assert len(alone) + len(repeated) == len(everything)
    assert not [entry for entry in alone if entry["relation"]]


@pytest.mark.parametrize("query", ["relation=odd", "marked=read", "marked=unread"])
def test_what_nobody_can_ask_is_passed_over(watch, query):
    assert listed(watch, query) == listed(watch, "")
