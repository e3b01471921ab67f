"""The articles that a section page links to, found without rules for the site. Pure.

Each address is scored by what it says itself (`addresses`; in a run of headlines, `runs`, it may say anything), by how
the page shows it (headline, picture, date, teaser, menu or not) and by its neighbours: links in one list, and addresses
built alike, are nearly always all articles or all none. Precision and recall are measured in
``tests/crawler/sections/test_section.py``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean, median

from lxml import html

from crawler import limits
from crawler.documents.entries import dropped_warning, join_warnings, language_code
from crawler.documents.json_list import embedded_list, looks_like_json, parse_json_list
from crawler.sections.addresses import AddressTraits, read_address
from crawler.sections.anchors import Anchor, PageLinks, count_words, page_links
from crawler.sections.blocks import NOTHING_BESIDE, Beside, read_blocks
from crawler.sections.learnt import weights
from crawler.sections.link_lists import Line, keys_in_runs
from crawler.sections.scripts import named_lists, script_texts
from crawler.sections.words import is_label
from crawler.text.dates import read_date
from crawler.text.encoding import decode
from crawler.urls import politeness_key, url_key
from storage.errors import ParseError
from storage.records.articles import Precision, StatedDate
from storage.records.sources import FeedDocument, FeedEntry, PageOutcome

_MARKUP = re.compile(r"<(?:!doctype\s+html|html|head|body|div|table|a|p|ul|span)\b", re.IGNORECASE)
_OTHER_ROOT = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|rdf:|urlset|sitemapindex)",
    re.IGNORECASE | re.DOTALL,
)

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}(?::\d{2})?\s*")

# A block is looked for around links whose address does not speak against it by more than this.
_PLAUSIBLE = -0.6
# What a link gains by how it is shown, in the unit of `AddressTraits.score`.
_HEADING = (0.0, 0.5, 1.0)  # by rank
_WITH_IMAGE, _WITH_DATE, _WITH_TEASER = 0.4, 1.6, 0.6
_NAMELESS, _ONLY_LABELS = -0.5, -2.5
# What the address of a link in a run counts at least.
_IN_RUN = 1.0
_BY_WORDS = ((8, 1.5), (5, 1.2), (4, 0.8), (3, 0.3), (2, -0.4), (0, -1.0))  # at least so many words: gain
# A page that shows fewer articles may have them in its scripts.
_FEW = 3
# How much a link is judged by itself, its list and the addresses built alike; and from where on it is an article.
_ITSELF, _LIST, _ALIKE = 0.5, 0.3, 0.2
_ARTICLE = 1.2
# On a page whose articles are plain to see, what is much weaker than they are is a guide or a page about the site.
_OF_MEDIAN = 0.36


@dataclass(frozen=True, slots=True)
class _DateReader:
    """Reads the dates of one page."""

    timezone: str | None
    language: str | None
    now: datetime

    def first(self, texts: tuple[str, ...]) -> StatedDate | None:
        """The first of *texts* that is a date; with the time of day that stands alone behind it."""
        for number, text in enumerate(texts):
            if (date := self._read(text)) is not None:
                behind = texts[number + 1] if number + 1 < len(texts) else ""
                timed = self._read(f"{text} {behind}") if _CLOCK.fullmatch(behind) else None
                return timed if timed is not None and date.precision is Precision.DAY else date
        return None

    def _read(self, text: str) -> StatedDate | None:
        return read_date(text, rule="listing", timezone=self.timezone, now=self.now, language=self.language)


@dataclass(slots=True)
class _Target:
    """One address of the page with all that is known of it."""

    key: str
    anchors: list[Anchor]
    traits: AddressTraits
    beside: Beside = NOTHING_BESIDE
    score: float = 0.0  # by itself

    @property
    def url(self) -> str:
        return self.anchors[0].url

    @property
    def chrome(self) -> float:
        """The region of its best place."""
        return min(anchor.chrome for anchor in self.anchors)

    @property
    def named(self) -> Anchor | None:
        """The anchor that names it best: a heading first, then the longest text."""
        texts = [anchor for anchor in self.anchors if anchor.text]
        return max(texts, key=lambda anchor: (anchor.rank, len(anchor.text)), default=None)

    @property
    def title(self) -> str:
        if self.named is not None:
            return self.named.text
        return self.beside.headline or self.beside.words or _picture_text(self.anchors)

    @property
    def dates(self) -> tuple[str, ...]:
        """Texts that may be its date, the likeliest first."""
        return (*(anchor.date for anchor in self.anchors if anchor.date), *self.beside.dates)


def parse_listing(
    body: bytes,
    content_type: str,
    *,
    url: str,
    link_pattern: str | None = None,
    timezone: str | None,
    now: datetime,
    language: str | None = None,
    learnt: Sequence[PageOutcome] = (),
) -> FeedDocument:
    """The articles that the HTML page in *body*, fetched from *url*, links to, in the page's order.

    *link_pattern*, a regular expression searched in the absolute address, decides alone when given. An entry has a date
    only where one stands beside its link (rule ``listing``), and the teaser as its summary: *timezone* is assumed for a
    time of day, *language*, else the page's own, tells day from month. What pages of the site turned out to be,
    *learnt*, counts for and against addresses of their shapes. A page without article links gives no entries and a
    warning.

    Raises:
        ParseError: ``not_html``; ``not_text`` and ``too_large`` as `crawler.text.encoding.decode`; ``bad_pattern``.
    """
    text = decode(body, content_type)
    if looks_like_json(text):
        return parse_json_list(text, url=url, timezone=timezone, now=now)
    if _OTHER_ROOT.match(text) or not _MARKUP.search(text):
        raise ParseError("not_html", "the address gives no HTML page")
    links = page_links(text, url)
    targets = _targets(links, url, weights(learnt))
    chosen = _matching(targets, link_pattern) if link_pattern else _articles(targets)
    kept = chosen[: limits.ENTRIES_PER_FEED]
    reader = _DateReader(timezone, language or _stated_language(links), now)
    entries = tuple(_entry(target, reader) for target in kept)
    document = FeedDocument(entries, links.title, links.skipped, _warning(links, len(chosen)))
    return document if link_pattern or len(chosen) >= _FEW else _from_scripts(document, links, url, reader)


def _from_scripts(document: FeedDocument, links: PageLinks, url: str, reader: _DateReader) -> FeedDocument:
    """*document*, of a page that shows hardly any article, with those that its scripts hold or load."""
    embedded = embedded_list(script_texts(links), url=links.base, timezone=reader.timezone, now=reader.now)
    if embedded is not None and len(embedded.entries) > len(document.entries):
        own = tuple(entry for entry in embedded.entries if politeness_key(entry.url) == politeness_key(url))
        if len(own) >= _FEW:
            return replace(document, entries=own, warning=embedded.warning)
    return replace(document, lists=named_lists(links))


def _targets(links: PageLinks, url: str, learnt: Mapping[str, float]) -> list[_Target]:
    """The addresses of the page in order, with headline, date and teaser beside their links."""
    by_key: dict[str, list[Anchor]] = defaultdict(list)
    for anchor in links.anchors:
        by_key[url_key(anchor.url)].append(anchor)
    targets = [_Target(key, anchors, read_address(anchors[0].url, url)) for key, anchors in by_key.items()]
    _raise_runs(targets)
    for target in targets:
        if (weight := learnt.get(target.traits.pattern)) and target.traits.possible:
            target.traits = replace(target.traits, score=target.traits.score + weight)
    blocks = read_blocks(by_key, (target.key for target in targets if _is_plausible(target)))
    for target in targets:
        target.beside = blocks.get(target.key, NOTHING_BESIDE)
    return targets


def _raise_runs(targets: list[_Target]) -> None:
    """Let the links of runs count as articles by their addresses."""
    in_runs = keys_in_runs(Line(one.key, one.traits.pattern, tuple(one.anchors)) for one in targets)
    for target in targets:
        if target.key in in_runs:
            traits = target.traits
            shape = traits.shape or traits.pattern
            target.traits = replace(traits, possible=True, score=max(traits.score, _IN_RUN), shape=shape)


def _is_plausible(target: _Target) -> bool:
    traits = target.traits
    return (
        traits.possible and traits.score > _PLAUSIBLE and any(not anchor.refused for anchor in target.anchors)
    )


def _matching(targets: list[_Target], link_pattern: str) -> list[_Target]:
    try:
        pattern = re.compile(link_pattern)
    except re.error as error:
        raise ParseError("bad_pattern", f"link_pattern {link_pattern!r}: {error}") from error
    return [target for target in targets if pattern.search(target.url)]


def _articles(targets: list[_Target]) -> list[_Target]:
    possible = [target for target in targets if target.traits.possible and not _is_refused(target)]
    for target in possible:
        target.score = _own_score(target)
    lists = _means((anchor.path, target.score) for target in possible for anchor in target.anchors)
    alike = _means((target.traits.shape, target.score) for target in possible)
    judged = [_judged(target, lists, alike) for target in possible]
    least = _threshold(judged)
    return [target for target, score in zip(possible, judged, strict=True) if score >= least]


def _threshold(judged: list[float]) -> float:
    """From which score on an address of the page is an article."""
    passing = [score for score in judged if score >= _ARTICLE]
    return max(_ARTICLE, _OF_MEDIAN * median(passing)) if passing else _ARTICLE


def _is_refused(target: _Target) -> bool:
    """Whether every link to it says by ``rel`` that it is a tag, an author, an advertisement ..."""
    return all(anchor.refused for anchor in target.anchors)


def _own_score(target: _Target) -> float:
    named = target.named
    if named is not None:
        shown = _HEADING[named.rank] + _word_score(named.text)
    elif target.title:
        shown = _HEADING[2] if target.beside.headline else 0.0
    else:
        shown = _ONLY_LABELS if any(anchor.is_label for anchor in target.anchors) else _NAMELESS
    pictured = _WITH_IMAGE if target.title and any(anchor.has_image for anchor in target.anchors) else 0.0
    dated = _WITH_DATE if target.dates else 0.0
    teased = _WITH_TEASER if target.beside.teaser else 0.0
    return target.traits.score + shown + pictured + dated + teased - target.chrome


def _word_score(text: str) -> float:
    words = count_words(text)
    return next(gain for least, gain in _BY_WORDS if words >= least)


def _means(scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    grouped: dict[str, list[float]] = defaultdict(list)
    for group, score in scores:
        grouped[group].append(score)
    return {group: fmean(members) for group, members in grouped.items()}


def _judged(target: _Target, lists: dict[str, float], alike: dict[str, float]) -> float:
    best_list = max(lists[anchor.path] for anchor in target.anchors)
    return _ITSELF * target.score + _LIST * best_list + _ALIKE * alike[target.traits.shape]


def _stated_language(links: PageLinks) -> str | None:
    return language_code((links.root.get("lang") or "") if links.root is not None else "")


def _entry(target: _Target, reader: _DateReader) -> FeedEntry:
    title, teaser = target.title, target.beside.teaser
    return FeedEntry(
        url=target.url,
        title=_CONTROL.sub("", title)[: limits.TITLE_CHARACTERS],
        published=reader.first(target.dates),
        summary=_CONTROL.sub("", teaser)[: limits.SUMMARY_CHARACTERS] if teaser != title else "",
    )


def _picture_text(anchors: list[Anchor]) -> str:
    """What the picture of a link without text is called."""
    for image in _images(anchors):
        alternative = " ".join((image.get("alt") or "").split())
        if count_words(alternative) > 2 and not is_label(alternative):
            return alternative
    return ""


def _images(anchors: list[Anchor]) -> Iterator[html.HtmlElement]:
    for anchor in anchors:
        yield from anchor.element.iter("img")


def _warning(links: PageLinks, found: int) -> str | None:
    cut = f"more than {limits.LINKS_PER_PAGE} links: the rest was not looked at" if links.cut else None
    dropped = dropped_warning(max(0, found - limits.ENTRIES_PER_FEED))
    return join_warnings(cut, dropped, None if found else "no article links found")
