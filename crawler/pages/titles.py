"""The headline of a page: what it, its feed and its list state in several places is held against each other. Pure.

Each text that may be the headline is supported by the places that state it too, alone, within more, or in other words.
The outlet's name and slogan are no headline, and are cut off only where they are known as a name or look like one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.pages.outlet_names import SEPARATOR, OutletNames, is_same_title, letters_of, title_key
from crawler.pages.structured import PageFacts, element_text

# Longer slogans than this are rare.
_NAME_LONGEST = 60
# A site's name is short; what is longer belongs to the headline.
_SITE_CHARACTERS, _SITE_WORDS = 45, 6
# A heading shorter than this is a section's name or the site's.
_HEADING_CHARACTERS = 10
_SINGLES_HEADING_CHARACTERS = 5
_SINGLES = re.compile("[\u3040-\u9fff\uac00-\ud7a3]")
# Two texts say the same in other words if they share this part of the shorter one's words.
_ALIKE = 0.5
_CUT = re.compile(r"(?:…|\.\.\.)\s*$")
_LEADING_DATE = re.compile(
    r"^(?:\d{1,2}\.\s?(?:\d{1,2}\.|[^\W\d_]+)\s?\d{4}|\d{4}-\d\d-\d\d)(?:\s*[-|–:]\s*|\s)(?=\S+\s\S+\s\S)"
)
_LONGEST_LINKED = 105
# What is left of a headline without its kicker has so many words, or characters of scripts without spaces.
_LEAST_WORDS, _LEAST_SINGLES = 3, 8
_WHOLE = frozenset(("h1", "meta", "entry", "window", "heading"))
# Some programs cut a meta element at the first quotation mark.
_QUOTES = tuple("\"“„«‟'‘")
# What a page that does not mark its headline calls it.
_HEADING_LIKE = etree.XPath(
    "//body//*[self::h2 or self::h3 or self::h4 or @class[contains(., 'itle') or contains(., 'eadline')"
    " or contains(., '-tit') or contains(., 'subject')]]"
)
_HEADING_LIKE_LOOKED_AT, _HEADING_LIKE_KEPT = 80, 25
_HEADLINE_CHARACTERS = 300
_HOME_LINKS = etree.XPath("//body//a[@href]")
_HOME_LINKS_LOOKED_AT = 60
_HOME_PATHS = frozenset(("", "/", "/index.html", "/index.php", "/home"))

# How much a place is believed beside the places that support it.
_PRIOR = {"json-ld": 0.6, "h1": 0.55, "meta": 0.4, "entry": 0.35, "window": 0.1, "heading": 0.05}
# How much a place counts as a supporter: what publishers give to those who share a page is closest to its headline.
_VOICE = {"json-ld": 1.0, "h1": 1.0, "meta": 1.2, "entry": 1.0, "window": 0.8, "heading": 0.6}
_SURE = 1.9  # two places that agree


@dataclass(frozen=True, slots=True)
class TitleCandidate:
    """A text that may be the headline."""

    text: str
    place: str  # "json-ld", "h1", "meta", "window", "entry" or "heading"
    support: float = 0.0  # of how many places, each counting as much as it agrees


@dataclass(frozen=True, slots=True)
class TitleChoice:
    """The headline that was chosen, and what else was considered, the best first."""

    title: str
    candidates: tuple[TitleCandidate, ...] = ()


# Feeds and sitemaps without headlines give an address in their place.
_ADDRESS = re.compile(r"\S*/\S*")


def choose_title(
    facts: PageFacts,
    entry_title: str = "",
    tree: HtmlElement | None = None,
    *,
    url: str = "",
    outlet: Iterable[str] = (),
) -> TitleChoice:
    """The headline as the page shows it, without the outlet's name; "" if there is none.

    *entry_title* is what feed or list call the page; *outlet* are names by which the outlet is known. *tree* is
    searched for what looks like a heading only where the usual places do not agree.
    """
    names = OutletNames((facts.site_name, *outlet), url)
    candidates = list(_stated(facts, entry_title))
    names.learn(part for one in candidates for part in SEPARATOR.split(one.text) if part and names.has(part))
    ranked = _ranked(candidates, names)
    if tree is not None and (not ranked or ranked[0].support < _SURE):
        names.learn(_home_texts(tree, url))
        candidates.extend(TitleCandidate(text, "heading") for text in _like_headings(tree))
        ranked = _ranked(candidates, names)
    if not ranked:
        return TitleChoice(_agreed_name(candidates, facts.site_name))
    return TitleChoice(_best_form(ranked[0], candidates, names), tuple(ranked))


def _agreed_name(candidates: list[TitleCandidate], site_name: str) -> str:
    """A headline that is also what the outlet is called: the list and the page's own heading state it; "" if none.

    A source named "harbour" may report under "Harbour". What the page itself gives as its site's name stays a name.
    """
    own = [
        one for one in candidates if one.place in ("json-ld", "h1") and not is_same_title(one.text, site_name)
    ]
    entries = [one for one in candidates if one.place == "entry"]
    return next((one.text for one in own for entry in entries if is_same_title(one.text, entry.text)), "")


def without_site(title: str, site_name: str = "") -> str:
    """*title* without the name of the site at its end."""
    separators = list(SEPARATOR.finditer(title))
    if not separators:
        return title
    head, tail = title[: separators[-1].start()], title[separators[-1].end() :]
    is_name = bool(site_name) and is_same_title(tail, site_name)
    return head.rstrip() if is_name or (_looks_like_name(tail) and len(tail) < len(head)) else title


def stated_names(facts: PageFacts) -> tuple[str, ...]:
    """The letters of the texts that the page states as titles, and of their parts: some may be the outlet's names."""
    texts = (facts.window_title, *facts.titles, *facts.headings, facts.linked.headline)
    parts = (part for text in texts for part in (text, *SEPARATOR.split(text)))
    return tuple(
        dict.fromkeys(found for part in parts if 0 < len(found := letters_of(part)) <= _NAME_LONGEST)
    )


