"""Channels of Telegram by their preview."""

import pytest

from crawler.documents.rss import parse_feed
from crawler.documents.telegram import post_at
from crawler.pages.entry_article import article_of_post
from crawler.pages.extract import extract_article
from storage.errors import ParseError
from storage.records.articles import Article, Page, Precision, Rejection
from storage.records.sources import FeedDocument, FeedEntry
from tests.support.feed_cases import NOW
from tests.support.telegram import NO_PREVIEW, Message, preview

URL = "https://t.me/s/harbour"


def parse(page: str, url: str = URL) -> FeedDocument:
    return parse_feed(page.encode(), url=url, content_type="text/html; charset=utf-8", timezone=None, now=NOW)


def only(message: Message) -> FeedEntry:
    (entry,) = parse(preview([message])).entries
    return entry


def test_posts_are_articles_the_newest_first():
    document = parse(preview([Message(7, "The ferry is late."), Message(8, "The ferry has come.")], before=7))

    assert document.title == "Harbour news"
    assert [(entry.url, entry.text) for entry in document.entries] == [
        ("https://t.me/s/harbour/8", "The ferry has come."),
        ("https://t.me/s/harbour/7", "The ferry is late."),
    ]
    assert document.links == (("next", "https://t.me/s/harbour?before=7"),)


def test_post_states_its_time_to_the_second():
    entry = only(Message(7, "The ferry is late."))

    assert entry.published is not None
    assert (entry.published.at.isoformat(), entry.published.precision) == (
        "2025-01-12T08:00:05+00:00",
        Precision.SECOND,
    )


def test_headline_is_the_first_line_and_lines_stay():
    entry = only(Message(7, "Ferries & wagons <late>\n\nThree wagons wait at the quay.\nNobody knows why."))

    assert entry.title == "Ferries & wagons <late>"
    assert entry.text.split("\n") == [
        "Ferries & wagons <late>",
        "Three wagons wait at the quay.",
        "Nobody knows why.",
    ]


def test_mark_of_an_edit_is_the_last_line():
    assert only(Message(7, "The ferry is late.", is_edited=True)).text == "The ferry is late.\n[edited]"
    assert only(Message(7, "The ferry is late.", signed="A. Pilot")).text == "The ferry is late."


def test_who_wrote_it_is_the_channel_it_was_forwarded_from_and_the_signature():
    entry = only(Message(7, "The ferry is late.", forwarded_from="Quay watch", signed="A. Pilot"))

    assert entry.authors == ("Quay watch", "A. Pilot")


def test_what_a_post_answers_is_not_its_text_but_poll_and_file_are():
    entry = only(
        Message(
            7,
            "See the table.",
            answers="The ferry is late.",
            question="Will it come?",
            file="Timetable 2026.pdf",
        )
    )

    assert entry.text == "See the table.\nWill it come?\nTimetable 2026.pdf"


@pytest.mark.parametrize(
    "message", [Message(7), Message(7, "Arrived."), Message(7, "Channel photo was updated", is_service=True)]
)
def test_what_says_too_little_is_left_out(message):
    assert parse(preview([message])).entries == ()


def test_post_without_a_number_or_time_is_no_failure():
    page = preview([Message(7, "The ferry is late."), Message(8, "Its time is missing here.")])
    page = page.replace('data-post="harbour/7"', 'data-post="harbour"')
    page = page.replace('<time datetime="2025-01-12T08:00:05+00:00" class="time">08:00</time>', "")
    page = page.replace("tgme_widget_message_meta", "other")

    (entry,) = parse(page).entries

    assert (entry.url, entry.published) == ("https://t.me/s/harbour/8", None)


def test_page_without_a_name_or_older_posts():
    page = preview([Message(7, "The ferry is late.")], before=7)
    nameless = page.replace("tgme_channel_info_header_title", "x").replace("tgme_header_title", "y")
    last = page.replace('<link rel="prev" href="/s/harbour?before=7">', "").replace("data-before", "data-x")

    assert parse(nameless).title == ""
    assert parse(last).links == ()
    assert parse(page.replace('<link rel="prev" href="/s/harbour?before=7">', "")).links == (
        ("next", "https://t.me/s/harbour?before=7"),
    )


def test_channel_that_is_gone_or_private_says_so():
    with pytest.raises(ParseError, match="gone, private") as caught:
        parse(NO_PREVIEW)
    assert caught.value.reason == "no_preview"


def test_page_that_is_no_tree_is_no_crash():
    with pytest.raises(ParseError) as caught:
        post_at("", url=f"{URL}/7", now=NOW)
    assert caught.value.reason == "not_html"


def test_page_that_talks_of_previews_is_a_page():
    with pytest.raises(ParseError) as caught:
        parse("<!doctype html><html><body><p>How tgme_widget_message is built</p></body></html>")
    assert caught.value.reason == "html"


def look(page: str, path: str = "/7") -> Article | Rejection:
    made = Page(URL + path, page.encode(), "text/html; charset=utf-8", NOW)
    return extract_article(made, None, timezone=None, language=None)


def test_look_at_a_post_gives_what_its_poll_gave():
    page = preview(
        [Message(6, "The quay is shut today."), Message(7, "The ferry is late.", forwarded_from="Quay watch")]
    )
    entry = next(one for one in parse(page).entries if one.url.endswith("/7"))

    seen = look(page)

    assert isinstance(seen, Article)
    assert (seen.url, seen.title, seen.text) == (entry.url, entry.title, entry.text)
    assert (seen.published, seen.authors, seen.text_from) == (entry.published, entry.authors, "feed")


def test_post_that_was_deleted_is_not_found_among_its_neighbours():
    seen = look(preview([Message(6, "The quay is shut today."), Message(8, "The ferry has come.")]))

    assert isinstance(seen, Rejection)
    assert seen.reason == "not_found"


@pytest.mark.parametrize(
    ("page", "path"),
    [
        (preview([Message(7, "The ferry is late.")]), ""),
        ("<html><body class='tgme_other'>" + "<p>word</p>" * 9 + "</body></html>", "/7"),
        (preview([]), "/about"),
    ],
)
def test_other_pages_are_read_as_pages(page, path):
    assert article_of_post(Page(URL + path, page.encode(), "text/html", NOW), None) is None


def test_bytes_that_are_no_text_are_left_to_the_reading_of_pages():
    page = Page(f"{URL}/7", b"tgme_" + bytes(range(256)) * 40, "text/html", NOW)

    assert article_of_post(page, None) is None
