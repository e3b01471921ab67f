"""What our pages say."""

import sqlite3
from contextlib import closing

import pytest
from lxml import etree

from storage import db, meta
from storage.datasette.pages.sources import sources as page_of_sources
from storage.records.cluster import ClusterFigures, ClusterState
from tests.support.datasette_data import TO_REVIEW, add_article, fill, insert
from tests.support.datasette_serving import get, opened, page, tree, words
from tests.support.samples import NOW


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    with opened(fill(tmp_path_factory.mktemp("pages") / "watch.db")) as datasette:
        yield datasette


def test_start_page_tells_what_is_new(watch):
    start = tree(watch, "/-/seedwatch")

    cards = [words(card) for card in start.find_class("sw-card")]
    assert cards[0].startswith("North Korea and Russia 1 that day, 9 in 7 days, 22 in 30")
    hits = [words(hit) for hit in start.find_class("sw-entries")[0]]
    assert hits[0].startswith("Meridian Wire 2026-09-14 06:00 en #40 edited First passenger train")
    assert len(hits) == 25
    problems = words(start.find_class("sw-problems")[0])
    assert "failing Волна timeout" in problems
    assert "shaky 潮报" in problems
    assert "2026-09-14 09:00" in words(start)


def test_start_page_leaves_copies_to_their_original(watch):
    start = words(tree(watch, "/-/seedwatch"))

    assert "Russian teachers start work" not in start
    assert "+1 carried it North Korea hosts Russian language teachers" in start


def test_start_page_of_an_empty_database_says_what_to_do(database):
    with opened(database) as datasette:
        assert "Nothing has been collected yet" in page(datasette, "/-/seedwatch")
        assert "No source is watched yet" in page(datasette, "/-/sources")
        assert "40 rows" not in page(datasette, f"/{database.stem}/articles")


def test_the_page_of_sources_tells_how_a_cluster_stands(database):
    figures = ClusterFigures(waiting=2, doing=0, records=0, newer=0, lag_s=0.0, dead=1, writer_seen_at=None)
    with closing(db.connect(database)) as connection:
        meta.put(connection, meta.CLUSTER, ClusterState(NOW, "postgresql://<b>/x", figures))

    with opened(database) as datasette:
        shown = words(tree(datasette, "/-/sources"))

    assert "cluster at postgresql://<b>/x: 0 workers, 2 jobs wait" in shown
    assert "Cluster: there is no writer" in shown
    assert "Cluster: 1 dead letter" in shown


def test_article_page(watch):
    article = tree(watch, "/-/read/36")

    assert words(article.find_class("sw-meta")[0]) == (
        "published 2026-09-13 12:00 UTC · first seen 2026-09-13 12:25 · Foreign desk · world · en · 34 words"
    )
    original = article.find_class("sw-original")[0]
    assert original.get("href") == "https://meridian.example/2026/09/13/36.html"
    assert "noreferrer" in original.get("rel")
    assert {mark.text for mark in article.iter("mark")} == {"North Korea", "Russia", "Pyongyang", "Moscow"}
    assert "Russian language teachers" in words(article.find(".//h1"))
    tellers = [words(line) for line in article.find_class("sw-axis-table")[0].iterfind("tbody/tr")]
    assert tellers == [
        "Meridian Wire XX 2026-09-13 12:00 first North Korea hosts Russian language teachers",
        "Harbour Courier XX 2026-09-13 12:36 excerpt, 86% alike, 36 min later Russian teachers start work in Pyongyang",
    ]
    assert "told 2 times by 2 outlets" in words(article)
    assert words(article.find_class("sw-match")[0]).startswith("North Korea and Russia 3.70 3.00 needed")
    assert article.find_class("sw-text")[0].get("lang") == "en"
    assert article.find_class("sw-text")[0].get("dir") == "auto"


def test_copy_leads_to_its_original(watch):
    assert "This repeats North Korea hosts Russian language teachers" in words(tree(watch, "/-/read/37"))


def test_date_is_told_to_its_precision(watch):
    assert "published 2026-08-28 (to the day)" in words(tree(watch, "/-/read/1"))


def test_deleted_article_says_so(watch):
    shown = words(tree(watch, "/-/read/12"))

    assert "taken this article down" in shown
    assert shown.count("HTTP 410") == 1
    assert "removed" in shown


