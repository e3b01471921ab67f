"""The pages of an outlet as HTML: articles, home, sections, static pages and the pages that are no articles. Pure."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from html import escape
from string import Template

from scheduler.demo.press_records import DemoArticle, OutletContent, SpecialPage, StaticPage

RELATED = 3  # links under an article
LATEST = 5  # links in the box beside the text
TEASER_CHARACTERS = 160  # of the body; on lists and in descriptions
ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
RUSSIAN_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
FEED_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
    "rdf": "application/rdf+xml",
}


def article_page(outlet: OutletContent, article: DemoArticle, home: str) -> str:
    """A story in its outlet's templates; `home` is the outlet's address without a slash at the end."""
    metadata, date_line = date_markup(outlet, article, home)
    main = _fill(
        outlet.templates["article"],
        title=escape(article.title),
        section=escape(outlet.sections[article.section]),
        author=escape(outlet.author),
        date_line=date_line,
        body="\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in article.paragraphs),
        related=_links(related_articles(outlet, article)),
    )
    head = "\n".join(part for part in (_head(outlet, home, article), metadata) if part)
    return _frame(outlet, article.title, head, main)


def home_page(outlet: OutletContent, home: str) -> str:
    """The front page: what only it has, then all articles newest first."""
    return _frame(
        outlet, outlet.title, _head(outlet, home), outlet.home_extra + _items(outlet, outlet.articles)
    )


def section_page(outlet: OutletContent, slug: str, home: str) -> str:
    """A section's articles, newest first."""
    name = outlet.sections[slug]
    chosen = [article for article in outlet.articles if article.section == slug]
    main = f"<h1>{escape(name)}</h1>\n{_items(outlet, chosen)}"
    return _frame(outlet, name, _head(outlet, home), main)


def static_page(outlet: OutletContent, page: StaticPage, home: str) -> str:
    """A page that is no news."""
    main = f"<h1>{escape(page.title)}</h1>\n<p>{escape(page.text)}</p>"
    return _frame(outlet, page.title, _head(outlet, home), main)


def special_page(outlet: OutletContent, page: SpecialPage, home: str) -> str:
    """A consent wall, a login page or a page behind robots.txt: a heading, one paragraph, buttons."""
    buttons = "".join(f'<button type="submit">{escape(label)}</button>' for label in page.buttons)
    fields = (
        '<label>E-mail <input type="email" name="user"></label>'
        '<label>Password <input type="password" name="password"></label>'
    )
    form = f'<form method="post" action="/session">{fields if page.login else ""}{buttons}</form>'
    main = (
        f'<div class="gate"><h1>{escape(page.heading)}</h1>\n<p>{escape(page.text)}</p>\n'
        f"{form if page.buttons else ''}</div>"
    )
    return _frame(outlet, page.title, _head(outlet, home), main)


def date_markup(outlet: OutletContent, article: DemoArticle, home: str) -> tuple[str, str]:
    """What the head and what the visible part of a page say about its date; either may be empty.

    The article's `page_date` lists the forms: "json-ld", "meta" and "itemprop" for machines, "time" for both,
    "day", "moment" and "juche" for eyes; "none" for none.
    """
    published = article.published
    if published is None:
        return "", ""
    forms = article.page_date
    head = [
        text
        for form, text in (
            ("json-ld", _json_ld(outlet, article, home)),
            ("meta", _meta_dates(article)),
            ("itemprop", f'<meta itemprop="datePublished" content="{stated(article)}">'),
        )
        if form in forms
    ]
    visible = [
        text
        for form, text in (
            ("time", f'<time datetime="{stated(article)}">{_clock_free(published)}</time>'),
            ("day", f'<span class="date">{written_day(published, outlet.language)}</span>'),
            ("moment", f'<span class="date">{_written_moment(published, outlet.language)}</span>'),
            ("juche", f'<div class="date">{juche_day(published)}</div>'),
        )
        if form in forms
    ]
    return "\n".join(head), "".join(visible)


def stated(article: DemoArticle) -> str:
    """The article's date in ISO 8601 as finely as its outlet states dates; empty where there is none."""
    published = article.published
    if not isinstance(published, datetime):
        return published.isoformat() if published else ""
    return published.isoformat(timespec="minutes" if article.precision == "minute" else "seconds")


def written_day(day: date, language: str) -> str:
    """The day as the language writes it."""
    return {
        "ru": f"{day.day} {RUSSIAN_MONTHS[day.month - 1]} {day.year}",
        "ko": f"{day.year}년 {day.month}월 {day.day}일",
        "zh": f"{day.year}年{day.month}月{day.day}日",
    }.get(language, f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}")


