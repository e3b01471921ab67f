"""The demo press serves what its truth says."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import Message
from itertools import combinations
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html

from scheduler.demo.press import Press
from scheduler.demo.press_content import (
    OUTLETS,
    SEEDS,
    edited,
    load_content,
    load_edits,
    read_blocks,
    seed_paragraphs,
)
from scheduler.demo.press_records import DemoArticle
from scheduler.demo.press_site import build_site, find_reply
from scheduler.demo.press_truth import expected_of, load_expected
from storage.errors import ConfigError

EXPECTED = load_expected()
CONTENT = load_content()
ARTICLES = {article.key: article for outlet in CONTENT for article in outlet.articles}
STATUS_OF_KIND = {"missing": 404, "gone": 410, "redirect": 301}
SEED_KEYS = {f"seeds/{path.name}" for path in SEEDS.glob("*.txt")}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        charset = re.search(
            rb"charset=([\w-]+)", self.headers["Content-Type"].encode() + b"\n" + self.body[:300]
        )
        return self.body.decode(charset[1].decode() if charset else "utf-8")


def get(url: str, method: str = "GET", **headers: str) -> Reply:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(
            method, target, headers={key.replace("_", "-"): value for key, value in headers.items()}
        )
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def sentences(paragraphs: tuple[str, ...]) -> list[str]:
    text = folded(" ".join(paragraphs))
    return [part for part in re.split(r"(?<=[.!?。])\s*", text) if part]


def links(reply: Reply, url: str) -> set[str]:
    tree = lxml_html.fromstring(reply.text)
    return {urljoin(url, href) for href in tree.xpath("//body//a/@href") if not href.startswith("#")}


def feed_links(press: Press, name: str) -> list[str]:
    """Addresses of entries as the outlet's feed or sitemap lists them."""
    outlet = press.outlet(name)
    if outlet.kind == "sitemap":
        tree = etree.fromstring(get(press.url(f"{name}/sitemap-news.xml")).body)
        return tree.xpath("//*[local-name()='loc']/text()")
    assert outlet.feed_url is not None
    reply = get(outlet.feed_url)
    if outlet.kind == "json":
        return [item["url"] for item in json.loads(reply.body)["items"]]
    tree = etree.fromstring(reply.body)
    if outlet.kind == "atom":
        return tree.xpath("//*[local-name()='entry']/*[local-name()='link']/@href")
    return tree.xpath("//*[local-name()='item']/*[local-name()='link']/text()")


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    with Press(slow_s=0) as running:
        yield running


def test_truth_file_is_what_the_content_says():
    assert load_expected() == expected_of(CONTENT)


@pytest.mark.parametrize("key", EXPECTED)
def test_each_page_answers_as_its_kind(press, key):
    page = EXPECTED[key]

    reply = get(press.url(key))

    assert reply.status == STATUS_OF_KIND.get(page.kind, 200)
    assert reply.headers["Content-Length"] == str(len(reply.body))


@pytest.mark.parametrize("key", ARTICLES)
def test_article_page_contains_its_title_and_whole_text(press, key):
    article = ARTICLES[key]

    tree = lxml_html.fromstring(get(press.url(key)).text)

    paragraphs = [folded(element.text_content()) for element in tree.iter("p")]
    start = paragraphs.index(folded(article.paragraphs[0]))
    assert paragraphs[start : start + len(article.paragraphs)] == [
        folded(text) for text in article.paragraphs
    ]
    assert folded(article.title) in folded(tree.text_content())
    assert tree.get("lang") == EXPECTED[key].language


def test_pages_of_no_article_show_no_article_text(press):
    for page in EXPECTED.values():
        if page.kind in ("wall", "login", "disallowed"):
            text = folded(lxml_html.fromstring(get(press.url(page.key)).text).text_content())

            bodies = (article.paragraphs[0] for article in ARTICLES.values())
            assert not [body for body in bodies if folded(body) in text]


def test_press_is_large_and_mixed_enough():
    articles = [page for page in EXPECTED.values() if page.is_article]
    languages = Counter(page.language for page in articles)
    on_topic = Counter(page.language for page in articles if page.on_topic)

    assert len(CONTENT) >= 6
    assert 64 <= len(articles) <= 90
    assert 0.2 < on_topic.total() / len(articles) < 0.3
    assert set(languages) == {"en", "ko", "ru", "zh"}
    assert languages["en"] > len(articles) / 2
    assert on_topic["ko"] >= 3
    assert on_topic["ru"] >= 3
    assert on_topic["zh"] == 2


