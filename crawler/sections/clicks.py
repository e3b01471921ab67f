"""Where a click leads that no address says: data attributes, and small functions of the page's scripts. Pure.

No script is run. What is understood are the calls by which many sites open an article, such as
``location.href = '/view?no=' + id``, in the element itself or in a function of the page that it calls.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import html

# Attributes that hold an address, the likeliest first.
_ADDRESSES = ("data-href", "data-url", "data-link", "data-target-url", "data-permalink")
_ADDRESS = re.compile(
    r"(?:https?:/)?/[^\s\"']*|\.{1,2}/[^\s\"']+|\?[^\s\"']+|[\w.-]+\.(?:s?html?|php|aspx?|jsp|do)(?:\?\S*)?"
)

# Elements whose data attributes say what they load.
_SHOW_NOTHING = frozenset(
    ("img", "source", "video", "audio", "iframe", "script", "link", "meta", "input", "form", "body")
)

# Script that is looked through, and functions that are remembered.
_SCRIPT_CHARACTERS, _FUNCTIONS = 300_000, 300
_BODY_CHARACTERS = 1_000
_FUNCTION = re.compile(
    r"function\s+(\w+)\s*\(([^()]*)\)\s*\{|\b(\w+)\s*[=:]\s*(?:async\s+)?(?:function\s*\w*\s*)?\(([^()]*)\)\s*(?:=>\s*)?\{"
)
_OPENS = re.compile(
    r"\blocation(?:\s*\.\s*href)?\s*=(?!=)\s*|\blocation\s*\.\s*(?:assign|replace)\s*\(\s*|\bwindow\s*\.\s*open\s*\(\s*"
)
_CALL = re.compile(r"(?<![.\w])(\w+)\s*\(([^()]*)\)")
# A string, a template, a number, or a name with its attributes.
_PART = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\"|`([^`]*)`|(\d+)\b|([A-Za-z_$][\w$.]*))\s*")
_HOLE = re.compile(r"\$\{\s*([\w$.]+)\s*\}")
_OWN_DATA = re.compile(r"this\.dataset\.(\w+)")


@dataclass(frozen=True, slots=True)
class _Function:
    """A function of the page that opens an address."""

    parameters: tuple[str, ...]
    address: str  # the expression


class Clicks:
    """The clicks of one page."""

    def __init__(self, root: html.HtmlElement) -> None:
        self._root = root
        self._functions: Mapping[str, _Function] | None = None

    def target(self, element: html.HtmlElement) -> str | None:
        """The address, as it is written, that a click on *element* opens; None: none is known."""
        if not isinstance(element.tag, str) or element.tag in _SHOW_NOTHING:
            return None
        for name in _ADDRESSES:
            if (stated := (element.get(name) or "").strip()) and _ADDRESS.fullmatch(stated):
                return stated
        code = element.get("onclick") or ""
        if (element.get("href") or "").lower().startswith("javascript:"):
            code = f"{code};{element.get('href')}"
        return self._opened(code, element) if "(" in code or "=" in code else None

    def _opened(self, code: str, element: html.HtmlElement) -> str | None:
        direct = _OPENS.search(code)
        if direct is not None:
            return _address(code[direct.end() :], {}, element)
        for name, arguments in _CALL.findall(code):
            function = self._known().get(name)
            if function is not None:
                values = [_value(argument, {}, element) for argument in arguments.split(",")]
                known = {
                    parameter: value
                    for parameter, value in zip(function.parameters, values, strict=False)
                    if value is not None
                }
                return _address(function.address, known, element)
        return None

    def _known(self) -> Mapping[str, _Function]:
        if self._functions is None:
            self._functions = dict(_functions(_script(self._root)))
        return self._functions


def _script(root: html.HtmlElement) -> str:
    texts = (element.text for element in root.iter("script") if element.text)
    return "\n".join(texts)[:_SCRIPT_CHARACTERS]


def _functions(script: str) -> Iterator[tuple[str, _Function]]:
    """The functions of *script* that open an address, at most 300."""
    found = 0
    begins = list(_FUNCTION.finditer(script)) if _OPENS.search(script) else []
    for number, begin in enumerate(begins):
        following = begins[number + 1].start() if number + 1 < len(begins) else len(script)
        body = script[begin.end() : min(begin.end() + _BODY_CHARACTERS, following)]
        opens = _OPENS.search(body)
        if opens is not None and found < _FUNCTIONS:
            found += 1
            parameters = (begin[2] if begin[1] else begin[4]).split(",")
            yield (
                begin[1] or begin[3],
                _Function(tuple(one.strip() for one in parameters), body[opens.end() :]),
            )


def _address(expression: str, known: Mapping[str, str], element: html.HtmlElement) -> str | None:
    """The address that *expression*, texts and names joined by "+", spells; None if part of it is not known."""
    spelled, at = "", 0
    while (part := _PART.match(expression, at)) is not None:
        value = _value(part[0], known, element)
        if value is None:
            return None
        spelled, at = spelled + value, part.end()
        if not expression.startswith("+", at):
            break
        at += 1
    return spelled if _ADDRESS.fullmatch(spelled) else None


def _value(part: str, known: Mapping[str, str], element: html.HtmlElement) -> str | None:
    """What a text, number or name stands for; None if that is not known."""
    found = _PART.fullmatch(part)
    if found is None:
        return None
    single, double, template, number, name = found.groups()
    if template is not None:
        holes = [_named(hole, known, element) for hole in _HOLE.findall(template)]
        filled = iter(hole or "" for hole in holes)
        return None if None in holes else _HOLE.sub(lambda _: next(filled), template)
    plain = next((text for text in (single, double, number) if text is not None), None)
    return plain if name is None else _named(name, known, element)


def _named(name: str, known: Mapping[str, str], element: html.HtmlElement) -> str | None:
    own = _OWN_DATA.fullmatch(name)
    if own is not None:
        attribute = re.sub("([A-Z])", r"-\1", own[1]).lower()
        stated: str | None = element.get(f"data-{attribute}")
        return stated
    return known.get(name)
