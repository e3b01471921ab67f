"""Articles that no page of their own shows: entries of feeds, posts of channels. Pure."""

import re
from urllib.parse import urlsplit

from crawler.documents.telegram import is_channel, post_at
from crawler.text.encoding import decode
from crawler.text.languages import detect_language
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import Article, Page, Rejection
from storage.records.sources import FeedEntry

_POST_PATH = re.compile(r"/s/\w+/\d+/?")


def article_of_entry(entry: FeedEntry, url: str, language: str | None) -> Article:
    """The article at *url* that an entry is by itself: all of its text, else its summary, else its headline."""
    text = entry.text or entry.summary or entry.title
    return Article(
        url=url,
        title=entry.title,
        text=text,
        published=entry.published,
        modified=entry.updated,
        unread_date=None if entry.published else entry.unread_date,
        language=detect_language(f"{entry.title}\n{text}", entry.language or language),
        authors=entry.authors,
        outlet_host=entry.outlet or urlsplit(url).hostname,
        words=count_words(text),
        text_from="feed",
    )


def article_of_post(page: Page, language: str | None) -> Article | Rejection | None:
    """The post of a Telegram channel that the address of *page* names, or why it is none; None for other pages."""
    if b"tgme_" not in page.body or not _POST_PATH.fullmatch(urlsplit(page.url).path):
        return None
    try:
        text = decode(page.body, page.content_type)
        if not is_channel(text):
            return None
        post = post_at(text, url=page.url, now=page.fetched_at)
    except ParseError:  # the reading of pages says why
        return None
    if post is None:
        return Rejection("not_found", "the channel does not show a post of this number")
    return article_of_entry(post, page.url, language)
