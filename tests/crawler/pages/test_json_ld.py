import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.pages.json_ld import LinkedArticle, read_json_ld

URL = "https://ledger.example/world/1"
ARTICLE = {
    "@type": "NewsArticle",
    "headline": "Railway to reopen",
    "datePublished": "2026-03-02T18:40:00+09:00",
}


def read(*blocks: object) -> LinkedArticle:
    return read_json_ld([block if isinstance(block, str) else json.dumps(block) for block in blocks], URL)


@pytest.mark.parametrize(
    "block",
    [
        ARTICLE,
        [{"@type": "WebSite", "name": "Ledger"}, ARTICLE],
        {"@graph": [{"@type": "Organization", "name": "Ledger"}, ARTICLE]},
        {"@type": "WebPage", "name": "Page", "mainEntity": ARTICLE},
        ARTICLE | {"@type": ["ReportageNewsArticle", "Article"]},
        ARTICLE | {"@type": "https://schema.org/NewsArticle"},
        ARTICLE | {"headline": ["Railway to reopen"]},
        ARTICLE | {"headline": {"@value": "Railway to reopen"}},
        ARTICLE | {"headline": "<b>Railway</b> to&#32;reopen"},
        json.dumps(ARTICLE).replace("reopen", "\nreopen"),
        json.dumps(ARTICLE)[:-1] + ",}",
        f"<!-- {json.dumps(ARTICLE)} -->",
        f"//<![CDATA[\n{json.dumps(ARTICLE)}\n//]]>",
        f"/* ld */ {json.dumps(ARTICLE)};",
    ],
)
def test_article_is_found_however_it_is_written(block: object) -> None:
    found = read(block)

    assert found.is_article
    assert (found.headline, found.published) == ("Railway to reopen", "2026-03-02T18:40:00+09:00")


def test_article_of_this_page_goes_before_others() -> None:
    other = ARTICLE | {"headline": "Another", "author": "A. B.", "url": "https://ledger.example/world/2"}

    assert (
        read([other, ARTICLE | {"mainEntityOfPage": {"@id": URL + "?x=1"}}]).headline == "Railway to reopen"
    )


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Mara Quill", ("Mara Quill",)),
        (["Mara Quill", {"@type": "Person", "name": "Tomas Reed"}], ("Mara Quill", "Tomas Reed")),
        ({"name": ["Mara Quill", "Tomas Reed"]}, ("Mara Quill", "Tomas Reed")),
        ({"@id": "#mara"}, ("Mara Quill",)),
        ({"@id": "#nobody"}, ("",)),
    ],
)
def test_authors_are_named_or_looked_up(author: object, names: tuple[str, ...]) -> None:
    people = {
        "@graph": [{"@type": "Person", "@id": "#mara", "name": "Mara Quill"}, ARTICLE | {"author": author}]
    }

    assert read(people).authors == names


@pytest.mark.parametrize(
    "image",
    [
        "https://l.example/a.jpg",
        ["https://l.example/a.jpg"],
        {"url": "https://l.example/a.jpg"},
        [{"url": ["https://l.example/a.jpg"]}],
    ],
)
def test_image_is_an_address(image: object) -> None:
    assert read(ARTICLE | {"image": image}).image_url == "https://l.example/a.jpg"


@pytest.mark.parametrize(
    ("value", "is_free"), [(False, False), ("False", False), ("false", False), (True, True), ("True", True)]
)
def test_pay_wall_is_declared(value: object, is_free: bool) -> None:
    assert read(ARTICLE | {"isAccessibleForFree": value}).is_free is is_free


def test_collection_is_a_list_unless_an_article_stands_beside() -> None:
    collection = {"@type": "CollectionPage", "name": "World"}

    assert read(collection).is_list
    assert not read([collection, ARTICLE]).is_list


def test_page_without_an_article_type_gives_its_date_alone() -> None:
    found = read({"@type": "WebPage", "name": "Ledger", "datePublished": "2026-03-02"})

    assert not found.is_article
    assert (found.headline, found.published) == ("", "2026-03-02")


@pytest.mark.parametrize(
    "block",
    [
        "",
        "{",
        "null",
        "[1, 2]",
        '"text"',
        "[" * 100_000,
        '{"@type": 5}',
        '{"@type": null}',
        "{}" + " " * 600_000,
    ],
)
def test_what_cannot_be_read_states_nothing(block: str) -> None:
    assert read(block) == LinkedArticle()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just("NewsArticle"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["@type", "@id", "@graph", "headline", "author", "name", "url", "image"]),
                inner,
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_read_without_an_error(document: object) -> None:
    assert isinstance(read(document), LinkedArticle)


def test_values_of_any_kind_are_read_or_passed_over():
    article = {
        "@type": "NewsArticle",
        "headline": [{"@value": "Railway to reopen"}],
        "datePublished": 2026,
        "articleSection": True,
    }

    found = read(article)

    assert (found.headline, found.published, found.section) == ("Railway to reopen", "2026", "")


def test_an_address_that_is_none_describes_no_page():
    assert read({"@type": "NewsArticle", "headline": "A", "url": "https://[broken/"}).headline == "A"
