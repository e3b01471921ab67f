"""The dates that a page states, each with its place and with what it is said to be. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.pages.date_choice import (
    COARSE,
    DateCandidate,
    DateChoice,
    Place,
    PollBracket,
    choose_published,
    is_same_day,
)
from crawler.pages.outlet_names import title_key
from crawler.pages.page_edges import Edge, EdgeLine, Edges, read_lines
from crawler.pages.structured import MarkedTime, PageFacts, element_text
from crawler.text.ages import read_ages
from crawler.text.date_labels import Said, split_at_labels
from crawler.text.date_words import WEEKDAYS, fold
from crawler.text.dates import LabelledDate, read_clock, read_dates, read_day_of_year
from storage.records.articles import Precision, StatedDate

# An address names its day by path segments of their own (/2026/09/14/, /2026-09/14/, /20260914/, /20260914.html) or at
# the start or end of its slug; digits in the middle of a slug belong to the headline ("/2026/04/5-things").
_ADDRESS_DAY = re.compile(
    r"(?:^|/)(?:((?:19|20)\d\d)[/_.-](0?[1-9]|1[0-2])[/_.-](0?[1-9]|[12]\d|3[01])(?=/|$|\.[a-z])"
    r"|((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?=/|$|\.[a-z]|[-_][a-z_]))",
    re.IGNORECASE,
)
_SLUG_DAY = re.compile(r"(?<![\d-])((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?![\d-])")
# A visible date is a short line near the headline; behind that come dates of other articles.
_LINE_CHARACTERS = 120
_LINES_BELOW = 60
_LINES_ABOVE = 3
_LINES_AGAIN = 6
_LINES_READ = 700
# Without a headline among the lines, so many above the text may tell its date.
_LINES_ABOVE_TEXT = 12
_TITLE_LINE = 300
_TEXT_LINES, _TEXT_BEGINNING, _LEAST_BEGINNING = 4, 60, 20
# A line with more words beside its date is prose, whose date may be that of an event.
_DATE_LINE_WORDS, _SENTENCE_WORDS = 9, 4
_SENTENCE_END = re.compile(r"[^\W\d_]{2}[.!?。]$|[다요]\.?$")
# The first line of so many characters that a reader reads is the text.
_PROSE_CHARACTERS, _PROSE_SINGLES = 160, 70
_DATELINE_CHARACTERS, _DATELINE_LINES = 90, 3
# A <time> stands so far below the block of its line.
_LEVELS_OF_LINE = 4
_WITH_YEAR = re.compile(r"\d{4}|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d\d(?!\d)|[Jj]uche|주체|令和|平成|民國")
_CLOCK, _CLOCK_CHARACTERS = re.compile(r"\d{1,2}\s?[:h.時时시点點]\s?\d\d"), 30
_WORDS = re.compile(r"[^\W\d_]+")
_MACHINE_DATES = etree.XPath(
    "//body//*[not(self::time)][@time or @datetime or @data-time or @data-date or @data-datetime or @data-timestamp"
    " or @data-published or @data-utime or @data-pubdate or @timestamp or @unixtime or (self::abbr and @title)"
    " or @itemprop[starts-with(., 'date')]]"
)
_MACHINE_NAMES = (
    "datetime", "time", "data-datetime", "data-time", "data-date", "data-timestamp", "data-published", "data-utime",
    "data-pubdate", "timestamp", "unixtime", "content", "title",
)  # fmt: skip
_NAMED_DATE = etree.XPath(
    "//body//*[@class[contains(., 'date') or contains(., 'publish') or contains(., 'posted')"
    " or contains(., 'Date') or contains(., 'time')]]"
)
_NAMED = 20
_ABLE = (Said.UNSAID, Said.PUBLISHED)
_SCRIPT_DATE = re.compile(
    r"""\\?["']?(?:datePublished|published_?[Aa]t|published_?[Tt]ime|publish_?[Dd]ate|publication_?[Dd]ate|pub_?[Dd]ate"""
    r"""|first_?[Pp]ublish\w{0,10}|display_?[Dd]ate)\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?([^"'\\,;}<>]{8,40})"""
)
_SCRIPTS = etree.XPath("//script[not(@src)]")
_SCRIPT_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class PageDates:
    """When an article was published and changed, with all that was considered."""

    published: StatedDate | None
    modified: StatedDate | None
    choice: DateChoice
    candidates: tuple[DateCandidate, ...]  # in the order in which they were found