def test_every_fault_is_there():
    kinds = Counter(page.kind for page in EXPECTED.values())

    assert {"wall", "login", "gone", "missing", "slow", "redirect", "disallowed"} <= set(kinds)


@pytest.mark.parametrize("key", ARTICLES)
def test_article_has_the_length_of_a_news_story(key):
    text = " ".join(ARTICLES[key].paragraphs)

    if EXPECTED[key].language in ("ko", "zh"):
        assert 250 <= len("".join(text.split())) <= 600
    else:
        # The extended one holds a whole story and what another desk wrote around it.
        assert 120 <= len(text.split()) <= (480 if ARTICLES[key].relation == "extended" else 350)


def test_dates_are_fixed_within_one_autumn():
    for article in ARTICLES.values():
        if article.published is not None:
            day = article.published.date() if isinstance(article.published, datetime) else article.published
            assert date(2026, 8, 20) <= day <= date(2026, 10, 31)


def test_exactly_one_article_has_no_date():
    assert [page.key for page in EXPECTED.values() if page.is_article and page.published is None] == [
        "ledger/story/2026/letter-from-the-lock-keeper/"
    ]


def test_copies_equal_their_original_after_folding():
    copies = [article for article in ARTICLES.values() if article.copy_of]
    bodies = {key: article.paragraphs for key, article in ARTICLES.items()}
    bodies |= {f"seeds/{path.name}": seed_paragraphs(path) for path in SEEDS.glob("*.txt")}

    assert len([article for article in copies if article.copy_of not in SEED_KEYS]) >= 4
    for article in copies:
        original = bodies[article.copy_of]
        assert [folded(text) for text in article.paragraphs] == [folded(text) for text in original]
        assert article.paragraphs != original


def test_copies_are_later_than_their_original_and_titled_anew():
    for article in ARTICLES.values():
        original = ARTICLES.get(article.copy_of or "")
        if original is not None:
            assert EXPECTED[article.key].published > EXPECTED[original.key].published[:10]
            assert article.title != original.title
            assert article.outlet != original.outlet
            assert article.on_topic == original.on_topic


def test_one_wire_story_stands_in_three_outlets_and_one_seed_in_one():
    carried = Counter(article.copy_of for article in ARTICLES.values() if article.copy_of)

    assert 2 in carried.values()
    assert [carried[key] for key in sorted(SEED_KEYS)] == [1, 0, 0]


def tells_one_story(one: str, other: str) -> bool:
    stories = {key: ARTICLES[key].story_of or key for key in (one, other) if key in ARTICLES}
    return len(stories) == 2 and len(set(stories.values())) == 1


def covered(part: DemoArticle, whole: DemoArticle) -> float:
    """Share of the sentences of *part* that *whole* has too."""
    own = sentences(part.paragraphs)
    return sum(sentence in sentences(whole.paragraphs) for sentence in own) / len(own)


def test_one_wire_story_is_told_by_five_outlets_in_four_ways():
    (key,) = {
        one.story_of
        for one in ARTICLES.values()
        if one.story_of and ARTICLES[one.story_of].outlet != one.outlet
    }
    told = [one for one in ARTICLES.values() if key in (one.key, one.copy_of, one.story_of)]
    by_relation = {one.relation: one for one in told if one.story_of}
    head = ARTICLES[key]

    assert len({one.outlet for one in told if one.relation != "follow_up"}) == 5
    assert set(by_relation) == {"copy", "excerpt", "extended", "follow_up"}
    assert 0.6 < covered(by_relation["copy"], head) < 1
    assert covered(by_relation["excerpt"], head) == 1
    assert covered(head, by_relation["excerpt"]) < 0.5
    assert covered(head, by_relation["extended"]) == 1
    assert covered(by_relation["extended"], head) < 0.8
    assert covered(by_relation["follow_up"], head) < 0.4
    assert all(EXPECTED[one.key].published >= EXPECTED[key].published[:10] for one in told)


