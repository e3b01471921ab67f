"""Text as the database takes it: NFC, without control characters and lone surrogates. Pure."""

import re
import unicodedata

# C0 and C1 controls but tab and line ends, lone surrogates (JSON's "\\ud800"), and what is no character.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def storable(text: str) -> str:
    """*text* without the characters that no table and no XML takes."""
    return _UNSTORABLE.sub("", text)


def storable_line(text: str) -> str:
    """*text* in NFC as one line with single spaces."""
    return " ".join(unicodedata.normalize("NFC", storable(text)).split())
