"""What an index of the world's press is asked, and whom it names."""

from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.discovery.gdelt import address_of, carrying_hosts, front_page, query_of
from storage.records.sources import FeedEntry
from storage.records.topics import Topic


def topic(*aliases: tuple[str, tuple[str, ...]]) -> Topic:
    return Topic("t", aliases=aliases)


@pytest.mark.parametrize(
    ("aliases", "query"),
    [
        ((), ""),
        ((("Russia", ("Россия", "러시아")),), ""),
        ((("Russia", ("Russia",)),), "Russia"),
        (
            (("DPRK", ("North Korea", "DPRK", "북한")), ("Russia", ("Russia", "Moscow", "RF"))),
            '("North Korea" OR DPRK) (Russia OR Moscow)',
        ),
        ((("A", ('Quay "North"',)),), '"Quay North"'),
        ((("A", ("alpha", "bravo", "charlie", "delta", "echo")),), "(alpha OR bravo OR charlie OR delta)"),
    ],
)
def test_query_has_the_names_that_can_be_searched_for(aliases, query):
    assert query_of(topic(*aliases)) == query


def test_query_is_never_longer_than_the_index_takes():
    names = tuple(f"the very long name number {number} of the harbour town" for number in range(9))

    assert 0 < len(query_of(topic(*((f"e{number}", names) for number in range(3))))) <= 240


def test_address_is_as_the_index_documents_it():
    asked = parse_qs(urlsplit(address_of('"North Korea" Russia', 7)).query)

    assert asked == {
        "query": ['"North Korea" Russia'],
        "mode": ["artlist"],
        "format": ["json"],
        "maxrecords": ["250"],
        "timespan": ["7d"],
        "sort": ["datedesc"],
    }


def test_hosts_that_are_watched_are_left_out_and_the_others_counted():
    held = ["https://www.bbc.co.uk/a", "https://news.bbc.co.uk/b", "https://known.org/c", "no address"]
    listed = [
        FeedEntry("https://other.com/1"),
        FeedEntry("https://www.bbc.co.uk/d"),
        FeedEntry("https://feeds.known.org/e"),
    ]

    found = carrying_hosts(held, listed, ["https://www.known.org/rss"])

    assert [(one.host, one.held, one.listed, one.example) for one in found] == [
        ("bbc.co.uk", 2, 1, "https://www.bbc.co.uk/a"),
        ("other.com", 0, 1, "https://other.com/1"),
    ]
    assert front_page(found[0].example) == "https://www.bbc.co.uk/"