def test_update_of_an_agency_is_an_article_of_its_own_that_holds_the_one_before():
    (update,) = [
        one for one in ARTICLES.values() if one.story_of and ARTICLES[one.story_of].outlet == one.outlet
    ]

    assert update.relation == "extended"
    assert covered(ARTICLES[update.story_of], update) == 1
    assert update.published > ARTICLES[update.story_of].published


def test_second_addresses_give_the_same_page_and_are_named_beside_the_first(press):
    twice = [page for page in EXPECTED.values() if page.also_at]

    assert {page.outlet for page in twice} == {"torch", "agency"}
    for page in twice:
        assert get(press.url(page.outlet + page.also_at)).body == get(press.url(page.key)).body
    home = press.outlet("torch").home
    assert {press.url(page.outlet + page.also_at) for page in twice if page.outlet == "torch"} <= links(
        get(home), home
    )
    assert {press.url(page.outlet + page.also_at) for page in twice if page.outlet == "agency"} <= set(
        feed_links(press, "agency")
    )


def test_windows_of_the_torch_are_titled_by_its_name_and_its_pages_state_no_date(press):
    for key in (page.key for page in EXPECTED.values() if page.outlet == "torch"):
        tree = lxml_html.fromstring(get(press.url(key)).text)
        assert tree.findtext(".//title") == "The Osterby Torch"
        assert "2026" not in tree.text_content()


def test_no_other_articles_share_a_sentence():
    originals = {
        key: set(sentences(article.paragraphs)) for key, article in ARTICLES.items() if not article.copy_of
    }
    originals |= {f"seeds/{path.name}": set(sentences(seed_paragraphs(path))) for path in SEEDS.glob("*.txt")}

    shared = {
        (one, other): same
        for one, other in combinations(originals, 2)
        if not tells_one_story(one, other)
        if (same := {text for text in originals[one] & originals[other] if len(text) > 25})
    }

    assert not shared


def test_seeds_have_title_day_text_and_footer():
    for path in sorted(SEEDS.glob("*.txt")):
        blocks = path.read_text(encoding="utf-8").strip().split("\n\n")

        assert len(blocks) >= 6
        assert "2026" in blocks[1]
        assert re.fullmatch(r"2026 © .+ www\.[a-z-]+\.example", blocks[-1])


@pytest.mark.parametrize("name", OUTLETS)
def test_home_leads_to_every_article_and_no_link_of_it_is_dead(press, name):
    home = press.outlet(name).home
    found = links(get(home), home)

    missing = {press.url(key) for key, page in ARTICLES.items() if page.outlet == name} - found
    dead = [url for url in found if url.startswith(home) and get(url).status != 200]

    assert not missing
    assert not dead


@pytest.mark.parametrize("name", [name for name in OUTLETS if name not in ("banner", "torch")])
def test_feed_lists_all_articles_but_the_moved_one(press, name):
    listed = feed_links(press, name)
    moved = {
        press.url(f"{name}{special.target}")
        for outlet in CONTENT
        if outlet.name == name
        for special in outlet.specials
        if special.target
    }

    articles = {press.url(key) for key, article in ARTICLES.items() if article.outlet == name}
    assert articles - set(listed) == moved
    faults = {page.key for page in EXPECTED.values() if page.outlet == name and not page.is_article}
    assert {press.url(key) for key in faults if EXPECTED[key].kind != "disallowed"} <= set(listed)


@pytest.mark.parametrize("name", ["courier", "meridian", "deungdae", "ledger", "holms"])
def test_feedparser_reads_the_feed_without_complaint(press, name):
    reply = get(press.outlet(name).feed_url)

    feed = feedparser.parse(reply.body, response_headers={"content-type": reply.headers["Content-Type"]})

    assert not feed.bozo
    assert feed.version == {"meridian": "atom10", "deungdae": "rss10"}.get(name, "rss20")
    assert feed.feed.language == ("ko" if name == "deungdae" else "en")
    assert len(feed.entries) == len(feed_links(press, name))
    if name != "ledger":
        assert all(entry.get("published_parsed") or entry.get("updated_parsed") for entry in feed.entries)


def test_json_feed_has_its_required_fields(press):
    feed = json.loads(get(press.outlet("volna").feed_url).body)

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    for item in feed["items"]:
        assert item["id"]
        assert datetime.fromisoformat(item["date_published"]).utcoffset() is not None


