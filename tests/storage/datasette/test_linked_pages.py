"""All that the pages link is there and light enough for a telephone; a page of ours runs nothing but our script."""

import re

import pytest

from storage.datasette.headers import STRICT
from tests.support.linked_pages import pages_of_watch

# Without pictures, of which there are none.
MOST_BYTES = 150_000
# What stands in an attribute or element that a strict policy would not run.
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", re.IGNORECASE)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return pages_of_watch(tmp_path_factory)


def test_no_link_leads_to_nothing(pages):
    assert [(page.status, page.address, page.linked_by) for page in pages if page.status != 200] == []
    assert sum(page.is_own for page in pages) > 25
    assert sum("/watch/" in page.address for page in pages) > 100


def test_each_page_is_light_enough(pages):
    read = [page for page in pages if page.kind.startswith("text/html")]
    heavy = [(len(page.body), page.address) for page in read if len(page.body.encode()) > MOST_BYTES]

    assert heavy == []


def test_pages_of_ours_hold_nothing_that_their_policy_would_stop(pages):
    own = [page for page in pages if page.is_own]

    assert {page.policy for page in own} == {STRICT}
    assert [(page.address, INLINE.findall(page.body)) for page in own if INLINE.search(page.body)] == []


def test_each_page_of_ours_says_what_it_is(pages):
    """One heading, a title and a language: what a screen reader begins with."""
    own = [page for page in pages if page.is_own]

    assert [page.address for page in own if page.body.count("<h1") != 1] == []
    assert [
        page.address for page in own if not re.search(r"<title>[^<]*\w", page.body.split("</head>")[0])
    ] == []
    assert [page.address for page in own if '<html lang="en">' not in page.body] == []
