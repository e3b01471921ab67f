"""What the address of a source becomes: a hundred addresses of twenty kinds, each in one line."""

import asyncio
from typing import Any

import pytest

from crawler.discovery.lookups import SiteSearch, SourceToCheck
from crawler.discovery.services import web_address
from crawler.tasks.site_searches import find_source
from crawler.tasks.source_checks import try_found
from storage.records.sources import FeedKind
from tests.support.services import BRIDGE, InThisProcess, SmallWeb, expected, page, rss

POOL: Any = InThisProcess()


def search(web: Any, given: str, bridge: str | None = None) -> SiteSearch:
    return asyncio.run(find_source(web, POOL, web_address(given), timezone=None, bridge=bridge))


def message(found: SiteSearch) -> str:
    return ": ".join(found.why_nothing(is_known=False))


def test_there_are_a_hundred_addresses():
    assert len({row.given for row in expected()}) >= 100


@pytest.mark.parametrize("row", expected(), ids=lambda row: row.given)
def test_each_address_becomes_its_feed_or_says_what_to_do(row):
    web: Any = SmallWeb()
    found = search(web, row.given)

    assert [one.url for one in found.chosen] == ([row.feed] if row.feed else [])
    if row.feed:
        assert (found.service.text if found.service else "page") == row.text
        assert found.chosen[0].entries >= 3
    else:
        assert row.message in message(found)
    assert len(web.asked) == len(set(web.asked)) <= 13


def test_service_without_a_feed_is_had_by_the_operators_bridge():
    vk = f"{BRIDGE}/?action=display&bridge=VkBridge&u=ferryman&format=Atom"
    web: Any = SmallWeb({vk: rss("bridge.example.org")})

    assert [one.url for one in search(web, "https://vk.com/ferryman", BRIDGE).chosen] == [vk]


def test_second_form_of_a_bridge_is_tried_after_the_first():
    hub = f"{BRIDGE}/twitter/user/ferryman"
    web: Any = SmallWeb({hub: rss("bridge.example.org")})

    found = search(web, "https://x.com/ferryman", f"{BRIDGE}/")

    assert [one.url for one in found.chosen] == [hub]
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (page(body="<p>Not Found</p>"), "no_feed"),
        (("text/html", ""), "no_feed"),
    ],
)
def test_feed_that_is_a_page_now_is_no_reason_to_search_the_service(answer, told):
    url = "https://ferryman.tistory.com/rss"
    web: Any = SmallWeb({url: answer})

    found = search(web, "https://ferryman.tistory.com/")

    assert not found.chosen
    assert message(found).startswith(told)
    assert web.asked == [url]


def test_name_that_cannot_be_looked_up_says_why():
    web: Any = SmallWeb()
    web.pages.pop("https://soundcloud.com/straittalk")
    binary: Any = SmallWeb({"https://soundcloud.com/straittalk": ("text/html", "\x00\x01\x02" * 200)})

    assert search(web, "https://soundcloud.com/straittalk").error == "http_404"
    assert search(binary, "https://soundcloud.com/straittalk").error in ("not_text", "no_feed")


def tried(web: Any, given: str, text: str = "page") -> Any:
    found = search(web, given)
    source = SourceToCheck("s", given, (), text=found.service.text if found.service else text)
    return asyncio.run(try_found(web, POOL, source, found))


def test_text_of_the_feed_counts_where_its_service_has_no_readable_pages():
    check = tried(SmallWeb(), "https://mastodon.example/@ferryman")

    assert (check.text, check.words, check.problem) == ("feed", 17, "")
    assert check.title.startswith("The ferry carries freight")
    assert check.published.rule == "feed"


def test_feed_stands_in_for_pages_that_are_walled_for_good():
    wall = page(body="<p>Log in</p>")
    web: Any = SmallWeb({f"https://strait-times.example/i/{n}": wall for n in (1, 2, 3)})

    check = tried(web, "https://strait-times.example/")

    assert (check.text, check.words) == ("feed", 17)
    assert check.problem.startswith("no_text")


def test_pages_of_a_server_in_trouble_are_no_reason_to_take_the_feed():
    check = tried(SmallWeb(), "https://strait-times.example/")

    assert (check.text, check.words) == ("page", None)
    assert check.problem.startswith("http_404")


def test_list_without_a_feed_is_tried_by_its_pages_alone():
    check = tried(SmallWeb(), "https://agency.example/")

    assert (check.found_by.split(",")[0], check.words) == (FeedKind.SECTION, None)


def test_short_post_is_no_headline_alone():
    check = tried(SmallWeb(), "https://t.me/harbour_news")

    assert (check.text, check.words, check.problem) == ("page", 7, "")
