"""What the web wrote stays text, on every page: markup, addresses that run, control characters, odd dates."""

import json
import re
import sqlite3
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree, html

from storage import db
from storage.analyser import VERSION
from tests.support.datasette_data import insert
from tests.support.datasette_serving import get, opened, page

PAYLOADS = (
    '<script>alert("stored")</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://a.example/"onmouseover="alert(1)',
    "\x00\x08\x1b\x7f\x9f\ufffe</mark></title><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raise %}",
    "⟦<b onclick=alert(1)>⟧ alert " + "long " * 100,
)
TABLES = (
    "sources", "feeds", "runs", "polls", "links", "articles", "article_texts", "article_events", "sightings", "copies",
    "revisions", "topics", "topic_seeds", "topic_models", "matches", "feedback", "alerts", "coverage",
    "saved_searches",
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Every text column of every table holds each payload."""
    path = tmp_path_factory.mktemp("hostile") / "watch.db"
    connection = db.connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    for number, payload in enumerate(PAYLOADS, start=1):
        for table in TABLES:
            insert(connection, table, **_row(connection, table, number, payload))
        insert(connection, "articles_fts", rowid=number, title="alert", text="alert")
    connection.close()
    with opened(path) as datasette:
        yield datasette


def _row(connection: sqlite3.Connection, table: str, number: int, payload: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})"):
        # Texts that must differ from row to row end in a number.
        values[name] = f"{payload}{number}" if kind == "TEXT" else number
    fixed = {
        "analyser": VERSION,
        "relation": payload,
        "number": 1,
        "lag_s": -5,
        "enabled": 1,
        "tags": json.dumps([payload]),
        "aliases": json.dumps({payload: [payload]}),
        "state": payload,
    }
    values |= {name: value for name, value in fixed.items() if name in values}
    if table == "topics":
        values["name"] = "topic1" if number == 1 else values["name"]
    if table == "copies":
        values |= {"original_id": number % len(PAYLOADS) + 1}
    if table == "saved_searches":
        values |= {"query": f"alert OR {json.dumps(payload)}", "saved_at": "2026-09-14T00:00:00+00:00"}
    if table == "matches":
        why = {
            "measure": payload,
            "terms": [[payload, 1.5], ["alert", 1]],
            "sentences": [payload],
            "spans": [["text", 0, 5]],
        }
        values["explanation"] = json.dumps(why)
    return values


OURS = (
    "/-/seedwatch",
    "/-/sources",
    "/-/changes",
    "/-/revisions/1?view=side",
    "/-/search?q=alert",
    "/-/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/-/topic/topic1",
    "/-/coverage/topic1",
    *(
        f"/-/source/{quote(f'{payload}{number}', safe='')}"
        for number, payload in enumerate(PAYLOADS, start=1)
    ),
    *(f"/-/read/{number}" for number in range(1, len(PAYLOADS) + 1)),
    *(f"/-/revisions/{number}" for number in range(1, len(PAYLOADS) + 1)),
    *(f"/-/story/{number}" for number in range(1, len(PAYLOADS) + 1)),
)
QUERIES = (
    "new_on_topic", "search_snippets?q=alert", "who_carried", "by_source_and_day?days=3660", "changed_since",
    "failing_feeds", "failing_links", "missed", "near_misses", "blind_days",
)  # fmt: skip
DATASETTES = (
    "/",
    "/watch",
    *(f"/watch/{table}" for table in TABLES),
    *(f"/watch/{table}?_all_columns=1" for table in TABLES),
    *(f"/watch/{table}/1" for table in ("sources", "feeds", "links", "articles", "matches", "revisions", "topics")),
    *(f"/watch/{query}" for query in QUERIES),
    "/watch/articles?_search=%3Cscript%3Ealert(1)%3C/script%3E",
)  # fmt: skip
# Datasette's own scripts; in its pages nothing else may run.
_OWN_SCRIPT = re.compile(r"^\s*(document\.body\.addEventListener|DATASETTE_ALLOW_FACET|window\.onload|$)")
_LEADING = ("href", "src", "action", "formaction", "srcdoc", "data")
_ADDRESS = re.compile(r"^(https?://|[/?#.]|$)")


def live_parts(text: str) -> list[str]:
    """What would run or lead out of http(s) in a page."""
    found = []
    for element in html.fromstring(text).iter(etree.Element):
        for name, value in element.attrib.items():
            if name.startswith("on") or (name in _LEADING and not _ADDRESS.match(value)):
                found.append(f"{element.tag} {name}={value}")
        if element.tag == "script" and not _OWN_SCRIPT.match(element.text or ""):
            found.append(f"script {element.text}")
        if element.tag in ("iframe", "object", "embed", "base"):
            found.append(element.tag)
    return found


@pytest.mark.parametrize("path", OURS)
def test_our_pages_hold_only_text(hostile, path):
    text = page(hostile, path)

    assert live_parts(text) == []
    assert not re.search(r"\b49\b", text), "a template in a text was run"
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)


@pytest.mark.parametrize("path", DATASETTES)
def test_pages_of_our_tables_hold_only_text(hostile, path):
    assert live_parts(page(hostile, path)) == []


def test_the_check_itself_finds_what_is_live():
    bad = "<body><script>alert(1)</script><a href='javascript:1' onclick='x'>a</a><iframe></iframe></body>"

    assert len(live_parts(bad)) == 4


def test_each_topic_has_a_feed_that_can_be_read(hostile):
    start = html.fromstring(page(hostile, "/-/seedwatch"))
    feeds = [link.get("href") for link in start.iter("link") if link.get("type") == "application/atom+xml"]

    assert len(feeds) == len(PAYLOADS)
    for address in feeds:
        answer = get(hostile, address)
        assert answer.status_code == 200, address
        document = etree.fromstring(answer.content)
        links = [link.get("href") for link in document.iter("{*}link")]
        assert all(link.startswith(("http://localhost/", "https://a.example/")) for link in links)
        assert document.findtext("{*}updated") == "1970-01-01T00:00:00+00:00"


def test_each_saved_search_opens(hostile):
    start = html.fromstring(page(hostile, "/-/seedwatch"))
    shown = start.find_class("sw-saved")[0].findall(".//a")

    assert len(shown) == len(PAYLOADS)
    for number, link in enumerate(shown):
        answer = get(hostile, link.get("href"))
        # A name with what no page may show cannot be saved by us; it is not found, by way of Datasette's own spelling.
        assert answer.status_code == 200 or (number, answer.status_code) == (0, 302)
        assert answer.status_code == 302 or live_parts(answer.text) == []


def test_each_topic_page_opens(hostile):
    start = html.fromstring(page(hostile, "/-/seedwatch"))

    for card in start.find_class("sw-card"):
        assert live_parts(page(hostile, card.get("href"))) == []
