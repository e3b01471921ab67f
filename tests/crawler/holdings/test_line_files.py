"""Lines of plain and packed files."""

import gzip
import io
import sys

import pytest

from crawler.holdings import line_files
from crawler.holdings.line_files import LineFile
from storage.errors import ConfigError


def read(path):
    with LineFile(str(path)) as file:
        return list(file.lines()), file.damage


@pytest.mark.parametrize("pack", [lambda body: body, gzip.compress], ids=["plain", "packed"])
def test_lines_are_numbered_and_blank_ones_passed_over(tmp_path, pack):
    path = tmp_path / "archive"
    path.write_bytes(pack(b"\xef\xbb\xbfone\n\n  \ntwo\r\nthree"))

    assert read(path) == ([(1, b"one\n"), (4, b"two\r\n"), (5, b"three")], None)


def test_line_that_is_too_long_is_named_and_the_next_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(line_files, "LINE_BYTES", 10)
    path = tmp_path / "archive"
    path.write_bytes(b"short\n" + b"x" * 35 + b"\nnext\n" + b"y" * 9 + b"\n")

    assert read(path) == ([(1, b"short\n"), (2, None), (3, b"next\n"), (4, b"yyyyyyyyy\n")], None)


def test_packed_file_that_is_cut_off_gives_what_can_be_read_and_says_so(tmp_path):
    path = tmp_path / "archive.gz"
    packed = gzip.compress(b"".join(b"line %d\n" % number for number in range(100_000)))
    path.write_bytes(packed[: len(packed) // 2])

    lines, damage = read(path)

    assert lines[0] == (1, b"line 0\n")
    assert "cannot be read behind line" in damage


def test_damaged_packed_file_says_so(tmp_path):
    path = tmp_path / "archive.gz"
    path.write_bytes(b"\x1f\x8b and then no more of it, for this is a letter")

    assert read(path)[0] == []
    assert "behind line 0" in read(path)[1]


def test_share_grows_to_the_whole(tmp_path):
    path = tmp_path / "archive"
    path.write_bytes(b"line\n" * 50_000)

    with LineFile(str(path)) as file:
        shares = [file.share() for _ in file.lines()]

    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_fingerprint_is_that_of_the_content(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for path in (one, other):
        path.write_bytes(b"line\n")

    with LineFile(str(one)) as first, LineFile(str(other)) as second:
        assert first.fingerprint() == second.fingerprint()
        other.write_bytes(b"line\nmore\n")
        assert first.fingerprint() != second.fingerprint()


def test_stdin_has_lines_and_neither_share_nor_fingerprint(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"one\ntwo\n"))))

    with LineFile("-") as file:
        assert (file.share(), file.fingerprint()) == (None, None)
        assert [line for _, line in file.lines()] == [b"one\n", b"two\n"]


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.jsonl: No such file"):
        LineFile(str(tmp_path / "none.jsonl"))