def juche_day(day: date) -> str:
    """The day in the calendar that counts 1912 as its first year."""
    return f"Juche {day.year - 1911} ({day.year}) {ENGLISH_MONTHS[day.month - 1]} {day.day}"


def teaser(article: DemoArticle) -> str:
    """The beginning of the body, cut between words where the script has them."""
    text = article.paragraphs[0]
    if len(text) <= TEASER_CHARACTERS:
        return text
    cut = text[:TEASER_CHARACTERS]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + " …"


def related_articles(outlet: OutletContent, article: DemoArticle) -> Sequence[DemoArticle]:
    """The RELATED articles that precede this one in its outlet, going on from the newest at the end."""
    place = outlet.articles.index(article)
    return [outlet.articles[(place + step) % len(outlet.articles)] for step in range(1, RELATED + 1)]


def section_path(outlet: OutletContent, slug: str) -> str:
    """The path of a section's page."""
    return outlet.section_path.format(slug=slug)


def _frame(outlet: OutletContent, title: str, head: str, main: str) -> str:
    nav = (
        f'<li><a href="{escape(section_path(outlet, slug))}">{escape(name)}</a></li>'
        for slug, name in outlet.sections.items()
    )
    pages = (f'<li><a href="{escape(page.path)}">{escape(page.title)}</a></li>' for page in outlet.pages)
    return _fill(
        outlet.templates["frame"],
        language=outlet.language,
        page_title=escape(title),
        site=escape(outlet.title),
        head=head,
        main=main,
        nav="".join(nav),
        pages="".join(pages),
        latest_heading=escape(outlet.latest),
        latest=_latest(outlet),
    )


def _head(outlet: OutletContent, home: str, article: DemoArticle | None = None) -> str:
    lines = []
    if outlet.feed is not None:
        lines.append(
            f'<link rel="alternate" type="{FEED_TYPES[outlet.kind]}" title="{escape(outlet.title)}" '
            f'href="{home}{outlet.feed}">'
        )
    if article is not None and outlet.canonical:
        lines.append(f'<link rel="canonical" href="{escape(home + article.path)}">')
    if article is not None and outlet.open_graph:
        lines += _open_graph(outlet, article, home)
    return "\n".join(lines)


def _open_graph(outlet: OutletContent, article: DemoArticle, home: str) -> list[str]:
    values = {
        "og:type": "article",
        "og:site_name": outlet.title,
        "og:title": article.title,
        "og:description": teaser(article),
        "og:url": home + article.path,
    }
    return [f'<meta property="{name}" content="{escape(value)}">' for name, value in values.items()]


def _meta_dates(article: DemoArticle) -> str:
    lines = [f'<meta property="article:published_time" content="{stated(article)}">']
    if article.modified is not None:
        lines.append(f'<meta property="article:modified_time" content="{article.modified.isoformat()}">')
    return "\n".join(lines)


def _json_ld(outlet: OutletContent, article: DemoArticle, home: str) -> str:
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": stated(article),
        "inLanguage": outlet.language,
        "articleSection": outlet.sections[article.section],
        "author": {"@type": "Organization", "name": outlet.author},
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.title},
        "mainEntityOfPage": home + article.path,
    }
    # "</" inside a script element would end it.
    text = json.dumps(facts, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def _clock_free(published: date) -> str:
    """Month and day alone, as small print beside a time element has it."""
    return f"{published.month:02}-{published.day:02}"


def _written_moment(published: date, language: str) -> str:
    clock = f", {published:%H:%M}" if isinstance(published, datetime) else ""
    return written_day(published, language) + clock


def _latest(outlet: OutletContent) -> str:
    """The links of the box beside the text: second addresses where articles have them."""
    return "".join(
        f'<li><a href="{escape(outlet.further(article) or article.path)}">{escape(article.title)}</a></li>'
        for article in outlet.articles[:LATEST]
    )


def _links(articles: Iterable[DemoArticle]) -> str:
    return "".join(
        f'<li><a href="{escape(article.path)}">{escape(article.title)}</a></li>' for article in articles
    )


def _items(outlet: OutletContent, articles: Iterable[DemoArticle]) -> str:
    return "\n".join(
        _fill(
            outlet.templates["item"],
            url=escape(article.path),
            title=escape(article.title),
            teaser=escape(teaser(article)),
            section=escape(outlet.sections[article.section]),
            day="" if article.published is None else written_day(article.published, outlet.language),
        )
        for article in articles
    )


def _fill(template: str, **values: str) -> str:
    return Template(template).substitute(values)
