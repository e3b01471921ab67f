"""The page that a page names as its original."""

import pytest

from crawler.stories.originals import canonical_key


@pytest.mark.parametrize(
    ("canonical", "own", "key"),
    [
        ("https://www.a.example/news/1?utm_source=x", "b.example/1", "a.example/news/1"),
        ("https://a.example/news/1", "a.example/news/1", None),
        ("https://a.example/", "b.example/1", None),
        ("https://a.example", "b.example/1", None),
        (None, "b.example/1", None),
        ("", None, None),
        ("https://a.example/news/1", None, "a.example/news/1"),
    ],
    ids=["other page", "itself", "front page", "no path", "none", "empty", "seed"],
)
def test_canonical_key(canonical, own, key):
    assert canonical_key(canonical, own) == key
