from datetime import UTC, datetime

import pytest
from lxml.html import document_fromstring

from crawler.pages.date_choice import PollBracket
from crawler.pages.page_dates import DateReader, PageDates, read_page_dates
from crawler.pages.structured import read_facts
from storage.records.articles import StatedDate

NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
PLAIN = "https://ledger.example/world/railway"


def reader(timezone: str | None = None, language: str | None = "en") -> DateReader:
    return DateReader(timezone, language, NOW)


def page_dates(
    body: str = "",
    head: str = "",
    *,
    url: str = PLAIN,
    feed: str = "",
    rule: str = "feed",
    timezone: str | None = None,
    language: str = "en",
    text: str = "",
    bracket: PollBracket | None = None,
    everything: bool = False,
) -> PageDates:
    tree = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    reading = reader(timezone, language)
    entry = reading.read(feed, rule) if feed else None
    facts = read_facts(tree, url)
    title = "Railway to reopen"
    return read_page_dates(
        facts, tree, url, title, text, entry, reading, bracket=bracket, everything=everything
    )


def published(*args: str, **page: str) -> StatedDate | None:
    return page_dates(*args, **page).published  # type: ignore[arg-type]


def shown(date: StatedDate | None) -> str | None:
    return f"{date.at:%Y-%m-%d %H:%M} {date.rule}" if date else None


HEADLINE = "<h1>Railway to reopen</h1>"
LINKED = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "%s"}</script>'
META = '<meta property="article:published_time" content="%s">'
TICKER = "Railway to reopen"


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ({"head": LINKED % "2026-03-02T10:00Z" + META % "2026-04-01"}, "2026-03-02 10:00 json-ld"),
        ({"head": LINKED % "2026-03-02" + META % "2026-03-02T11:00Z"}, "2026-03-02 11:00 meta"),
        ({"head": LINKED % "soon" + META % "2026-03-02T11:00Z"}, "2026-03-02 11:00 meta"),
        (
            {"head": LINKED % "2026-03-02T18:00:00", "body": "<time>2026-03-02T18:00:00+09:00</time>"},
            "2026-03-02 09:00 time",
        ),
        (
            {"head": LINKED % "2026-03-02T18:00:00", "body": "<time>2026-03-02T11:25:00+09:00</time>"},
            "2026-03-02 18:00 json-ld",
        ),
        (
            {"url": "https://l.example/2026/03/02/x", "body": "<time>2021-01-01T10:00Z</time>"},
            "2026-03-02 00:00 url",
        ),
        (
            {"url": "https://l.example/2026/03/02/x", "body": "<time>2026-03-02T10:00Z</time>"},
            "2026-03-02 10:00 time",
        ),
        ({"body": "<time class=updated>2026-03-03</time><time>2026-03-02</time>"}, "2026-03-02 00:00 time"),
        (
            {"body": f"<p>2021-01-01</p><p>x</p><p>x</p><p>x</p>{HEADLINE}<p>2 March 2026</p>"},
            "2026-03-02 00:00 text",
        ),
        ({"body": f"<p>2 March 2026</p>{HEADLINE}<p>text</p>"}, "2026-03-02 00:00 text"),
        (
            {"body": HEADLINE + "<p>x</p>" * 90 + "<i class=post-date>2 March 2026</i>"},
            "2026-03-02 00:00 text",
        ),
        ({"body": HEADLINE + "<p>x</p>" * 90 + "<i>2 March 2026</i>"}, None),
        ({"body": HEADLINE + "<p>02.03.2026</p>", "language": "de"}, "2026-03-02 00:00 text"),
        ({"body": HEADLINE + "<p>02.03.2026</p>"}, None),
        ({"head": META % "2026-03"}, None),
        ({"body": HEADLINE, "feed": "2026-03-02T10:00Z"}, "2026-03-02 10:00 feed"),
        (
            {"body": HEADLINE + "<p>2 March 2026</p>", "feed": "2026-03-01T20:00Z", "timezone": "Asia/Seoul"},
            "2026-03-01 20:00 feed",
        ),
        ({"body": HEADLINE + "<p>2 March 2026</p>", "feed": "2026-03-04T20:00Z"}, "2026-03-02 00:00 text"),
        (
            {"body": HEADLINE + "<p>2 March 2026</p>", "feed": "2026-03-04T20:00Z", "timezone": "No/Zone"},
            "2026-03-02 00:00 text",
        ),
        (
            {
                "head": '<script type="application/ld+json">{"@type": "Article", "dateCreated": "2026-03-02"}</script>'
            },
            "2026-03-02 00:00 json-ld",
        ),
        ({}, None),
    ],
)
def test_most_trusted_place_decides_the_day_and_the_best_its_time(
    page: dict[str, str], wanted: str | None
) -> None:
    assert shown(published(**page)) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://l.example/2026/03/02/x", "2026-03-02"),
        ("https://l.example/2026/3/2/x", "2026-03-02"),
        ("https://l.example/2026-03-02-x", "2026-03-02"),
        ("https://l.example/2026-03/02/c_1125.htm", "2026-03-02"),
        ("https://l.example/news/20260302.html", "2026-03-02"),
        ("https://l.example/20260302/hash/c.html", "2026-03-02"),
        ("https://l.example/AEN20260302000100315", None),
        ("https://l.example/2026/03/x", None),
        ("https://l.example/2026/03/5-things", None),
        ("https://l.example/2026/03/10-things", None),
        ("https://l.example/2026/13/02/x", None),
        ("https://l.example/2099/03/02/x", None),
        ("https://l.example/x?date=2026-03-02", None),
        ("https://l.example/port/58201224-219/x", None),
        ("", None),
    ],
)
def test_address_gives_a_whole_day_or_none(url: str, day: str | None) -> None:
    found = published(url=url)

    assert (found and f"{found.at:%Y-%m-%d}") == day


