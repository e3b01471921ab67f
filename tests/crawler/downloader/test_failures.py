import pytest
from OpenSSL import SSL
from scrapy import exceptions as scrapy_errors
from twisted.internet import error as twisted_errors
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError as AnswerParseError
from twisted.web._newclient import ResponseNeverReceived

from crawler.downloader.failures import FetchError, is_permanent, reason_of, reason_of_status
from storage.errors import BlockedError


def chained(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


def failed(*reasons: Exception) -> Exception:
    inner = ResponseNeverReceived([Failure(reason) for reason in reasons])
    return chained(scrapy_errors.DownloadFailedError("failed"), inner)


@pytest.mark.parametrize(
    ("error", "reason", "permanent"),
    [
        (scrapy_errors.DownloadTimeoutError("30 s"), "timeout", False),
        (scrapy_errors.CannotResolveHostError("no such host"), "dns", False),
        (scrapy_errors.DownloadConnectionRefusedError("refused"), "refused", False),
        (scrapy_errors.ResponseDataLossError(), "truncated", False),
        (scrapy_errors.DownloadCancelledError("too big"), "too_large", True),
        (failed(twisted_errors.ConnectionLost()), "reset", False),
        (failed(twisted_errors.ConnectionDone()), "reset", False),
        (failed(SSL.Error([("SSL routines", "", "certificate verify failed")])), "tls", False),
        (failed(SSL.Error([]), twisted_errors.ConnectionLost()), "tls", False),
        (failed(AnswerParseError("no status line", b"<html>")), "protocol", False),
        (twisted_errors.NoRouteError(), "refused", False),
        (BlockedError("http://10.0.0.1/", "private_address", "10.0.0.1 is private"), "blocked", True),
        (FetchError("http://a.example/", "robots", "not allowed"), "robots", True),
        (FetchError("http://a.example/", "host_paused", "later", retry_after_s=5), "host_paused", False),
        (chained(scrapy_errors.DownloadFailedError("failed"), MemoryError("no room")), "memory", False),
        (ValueError("odd"), "other", False),
    ],
)
def test_reason_of_an_error_and_of_a_failure_around_it(error, reason, permanent):
    found, detail, is_final = reason_of(error)

    assert (found, is_final) == (reason, permanent)
    assert detail
    assert reason_of(Failure(error)) == (found, detail, is_final)
    assert is_permanent(found) is permanent


def test_detail_of_a_refusal_begins_with_the_reason_of_the_gate():
    _, detail, _ = reason_of(BlockedError("file:///x", "scheme", "not a web\n address"))

    assert detail == "scheme: not a web address"


def test_detail_is_short_and_never_empty():
    assert reason_of(ValueError("x" * 999))[1] == "x" * 200
    assert reason_of(ValueError())[1] == "ValueError"


def test_detail_is_the_message_inside_twisteds_wrapping():
    inner = ResponseNeverReceived([Failure(SSL.Error([("SSL routines", "", "certificate verify failed")]))])

    assert "certificate verify failed" in reason_of(failed(inner))[1]
    assert reason_of(failed(ValueError("two lengths")))[:2] == ("protocol", "two lengths")


def test_causes_that_go_round_in_a_circle_end():
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first

    assert reason_of(first)[0] == "other"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, None),
        (204, None),
        (304, None),
        (300, "redirects"),
        (302, "redirects"),
        (403, "http_403"),
        (404, "http_404"),
        (410, "http_410"),
        (429, "http_429"),
        (500, "http_5xx"),
        (503, "http_5xx"),
        (100, "protocol"),
        (999, "protocol"),
    ],
)
def test_reason_of_a_status(status, reason):
    assert reason_of_status(status) == reason