class DateReader:
    """Reads the dates of one page: knows its zone, language and when it was fetched."""

    def __init__(self, timezone: str | None, language: str | None, now: datetime) -> None:
        self.timezone, self.language, self.now = timezone, language, now

    def read(self, text: str, rule: str) -> StatedDate | None:
        """The first date in *text*; None if it states none, or only a month or year."""
        return next((one.date for one in self.read_all(text, rule)), None)

    def read_all(self, text: str, rule: str) -> list[LabelledDate]:
        """The dates in *text* that state a day, in order."""
        found = read_dates(text, rule=rule, timezone=self.timezone, now=self.now, language=self.language)
        return [one for one in found if one.date.precision not in (Precision.MONTH, Precision.YEAR)]

    def read_ages(self, text: str, rule: str) -> tuple[LabelledDate, ...]:
        """The dates that a line states by their age at the time of the fetch ("3 hours ago")."""
        return read_ages(text, rule=rule, timezone=self.timezone, now=self.now)


def read_page_dates(
    facts: PageFacts,
    tree: HtmlElement,
    url: str,
    title: str,
    text: str,
    entry: StatedDate | None,
    reader: DateReader,
    *,
    bracket: PollBracket | None = None,
    everything: bool = False,
) -> PageDates:
    """When the article was published and changed; what neither page nor *entry* (the feed's date) states is None.

    The page's shown text is searched only where its head, its address and *entry* leave something open, or for
    *everything*. *text* is the article's, whose first line may begin with a dateline.
    """
    candidates = list(_stated(facts, url, entry, reader))
    if everything or not _is_settled(candidates, reader.timezone):
        candidates.extend(_shown(facts, tree, title, text, reader))
    candidates.extend(_of_head(facts, reader))
    choice = choose_published(candidates, timezone=reader.timezone, bracket=bracket)
    return PageDates(choice.published, _modified(candidates), choice, tuple(candidates))


def _is_settled(candidates: list[DateCandidate], timezone: str | None) -> bool:
    """Whether the head of the page states a moment with its zone, and nothing else that was read speaks against it."""
    first = candidates[0] if candidates else None
    if first is None or first.place not in (Place.JSON_LD, Place.META):
        return False
    date = first.date
    is_bare_utc = (
        date.offset_minutes == 0 and timezone is None
    )  # the local day is known from shown text alone
    if date.precision in COARSE or date.zone is not None or is_bare_utc:
        return False
    return all(
        is_same_day(other.date, date, timezone) for other in candidates[1:] if other.place is not Place.SLUG
    )


def _stated(
    facts: PageFacts, url: str, entry: StatedDate | None, reader: DateReader
) -> Iterator[DateCandidate]:
    """What the head of the page, its address and its feed say of the publication."""
    for text, place, rule, where in (
        (facts.linked.published, Place.JSON_LD, "json-ld", "datePublished"),
        *((text, Place.META, "meta", "meta element") for text in facts.published),
    ):
        if text and (found := reader.read(text, rule)):
            yield DateCandidate(found, place, Said.PUBLISHED, where)
    yield from _in_address(url, reader)
    if entry:
        place = Place.LISTING if entry.rule == "listing" else Place.FEED
        yield DateCandidate(entry, place, Said.UNSAID, entry.rule)


def _of_head(facts: PageFacts, reader: DateReader) -> Iterator[DateCandidate]:
    """What the head of the page says of changes, and of its making."""
    if found := reader.read(facts.linked.modified, "json-ld"):
        yield DateCandidate(found, Place.JSON_LD, Said.MODIFIED, "dateModified")
    for text in facts.modified:
        if found := reader.read(text, "meta"):
            yield DateCandidate(found, Place.META, Said.MODIFIED, "meta element")
    if found := reader.read(facts.linked.created, "json-ld"):
        yield DateCandidate(found, Place.CREATED, Said.UNSAID, "dateCreated")


