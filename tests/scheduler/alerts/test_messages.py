"""What a message says to people, and to machines."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.alerts.messages import message_of, plain
from storage.records.alerts import Contents, ToldArticle, ToldCondition, ToldTopic
from tests.support.samples import NOW

TOPIC = ToldTopic("strait", "The strait link", 3.0, "seed", "tunnel, strait", "They spoke of the tunnel.")
ONE = ToldArticle(7, "Ministers meet", "courier", "http://courier.example/7", "en", NOW, "day", NOW, (TOPIC,))
SILENT = ToldCondition(
    "silent", "began", "courier", "source", NOW, None, "no new article; 9.0 a day are usual"
)


def message(*articles, conditions=(), is_digest=False):
    return message_of("key-1", "desk", Contents(articles, conditions), NOW, is_digest=is_digest)


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
