"""The text that Prometheus collects, read back by a reader that was written from the format's description."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.metrics.exposition import HistogramCounts, exposition, gauge, histogram, labelled, number_text

_SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)+)\})? (\S+)')
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\.)*)"')
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def read(text: str) -> tuple[dict[str, str], dict[tuple[str, frozenset[tuple[str, str]]], float]]:
    """The kind of each family, and the value of each sample; a line that is neither is an error."""
    assert text.endswith("\n")
    kinds: dict[str, str] = {}
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for line in text[:-1].split("\n"):
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            found = _SAMPLE.fullmatch(line)
            assert found is not None, line
            labels = {
                (name, re.sub(r"\\.", lambda sign: _UNESCAPED[sign[0]], value))
                for name, value in _LABEL.findall(found[2] or "")
            }
            key = found[1], frozenset(labels)
            assert key not in samples
            samples[key] = float(found[3])
    return kinds, samples


def test_each_family_has_its_kind_and_its_values():
    text = exposition(
        [
            gauge("feeds", "How many.", 3),
            labelled(
                "counter", "polls_total", "By outcome.", [({"outcome": "ok"}, 2), ({"outcome": "dns"}, 1)]
            ),
        ]
    )

    assert text.splitlines()[:3] == ["# HELP feeds How many.", "# TYPE feeds gauge", "feeds 3"]
    assert read(text) == (
        {"feeds": "gauge", "polls_total": "counter"},
        {
            ("feeds", frozenset()): 3,
            ("polls_total", frozenset({("outcome", "ok")})): 2,
            ("polls_total", frozenset({("outcome", "dns")})): 1,
        },
    )


def test_family_without_values_is_left_out():
    assert exposition([labelled("counter", "polls_total", "By outcome.", [])]) == ""


def test_buckets_of_a_histogram_count_all_that_is_below():
    tally = HistogramCounts((1, 5))
    for value in (0.5, 1, 3, 7):
        tally.add(value)

    _, samples = read(exposition([histogram("run_seconds", "How long.", (1, 5), [({"state": "ok"}, tally)])]))

    found = {(name, dict(labels).get("le")): value for (name, labels), value in samples.items()}
    assert found == {
        ("run_seconds_bucket", "1"): 2,
        ("run_seconds_bucket", "5"): 3,
        ("run_seconds_bucket", "+Inf"): 4,
        ("run_seconds_sum", None): 11.5,
        ("run_seconds_count", None): 4,
    }


@given(st.text(), st.text())
def test_any_text_is_read_back_as_it_was(label, meaning):
    text = exposition([labelled("gauge", "articles", meaning, [({"topic": label}, 1)])])

    # A line ends only with "\n" here, whatever else some readers take for one.
    assert text.count("\n") == 3
    assert read(text)[1] == {("articles", frozenset({("topic", label)})): 1}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.5, "1.5"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
        (2**40, "1099511627776"),
    ],
)
def test_number_is_written_as_the_format_wants_it(value, text):
    assert number_text(value) == text
