"""Pages that scripts make are told from pages that are empty, and from articles."""

from datetime import UTC, datetime

import pytest

from crawler.pages.extract import extract_article
from storage.records.articles import Article, Page, Rejection

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
SCRIPT = '<script src="/static/main.3f2a.js"></script>'
TEXT = "The ferries stay in port, said the harbour master, and the storm goes on until Tuesday at least. " * 4


def read(body: str) -> Article | Rejection:
    page = Page(
        "https://ledger.example/1", f"<html><head><title>Ledger</title></head>{body}</html>".encode(), "", NOW
    )
    return extract_article(page, None, timezone=None, language=None)


SHELLS = {
    "React": f'<body><div id="root"></div>{SCRIPT}</body>',
    "React with a notice": "<body><noscript>You need to enable JavaScript to run this app.</noscript>"
    f'<div id="content"></div>{SCRIPT}</body>',
    "Angular": f"<body><app-root></app-root>{SCRIPT}</body>",
    "Next": f'<body><div id="__next"> \n </div>{SCRIPT}<p>© 2026 Ledger</p></body>',
    "Nuxt": f'<body><div id="__nuxt"><div></div></div>{SCRIPT}</body>',
    "script in the page": '<body><div id="app"></div><script>' + "load(1);" * 40 + "</script></body>",
    "notice in the text": f"<body><p>This site needs JavaScript.</p>{SCRIPT}</body>",
    "Korean notice": f"<body><noscript>자바스크립트를 켜 주세요</noscript><div></div>{SCRIPT}</body>",
    "Russian notice": f"<body><p>Включите JavaScript в браузере</p>{SCRIPT}</body>",
}
OTHERS = {
    "no scripts": '<body><div id="root"></div></body>',
    "a flash of one sentence": f"<body><h1>Ferries stay in port</h1><p>More follows.</p>{SCRIPT}</body>",
    "an element with text": f'<body><div id="app"><h1>Ferries</h1><p>More follows.</p></div>{SCRIPT}</body>',
}


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_needs_a_browser(name):
    found = read(SHELLS[name])

    assert isinstance(found, Rejection)
    assert found.reason == "needs_browser", found


@pytest.mark.parametrize("name", OTHERS)
def test_an_empty_page_is_no_shell(name):
    found = read(OTHERS[name])

    assert isinstance(found, Rejection)
    assert found.reason == "no_text"


def test_an_article_beside_an_empty_element_is_one():
    notice = "<noscript>Enable JavaScript for comments</noscript>"
    body = f'<body><div id="root"></div>{notice}<h1>Ferries</h1><p>{TEXT}</p>{SCRIPT}'

    assert isinstance(read(body + "</body>"), Article)
