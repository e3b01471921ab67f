"""Markup and JSON with no more parts than fit into a reading process. Pure.

Parsers make an object of each element and value, however short it is: 2 MiB of `<br>` became 1,058 MB, 16 MB of `[],`
962 MB.
"""

import json
import re
from typing import Any

from crawler.limits import JSON_VALUES
from storage.errors import ParseError

_START_TAG = re.compile(r"<[A-Za-z]")
_VALUE_SIGNS = "[{,"


def first_elements(markup: str, most: int) -> str:
    """*markup* up to the end of its first *most* elements, by their start tags; the same object if it has no more."""
    if markup.count("<") <= most:
        return markup
    for number, tag in enumerate(_START_TAG.finditer(markup)):
        if number == most:
            return markup[: tag.start()]
    return markup


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
