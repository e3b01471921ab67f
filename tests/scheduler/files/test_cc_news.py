import pytest

from crawler.downloader.gate import Gate
from scheduler.files.cc_news import news_files, read_span
from scheduler.files.remote_file import RemoteFile, RemoteFileError
from storage.errors import ConfigError
from tests.support.servers import answer, serving
from tests.support.warc_files import paths

BODY = bytes(range(256)) * 2_000
NAMES = [
    "crawl-data/CC-NEWS/2026/09/CC-NEWS-20260914021500-00002.warc.gz",
    "crawl-data/CC-NEWS/2026/09/CC-NEWS-20260913233000-00001.warc.gz",
    "crawl-data/CC-NEWS/2026/09/CC-NEWS-20260914190000-00003.warc.gz",
    "crawl-data/CC-NEWS/2026/09/../../../secret",
    "https://elsewhere.example/CC-NEWS-20260914021500-00002.warc.gz",
    "",
]
LIST = "/crawl-data/CC-NEWS/2026/09/warc.paths.gz"


def listed(routes: dict, span: str) -> list[str]:
    with serving(routes) as server:
        found = news_files(read_span(span), server.url("/"), Gate((server.place,)), {"User-Agent": "test"})
        return [url.removeprefix(server.url("/")) for url in found]


def test_a_day_has_the_files_that_were_begun_on_it():
    assert listed({LIST: answer(paths(NAMES))}, "2026-09-14") == [NAMES[0], NAMES[2]]


def test_a_month_has_all_its_files_in_order_and_nothing_else():
    assert listed({LIST: answer(paths(NAMES))}, "2026-09") == [NAMES[1], NAMES[0], NAMES[2]]


def test_a_list_that_is_cut_gives_what_it_has():
    many = [f"crawl-data/CC-NEWS/2026/09/CC-NEWS-202609140215{n:02}-{n:05}.warc.gz" for n in range(60)] * 40
    found = listed({LIST: answer(paths(many)[:-60])}, "2026-09-14")

    assert 0 < len(found) < len(many)


@pytest.mark.parametrize(
    ("given", "said"),
    [(answer(b"<html>no list</html>"), "no packed list of files"), (answer(b"", 404), "HTTP 404")],
)
def test_a_list_that_is_none_is_told(given, said):
    with pytest.raises(RemoteFileError, match=said):
        listed({LIST: given}, "2026-09")


@pytest.mark.parametrize(
    "text", ["yesterday", "2026", "2026-13", "2026-02-30", "2016-07", "2026-9-1", "20260914"]
)
def test_what_is_no_day_or_month_is_refused(text):
    with pytest.raises(ConfigError):
        read_span(text)


def whole(file: RemoteFile) -> bytes:
    return b"".join(iter(lambda: file.read(10_000), b""))


def test_a_file_is_taken_up_where_its_connection_broke():
    rest = answer(BODY[100_000:], 206)
    routes = {"/a": lambda hit: answer(BODY[:100_000], Content_Length=len(BODY)) if hit == 1 else rest}
    with serving(routes) as server, RemoteFile(server.url("/a"), Gate((server.place,)), {}) as file:
        assert whole(file) == BODY
        assert file.size == file.place == len(BODY)
        assert "Range: bytes=100000-" in server.heads[1]


@pytest.mark.parametrize(
    "again",
    [answer(BODY[:1_000], 206, Content_Length=len(BODY)), answer(BODY)],
    ids=["cut again", "no range"],
)
def test_a_file_that_breaks_again_and_again_is_given_up(again):
    first = answer(BODY[:1_000], Content_Length=len(BODY))
    with (
        serving({"/a": lambda hit: first if hit == 1 else again}) as server,
        RemoteFile(server.url("/a"), Gate((server.place,)), {}) as file,
        pytest.raises(RemoteFileError),
    ):
        whole(file)


def test_a_private_address_is_refused_by_name_and_a_redirect_is_not_followed():
    with serving({"/a": answer(b"", 302, Location="/b"), "/b": answer(BODY)}) as server:
        with pytest.raises(RemoteFileError, match=r"crawl\.allow_private"):
            RemoteFile(server.url("/a"), Gate(()), {})
        with pytest.raises(RemoteFileError, match="HTTP 302"):
            RemoteFile(server.url("/a"), Gate((server.place,)), {})
        assert server.hits == ["/a"]
