"""Fits the weights by which an article's blocks are known, and writes crawler/blocks/weights.py.

`python -m benchmarks.fit_blocks FILE [--write]` reads a .jsonl.gz file of pages: url, set, publisher, html (or bytes,
base64), and either bodies (the whole text, several where more than one is right) or with and without (snippets that
belong and do not belong to it). Blocks of pages of which only snippets are known are labelled, for less weight, where
trafilatura and models that know neither page nor publisher agree. Prints F1 cross-validated in five folds by
publisher: nothing that is measured, no label and no weight of either model has seen the publisher.
"""

import argparse
import base64
import gzip
import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from crawler.blocks.context import second_evidence
from crawler.blocks.features import PageWords, first_evidence, letters
from crawler.blocks.tree import BlockTree
from crawler.pages.body import compose, is_unsure, second_opinion, shown_blocks, with_rules
from crawler.pages.page_tree import drop_hidden, read_tree
from crawler.pages.structured import read_facts
from crawler.pages.titles import choose_title
from storage.records.articles import Page, Rejection

Numbers = NDArray[np.float64]
TARGET = Path(__file__).parents[1] / "crawler" / "blocks" / "weights.py"
FOLDS = 5
# Tried: 0.03 to 0.3 for either; F1 moves by less than .001.
FIRST_SPREAD, SECOND_SPREAD = 0.03, 0.1
# A feature must stand on pages of so many publishers; words of names of more, that no site is learnt by heart.
PUBLISHERS, PUBLISHERS_OF_NAME = 4, 8
# Weights below this change no decision.
LEAST_WEIGHT = 0.02
SNIPPET_WEIGHT, AGREED_WEIGHT, AGREED = 12.0, 0.5, 0.6
_SINGLE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(f"[{_SINGLE}]|[^\\W{_SINGLE}]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"))
_NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(slots=True)
class Sample:
    """A page with what a person said of its text."""

    set: str
    publisher: str
    fold: int
    bodies: list[str]
    belonging: list[str]
    foreign: list[str]
    tree: BlockTree
    words: PageWords
    title: str
    opinion: str  # trafilatura's text
    labels: list[int]  # of the blocks: 1 of the article, 0 not, -1 unknown


class Features:
    """The features of all blocks as a sparse matrix, with their names."""

    def __init__(self, rows: list[tuple[str, ...]], publishers: list[str]) -> None:
        seen: dict[str, set[str]] = defaultdict(set)
        for row, publisher in zip(rows, publishers, strict=True):
            for feature in row:
                seen[feature].add(publisher)
        self.names = sorted(name for name, by in seen.items() if len(by) >= _needed(name))
        column = {name: number for number, name in enumerate(self.names)}
        places = [
            (number, column[name]) for number, row in enumerate(rows) for name in set(row) if name in column
        ]
        lines, columns = zip(*places, strict=True)
        self.matrix = csr_matrix((np.ones(len(lines)), (lines, columns)), shape=(len(rows), len(self.names)))


def _needed(name: str) -> int:
    return PUBLISHERS_OF_NAME if "name " in name else PUBLISHERS


def main() -> None:
    """Fit, print, and write if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    given = parser.parse_args()
    samples = list(read_samples(given.file))
    print(f"{len(samples)} pages, {sum(len(one.tree.blocks) for one in samples)} blocks")
    fitting = Fitting(samples)
    report = scored(samples, fitting.cross_validated())
    print(report)
    if given.write:
        TARGET.write_text(_module(fitting.final(), given.file, samples, report), "utf-8")


def read_samples(path: Path) -> Iterator[Sample]:
    """The pages of *path* with blocks and labels, in its order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if sample := _sample(json.loads(line)):
                yield sample


def _sample(row: dict[str, Any]) -> Sample | None:
    is_text = "html" in row
    content = row["html"].encode() if is_text else base64.b64decode(row["bytes"])
    page = Page(row["url"], content, "text/html; charset=utf-8" if is_text else "text/html", _NOW)
    tree = read_tree(page)
    if isinstance(tree, Rejection):
        return None
    root = tree.root
    facts = read_facts(root, page.url)
    title = choose_title(facts, tree=root, url=page.url).title
    drop_hidden(root)
    blocks = shown_blocks(root)
    words = PageWords(letters(title), letters(facts.description), letters(facts.linked.body))
    fold = int(hashlib.sha256(row["publisher"].encode()).hexdigest(), 16) % FOLDS
    sample = Sample(row["set"], row["publisher"], fold, row["bodies"], row["with"], row["without"], blocks, words,
                    title, second_opinion(root), [])  # fmt: skip
    sample.labels = _labels_by_body(sample) if sample.bodies else _labels_by_snippets(sample)
    return sample


