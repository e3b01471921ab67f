"""Kept pages as WARC, read back with warcio."""

import gzip
import hashlib
import io
import json
from dataclasses import replace

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from crawler.articles.store import store_reading
from scheduler.files.warc import write_warc
from storage.articles import exports, kept_pages
from storage.articles.choices import Choice
from storage.records.looks import Answer
from storage.sources import sources
from storage.topics import topics
from tests.support.command_line import run_here
from tests.support.samples import DECLARED, NOW, TOPIC, reading

PLAIN = b"<html><p>The ferry.</p></html>"
PACKED = gzip.compress(PLAIN, mtime=0)
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"), ("Set-Cookie", "a=1"),
    ("Set-Cookie", "b=2"), ("X-Name", "Größe"),
)  # fmt: skip
ANSWER = Answer(
    "http://courier.example/old", "http://courier.example/1", 200, NOW, headers=HEADERS, body=PACKED
)


@pytest.fixture
def stocked(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    store_reading(connection, reading())
    kept_pages.keep(connection, 1, ANSWER, None)
    kept_pages.keep(connection, 1, replace(ANSWER, headers=(), body=b""), None)
    return connection


def pages(connection):
    (article,) = exports.export_articles(connection, Choice(), with_text=False)
    return [(page, article) for page in kept_pages.pages_of(connection, [1])]


def written(connection):
    out = io.BytesIO()
    number = write_warc(pages(connection), out, name="a.warc.gz", software="seedwatch/0", now=NOW)
    return number, out.getvalue()


def records(content):
    return [
        (record.rec_type, record, record.raw_stream.read())
        for record in ArchiveIterator(io.BytesIO(content), check_digests="raise")
    ]


def test_pages_come_back_as_they_were_kept(stocked):
    number, content = written(stocked)

    info, first, about, *second = records(content)
    assert number == 2
    assert [kind for kind, *_ in (info, first, about, *second)] == [
        "warcinfo", "response", "metadata", "response", "metadata",
    ]  # fmt: skip
    _, record, body = first
    assert body == PACKED
    assert record.http_headers.get_statuscode() == "200"
    assert record.http_headers.headers[:4] == list(HEADERS[:4])
    assert record.rec_headers.get_header("WARC-Target-URI") == "http://courier.example/1"
    assert record.rec_headers.get_header("WARC-Date") == "2026-09-14T12:00:00Z"
    assert record.rec_headers.get_header("WARC-Payload-Digest").startswith("sha1:")
    assert second[0][2] == b""


def test_metadata_names_the_article_and_its_response(stocked):
    _, content = written(stocked)
    _, (_, response, _), (_, about, body), *_ = records(content)

    facts = json.loads(body)

    assert (facts["article"], facts["title"], facts["source"], facts["topics"]) == (
        1,
        "Ministers meet",
        "courier",
        ["strait"],
    )
    assert facts["sha256"] == hashlib.sha256(PACKED).hexdigest()
    assert facts["asked-for"] == "http://courier.example/old"
    own = response.rec_headers.get_header("WARC-Record-ID")
    assert about.rec_headers.get_header("WARC-Concurrent-To") == own


def test_info_says_what_wrote_the_file(stocked):
    _, content = written(stocked)
    (_, record, body), *_ = records(content)

    assert record.rec_headers.get_header("WARC-Filename") == "a.warc.gz"
    assert b"software: seedwatch/0\r\n" in body


def test_warcios_own_checker_finds_no_fault(stocked, tmp_path, capsys):
    path = tmp_path / "a.warc.gz"
    path.write_bytes(written(stocked)[1])

    checker = Checker(type("Options", (), {"inputs": [str(path)], "verbose": True})())
    checker.process_all()

    assert checker.exit_value == 0
    assert "digest pass" in capsys.readouterr().out


def test_the_same_page_has_the_same_number_in_every_file(stocked):
    one, other = (
        [
            record.rec_headers.get_header("WARC-Record-ID")
            for kind, record, _ in records(written(stocked)[1])
            if kind == "response"
        ]
        for _ in range(2)
    )

    assert one == other
    assert len(set(one)) == 2


@pytest.mark.usefixtures("stocked")
def test_command_writes_the_pages_of_the_chosen_articles(tmp_path):
    (tmp_path / "seedwatch.toml").write_text('database = "seedwatch.db"\n')

    done = run_here("export", "--topic", "strait", "--warc", "a.warc.gz", folder=tmp_path)
    none = run_here("export", "--language", "ko", "--warc", "b.warc.gz", folder=tmp_path)

    assert (done.code, done.err) == (0, "2 pages\n")
    assert len(records((tmp_path / "a.warc.gz").read_bytes())) == 5
    assert "keep_pages = true" in none.err


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--warc", "a.warc"], "let its name end in .warc.gz"),
        (["--warc", "a.warc.gz", "-o", "b.jsonl"], "--warc does not go with -o"),
        (["--warc", "no/a.warc.gz"], "No such file or directory"),
    ],
    ids=["name", "output", "folder"],
)
def test_bad_arguments_are_named(tmp_path, arguments, words):
    (tmp_path / "seedwatch.toml").write_text('database = "seedwatch.db"\n')

    done = run_here("export", *arguments, folder=tmp_path)

    assert done.code == 2
    assert words in done.err
