"""Addresses of channels without their secrets, for all that people, logs and the database see. Pure."""

import re
from urllib.parse import unquote, urlsplit

WEBHOOKS = {"json+http": "http", "json+https": "https", "http": "http", "https": "https"}
"""The schemes whose host is a host: elsewhere a token may stand in its place."""

_MASK = "***"
# Shorter parts of an address are no secret, and every text has them.
_SHORTEST = 4


def masked_channel(url: str) -> str:
    """*url* as it may be shown: its scheme, and the host where that is surely one; never user, path or query."""
    scheme = url.split("://", 1)[0].lower()
    host = ""
    if scheme in WEBHOOKS:
        try:
            parts = urlsplit(url)
            host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}/"
        except ValueError:
            host = ""
    return f"{scheme}://{host}{_MASK}"


def scrub(text: str, url: str) -> str:
    """*text* without any part of *url* that may be a secret, in one line of at most 500 characters."""
    rest = url.split("://", 1)[-1]
    if url.split("://", 1)[0].lower() in WEBHOOKS:  # the host is said, who may log in is not
        place, separator, path = rest.partition("/")
        rest = f"{place.rpartition('@')[0]}{separator}{path}"
    parts = {part for piece in (rest, unquote(rest)) for part in re.split(r"[/:@?&=,;#+\s]+", piece)}
    parts |= {unquote(part) for part in parts} | {rest, unquote(rest)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SHORTEST:
            text = text.replace(part, _MASK)
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line[:500]
