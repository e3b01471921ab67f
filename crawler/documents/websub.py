"""The hub that a feed offers, from the headers of its answer and its document. Pure.

WebSub, section 4: the links of the header count first, then those of the document.
"""

import re
from collections.abc import Iterable

from crawler.urls import clean_link
from storage.records.subscriptions import NamedHub

HUB_RELATIONS = ("hub", "self")
LINKS = 50  # more of one answer or document are not looked at
_CHARACTERS = 2_000
# RFC 8288 section 3: <address> and parameters; what stands in quotation marks may hold commas.
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s=;,<>]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"<>]*))?)*)")
_PARAMETER = re.compile(r";\s*([^\s=;,<>]+)\s*(?:=\s*(?:\"([^\"]*)\"|([^\s;,\"<>]*)))?")


def header_links(values: Iterable[str]) -> list[tuple[str, str]]:
    """Relation (small letters) and address of the links in Link headers, in their order."""
    links: list[tuple[str, str]] = []
    for address, parameters in _LINK.findall(", ".join(values)[: LINKS * _CHARACTERS]):
        given = ((name.lower(), quoted or plain) for name, quoted, plain in _PARAMETER.findall(parameters))
        # Of several the first counts (RFC 8288 section 3.3).
        names = next((value for name, value in given if name == "rel"), "")
        links += [(name.lower(), address.strip()) for name in names.split()]
    return links[:LINKS]


def offer_of(
    header: Iterable[tuple[str, str]], document: Iterable[tuple[str, str]], *, url: str
) -> NamedHub | None:
    """The first hub that is named; None: there is none. The feed's own address is *url* where it gives none.

    Args:
        header: relations and addresses of the Link headers.
        document: those of the feed.
        url: where the feed was fetched, after redirects.
    """
    links = [*header, *document]
    hub = _first(links, "hub", url)
    return NamedHub(hub, _first(links, "self", url) or url) if hub else None


def _first(links: list[tuple[str, str]], relation: str, url: str) -> str | None:
    named = (clean_link(url, address) for name, address in links if name == relation)
    return next((clean for clean in named if clean and len(clean) <= _CHARACTERS), None)
