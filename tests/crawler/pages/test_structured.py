from lxml.html import HtmlElement, document_fromstring

from crawler.pages.structured import PageFacts, page_lines, read_facts


def tree(head: str = "", body: str = "", attributes: str = "") -> HtmlElement:
    return document_fromstring(f"<html {attributes}><head>{head}</head><body>{body}</body></html>")


def facts(head: str = "", body: str = "", attributes: str = "") -> PageFacts:
    return read_facts(tree(head, body, attributes), "https://ledger.example/1")


def test_empty_page_states_nothing() -> None:
    stated = facts()

    assert (stated.titles, stated.headings, stated.window_title, stated.authors) == ((), (), "", ())
    assert (stated.published, stated.times, stated.language, stated.page_type) == ((), (), "", "")


def test_trusted_meta_elements_go_first_in_any_order_and_case() -> None:
    stated = facts(
        '<meta name="DATE" content="2026-01-03"><meta itemprop="datePublished" content="2026-01-02">'
        '<meta property="article:published_time" content=" 2026-01-01 "><meta name="pubdate" content="">'
    )

    assert stated.published == ("2026-01-01", "2026-01-02", "2026-01-03")


def test_authors_are_those_of_one_name() -> None:
    stated = facts(
        '<meta name="author" content="A. Quill"><meta name="author" content="T. Reed"><meta name="byl" content="X">'
    )

    assert stated.authors == ("A. Quill", "T. Reed")


def test_title_of_a_drawing_is_not_the_window_s() -> None:
    assert facts(body="<svg><title>Logo</title></svg>").window_title == ""
    assert (
        facts("<title> The\n Ledger </title>", "<svg><title>Logo</title></svg>").window_title == "The Ledger"
    )


def test_times_know_what_they_mark() -> None:
    stated = facts(
        body='<time datetime="2026-01-01">1 Jan</time><time class="date-published">2 Jan 2026</time>'
        '<time itemprop="dateModified" content="2026-01-03"></time>'
    )

    assert [(time.stated, time.text, time.is_published, time.is_modified) for time in stated.times] == [
        ("2026-01-01", "1 Jan", False, False),
        ("", "2 Jan 2026", True, False),
        ("2026-01-03", "", False, True),
    ]


def test_language_is_the_root_s_else_a_meta_element_s() -> None:
    assert facts(attributes='lang="en-GB"').language == "en-GB"
    assert facts('<meta property="og:locale" content="ru_RU">').language == "ru_RU"


def test_canonical_address_is_the_first() -> None:
    links = '<link rel="stylesheet" href="/a.css"><link rel="CANONICAL" href=" /1 "><link rel="canonical" href="/2">'

    assert facts(links).canonical_url == "/1"


def test_lines_are_the_visible_texts_in_order() -> None:
    hidden = "<style>no</style><noscript>no</noscript>"
    body = f"<h1>One</h1>two<script>no()</script> three <p>four <b>five</b> six</p>{hidden}"

    assert page_lines(tree("<title>no</title>", body)) == ["One", "two", "three", "four", "five", "six"]


def test_endless_elements_are_bounded() -> None:
    stated = facts(
        "<meta name=author content=a>" * 500, "<h1>h</h1>" * 500 + "<time>t</time>" * 500 + "<p>x" * 9_000
    )

    assert len(stated.authors) == len(stated.headings) == len(stated.times) == 50
    assert len(page_lines(tree(body="<p>x" * 9_000))) == 2_000