def _labels_by_body(sample: Sample) -> list[int]:
    """A block belongs to the article if half of its shingles stand in its text; one of few words, as a line of it."""
    lines = {" ".join(_tokens(line)) for line in sample.bodies[0].split("\n")}
    whole = _tokens(sample.bodies[0])
    shingles, running = set(_shingles(whole)), f" {' '.join(whole)} "
    labels = []
    for block in sample.tree.blocks:
        tokens = _tokens(block.text)
        if len(tokens) >= 6:
            own = _shingles(tokens)
            labels.append(int(2 * sum(one in shingles for one in own) >= len(own)))
        else:
            text = " ".join(tokens)
            is_unknown = not tokens or (text not in lines and f" {text} " in running)
            labels.append(-1 if is_unknown else int(text in lines))
    return labels


def _labels_by_snippets(sample: Sample) -> list[int]:
    labels = []
    for block in sample.tree.blocks:
        text = " ".join(block.text.split())
        if any(part in text or (len(text) > 25 and text in part) for part in sample.belonging):
            labels.append(1)
        else:
            labels.append(0 if any(part in text for part in sample.foreign) else -1)
    return labels


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).translate(_INVISIBLE))


def _shingles(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(tokens[index : index + 4]) for index in range(max(1, len(tokens) - 3)) if tokens]


class Fitting:
    """The two models, fitted on all folds but those that are left out."""

    def __init__(self, samples: list[Sample]) -> None:
        self.samples = samples
        counts = [len(one.tree.blocks) for one in samples]
        self.ends = np.cumsum([0, *counts])
        self.folds = np.repeat([one.fold for one in samples], counts)
        self.publishers = [one.publisher for one in samples for _ in one.tree.blocks]
        self.said = np.array([label for one in samples for label in one.labels])
        self.opinions = np.array(
            [text in one.opinion for one in _with_letters(samples) for text in one.texts]
        )
        self.is_whole = np.repeat([bool(one.bodies) for one in samples], counts)
        self.roots = np.sqrt([min(block.size, 600) for one in samples for block in one.tree.blocks])
        rows = [row for one in samples for row in first_evidence(one.tree, one.words, _features)]
        self.first = Features(rows, self.publishers)

    def cross_validated(self) -> Numbers:
        """The second model's chances of all blocks, by models that know nothing of the publisher."""
        return sum((self.chances_without(fold) for fold in range(FOLDS)), np.zeros(len(self.said)))

    def chances_without(self, fold: int) -> Numbers:
        """The chances of the blocks of *fold*, 0 for all others, by models that know nothing of it."""
        found = np.zeros(len(self.said))
        truth, shares = self._agreed(self._chances_of_first({fold}, self.said, self._shares(self.said)))
        here = self.folds == fold
        truth[here] = -1
        first = self._chances_of_first({fold}, truth, shares)
        second = self._second_features(first)
        weights = fit(second.matrix, truth, shares, SECOND_SPREAD)
        found[here] = _logistic(second.matrix[here] @ weights[:-1] + weights[-1])
        return found

    def final(self) -> tuple[dict[str, float], dict[str, float]]:
        """The weights of both models on all pages, the constant as "always"."""
        truth, shares = self._agreed(self._chances_of_first(set(), self.said, self._shares(self.said)))
        first = self._chances_of_first(set(), truth, shares)
        second = self._second_features(first)
        return (
            _named(self.first.names, fit(self.first.matrix, truth, shares, FIRST_SPREAD)),
            _named(second.names, fit(second.matrix, truth, shares, SECOND_SPREAD)),
        )

    def _chances_of_first(self, left_out: set[int], truth: NDArray[np.int_], shares: Numbers) -> Numbers:
        """The first model's chances; each fold's by a model that knows neither it nor those that are *left_out*."""
        found = np.zeros(len(truth))
        for fold in range(FOLDS):
            hidden = np.isin(self.folds, [fold, *left_out])
            weights = fit(self.first.matrix, np.where(hidden, -1, truth), shares, FIRST_SPREAD)
            here = self.folds == fold
            found[here] = _logistic(self.first.matrix[here] @ weights[:-1] + weights[-1])
        return found

    def _shares(self, truth: NDArray[np.int_]) -> Numbers:
        """What each block counts: by the root of its size; one known by a snippet all the same."""
        return np.where(truth < 0, 0.0, np.where(self.is_whole, self.roots, SNIPPET_WEIGHT))

    def _agreed(self, chances: Numbers) -> tuple[NDArray[np.int_], Numbers]:
        """Labels and weights, with those that trafilatura and the *chances* agree on where nobody said anything."""
        is_open = (self.said < 0) & ~self.is_whole
        truth = self.said.copy()
        truth[is_open & self.opinions & (chances > AGREED)] = 1
        truth[is_open & ~self.opinions & (chances < 1 - AGREED)] = 0
        is_agreed = is_open & (truth >= 0)
        shares = np.where(is_agreed, AGREED_WEIGHT * self.roots, self._shares(self.said))
        return truth, shares

    def _second_features(self, chances: Numbers) -> Features:
        rows = []
        for number, one in enumerate(self.samples):
            own = chances[self.ends[number] : self.ends[number + 1]].tolist()
            rows += second_evidence(one.tree, own, _features)
        return Features(rows, self.publishers)


@dataclass(slots=True)
class _Letters:
    opinion: str
    texts: list[str]


