"""Memory and pace of a crawl in which nothing is new: 500 feeds answer 304.

`python -m benchmarks.not_modified [FEEDS]` starts a server on 127.0.0.1, crawls its feeds once so that their validators
are stored, then once more as `seedwatch crawl` does, and prints the peak of the memory summed over the command and all
its processes (RSS; pages that they share count once a process), beside the bar of 200 MB.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BAR_MB = 200
SAMPLE_S = 0.1
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'


class Feeds(BaseHTTPRequestHandler):
    """Answers 304 to whoever knows the validator, else an empty feed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """One answer."""
        known = self.headers.get("If-None-Match") == '"1"'
        found = self.path.startswith("/feed/")
        self.send_response(304 if known else 200 if found else 404)
        body = FEED if found and not known else b""
        self.send_header("ETag", '"1"')
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def settings(folder: Path, port: int, feeds: int) -> Path:
    """The seedwatch.toml of the comparison."""
    text = f'[crawl]\ndelay = 0.0\nallow_private = ["127.0.0.1:{port}"]\n'
    for number in range(feeds):
        text += f'[[source]]\nname = "source-{number}"\nfeeds = ["http://127.0.0.1:{port}/feed/{number}"]\n'
    path = folder / "seedwatch.toml"
    path.write_text(text)
    return path


def crawl(config: Path) -> tuple[float, float]:
    """Run the command; the peak of the summed memory in MB, and the seconds it took."""
    command = [sys.executable, "-m", "scheduler.cli.main", "-c", str(config), "crawl"]
    began, peak = time.monotonic(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(memory_mb, family(process.pid))))
            time.sleep(SAMPLE_S)
    return peak, time.monotonic() - began


def family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def memory_mb(pid: int) -> float:
    """The resident memory of a process; 0 if it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    """0 if the bar is kept."""
    feeds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feeds)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        config = settings(Path(folder), server.server_address[1], feeds)
        crawl(config)
        peak, seconds = crawl(config)
    server.shutdown()
    print(
        f"{feeds} feeds answer 304: peak {peak:.0f} MB of {BAR_MB}, {feeds / seconds:.0f} feeds/s with the start"
    )
    return 0 if peak <= BAR_MB else 1


if __name__ == "__main__":
    sys.exit(main())
