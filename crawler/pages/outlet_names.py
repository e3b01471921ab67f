"""What an outlet calls itself, told from its headlines; and headlines that are the same. Pure.

It reads texts alone, so that what compares stored headlines loads no parser.
"""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

# What stands behind a headline: "Headline - Site", "Headline | Section | Site".
SEPARATOR = re.compile(
    r"\s+(?:[|–—·•»«:/-]|::|//)\s+|\s*[|｜]\s*|\s+-\s*(?=\S{1,30}$)"
    # Chinese and Japanese outlets put no spaces: headline-site.
    r"|(?<=[\u3040-\u9fff\uac00-\ud7a3”」』）！？])\s*[-_—–]{1,2}\s*(?=[^\s_—–-]{2,10}$)"
)
# What stands before one: "Site: Headline", "Section / Headline".
_LEADING = re.compile(r"\s+(?:[|–—·•»«/-]|::|//)\s+|\s*[|｜:]\s+")
# What a name has beside the label of its host: ".com", "e.V.", "24".
_ENDING = 4
# A name of fewer letters begins other words too.
_NAME_LETTERS = 5
_WORDS = re.compile(r"[^\W_]+")
_SHAPERS = str.maketrans(dict.fromkeys("\u00ad\u200b\u200d\u2060\ufeff\u200e\u200f", ""))


def title_key(title: str) -> str:
    """*title* for comparison: folded letters and digits alone."""
    return " ".join(_WORDS.findall(unicodedata.normalize("NFKC", title.translate(_SHAPERS)).casefold()))


def is_same_title(first: str, second: str) -> bool:
    """Whether the two differ in signs, case and spaces alone."""
    key = title_key(first)
    return bool(key) and key == title_key(second)


def without_names(title: str, names: Iterable[str]) -> str:
    """*title* without those *names* (their letters) at its ends; "" if it is one of them."""
    known = OutletNames(names)
    return "" if known.has(title) else known.without(title)


class OutletNames:
    """The names by which the outlet is known."""

    def __init__(self, names: Iterable[str], url: str = "") -> None:
        """*names* as page, source and memory state them; *url* of a page, whose host is known as a name, too."""
        self._keys = {letters_of(name) for name in names} - {""}
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        self._labels = [label.replace("-", "") for label in host.split(".")[:-1] if len(label) > 3]

    def learn(self, texts: Iterable[str]) -> None:
        """Know *texts* as names, too."""
        self._keys |= {letters_of(text) for text in texts} - {""}

    def has(self, text: str) -> bool:
        """Whether *text* is a name of the outlet."""
        letters = letters_of(text)
        if not letters:
            return False
        is_label = any(
            (label in letters and len(letters) - len(label) <= _ENDING)
            or (letters in label and 3 * len(letters) > 2 * len(label))
            for label in self._labels
        )
        return letters in self._keys or is_label

    def begins(self, text: str) -> bool:
        """Whether *text* begins with a name of the outlet, as what it says of itself does."""
        letters = letters_of(text)
        return any(
            letters.startswith(name) for name in self._keys if _NAME_LETTERS <= len(name) < len(letters)
        )

    def without(self, text: str) -> str:
        """*text* without names of the outlet at its ends."""
        while True:
            ends = list(SEPARATOR.finditer(text))
            starts = _LEADING.search(text)
            if ends and self.has(text[ends[-1].end() :]):
                text = text[: ends[-1].start()].rstrip()
            elif starts and self.has(text[: starts.start()]):
                text = text[starts.end() :].lstrip()
            else:
                return text


def letters_of(text: str) -> str:
    """The folded letters and digits of *text*, without spaces."""
    return title_key(text).replace(" ", "")
