"""Names for the database, addresses and the command line, made of titles. Pure."""

import re
import unicodedata

# As long as a name in the settings may be.
NAME_CHARACTERS = 60


def slug(text: str) -> str:
    """*text* in a-z, 0-9 and "-", without accents; "" if most of its letters are of other scripts."""
    plain = unicodedata.normalize("NFKD", text).lower()
    letters = [character for character in plain if character.isalnum()]
    if 2 * sum(character.isascii() for character in letters) < len(letters):
        return ""
    accents = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[^a-z0-9]+", "-", accents).strip("-")[:NAME_CHARACTERS].rstrip("-")