@pytest.mark.parametrize(
    ("head", "body", "wanted"),
    [
        (
            '<script type="application/ld+json">{"@type": "Article", "dateModified": "2026-03-03"}</script>',
            "",
            "2026-03-03 00:00 json-ld",
        ),
        ('<meta property="article:modified_time" content="2026-03-03T10:00Z">', "", "2026-03-03 10:00 meta"),
        ('<meta property="article:modified_time" content="never">', "", None),
        ("", '<time class="updated" datetime="2026-03-03">x</time>', "2026-03-03 00:00 time"),
        ("", HEADLINE + "<p>2 March 2026, updated 3 March 2026</p>", "2026-03-03 00:00 text"),
    ],
)
def test_change_is_what_the_page_says(head: str, body: str, wanted: str | None) -> None:
    assert shown(page_dates(body, head).modified) == wanted


STORY = "<p>" + "Freight was moved from one train to another at the yard north of the town. " * 3 + "</p>"
CARD = '<h3><a href="/other">Another story of the day about coal</a></h3><time datetime="2026-01-05">5 January</time>'


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        # other people's dates
        (
            f"<main>{HEADLINE}{STORY}<div id=comments><time>2026-03-03T10:00Z</time> so it is</div></main>",
            None,
        ),
        (
            f"<main>{HEADLINE}{STORY}<section class='latest-news'><time>2026-01-05</time></section></main>",
            None,
        ),
        (f"<main>{HEADLINE}{STORY}<div class=x>{CARD}</div></main>", None),
        (f"<div class=x>{CARD}</div><main>{HEADLINE}{STORY}</main>", None),
        (f"<main>{HEADLINE}{STORY}</main><footer>Last updated 3 March 2026</footer>", None),
        (f"<main>{HEADLINE}{STORY}</main><p>© 1995-2026, Ledger. Last updated 3 March 2026</p>", None),
        (f"<div>Saturday, 7 March 2026</div><p>Home</p><p>World</p>{HEADLINE}{STORY}", None),
        (f"<header><span>7 March 2026</span><nav>Home</nav></header><main>{HEADLINE}{STORY}</main>", None),
        # its own
        (f"<main><div class=d>2 March 2026</div>{HEADLINE}{STORY}</main>", "2026-03-02 00:00 text"),
        (
            f"<h2 class=date-header>Monday, 2 March 2026</h2><div>{HEADLINE}{STORY}</div>",
            "2026-03-02 00:00 text",
        ),
        (
            f"<article><header><time>2026-03-02</time></header>{HEADLINE}{STORY}</article>",
            "2026-03-02 00:00 time",
        ),
        (
            f"{HEADLINE}<ul><li>Updated <b>3 March 2026 18:20</b><li>Posted <b>2 March 2026 16:57</b></ul>{STORY}",
            "2026-03-02 16:57 text",
        ),
        (
            f"{HEADLINE}<dl><dt>Updated<dd>3 March 2026<dt>Published<dd>2 March 2026</dl>{STORY}",
            "2026-03-02 00:00 text",
        ),
        (
            f"{HEADLINE}<p>Updated <time datetime='2026-03-03'>3</time>"
            f"<p>Published <time datetime='2026-03-02'>2</time>{STORY}",
            "2026-03-02 00:00 time",
        ),
        (
            f"{HEADLINE}<time itemprop=dateModified datetime=2026-03-03T10:00Z>"
            "02/03/2026 01:57 | Updated 03/03/2026</time>",
            "2026-03-03 10:00 time",
        ),
        (
            f"{HEADLINE}<time itemprop=dateModified datetime=2026-03-03T10:00Z>"
            "2/March/2026 01:57 | Updated 3/March/2026</time>",
            "2026-03-02 01:57 time",
        ),
        (f"{HEADLINE}<div>2 March 2026</div><div>16:57</div>{STORY}", "2026-03-02 16:57 text"),
        (f"{HEADLINE}<div><span data-time=1772467020></span></div>{STORY}", "2026-03-02 15:57 time"),
        (f"{HEADLINE}{STORY}<p>www.ledger.example (2026.3.2.)</p>", "2026-03-02 00:00 text"),
        (f"{HEADLINE}{STORY}<p>Updated: 2 March 2026</p>", "2026-03-02 00:00 text"),
        (
            f'<script>var page = {{"publishedAt": "2026-03-02T10:00:00Z"}}</script>{HEADLINE}{STORY}',
            "2026-03-02 10:00 script",
        ),
        (
            f"<p>{TICKER}</p><p>1 January 2026</p>{HEADLINE}<p>2 March 2026</p>{STORY}",
            "2026-03-02 00:00 text",
        ),
    ],
)
def test_shown_date_is_the_article_s_own(body: str, wanted: str | None) -> None:
    text = STORY[3:-4].strip() if STORY in body else ""

    assert shown(page_dates(body, text=text).published) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Pyongyang, September 10 (KCNA) -- Freight was moved.", "2026-09-10"),
        ("MOSCOW, November 20. /TASS/. Freight was moved.", "2025-11-20"),
        ("МОСКВА, 20 ноября. /ТАСС/. Составы отправлены.", "2025-11-20"),
        ("МОСКВА, 2 мар - РИА Новости. Составы отправлены.", "2026-03-02"),
        ("КИЇВ. 2 березня. УНН. Потяги вирушили.", "2026-03-02"),
        ("（新华社平壤3月2日电）列车已经开出。", "2026-03-02"),
        ("新华社平壤3月2日电 列车已经开出。", "2026-03-02"),
        ("(평양 3월 2일발 조선중앙통신) 렬차들이 떠났다.", "2026-03-02"),
        ("【平壌3月2日発朝鮮中央通信】列車が出発した。", "2026-03-02"),
        ("PARIS, 2 mars (AFP) - Les trains sont partis.", "2026-03-02"),
        ("Moscú, 2 mar (EFE).- Los trenes partieron.", "2026-03-02"),
        ("BERLIN, 2. März (dpa) - Die Züge fuhren ab.", "2026-03-02"),
        ("(ANSA) - ROMA, 02 MAR - I treni sono partiti.", "2026-03-02"),
        ("ANKARA, 2 Mart (Xinhua) -- Trenler yola çıktı.", "2026-03-02"),
        ("موسكو 2 مارس (شينخوا) انطلقت القطارات.", "2026-03-02"),
        ("Karlsruhe, (13.03.2026). Die Züge fuhren ab.", "2026-03-13"),
        ("On March 2, 2026 freight was moved.", None),
        ("Freight was moved on 2 March (a Monday).", None),
        ("Freight was moved.", None),
    ],
)
def test_dateline_gives_the_day_where_nothing_else_does(text: str, wanted: str | None) -> None:
    found = page_dates(f"{HEADLINE}<p>{text}</p>", text=text).published

    assert (found and f"{found.at:%Y-%m-%d}") == wanted
    assert found is None or found.rule in ("dateline", "text")


