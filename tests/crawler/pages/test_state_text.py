import json

import pytest
from lxml.html import document_fromstring

from crawler.blocks.features import letters
from crawler.pages.state_text import state_text

TITLE = "Railway to reopen"
SENTENCES = ["Ministers met on Monday in the northern port, and agreed to reopen it.",
             "The second bridge is to be rebuilt before winter, they said.",
             "Neither side has published the text of the agreement."]  # fmt: skip
HANGUL = ["할마르항만국은 지난주에 항로의 예비부속품을 실은 배가 들어왔다고 밝혔다.",
          "기술자들은 강 건너 양수기를 바꾸어야 한다고 기자들에게 설명하였다."]  # fmt: skip


def found(script: str, *, title: str = TITLE, description: str = "", kind: str = "") -> str:
    root = document_fromstring(f"<html><body><p>x</p><script{kind}>{script}</script></body></html>")
    return state_text(root, letters(title), letters(description))


def padded(document: object) -> str:
    return json.dumps({"settings": "x" * 300, "page": document}, ensure_ascii=False)


@pytest.mark.parametrize(
    "script",
    [
        padded({"headline": TITLE, "paragraphs": SENTENCES}),
        padded(
            {
                "headlines": {"basic": TITLE},
                "content_elements": [{"type": "text", "content": one} for one in SENTENCES],
            }
        ),
        padded({"title": TITLE, "body": {"html": "".join(f"<p>{one}</p>" for one in SENTENCES)}}),
        f"window.App = window.App || {{}}; App.page = {padded({'title': TITLE, 'body': SENTENCES})}; App.go();",
        f"window.state = JSON.parse({json.dumps(padded({'title': TITLE, 'body': SENTENCES}))});",
    ],
    ids=["paragraphs", "elements", "html", "assigned", "parsed"],
)
def test_text_beside_the_headline_is_the_article_s(script: str) -> None:
    assert found(script).split("\n") == SENTENCES


def test_text_that_begins_as_the_description_is_the_article_s() -> None:
    assert found(padded({"text": HANGUL}), title="다른 제목", description=HANGUL[0]) == "\n".join(HANGUL)


@pytest.mark.parametrize(
    "script",
    [
        padded({"headline": "Another story", "paragraphs": SENTENCES}),
        padded({"title": TITLE, "related": [{"title": "Another", "paragraphs": SENTENCES}]}),
        padded({"title": TITLE, "texts": ["short", "shorter"]}),
        "var broken = {" + "x" * 400,
        "[" * 50_000,
        '{"a":' * 20_000,
        "x" * 2_100_000,
    ],
    ids=["other-title", "related", "short", "broken", "lists", "records", "large"],
)
def test_what_nothing_vouches_for_is_no_text(script: str) -> None:
    assert found(script) == ""
