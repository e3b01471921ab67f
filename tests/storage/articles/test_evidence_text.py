"""The evidence of events in words."""

import json

import pytest

from storage.articles.evidence_text import evidence_lines


@pytest.mark.parametrize(
    ("detail", "lines"),
    [
        (None, []),
        ("found beside a seed", ["found beside a seed"]),
        ('{"broken', ['{"broken']),
        ("[1]", ["[1]"]),
        (
            json.dumps(
                {
                    "looks": [{"at": "2026-12-24T04:00:14+00:00", "reason": "http_404", "status": 404, "url": "http://a/1"}],
                    "neighbour": {"url": "http://a/2", "at": "2026-12-24T04:00:14+00:00"},
                }
            ),
            [
                "looked: 2026-12-24 04:00, HTTP 404, not found, http://a/1",
                "another page of the site was there: 2026-12-24 04:00, http://a/2",
            ],
        ),
        (
            json.dumps({"at": "2026-12-24T04:00:14+00:00", "url": "http://a/1", "text": "the same", "note": ""}),
            ["found at: http://a/1", "its text: the same"],
        ),
        (json.dumps({"looks": [{"reason": "front_page"}], "a_fact": 1}), ["looked: front page", "a fact: 1"]),
        (json.dumps({"looks": [{"at": "once", "tries": 3}]}), ["looked: once, tries 3"]),
    ],
    ids=["none", "words", "no JSON", "a list", "a removal", "a return", "another reason", "what nobody knows yet"],
)  # fmt: skip
def test_evidence_is_told_a_line_for_each_look_or_fact(detail, lines):
    assert list(evidence_lines(detail)) == lines
