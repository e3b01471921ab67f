"""1,000 topics with seeds and 1,000 queries against an article of 300 words: time, memory, and what a profile costs.

    python -m benchmarks.many_topics [TOPICS] [ROUNDS]

Background, seeds and articles are made of invented words by Zipf's law; each topic has 40 words of its own, which one
word in twelve of its seed is, and each article is about two topics and has names of two queries. All profiles are
built from one cached background of 1,000 articles, as a crawl does. Prints the median CPU time of building a profile;
of scoring an article against all topics and queries, without its tokens, beside the same one by one; whether both
give the same; what each match's explanation adds; and the memory of a process that has loaded the index and nothing
else. Exits with 1 if a bar is missed.
"""

import pickle
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.many_queries import monitoring_query, words
from crawler.topics.corpus import Corpus
from crawler.topics.learn import build_profile
from crawler.topics.match import MatchContext, TopicIndex, TopicMatcher, score_topics
from crawler.topics.profile import profile_to_json, score_counts
from crawler.topics.terms import SeedText, term_list
from storage.query import QueryDocument, match_query, search_terms
from storage.records.articles import Article
from storage.records.topics import Topic

SCORE_BAR_MS, BUILD_BAR_MS, MEMORY_BAR_MB = 3.0, 150.0, 150
WORDS, VOCABULARY, NAMES, BACKGROUND = 300, 30_000, 6_000, 1_000
OWN_WORDS, OWN_SHARE, NAME_SHARE = 40, 1 / 12, 1 / 20
CONTEXT = MatchContext("generated")


class Language:
    """Invented words with the frequencies of a language, and topics in it."""

    def __init__(self, number: int) -> None:
        """*number* topics, each with its own words and a query of names."""
        self.chance = random.Random(7)
        invented = words(self.chance, VOCABULARY + NAMES)
        self.words, self.names = invented[:VOCABULARY], invented[VOCABULARY:]
        self.totals, total = [], 0.0
        for rank in range(VOCABULARY):
            total += 1 / (rank + 2.7)
            self.totals.append(total)
        self.topics = [self.chance.sample(self.words[200:], OWN_WORDS) for _ in range(number)]
        self.matchers: list[TopicMatcher] = []

    def text(self, own: Sequence[str] = (), names: Sequence[str] = ()) -> str:
        """Paragraphs of WORDS words, a share of them from *own* and from *names*."""
        found = self.chance.choices(self.words, cum_weights=self.totals, k=WORDS)
        for others, share in ((own, OWN_SHARE), (names, NAME_SHARE)):
            found = [
                self.chance.choice(others) if others and self.chance.random() < share else word
                for word in found
            ]
        return "\n".join(" ".join(found[begin : begin + 60]) for begin in range(0, WORDS, 60))

    def article(self) -> Article:
        """An article about two topics."""
        one, other = self.chance.sample(range(len(self.topics)), 2)
        queries = [query for number in (one, other) if (query := self.matchers[number].any)]
        names = [name.strip("*") for query in queries for name in search_terms(query)]
        own = [*self.topics[one], *self.topics[other]]
        title = " ".join(self.topics[one][:4])
        return Article("http://generated.example/1", title, self.text(own, names), language="en")

    def learn(self) -> list[float]:
        """Build the topics' profiles; the CPU milliseconds of each."""
        backgrounds = (
            # Every fifth article of a background is on one of the topics.
            self.text(self.chance.choice(self.topics) if number % 5 == 0 else ())
            for number in range(BACKGROUND)
        )
        corpus = Corpus.of("en", [term_list("", text, "en") for text in backgrounds])
        times = []
        for number, own in enumerate(self.topics):
            seed = SeedText(" ".join(own[:6]), self.text(own), "en")
            taken, profile = cpu_ms(lambda seed=seed: build_profile([seed], corpus))  # type: ignore[misc]
            query = monitoring_query(self.chance, self.names, self.words)
            self.matchers.append(TopicMatcher.of(Topic(f"topic-{number}", any=query), {"en": profile}))
            times.append(taken)
        return times