def test_robots_leads_over_the_index_to_the_news_sitemap(press):
    robots = get(press.url("chaobao/robots.txt")).text
    index_url = robots.partition("Sitemap: ")[2].strip()
    index = etree.fromstring(get(index_url).body)

    sitemaps = index.xpath("//*[local-name()='loc']/text()")

    assert press.url("chaobao/sitemap-news.xml") in sitemaps
    assert all(get(url).status == 200 for url in sitemaps)
    news = etree.fromstring(get(press.url("chaobao/sitemap-news.xml")).body)
    assert len(news.xpath("//*[local-name()='publication_date']")) == 10


def test_private_page_is_forbidden_and_linked_from_home_only(press):
    private = press.url("ledger/private/notes.html")
    home = press.outlet("ledger").home

    linking = [url for url in {home, *links(get(home), home)} if private in links(get(url), url)]

    assert "Disallow: /private/" in get(home + "robots.txt").text
    assert linking == [home]
    assert private not in feed_links(press, "ledger")


def test_courier_feed_has_a_script_link_and_one_article_twice(press):
    listed = feed_links(press, "courier")

    assert [url for url in listed if url.startswith("javascript:")]
    marked = next(url for url in listed if "utm_source" in url)
    plain = marked.partition("?")[0]
    assert plain in listed
    assert get(marked).body == get(plain).body


def test_bad_dates_of_the_ledger_are_in_its_feed(press):
    tree = etree.fromstring(get(press.outlet("ledger").feed_url).body)
    dates = {
        urlsplit(item.findtext("link")).path.split("/")[3]: item.findtext("pubDate")
        for item in tree.iter("item")
    }

    assert dates["eider-count-brennes-flats"].startswith("2023년")
    assert dates["hill-road-tunnel-closure"] == "Juche 115 (2026) September 6"
    assert " 2099 " in dates["flu-jabs-come-early"]
    assert dates["chess-in-the-laundry"] == "0000-00-00"
    assert dates["cider-makers-late-apples"] == "some time after the pear harvest"
    assert dates["letter-from-the-lock-keeper"] is None
    moment = datetime.fromtimestamp(int(dates["blue-cheese-wins"]), UTC)
    assert moment.isoformat() == EXPECTED["ledger/story/2026/blue-cheese-wins/"].published


@pytest.mark.parametrize(
    ("key", "stated"),
    [
        ("courier/news/kelder-line-crews-walk-out.html", '"datePublished": "2026-09-09T07:12:04+03:00"'),
        (
            "meridian/business/2026-09-02/strait-link-price",
            'published_time" content="2026-09-02T09:15:27+02:00"',
        ),
        ("volna/news/12102-zaem-na-tonnel", 'itemprop="datePublished" content="2026-09-04T16:05:09+03:00"'),
        ("deungdae/news/articleView.html?idxno=20527", "2026년 9월 17일"),
        ("chaobao/a/202609/16/c1040.html", '<time datetime="2026-09-16T09:50+08:00">'),
        ("banner/view.php?no=344", "Juche 115 (2026) October 21"),
        (
            "ledger/story/2026/eider-count-brennes-flats/",
            'published_time" content="2026-08-30T18:25:00+02:00"',
        ),
        ("ledger/story/2026/chess-in-the-laundry/", "28 September 2026"),
    ],
)
def test_page_states_its_date_in_the_form_of_its_outlet(press, key, stated):
    assert stated in get(press.url(key)).text


def test_undated_page_names_no_year_but_that_of_the_footer(press):
    page = get(press.url("ledger/story/2026/letter-from-the-lock-keeper/")).text
    main = page.partition('<article class="post hentry">')[2].partition("</article>")[0]

    assert not re.search(r"20\d\d", re.sub(r'href="[^"]*"', "", main))


def test_korean_pages_declare_euc_kr_only_in_a_meta_element(press):
    reply = get(press.url("deungdae/news/articleView.html?idxno=20411"))

    assert reply.headers["Content-Type"] == "text/html"
    assert b"charset=euc-kr" in reply.body
    assert "등대축제" in reply.body.decode("euc-kr")
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode("utf-8")