def _with_letters(samples: Iterable[Sample]) -> Iterator[_Letters]:
    for one in samples:
        yield _Letters(letters(one.opinion), [letters(block.text) or "\0" for block in one.tree.blocks])


def _features(facet: Callable[..., tuple[str, ...]], *values: Any) -> tuple[str, ...]:
    return facet(*values)


def fit(matrix: csr_matrix, truth: NDArray[np.int_], shares: Numbers, spread: float) -> Numbers:
    """The weights of a logistic regression on the rows with a label, the constant last."""
    known = truth >= 0
    values, signs = matrix[known], np.where(truth[known] > 0, 1.0, -1.0)
    weighed = shares[known] / shares[known].mean()
    turned = values.T.tocsr()

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        sides = signs * (values @ weights[:-1] + weights[-1])
        slope = -signs * weighed * _logistic(-sides)
        total = (weighed * np.logaddexp(0, -sides)).sum() + 0.5 / spread * weights[:-1] @ weights[:-1]
        return total, np.append(turned @ slope + weights[:-1] / spread, slope.sum())

    start = np.zeros(values.shape[1] + 1)
    found: Numbers = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 120, "ftol": 1e-7}
    ).x
    return found


def scored(samples: list[Sample], chances: Numbers) -> str:
    """A line for each set and way: precision, recall and F1 of the texts that *chances* give."""
    lines, at = [], 0
    texts: dict[str, list[str]] = defaultdict(list)
    for one in samples:
        own = chances[at : at + len(one.tree.blocks)].tolist()
        at += len(own)
        own = with_rules(one.tree, own, one.words)
        opinion = one.opinion if is_unsure(one.tree, own) else ""
        texts["blocks alone"].append(compose(one.tree, own, one.title, str).text)
        texts["with a second opinion"].append(
            compose(one.tree, own, one.title, lambda said=opinion: said).text
        )
    for way, found in texts.items():
        for name, judge in (("aeb+fundus", _by_body), ("trafeval", _by_snippets)):
            pairs = [
                (one, text)
                for one, text in zip(samples, found, strict=True)
                if bool(one.bodies) == (judge is _by_body)
            ]
            if pairs:
                precision, recall = judge(pairs)
                f1 = 2 * precision * recall / (precision + recall)
                lines.append(
                    f"{name}, {way}: P {precision:.4f} R {recall:.4f} F1 {f1:.4f} on {len(pairs)} pages"
                )
    return "\n".join(lines)


def _by_body(pairs: list[tuple[Sample, str]]) -> tuple[float, float]:
    """Means of the pages' precision and recall of four-word shingles, against the best of the right texts."""
    precisions, recalls = [], []
    for one, text in pairs:
        found = Counter(_shingles(_tokens(text)))
        best = max(
            (_overlap(Counter(_shingles(_tokens(body))), found) for body in one.bodies),
            key=lambda pair: sum(pair),
        )
        precisions.append(best[0])
        recalls.append(best[1])
    return mean(precisions), mean(recalls)


def _overlap(truth: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]) -> tuple[float, float]:
    common = (truth & found).total()
    return common / max(found.total(), 1), common / max(truth.total(), 1)


def _by_snippets(pairs: list[tuple[Sample, str]]) -> tuple[float, float]:
    right = missed = wrong = 0
    for one, text in pairs:
        line = " ".join(text.split())
        here = sum(part in line for part in one.belonging)
        right, missed = right + here, missed + len(one.belonging) - here
        wrong += sum(part in line for part in one.foreign)
    return right / (right + wrong), right / (right + missed)


def _logistic(values: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


def _named(names: list[str], weights: Numbers) -> dict[str, float]:
    named = {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=False)}
    kept = {name: weight for name, weight in named.items() if abs(weight) >= LEAST_WEIGHT}
    return {"always": round(float(weights[-1]), 3)} | kept


def _module(models: tuple[dict[str, float], ...], path: Path, samples: list[Sample], report: str) -> str:
    errors = "\n".join(f"    {line}" for line in report.splitlines())
    sets = ", ".join(f"{number} {name}" for name, number in Counter(one.set for one in samples).items())
    named = zip(("FIRST", "SECOND"), models, strict=True)
    tables = "\n".join(f"{name} = {{\n{_rows(model)}}}" for name, model in named)
    return f'''"""The weights by which an article's blocks are known. Written by benchmarks/fit_blocks.py. Pure.

Not to be edited. Two logistic regressions (spread of the weights {FIRST_SPREAD} and {SECOND_SPREAD}) on the blocks of
{len(samples)} pages whose texts people marked, of three public sets ({sets}: scrapinghub's
article-extraction-benchmark, fundus' and trafilatura's test data; half of their publishers):
    {path.name}, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}
Cross-validated in five folds by publisher:
{errors}
"""

# fmt: off
{tables}
# fmt: on
'''


def _rows(model: dict[str, float]) -> str:
    lines, line = [], "   "
    for name, weight in model.items():
        item = f' "{name}": {weight},'
        if len(line) + len(item) > 110:
            lines.append(line)
            line = "   "
        line += item
    return "\n".join([*lines, line]) + "\n"


if __name__ == "__main__":
    main()
