import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.articles.seed_files import parse_seed
from crawler.limits import PAGE_BYTES
from storage.errors import ParseError
from storage.records.articles import Article, Precision

NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
FIRST = (
    "Ministers of the two countries met in the northern port on Monday and agreed to reopen the railway line."
)
SECOND = "The line carries coal and grain, and its closure had raised prices in three provinces."


def only(name: str, text: str | bytes) -> Article:
    (article,) = parse_seed(name, text if isinstance(text, bytes) else text.encode(), now=NOW)
    return article


def day(article: Article) -> str | None:
    date = article.published
    return f"{date.at:%Y-%m-%d} {date.precision}" if date else None


class TestText:
    def test_gives_title_date_paragraphs_and_outlet(self) -> None:
        footer = "2023 © All rights reserved. www.ledger.example.kp"
        article = only(
            "a.txt", f"Railway to reopen\n\nAugust 22, 2023\n\n{FIRST}\n\n{SECOND}\n\n\n{footer}\n"
        )

        assert article.title == "Railway to reopen"
        assert article.text == f"{FIRST}\n{SECOND}"
        assert article.published is not None
        assert article.published.at == datetime(2023, 8, 22, tzinfo=UTC)
        assert (article.published.precision, article.published.rule) == (Precision.DAY, "seed")
        assert (article.outlet_host, article.language, article.url) == ("www.ledger.example.kp", "en", None)
        assert article.words == 34

    @pytest.mark.parametrize(
        "text",
        [
            f"Railway to reopen\nJuche 112 (2023) August 22\n{FIRST}",
            f"2023-08-22\nRailway to reopen\n\n{FIRST}",
            f"\ufeffRailway to reopen\r\n\r\n22.08.2023\r\n\r\n{FIRST}\r\n",
            f"Railway to reopen\nhttps://ledger.example/1\nPublished: Tuesday, August 22, 2023 at 3:05 p.m.\n{FIRST}",
            f"Railway to reopen\nRailway to reopen\n주체112(2023)년 8월 22일\n{FIRST}",
        ],
        ids=["juche", "date-first", "bom-crlf", "url-and-byline", "title-twice"],
    )
    def test_may_have_its_head_in_several_orders(self, text: str) -> None:
        article = only("a.txt", text)

        assert (article.title, article.text) == ("Railway to reopen", FIRST)
        assert day(article) is not None
        assert str(day(article)).startswith("2023-08-22")

    def test_keeps_a_short_sentence_with_a_date(self) -> None:
        article = only("a.txt", f"Railway to reopen\n\nThey met on August 22, 2023 again.\n\n{FIRST}")

        assert article.text.startswith("They met")
        assert article.published is None

    def test_takes_the_address_of_its_source(self) -> None:
        article = only("a.txt", f"Railway to reopen\nSource: https://ledger.example/1\n{FIRST}")

        assert (article.url, article.outlet_host, article.text) == (
            "https://ledger.example/1",
            "ledger.example",
            FIRST,
        )

    def test_puts_wrapped_lines_together(self) -> None:
        wrapped = (
            f"{FIRST[:60]}\n{FIRST[61:]}"
            if FIRST[60] == " "
            else FIRST.replace(" northern ", " northern\n", 1)
        )
        article = only("a.txt", f"Railway to reopen\n\n{wrapped}\n\n{SECOND}")

        assert article.text == f"{FIRST}\n{SECOND}"

    def test_keeps_lines_that_are_paragraphs(self) -> None:
        assert only("a.txt", f"Railway to reopen\n{FIRST}\n{SECOND}").text == f"{FIRST}\n{SECOND}"

    def test_without_a_title_is_named_after_its_file(self) -> None:
        article = only("the-northern_railway.txt", f"{FIRST} {SECOND} " * 3)

        assert article.title == "the northern railway"
        assert article.text.startswith("Ministers")

    @pytest.mark.parametrize("encoding", ["euc-kr", "utf-16", "cp949"])
    def test_is_read_in_its_encoding(self, encoding: str) -> None:
        story = "두 나라 장관들은 월요일 북부 항구에서 만나 철도를 다시 열기로 합의하였다."
        article = only("a.txt", f"철도가 다시 열린다\n\n2023년 8월 22일\n\n{story}".encode(encoding))

        assert (article.title, article.language, day(article)) == (
            "철도가 다시 열린다",
            "ko",
            "2023-08-22 day",
        )

    def test_about_copyright_keeps_its_last_paragraph(self) -> None:
        last = (
            "The ministers also spoke about copyright law, "
            + "which both parliaments will discuss at length in spring, " * 4
        )

        assert only("a.txt", f"Railway to reopen\n\n{FIRST}\n\n{last}").text.endswith("in spring,")


class TestMarkdown:
    def test_takes_its_front_matter(self) -> None:
        head = (
            '---\ntitle: "Railway to reopen"\ndate: 2023-08-22T09:00:00+09:00\nurl: https://ledger.example/1\n'
            "author: Mara Quill and Tomas Reed\nlang: en-GB\ncategory: World\n---\n"
        )
        article = only("a.md", f"{head}\n# Railway to reopen\n\n{FIRST}\n")

        assert (article.title, article.text, article.url) == (
            "Railway to reopen",
            FIRST,
            "https://ledger.example/1",
        )
        assert article.published is not None
        assert article.published.at == datetime(2023, 8, 22, tzinfo=UTC)
        assert (article.authors, article.language, article.section) == (
            ("Mara Quill", "Tomas Reed"),
            "en",
            "World",
        )

    def test_is_read_without_its_marks(self) -> None:
        head = "# Railway to reopen\n\n*August 22, 2023*\n\n![bridge](b.jpg)\n\n"
        article = only("a.md", f"{head}**Port:** [{FIRST}](https://x.example/)\n\n> {SECOND}")

        assert (article.title, day(article)) == ("Railway to reopen", "2023-08-22 day")
        assert article.text == f"Port: {FIRST}\n{SECOND}"

    def test_rule_that_opens_no_front_matter_stays_text(self) -> None:
        assert only("a.md", f"---\n\nRailway to reopen\n\n{FIRST}").text.endswith("line.")


