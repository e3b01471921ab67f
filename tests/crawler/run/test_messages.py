"""Messages of a crawl's process and the one that started it: what is sent is what is taken in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.run.messages import (
    CrawlEnd,
    CrawlOrder,
    CrawlProgress,
    LinkStored,
    LinkTaken,
    SignOfLife,
    line_of,
    message_of,
)

MESSAGES = st.one_of(
    *(st.builds(kind) for kind in (CrawlOrder, SignOfLife, CrawlProgress, LinkTaken, LinkStored, CrawlEnd))
)


@given(MESSAGES)
def test_message_comes_as_it_was_sent_on_a_line_of_its_own(message):
    line = line_of(message)

    assert message_of(line) == message
    assert line.count(b"\n") == 1 == len(line.splitlines())


@given(MESSAGES, st.integers(0, 500))
def test_half_a_line_is_no_message(message, length):
    line = line_of(message).rstrip(b"\n")

    assert message_of(line[: min(length, len(line) - 1)]) is None


NO_MESSAGES = rb"""
\xff
7
[]
{}
["Exit", {}]
["LinkTaken", {"link": 1, "more": 2}]
[["LinkTaken"], {}]
["LinkTaken", {}]
["LinkTaken", 7]
["SignOfLife", {}, 1]
""".split(b"\n")


@pytest.mark.parametrize("line", NO_MESSAGES)
def test_what_is_no_message_of_ours_is_none(line):
    assert message_of(line) is None
