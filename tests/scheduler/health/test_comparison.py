"""What a source lists itself, held against what is known here."""

from datetime import date

import pytest

from scheduler.health.comparison import NAMED_MISSES, compare_listing, why_missed
from storage.records.comparisons import KnownPage, ListedPage, SourceListing
from tests.support.samples import NOW

DAY = date(2026, 9, 10)


def page(name: str, day: date | None = DAY) -> ListedPage:
    return ListedPage(f"http://courier.example/{name}", f"courier.example/{name}", day)


def compared(pages, known, **more):
    listing = SourceListing("courier", tuple(pages), 2, **more)
    return compare_listing(
        listing, known, against="sitemap", since=date(2026, 9, 8), until=date(2026, 9, 13), now=NOW
    )


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (None, "never_listed"),
        (KnownPage(7, "fetched", None), None),
        (KnownPage(7, None, None), None),
        (KnownPage(None, "off_topic", None), None),
        (KnownPage(None, "queued", None), "waiting"),
        (KnownPage(None, "past", None), "waiting"),
        (KnownPage(None, "failed", "timeout"), "failed"),
        (KnownPage(None, "blocked", "robots"), "robots"),
        (KnownPage(None, "blocked", "private_address"), "blocked"),
        (KnownPage(None, "not_article", "list_page"), "not_article"),
        (KnownPage(None, "not_article", "time_limit"), "out_of_time"),
        (KnownPage(None, "gone", "http_410"), "gone"),
        (KnownPage(None, "fetched", None), "removed"),
    ],
)
def test_a_page_is_read_or_missed_for_a_reason(known, why):
    assert why_missed(known) == why


def test_only_pages_of_the_days_count():
    pages = [
        page("before", date(2026, 9, 7)), page("first", date(2026, 9, 8)), page("last", date(2026, 9, 13)),
        page("after", date(2026, 9, 14)), page("undated", None), page("undated-held", None),
    ]  # fmt: skip
    held = {"courier.example/first": KnownPage(1, "fetched", None)}
    held["courier.example/undated-held"] = KnownPage(2, "fetched", None)
    comparison = compared(pages, held)

    assert (comparison.listed, comparison.kept, comparison.missed) == (2, 1, 1)
    assert (comparison.undated, comparison.undated_known) == (2, 1)
    assert comparison.share == 0.5


def test_misses_come_newest_first_with_their_reasons():
    pages = [page("a", date(2026, 9, 9)), page("b", date(2026, 9, 11)), page("c"), page("d"), page("e")]
    known = {
        "courier.example/a": KnownPage(None, "failed", "http_500"),
        "courier.example/d": KnownPage(None, "off_topic", None),
        "courier.example/e": KnownPage(3, "fetched", None),
    }
    comparison = compared(pages, known, failed=("http://courier.example/x.xml: timeout",), left=4)

    assert [(miss.url[-1], miss.why, miss.detail) for miss in comparison.misses] == [
        ("b", "never_listed", ""), ("c", "never_listed", ""), ("a", "failed", "http_500"),
    ]  # fmt: skip
    assert comparison.reasons == (("never_listed", 2), ("failed", 1))
    assert (comparison.kept, comparison.off_topic, comparison.share) == (1, 1, 0.4)
    assert (comparison.lists, comparison.failed, comparison.left) == (
        2, ("http://courier.example/x.xml: timeout",), 4,
    )  # fmt: skip


def test_many_misses_all_count_and_the_newest_are_named():
    comparison = compared([page(str(number)) for number in range(NAMED_MISSES + 9)], {})

    assert comparison.missed == NAMED_MISSES + 9
    assert len(comparison.misses) == NAMED_MISSES


def test_nothing_listed_has_no_share():
    assert compared([], {}).share is None