def _in_address(url: str, reader: DateReader) -> Iterator[DateCandidate]:
    path = url.split("?", 1)[0].split("#", 1)[0].split("://", 1)[-1]
    path = path[path.find("/") :] if "/" in path else ""
    for pattern, place in ((_ADDRESS_DAY, Place.ADDRESS), (_SLUG_DAY, Place.SLUG)):
        match = pattern.search(path)
        day = "-".join(part for part in match.groups() if part) if match else ""
        if match and (found := reader.read(day, "url")):
            yield DateCandidate(found, place, Said.UNSAID, match[0].strip("/"))
            return


def _modified(candidates: list[DateCandidate]) -> StatedDate | None:
    """When the article was last changed, by the most trusted place that says so."""
    order = (Place.JSON_LD, Place.META, Place.UPDATED, Place.UPDATED_BEHIND)
    changes = [one for one in candidates if one.said is Said.MODIFIED and one.place in order]
    return min(changes, key=lambda one: order.index(one.place)).date if changes else None


def _shown(
    facts: PageFacts, tree: HtmlElement, title: str, text: str, reader: DateReader
) -> Iterator[DateCandidate]:
    """What the page shows: time elements, lines around the headline, elements named as dates, the dateline."""
    lines = list(islice(read_lines(tree), _LINES_READ))
    start = _text_line(lines, text, title)
    headlines = _headline_lines(lines, title, start)
    headline = next(iter(headlines), None)
    known = [lines[number].block for number in (headline, start) if number is not None]
    edges = Edges(*known, *([] if headline is not None else _headline_elements(facts, title)))
    region = _region(lines, headlines, start)
    beside = {lines[number].block for number in region.below}
    for time in facts.times:
        yield from _of_time(time, edges, beside, reader)
    near = list(_near_headline(lines, region, edges, reader))
    yield from near
    if any(
        one.said in _ABLE and one.date.precision not in COARSE and one.place is not Place.AGE for one in near
    ):
        return
    machine = list(_for_machines(tree, edges, reader))
    yield from machine
    if not any(one.said in _ABLE and one.place is not Place.AGE for one in (*near, *machine)):
        yield from _named(tree, edges, reader)
        yield from _in_scripts(tree, reader)
    opening = lines[region.below.start : region.within.start + 2][:_DATELINE_LINES]
    yield from _dateline(text, [line.text for line in opening], reader)


def _headline_lines(lines: list[EdgeLine], title: str, text: int | None) -> list[int]:
    """The numbers of the lines that are the headline or end with it, the likeliest first.

    That is the last one above the *text*, an h1 before all others; without a text, the first.
    """
    wanted = title_key(title)
    if not wanted:
        return []
    found = [number for number, line in enumerate(lines) if _is_headline(line.text, title, wanted)]
    above = [number for number in found if text is None or number < text]
    marked = [number for number in above if lines[number].block.tag == "h1"]
    likely = marked or above or found
    first = likely[-1 if text is not None else 0 :][:1]
    return [*first, *(number for number in reversed(above) if number not in first)]


def _is_headline(line: str, title: str, wanted: str) -> bool:
    if not len(title) // 2 <= len(line) <= _TITLE_LINE:
        return False
    key = title_key(line)
    return key == wanted or (key.endswith(wanted) and f" {wanted}" in key)


def _headline_elements(facts: PageFacts, title: str) -> list[HtmlElement]:
    wanted = title_key(title)
    pairs = zip(facts.headings, facts.heading_elements, strict=True)
    return [element for heading, element in pairs if wanted and title_key(heading) == wanted][:1]


def _text_line(lines: list[EdgeLine], text: str, title: str) -> int | None:
    """The number of the line with which the article's text begins; of a short one, of the next that is long enough."""
    headline = title_key(title)
    for beginning in islice(text.split("\n"), _TEXT_LINES):
        wanted = beginning[:_TEXT_BEGINNING]
        if len(wanted) >= _LEAST_BEGINNING and (
            not headline or headline not in title_key(beginning[:_TITLE_LINE])
        ):
            found = next((number for number, line in enumerate(lines) if wanted in line.text), None)
            if found is not None:
                return found
    return None


