"""The pure parsers, tried with what nobody wrote: no error but ours, and time that grows as the text does.

`python -m benchmarks.fuzz [--cases N] [--shapes N] [--seed N] [TARGET ...]`; `make fuzz` tries 50,000. Prints a
table for docs/soak.md. A failing example is made small, shown, and kept in .hypothesis/, where the next run begins.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from tests.support.fuzzing import TARGETS, Target, growth, parse, shapes, texts

BAR = 2.3  # times that twice the text may take
FLOOR_S = 0.02  # at full length; what is quicker is not asked how it grows


@dataclass
class Tried:
    """What came of a target."""

    cases: int = 0
    seconds: float = 0.0
    worst: float = 0.0  # growth that was seen
    failed: str = ""


def settings_of(cases: int) -> settings:
    """As many examples, made small when one fails; kept for the next run."""
    return settings(
        max_examples=cases,
        deadline=None,
        database=DirectoryBasedExampleDatabase(".hypothesis/examples"),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def attempt(run: Callable[[], None], tried: Tried) -> None:
    """Run; what fails becomes a line of the table, and its example stands above it."""
    begun = time.monotonic()
    try:
        run()
    except Exception as error:  # whatever a parser lets out is what is looked for here
        tried.failed = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        for note in getattr(error, "__notes__", ()):
            sys.stderr.write(f"{note}\n")
    tried.seconds += time.monotonic() - begun


def try_texts(target: Target, cases: int, chance: int, tried: Tried) -> None:
    """Texts of all kinds: the parser answers, or raises what it may."""

    @seed(chance)
    @settings_of(cases)
    @given(texts(target))
    def run(text: str) -> None:
        tried.cases += 1
        parse(target, text)

    attempt(run, tried)


def try_shapes(target: Target, cases: int, chance: int, tried: Tried) -> None:
    """Long texts of one part over and over: twice the text takes about twice the time."""

    @seed(chance)
    @settings_of(cases)
    @given(shapes(target))
    def run(shape: tuple[str, str, str]) -> None:
        tried.cases += 1
        times = growth(target, shape, FLOOR_S, BAR)
        tried.worst = max(tried.worst, times)
        assert times <= BAR, f"twice the text takes {times:.1f} times as long: {shape}"

    attempt(run, tried)


def main() -> int:
    """Print the table; 1 if a target failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=50_000, help="texts, shared out among the targets")
    parser.add_argument("--shapes", type=int, default=60, help="long texts for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("targets", nargs="*", help="names of targets; all without one")
    given_ = parser.parse_args()
    chosen = [target for target in TARGETS if not given_.targets or target.name in given_.targets]
    weights = sum(target.weight for target in chosen)
    print("| parser | texts | long texts | s | most growth | |\n|---|---|---|---|---|---|")
    failed = 0
    for target in chosen:
        short, long = Tried(), Tried()
        try_texts(target, max(1, round(given_.cases * target.weight / weights)), given_.seed, short)
        try_shapes(target, given_.shapes, given_.seed, long)
        outcome = short.failed or long.failed
        failed += bool(outcome)
        worst = f"{long.worst:.2f}" if long.worst else f"under {FLOOR_S * 1000:.0f} ms"
        cells = (
            target.name,
            f"{short.cases:,}",
            long.cases,
            round(short.seconds + long.seconds),
            worst,
            outcome,
        )
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
