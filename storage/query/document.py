"""An article as queries see it: read once, held against many. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from itertools import pairwise

from storage.analyser import Outline, Token, fold, outline, tokens

TITLE_AND_TEXT = ("title", "text")


@dataclass(frozen=True, slots=True)
class FieldOutline:
    """What stands in a title or text, but not where: enough to tell which queries cannot match."""

    outline: Outline
    terms: Set[str]

    @classmethod
    def of(cls, text: str, language: str | None) -> "FieldOutline":
        """The outline of *text*."""
        read = outline(text, language)
        return cls(read, frozenset(read.terms))

    @property
    def pairs(self) -> Set[str]:
        """The terms of two single characters one behind the other, whatever stands between them."""
        found, last = self.outline.terms, -1
        pairs: set[str] = set()
        for first, behind in self.outline.runs:
            begin = first - 1 if first == last else first
            pairs.update(map(str.__add__, found[begin : behind - 1], found[begin + 1 : behind]))
            last = behind
        return pairs

    @property
    def ordered(self) -> Iterable[str]:
        """The unstemmed words, each once."""
        return set(self.outline.words)


@dataclass(frozen=True, slots=True)
class FieldTokens:
    """The tokens of a title or text, and where each stands."""

    tokens: tuple[Token, ...]
    places: Mapping[str, list[int]]  # positions of each term, rising
    words: Mapping[str, list[int]]  # positions of each unstemmed word, rising
    ordered: tuple[str, ...]  # the unstemmed words, sorted
    steps: tuple[int, ...]  # for each token the number of its word, from 0
    first_paragraph: int  # tokens of the first line that has any

    @classmethod
    def of(cls, text: str, language: str | None) -> "FieldTokens":
        """The tokens of *text*."""
        stream = tokens(text, language)
        lead = len(text) - len(text.lstrip())
        line_end = text.find("\n", lead)
        first = len(stream) if line_end < 0 else bisect_left(stream, line_end, key=lambda token: token.start)
        return cls.made_of(stream, first)

    @classmethod
    def made_of(cls, stream: Iterable[Token], first_paragraph: int) -> "FieldTokens":
        """The field of these tokens."""
        kept = tuple(stream)
        places: dict[str, list[int]] = {}
        words: dict[str, list[int]] = {}
        for position, token in enumerate(kept):
            places.setdefault(token.term, []).append(position)
            words.setdefault(token.word, []).append(position)
        return cls(kept, places, words, tuple(sorted(words)), _steps(kept), first_paragraph)

    @property
    def terms(self) -> Set[str]:
        """The terms."""
        return self.places.keys()

    @property
    def pairs(self) -> Set[str]:
        """The terms of two single characters one behind the other, whatever stands between them."""
        return {own.term + other.term for own, other in pairwise(self.tokens) if own.single and other.single}

    @property
    def length(self) -> int:
        """The field's length in words, counted as NEAR counts them."""
        return self.steps[-1] + 1 if self.steps else 0


@dataclass(frozen=True, slots=True)
class QueryDocument:
    """An article, read once for all queries."""

    fields: Mapping[str, FieldTokens]  # title, text, section
    facts: Mapping[str, str]  # lang, source, domain, country; folded, "" if unknown
    language: str | None
    date: str = ""  # the ISO day, month or year that `date:` compares; "" if unknown
    tags: frozenset[str] = frozenset()  # of its source, folded

    @classmethod
    def of(
        cls,
        title: str,
        text: str,
        *,
        language: str | None = None,
        source: str = "",
        domain: str | None = None,
        country: str | None = None,
        section: str | None = None,
        date: str = "",
        tags: Iterable[str] = (),
    ) -> "QueryDocument":
        """The article with *title* and *text*; *domain* is its host, *source* the outlet's name.

        *date* is what `query_days.article_days` makes of the published and first seen times.
        """
        texts = {"title": title, "text": text, "section": section or ""}
        facts = {"lang": language, "source": source, "domain": domain, "country": country}
        return cls(
            {name: FieldTokens.of(value, language) for name, value in texts.items()},
            {name: fold(value or "") for name, value in facts.items()},
            language,
            date,
            frozenset(map(fold, tags)),
        )


def _steps(stream: Iterable[Token]) -> tuple[int, ...]:
    """For each token the number of its word; n neighbouring single characters are ceil(n / 2) words."""
    steps: list[int] = []
    step, in_run = -1, 0
    for token in stream:
        if not token.single:
            in_run = 0
            step += 1
        else:
            in_run = in_run + 1 if token.joined and in_run else 1
            step += in_run % 2
        steps.append(step)
    return tuple(steps)
