"""What a message says to people, and to machines."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.alerts.messages import message_of, plain
from storage.records.alerts import Contents, ToldArticle, ToldChange, ToldCondition, ToldTopic
from tests.support.samples import NOW

TOPIC = ToldTopic("strait", "The strait link", 3.0, "seed", "tunnel, strait", "They spoke of the tunnel.")
ONE = ToldArticle(7, "Ministers meet", "courier", "http://courier.example/7", "en", NOW, "day", NOW, (TOPIC,))
SILENT = ToldCondition(
    "silent", "began", "courier", "source", NOW, None, "no new article; 9.0 a day are usual"
)


def message(*articles, conditions=(), changes=(), is_digest=False, public_url=""):
    contents = Contents(articles, conditions, changes)
    return message_of("key-1", "desk", contents, NOW, is_digest=is_digest, public_url=public_url)


def test_one_article_is_the_headline():
    told = message(ONE)

    assert told.title == "The strait link: Ministers meet"
    assert told.text.splitlines() == [
        "Ministers meet",
        "courier · 2026-09-14 · en · The strait link",
        "http://courier.example/7",
        "“They spoke of the tunnel.”",
        "",
        "seedwatch, alert desk, message key-1",
    ]


def test_many_articles_are_listed_up_to_twenty_and_the_document_has_all():
    articles = [replace(ONE, id=number, title=f"Story {number}") for number in range(33)]

    at_once, digest = message(*articles), message(*articles, is_digest=True)

    assert at_once.title == "The strait link: 33 new articles"
    assert at_once.text.count("Story ") == 20
    assert "\n\nand 13 more\n\n" in at_once.text
    assert digest.text.count("Story ") == 33
    assert len(at_once.document["articles"]) == 33


def test_the_document_is_json_with_id_kind_topics_and_articles():
    ended = replace(SILENT, change="ended", until=NOW + timedelta(hours=2))

    document = json.loads(json.dumps(message(ONE, conditions=(ended,)).document))

    assert {key: document[key] for key in ("id", "kind", "rule", "topics", "created_at")} == {
        "id": "key-1",
        "kind": "match+health",
        "rule": "desk",
        "topics": ["strait"],
        "created_at": NOW.isoformat(),
    }
    assert document["articles"][0]["topics"][0]["score"] == 3.0
    assert document["conditions"][0]["until"] == (NOW + timedelta(hours=2)).isoformat()


def test_conditions_say_what_began_and_what_is_over():
    began, ended = message(conditions=(SILENT,)), message(conditions=(replace(SILENT, change="ended"),))

    assert (began.title, ended.title) == ("courier: silent", "courier: is over: silent")
    assert "no new article; 9.0 a day are usual" in began.text
    assert began.is_warning


@given(st.text(max_size=400))
def test_what_the_web_says_is_one_line_that_calls_nobody(text):
    line = plain(text)

    assert "\n" not in line
    assert "@everyone" not in plain(f"{text}@everyone")
    assert "<!here>" not in plain(f"<!here> {text}")
    assert len(line) <= 600


def test_what_is_long_ends_with_an_ellipsis_and_what_has_no_date_says_so():
    assert plain("abcdef", 4) == "abc…"
    assert "undated" in message(replace(ONE, published_at=None)).text


REMOVED = ToldChange(8, "Denial issued", "Harbour Courier", "http://courier.example/8", "deleted", NOW)
EDITED = ToldChange(9, "Port opens", "TASS", None, "edited", NOW, True, "It cost 6,000.", "It cost 9,000.")


def test_digest_is_a_briefing_by_topic_and_story_with_what_was_changed():
    ferry = replace(TOPIC, topic="ferry", title="The ferry", sentence="")
    stories = (
        replace(ONE, source_title="Harbour Courier", carried=("TASS", "등대일보")),
        replace(ONE, id=10, title="A ferry sails", topics=(ferry,)),
        replace(ONE, id=11, title="Ministers part", topics=(TOPIC, ferry)),
    )

    told = message(
        *stories, changes=(REMOVED, EDITED), is_digest=True, public_url="https://watch.example.org"
    )

    assert told.text.split("\n\n") == [
        "The strait link (2)\n===================",
        "Ministers meet\nHarbour Courier · 2026-09-14 · en · The strait link\nalso carried by TASS, 등대일보\n"
        "http://courier.example/7\n“They spoke of the tunnel.”\nhttps://watch.example.org/-/read/7",
        "Ministers part\ncourier · 2026-09-14 · en · The strait link, The ferry\nhttp://courier.example/7\n"
        "“They spoke of the tunnel.”\nhttps://watch.example.org/-/read/11",
        "The ferry (1)\n=============",
        "A ferry sails\ncourier · 2026-09-14 · en · The ferry\nhttp://courier.example/7\n"
        "https://watch.example.org/-/read/10",
        "Edited and removed (2)\n======================",
        "deleted: Denial issued\nHarbour Courier · 2026-09-14 12:00 UTC\nhttp://courier.example/8\n"
        "https://watch.example.org/-/read/8",
        "edited, silently: Port opens\nTASS · 2026-09-14 12:00 UTC\n- It cost 9,000.\n+ It cost 6,000.\n"
        "https://watch.example.org/-/read/9",
        "seedwatch, alert desk, message key-1",
    ]


def test_document_leads_to_our_pages_only_where_readers_reach_them():
    there = message(ONE, changes=(REMOVED,), public_url="https://watch.example.org").document
    nowhere = message(ONE, changes=(REMOVED,)).document

    assert there["articles"][0]["page"] == "https://watch.example.org/-/read/7"
    assert there["changes"][0]["page"] == "https://watch.example.org/-/read/8"
    assert nowhere["articles"][0]["page"] is nowhere["changes"][0]["page"] is None
    assert json.loads(json.dumps(there))["changes"][0]["at"] == NOW.isoformat()


def test_digest_of_changes_alone_says_so():
    told = message(changes=(REMOVED, EDITED, EDITED), is_digest=True)

    assert told.title == "2 articles edited or removed"
    assert told.document["kind"] == "changes"
    assert told.text.startswith("Edited and removed (3)\n")
    assert message(ONE, changes=(REMOVED,)).document["kind"] == "match"


def test_many_carriers_are_counted():
    told = message(replace(ONE, carried=tuple(f"outlet {number}" for number in range(9))))

    assert (
        "also carried by outlet 0, outlet 1, outlet 2, outlet 3, outlet 4, outlet 5 and 3 more" in told.text
    )
