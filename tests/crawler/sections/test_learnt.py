from datetime import UTC, datetime

import pytest

from crawler.sections.learnt import learnt_shapes, weights
from crawler.sections.section import parse_listing
from storage.records.sources import PageOutcome

HOME = "https://www.gazette.example.com/"
NOW = datetime(2026, 9, 15, tzinfo=UTC)


def pages(form: str, number: int, reason: str = "") -> list[PageOutcome]:
    return [PageOutcome(f"{HOME}{form.format(n)}", not reason, reason) for n in range(100, 100 + number)]


def found(*addresses: str, learnt: tuple[PageOutcome, ...] = ()) -> list[str]:
    body = "".join(f'<p><a href="{address}">Ferries run again</a></p>' for address in addresses)
    document = parse_listing(
        f"<html><body>{body}</body></html>".encode(),
        "text/html",
        url=HOME,
        timezone=None,
        now=NOW,
        learnt=learnt,
    )
    return [entry.url.removeprefix(HOME) for entry in document.entries]


@pytest.mark.parametrize(
    ("outcomes", "weight"),
    [
        (pages("a/{0}", 3), 1.0),
        (pages("a/{0}", 2), None),
        (pages("a/{0}", 5, "list_page"), -3.0),
        (pages("a/{0}", 4, "list_page"), None),
        (pages("a/{0}", 9, "list_page") + pages("a/{0}", 1), None),
        (pages("a/{0}", 9, "challenge"), None),
        (pages("a/{0}", 9, "challenge") + pages("b/{0}", 1), -3.0),
    ],
    ids=[
        "articles",
        "too few",
        "lists",
        "too few lists",
        "mostly lists",
        "all is walled",
        "this shape is walled",
    ],
)
def test_shape_counts_for_or_against_once_enough_is_known(
    outcomes: list[PageOutcome], weight: float | None
) -> None:
    assert weights(outcomes).get("www.gazette.example.com/a/#") == weight


def test_shapes_are_counted_with_most_pages_first() -> None:
    shapes = learnt_shapes(pages("a/{0}", 3) + pages("b/{0}", 7, "no_text"))

    assert [(shape.pattern, shape.articles, shape.others) for shape in shapes] == [
        ("www.gazette.example.com/b/#", 0, 7), ("www.gazette.example.com/a/#", 3, 0),
    ]  # fmt: skip


def test_what_a_host_has_taught_decides_on_doubtful_addresses() -> None:
    assert found("show/177", "desk/31") == []
    assert found("show/177", "desk/31", learnt=tuple(pages("show/{0}", 6))) == ["show/177"]


def test_shape_that_only_led_to_lists_is_passed_over() -> None:
    addresses = ("world/880123", "world/880124", "dossier/880125")

    assert found(*addresses) == list(addresses)
    assert found(*addresses, learnt=tuple(pages("dossier/{0}", 6, "list_page"))) == list(addresses[:2])
