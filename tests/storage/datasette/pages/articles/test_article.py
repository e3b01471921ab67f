"""The page of an article beside its text: what became of it, what is known, the kept page, archives, citations."""

import gzip
import hashlib
import json
import sqlite3
import zlib

import pytest
from lxml import html

from tests.support.datasette_data import fill, insert
from tests.support.datasette_serving import get, opened, page, tree, words

BODY = gzip.compress("<p>Поезд</p><script>alert(1)</script>".encode("windows-1251"))


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    path = fill(tmp_path_factory.mktemp("article") / "watch.db")
    writer = sqlite3.connect(path)
    keep(
        writer, 40, BODY, [["Content-Type", "text/html; charset=windows-1251"], ["Content-Encoding", "gzip"]]
    )
    keep(writer, 39, b"GIF89a", [["content-type", "image/gif"], ["Set-Cookie", "a=b"]])
    insert(writer, "article_events", article_id=12, happened_at="2026-09-13T10:00:00+00:00", event="returned")
    writer.execute("UPDATE articles SET published_offset = 540 WHERE id IN (1, 36)")
    writer.execute("UPDATE articles SET state = 'replaced', published_zone = 'Asia/Seoul' WHERE id = 20")
    writer.commit()
    writer.close()
    with opened(path) as datasette:
        yield datasette


def keep(writer: sqlite3.Connection, article: int, body: bytes, headers: list[list[str]]) -> None:
    digest = hashlib.sha256(body).hexdigest()
    insert(writer, "page_bodies", sha256=digest, body=zlib.compress(body))
    insert(
        writer, "pages", article_id=article, fetched_at="2026-09-14T08:00:00+00:00", asked_url="https://a.example/",
        url="https://a.example/", http_version="HTTP/1.1", status=200, headers=json.dumps(headers), bytes=len(body),
        sha256=digest,
    )  # fmt: skip


def notices(watch, article: int) -> list[str]:
    return [words(one) for one in tree(watch, f"/-/read/{article}").find_class("sw-notice")]


def test_edit_stands_at_the_top_with_a_way_to_it(watch):
    (edited,) = tree(watch, "/-/read/40").find_class("sw-notice")

    assert words(edited).startswith("Edited once, last seen 2026-09-14")
    assert edited.find("a").get("href") == "/-/revisions/40"


def test_removal_and_return_stand_at_the_top(watch):
    gone, back = notices(watch, 12)

    assert gone.startswith("The outlet has taken this article down. Noticed 2026-")
    assert "HTTP 410" in gone
    assert back.startswith(
        "The outlet put this article back, noticed 2026-09-13 10:00 UTC. It had been gone since"
    )
    assert notices(watch, 20) == ["At its address the outlet now shows another story."]


def test_facts_stand_with_their_evidence(watch):
    facts = [
        " ".join(words(cell) for cell in row).strip()
        for row in tree(watch, "/-/read/36").xpath("//details[1]//tr")
    ]

    assert facts[0] == "Published 2026-09-13 12:00 UTC json-ld “13 September 2026”"
    assert facts[1] == "On the outlet's clock 2026-09-13 21:00 +0900"
    assert "Language en" in facts
    assert "there 2026-09-13 21:00 +0900" in words(tree(watch, "/-/read/36"))
    assert "+0900" not in page(watch, "/-/read/1")  # known to the day only
    assert "taken as Asia/Seoul" in page(watch, "/-/read/20")


def test_kept_page_is_shown_as_it_came_in_a_sandbox(watch):
    link = tree(watch, "/-/read/40").xpath("//a[text()='Kept page']")[0].get("href")
    answer = get(watch, link)

    assert html.fromstring(answer.text).text_content().startswith("Поезд")
    assert answer.headers["content-type"] == "text/html; charset=windows-1251"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "allow" not in policy
    assert "script" not in policy


def test_kept_page_that_is_no_html_is_text_and_carries_no_header_of_its_own(watch):
    answer = get(watch, tree(watch, "/-/read/39").xpath("//a[text()='Kept page']")[0].get("href"))

    assert answer.headers["content-type"] == "text/plain"
    assert "set-cookie" not in answer.headers
    assert answer.content == b"GIF89a"
    assert get(watch, "/-/kept/999").status_code == 404


def test_archives_are_plain_links(watch):
    links = {words(link): link for link in tree(watch, "/-/read/36").find_class("sw-links")[0].iter("a")}

    original = "https://meridian.example/2026/09/13/36.html"
    assert links["web.archive.org"].get("href") == f"https://web.archive.org/web/20260913/{original}"
    assert links["archive.today"].get("href") == f"https://archive.ph/{original}"
    assert (
        links["translate"]
        .get("href")
        .startswith("https://translate.google.com/translate?sl=auto&tl=en&u=https")
    )
    assert all(
        "noreferrer" in links[name].get("rel") for name in ("web.archive.org", "archive.today", "translate")
    )


@pytest.mark.parametrize(
    ("form", "kind"), [("bib", "application/x-bibtex"), ("ris", "application/x-research-info-systems")]
)
def test_citation_is_on_the_page_and_a_file(watch, form, kind):
    shown = tree(watch, "/-/read/36")
    answer = get(watch, shown.xpath(f"//a[contains(@href, '.{form}')]")[0].get("href"))

    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="article-36.{form}"'
    assert "North Korea hosts Russian language teachers" in answer.text
    assert words(shown.get_element_by_id("cite-plain")).startswith("Foreign desk, “North Korea hosts")
    assert get(watch, f"/-/cite/999.{form}").status_code == 404


def test_story_page_tells_who_told_it_and_what_became_of_it(watch):
    story = tree(watch, "/-/story/37")

    assert words(story.find(".//h1")) == "North Korea hosts Russian language teachers"
    lines = [words(line) for line in story.iterfind(".//tbody/tr")]
    assert len(lines) == 2
    assert (
        story.find_class("sw-here")[0].find(".//b[@lang]").text == "Russian teachers start work in Pyongyang"
    )
    marks = [float(mark.get("x")) for mark in story.xpath("//tbody//rect")]
    assert marks == sorted(marks)
    assert "edited" in words(tree(watch, "/-/story/40"))
    assert "removed" in words(tree(watch, "/-/story/12"))
    assert get(watch, "/-/story/999").status_code == 404
