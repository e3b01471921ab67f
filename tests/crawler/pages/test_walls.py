import pytest
from lxml.html import document_fromstring

from crawler.pages.structured import read_facts
from crawler.pages.walls import find_list, find_wall
from storage.records.articles import Rejection

URL = "https://ledger.example/world"
ARTICLE_HEAD = '<meta property="og:type" content="article">'
PARAGRAPH = (
    "Ministers met on Monday in the northern port, and agreed to reopen the railway that floods had cut off. "
)
WALL = "We and our 7 partners store cookies. You can accept all or reject all. Manage your choices. "


def wall(text: str, *, title: str = "", head: str = "", body: str = "", markup: str = "") -> str | None:
    tree = document_fromstring(f"<html><head>{head}</head><body>{body or '<p>x</p>'}</body></html>")
    found = find_wall(title, text, read_facts(tree, URL), tree, markup)
    return found.reason if found else None


def listed(text: str, body: str, *, head: str = "", url: str = URL) -> Rejection | None:
    tree = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    return find_list(text, read_facts(tree, url), tree, url)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("wall", WALL),
        ("wall", "Wir und unsere Partner verarbeiten Daten. Weiterlesen mit Werbung. Cookies akzeptieren."),
        ("wall", "Nos partenaires et nous utilisons des cookies. Tout accepter. Tout refuser."),
        ("wall", "Already a subscriber? Subscribe now to keep reading. Become a member."),
        ("wall", "Мы используем файлы cookie. Подпишитесь на нас."),
        ("login", "Please log in. Forgot your password? Create an account."),
        ("login", "로그인 하십시오. 비밀번호를 잊으셨습니까?"),
        ("challenge", "Checking your browser before you go on. Complete the captcha. Ray ID: 81a."),
    ],
)
def test_short_text_of_such_phrases_is_a_wall(reason: str, text: str) -> None:
    assert wall(text) == reason


@pytest.mark.parametrize(
    "text",
    [PARAGRAPH, PARAGRAPH * 3 + WALL, WALL * 20, PARAGRAPH + "They will log in to the registry again."],
    ids=["story", "story-with-banner", "long", "one-phrase"],
)
def test_text_of_another_kind_is_none(text: str) -> None:
    assert wall(text) is None


def test_page_that_says_it_is_an_article_needs_more_phrases() -> None:
    mixed = WALL + PARAGRAPH

    assert wall(mixed) == "wall"
    assert wall(mixed, head=ARTICLE_HEAD) is None
    assert wall(WALL, head=ARTICLE_HEAD) == "wall"


@pytest.mark.parametrize(
    "title", ["Just a moment...", "Attention Required! | Cloudflare", "Один момент…", "Robot check"]
)
def test_challenge_is_told_by_its_title_and_short_text(title: str) -> None:
    assert wall("One sentence.", title=title) == "challenge"
    assert wall(PARAGRAPH * 9, title=title) is None


def test_challenge_script_alone_is_none() -> None:
    script = '<script src="/cdn-cgi/challenge-platform/h/b.js"></script>'

    assert wall(PARAGRAPH, markup=script) is None
    assert wall("Verify you are human.", markup=script) == "challenge"


def test_password_makes_a_short_page_a_login() -> None:
    form = '<form><input type="password"></form>'

    assert wall("A few words.", body=form) == "login"
    assert wall("A few words.", body=form, head=ARTICLE_HEAD) is None
    assert wall(PARAGRAPH * 4, body=form) is None


TEASERS = '<h3><a href="/1">A headline</a></h3><p>A line.</p>' * 8


def test_linked_headings_without_paragraphs_are_a_list() -> None:
    assert listed("A line of a few words.\n" * 8, TEASERS) is not None
    assert listed(f"{PARAGRAPH}\n" * 8, TEASERS) is None
    assert listed("A line of a few words.\n" * 8, TEASERS, head=ARTICLE_HEAD) is None
    assert listed("A line of a few words.\n" * 8, "<h3><a href=/1>A headline</a></h3>") is None


@pytest.mark.parametrize(
    "url", ["https://ledger.example", "https://ledger.example/", "https://ledger.example/index.html"]
)
def test_first_page_of_an_outlet_is_a_list(url: str) -> None:
    assert listed(f"{PARAGRAPH}\n" * 8, TEASERS, url=url) is not None
