"""What the crawl and the process of the browser tell each other, a line each. Pure."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field

_BYTES = ("body", "robots")


@dataclass(frozen=True, slots=True)
class PageOrder:
    """A page that was fetched, and is to be shown.

    Attributes:
        url: its address; the browser is given the answer, and does not ask for it.
        body: of the answer, unpacked.
        headers: of the answer.
        user_agent: what the page's own requests say.
        own_headers: for requests to the page's own domain alone: what the user has given for it.
        verify_tls: whether certificates must be right.
        robots: the robots.txt of the page's own host, which rules what its scripts ask for there; b"" for none.
    """

    url: str
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    user_agent: str = ""
    own_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    verify_tls: bool = True
    robots: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ShownPage:
    """What became of a page.

    Attributes:
        reason: why it could not be shown, in the words of links; "" if it was.
        detail: the reason in words.
        leads_to: where its scripts sent the reader; "" if nowhere else.
        html: the page as its scripts have made it.
        requests: that it made and that went out.
        refused: that it made and that did not.
        is_spent: the browser that showed it is not fit for another page.
    """

    reason: str = ""
    detail: str = ""
    leads_to: str = ""
    html: str = ""
    requests: int = 0
    refused: int = 0
    is_spent: bool = False


def order_line(order: PageOrder) -> bytes:
    """*order* as one line."""
    coded = {name: b64encode(getattr(order, name)).decode() for name in _BYTES}
    values = {**asdict(order), **coded}
    return json.dumps(values).encode() + b"\n"


def order_of(line: bytes) -> PageOrder:
    """The order that `order_line` wrote."""
    values = json.loads(line)
    pairs = {name: tuple((key, value) for key, value in values[name]) for name in ("headers", "own_headers")}
    return PageOrder(**{**values, **pairs, **{name: b64decode(values[name]) for name in _BYTES}})


def shown_line(shown: ShownPage) -> bytes:
    """*shown* as one line."""
    return json.dumps(asdict(shown)).encode() + b"\n"


def shown_of(line: bytes) -> ShownPage:
    """The answer that `shown_line` wrote."""
    return ShownPage(**json.loads(line))