def test_neighbours_on_the_topic(watch):
    links = {link.text: link.get("href") for link in tree(watch, "/-/read/38").iter("a")}

    assert (links["newer on the topic"], links["older on the topic"]) == ("/-/read/40", "/-/read/37")


def test_spans_of_an_older_text_are_not_marked(tmp_path):
    path = fill(tmp_path / "watch.db")
    with sqlite3.connect(path) as writer:
        explanation = '{"terms": [], "sentences": [], "spans": [["text", 0, 3], ["title", 0, 5]]}'
        writer.execute("UPDATE matches SET explanation = ? WHERE article_id IN (36, 40)", [explanation])
    writer.close()
    with opened(path) as datasette:
        assert [mark.text for mark in tree(datasette, "/-/read/36").iter("mark")] == ["North", "Twenty"]
        assert list(tree(datasette, "/-/read/40").iter("mark")) == []


def test_best_sentences_stand_above_a_long_text(tmp_path):
    path = fill(tmp_path / "watch.db")
    with sqlite3.connect(path) as writer:
        writer.execute("UPDATE articles SET words = 900 WHERE id = 36")
    writer.close()
    with opened(path) as datasette:
        sentences = [words(one) for one in tree(datasette, "/-/read/36").iter("blockquote")]

    assert len(sentences) == 2
    assert sentences[0].startswith("Twenty teachers from Russia")


def test_revisions_page_shows_what_changed(watch):
    shown = tree(watch, "/-/revisions/40").find_class("sw-text")[0]

    assert [one.text for one in shown.iter("del")] == ["nine "]
    assert [one.text.strip() for one in shown.iter("ins")] == [
        "eight",
        "and a choir",
        "Regular trains shall run twice a month; a ticket costs as much as a flight.",
    ]


@pytest.mark.parametrize("query", ["?from=2&to=1", "?from=9&to=x", "?to=1"])
def test_odd_choices_of_revisions_are_answered(watch, query):
    assert "First passenger train" in page(watch, f"/-/revisions/40{query}")


def test_article_with_one_text_has_no_difference(watch):
    assert "Only one text" in page(watch, "/-/revisions/39")


def test_topic_page(watch):
    topic = tree(watch, "/-/topic/dprk-russia")

    assert words(topic.find(".//h2")) == "22 matches in 30 days"
    titles = [
        title.text.split("\n")[0] for title in topic.iter("title") if (title.text or "").startswith("2026")
    ]
    assert "2026-09-07: 5" in titles
    assert len(titles) == 30
    assert "like the seeds" in words(topic.find_class("sw-entries")[0])
    assert "/-/topic/dprk-russia.atom" in [link.get("href") for link in topic.iter("link")]
    assert "90 days" in words(tree(watch, "/-/topic/dprk-russia?days=90"))


def test_what_is_to_review_stands_beside_the_matches_and_not_among_them(watch):
    topic = tree(watch, "/-/topic/dprk-russia")
    start = tree(watch, "/-/seedwatch")

    assert "1 to review" in [link.text for link in topic.iter("a")]
    assert TO_REVIEW not in words(topic)
    assert TO_REVIEW in page(watch, "/watch/to_review?topic=dprk")
    assert TO_REVIEW not in page(watch, "/watch/new_on_topic")
    assert "; 1 to review" in words(start.find_class("sw-card")[0])


@pytest.mark.parametrize("days", ["0", "-1", "x", "99999999999999999999", "²"])
def test_odd_numbers_of_days_are_answered(watch, days):
    assert "in 30 days" in page(watch, f"/-/topic/dprk-russia?days={days}")


def test_topic_feed_holds_originals_newest_first(watch):
    answer = get(watch, "/-/topic/dprk-russia.atom")
    document = etree.fromstring(answer.content)
    titles = [title.text for title in document.iterfind("{*}entry/{*}title")]

    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert titles[:2] == ["First passenger train from Moscow reaches Pyongyang", "俄语教师赴朝鲜任教"]
    assert "Russian teachers start work in Pyongyang" not in titles
    assert len(titles) == 20
    assert document.find("{*}link[@rel='self']").get("href") == "http://localhost/-/topic/dprk-russia.atom"


