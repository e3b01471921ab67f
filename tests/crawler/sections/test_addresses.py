import pytest

from crawler.sections.addresses import read_address, slug_words
from crawler.sections.words import is_label

PAGE = "https://www.gazette.example.com/world/"


@pytest.mark.parametrize(
    "address",
    [
        "/world/880123",
        "/880123.html",
        "/2026/09/14/ferries-run-again",
        "/world/ferries-run-again-after-the-storm",
        "/n1/2026/0914/c1002-40801230.html",
        "/ferries-run-again/880123",
        "/880123/ferries-run-again",
        "/index.php?newsID=2026-09-14-0001",
        "/view.asp?article=88210&cat=2",
        "/?p=5310",
        "/board/view.php?no=5310",
        "/kp/article/q/6a4f0b2c9d8e7f6a5b4c3d2e1f0a9b8c.kcmsf",
        "/weather/2026-09-14/gale-in-the-strait",
        "/archives/880123",
        "/video-games/studio-closes-after-ten-years",
        "/privacy-law-passes-its-second-vote",
        "/world/%EB%B6%81%EB%9F%AC-%EA%B2%BD%EC%A0%9C%EA%B3%B5%EB%8F%99%EC%9C%84%EC%9B%90%ED%9A%8C-%EA%B0%9C%EC%B5%9C",
        "https://news.gazette.example.com/a/880123",
    ],
)
def test_address_of_article_speaks_for_it(address: str) -> None:
    traits = read_address(address if "://" in address else f"https://www.gazette.example.com{address}", PAGE)

    assert traits.possible
    assert traits.score >= 1.0


@pytest.mark.parametrize(
    "address",
    [
        "/asia/",
        "/asia/japan",
        "/news/list.asp?cat=12",
        "/articleList.html?sc_section_code=S1N3",
        "/2026/09/",
        "/2026/09/14/",
        "/search-results/list",
        "/index.php?strPageID=SF01_01_02&iMenuID=1",
        "/section/3/economy",
        "/past/202608.htm",
        "/how-it-works",
    ],
)
def test_address_of_list_speaks_against_it(address: str) -> None:
    traits = read_address(f"https://www.gazette.example.com{address}", PAGE)

    assert traits.score < 0.3


@pytest.mark.parametrize(
    "address",
    [
        PAGE,
        "https://www.gazette.example.com/",
        "https://www.gazette.example.com/world/?utm_source=menu",
        "https://www.gazette.example.com/world/?page=2",
        "https://www.gazette.example.com/world/page/2/",
        "https://www.gazette.example.com/tag/rail-freight-on-the-river/",
        "https://www.gazette.example.com/author/world-desk",
        "https://www.gazette.example.com/about-us",
        "https://www.gazette.example.com/privacy-policy.html",
        "https://www.gazette.example.com/report-2026-09-14.pdf",
        "https://www.gazette.example.com/rss.xml",
        "https://video.gazette.example.com/2026-09-14/880123",
        "https://www.gazette.example.com/galeri-haber/spring-in-the-harbour-4288900",
        "https://www.other.example.net/2026/09/14/ferries-run-again",
    ],
)
def test_address_where_no_article_stands_is_impossible(address: str) -> None:
    assert not read_address(address, PAGE).possible


def test_folder_that_the_page_lies_in_itself_is_no_drawback() -> None:
    address = "https://www.gazette.example.com/weather/gale-in-the-strait"

    inside = read_address(address, "https://www.gazette.example.com/weather/")
    outside = read_address(address, PAGE)

    assert inside.score > outside.score


def test_host_that_the_page_lies_on_itself_may_have_articles() -> None:
    address = "https://blog.gazette.example.com/880123"

    assert read_address(address, "https://blog.gazette.example.com/").possible
    assert not read_address(address, PAGE).possible


def test_addresses_built_alike_have_one_shape() -> None:
    first = read_address("https://www.gazette.example.com/world/880123?x=1", PAGE)
    second = read_address("https://www.gazette.example.com/sport/12?x=7", PAGE)
    other = read_address("https://www.gazette.example.com/world/ferries-run-again-after-the-storm", PAGE)

    assert first.shape == second.shape != other.shape


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        ("ferries-run-again", 3),
        ("북러-경제공동위원회", 4),
        ("880123", 0),
        ("a-b-rail", 1),
        ("паром-в-порту", 2),
    ],
)
def test_words_of_a_slug_are_counted(segment: str, words: int) -> None:
    assert slug_words(segment) == words


@pytest.mark.parametrize(
    "text",
    [
        "Read more",
        "Continue reading “Ferries run again”",
        "12 comments",
        "댓글 3",
        "14",
        "»",
        "더보기",
        "Next",
        "June 2026",
        "...",
    ],
)
def test_text_that_names_no_page_is_a_label(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize(
    "text", ["More rain in the north", "Ferries run again", "12 hurt in harbour fire", "북러 경제"]
)
def test_headline_is_no_label(text: str) -> None:
    assert not is_label(text)
