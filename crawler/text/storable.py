"""Text as the database takes it, and names made of titles. Pure."""

import re
import unicodedata

# C0 and C1 controls but tab and line ends, lone surrogates (JSON's "\\ud800"), and what is no character.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# As long as a name in the settings may be.
NAME_CHARACTERS = 60
TAG_CHARACTERS = 60
# They end a phrase of a query, or a tag in a list of tags.
_UNFIT_FOR_TAG = re.compile('[;"“”„«»「」『』]')


def storable(text: str) -> str:
    """*text* without the characters that no table and no XML takes."""
    return _UNSTORABLE.sub("", text)


def storable_line(text: str) -> str:
    """*text* in NFC as one line with single spaces."""
    return " ".join(unicodedata.normalize("NFC", storable(text)).split())


def slug(text: str) -> str:
    """*text* in a-z, 0-9 and "-", without accents; "" if most of its letters are of other scripts."""
    plain = unicodedata.normalize("NFKD", text).lower()
    letters = [character for character in plain if character.isalnum()]
    if 2 * sum(character.isascii() for character in letters) < len(letters):
        return ""
    accents = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[^a-z0-9]+", "-", accents).strip("-")[:NAME_CHARACTERS].rstrip("-")


def source_tag(text: str) -> str:
    """*text* as the name of a group of sources, in one line; "" if nothing of it can stand in one."""
    plain = _UNFIT_FOR_TAG.sub(" ", storable_line(text))
    return " ".join(plain.split())[:TAG_CHARACTERS].rstrip()
