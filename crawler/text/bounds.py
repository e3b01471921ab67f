"""Markup and JSON with no more parts than fit into a reading process. Pure.

Parsers make an object of each element and value, however short it is: 2 MiB of `<br>` became 1,058 MB, 16 MB of `[],`
962 MB. And they copy each text several times over: a feed with one of 16 MB took 373 MB.
"""

import json
import re
from typing import Any

from crawler.limits import JSON_VALUES
from storage.errors import ParseError

_START_TAG = re.compile(r"<[A-Za-z]")
_TEXT_RUN = re.compile(r"<!\[CDATA\[(?P<marked>.*?)(?:\]\]>|\Z)|(?<=>)(?P<plain>[^<]+)", re.DOTALL)
_ENTITY_CHARACTERS = 12  # of the longest entity that is not cut in two
_VALUE_SIGNS = "[{,"


def first_elements(markup: str, most: int) -> str:
    """*markup* up to the end of its first *most* elements, by their start tags; the same object if it has no more."""
    if markup.count("<") <= most:
        return markup
    for number, tag in enumerate(_START_TAG.finditer(markup)):
        if number == most:
            return markup[: tag.start()]
    return markup


def with_short_texts(markup: str, most: int) -> str:
    """The XML *markup* with at most *most* characters of each text between two tags; the same object if none is longer.

    A CDATA section is a text, too, and stays one; no entity is cut in two.
    """
    if len(markup) <= most:
        return markup
    kept: list[str] = []
    position = 0
    for run in _TEXT_RUN.finditer(markup):
        start, end = run.span("marked" if run.start("marked") >= 0 else "plain")
        if end - start > most:
            kept.append(markup[position : _cut(markup, start, start + most)])
            position = end
    return "".join([*kept, markup[position:]]) if kept else markup


def _cut(markup: str, start: int, end: int) -> int:
    """Where a text that begins at *start* may be cut, at *end* or shortly before."""
    ampersand = markup.rfind("&", max(start, end - _ENTITY_CHARACTERS), end)
    return end if ampersand < 0 or ";" in markup[ampersand:end] else ampersand


def read_json(text: str) -> Any:
    """The value that the JSON *text* is.

    Raises:
        ParseError: ``too_large``: it may hold more than `limits.JSON_VALUES` values.
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    # Commas of prose count too: 16 MB of it have 300,000.
    if len(text) > JSON_VALUES and sum(map(text.count, _VALUE_SIGNS)) > JSON_VALUES:
        raise ParseError("too_large", f"the JSON has more than {JSON_VALUES:,} values")
    return json.loads(text)
