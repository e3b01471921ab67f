"""What the scripts of a page hold, and the JSON that they load. Pure."""

import re
from collections.abc import Iterator

from crawler.sections.anchors import PageLinks
from crawler.urls import clean_link, politeness_key

# Script that is looked through: state objects of portals have up to a megabyte.
_CHARACTERS = 2_000_000
_MOST = 8

_JSON_ADDRESS = re.compile(
    r"[\"'(=]\s*([^\"'()\s<>]{1,300}\.json(?:\?[^\"'()\s<>]{0,200})?)(?=[\"')\s>])", re.IGNORECASE
)
# A list that Chinese content systems fill by a script: the JSON beside the page is called after it.
_DATA_SOURCE = re.compile(r"\bdatasource:\s*([0-9a-f]{16,64})\b", re.IGNORECASE)
# Descriptions of programs and of the site.
_NO_LIST = re.compile(
    r"(?:manifest|package|config|settings|i18n|locale|lang|translations?|schema|swagger|openapi|browserconfig|weather|menu"
    r"|rates?|assetlinks|version)[\w.-]*\.json|/wp-json/|/static/(?:js|css)/",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    r"news|list|all|latest|article|stor(?:y|ies)|ds_|data|feed|recent|headline", re.IGNORECASE
)


def script_texts(page: PageLinks) -> Iterator[str]:
    """The texts of the page's scripts in order, those with most in them cut off together at 2,000,000 characters."""
    left = _CHARACTERS
    for element in page.root.iter("script") if page.root is not None else ():
        if element.text and left > 0:
            yield element.text[:left]
            left -= len(element.text)


def named_lists(page: PageLinks) -> tuple[str, ...]:
    """Addresses on the page's own site of JSON that it names or loads, those called like lists of news first."""
    found = [address for stated in _stated(page) if (address := clean_link(page.base, stated))]
    own = dict.fromkeys(
        address
        for address in found
        if politeness_key(address) == politeness_key(page.base) and not _NO_LIST.search(address)
    )
    return tuple(sorted(own, key=lambda address: _LIKELY.search(address) is None)[:_MOST])


def _stated(page: PageLinks) -> Iterator[str]:
    if page.root is None:
        return
    for element in page.root.iter():
        for value in element.attrib.values():
            if source := _DATA_SOURCE.search(value):
                yield f"ds_{source[1]}.json"
            if ".json" in value:
                yield from _JSON_ADDRESS.findall(f'"{value[:600]}"')
    for text in script_texts(page):
        yield from _JSON_ADDRESS.findall(text)
