from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import limits
from crawler.documents.entries import (
    dropped_warning,
    entry_without_link,
    join_warnings,
    language_code,
    list_entries,
    newest_entries,
    plain_text,
)
from crawler.urls import url_key
from storage.records.articles import Precision, StatedDate
from storage.records.sources import FeedEntry


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("  two\n\t lines ", "two lines"),
        ("Mos<em>cow</em>", "Moscow"),
        ("<p>one</p><p>two<br/>three</p>", "one two three"),
        ("a <script>alert('<b>')</script> b", "a b"),
        ("a <style>p {}", "a"),
        ("a<!-- no --> b <!-- open", "a b"),
        ("1 < 2 > 0 <3", "1 < 2 > 0 <3"),
        ("R&D &amp; Q&amp;A &#8211; &#x2013; &nbsp;x", "R&D & Q&A – – x"),
        ("&notable; &copyright", "&notable; &copyright"),
        ("&lt;b&gt;", "<b>"),
        ("A\x00B\x08C\x7f\ufeff\ud800", "ABC"),
        ("<img src=x onerror=alert(1)>", ""),
        ("北<b>韓</b>", "北韓"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert plain_text(markup, 100) == text


def test_text_is_cut_after_markup_is_gone() -> None:
    assert plain_text("<b>" * 30 + "word " * 100, 10) == "word word"


@given(st.text(), st.integers(0, 50))
def test_text_has_one_line_no_controls_and_its_length(markup: str, characters: int) -> None:
    text = plain_text(markup, characters)

    assert len(text) <= characters
    assert text.splitlines() in ([], [text])
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "en"), ("ko-KR", "ko"), ("zh_CN", "zh"), (" RU ", "ru"), ("kor", "ko"), ("zho-cn", "zh"), ("xyz", None),
     ("english", None), ("", None), ("x", None)],
)  # fmt: skip
def test_language_is_two_letters(tag: str, code: str | None) -> None:
    assert language_code(tag) == code


def test_each_address_is_listed_once() -> None:
    first, again = FeedEntry("https://x.example/1", "first"), FeedEntry("http://www.x.example/1/", "again")
    other = FeedEntry("https://x.example/2")

    listed = list_entries([first, None, again, other])

    assert (listed.entries, listed.skipped, listed.dropped) == ((first, other), 1, 0)


def test_entries_over_the_limit_are_counted() -> None:
    listed = list_entries(
        FeedEntry(f"https://x.example/{number}") for number in range(limits.ENTRIES_PER_FEED + 2)
    )

    assert (len(listed.entries), listed.dropped) == (limits.ENTRIES_PER_FEED, 2)


def test_undated_entries_of_several_documents_are_kept_at_their_ends() -> None:
    first = [FeedEntry(url=f"https://ledger.example/a{number}") for number in range(5)]
    second = [FeedEntry(url=f"https://ledger.example/b{number}") for number in range(5)]
    dated = FeedEntry(
        url="https://ledger.example/dated",
        published=StatedDate(datetime(2026, 9, 1, tzinfo=UTC), Precision.DAY, "", ""),
    )

    kept = newest_entries([[*first[:2], dated, *first[2:]], second], 5)

    assert [entry.url.rpartition("/")[2] for entry in kept] == ["a0", "dated", "a4", "b0", "b4"]


def test_warnings_are_one_text() -> None:
    assert join_warnings(None, "a", "", "b", "a") == "a; b"
    assert join_warnings(None, "") is None
    assert dropped_warning(0) is None


class TestItemWithoutALink:
    ITEM = FeedEntry("https://posts.example/feed.xml", summary="x")

    def entry(
        self, identifier: str, markup: str, *, title: str = "", url: str = ITEM.url
    ) -> FeedEntry | None:
        return entry_without_link(url, identifier, title, markup, self.ITEM)

    def test_has_its_own_address_and_keeps_it(self) -> None:
        first, again = (self.entry("post-1", f"<p>{text} {'word ' * 12}</p>") for text in ("Old", "New"))
        other = self.entry("post-2", "<p>Old word " + "word " * 12)

        assert first is not None
        assert again is not None
        assert other is not None
        assert first.url == again.url != other.url
        assert len({url_key(one.url) for one in (first, other)}) == 2
        assert url_key(first.url) != url_key(self.ITEM.url)

    def test_paragraphs_are_lines_and_the_first_words_a_headline(self) -> None:
        found = self.entry(
            "post-1", "<p>Ferries sail again from Monday on.</p><p>The <b>piers</b> were surveyed.</p>"
        )

        assert found is not None
        assert found.text == "Ferries sail again from Monday on.\nThe piers were surveyed."
        assert found.title == "Ferries sail again from Monday on."

    def test_a_long_first_line_is_cut_behind_a_word(self) -> None:
        found = self.entry("post-1", "harbour " * 40)

        assert found is not None
        assert found.title == "harbour " * 11 + "harbour…"

    @pytest.mark.parametrize("markup", ["", "Photo", "<img src='x.jpg'>", "<p>Two words</p>"])
    def test_with_hardly_a_text_is_none(self, markup: str) -> None:
        assert self.entry("post-1", markup, title="A title") is None

    def test_of_a_feed_with_a_query_is_added_to_it(self) -> None:
        found = self.entry("post-1", "word " * 12, url="https://posts.example/feed?lang=en#top")

        assert found is not None
        assert found.url.startswith("https://posts.example/feed?lang=en&seedwatch-item=")
