"""Measured values in the text format of Prometheus, version 0.0.4. Pure.

https://prometheus.io/docs/instrumenting/exposition_formats/. Written here and not by its client library, whose
registry of counters lives in the process: our values are read from the database at each request, and what is left is
to escape three signs.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MetricFamily:
    """The values of one name.

    Attributes:
        kind: "gauge", "counter" or "histogram".
        samples: what is behind the name ("" but for a histogram), labels, value.
    """

    name: str
    kind: str
    meaning: str
    samples: tuple[tuple[str, Labels, float], ...]


def gauge(name: str, meaning: str, value: float) -> MetricFamily:
    """One value that goes up and down."""
    return MetricFamily(name, "gauge", meaning, (("", {}, value),))


def labelled(kind: str, name: str, meaning: str, values: Iterable[tuple[Labels, float]]) -> MetricFamily:
    """Values of one name that labels tell apart."""
    return MetricFamily(name, kind, meaning, tuple(("", labels, value) for labels, value in values))


def histogram(
    name: str, meaning: str, bounds: Sequence[float], series: Iterable[tuple[Labels, "HistogramCounts"]]
) -> MetricFamily:
    """Tallies as cumulative buckets with these upper *bounds*, and one without."""
    samples: list[tuple[str, Labels, float]] = []
    for labels, tally in series:
        below = 0
        for bound, number in zip([*bounds, math.inf], tally.buckets, strict=True):
            below += number
            samples.append(("_bucket", {**labels, "le": number_text(bound)}, below))
        samples += [("_sum", labels, tally.total), ("_count", labels, below)]
    return MetricFamily(name, "histogram", meaning, tuple(samples))


class HistogramCounts:
    """Values put into buckets."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """*bounds* are the upper bounds, ascending; one bucket more takes what is above."""
        self._bounds = bounds
        self.buckets = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.buckets[bisect_left(self._bounds, value)] += 1
        self.total += value


def exposition(families: Iterable[MetricFamily]) -> str:
    """The families as text, in order; one without values is left out."""
    lines: list[str] = []
    for family in families:
        if not family.samples:
            continue
        lines += [f"# HELP {family.name} {_escaped(family.meaning)}", f"# TYPE {family.name} {family.kind}"]
        for suffix, labels, value in family.samples:
            lines.append(f"{family.name}{suffix}{_label_text(labels)} {number_text(value)}")
    return "\n".join([*lines, ""])


def number_text(value: float) -> str:
    """A value as the format writes it."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else f"{value:.15g}"


def _label_text(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value, quoted=True)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str, *, quoted: bool = False) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
    return escaped.replace('"', '\\"') if quoted else escaped
