import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import limits
from crawler.documents.json_list import embedded_list, looks_like_json, parse_json_list
from crawler.documents.rss import parse_feed
from storage.errors import ParseError
from storage.records.sources import FeedDocument

NOW = datetime(2026, 9, 15, tzinfo=UTC)
URL = "https://coast.example.org/list/ds_1.json"
TITLES = (
    "Ferry crosses the strait again",
    "Council votes on the new quay",
    "Grain ship leaves after the storm",
)


def parse(value: object, text: str = "") -> FeedDocument:
    return parse_json_list(text or json.dumps(value), url=URL, timezone="Asia/Seoul", now=NOW)


def line(number: int, **fields: Any) -> dict[str, Any]:
    return {"title": f"{TITLES[number % 3]} {number}", "url": f"/n/{number}.html", **fields}


LINES = [line(number) for number in range(3)]
LAYOUTS: dict[str, object] = {
    "array": LINES,
    "under a key": {"status": 200, "data": LINES},
    "deep": {"a": {"b": [{"blocks": [{"items": LINES}]}]}},
    "by identifier": {"stories": {f"x{number}": one for number, one in enumerate(LINES)}},
    "beside other arrays": {
        "menu": [{"title": "Home", "url": "/"}, {"title": "World", "url": "/world"}],
        "tags": [{"name": "ports", "url": "/tag/ports"}] * 4,
        "news": LINES,
    },
    "other keys": [
        {"headline": one["title"], "page_url": one["url"], "image_url": f"/i/{one['title']}.jpg"}
        for one in LINES
    ],
    "camel case": [
        {"newsTitle": one["title"], "publishUrl": f"..{one['url']}", "contentId": "a"} for one in LINES
    ],
    "nested": [
        {"headlines": {"basic": one["title"]}, "canonical_url": one["url"], "owner": {"name": "Coast Desk"}}
        for one in LINES
    ],
    "unknown keys": [{"t": one["title"], "u": one["url"], "s": 1} for one in LINES],
}


@pytest.mark.parametrize("value", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_list_of_articles_is_found_wherever_it_lies_and_whatever_its_keys(value: object) -> None:
    entries = parse(value).entries

    assert [entry.url for entry in entries] == [
        f"https://coast.example.org/n/{number}.html" for number in range(3)
    ]
    assert [entry.title for entry in entries] == [one["title"] for one in LINES]


@pytest.mark.parametrize(
    "stated",
    [1_757_836_800_000, 1_757_836_800, "1757836800", "2025-09-14 17:00:00", "2025-09-14T17:00:00+09:00"],
)
@pytest.mark.parametrize("key", ["publishTime", "updated_at", "date", "pubDate"])
def test_time_is_read_in_the_units_that_sites_use(key: str, stated: object) -> None:
    document = parse([line(number, **{key: stated}) for number in range(3)])

    dates = {entry.published.at for entry in document.entries if entry.published}
    assert dates == {datetime(2025, 9, 14, 8, tzinfo=UTC)}


def test_summary_is_told_from_the_headline() -> None:
    (first, *_) = parse([line(number, summary="<p>What the board said.</p>") for number in range(3)]).entries

    assert first.summary == "What the board said."


@pytest.mark.parametrize(
    "text",
    ["callback([ITEMS])", "var list = [ITEMS];", "window.__LIST__=[ITEMS]", "\ufeff[ITEMS]"],
    ids=["call", "variable", "name", "byte order mark"],
)
def test_what_is_handed_to_a_script_is_read_too(text: str) -> None:
    text = text.replace("ITEMS", ",".join(json.dumps(one) for one in LINES))

    assert looks_like_json(text)
    assert len(parse(None, text).entries) == 3


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        [1, 2],
        {"items": [{"id": 1}]},
        [
            {"title": "Ports", "url": "/ports"},
            {"title": "Sea", "url": "/sea"},
            {"title": "Sky", "url": "/sky"},
        ],
        [{"title": TITLES[0], "url": "/same"}] * 5,
        [{"title": TITLES[number], "url": f"/i/{number}.jpg"} for number in range(3)],
        [{"title": TITLES[number], "temperature": number} for number in range(3)],
    ],
    ids=["object", "array", "numbers", "no keys", "menu", "one page", "pictures", "no address"],
)
def test_other_json_has_no_list(value: object) -> None:
    with pytest.raises(ParseError, match="no list of articles") as caught:
        parse(value)

    assert caught.value.reason == "not_a_feed"


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, '{"a": ' + "1" * 5_000 + "}"], ids=["cut", "deep", "number"]
)
def test_unreadable_json_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="cannot be read"):
        parse(None, text)


def test_long_list_is_read_to_the_bound() -> None:
    document = parse([line(number) for number in range(limits.ENTRIES_PER_FEED + 5)])

    assert len(document.entries) == limits.ENTRIES_PER_FEED
    assert document.warning == "5 entries beyond 2000 left out"


def test_feed_may_be_such_a_list() -> None:
    body = json.dumps({"data": LINES}).encode()

    document = parse_feed(body, url=URL, content_type="application/json", timezone=None, now=NOW)

    assert len(document.entries) == 3


def test_list_in_the_state_of_a_page_is_found() -> None:
    items = json.dumps({"props": {"list": LINES}})

    for script in (f"window.__STATE__ = {items};", items, f"var a = {{b: 1}}; init({items}, 2)"):
        found = embedded_list([script], url=URL, timezone=None, now=NOW)
        assert found is not None, script
        assert len(found.entries) == 3
    assert embedded_list(["var a = 1;", "{broken"], url=URL, timezone=None, now=NOW) is None


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["/n/1.html", "A ferry crosses the strait", "2025-09-14", ""]),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["url", "title", "date", "x"]), inner)
    ),
    max_leaves=30,
)


@given(VALUES)
def test_any_json_gives_clean_entries_or_is_refused(value: object) -> None:
    try:
        document = parse(value)
    except ParseError:
        return
    assert all(
        entry.url.startswith("https://coast.example.org/") and entry.title for entry in document.entries
    )