def bracket(without: str, first_with: str) -> PollBracket:
    return PollBracket(datetime.fromisoformat(without), datetime.fromisoformat(first_with))


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        # one witness alone is not believed against the page's head, two that agree are
        (
            {"head": LINKED % "2025-03-02T10:00:00+01:00", "feed": "2026-03-02T10:00Z"},
            "2025-03-02 09:00 json-ld",
        ),
        (
            {
                "head": LINKED % "2025-03-02T10:00:00+01:00",
                "feed": "2026-03-02T10:00Z",
                "body": HEADLINE + "<p>2 March 2026</p>",
            },
            "2026-03-02 10:00 feed",
        ),
        (
            {
                "head": LINKED % "2025-03-02T10:00:00+01:00",
                "feed": "2026-03-02T10:00Z",
                "bracket": bracket("2026-03-02T09:30+00:00", "2026-03-02T10:30+00:00"),
            },
            "2026-03-02 10:00 feed",
        ),
        (
            {
                "head": LINKED % "2025-03-02T10:00:00+01:00",
                "feed": "2025-06-02T10:00Z",
                "bracket": bracket("2026-03-02T09:30+00:00", "2026-03-02T10:30+00:00"),
            },
            "2025-03-02 09:00 json-ld",
        ),
        # what two others support stands
        (
            {
                "head": LINKED % "2026-03-02T10:00:00+01:00",
                "feed": "2026-05-02T10:00Z",
                "body": HEADLINE + "<p>2 March 2026</p>",
            },
            "2026-03-02 09:00 json-ld",
        ),
        # the day of an event in the address
        (
            {
                "url": "https://l.example/accord-of-2024-06-19-one-year-on",
                "feed": "2026-03-02T10:00Z",
            },
            "2026-03-02 10:00 feed",
        ),
        (
            {
                "url": "https://l.example/2024/06/19/one-year-on",
                "feed": "2026-03-02T10:00Z",
                "body": HEADLINE + "<p>2 March 2026</p>",
            },
            "2026-03-02 10:00 feed",
        ),
        # the day in the address, the time in a line
        (
            {
                "url": "https://l.example/2026-03/02/c_1.htm",
                "body": HEADLINE + "<p>2026-03-02 16:06:20</p>",
                "timezone": "Asia/Shanghai",
            },
            "2026-03-02 08:06 text",
        ),
        # a list's date is a witness like a feed's
        ({"feed": "2026-03-02", "rule": "listing", "body": HEADLINE}, "2026-03-02 00:00 listing"),
    ],
)
def test_date_that_two_witnesses_contradict_loses(page: dict[str, str], wanted: str) -> None:
    assert shown(published(**page)) == wanted