class TestJson:
    def test_object_gives_one_article(self) -> None:
        found = {
            "headline": "Railway",
            "body": f"{FIRST}\n\n{SECOND}",
            "date": "2023-08-22",
            "link": "https://l.example/1",
        }
        article = only("a.json", json.dumps(found))

        assert (article.title, article.text, day(article)) == (
            "Railway",
            f"{FIRST}\n{SECOND}",
            "2023-08-22 day",
        )
        assert (article.url, article.outlet_host) == ("https://l.example/1", "l.example")

    @pytest.mark.parametrize(
        "wrap", [lambda found: found, lambda found: {"articles": found}], ids=["list", "object"]
    )
    def test_list_gives_its_articles_in_order(self, wrap: object) -> None:
        found = [
            {"title": f"Railway {n}", "text": FIRST, "authors": ["A. Quill", "T. Reed"]} for n in range(3)
        ]
        body = json.dumps(wrap(found)).encode()  # type: ignore[operator]

        articles = parse_seed("a.json", body, now=NOW)

        assert [article.title for article in articles] == ["Railway 0", "Railway 1", "Railway 2"]
        assert articles[0].authors == ("A. Quill", "T. Reed")

    def test_lines_give_an_article_each(self) -> None:
        lines = "\n\n".join(
            json.dumps({"title": f"Railway {n}", "text": SECOND, "published": 1692662400}) for n in range(2)
        )

        articles = parse_seed("a.jsonl", lines.encode(), now=NOW)

        assert [article.title for article in articles] == ["Railway 0", "Railway 1"]
        assert day(articles[0]) == "2023-08-22 second"

    def test_lone_surrogates_controls_and_scripts_are_left_out(self) -> None:
        article = only(
            "a.json",
            r'{"title": "Rail\ud800way\u0007", "text": "All trains run\u0000 again", "url": "javascript:alert(1)"}',
        )

        assert (article.title, article.text, article.url) == ("Railway", "All trains run again", None)


class TestHtml:
    def test_gives_the_page_s_article(self) -> None:
        page = (
            '<html lang="en"><head><link rel="canonical" href="https://ledger.example/1">'
            '<meta name="date" content="2023-08-22">'
            f"</head><body><h1>Railway to reopen</h1><p>{FIRST}</p><p>{SECOND}</p></body></html>"
        )
        article = only("a.html", page)

        assert (article.title, article.text, day(article)) == (
            "Railway to reopen",
            f"{FIRST}\n{SECOND}",
            "2023-08-22 day",
        )
        assert (article.url, article.outlet_host) == ("https://ledger.example/1", "ledger.example")

    def test_without_an_article_is_refused_with_the_reason(self) -> None:
        with pytest.raises(ParseError, match=r"a\.html: no article") as caught:
            only("a.html", "<html><body><p>Hello</p></body></html>")

        assert caught.value.reason == "no_text"


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\n", "empty"),
        ("a.json", b"[]", "empty"),
        ("a.txt", b"Railway to reopen\n\nAugust 22, 2023\n", "no_text"),
        ("a.txt", b"...\n---\n", "no_text"),
        ("a.md", b"---\ntitle: A\n---\n", "no_text"),
        ("a.json", b'{"title": "Railway"}', "no_text"),
        ("a.json", b'{"title": "Railway", "text": ["a"]}', "no_text"),
        ("a.json", b'{"title": ', "bad_json"),
        ("a.json", b"[1, 2]", "bad_json"),
        ("a.json", b"[" * 100_000, "bad_json"),
        ("a.jsonl", b'{"title": "A", "text": "b c"}\nnot json\n', "bad_json"),
        ("a.pdf", b"%PDF-1.7", "unknown_kind"),
        ("README", b"words", "unknown_kind"),
        ("a.txt", b"%PDF-1.7", "not_text"),
        ("a.txt", bytes(range(256)) * 10, "not_text"),
        ("a.html", b"just words", "not_html"),
        ("a.txt", b"a" * (PAGE_BYTES + 1), "too_large"),
    ],
)
def test_file_without_an_article_is_refused_by_name(name: str, body: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_seed(name, body, now=NOW)

    assert caught.value.reason == reason
    assert str(caught.value).startswith(name)


def test_broken_line_is_named_by_its_number() -> None:
    with pytest.raises(ParseError, match=r"a\.jsonl, line 3: "):
        parse_seed("a.jsonl", b'{"title": "A", "text": "b c"}\n\n{broken\n', now=NOW)


@given(st.text(), st.sampled_from(["a.txt", "a.md"]))
def test_any_text_gives_an_article_or_a_parse_error(text: str, name: str) -> None:
    try:
        article = only(name, text.encode("utf-8", "replace"))
    except ParseError:
        return

    assert article.words > 0
    assert article.title
    article.text.encode()


def test_an_address_that_is_none_gives_no_host():
    (article,) = parse_seed(
        "a.json", b'{"title": "A", "text": "Some words.", "url": "https://[broken/"}', now=NOW
    )

    assert article.outlet_host is None
