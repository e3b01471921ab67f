import pytest
from lxml.html import document_fromstring

from crawler.pages.json_ld import LinkedArticle
from crawler.pages.outlet_names import is_same_title
from crawler.pages.structured import PageFacts, read_facts
from crawler.pages.titles import choose_title, without_site


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
    return choose_title(stated, feed).title


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


def chosen(body: str, head: str = "", *, feed: str = "", url: str = "", outlet: tuple[str, ...] = ()) -> str:
    tree = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    return choose_title(read_facts(tree, url), feed, tree, url=url, outlet=outlet).title


STORY = "<p>The ferry line will carry freight again once the piers have been surveyed.</p>"
WANTED = "Ferry line to carry freight again"


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        # the window's title is the outlet's name, and the headline is no h1
        (f"<title>Harbour Times</title><h2 class=title>{WANTED}</h2>{STORY}", WANTED),
        (f"<title>Harbour Times</title><div class=news_Title>{WANTED}</div>{STORY}", WANTED),
        (
            f"<title>Harbour Times</title><p class=TitleP style='text-align:center'>{WANTED}</p>{STORY}",
            WANTED,
        ),
        (f"<title>Harbour Times</title><div class=article-main-title><b>{WANTED}</b></div>{STORY}", WANTED),
        (f"<title>Harbour Times</title><div class=sec>Latest</div><h3>{WANTED}</h3>{STORY}", ""),
        (
            f"<title>{WANTED}</title><meta property=og:title content='Harbour Times'><h1>{WANTED}</h1>{STORY}",
            "",
        ),
        (
            f"<title>{WANTED}</title><meta property=og:title content='Harbour Times – quay'><h2>{WANTED}</h2>{STORY}",
            "",
        ),
        # the h1 is the outlet's
        (
            f"<title>{WANTED} | Harbour Times</title><h1><a href=/>Harbour Times</a></h1><h2>{WANTED}</h2>{STORY}",
            "",
        ),
        (f"<title>{WANTED} « Harbour Times</title><h1>Harbour Times news of the quay</h1>{STORY}", ""),
        (f"<title>Harbour Times » {WANTED}</title><h1>Harbour Times</h1><h2>{WANTED}</h2>{STORY}", ""),
        # a section, a kicker, a date beside it
        (
            f"<title>HT: {WANTED}</title><meta property=og:title content='Press releases'><h1>{WANTED}</h1>{STORY}",
            "",
        ),
        (f"<meta property=og:title content='Press release: {WANTED}'><h1>{WANTED}</h1>{STORY}", ""),
        (
            f"<title>{WANTED}</title><meta property=og:title content='{WANTED}'><h1>Trade {WANTED}</h1>{STORY}",
            "",
        ),
        (f"<title>14.03.2026 | {WANTED}</title><h1>{WANTED}</h1>{STORY}", ""),
        # cut
        (f"<meta property=og:title content='Ferry line to carry…'><h1>{WANTED}</h1>{STORY}", ""),
        (f"<title>{WANTED}</title><h1></h1>{STORY}", "Ferry line to …"),
    ],
)
def test_outlet_s_name_section_and_kicker_are_no_headline(page: str, feed: str) -> None:
    head, _, body = page.partition("<h") if "<h" in page else page.partition("<div")
    mark = "<h" if "<h" in page else "<div"
    head, body = (head, mark + body) if body else (page.split("<p", 1)[0], "<p" + page.split("<p", 1)[1])

    assert (
        chosen(body, head, feed=feed, url="https://harbourtimes.example/1", outlet=("harbour-times",))
        == WANTED
    )


@pytest.mark.parametrize(
    ("body", "head", "feed", "wanted"),
    [
        ("<h1>Harbour</h1>", "<title>Harbour</title>", "Harbour", "Harbour"),
        ("<h1>Harbour</h1>", "<title>Harbour</title>", "Tides", "Tides"),
        ("<h1>Harbour</h1>", "<title>Harbour</title>", "", ""),
        ("<p>Ships</p>", "<title>Harbour</title>", "Harbour", ""),
        ("<h1>Harbour</h1>", '<meta property="og:site_name" content="Harbour">', "Harbour", ""),
    ],
)
def test_headline_like_the_outlet_s_name_counts_where_page_and_feed_agree(
    body: str, head: str, feed: str, wanted: str
) -> None:
    found = chosen(body, head, feed=feed, url="https://ledger.example/1", outlet=("harbour",))
    assert found == wanted


def test_headline_cut_at_a_quotation_mark_is_completed() -> None:
    shared = "<meta property=og:title content='Minister calls the line'>"
    head = f"<title>Minister calls the line 'a start' - Ledger</title>{shared}"

    assert (
        chosen(f"<h1></h1>{STORY}", head, url="https://ledger.example/1")
        == "Minister calls the line 'a start'"
    )


def test_what_follows_a_headline_stays_where_it_is_no_name() -> None:
    head = "<meta property=og:title content='Snow on the quay – a day with the dog'>"

    assert chosen(STORY, head) == "Snow on the quay – a day with the dog"


def test_choice_tells_what_else_was_considered() -> None:
    found = choose_title(PageFacts(LinkedArticle(), titles=("Railway to reopen",), headings=("Railway",)))

    assert [(one.text, one.place) for one in found.candidates] == [
        ("Railway to reopen", "meta"),
        ("Railway", "h1"),
    ]


def test_signs_that_only_shape_words_stay_in_the_headline() -> None:
    persian = "می‌گوید قطارها راه افتادند"

    assert chosen(f"<h1>{persian}</h1>{STORY}", f"<title>{persian}</title>") == persian


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


@pytest.mark.parametrize("address", ["/world/railway-reopens", "https://a.example/1", "world/12"])
def test_address_in_the_place_of_a_headline_is_none_where_the_page_has_one(address):
    assert choose(h1=("First 0 1",), window="First 0 1", feed=address) == "First 0 1"
    assert choose(feed=address) == address
