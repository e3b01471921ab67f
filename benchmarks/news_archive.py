"""How many records of a news archive's WARC file are passed over or taken in a second of one core's processor time.

The file is made as Common Crawl's are: each record packed by itself, a request before each response, pages of some
60 kB. One response in fifty is of the host that is watched; of these the pages are made ready for reading, which itself
is not measured here. Bar: 500 a second.

    python -m benchmarks.news_archive [RECORDS]
"""

import io
import random
import sys
import time

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scheduler.files.warc_pages import DamagedRecord, warc_pages

BAR = 500
_WATCHED = "watched.example"
_WORDS = [f"word{number}" for number in range(4_000)]


def archive(records: int, seed: int = 7) -> bytes:
    """A file of so many responses, each behind its request."""
    chance = random.Random(seed)
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    for number in range(records):
        host = _WATCHED if number % 50 == 0 else f"outlet{number % 200}.example"
        url = f"https://{host}/news/{number}"
        text = " ".join(chance.choices(_WORDS, k=9_000))
        body = f"<!doctype html><html><title>{number}</title><body><p>{text}</p></body></html>".encode()
        asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", host)], is_http_request=True)
        answered = StatusAndHeaders(
            "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
        )
        writer.write_record(writer.create_warc_record(url, "request", http_headers=asked))
        writer.write_record(
            writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), length=len(body), http_headers=answered
            )
        )
    return out.getvalue()


def read(packed: bytes) -> tuple[int, float]:
    """How many pages were taken, and the seconds of processor time."""
    begun = time.process_time()
    found = list(warc_pages(io.BytesIO(packed), lambda url: f"//{_WATCHED}/" in url))
    taken = time.process_time() - begun
    assert not any(isinstance(one, DamagedRecord) for one in found)
    return len(found), taken


def main(records: int) -> int:
    """0 if the bar is kept."""
    packed = archive(records)
    pages, seconds = min((read(packed) for _ in range(3)), key=lambda measured: measured[1])
    print(
        f"{2 * records:,} records, {len(packed) / 2**20:.0f} MiB packed, {pages} pages taken: {seconds:.2f} s"
    )
    print(f"{records / seconds:,.0f} responses a second, each with its request (bar: {BAR})")
    return 0 if records / seconds >= BAR else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000))
