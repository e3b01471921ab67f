"""When a page's article was published and changed, out of all places that say so. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from lxml import etree
from lxml.html import HtmlElement

from crawler.pages.structured import PageFacts, element_text, page_lines
from crawler.pages.titles import title_key
from crawler.text.dates import read_date
from storage.records.articles import Precision, StatedDate

# Addresses with the day: /2026/09/14/, /2026-09/14/, /20260914. A month alone is not enough.
_URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:[/_.-](\d{1,2})[/_.-](\d{1,2})|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))(?!\d)"
)
_YEAR = re.compile(r"(?:19|20|25)\d\d|(?:주체|[Jj]uche|令和)\s?\d")
# A visible date is a short line near the headline; behind that come dates of other articles.
_LINE_CHARACTERS = 120
_LINES_BELOW = 60
_LINES_ABOVE = 3
_LINES_WITHOUT_HEADLINE = 80
_NAMED_DATE = etree.XPath(
    "//body//*[(@class[contains(., 'date') or contains(., 'publish') or contains(., 'posted')]"
    " or @itemprop[contains(., 'datePublished')])"
    " and not(@class[contains(., 'update') or contains(., 'current')])]"
)
_NAMED = 20
_COARSE = frozenset({Precision.DAY, Precision.MONTH, Precision.YEAR})


class DateReader:
    """Reads the dates of one page: knows its zone, language and when it was fetched."""

    def __init__(self, timezone: str | None, language: str | None, now: datetime) -> None:
        self.timezone, self.language, self.now = timezone, language, now

    def read(self, text: str, rule: str) -> StatedDate | None:
        """The date in *text*; None if it states none, or only a month or year."""
        found = read_date(text, rule=rule, timezone=self.timezone, now=self.now, language=self.language)
        return None if found is None or found.precision in (Precision.MONTH, Precision.YEAR) else found

    def first(self, texts: Iterable[str], rule: str) -> StatedDate | None:
        """The first date that can be read of *texts*."""
        return next((found for text in texts if text and (found := self.read(text, rule))), None)


def read_published(
    facts: PageFacts, tree: HtmlElement, url: str, title: str, entry: StatedDate | None, reader: DateReader
) -> StatedDate | None:
    """When the article was published; None if neither page nor *entry* (the feed's date) says so.

    Of the page's places the most trusted decides the day; another one that states the same day more precisely, or with
    a zone, gives the time. The feed's date counts as the last of them.
    """
    stated = [found for found in _stated(facts, url, reader) if found]
    if not stated and (line := _visible(tree, title, reader)):
        stated.append(line)
    if entry:
        stated.append(entry)
    if not stated:
        return reader.first([facts.linked.created], "json-ld")
    best = stated[0]
    for other in stated[1:]:
        if _worth(other) > _worth(best) and _is_same_day(best, other, reader.timezone):
            best = other
    return best


def read_modified(facts: PageFacts, reader: DateReader) -> StatedDate | None:
    """When the page says that the article was last changed; None if it does not."""
    marked = [time.text for time in facts.times if time.is_modified]
    return (
        reader.first([facts.linked.modified], "json-ld")
        or reader.first(facts.modified, "meta")
        or reader.first(marked, "time")
    )


def _stated(facts: PageFacts, url: str, reader: DateReader) -> Iterator[StatedDate | None]:
    yield reader.first([facts.linked.published], "json-ld")
    yield reader.first(facts.published, "meta")
    # Before <time>: lists of other articles have such elements too, and sometimes stand first.
    yield date_in_url(url, reader)
    yield reader.first([time.text for time in facts.times if time.is_published], "time")
    yield reader.first([time.text for time in facts.times if not time.is_modified], "time")


def date_in_url(url: str, reader: DateReader) -> StatedDate | None:
    """The day that the path of *url* names; None if none."""
    match = _URL_DAY.search(url.split("?", 1)[0])
    return reader.read("-".join(part for part in match.groups() if part), "url") if match else None


def _visible(tree: HtmlElement, title: str, reader: DateReader) -> StatedDate | None:
    """The date in a short line below the headline, else in an element that is named so, else above the headline."""
    wanted = title_key(title)
    lines = page_lines(tree)
    at = next((number for number, line in enumerate(lines) if wanted and title_key(line) == wanted), None)
    below = lines[:_LINES_WITHOUT_HEADLINE] if at is None else lines[at + 1 : at + 1 + _LINES_BELOW]
    above = lines[max(0, at - _LINES_ABOVE) : at] if at else []
    marked = [element_text(element) for element in _NAMED_DATE(tree)[:_NAMED]]
    near = (line for line in [*below, *marked, *reversed(above)] if len(line) <= _LINE_CHARACTERS)
    return reader.first((line for line in near if _YEAR.search(line)), "text")


def _worth(date: StatedDate) -> tuple[bool, bool]:
    """Whether a time is stated, and whether its zone is."""
    return date.precision not in _COARSE, date.precision not in _COARSE and date.zone is None


def _is_same_day(base: StatedDate, other: StatedDate, timezone: str | None) -> bool:
    """Whether *other* may be *base* said more precisely."""
    if base.precision not in _COARSE:
        # The zone was assumed: the same moment in another zone is off by up to 14 hours, in quarters of an hour.
        apart = abs((base.at - other.at).total_seconds())
        return apart <= 14 * 3_600 and apart % 900 < 60
    return base.at.date() in _local_days(other, timezone)


def _local_days(date: StatedDate, timezone: str | None) -> set[object]:
    """The calendar days on which *date* may be said to lie: in its own zone, the source's and UTC."""
    days: set[object] = {date.at.date(), (date.at + timedelta(minutes=date.offset_minutes or 0)).date()}
    try:
        return days | {date.at.astimezone(ZoneInfo(timezone)).date()} if timezone else days
    except (ValueError, OSError, LookupError):
        return days