def _of_time(
    time: MarkedTime, edges: Edges, beside: set[HtmlElement], reader: DateReader
) -> Iterator[DateCandidate]:
    """The dates of a <time>: of its attribute, and of the text that it shows."""
    said = (
        Said.PUBLISHED
        if time.is_published
        else Said.MODIFIED
        if time.is_modified
        else _label_before(time.element)
    )
    around = islice((time.element, *time.element.iterancestors()), _LEVELS_OF_LINE)
    edge = edges.of(time.element, is_beside=any(element in beside for element in around))
    shown = reader.read_all(time.text, "time")
    stated = reader.read(time.stated, "time") if time.stated else None
    if stated:
        labels = {one.said for one in shown} - {Said.UNSAID}
        own = labels.pop() if said is Said.UNSAID and len(labels) == 1 else said
        yield _placed(LabelledDate(stated, own), edge, "<time>", is_time=True)
    for one in shown:
        is_first_of_two = said is Said.MODIFIED and len(shown) > 1  # "17/06 01:57 | updated 17/06 19:20"
        inherited = one.said if one.said is not Said.UNSAID or is_first_of_two else said
        yield _placed(LabelledDate(one.date, inherited), edge, "text of <time>", is_time=True)


def _label_before(element: HtmlElement) -> Said:
    """What the words right before *element* say."""
    before = element.getprevious()
    parent = element.getparent()
    words = (before.tail or "").strip() or element_text(before) if before is not None else ""
    words = words or ((parent.text or "") if parent is not None else "")
    if not words or len(words) > _LINE_CHARACTERS:
        return Said.UNSAID
    return split_at_labels(fold(words))[-1].said


def _placed(one: LabelledDate, edge: Edge, where: str, *, is_time: bool) -> DateCandidate:
    """A date of the shown text as a candidate: what stands outside of the article says nothing of it."""
    if edge is not Edge.ARTICLE:
        return DateCandidate(
            one.date, Place.TIME if is_time else Place.LINE, Said.OTHER, f"{where} in the {edge.value}"
        )
    if one.said is Said.MODIFIED:
        return DateCandidate(one.date, Place.UPDATED, Said.MODIFIED, where)
    if one.said is Said.PUBLISHED:
        return DateCandidate(one.date, Place.SAID_TIME if is_time else Place.SAID_LINE, one.said, where)
    return DateCandidate(one.date, Place.TIME if is_time else Place.LINE, one.said, where)


@dataclass(frozen=True, slots=True)
class _Region:
    """The numbers of the lines in which an article's date may stand."""

    below: range  # between headline and text
    above: range  # the headline, nearest first
    within: range  # and behind the text
    again: list[int]  # below other lines that repeat the headline


def _region(lines: list[EdgeLine], headlines: list[int], text: int | None) -> _Region:
    headline = next(iter(headlines), None)
    if headline is None:
        headline = max(0, text - _LINES_ABOVE_TEXT) - 1 if text is not None else -1
    if text is None or text <= headline:
        behind = enumerate(lines[headline + 1 :], headline + 1)
        text = next((number for number, line in behind if _is_prose(line.text)), len(lines))
    return _Region(
        range(headline + 1, min(text, headline + 1 + _LINES_BELOW)),
        range(headline - 1, max(-1, headline - 1 - _LINES_ABOVE), -1),
        range(text, min(len(lines), text + _LINES_BELOW)),
        [
            number + step
            for number in headlines[1:3]
            for step in range(1, _LINES_AGAIN)
            if number + step < len(lines)
        ],
    )


def _near_headline(
    lines: list[EdgeLine], region: _Region, edges: Edges, reader: DateReader
) -> Iterator[DateCandidate]:
    """The dates in short lines between headline and text, then above the headline, then within and behind the text."""
    for number in region.below:
        yield from _below(lines, number, edges, reader)
    for number in region.above:
        for one in _of_line(lines, number, reader):
            is_head = number < region.above.start and _is_today(lines[number].text, one.date)
            edge = Edge.HEAD if is_head else edges.of(lines[number].block)
            yield _placed(one, edge, "line above the headline", is_time=False)
    for number in region.again:
        for one in _of_line(lines, number, reader):
            yield _placed(one, edges.of(lines[number].block), "line below a repeated headline", is_time=False)
    for number in region.within:
        yield from _within(lines, number, edges, reader)


