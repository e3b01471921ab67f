"""Made-up articles for tests of topics: a stream of common words, some about a strait."""

from crawler.topics.corpus import Corpus
from crawler.topics.rarity import TermFrequencies
from crawler.topics.terms import SeedText, term_list

COMMON = TermFrequencies(
    "en",
    {"the": 0.05, "of": 0.025, "and": 0.025, "in": 0.02, "by": 0.005, "was": 0.01, "said": 0.005, "to": 0.03},
    {},
    {},
    5e-7,
)
SEED = SeedText(
    "Tunnel under the Kelder Strait",
    "The ferries and the tunnel of the strait were planned by the two governments in 2026.",
    "en",
)
SECOND = SeedText(
    "Ferry crews strike in the strait", "Crews of the ferry say the tunnel takes their work.", "en"
)
PEARS = SeedText("Pears", "A good harvest of pears.", "en")
SUBJECTS = ("harvest", "museum", "football", "budget", "weather", "railway", "opera")


def story(number: int) -> SeedText:
    """An article about something else; every tenth names a ferry."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    ferry = "A ferry was late." if number % 10 == 0 else ""
    return SeedText(
        f"The {subject} of town {_letters(number)}",
        f"The {subject} was said to be good in {_letters(number)}, by and of the people. {ferry}",
        "en",
    )


def background(articles: int) -> list[list[str]]:
    """The terms of so many articles about something else."""
    return [terms_of(story(number)) for number in range(articles)]


def terms_of(text: SeedText) -> list[str]:
    """The article as a background keeps it."""
    return term_list(text.title, text.text, text.language)


def corpus(articles: int, *more: SeedText) -> Corpus:
    """The corpus of so many articles about something else, and of *more*."""
    return Corpus.of("en", [*background(articles), *map(terms_of, more)], COMMON)


def _letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number:04d}") + "x"
