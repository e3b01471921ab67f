"""Channels of Telegram by their public preview, ``t.me/s/NAME``: pages of twenty posts, each an article. Pure.

The form of these pages is nowhere documented; it is that which RSSHub, RSS-Bridge and snscrape read, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml import html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from crawler import limits
from crawler.documents.entries import first_words, list_entries
from crawler.text.bounds import first_elements
from crawler.text.dates import read_date
from crawler.text.storable import storable_line
from crawler.urls import clean_link
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import StatedDate
from storage.records.sources import FeedDocument, FeedEntry

EDITED = "[edited]"
"""The last line of a post that bears the mark; the page does not say when it was edited."""

_HTML_START = re.compile(r"[\s\ufeff]*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_PREVIEW = re.compile(r"class=[\"'][^\"']*\btgme_(?:widget_message|channel_history|channel_info)\b")
_NO_PREVIEW = re.compile(r"class=[\"'][^\"']*\btgme_page(?:_extra|_wrap|_action)?\b")
_POST = re.compile(r"[A-Za-z]\w*/(\d+)")
# "Arrived." says nothing; "Lavrov has arrived in Pyongyang" is news.
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a channel, whose text is that of an article."""

    entry: FeedEntry
    number: int


def is_channel(text: str) -> bool:
    """Whether *text* is a page of a channel's preview, or that which stands where there is none."""
    is_page = _HTML_START.match(text) is not None
    return is_page and (_PREVIEW.search(text) is not None or _NO_PREVIEW.search(text) is not None)


def parse_channel(text: str, *, url: str, now: datetime) -> FeedDocument:
    """The posts of a preview page fetched from *url*, the newest first, with the page of older ones as "next".

    Left out are posts without three words of text, and the service's own notes ("channel created").

    Raises:
        ParseError: ``no_preview``: the channel is gone, private, or shows no preview.
    """
    if not _PREVIEW.search(text):
        said = "the channel is gone, private, or shows no preview to those without the app"
        raise ParseError("no_preview", said)
    root = _root(text)
    posts = [_post(message, url, now) for message in _messages(root)]
    found = sorted(filter(None, posts), key=lambda post: post.number, reverse=True)
    listed = list_entries(post.entry for post in found)
    older = next((link for link in _older(root, url) if link), None)
    return FeedDocument(
        entries=listed.entries,
        title=_line(root, "tgme_channel_info_header_title") or _line(root, "tgme_header_title"),
        skipped=len(posts) - len(found),
        links=(("next", older),) if older else (),
    )


def post_at(text: str, *, url: str, now: datetime) -> FeedEntry | None:
    """The post at the address *url* (``.../s/NAME/NUMBER``), from the page of posts there; None if it is not there."""
    number = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    messages = (_post(message, url, now) for message in _messages(_root(text)))
    return next((post.entry for post in messages if post and str(post.number) == number), None)


def _root(text: str) -> HtmlElement:
    try:
        return html.document_fromstring(first_elements(text[: limits.EXTRACT_BYTES], limits.PAGE_ELEMENTS))
    except (ParserError, ValueError) as error:
        raise ParseError("not_html", str(error)) from error


def _messages(root: HtmlElement) -> list[HtmlElement]:
    return [
        message
        for message in root.iterfind(".//*[@data-post]")
        if "tgme_widget_message" in _classes(message) and "service_message" not in _classes(message)
    ]


def _post(message: HtmlElement, url: str, now: datetime) -> Post | None:
    """The post in *message*; None if it has no number or says too little."""
    named = _POST.fullmatch(message.get("data-post") or "")
    link = clean_link(url, urljoin(url, f"/s/{named[0]}")) if named else None
    lines = list(_lines(message))
    if named is None or link is None or count_words("\n".join(lines)) < _FEWEST_WORDS:
        return None
    authors = (
        _line(message, "tgme_widget_message_forwarded_from_name"),
        _line(message, "tgme_widget_message_from_author"),
    )
    entry = FeedEntry(
        link,
        first_words(lines[0]),
        published=_published(message, now),
        authors=tuple(dict.fromkeys(filter(None, authors))),
        text="\n".join([*lines, EDITED] if _is_edited(message) else lines),
    )
    return Post(entry, int(named[1]))


def _lines(message: HtmlElement) -> Iterator[str]:
    """The lines of a post: text or caption, the question of a poll, the name of a file; not what it answers."""
    for name in (
        "tgme_widget_message_text",
        "tgme_widget_message_poll_question",
        "tgme_widget_message_document_title",
    ):
        for element in _of_class(message, name):
            if any(
                classes & {"tgme_widget_message_reply", name}
                for classes in map(_classes, element.iterancestors())
            ):
                continue
            for line in _text(element).split("\n"):
                if stored := storable_line(line):
                    yield stored


def _text(element: HtmlElement) -> str:
    """The text of *element*, a line for each that it shows."""
    for end in element.iter("br"):
        end.tail = f"\n{end.tail or ''}"
    return str(element.text_content())


def _published(message: HtmlElement, now: datetime) -> StatedDate | None:
    for holder in _of_class(message, "tgme_widget_message_date"):
        for time in holder.iter("time"):
            return read_date(time.get("datetime") or "", rule="feed", timezone=None, now=now)
    return None


def _is_edited(message: HtmlElement) -> bool:
    """Whether words stand beside the time: the page has "edited" there, in the reader's language."""
    for holder in _of_class(message, "tgme_widget_message_meta"):
        own = (holder.text or "") + "".join(child.tail or "" for child in holder)
        return any(letter.isalpha() for letter in own)
    return False


def _older(root: HtmlElement, url: str) -> Iterator[str | None]:
    for link in root.iterfind(".//link[@rel='prev']"):
        yield clean_link(url, link.get("href") or "")
    for anchor in _of_class(root, "tme_messages_more"):
        if anchor.get("data-before"):
            yield clean_link(url, anchor.get("href") or "")


def _line(root: HtmlElement, name: str) -> str:
    """The text of the first element of a class, as one line; "" if there is none."""
    found = next(_of_class(root, name), None)
    return storable_line(found.text_content())[: limits.TITLE_CHARACTERS] if found is not None else ""


def _of_class(root: HtmlElement, name: str) -> Iterator[HtmlElement]:
    return (element for element in root.iter() if name in _classes(element))


def _classes(element: HtmlElement) -> set[str]:
    return set((element.get("class") or "").split())
