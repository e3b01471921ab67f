"""Pages that are empty until a browser has run their scripts. Pure.

A shell has next to nothing to read, loads scripts, and has an empty element for them to fill, or says
that they are needed.
"""

import re

from lxml import etree
from lxml.html import HtmlElement

# Beside a notice that scripts are needed a shell shows a name and a footer at most.
_MOST_WORDS = 30
# The element that common frameworks fill: React, Vue, Angular, Next, Nuxt, Gatsby, Svelte, Ember.
_FILLED = re.compile(
    r"^(?:root|app|app-root|main-app|react-root|react-app|vue-app|__next|__nuxt|___gatsby|svelte|ember-app|"
    r"ember-basic-dropdown-wormhole|application|mount|page-root|site-root)$",
    re.IGNORECASE,
)
_SCRIPTS = etree.XPath("boolean(//script[@src or string-length(.) > 200])")
_NAMED = etree.XPath("//body//*[@id or contains(name(), '-')]")
_NOSCRIPT = etree.XPath("//noscript")
# What notices call it, in the languages in which most are written.
_NOTICE_CHARACTERS = 500
_NOTICE = re.compile(r"java\s?script|джава\s?скрипт|자바\s?스크립트|ジャバスクリプト", re.IGNORECASE)


def is_shell(tree: HtmlElement, words: int) -> bool:
    """Whether the page, of which *words* can be read, is made by scripts."""
    if words > _MOST_WORDS or not _SCRIPTS(tree):
        return False
    if any(_NOTICE.search(" ".join(notice.itertext())) for notice in _NOSCRIPT(tree)):
        return True
    if _NOTICE.search(" ".join(tree.xpath("string(//body)").split())[:_NOTICE_CHARACTERS]):
        return True
    return any(_is_to_fill(element) for element in _NAMED(tree))


def _is_to_fill(element: HtmlElement) -> bool:
    named = element.get("id") or (element.tag if isinstance(element.tag, str) else "")
    return bool(_FILLED.match(named)) and not "".join(element.itertext()).strip()