def cpu_ms(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU milliseconds of *work*, and what it gave."""
    began = time.process_time()
    found = work()
    return 1_000 * (time.process_time() - began), found


def main() -> int:
    """0 if the bars are kept."""
    if sys.argv[1:2] == ["--load"]:
        return load(Path(sys.argv[2]))
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 11
    language = Language(number)
    built_ms = statistics.median(language.learn())
    index = TopicIndex.of(language.matchers)
    print(
        f"{number} topics with a seed and a query, {rounds} articles of {WORDS} words, background {BACKGROUND}"
    )
    is_fast = measure(language, index, rounds)
    profiles = [matcher.profiles["en"] for matcher in language.matchers]
    stored_kb = statistics.median(len(profile_to_json(profile)) for profile in profiles) / 1_024
    weights = statistics.median(len(one.regression.weights) // 4 for one in profiles if one.regression)
    memory_mb = memory_of(index)
    print(
        f"a profile is built in {built_ms:.0f} ms (bar {BUILD_BAR_MS:.0f}) and stored in {stored_kb:.0f} KB, with "
        f"{weights:.0f} weights"
    )
    print(f"memory of a process with the index: {memory_mb:.0f} MB (bar {MEMORY_BAR_MB} at 1,000)")
    return 0 if is_fast and built_ms <= BUILD_BAR_MS and memory_mb <= MEMORY_BAR_MB else 1


def measure(language: Language, index: TopicIndex, rounds: int) -> bool:
    """Print what an article costs; whether the bar is kept and all ways agree."""
    times: dict[str, list[float]] = {"tokens": [], "scores": [], "one by one": [], "each match": []}
    agree, matched = True, []
    for _ in range(rounds):
        article = language.article()
        scored = score_topics(article, CONTEXT, index)
        counts = Counter(scored.terms)
        document = QueryDocument.of(article.title, article.text, language="en")
        ways: dict[str, Callable[[], Any]] = {
            "tokens": lambda seen=article: read(seen),  # type: ignore[misc]
            "scores": lambda seen=counts, other=document: (  # type: ignore[misc]
                index.languages["en"].profiles.scores(seen).values,
                rule_hits(index, other),
            ),
            "one by one": lambda seen=counts, other=document: (  # type: ignore[misc]
                [score_counts(one.profiles["en"], seen).value for one in language.matchers],
                [match_query(one.any, other) is not None for one in language.matchers if one.any],
            ),
            "each match": lambda seen=article: score_topics(seen, CONTEXT, index),  # type: ignore[misc]
        }
        found = {}
        for name, way in ways.items():
            taken, found[name] = cpu_ms(way)
            times[name].append(taken)
        times["each match"][-1] -= times["tokens"][-1] + times["scores"][-1]
        times["each match"][-1] /= max(len(scored.matches), 1)
        matched.append(len(scored.matches))
        values, alone = found["scores"][0], found["one by one"][0]
        agree = (
            agree and max(abs(values - alone)) < 1e-2 and found["scores"][1] == sum(found["one by one"][1])
        )
    median = {name: statistics.median(taken) for name, taken in times.items()}
    print(
        f"an article against all: {median['scores']:.2f} ms beyond its tokens (bar {SCORE_BAR_MS:g}; tokens "
        f"{median['tokens']:.2f} ms), one by one {median['one by one'] / median['scores']:.0f} times; "
        f"the same scores and hits: {agree}"
    )
    print(
        f"each of {statistics.median(matched):.0f} matches is explained in {median['each match']:.2f} ms more"
    )
    return median["scores"] <= SCORE_BAR_MS and agree


def rule_hits(index: TopicIndex, document: QueryDocument) -> int:
    """How many rules find the article."""
    queries = [matcher.any for matcher in index.matchers]
    return sum(
        match_query(query, document) is not None
        for number in index.any_queries.candidates(document.fields.values())
        if (query := queries[number]) is not None
    )


def read(article: Article) -> object:
    """What has to be done for any number of topics: the tokens and terms of the article."""
    QueryDocument.of(article.title, article.text, language=article.language)
    return term_list(article.title, article.text, article.language)


def memory_of(index: TopicIndex) -> float:
    """Megabytes of a new process that has loaded *index* and held an article against it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.pickle"
        file.write_bytes(pickle.dumps(index, protocol=pickle.HIGHEST_PROTOCOL))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.many_topics", "--load", str(file)],
            check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip
    return float(done.stdout)


def load(file: Path) -> int:
    """Print the megabytes of this process once it has loaded an index and used it."""
    with file.open("rb") as stream:
        index = pickle.load(stream)
    score_topics(Article(None, "one", "two three", language="en"), CONTEXT, index)
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    print(int(line.split()[1]) / 1_024)
    return 0


if __name__ == "__main__":
    sys.exit(main())