def test_topic_of_any_name_has_its_pages(tmp_path):
    path = fill(tmp_path / "watch.db")
    with sqlite3.connect(path) as writer:
        insert(writer, "topics", name="북러 / 100 % .atom?", title="")
    writer.close()
    with opened(path) as datasette:
        start = tree(datasette, "/-/seedwatch")
        address = next(card.get("href") for card in start.find_class("sw-card") if "북러" in words(card))
        assert "북러 / 100 % .atom?" in page(datasette, address)
        assert (
            etree.fromstring(get(datasette, f"{address}.atom").content)
            .find("{*}title")
            .text.startswith("북러")
        )


def test_sources_page_puts_problems_first(watch):
    sources = tree(watch, "/-/sources")
    lines = [words(line) for line in sources.iterfind(".//tbody/tr")]

    assert lines[0].startswith("Волна failing 2026-09-14 09:00 2026-09-14 00:00 level 3 timeout: no answer")
    assert [line.split()[-1] for line in lines if "shaky" in line]
    blind = [title.text for title in sources.iter("title") if "blind" in (title.text or "")]
    assert blind == ["2026-09-13: blind, 3 looks failed", "2026-09-14: blind, 3 looks failed"]


@pytest.mark.parametrize(
    "path", ["/-/read/999", "/-/revisions/999", "/-/topic/none", "/-/topic/none.atom", "/-/read/x"]
)
def test_what_is_not_there_is_not_found(watch, path):
    assert get(watch, path).status_code == 404


def test_pages_without_texts_dates_or_titles_are_shown(tmp_path):
    path = fill(tmp_path / "watch.db")
    with sqlite3.connect(path) as writer:
        bare = add_article(
            writer, "", title="", published_at=None, published_precision=None, language=None, url=None
        )
        writer.execute("DELETE FROM article_texts WHERE article_id = ?", [bare])
    writer.close()
    with opened(path) as datasette:
        shown = words(tree(datasette, f"/-/read/{bare}"))
        assert "(no headline)" in shown
        assert "date unknown" in shown
        assert "No text is stored." in shown
        assert "(no headline)" in page(datasette, "/watch/articles")


def test_follow_ups_stand_apart_and_lags_are_no_finer_than_the_dates(tmp_path):
    path = fill(tmp_path / "watch.db")
    writer = sqlite3.connect(path)
    later = add_article(
        writer, "What came of the teachers.", title="Teachers, a week on", language="en",
        published_at="2026-09-20T00:00:00+00:00", published_precision="day",
    )  # fmt: skip
    insert(
        writer, "copies", article_id=later, original_id=36, relation="follow_up", similarity=0.31,
        first_by="published", lag_s=561_600,
    )  # fmt: skip
    writer.commit()
    writer.close()

    with opened(path) as datasette:
        shown = words(tree(datasette, "/-/read/36"))

    carried, followed = shown.split("The story:")[1].split("Followed up by")
    assert "Teachers, a week on" not in carried
    assert "Teachers, a week on 2026-09-20 · follow-up, 31% alike, 6 days later" in followed


def test_sources_are_shown_a_page_at_a_time_by_state_and_name(watch, monkeypatch):
    everything = tree(watch, "/-/sources").xpath("//td[@data-label='source']/a")
    monkeypatch.setattr(page_of_sources, "LINES", 2)
    first = tree(watch, "/-/sources")
    seen, place = [], "/-/sources"
    while place:
        shown = tree(watch, place)
        seen += [words(link) for link in shown.xpath("//td[@data-label='source']/a")]
        place = next(iter(shown.xpath("//a[@rel='next']/@href")), None)

    assert seen == [words(link) for link in everything]
    assert len(first.xpath("//td[@data-label='source']")) == 2
    for link in first.xpath("//a[contains(@href, 'state=')]"):
        number, state = words(link).split(" ", 1)
        lines = tree(watch, link.get("href"))
        assert f"{number} of {len(everything)} sources" in words(
            lines.xpath("//form[.//input[@name='q']]")[-1]
        )
        assert {words(cell) for cell in lines.xpath("//td[@data-label='state']")} == {state}
    named = tree(watch, f"/-/sources?q={seen[0][:4].upper()}").xpath("//td[@data-label='source']")
    assert seen[0] in {words(cell) for cell in named}
    assert "No source is so called" in page(watch, "/-/sources?q=nobody")
