"""Files that are there whole or not at all."""

import gzip
import os
import threading

import pytest

from scheduler.files.atomic_files import text_output, whole_file
from storage.errors import ConfigError


class Broken(Exception):
    """Something went wrong while writing."""


def test_file_appears_whole_at_the_end_of_the_block(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("before")

    with whole_file(path) as file:
        file.write(b"after")
        assert path.read_text() == "before"

    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("before")

    def write():
        with whole_file(path) as file:
            file.write(b"half")
            raise Broken

    with pytest.raises(Broken):
        write()

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_name_with_gz_is_packed_and_the_same_text_gives_the_same_bytes(tmp_path):
    for name in ("one.gz", "two.gz"):
        with text_output(tmp_path / name) as out:
            out.write("Größe\r\n")

    assert gzip.decompress((tmp_path / "one.gz").read_bytes()).decode() == "Größe\r\n"
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_without_a_file_text_goes_to_stdout(capsys):
    with text_output(None) as out:
        out.write("to the terminal")

    assert capsys.readouterr().out == "to the terminal"


@pytest.mark.parametrize("name", ["none/out.txt", "."], ids=["missing folder", "a folder"])
def test_place_that_cannot_be_written_is_named(tmp_path, name):
    with pytest.raises(ConfigError, match=str(tmp_path)), whole_file(tmp_path / name):
        pass


def test_what_is_no_ordinary_file_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reading = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reading.start()

    with whole_file(pipe) as file:
        file.write(b"a line\n")
    reading.join(30)

    assert read == [b"a line\n"]
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_link_to_a_device_stays_a_link(tmp_path):
    link = tmp_path / "nothing"
    link.symlink_to(os.devnull)

    with whole_file(link) as file:
        file.write(b"a line\n")

    assert link.is_symlink()
