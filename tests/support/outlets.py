"""Small outlets for crawls: article pages, feeds, sitemaps and settings for servers on 127.0.0.1."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.support.servers import answer

_BODY = (
    "The {subject} committee met in the harbour town on Tuesday and agreed on a timetable for its work. "
    "Its chair said that the {subject} report would be published before the end of the year, and that each of the "
    "nine members had been asked to write a chapter. Fishermen who had waited outside asked for compensation. "
    "The mayor promised to look into the {subject} question, and the meeting ended without a vote. "
)


def story(title: str, subject: str = "", status: int = 200, **headers: str | int) -> bytes:
    """The answer of a page with an article that no other page has."""
    paragraphs = "".join(
        f"<p>{_BODY.format(subject=f'{subject or title} {word}')}</p>"
        for word in ("first", "second", "third")
    )
    page = (
        f'<!doctype html><html lang="en"><head><title>{escape(title)}</title></head><body><article>'
        f"<h1>{escape(title)}</h1>{paragraphs}</article></body></html>"
    )
    return answer(page.encode(), status, **headers)


def rss(links: Mapping[str, str], title: str = "A feed") -> bytes:
    """An RSS document: headline -> address."""
    items = "".join(
        f"<item><title>{escape(head)}</title><link>{escape(link)}</link></item>"
        for head, link in links.items()
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def feed(links: Mapping[str, str], **headers: Any) -> bytes:
    """The answer of a feed: headline -> address."""
    return answer(rss(links), **{"Content_Type": "application/rss+xml", **headers})


def sitemap(urls: Iterable[str], *, is_index: bool = False) -> bytes:
    """A sitemap, or an index of sitemaps."""
    outer, inner = ("sitemapindex", "sitemap") if is_index else ("urlset", "url")
    entries = "".join(f"<{inner}><loc>{escape(url)}</loc></{inner}>" for url in urls)
    return (
        f'<?xml version="1.0"?><{outer} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{outer}>'
    ).encode()


def write_settings(
    folder: Path,
    sources: Iterable[Mapping[str, object]],
    allowed: Iterable[str],
    *,
    delay: float = 0,
    more: str = "",
) -> Path:
    """A seedwatch.toml that keeps all articles; *more* stands before the first source."""
    lines = [
        'database = "test.db"',
        "[crawl]",
        'contact = "mailto:desk@example.org"',
        f"delay = {delay}",
        'keep = "all"',
        f"allow_private = {json.dumps(list(allowed))}",
        more,
    ]
    for source in sources:
        lines += ["[[source]]", *(f"{name} = {json.dumps(value)}" for name, value in source.items())]
    path = folder / "seedwatch.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