def _below(lines: list[EdgeLine], number: int, edges: Edges, reader: DateReader) -> Iterator[DateCandidate]:
    for one in _of_line(lines, number, reader):
        edge = edges.of(lines[number].block, is_beside=True)
        found = _placed(one, edge, "line below the headline", is_time=False)
        yield _in_sentence(found, lines[number].text)
    for one in reader.read_ages(lines[number].text, "age"):
        edge = edges.of(lines[number].block, is_beside=True)
        found = _placed(one, edge, "line below the headline", is_time=False)
        yield replace(found, place=Place.AGE) if found.said in _ABLE else found


def _within(lines: list[EdgeLine], number: int, edges: Edges, reader: DateReader) -> Iterator[DateCandidate]:
    for one in _of_line(lines, number, reader):
        edge = Edge.FOOT if "©" in lines[number].text else edges.of(lines[number].block)
        found = _in_sentence(
            _placed(one, edge, "line in the text or behind it", is_time=False), lines[number].text
        )
        is_own = found.said is not Said.OTHER
        yield replace(found, place=_BEHIND.get(found.place, found.place)) if is_own else found


_BEHIND = {Place.LINE: Place.BODY_LINE, Place.SAID_LINE: Place.BODY_LINE, Place.UPDATED: Place.UPDATED_BEHIND}


def _may_date(text: str) -> bool:
    return len(text) <= _LINE_CHARACTERS and _WITH_YEAR.search(text) is not None


def _is_today(text: str, date: StatedDate) -> bool:
    """Whether a line above the headline is a paper's head: the weekday and no time of day."""
    return date.precision in COARSE and any(word in WEEKDAYS for word in _WORDS.findall(fold(text)))


def _in_sentence(found: DateCandidate, text: str) -> DateCandidate:
    """*found*, which is that of an event if it stands, without a label, in a sentence."""
    words = len(_WORDS.findall(text))
    is_sentence = words > _DATE_LINE_WORDS or (
        words > _SENTENCE_WORDS and _SENTENCE_END.search(text) is not None
    )
    if found.said is not Said.UNSAID or not is_sentence:
        return found
    return replace(found, said=Said.OTHER, where=f"{found.where}, in a sentence")


def _is_prose(text: str) -> bool:
    singles = 0 if text.isascii() else sum("\u3040" <= character <= "\ud7a3" for character in text)
    return len(text) > _PROSE_CHARACTERS or singles > _PROSE_SINGLES


def _of_line(lines: list[EdgeLine], number: int, reader: DateReader) -> list[LabelledDate]:
    """The dates of a short line; a label or a time of day may stand in the line beside it."""
    line = lines[number].text
    if not _may_date(line):
        return []
    found = reader.read_all(line, "text")
    if number and found and found[0].said is Said.UNSAID:
        before = lines[number - 1].text
        if len(before) <= 40 and not any(map(str.isdigit, before)):
            said = split_at_labels(fold(before))[-1].said
            found[0] = LabelledDate(found[0].date, said if said is not Said.OTHER else Said.UNSAID)
    if len(found) == 1 and found[0].date.precision in COARSE:
        found = [LabelledDate(_with_clock(found[0].date, lines, number, reader), found[0].said)]
    return found


def _with_clock(date: StatedDate, lines: list[EdgeLine], number: int, reader: DateReader) -> StatedDate:
    """*date* with the time of day that stands in the next line or the one before, if that holds nothing else."""
    for beside in (number + 1, number - 1):
        text = lines[beside].text if 0 <= beside < len(lines) else ""
        is_clock = len(text) <= _CLOCK_CHARACTERS and _CLOCK.search(text) is not None
        if is_clock and (timed := read_clock(text, date, timezone=reader.timezone)):
            return timed
    return date


def _for_machines(tree: HtmlElement, edges: Edges, reader: DateReader) -> Iterator[DateCandidate]:
    """Dates in attributes of elements that are no <time>: `<span data-time="1749106200">`."""
    for element in _MACHINE_DATES(tree)[:_NAMED]:
        for name in _MACHINE_NAMES:
            value = element.get(name)
            if value and (found := reader.read(value, "time")):
                marks = f"{element.get('itemprop')} {element.get('class')}".lower()
                is_change = "modif" in marks or "update" in marks
                said = Said.MODIFIED if is_change else Said.PUBLISHED if "publ" in marks else Said.UNSAID
                yield _placed(LabelledDate(found, said), edges.of(element), f"attribute {name}", is_time=True)
                break


