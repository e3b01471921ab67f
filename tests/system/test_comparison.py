"""`coverage --against`: what a server's sitemaps list, held against what was crawled of it."""

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from storage import db
from storage.sources import comparisons
from tests.support import warm_crawls
from tests.support.command_line import Done, run_here
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import Answer, answer, serving

NEWS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
XML: dict[str, Any] = {"Content_Type": "application/xml"}
SPAN = ("--since", "2026-09-01", "--until", "2026-09-30")


def news(*pages: tuple[str, str]) -> bytes:
    entries = "".join(
        f"<url><loc>{url}</loc><n:news><n:publication_date>{day}T10:00:00Z</n:publication_date>"
        f"<n:title>Of {url}</n:title></n:news></url>"
        for url, day in pages
    )
    return answer(f'<?xml version="1.0"?><urlset {NEWS}>{entries}</urlset>'.encode(), **XML)


def plain(*urls: str) -> bytes:
    entries = "".join(f"<url><loc>{url}</loc><lastmod>2026-09-20</lastmod></url>" for url in urls)
    return answer(f'<?xml version="1.0"?><urlset {NEWS}>{entries}</urlset>'.encode(), **XML)


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> tuple[Path, Done, Done]:
    """An outlet whose feed has two of the pages of its sitemaps, and one whose server has neither."""
    folder = tmp_path_factory.mktemp("compared")
    routes: dict[str, Answer] = {}
    with serving(routes) as outlet, serving({}) as empty:
        routes |= {
            "/robots.txt": answer(
                f"User-agent: *\nDisallow: /closed/\nSitemap: {outlet.url('/news.xml')}\n"
                f"Sitemap: {outlet.url('/rest.xml')}\nSitemap: {outlet.url('/lost.xml')}\n".encode(),
                Content_Type="text/plain",
            ),
            "/news.xml": news(
                (outlet.url("/story/held"), "2026-09-10"),
                (outlet.url("/closed/shut"), "2026-09-11"),
                (outlet.url("/story/never"), "2026-09-12"),
                (outlet.url("/story/broken"), "2026-09-13"),
                (outlet.url("/story/older"), "2026-08-13"),
            ),
            "/rest.xml": plain(
                outlet.url("/story/what-was-changed-by-the-council"), outlet.url("/story/held")
            ),
            "/feed.xml": feed(
                {path: outlet.url(path) for path in ("/story/held", "/closed/shut", "/story/broken")}
            ),
            "/story/held": story("Ministers meet on the tunnel"),
        }
        declared: list[dict[str, object]] = [
            {"name": "outlet", "home": outlet.url("/"), "feeds": [outlet.url("/feed.xml")]},
            {"name": "empty", "home": empty.url("/")},
        ]
        write_settings(folder, declared, [outlet.place, empty.place])
        crawled = warm_crawls.crawl("outlet", folder=folder)
        assert crawled.code in (0, 1), crawled
        text = run_here("coverage", "outlet", "--against", "sitemap", *SPAN, folder=folder)
        both = run_here("coverage", "--against", "sitemap", *SPAN, "--json", folder=folder)
    return folder, text, both


def test_what_the_sitemaps_list_is_held_or_missed_for_a_reason(compared):
    empty, outlet = compared[2].json
    misses = {miss["url"].rpartition("/")[2]: miss["why"] for miss in outlet["misses"]}

    assert (outlet["source"], outlet["listed"], outlet["kept"], outlet["share"]) == ("outlet", 4, 1, 0.25)
    assert misses == {"shut": "robots", "never": "never_listed", "broken": "gone"}
    assert outlet["undated"] == 1
    assert (outlet["lists"], len(outlet["failed"])) == (2, 1)
    assert "lost.xml: http_404" in outlet["failed"][0]
    assert (empty["source"], empty["lists"], empty["share"]) == ("empty", 0, None)
    assert compared[2].code == 1  # of the empty one no list could be read


def test_people_see_shares_and_misses(compared):
    done = compared[1]

    assert done.code == 0
    assert "25%" in done.out
    assert "never listed by what is polled" in done.out
    assert "off limits by robots.txt" in done.out
    assert "/story/never" in done.out


def test_the_comparison_is_kept_for_the_page_of_the_source(compared):
    with closing(db.connect(compared[0] / "test.db", readonly=True)) as connection:
        kept = comparisons.last(connection, "outlet")
        nothing = comparisons.last(connection, "empty")

    assert nothing is None
    assert (kept.listed, kept.kept, kept.since) == (4, 1, date(2026, 9, 1))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "--against", "sitemap"), "there is no source 'nobody' that is enabled"),
        (("--since", "2026-09-01"), "--since and --until need --against"),
        (("--against", "sitemap", "--since", "2026-09-02", "--until", "2026-09-01"), "no day is meant"),
        (("--against", "rumours"), "rumours"),
    ],
)
def test_what_is_wrong_is_said(compared, arguments, said):
    done = run_here("coverage", *arguments, folder=compared[0])

    assert (done.code, said in done.err) == (2, True), done


def test_without_a_comparison_it_says_what_was_looked_at(compared):
    done = run_here("coverage", "outlet", folder=compared[0])

    assert done.code == 0
    assert "outlet" in done.out
    by_status = run_here("status", "--coverage", "--json", folder=compared[0])
    assert run_here("coverage", "--json", folder=compared[0]).json == by_status.json
