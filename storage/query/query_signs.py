"""Operators of other tools, told from words. Pure."""

import re

_UNSUPPORTED = re.compile(r"[~^]\d*(?:\.\d+)?$")
# Proximity as Factiva and Nexis write it; of w and pre only with a stroke, for W20 is a word.
_NEAR = re.compile(r"(?:(?P<loose>near|onear|adj)/?|(?P<stroke>w|pre)/)(?P<words>\d{1,3})$", re.IGNORECASE)
_ORDERED = ("onear", "adj", "pre")
_PLACEHOLDER = re.compile(r"\w\?\w|\w\?$")


def foreign_sign(word: str) -> str | None:
    """Why *word* is no word but an operator that other tools have, and what to write; None if it is a word."""
    if word[0] in "-+!":
        return f"{word[0]} is no operator; write AND, OR or NOT"
    if word.strip("&|") == "":
        return f"{word} is no operator; write AND, OR or NOT"
    if _UNSUPPORTED.search(word):
        return '~ and ^ are no operators here; for words close to each other write a NEAR/10 b or "a b"~10'
    near = _NEAR.match(word)
    if near:
        ours = "ONEAR" if (near["loose"] or near["stroke"]).lower() in _ORDERED else "NEAR"
        return f"{word} is no operator here; write {ours}/{near['words']}"
    if _PLACEHOLDER.search(word):
        return "? stands for no letter here; write the beginning and a *, as in Russia*"
    return None
