"""What a host has taught: which shapes of its addresses lead to articles, which to lists and walls. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from crawler.sections.addresses import address_pattern
from storage.records.sources import PageOutcome

# So many articles of a shape count for it; so many other pages, and no article among them, against it.
_ARTICLES, _OTHERS = 3, 5
# In the unit of `AddressTraits.score`.
_FOR, _AGAINST = 1.0, -3.0
_WALLS = frozenset({"challenge", "login", "wall"})

# What is older may have changed with the site, and a shape that was no article's is tried again then.
LEARNT_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ShapeCount:
    """A shape of addresses, with what its pages were."""

    pattern: str  # as `address_pattern` gives it
    articles: int
    others: int  # lists, walls and pages without text

    @property
    def weight(self) -> float:
        """What it adds to the score of an address; 0 if it has taught nothing yet."""
        if self.articles >= _ARTICLES and self.articles >= self.others:
            return _FOR
        return _AGAINST if self.others >= _OTHERS and not self.articles else 0.0


def learnt_shapes(outcomes: Iterable[PageOutcome]) -> tuple[ShapeCount, ...]:
    """The shapes of *outcomes* that have taught something, those with most pages first.

    Walls say something of a shape only where other shapes of the source give articles: a site that walls all of its
    pages today must be found again when it does not.
    """
    outcomes = tuple(outcomes)
    has_articles = any(one.is_article for one in outcomes)
    articles: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for one in outcomes:
        if one.is_article:
            articles[address_pattern(one.url)] += 1
        elif has_articles or one.reason not in _WALLS:
            others[address_pattern(one.url)] += 1
    counts = (ShapeCount(pattern, articles[pattern], others[pattern]) for pattern in {**articles, **others})
    taught = [count for count in counts if count.weight]
    return tuple(sorted(taught, key=lambda count: (-count.articles - count.others, count.pattern)))


def weights(outcomes: Iterable[PageOutcome]) -> Mapping[str, float]:
    """What each shape that has taught something adds to the score of its addresses."""
    return {count.pattern: count.weight for count in learnt_shapes(outcomes)}
