"""Why a fetch failed, in the words that tables and counts use. Pure.

The words: ``timeout dns refused reset tls protocol`` (the connection), ``too_large truncated redirects`` (the
answer), ``http_404`` and its like for a status from 400 to 499, ``http_5xx``, ``robots robots_unreachable
host_paused blocked`` (we refrained), ``memory`` (ours did not suffice), ``browser`` (none could show the page),
``other``.

Scrapy and Twisted are known here by the names of their classes only, so that who reads a reason need not import them.
"""

from collections.abc import Iterator

from storage.errors import BlockedError, SeedwatchError

_DETAIL_CHARACTERS = 200

# The first name that occurs in a failure or its causes decides; the more telling come first.
_REASONS = (
    ("memory", ("builtins.MemoryError",)),
    ("tls", ("OpenSSL.SSL.Error", "service_identity.exceptions.VerificationError")),
    ("timeout", ("scrapy.exceptions.DownloadTimeoutError", "twisted.internet.error.TimeoutError")),
    ("dns", ("scrapy.exceptions.CannotResolveHostError", "twisted.internet.error.DNSLookupError")),
    ("truncated", ("scrapy.exceptions.ResponseDataLossError",)),
    # Scrapy cancels a download for one cause only, its size.
    ("too_large", ("scrapy.exceptions.DownloadCancelledError",)),
    (
        "protocol",
        (
            "twisted.web._newclient.ParseError",
            "twisted.web._newclient.HTTPParserError",
            "twisted.web.http._MalformedChunkedDataError",
            "twisted.web._newclient.BadResponseVersion",
            "twisted.web._newclient.BadHeaders",
        ),
    ),
    (
        "reset",
        (
            "twisted.internet.error.ConnectionLost",
            "twisted.internet.error.ConnectionDone",
            "twisted.internet.error.ConnectionAborted",
        ),
    ),
    ("proxy", ("crawler.downloader.connections.ProxyError",)),
    (
        "refused",
        ("scrapy.exceptions.DownloadConnectionRefusedError", "twisted.internet.error.ConnectError"),
    ),
    # What else Twisted finds wrong with an answer, such as two lengths, it says in a plain ValueError.
    ("protocol", ("scrapy.exceptions.DownloadFailedError",)),
)

# Asking again within days is of no use.
_PERMANENT = frozenset({"blocked", "robots", "too_large", "http_404", "http_410"})

# Of hosts, networks and ourselves.
_NOT_OF_ADDRESS = frozenset(
    {
        "timeout",
        "dns",
        "proxy",
        "refused",
        "reset",
        "tls",
        "http_429",
        "http_5xx",
        "robots_unreachable",
        "host_paused",
    }
    | {"browser", "challenge", "crashed", "memory", "time_limit", "error"}
)


class FetchError(SeedwatchError):
    """We refrained from a fetch, or could not use its answer.

    Attributes:
        url: the address as it was asked for.
        reason: one of the words at the head of this file.
        retry_after_s: how long the host asked to be left alone, in seconds; None if it did not say.
    """

    def __init__(self, url: str, reason: str, message: str, *, retry_after_s: int | None = None) -> None:
        self.url, self.reason, self.retry_after_s = url, reason, retry_after_s
        super().__init__(message)


def reason_of(failure: object) -> tuple[str, str, bool]:
    """Reason, detail and whether it is permanent, for an exception or a Twisted Failure around one.

    The detail is a message of one line and at most 200 characters; for ``blocked`` it begins with the gate's own
    reason. Permanent means that asking again within days is of no use.
    """
    error = getattr(failure, "value", failure)
    if isinstance(error, BlockedError):
        return "blocked", _line(f"{error.reason}: {error}"), True
    reason = error.reason if isinstance(error, FetchError) else _reason_by_name(error)
    root = _root(error)
    return reason, _line(str(root) or type(root).__name__), reason in _PERMANENT


def reason_of_status(status: int) -> str | None:
    """The reason that an answer's status is a failure; None where it is none (2xx, and 304).

    A redirect that arrives here could not be followed.
    """
    if 200 <= status < 300 or status == 304:
        return None
    if 300 <= status < 400:
        return "redirects"
    if 400 <= status < 500:
        return f"http_{status}"
    return "http_5xx" if 500 <= status < 600 else "protocol"


def is_of_address(reason: str) -> bool:
    """Whether the page may be had at another spelling of the address that failed for *reason*: it is not the host's."""
    return reason not in _NOT_OF_ADDRESS


def is_permanent(reason: str) -> bool:
    """Whether asking again within days is of no use."""
    return reason in _PERMANENT


def _reason_by_name(error: object) -> str:
    names = {name for part in _parts(error) for name in _class_names(part)}
    return next((reason for reason, known in _REASONS if names.intersection(known)), "other")


def _parts(error: object) -> Iterator[object]:
    """The error, then what it is made of: Twisted's list of reasons, and the chained causes; at most 32."""
    waiting, seen = [error], 0
    while waiting and seen < 32:
        part = waiting.pop(0)
        seen += 1
        yield part
        cause = getattr(part, "__cause__", None)
        waiting += [*_listed(part), *([cause] if cause is not None else [])]


def _listed(part: object) -> list[object]:
    """The errors inside the Failures that Twisted lists as an error's reasons."""
    reasons = getattr(part, "reasons", None)
    return [getattr(reason, "value", reason) for reason in reasons] if isinstance(reasons, list) else []


def _root(error: object) -> object:
    """The error whose message tells most: the last that Twisted wrapped in others, or the error itself."""
    return next((listed[0] for listed in map(_listed, reversed([*_parts(error)])) if listed), error)


def _class_names(part: object) -> Iterator[str]:
    for cls in type(part).__mro__:
        yield f"{cls.__module__}.{cls.__qualname__}"


def _line(message: str) -> str:
    return " ".join(message.split())[:_DETAIL_CHARACTERS]
