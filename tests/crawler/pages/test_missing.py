import pytest
from lxml.html import document_fromstring

from crawler.pages.missing import find_missing, markup_says_missing, says_missing
from crawler.pages.structured import read_facts

URL = "https://ledger.example/news/7"
ARTICLE_HEAD = '<meta property="og:type" content="article">'
STORY = (
    "Divers from three harbours searched the strait for the wreck of the ferry on Monday, and the harbour master said "
    "that the work would go on until the end of the month whatever the weather. "
)
NOTICES = {
    "English": (
        "Oops! That page can’t be found.",
        "It looks like nothing was found at this location. Maybe try one of the links below or a search? The page may "
        "have been moved or deleted. If you typed the address, please check the spelling.",
    ),
    "English of a server": (
        "404",
        "The page you requested could not be found on this server.\nPlease check the address or go back to the home "
        "page. We are sorry for the trouble that this has caused you and all who came here.",
    ),
    "Russian": (
        "Ошибка 404. Страница не существует",
        "Извините, такой страницы не существует. Вероятно, материал удалён или вы неправильно набрали адрес.\n"
        "Вернитесь на главную страницу сайта или воспользуйтесь поиском по новостям за последние годы.",
    ),
    "Korean": (
        "존재하지 않는 페이지입니다",
        "죄송합니다. 요청하신 기사가 삭제되었거나 존재하지 않는 페이지입니다.\n주소를 다시 확인해 주시기 바랍니다. "
        "메인 화면으로 이동하여 검색을 이용해 주십시오.",
    ),
    "Chinese": (
        "页面不存在",
        "抱歉，您访问的页面不存在或已被删除。请检查地址是否正确，或者返回首页继续浏览其他新闻内容，感谢您的支持，"
        "如有其他问题抱歉请返回首页联系我们的编辑部门。",
    ),
}


def missing(title: str, text: str, *, head: str = "", body: str = "<p>x</p>") -> str | None:
    tree = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    found = find_missing(title, text, read_facts(tree, URL))
    return found.reason if found else None


@pytest.mark.parametrize(("title", "text"), NOTICES.values(), ids=NOTICES)
def test_notice_that_nothing_is_there_is_no_article(title: str, text: str) -> None:
    assert missing(title, text) == "not_found"
    assert missing("What the feed says", text, body=f"<h1>{title}</h1>") == "not_found"
    assert missing("What the feed says", text, head=f"<title>{title} | The Ledger</title>") == "not_found"
    assert (
        missing(title, text, head=ARTICLE_HEAD) == "not_found"
    )  # of a template that calls all pages articles


@pytest.mark.parametrize(("title", "text"), NOTICES.values(), ids=NOTICES)
def test_notice_with_what_is_read_most_below_it_is_none_either(title: str, text: str) -> None:
    assert missing(title, f"{text}\n{text}\n" + 5 * f"{STORY}\n") == "not_found"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Page not found", STORY * 2),
        ("Page not found", "The page was not found. " + STORY * 2),
        ("Page not found: how an archive lost its catalogue", NOTICES["English"][1]),
        ("Wreck of the ferry not found", STORY),
        ("Not found", STORY),
        ("Document not found, ministry says", "The secret document was not found in the archive. " + STORY),
        ("Why so many links end in a 404", "Error 404: page not found. " + STORY * 3),
    ],
)
def test_article_about_what_is_missing_stays_one(title: str, text: str) -> None:
    assert missing(title, text) is None


def test_short_page_that_calls_itself_missing_says_so() -> None:
    assert missing("Not found", "") == "not_found"
    assert missing("Page not found", "Try again later.") == "not_found"
    assert missing("A flash", "Ministers agreed.") is None


def test_page_that_calls_itself_an_article_needs_more_phrases() -> None:
    mixed = NOTICES["English"][1] + " " + "The harbour was closed on Monday for a day and nobody knew why."

    assert missing("Page not found", mixed) == "not_found"
    assert missing("Page not found", mixed, head=ARTICLE_HEAD) is None


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("404", ""),
        ("Page not found", "Try the search."),
        ("The Courier", "The page you requested could not be found."),
        ("The Courier", "This article is no longer available."),
        ("The Courier", "This story has been removed."),
        ("Страница не найдена", ""),
        ("", "Запрашиваемая вами страница не найдена"),
        ("页面不存在", ""),
        ("", "您访问的页面不存在或已被删除"),
        ("", "요청하신 페이지를 찾을 수 없습니다"),
        ("", "お探しのページは見つかりません"),
        ("Seite nicht gefunden", ""),
        ("Page introuvable", ""),
        ("Página no encontrada", ""),
    ],
)
def test_a_notice_that_a_page_is_missing_is_known_in_many_languages(title, text):
    assert says_missing(title, text)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Ministers meet", "The ministers met in the harbour and spoke of the tunnel."),
        ("Wreck not found after a week", "Divers searched the strait for the wreck. " * 30),
        ("Train 4041 arrives", "It was full."),
    ],
    ids=["an article", "a long one about it", "a number"],
)
def test_an_article_is_no_notice(title, text):
    assert not says_missing(title, text)


def test_a_page_without_an_article_says_so_in_its_headings():
    assert markup_says_missing("<html><title>The Courier</title><body><h1>Page <b>not found</b></h1>")
    assert not markup_says_missing("<html><title>The Courier</title><body><p>404 not found</p>")
