"""What a fetch gave, as records, before anything is read of it. Pure."""

from dataclasses import dataclass
from hashlib import blake2b

from storage.records.articles import Page


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, or why there is none."""

    url: str  # as it was asked for
    status: int | None  # None: no answer
    page: Page | None  # None unless the status is a success
    reason: str | None = None  # None: all is well
    detail: str = ""
    etag: str | None = None
    last_modified: str | None = None
    retry_after_s: int | None = None  # the server's wish


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What status and headers of an answer say, and which body it has; a header is None if there is none."""

    status: int
    body_bytes: int
    body_hash: str
    etag: str | None = None
    last_modified: str | None = None
    retry_after: str | None = None
    cache_control: str | None = None
    expires: str | None = None
    age: str | None = None
    links: tuple[str, ...] = ()  # the Link headers


def body_hash(body: bytes) -> str:
    """What tells a body from another, in hexadecimal digits."""
    return blake2b(body, digest_size=16).hexdigest()
