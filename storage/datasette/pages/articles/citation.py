"""How an article is cited: plain, Chicago (17th edition, bibliography), BibTeX (biblatex's @online) and RIS. Pure.

The day of access is the day on which the text that is shown was read, since that is what is cited.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from storage.datasette.pages.wording import clean, is_web_address, read_time

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_PARTS = {"year": 1, "month": 2}
_BIBTEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
# ISO 639-1 in biblatex's names of languages; others are left out.
_LANGUAGES = {
    "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "pl": "polish",
    "pt": "portuguese", "ru": "russian", "uk": "ukrainian",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CitedArticle:
    """What a citation needs."""

    article_id: int
    title: str
    outlet: str
    authors: str | None  # separated by "; "
    published_at: str | None  # as stored, UTC
    precision: str | None
    read_at: str
    url: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Citation:
    """An article cited in each form."""

    plain: str
    chicago: str
    bibtex: str
    ris: str


def citation(article: CitedArticle) -> Citation:
    """The *article* in each form; what is unknown is left out, an undated one is "n.d."."""
    return Citation(_plain(article), _chicago(article), _bibtex(article), _ris(article))


def _plain(article: CitedArticle) -> str:
    published = _date_parts(article.published_at, article.precision)
    said = [
        ", ".join(_authors(article)),
        f"“{_title(article)}”",
        _line(article.outlet),
        _long(published) or "n.d.",
    ]
    return f"{', '.join(filter(None, said))}{_behind(_url(article), ', ')} (read {article.read_at[:10]})."


def _chicago(article: CitedArticle) -> str:
    authors = _listed(_authors(article))
    published = _american(_date_parts(article.published_at, article.precision)) or "n.d."
    accessed = _american(_date_parts(article.read_at, "day"))
    title = _title(article)
    ended = title if title[-1] in ".?!。？！" else f"{title}."
    said = [
        f"{authors}." if authors else "",
        f"“{ended}”",
        f"{_line(article.outlet)}, {published.rstrip('.')}.",
    ]
    said += [f"Accessed {accessed}."] if accessed else []
    return " ".join(filter(None, said)) + _behind(_url(article), " ", ".")


def _bibtex(article: CitedArticle) -> str:
    published = _iso(_date_parts(article.published_at, article.precision))
    fields = {
        "author": " and ".join(_name(author) for author in _authors(article)),
        "title": f"{{{_escaped(_title(article))}}}",
        "organization": _escaped(_line(article.outlet)),
        "date": published,
        "url": re.sub(r"[{}\\\s]", lambda odd: f"%{ord(odd[0]):02X}", _url(article)),
        "urldate": article.read_at[:10],
        "langid": _LANGUAGES.get(article.language or "", ""),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@online{{seedwatch{article.article_id},\n{lines}}}\n"


def _ris(article: CitedArticle) -> str:
    parts = _date_parts(article.published_at, article.precision)
    fields = [
        ("TY", "NEWS"),
        *(("AU", author) for author in _authors(article)),
        ("TI", _title(article)),
        ("T2", _line(article.outlet)),
        ("PY", f"{parts[0]:04}" if parts else ""),
        ("DA", "/".join(f"{part:02}" for part in parts)),
        ("UR", _url(article)),
        ("Y2", article.read_at[:10].replace("-", "/")),
        ("LA", _line(article.language)),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields if value) + "ER  - \r\n"


def _date_parts(stored: str | None, precision: str | None) -> tuple[int, ...]:
    """Year, month and day, as far as they are known; () if it is no date."""
    at = read_time(stored)
    return (at.year, at.month, at.day)[: _PARTS.get(precision or "", 3)] if at else ()


def _long(parts: Sequence[int]) -> str:
    """14 September 2026."""
    named = (
        [str(parts[0]), *(_MONTHS[month - 1] for month in parts[1:2]), *(str(day) for day in parts[2:])]
        if parts
        else []
    )
    return " ".join(reversed(named))


def _american(parts: Sequence[int]) -> str:
    """September 14, 2026."""
    return f"{_MONTHS[parts[1] - 1]} {parts[2]}, {parts[0]}" if len(parts) == 3 else _long(parts)


def _iso(parts: Sequence[int]) -> str:
    return "-".join(f"{part:02}" for part in parts)


def _authors(article: CitedArticle) -> list[str]:
    return [name for name in map(_line, (article.authors or "").split(";")) if name]


def _listed(names: Sequence[str]) -> str:
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def _name(author: str) -> str:
    """For BibTeX, which parts a list at each "and" and a name at its commas."""
    escaped = _escaped(author)
    return f"{{{escaped}}}" if re.search(r"\band\b|,", author) else escaped


def _escaped(text: str) -> str:
    return "".join(_BIBTEX.get(character, character) for character in text)


def _title(article: CitedArticle) -> str:
    return _line(article.title) or "(no headline)"


def _line(text: object) -> str:
    return " ".join(clean(text).split())


def _url(article: CitedArticle) -> str:
    return clean(article.url) if is_web_address(article.url) else ""


def _behind(text: str, before: str, after: str = "") -> str:
    return f"{before}{text}{after}" if text else ""
