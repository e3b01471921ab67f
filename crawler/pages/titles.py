"""The headline of a page, out of what it states in several places. Pure."""

import re
import unicodedata

from crawler.pages.structured import PageFacts

# What stands behind a headline: "Headline - Site", "Headline | Section | Site".
_SEPARATOR = re.compile(
    r"\s+(?:[|–—·•»«:/-]|::)\s+|\s*[|｜]\s*|\s+-\s*(?=\S{1,30}$)"
    # Chinese and Japanese outlets put no spaces: headline-site.
    r"|(?<=[\u3040-\u9fff\uac00-\ud7a3”」』）！？])\s*[-_—–]{1,2}\s*(?=[^\s_—–-]{2,10}$)"
)
# A site's name is short; what is longer belongs to the headline.
_SITE_CHARACTERS = 45
# A heading shorter than this is a section's name or the site's.
_HEADING_CHARACTERS = 10
_SINGLES_HEADING_CHARACTERS = 5
_WORDS = re.compile(r"[^\W_]+")


def choose_title(facts: PageFacts, entry_title: str = "") -> str:
    """The headline as the page shows it, without the site's name; *entry_title* if the page has none; "" if none.

    A heading or JSON-LD headline with which a meta title begins is the headline; behind it stands the site's name.
    Without heading or meta title, the feed's is taken if the window's title ends with it.
    """
    headings = [heading for heading in facts.headings if _is_headline(heading)]
    shown = [facts.linked.headline, *headings]
    for stated in (*facts.titles, facts.window_title):
        for candidate in shown:
            if candidate and _begins(stated, candidate):
                return candidate
    if facts.linked.headline:
        return facts.linked.headline
    if facts.titles:
        return without_site(facts.titles[0], facts.site_name)
    if len(headings) == 1:
        return headings[0]
    if _ends(facts.window_title, entry_title):
        return entry_title
    return without_site(facts.window_title, facts.site_name) or next(iter(headings), entry_title)


def without_site(title: str, site_name: str = "") -> str:
    """*title* without the name of the site at its end."""
    separators = list(_SEPARATOR.finditer(title))
    if not separators:
        return title
    head, tail = title[: separators[-1].start()], title[separators[-1].end() :]
    is_name = bool(site_name) and is_same_title(tail, site_name)
    return head.rstrip() if is_name or len(tail) <= min(_SITE_CHARACTERS, len(head) - 1) else title


def title_key(title: str) -> str:
    """*title* for comparison: folded letters and digits alone."""
    return " ".join(_WORDS.findall(unicodedata.normalize("NFKC", title).casefold()))


def is_same_title(first: str, second: str) -> bool:
    """Whether the two differ in signs, case and spaces alone."""
    key = title_key(first)
    return bool(key) and key == title_key(second)


def _ends(stated: str, candidate: str) -> bool:
    """Whether *stated* is *candidate* behind something else, such as the site's name."""
    whole, end = title_key(stated), title_key(candidate)
    return bool(end) and whole.endswith(f" {end}")


def _begins(stated: str, candidate: str) -> bool:
    """Whether *stated* is *candidate*, or goes on behind it with something else."""
    whole, start = title_key(stated), title_key(candidate)
    return bool(start) and (whole == start or (whole.startswith(start) and _is_headline(candidate)))


def _is_headline(heading: str) -> bool:
    """Whether *heading* is long enough to be more than a name."""
    needed = _HEADING_CHARACTERS if heading.isascii() else _SINGLES_HEADING_CHARACTERS
    return len(heading) >= needed
