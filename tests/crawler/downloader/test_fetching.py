"""What the head of an answer says of a poll."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from scrapy.http import Response

from crawler.documents.poll_results import poll_of
from crawler.downloader.fetching import head_of
from tests.support.samples import FEED, NOW


@pytest.mark.parametrize("status", [200, 304, 404, 410, 429, 500, 503])
@pytest.mark.parametrize(
    "header", ["90", format_datetime(NOW + timedelta(seconds=90), usegmt=True)], ids=["seconds", "date"]
)
def test_retry_after_counts_in_both_forms_whatever_the_status(status, header):
    response = Response(FEED.url, status=status, headers={"Retry-After": header})

    assert poll_of(head_of(response), FEED, NOW).retry_after_s == 90


@pytest.mark.parametrize(
    ("status", "headers", "ttl_s"),
    [
        (200, {"Cache-Control": "public, max-age=900"}, 900),
        (304, {"Cache-Control": "max-age=900", "Age": "300"}, 600),
        (200, {"Expires": format_datetime(NOW + timedelta(hours=1), usegmt=True)}, 3_600),
        (200, {"Cache-Control": "no-cache, max-age=900"}, None),
        (404, {"Cache-Control": "max-age=900"}, None),
        (200, {}, None),
    ],
    ids=["max-age", "unmodified-with-age", "expires", "no-cache", "failed", "nothing"],
)
def test_answer_that_can_be_read_says_how_long_it_stays_fresh(status, headers, ttl_s):
    asked = replace(FEED, etag='"a"')

    assert poll_of(head_of(Response(FEED.url, status=status, headers=headers)), asked, NOW).ttl_s == ttl_s
