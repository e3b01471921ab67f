"""The article's text in the data that a page's own program starts from (__NEXT_DATA__ and the like). Pure.

Pages that are drawn in the browser ship their articles as JSON in a script. It is looked at only where the page itself
shows little; a text counts only if the page's headline stands beside it or its description within it, for the same data
hold other stories.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.blocks.features import letters
from crawler.blocks.tree import reading_length
from crawler.pages.json_ld import text_of_markup

# Data below this size hold no article; larger ones are not read.
_LEAST_CHARACTERS, _MOST_CHARACTERS = 300, 2_000_000
_SCRIPTS, _VALUES, _LEVELS = 60, 100_000, 60
_ASSIGNMENTS = 20
_ASSIGNED = re.compile(r"(?:=|\()\s*(?=[{\[])")
_STRING_PARSED = re.compile(r'JSON\.parse\(\s*("(?:[^"\\]|\\.)*")\s*\)')
_SENTENCE = re.compile(r"[.!?…。！？؟।]")
# A paragraph, and a whole text in one string.
_PARAGRAPH, _WHOLE = 30, 200
_DESCRIBED = 40


@dataclass(frozen=True, slots=True)
class _Story:
    """A text among the data."""

    text: str
    is_titled: bool  # the page's headline stands beside it


def state_text(root: HtmlElement, title: str, description: str) -> str:
    """The longest text of the page's data that is the article's, a paragraph a line; "" if none is.

    *title* and *description* are the page's, as `letters` gives them; one of them must vouch for the text.
    """
    best = ""
    for document in _documents(root):
        for story in _stories(document, title):
            text = text_of_markup(story.text)
            is_described = bool(description) and description[:_DESCRIBED] in letters(text)
            if (story.is_titled or is_described) and reading_length(text) > reading_length(best):
                best = text
    return best


def _documents(root: HtmlElement) -> Iterator[object]:
    """The data in the page's scripts."""
    read = 0
    for script in root.iter("script"):
        text = script.text or ""
        if not _LEAST_CHARACTERS <= len(text) <= _MOST_CHARACTERS or "ld+json" in script.get("type", ""):
            continue
        read += 1
        if read > _SCRIPTS:
            return
        yield from _in_script(text)


def _in_script(text: str) -> Iterator[object]:
    decoder = json.JSONDecoder(strict=False)
    stripped = text.lstrip()
    is_whole = stripped.startswith(("{", "["))
    starts = [len(text) - len(stripped)] if is_whole else [match.end() for match in _ASSIGNED.finditer(text)]
    end = 0
    for start in starts[:_ASSIGNMENTS]:
        if start < end:  # within what was read already
            continue
        try:
            document, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        yield document
    for match in list(_STRING_PARSED.finditer(text))[:_ASSIGNMENTS]:
        try:
            yield json.loads(json.loads(match[1]))
        except (ValueError, RecursionError):
            continue


def _stories(document: object, title: str) -> Iterator[_Story]:
    """The texts within *document* that are long enough, in its order."""
    waiting: list[tuple[object, bool, int]] = [(document, False, 0)]
    for _ in range(_VALUES):
        if not waiting:
            return
        value, is_titled, level = waiting.pop()
        if level > _LEVELS:
            continue
        if isinstance(value, dict):
            is_titled = is_titled or _states(value, title)
            waiting.extend((inner, is_titled, level + 1) for inner in value.values())
        elif isinstance(value, list):
            paragraphs = [text for item in value if (text := _paragraph(item))]
            if len(paragraphs) > 1:
                yield _Story("\n".join(paragraphs), is_titled)
            # The items of a list are other stories, unless they say otherwise.
            waiting.extend((inner, False, level + 1) for inner in value)
        elif isinstance(value, str) and reading_length(value) >= _WHOLE and _SENTENCE.search(value):
            yield _Story(value, is_titled)


def _states(record: dict[str, object], title: str) -> bool:
    """Whether *record* has the *title* as a value, or as one of a value that is a record (headlines: {basic: ...})."""
    for value in record.values():
        inner = list(value.values()) if isinstance(value, dict) else [value]
        if any(isinstance(one, str) and 0 < len(one) < 500 and letters(one) == title for one in inner):
            return bool(title)
    return False


def _paragraph(item: object) -> str:
    """The prose of an item of a list: itself, or the longest of its values; "" if it has none."""
    values = list(item.values()) if isinstance(item, dict) else [item]
    texts = [value for value in values if isinstance(value, str)]
    longest = max(texts, key=len, default="")
    return longest if reading_length(longest) >= _PARAGRAPH and _SENTENCE.search(longest) else ""
