"""1,000 monitoring queries against an article of 300 words: all of them, those that the index leaves, and FTS5.

    python -m benchmarks.many_queries [QUERIES] [ROUNDS]

The queries are groups of aliases joined by NEAR, groups of phrases with AND and NOT, and groups of beginnings, made
of invented words; names come as often as in news. Each round takes another article and the three ways in turn:
`match_query` for all queries; `QueryIndex.candidates` and `match_query` for what it leaves; and an FTS5 table of one
row, that is filled with the article and asked for each query (what a percolator over SQLite costs; its finds are not
checked). Prints the median CPU time of each, their ratios, and whether the first two find the same. Exits with 1 if
the prefiltered way misses the bar or finds something else.
"""

import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable

from storage.analyser import index_text
from storage.query import Query, QueryDocument, QueryIndex, match_query, parse_query, plan_fts, search_terms

BAR_MS = 2.0
WORDS = 300
SYLLABLES = [a + b for a in "bdfgklmnprstv" for b in ("a", "e", "i", "o", "u", "an", "or")]


def words(chance: random.Random, number: int) -> list[str]:
    """Invented words, each once, of two to four syllables."""
    found: dict[str, None] = {}
    while len(found) < number:
        found["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))] = None
    return list(found)


def entity(chance: random.Random, names: list[str]) -> list[str]:
    """The aliases of an entity: words, phrases, a beginning."""
    aliases = chance.sample(names, chance.randint(3, 8))
    phrase = f'"{chance.choice(names)} {chance.choice(names)}"'
    return [*aliases, phrase, f"{chance.choice(names)[:6]}*"]


def monitoring_query(chance: random.Random, names: list[str], common: list[str]) -> str:
    """A query as analysts write them."""
    one, other = (" OR ".join(entity(chance, names)) for _ in range(2))
    kind = chance.random()
    if kind < 0.5:
        return f"({one}) NEAR/{chance.choice([5, 10, 30])} ({other})"
    if kind < 0.8:
        return f"({one}) AND ({other}) AND NOT title:{chance.choice(common)}"
    return f'({one}) AND ("{chance.choice(common)} {chance.choice(common)}" OR {chance.choice(common)[:5]}*)'


def article(chance: random.Random, queries: list[Query], common: list[str]) -> tuple[str, str]:
    """A title and a text of WORDS words, common ones by Zipf's law, and names of two of *queries*, 1 word in 20."""
    weights = [1 / (rank + 1) for rank in range(len(common))]
    own = [name.strip("*") for query in chance.sample(queries, 2) for name in search_terms(query)]
    found = [
        chance.choice(own) if chance.random() < 0.05 else word
        for word in chance.choices(common, weights, k=WORDS + 10)
    ]
    return " ".join(found[:10]), " ".join(found[10:])


def cpu_ms(work: Callable[[], set[int]]) -> tuple[float, set[int]]:
    """CPU milliseconds of *work*, and what it found."""
    began = time.process_time()
    found = work()
    return 1_000 * (time.process_time() - began), found


def fts_finds(connection: sqlite3.Connection, matches: list[str], title: str, text: str) -> set[int]:
    """The numbers of the queries that find the one row."""
    connection.execute("DELETE FROM one")
    connection.execute("INSERT INTO one VALUES (?, ?)", [index_text(title, "en"), index_text(text, "en")])
    sql = "SELECT 1 FROM one WHERE one MATCH ?"
    return {number for number, match in enumerate(matches) if connection.execute(sql, [match]).fetchone()}


def main() -> int:
    """0 if the bar is kept."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 11
    chance = random.Random(7)
    names, common = words(chance, 6_000), words(chance, 4_000)
    queries: list[Query] = [parse_query(monitoring_query(chance, names, common)) for _ in range(number)]
    began = time.process_time()
    index = QueryIndex.of(queries)
    built_ms = 1_000 * (time.process_time() - began)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE one USING fts5(title, text)")
    matches = [plan_fts(query, ["en"]).match or "" for query in queries]
    times: dict[str, list[float]] = {"all": [], "index": [], "fts5": []}
    left, found, same = [], [], True
    for _ in range(rounds):
        title, text = article(chance, queries, common)
        document = QueryDocument.of(title, text, language="en")
        ways: dict[str, Callable[[], set[int]]] = {
            "all": lambda seen=document: {  # type: ignore[misc]
                at for at, query in enumerate(queries) if match_query(query, seen) is not None
            },
            "index": lambda seen=document: {  # type: ignore[misc]
                at
                for at in index.candidates(seen.fields.values())
                if match_query(queries[at], seen) is not None
            },
            "fts5": lambda one=title, other=text: fts_finds(connection, matches, one, other),  # type: ignore[misc]
        }
        results = {}
        for name, way in ways.items():
            taken, results[name] = cpu_ms(way)
            times[name].append(taken)
        same = same and results["all"] == results["index"] <= results["fts5"]
        left.append(len(index.candidates(document.fields.values())))
        found.append(len(results["all"]))
    median = {name: statistics.median(taken) for name, taken in times.items()}
    print(f"{number} queries, {rounds} articles of {WORDS} words; index built in {built_ms:.0f} ms")
    print(
        f"with the index {median['index']:.2f} ms (bar {BAR_MS}), without {median['all']:.2f} ms "
        f"({median['all'] / median['index']:.0f} times), FTS5 with one row {median['fts5']:.2f} ms "
        f"({median['fts5'] / median['index']:.0f} times)"
    )
    print(
        f"left to evaluate {statistics.median(left):.0f} of {number}, found {statistics.median(found):.0f}; "
        f"the same finds: {same}"
    )
    return 0 if same and median["index"] <= BAR_MS else 1


if __name__ == "__main__":
    sys.exit(main())