@pytest.mark.parametrize("path", ["/", "feed", "article"])
@pytest.mark.parametrize("name", OUTLETS)
def test_unchanged_answer_is_304_without_body(press, name, path):
    outlet = press.outlet(name)
    first = next(article.key for article in ARTICLES.values() if article.outlet == name)
    url = {"/": outlet.home, "feed": outlet.feed_url or outlet.home, "article": press.url(first)}[path]
    tag = get(url).headers["ETag"]

    again = get(url, If_None_Match=tag)

    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert get(url, If_None_Match='"another"').status == 200


def test_last_modified_of_the_wire_is_honoured(press):
    url = press.outlet("meridian").feed_url
    stamp = get(url).headers["Last-Modified"]

    assert get(url, If_Modified_Since=stamp).status == 304
    assert get(url, If_Modified_Since="Thu, 20 Aug 2026 00:00:00 GMT").status == 200
    assert get(url, If_Modified_Since="yesterday").status == 200
    assert get(url, If_Modified_Since=stamp, If_None_Match='"another"').status == 200


def test_redirect_leads_to_an_article_with_its_title(press):
    reply = get(press.url("meridian/r/88410"))

    key = "meridian" + urlsplit(reply.headers["Location"]).path
    assert EXPECTED[key].is_article
    assert EXPECTED[key].title == EXPECTED["meridian/r/88410"].title


def test_each_request_is_counted_by_address_and_query():
    with Press(slow_s=0) as press:
        get(press.url("banner/view.php?no=344"))
        get(press.url("banner/view.php?no=344"), method="HEAD")
        get(press.url("courier/nowhere"))

        banner, courier = press.addresses()[OUTLETS.index("banner")], press.addresses()[0]
        assert press.requests() == {f"{banner}/view.php?no=344": 2, f"{courier}/nowhere": 1}


def test_head_has_the_length_but_no_body(press):
    reply = get(press.outlet("courier").home, method="HEAD")

    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["Content-Length"]) > 1000


def test_edit_changes_two_sentences_and_adds_a_paragraph_under_a_later_date():
    with Press(slow_s=0) as press:
        feed_url = press.outlet("meridian").feed_url
        before = get(feed_url)

        (key,) = press.edit()
        assert EXPECTED[key].change == "edited"

        first, second = ARTICLES[key], _edited_article(key)
        page = lxml_html.fromstring(get(press.url(key)).text)
        after = get(feed_url, If_None_Match=before.headers["ETag"])
        old, new = sentences(first.paragraphs), sentences(second.paragraphs)
        (added,) = set(second.paragraphs) - {
            paragraph for paragraph in second.paragraphs if _has_ancestor(paragraph, first.paragraphs)
        }
        assert len(second.paragraphs) == len(first.paragraphs) + 1
        assert len(set(old) - set(new)) == 2
        assert len(set(new) - set(old)) == 2 + len(sentences((added,)))
        assert folded(added) in folded(page.text_content())
        assert after.status == 200
        updated = {entry.link: entry.updated for entry in feedparser.parse(after.body).entries}[
            press.url(key)
        ]
        assert datetime.fromisoformat(updated) == second.modified > first.published
        assert EXPECTED[key].on_topic


def test_silent_edit_changes_the_page_and_neither_its_dates_nor_the_feed():
    with Press(slow_s=0) as press:
        (key,) = [page.key for page in EXPECTED.values() if page.change == "edited_silently"]
        outlet = press.outlet(EXPECTED[key].outlet)
        feed, page = get(outlet.feed_url), get(press.url(key))

        assert press.edit_silently() == (key,)

        after = get(press.url(key))
        old, new = ARTICLES[key], _edited_article(key)
        gone = set(sentences(old.paragraphs)) - set(sentences(new.paragraphs))
        assert get(outlet.feed_url).body == feed.body
        assert after.headers["ETag"] != page.headers["ETag"]
        assert len(gone) == 3
        assert "dateModified" not in after.text
        assert folded(new.paragraphs[1]) in folded(lxml_html.fromstring(after.text).text_content())


