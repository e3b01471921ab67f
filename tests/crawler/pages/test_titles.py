import pytest

from crawler.pages.json_ld import LinkedArticle
from crawler.pages.structured import PageFacts
from crawler.pages.titles import choose_title, is_same_title, without_site


def choose(
    *,
    linked: str = "",
    meta: tuple[str, ...] = (),
    h1: tuple[str, ...] = (),
    window: str = "",
    site: str = "",
    feed: str = "",
) -> str:
    stated = PageFacts(
        LinkedArticle(headline=linked), titles=meta, headings=h1, window_title=window, site_name=site
    )
    return choose_title(stated, feed)


@pytest.mark.parametrize(
    "places",
    [
        {"linked": "Railway to reopen soon"},
        {"meta": ("Railway to reopen soon",)},
        {"meta": ("Railway to reopen soon - The Ledger",)},
        {"meta": ("Railway to reopen soon | World | The Ledger",), "h1": ("Railway to reopen soon",)},
        {
            "meta": ("Railway to reopen soon · A Long Name of an Outlet in Town",),
            "site": "A Long Name of an Outlet in Town",
        },
        {"h1": ("Railway to reopen soon",)},
        {"h1": ("Ledger", "Railway to reopen soon"), "window": "Railway to reopen soon – Ledger"},
        {
            "h1": ("Other heading here", "Railway to reopen soon"),
            "window": "Railway to reopen soon - World - Ledger",
        },
        {"window": "Railway to reopen soon — Ledger"},
        {"window": "Railway to reopen soon", "feed": "Railway"},
        {"feed": "Railway to reopen soon"},
        {
            "linked": "A kicker: Railway to reopen",
            "meta": ("Railway to reopen soon",),
            "h1": ("Railway to reopen soon",),
        },
    ],
    ids=lambda places: "-".join(places),
)
def test_headline_is_found_in_any_place(places: dict[str, object]) -> None:
    assert choose(**places) == "Railway to reopen soon"  # type: ignore[arg-type]


def test_page_without_any_title_has_none() -> None:
    assert choose() == ""


def test_window_s_title_without_headline_may_end_with_the_feed_s() -> None:
    assert (
        choose(window="The Harbour Ledger: Railway to reopen", feed="Railway to reopen")
        == "Railway to reopen"
    )


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("Railway to reopen - Ledger", "Railway to reopen"),
        ("Railway to reopen | Ledger", "Railway to reopen"),
        ("铁路将在冬季以前通车-海港日报", "铁路将在冬季以前通车"),
        ("鉄道は冬の前に再開する｜海港新聞", "鉄道は冬の前に再開する"),
        ("철도가 겨울 전에 다시 열린다 - 항구일보", "철도가 겨울 전에 다시 열린다"),
        ("North-south talks resume", "North-south talks resume"),
        ("Talks - a long wait for what both sides have called a new beginning of trade", None),
        ("Ledger - Railway to reopen before winter comes", None),
        ("Railway", "Railway"),
        ("", ""),
    ],
)
def test_site_s_name_is_cut_from_the_end_alone(title: str, clean: str | None) -> None:
    assert without_site(title) == (title if clean is None else clean)


def test_titles_are_the_same_but_for_signs_case_and_width() -> None:
    assert is_same_title("“Railway” to RE-OPEN", 'railway to re open "')
    assert is_same_title("Ｒａｉｌｗａｙ", "railway")
    assert not is_same_title("Railway", "Railways")
    assert not is_same_title("—", "…")
