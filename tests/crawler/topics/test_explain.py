"""What is told of why an article matched."""

import pytest

from crawler.topics.explain import rule_terms
from crawler.topics.rules import rule_hit
from storage.query import QueryDocument, parse_query

TITLE = "Talks in North Korea"
TEXT = (
    "The minister of North Korea met Russian officials. North  Korea and Russia agreed. A russian ship left."
)


def test_words_that_a_rule_found_stand_as_the_article_writes_them():
    hit = rule_hit(parse_query('"North Korea" NEAR/30 Russia*'), QueryDocument.of(TITLE, TEXT, language="en"))
    assert hit is not None

    terms = rule_terms({"title": TITLE, "text": TEXT}, hit.spans, 0.9)

    assert [term.surface for term in terms] == ["North Korea", "Russian", "Russia"]
    assert sum(term.contribution for term in terms) == pytest.approx(0.9)


def test_nothing_found_is_nothing_told():
    assert rule_terms({"title": TITLE, "text": TEXT}, (), 0.9) == ()
