"""The law of runs: in one list, addresses built alike with different headlines are articles, whatever they say."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sections.addresses import address_pattern
from crawler.sections.section import parse_listing

HOME = "https://www.gazette.example.com/"
NOW = datetime(2026, 9, 15, tzinfo=UTC)
WORDS = (
    "ferry", "harbour", "winter", "crane", "bridge", "coal", "signal", "border", "museum", "tunnel", "seamen", "depot",
    "grain", "council", "barge",
)  # fmt: skip

# Each names no identifier that could be known beforehand, and is filled with a number or token that differs.
FORMS = {
    "unknown key": "/?bbs={number}",
    "page names the script": "/front?page=detail&id={number}",
    "short numbers under a known key": "/index.php?sid=3&artno={number}",
    "identifier before the end": "/index.php/detail_com/comde/iee{number}/57/en",
    "token under a paging key": "/blog?page={token}",
    "opaque token": "/index.php?{token}",
    "token before a fixed end": "/{token}/c.html",
    "number in the middle": "/kp/{number}/view",
    "number alone": "/{number}",
    "script path": "/servlet/Show;art={number}",
    "short slug and number": "/x/n-{number}",
}


def tokens(number: int) -> dict[str, str]:
    return {"number": str(37_600 + number), "token": f"{number * 7919:08x}{number * 104729:016x}"}


def headline(number: int) -> str:
    picked = (WORDS[(number * step) % len(WORDS)] for step in (1, 2, 4, 7))
    return f"{' '.join(picked)} {number}".capitalize()


def found(markup: str) -> list[str]:
    body = f"<html><head><title>Gazette</title></head><body>{markup}</body></html>".encode()
    document = parse_listing(body, "text/html", url=HOME, timezone="UTC", now=NOW)
    return [entry.url.removeprefix(HOME.rstrip("/")) for entry in document.entries]


def plain_list(addresses: list[str], texts: list[str]) -> str:
    items = (
        f'<li><a href="{address}">{text}</a></li>' for address, text in zip(addresses, texts, strict=True)
    )
    return f"<ul>{''.join(items)}</ul>"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("length", [3, 7, 20])
def test_headlines_of_one_plain_list_are_articles_whatever_their_addresses(form: str, length: int) -> None:
    addresses = [form.format(**tokens(number)) for number in range(1, length + 1)]

    markup = plain_list(addresses, [headline(number) for number in range(1, length + 1)])

    assert found(markup) == addresses


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_menu_of_the_same_addresses_is_no_list_of_articles(form: str) -> None:
    addresses = [form.format(**tokens(number)) for number in range(1, 8)]

    markup = plain_list(addresses, ["Home", "Politics", "Economy", "Culture", "Sport", "World", "Photos"])

    assert not [address for address in found(f"<nav>{markup}</nav>") if address in addresses]


@given(st.integers(1, 30), st.sampled_from(["p", "page", "pg", "start", "offset", "PAGEN_1"]))
def test_numbers_that_count_pages_are_never_articles(length: int, key: str) -> None:
    addresses = [f"/news/?{key}={number}" for number in range(2, length + 2)]

    assert found(plain_list(addresses, [str(number) for number in range(2, length + 2)])) == []


def test_one_text_for_all_is_no_run() -> None:
    addresses = [f"/?bbs={number}" for number in range(30, 36)]

    assert found(plain_list(addresses, ["Read the whole report of the day"] * 6)) == []


def test_links_of_other_sites_and_files_are_never_in_a_run() -> None:
    texts = [headline(number) for number in range(1, 5)]

    assert found(plain_list([f"https://other.example.net/?bbs={number}" for number in range(4)], texts)) == []
    assert found(plain_list([f"/files/{number}.pdf" for number in range(4)], texts)) == []
    assert found(plain_list([f"/video/{number}" for number in range(4)], texts)) == []


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("/?bbs=37630", "/?bbs=37631", True),
        ("/?bbs=37630", "/?board=politics", False),
        ("/a?page=detail&id=7", "/a?page=detail&id=8", True),
        ("/a?page=detail&id=7", "/a?page=list&id=7", False),
        ("/index.php?MTJAMjAyNS0wNi0xMA==", "/index.php?MTJAMjAyNS0wNi0xMQ==", True),
        ("/d/com/iee250527002/57/en", "/d/com/iee250528001/57/en", True),
        ("/d/com/iee250527002/57/en", "/d/revo/iee250528001/57/en", False),
        ("/world/ferries-run-again-today", "/world/port-opens-its-gates", True),
        ("/world/ferries-run-again-today", "/world", False),
    ],
)
def test_pattern_leaves_out_what_differs_from_page_to_page(first: str, second: str, alike: bool) -> None:
    patterns = {address_pattern(f"https://x.example.com{address}") for address in (first, second)}

    assert (len(patterns) == 1) is alike