def test_choice_says_why_and_what_was_contradicted() -> None:
    page = page_dates(
        HEADLINE + "<p>2 March 2026</p>",
        LINKED % "2025-03-02T10:00:00+01:00",
        feed="2026-03-02T10:00Z",
        everything=True,
    )

    assert "no two witnesses contradict" in page.choice.reason
    assert [one.date.raw for one in page.choice.contradicted] == ["2025-03-02T10:00:00+01:00"]
    assert {one.place.value for one in page.candidates} >= {"json-ld", "feed", "line at the headline"}


def test_local_time_that_the_page_shows_gives_the_offset() -> None:
    found = published(HEADLINE + "<p>1 March 2026, 11:37 pm</p>", LINKED % "2026-03-02T03:37:00Z")

    assert found is not None
    assert (found.at.isoformat(), found.offset_minutes) == ("2026-03-02T03:37:00+00:00", -240)


AGED = HEADLINE + "<p>By our desk</p><p>%s</p><p>The line was closed for nine years and opens on Monday.</p>"


@pytest.mark.parametrize(
    ("body", "head", "wanted"),
    [
        (AGED % "3 hours ago", "", "2026-09-14 09:00 age"),
        (AGED % "2일 전", "", "2026-09-12 00:00 age"),
        (AGED % "Updated 2 hours ago", "", "2026-09-14 10:00 age"),
        (AGED % "3 hours ago", LINKED % "2026-09-13T22:10:00Z", "2026-09-13 22:10 json-ld"),
        ("<ul><li>2 days ago</li></ul>" + HEADLINE + "<p>The line was closed for nine years.</p>", "", None),
    ],
)
def test_an_age_below_the_headline_is_a_date_where_nothing_better_is_stated(
    body: str, head: str, wanted: str | None
) -> None:
    assert shown(published(body, head)) == wanted