def _stated(facts: PageFacts, entry_title: str) -> Iterator[TitleCandidate]:
    own = any((facts.linked.headline, *facts.headings, *facts.titles, facts.window_title))
    if facts.linked.headline:
        yield TitleCandidate(facts.linked.headline, "json-ld")
    yield from (TitleCandidate(heading, "h1") for heading in facts.headings if heading)
    yield from (TitleCandidate(title, "meta") for title in facts.titles if title)
    if entry_title and not (own and _ADDRESS.fullmatch(entry_title)):
        yield TitleCandidate(entry_title, "entry")
    if facts.window_title:
        yield TitleCandidate(facts.window_title, "window")


def _ranked(candidates: list[TitleCandidate], names: OutletNames) -> list[TitleCandidate]:
    """The *candidates* that may be headlines with their support, the best first; of equals the first."""
    able = [one for one in candidates if not names.has(one.text)]
    cleaned = [(one, title_key(names.without(one.text))) for one in able]
    by_place: dict[str, list[str]] = {}
    for one, key in cleaned:
        by_place.setdefault(one.place, []).append(key)
    scored = [
        TitleCandidate(one.text, one.place, round(_support(one, key, by_place, names), 2))
        for one, key in cleaned
        if key
    ]
    return sorted(scored, key=lambda one: one.support + _PRIOR[one.place], reverse=True)


def _support(one: TitleCandidate, key: str, by_place: dict[str, list[str]], names: OutletNames) -> float:
    own = _VOICE[one.place] * (
        0.4 if one.place in ("h1", "heading", "entry") and not _is_headline(one.text) else 1.0
    )
    others = sum(
        _VOICE[place] * max(_agreement(key, other) for other in keys)
        for place, keys in by_place.items()
        if place != one.place
    )
    return own + others - (1.0 if names.begins(one.text) else 0.0)


def _agreement(first: str, second: str) -> float:
    """How far two keys state the same: 1 the same, 0.9 one within the other, 0.6 in other words, else 0."""
    if first == second:
        return 1.0
    short, long = sorted((first, second), key=len)
    if _is_long_enough(short, 2, 4) and (
        f" {short} " in f" {long} "
        or (_SINGLES.search(short) and (long.startswith(short) or long.endswith(short)))
    ):
        return 0.9
    words, others = set(short.split()), set(long.split())
    fewer = min(len(words), len(others))
    return 0.6 if fewer >= 2 and len(words & others) >= max(2, _ALIKE * fewer) else 0.0


