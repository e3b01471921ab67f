"""Documents (PDF, Word) as text, each read in a process of its own that is ended when it takes too long. I/O edge.

``python -m scheduler.files.documents NAME`` is that process: the document comes on its standard input, and what became
of it goes to its standard output, as JSON.
"""

import json
import subprocess
import sys

from crawler.articles.document_text import document_text
from crawler.limits import PAGE_BYTES
from crawler.run.lifetime import limit_memory
from storage.errors import ParseError

# A long document takes two seconds; nobody waits longer for one that is made to hang.
TIMEOUT_S = 20.0
# Address space: the libraries take 150 MB.
_MEMORY_MB = 1_000


def read_document(name: str, body: bytes, *, timeout_s: float = TIMEOUT_S) -> str:
    """The text of the document *name*.

    Raises:
        ParseError: as `document_text` does; ``too_large``; ``time_limit`` if it took too long, ``crashed`` if its
            process ended. The message names the file.
    """
    if len(body) > PAGE_BYTES:
        raise ParseError("too_large", f"{name}: the file has more than {PAGE_BYTES:,} bytes")
    command = [sys.executable, "-m", "scheduler.files.documents", name]
    try:
        child = subprocess.run(command, input=body, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise ParseError("time_limit", f"{name}: it was not read after {timeout_s:.0f} s") from error
    if child.returncode:
        raise ParseError("crashed", f"{name}: reading it ended with code {child.returncode}")
    said = json.loads(child.stdout)
    if "reason" in said:
        raise ParseError(said["reason"], said["message"])
    return str(said["text"])


def main() -> None:
    """Read one document from standard input."""
    limit_memory(_MEMORY_MB)
    try:
        said = {"text": document_text(sys.argv[1], sys.stdin.buffer.read())}
    except ParseError as error:
        said = {"reason": error.reason, "message": str(error)}
    except MemoryError:
        said = {"reason": "memory", "message": f"{sys.argv[1]}: it needs more than {_MEMORY_MB} MB"}
    # All but ASCII is escaped: nothing of a document could steer a terminal, if this were called on one.
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