def _named(tree: HtmlElement, edges: Edges, reader: DateReader) -> Iterator[DateCandidate]:
    """Dates of elements that are named as dates, wherever they stand."""
    for element in _NAMED_DATE(tree)[:_NAMED]:
        text = element_text(element)
        if len(text) > _LINE_CHARACTERS or not _WITH_YEAR.search(text):
            continue
        marks = (element.get("class") or "").lower()
        said = Said.MODIFIED if "update" in marks or "modif" in marks else Said.UNSAID
        if "current" in marks or "today" in marks:
            said = Said.OTHER
        for one in reader.read_all(text, "text"):
            own = one if one.said is not Said.UNSAID else LabelledDate(one.date, said)
            found = _placed(own, edges.of(element), "element named as a date", is_time=False)
            yield replace(found, place=Place.NAMED) if found.said in (Said.UNSAID, Said.PUBLISHED) else found


def _in_scripts(tree: HtmlElement, reader: DateReader) -> Iterator[DateCandidate]:
    """The date of publication in the page's state objects, where they state but one."""
    texts = (script.text or "" for script in _SCRIPTS(tree))
    stated = {
        match[1].strip() for text in texts for match in _SCRIPT_DATE.finditer(text[:_SCRIPT_CHARACTERS])
    }
    dates = [found for text in sorted(stated) if (found := reader.read(text, "script"))]
    if dates and len({date.at.date() for date in dates}) == 1:
        finest = min(dates, key=lambda date: (date.precision in COARSE, date.zone is not None))
        yield DateCandidate(finest, Place.SCRIPT, Said.PUBLISHED, "data of a script")


def _dateline(text: str, shown: list[str], reader: DateReader) -> Iterator[DateCandidate]:
    """The day in the dateline with which a wire's text begins; its year is the last one in which it can be."""
    for line in dict.fromkeys([*text.split("\n", _DATELINE_LINES)[:_DATELINE_LINES], *shown]):
        beginning = line[:_DATELINE_CHARACTERS]
        whole = _OPENING.search(beginning)
        if whole and (stated := reader.read(whole[0], "dateline")):
            yield DateCandidate(stated, Place.DATELINE, Said.UNSAID, "beginning of the text")
            return
        match = _DATELINE.search(beginning)
        if (
            match
            and _names_place(match[1])
            and (day := reader.read(match[0], "dateline") or read_day_of_year(match[0], reader.now))
        ):
            stated = StatedDate(day.at, Precision.DAY, match[0].strip(), "dateline")
            yield DateCandidate(stated, Place.DATELINE, Said.UNSAID, "beginning of the text")
            return


def _names_place(words: str) -> bool:
    """Whether most of the *words* before a day begin as names do, in scripts that have capitals."""
    found = [word for word in _WORDS.findall(words) if word[0].isupper() or word[0].islower()]
    capitals = sum(1 for word in found if word[0].isupper())
    return 2 * capitals >= len(found)


# A whole day with which a text opens, behind at most four words, and what sets it off from a sentence.
_OPENING = re.compile(
    r"^[\s(\[„\"“«]{0,3}(?:[^\W\d_]+[,.:]?\s){0,4}\(?(?:\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}\.?\s(?:de )?[^\W\d_]+\s(?:de )?\d{4}|[^\W\d_]+\.?\s\d{1,2},?\s\d{4}"
    r"|\d{4}[年년]\s?\d{1,2}[月월]\s?\d{1,2}[日일])"
    r"(?:\)|\.\)|\s?[-–—|/:(.„“«]|,? [A-ZА-Я]{3})"
)
# A place, a day, and what ends a dateline, at the beginning of a text.
_DATELINE = re.compile(
    r"^[\s(（【\[]{0,3}([^\n。]{0,40}?)"
    r"(?:[^\W\d_]{0,12}\.?\s?\d{1,2}(?:st|nd|rd|th|er|\.)?\s?(?:de )?[^\W\d_]{0,12}\.?(?:,? \d{4})?"
    r"|\d{1,2}[月월]\s?\d{1,2}[日일])"
    r"\s?(?:г\.)?,?[^\n\d]{0,40}?(?:\)|）|】|\]|/|--|—|–| - |=|[电電讯訊発發報报]|발|\. ?[A-ZА-ЯІЇЄҐ]{3,8}\.)"
)