def _is_long_enough(key: str, words: int, singles: int) -> bool:
    if _SINGLES.search(key):
        return len(key.replace(" ", "")) >= singles
    return len(key.split()) >= words


def _best_form(best: TitleCandidate, candidates: list[TitleCandidate], names: OutletNames) -> str:
    """*best* as it is shared: without kicker, outlet's name and date, and whole where it is cut."""
    text = _LEADING_DATE.sub("", names.without(best.text))
    if whole := _completed(text, candidates, names):
        return whole
    key = title_key(text)
    for other in candidates:
        part = names.without(other.text)
        part_key = title_key(part)
        is_long = _is_long_enough(part_key, _LEAST_WORDS, _LEAST_SINGLES) and not _CUT.search(part)
        if other.place == "meta" and best.place != "meta" and is_long and f" {part_key} " in f" {key} ":
            return _without_unknown_name(part, candidates)
        is_behind = best.place in ("meta", "window") and key.startswith(f"{part_key} ")
        if other.place in ("h1", "json-ld") and is_behind and _is_headline(part):
            return part
    return text if best.place in ("h1", "heading", "entry") else _without_unknown_name(text, candidates)


def _completed(text: str, candidates: list[TitleCandidate], names: OutletNames) -> str:
    """The whole headline that *text* is the beginning of, where it is cut; "" where it is whole, as far as is known."""
    if _is_cut(text):
        key = title_key(_CUT.sub("", text))
        places = _WHOLE if _CUT.search(text) else _WHOLE - {"window", "meta"}
        wholes = (names.without(one.text) for one in candidates if one.place in places)
        return next(
            (whole for whole in wholes if len(whole) > len(text) and title_key(whole).startswith(key)), ""
        )
    longer = (names.without(one.text) for one in candidates if one.text.startswith(text))
    return next((whole for whole in longer if whole[len(text) :].lstrip()[:1] in _QUOTES), "")


def _is_cut(text: str) -> bool:
    """Whether *text* says that it is cut, or is as long as search engines allow a headline to be (110 characters)."""
    return _CUT.search(text) is not None or len(text) >= _LONGEST_LINKED


def _without_unknown_name(text: str, candidates: list[TitleCandidate]) -> str:
    """*text* without what looks like a site's name at its end, unless a heading has it too."""
    key = title_key(text)
    headings = [
        title_key(one.text) for one in candidates if one.place in ("h1", "heading", "entry", "json-ld")
    ]
    return text if key in headings else without_site(text)


def _looks_like_name(tail: str) -> bool:
    """Whether what stands behind the last separator may be a site's name: short, and begun as names are."""
    words = tail.split()
    is_short = len(tail) <= _SITE_CHARACTERS and len(words) <= _SITE_WORDS
    begins = tail[:1].isalnum() and not (tail[0].islower() and "." not in tail)
    return bool(words) and is_short and begins


def _is_headline(heading: str) -> bool:
    """Whether *heading* is long enough to be more than a name."""
    needed = _HEADING_CHARACTERS if heading.isascii() else _SINGLES_HEADING_CHARACTERS
    return len(heading) >= needed


def _like_headings(tree: HtmlElement) -> list[str]:
    """The texts that look like headings, in order."""
    texts = (element_text(element) for element in islice(_HEADING_LIKE(tree), _HEADING_LIKE_LOOKED_AT))
    kept = (text for text in texts if text and len(text) <= _HEADLINE_CHARACTERS)
    return list(dict.fromkeys(kept))[:_HEADING_LIKE_KEPT]


def _home_texts(tree: HtmlElement, url: str) -> Iterator[str]:
    """What links to the front page are called, which is the outlet's name."""
    host = urlsplit(url).hostname
    for link in islice(_HOME_LINKS(tree), _HOME_LINKS_LOOKED_AT):
        try:
            parts = urlsplit(link.get("href").strip())
        except ValueError:
            continue
        if (
            parts.path in _HOME_PATHS
            and not parts.query
            and not parts.fragment
            and parts.hostname in (None, host)
        ):
            yield element_text(link) or next((image.get("alt") or "" for image in link.iter("img")), "")
