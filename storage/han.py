"""Chinese characters of both scripts as one, by the tables of OpenCC: traditional ones as simplified ones. Pure.

One way and character by character: 俄羅斯 becomes 俄罗斯, and where simplified writing has one character for several
(发 for 發 and 髮), theirs are one. Japanese keeps both, with other meanings (机 is a desk, 機 a machine), and is left
alone.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

# Nothing before these is in the table.
FIRST_HAN = "\u3400"


@cache
def simplified() -> Mapping[str, str]:
    """For each traditional character the simplified one, the usual one where there are several; 3 ms at first use."""
    import opencc  # only what meets Chinese needs it

    table = (files(opencc) / "dictionary" / "TSCharacters.txt").read_text("utf-8")
    pairs = (line.split("\t") for line in table.splitlines() if "\t" in line)
    usual = {traditional: others.split()[0] for traditional, others in pairs}
    # 薴 is 苧, which as a traditional character is 苎.
    ends = {traditional: usual.get(other, other) for traditional, other in usual.items()}
    return {traditional: other for traditional, other in ends.items() if traditional != other}


@cache
def _translation() -> Mapping[int, str]:
    return {ord(traditional): usual for traditional, usual in simplified().items()}


def simplify(text: str) -> str:
    """*text* with simplified characters in the place of traditional ones; of the same length."""
    return text if text.isascii() else text.translate(_translation())
