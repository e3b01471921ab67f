"""Markup whose elements have no more attributes than anybody gives them. Pure.

libxml2 and feedparser hold each attribute of an element against all before it: 400 kB of them on one element took 8 s
and 10 s, and four times that where there were twice as many.
"""

import re

# Real elements have some dozens; no parser is slow at these.
MOST_ATTRIBUTES = 256

# Possessive throughout: what was taken is never tried again in another way, so that time is linear.
_ATTRIBUTE = r"""[\s/]++[^\s<>/"'=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>=]++))?+"""
_CROWDED = re.compile(rf"(<[A-Za-z][\w:.-]*+(?:{_ATTRIBUTE}){{{MOST_ATTRIBUTES}}})(?:{_ATTRIBUTE})++")


def without_surplus_attributes(markup: str) -> str:
    """*markup* with only the first MOST_ATTRIBUTES attributes of each element; the same object if none has more."""
    return _CROWDED.sub(r"\1", markup)
