"""When a site is searched again."""

from datetime import timedelta

import pytest

from crawler.cadence.next_search import (
    FOUND_PAUSE,
    SEARCH_PAUSES,
    SUCCESSOR_PAUSES,
    next_search,
    next_successor_search,
)
from tests.support.samples import NOW


@pytest.mark.parametrize("failures", range(5))
def test_pauses_grow_and_the_last_one_is_for_ever(failures):
    place = min(failures, 2)

    assert next_search(failures, NOW) == NOW + SEARCH_PAUSES[place]
    assert next_successor_search(failures, NOW, has_offer=False) == NOW + SUCCESSOR_PAUSES[place]


def test_a_site_without_anything_to_poll_waits_the_longest_at_once():
    assert next_search(0, NOW, is_settled=True) == NOW + SEARCH_PAUSES[-1]


def test_the_wish_of_the_server_counts_where_it_is_longer():
    assert next_search(0, NOW, wait_s=60) == NOW + SEARCH_PAUSES[0]
    assert next_search(0, NOW, wait_s=50_000) == NOW + timedelta(seconds=50_000)


def test_what_was_found_is_looked_at_again_whatever_was_in_vain_before():
    assert next_successor_search(7, NOW, has_offer=True) == NOW + FOUND_PAUSE
