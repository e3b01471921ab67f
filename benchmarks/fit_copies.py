"""Fits the weights by which copies are known, and writes crawler/stories/copy_weights.py.

`python -m benchmarks.fit_copies FOLDER [--write]` reads every .jsonl and .jsonl.gz file of FOLDER: lines with id, url,
title, text, published (ISO 8601 or "") and cluster; lines with one cluster tell one story, in the order in which they
came. An optional suite separates sets that know nothing of each other; an optional first line {"ignore": [[id, id]]}
names pairs that no person could judge. Each pair counts a second time, less, with headlines that say nothing, so that
the weights do not rest on headlines alone. Prints the errors on lines that the weights were not fitted to, in five
folds.
"""

import argparse
import gzip
import heapq
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from crawler.stories.compare import ComparedText
from crawler.stories.judge import evidence, likenesses
from crawler.stories.shingles import anchors
from crawler.text.equality import text_hash

Numbers = NDArray[np.float64]
TARGET = Path(__file__).parents[1] / "crawler" / "stories" / "copy_weights.py"
FOLDS = 5
ARTICLES_PER_ANCHOR, SIMILAR = 48, 4
_NO_TITLES: dict[str, Any] = {"title_overlap": 1.0, "title_replaced": 0.0, "swaps_titled": 0}
_NO_TITLES_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair of texts with what a person said of it."""

    evidence: dict[str, float]
    is_copy: bool
    fold: int
    suite: str
    weight: float = 1.0


def main() -> None:
    """Fit, print, and write if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--regularisation", type=float, default=0.1, help="of the weights' squares")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    given = parser.parse_args()
    files = sorted([*given.folder.glob("*.jsonl"), *given.folder.glob("*.jsonl.gz")])
    if not files:
        parser.error(f"no .jsonl or .jsonl.gz file in {given.folder}")
    pairs = [pair for path in files for pair in labelled_pairs(path)]
    whole = [pair for pair in pairs if pair.weight == 1.0]
    print(f"{len(whole)} pairs, {sum(pair.is_copy for pair in whole)} of them copies")
    report = cross_validated(pairs, given.regularisation)
    weights = fit(pairs, given.regularisation)
    if given.write:
        TARGET.write_text(_module(weights, files, len(whole), report, given.regularisation))
    print(report)
    for name, weight in weights.items():
        print(f"{weight:8.3f}  {name}")


def labelled_pairs(path: Path) -> Iterator[Labelled]:
    """The pairs that the store would compare if the lines of *path* came one after the other."""
    lines, ignored = _lines(path)
    for suite in sorted({line.get("suite", "") for line in lines}):
        yield from _pairs_of([line for line in lines if line.get("suite", "") == suite], ignored, suite)


def _pairs_of(lines: list[dict[str, Any]], ignored: set[frozenset[str]], suite: str) -> Iterator[Labelled]:
    places: dict[int, list[int]] = defaultdict(list)
    hashes = [text_hash(line["title"], line["text"]) for line in lines]
    for number, line in enumerate(lines):
        found = anchors(line["text"])
        near = [lines[one] for one in _nearest(found, places) if hashes[one] != hashes[number]]
        clusters = [zlib.crc32(other["cluster"].encode()) for other in near]
        for other, likeness in zip(
            near, likenesses(_story(line), list(map(_story, near)), clusters), strict=True
        ):
            if likeness is not None and frozenset((line["id"], other["id"])) not in ignored:
                pair = sorted((line["cluster"], other["cluster"]))
                fold = zlib.crc32(pair[0].encode()) % FOLDS
                is_copy = pair[0] == pair[1]
                yield Labelled(evidence(likeness), is_copy, fold, suite)
                yield Labelled(
                    evidence(replace(likeness, **_NO_TITLES)), is_copy, fold, suite, _NO_TITLES_WEIGHT
                )
        for one in found:
            places[one].append(number)


def _nearest(found: tuple[int, ...], places: dict[int, list[int]]) -> list[int]:
    """As storage/articles/anchors.py finds them."""
    weights: dict[int, float] = defaultdict(float)
    shared: Counter[int] = Counter()
    for one in found:
        rows = places[one][-ARTICLES_PER_ANCHOR:]
        for row in rows:
            weights[row] += 1 / (1 + len(rows))
            shared[row] += 1
    needed = 2 if len(found) >= 12 else 1
    enough = [(weight, row) for row, weight in weights.items() if shared[row] >= needed]
    return [row for _, row in heapq.nlargest(SIMILAR, enough)]


def fit(pairs: list[Labelled], regularisation: float) -> dict[str, float]:
    """The weights of a logistic regression by Newton's method; squares are held down but for the constant's."""
    names = list(pairs[0].evidence)
    values = np.array([[pair.evidence[name] for name in names] for pair in pairs])
    truth = np.array([pair.is_copy for pair in pairs], float)
    held = np.full(len(names), regularisation)
    held[names.index("always")] = 0.0
    shares = np.array([pair.weight for pair in pairs])
    weights = np.zeros(len(names))
    for _ in range(100):
        said = _logistic(values @ weights)
        slope = values.T @ (shares * (said - truth)) + held * weights
        bend = (values * (shares * said * (1 - said))[:, None]).T @ values + np.diag(held + 1e-6)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return dict(zip(names, weights.round(3).tolist(), strict=True))


def cross_validated(pairs: list[Labelled], regularisation: float) -> str:
    """A line for each suite: right, wrong and missed copies among pairs that the weights had not seen."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for fold in range(FOLDS):
        weights = fit([pair for pair in pairs if pair.fold != fold], regularisation)
        for pair in pairs:
            if pair.fold == fold and pair.weight == 1.0:
                total = sum(weights[name] * value for name, value in pair.evidence.items())
                counts[pair.suite][_outcome(total > 0, pair.is_copy)] += 1
    return "\n".join(
        f"{suite or 'all'}: {one['right']} right, {one['wrong']} wrong, {one['missed']} missed"
        for suite, one in sorted(counts.items())
    )


def _outcome(said: bool, is_copy: bool) -> str:
    if said:
        return "right" if is_copy else "wrong"
    return "missed" if is_copy else "apart"


def _logistic(values: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


def _lines(path: Path) -> tuple[list[dict[str, Any]], set[frozenset[str]]]:
    read = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = [json.loads(line) for line in read.decode().splitlines()]
    ignored = lines.pop(0)["ignore"] if lines and "ignore" in lines[0] else []
    return lines, {frozenset(pair) for pair in ignored}


def _story(line: dict[str, Any]) -> ComparedText:
    try:
        at = datetime.fromisoformat(line.get("published") or "")
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return ComparedText(line["title"], line["text"], urlsplit(line["url"]).netloc, at)


def _module(
    weights: dict[str, float], files: list[Path], pairs: int, report: str, regularisation: float
) -> str:
    sums = "\n".join(f"    {path.name}, SHA-256 {sha256(path.read_bytes()).hexdigest()}" for path in files)
    errors = "\n".join(f"    {line}" for line in report.splitlines())
    rows = "\n".join(f'    "{name}": {weight},' for name, weight in weights.items())
    return f'''"""The weights by which copies are known. Written by benchmarks/fit_copies.py; not to be edited. Pure.

Logistic regression, squares of the weights held down by {regularisation}, on {pairs} pairs of texts:
{sums}
Five folds, on pairs that the weights had not seen:
{errors}
"""

WEIGHTS = {{
{rows}
}}
'''


if __name__ == "__main__":
    main()