def test_removed_articles_are_gone_from_page_lists_and_feed_until_they_return():
    changes = {page.key: page.change for page in EXPECTED.values() if page.change in ("deleted", "returned")}
    with Press(slow_s=0) as press:
        assert set(press.remove()) == set(changes)

        assert {key: get(press.url(key)).status for key in changes} == {
            "banner/view.php?no=344": 404,
            "ledger/story/2026/freight-terminal-brennes-east/": 410,
        }
        for key in changes:
            home = press.outlet(EXPECTED[key].outlet).home
            assert press.url(key) not in links(get(home), home)
        assert not {press.url(key) for key in changes} & set(feed_links(press, "ledger"))

        (back,) = press.restore()

        assert changes[back] == "returned"
        assert get(press.url(back)).status == 200
        assert press.url(back) in feed_links(press, "ledger")
        assert [get(press.url(key)).status for key in changes if key != back] == [404]


def test_edits_and_removals_stand_together():
    with Press(slow_s=0) as press:
        (edited_key,) = press.edit()
        press.remove()
        (silent,) = press.edit_silently()

        shown = get(press.url(edited_key)).text, get(press.url(silent)).text

    assert folded(_edited_article(edited_key).paragraphs[3]) in folded(shown[0])
    assert "6,000 passengers" in shown[1]


def _edited_article(key: str) -> DemoArticle:
    outlets = edited(CONTENT, load_edits(CONTENT))
    return next(article for outlet in outlets for article in outlet.articles if article.key == key)


def _has_ancestor(paragraph: str, paragraphs: tuple[str, ...]) -> bool:
    return any(set(sentences((paragraph,))) & set(sentences((old,))) for old in paragraphs)


def test_slow_page_waits_and_the_end_of_the_press_does_not():
    slow = next(page.key for page in EXPECTED.values() if page.kind == "slow")
    with Press(slow_s=0.2) as press:
        begin = time.monotonic()
        get(press.url(slow))
        waited_s = time.monotonic() - begin

    assert waited_s >= 0.2


def test_building_twice_gives_the_same_bytes():
    for outlet in CONTENT:
        assert build_site(outlet, "http://127.0.0.1:1") == build_site(outlet, "http://127.0.0.1:1")


def test_unknown_query_is_not_found_but_campaign_marks_are_passed_over():
    banner = next(outlet for outlet in CONTENT if outlet.name == "banner")
    site = build_site(banner, "http://127.0.0.1:1")

    assert find_reply(site, "/view.php?no=344&utm_medium=mail").status == 200
    assert find_reply(site, "/view.php?no=9").status == 404
    assert find_reply(site, "/view.php").status == 404


def test_every_front_matter_key_is_one_that_is_read():
    known = {
        *("path", "title", "section", "published", "on_topic", "copy_of", "dress", "story_of", "relation"),
        *("kind", "note", "page_date", "precision", "feed_date"),
    }
    folder = Path(SEEDS).parent / "content"

    for name in OUTLETS:
        for front, paragraphs in read_blocks(folder / name / "articles.md"):
            assert set(front) <= known
            assert bool(paragraphs) != ("copy_of" in front)


def test_zones_are_real_and_names_unlike():
    assert all(ZoneInfo(outlet.timezone) for outlet in CONTENT)
    assert len({outlet.title for outlet in CONTENT}) == len(CONTENT)


def test_press_closes_its_ports():
    with Press() as press:
        address = press.addresses()[0]

    with pytest.raises(ConnectionRefusedError):
        get(f"http://{address}/")


def test_open_connection_does_not_hold_the_end_up():
    with Press() as press:
        connection = http.client.HTTPConnection(press.addresses()[0], timeout=10)
        connection.request("GET", "/robots.txt")
        connection.getresponse().read()
        begin = time.monotonic()
    ended_s = time.monotonic() - begin

    connection.close()
    assert ended_s < 5


def test_fixed_ports_follow_one_another():
    for base in range(21000, 21400, 20):
        try:
            with Press(first_port=base) as press:
                assert press.addresses() == tuple(
                    f"127.0.0.1:{base + place}" for place in range(len(OUTLETS))
                )
                return
        except ConfigError:
            continue
    pytest.fail("not enough free ports in a row")


def test_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"), Press(first_port=port):
            pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_command_prints_the_outlets_and_ends_on_a_signal(number):
    command = [sys.executable, "-m", "scheduler.demo.press", "--first-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        lines = [child.stdout.readline() for _ in OUTLETS]
        child.send_signal(number)

        assert child.wait(timeout=60) == 0

    assert [line.split()[0][:17] for line in lines] == ["http://127.0.0.1:"] * len(OUTLETS)
    assert "The Skarvik Courier" in lines[0]
