"""Pages that only send their reader on, by a meta refresh: followed as redirects are, through the gate. I/O edge.

On an article's page a refresh is a trick to load advertisements anew, so only a page with hardly a word is followed,
and only where it leads elsewhere within seconds.
"""

import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.exceptions import IgnoreRequest

from crawler.downloader.failures import FetchError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

# A stub says "you are being redirected" and gives a link, beside a script or a style.
_MOST_WORDS = 40
_MOST_BYTES = 50_000
_REFRESH = re.compile(rb"http-equiv\s*=\s*[\"']?\s*refresh", re.IGNORECASE)
_UNSEEN = re.compile(
    rb"<(script|style|template|svg|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(rb"<[^<>]*>")


class StubRefreshMiddleware(MetaRefreshMiddleware):
    """Turns the answer of a stub into a request for the page that it names."""

    # The bound of hops is that of redirects, whose setting says whether any is followed.
    enabled_setting = "REDIRECT_ENABLED"

    def process_response(self, request: "Request", response: "Response") -> "Request | Response":  # type: ignore[override]
        """The request for the page to which a stub leads; every other response as it is.

        Raises:
            FetchError: ``redirects``: too many.
        """
        if response.status != 200 or not is_stub(response.body):
            return response
        try:
            followed = super().process_response(request, response)
        except IgnoreRequest as error:
            raise FetchError(request.url, "redirects", str(error)) from error
        except ValueError:  # what it names is no address
            return response
        return response if urldefrag(followed.url)[0] == urldefrag(request.url)[0] else followed


def is_stub(body: bytes) -> bool:
    """Whether a page with a meta refresh has hardly anything to read."""
    if len(body) > _MOST_BYTES or not _REFRESH.search(body):
        return False
    return len(_TAG.sub(b" ", _UNSEEN.sub(b" ", body)).split()) <= _MOST_WORDS
