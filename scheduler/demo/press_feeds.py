"""The feeds, sitemaps and robots.txt of an outlet as text. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from scheduler.demo.press_pages import section_path, stated, teaser
from scheduler.demo.press_records import DemoArticle, OutletContent


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One entry as a feed prints it."""

    link: str  # absolute
    title: str
    published: datetime | date | None
    stated: str  # ISO 8601, as finely as the outlet states dates; empty for none
    summary: str = ""
    section: str = ""
    modified: datetime | None = None
    feed_date: str | None = None  # printed in place of the true date; "" for no date


def feed_lines(outlet: OutletContent, home: str) -> list[FeedLine]:
    """All entries, newest first, those without a date last; a moved article only under its old address."""
    moved = {special.target for special in outlet.specials}
    lines = [_line_of(outlet, article, home) for article in outlet.articles if article.path not in moved]
    lines += [
        replace(_line_of(outlet, article, home), link=home + further)
        for article in outlet.articles
        if (further := outlet.further(article))
    ]
    lines += [
        FeedLine(home + special.path, special.title, special.published, _iso(special.published))
        for special in outlet.specials
        if special.in_feed
    ]
    lines += [
        FeedLine(
            entry.link if ":" in entry.link else home + entry.link,
            entry.title,
            entry.published,
            _iso(entry.published),
        )
        for entry in outlet.extra_entries
    ]
    return sorted(lines, key=lambda line: (line.published is not None, line.stated), reverse=True)


def rss_feed(outlet: OutletContent, home: str) -> str:
    """RSS 2.0 with RFC 822 dates, or whatever `feed_date` says in their place."""
    items = "\n".join(_rss_item(line) for line in feed_lines(outlet, home))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{escape(outlet.title)}</title><link>{home}/</link>"
        f"<description>{escape(outlet.title)}</description><language>{outlet.language}</language>\n"
        f"{items}\n</channel></rss>\n"
    )


def atom_feed(outlet: OutletContent, home: str) -> str:
    """Atom (RFC 4287); `updated` is the modified date of an edited article, else the published one."""
    lines = feed_lines(outlet, home)
    updated = max(_updated(line) for line in lines)
    entries = "\n".join(
        f"<entry><title>{escape(line.title)}</title><id>{escape(line.link)}</id>"
        f'<link rel="alternate" href={quoteattr(line.link)}/>'
        f"<published>{line.stated}</published><updated>{_updated(line)}</updated>"
        f"<summary>{escape(line.summary)}</summary></entry>"
        for line in lines
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">'
        f"<title>{escape(outlet.title)}</title><id>{home}/</id>"
        f'<link rel="self" href="{home}{outlet.feed}"/><link href="{home}/"/>'
        f"<updated>{updated}</updated><author><name>{escape(outlet.author)}</name></author>\n{entries}\n</feed>\n"
    )


def rdf_feed(outlet: OutletContent, home: str) -> str:
    """RSS 1.0 with Dublin Core dates."""
    lines = feed_lines(outlet, home)
    sequence = "".join(f"<rdf:li rdf:resource={quoteattr(line.link)}/>" for line in lines)
    items = "\n".join(
        f"<item rdf:about={quoteattr(line.link)}><title>{escape(line.title)}</title>"
        f"<link>{escape(line.link)}</link><description>{escape(line.summary)}</description>"
        f"<dc:subject>{escape(line.section)}</dc:subject><dc:date>{line.stated}</dc:date></item>"
        for line in lines
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{home}{outlet.feed}"><title>{escape(outlet.title)}</title><link>{home}/</link>'
        f"<description>{escape(outlet.title)}</description><dc:language>{outlet.language}</dc:language>"
        f"<items><rdf:Seq>{sequence}</rdf:Seq></items></channel>\n{items}\n</rdf:RDF>\n"
    )


def json_feed(outlet: OutletContent, home: str) -> str:
    """JSON Feed 1.1."""
    items = [
        {
            "id": line.link,
            "url": line.link,
            "title": line.title,
            "summary": line.summary,
            "content_text": line.summary,
            "date_published": line.stated,
            "tags": [line.section] if line.section else [],
        }
        for line in feed_lines(outlet, home)
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.title,
        "home_page_url": f"{home}/",
        "feed_url": f"{home}{outlet.feed}",
        "language": outlet.language,
        "authors": [{"name": outlet.author}],
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def sitemap_index(home: str) -> str:
    """An index of the news sitemap and of the one with everything else."""
    sitemaps = "".join(
        f"<sitemap><loc>{home}/sitemap-{name}.xml</loc></sitemap>" for name in ("news", "pages")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{sitemaps}</sitemapindex>\n'
    )


def news_sitemap(outlet: OutletContent, home: str) -> str:
    """A sitemap with the news extension: title, language and publication date of each article."""
    urls = "\n".join(
        f"<url><loc>{escape(line.link)}</loc><news:news><news:publication>"
        f"<news:name>{escape(outlet.title)}</news:name><news:language>{outlet.language}</news:language>"
        f"</news:publication><news:publication_date>{line.stated}</news:publication_date>"
        f"<news:title>{escape(line.title)}</news:title></news:news></url>"
        for line in feed_lines(outlet, home)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{urls}\n</urlset>\n'
    )


def pages_sitemap(outlet: OutletContent, home: str) -> str:
    """A plain sitemap of home, sections and static pages."""
    paths: Sequence[str] = [
        "/",
        *(section_path(outlet, slug) for slug in outlet.sections),
        *(page.path for page in outlet.pages),
    ]
    urls = "".join(f"<url><loc>{escape(home + path)}</loc></url>" for path in paths)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>\n'
    )


def robots_text(outlet: OutletContent, home: str) -> str:
    """All is allowed but what the outlet disallows; names the sitemap index where there is one."""
    lines = ["User-agent: *", f"Disallow: {outlet.disallow}"]
    if outlet.kind == "sitemap":
        lines += ["", f"Sitemap: {home}/sitemap.xml"]
    return "\n".join(lines) + "\n"


def _line_of(outlet: OutletContent, article: DemoArticle, home: str) -> FeedLine:
    return FeedLine(
        link=home + article.path,
        title=article.title,
        published=article.published,
        stated=stated(article),
        summary=teaser(article),
        section=outlet.sections[article.section],
        modified=article.modified,
        feed_date=article.feed_date,
    )


def _rss_item(line: FeedLine) -> str:
    printed = _rfc822(line.published) if line.feed_date is None else line.feed_date
    date_element = f"<pubDate>{escape(printed)}</pubDate>" if printed else ""
    category = f"<category>{escape(line.section)}</category>" if line.section else ""
    return (
        f"<item><title>{escape(line.title)}</title><link>{escape(line.link)}</link>"
        f'<guid isPermaLink="false">{escape(line.link)}</guid>{date_element}{category}'
        f"<description>{escape(line.summary)}</description></item>"
    )


def _rfc822(published: date | None) -> str:
    return format_datetime(published) if isinstance(published, datetime) else ""


def _updated(line: FeedLine) -> str:
    return line.stated if line.modified is None else line.modified.isoformat()


def _iso(published: datetime | None) -> str:
    return "" if published is None else published.isoformat(timespec="seconds")


def http_date(moment: datetime) -> str:
    """The form of Last-Modified (RFC 9110, 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
