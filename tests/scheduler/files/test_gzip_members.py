import gzip
import io
import random

import pytest

from scheduler.files.gzip_members import gzip_members

CHANCE = random.Random(7)
# Three wanted ones of more than a piece of the stream, and others between.
BODIES = [
    b"keep " + CHANCE.randbytes(700_000),
    b"pass " + CHANCE.randbytes(300_000),
    b"keep small",
    b"pass " + b"\0" * 3_000_000,
    b"keep " + b"again " * 400_000,
]
PACKED = [gzip.compress(body) for body in BODIES]


def read(data: bytes, most: int = 10_000_000) -> list[tuple[int, bytes, str | None]]:
    members = gzip_members(io.BytesIO(data), lambda head: head.startswith(b"keep"), most_bytes=most)
    return [(member.number, member.data, member.damage) for member in members]


def test_only_what_is_wanted_is_given_whole():
    assert read(b"".join(PACKED)) == [(1, BODIES[0], None), (3, BODIES[2], None), (5, BODIES[4], None)]


def test_nothing_holds_no_members():
    assert read(b"") == read(b"no gzip at all") == read(b"\x1f\x8b") == []


@pytest.mark.parametrize("left", [20, 5_000, 400_000])
def test_a_member_that_is_cut_is_told_after_those_before_it(left):
    assert read(PACKED[2] + PACKED[0][:left]) == [(1, BODIES[2], None), (2, b"", "cut")]


def test_behind_a_corrupt_member_the_next_is_read():
    broken = bytearray(PACKED[0])
    broken[100:200] = b"\xff" * 100
    found = read(PACKED[2] + bytes(broken) + PACKED[1] + PACKED[4])

    assert found[0] == (1, BODIES[2], None)
    assert found[-1][1:] == (BODIES[4], None)
    assert [damage for *_, damage in found].count("corrupt") == 1


def test_padding_between_members_is_passed_over():
    assert read(PACKED[2] + b"\0" * 700_000 + PACKED[2]) == [(1, BODIES[2], None), (2, BODIES[2], None)]


def test_a_member_that_unpacks_to_too_much_is_not_held():
    assert read(PACKED[4] + PACKED[2], most=100_000) == [(1, b"", "too_large"), (2, BODIES[2], None)]


def test_a_beginning_that_two_reads_of_the_stream_cut_is_found():
    lead = b"\0" * (256 * 1024 - 1)

    assert read(lead + PACKED[2]) == [(1, BODIES[2], None)]
