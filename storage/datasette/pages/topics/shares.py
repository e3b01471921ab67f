"""Who has how much of a topic, in a period and in the one before. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Longer lists hide what they show; the rest is one line.
SHOWN = 15
REST = "others"
# Fewer new addresses say nothing of how much an outlet has to tell.
_LEAST_OUTPUT = 20


@dataclass(frozen=True, slots=True)
class ShareLine:
    """An outlet, a language or a country."""

    key: str  # by which its articles are filtered; "" for the rest
    name: str
    count: int
    share: float  # of the topic, 0 to 1
    before: int
    share_before: float
    of_output: float | None  # of all that the outlet brought in the period; None: unknown, or no outlet
    width: float  # of its bar, 0 to 100

    @property
    def change(self) -> float:
        """Points of the share, against the period before."""
        return 100 * (self.share - self.share_before)


def shares(
    now: Iterable[tuple[str, str, int]],
    before: Iterable[tuple[str, str, int]],
    output: Mapping[str, int] | None = None,
) -> list[ShareLine]:
    """The largest of *now*, then the rest as one; both are key, name and count, *output* is by key."""
    names: dict[str, str] = {}
    counts: list[dict[str, int]] = []
    for period in (now, before):
        counted: dict[str, int] = {}
        for key, name, count in period:
            names.setdefault(key, name)
            counted[key] = counted.get(key, 0) + count
        counts.append(counted)
    totals = [sum(counted.values()) for counted in counts]
    order = sorted(counts[0], key=lambda key: (-counts[0][key], names[key]))
    shown = order if len(order) <= SHOWN + 1 else order[:SHOWN]
    most = counts[0][order[0]] if order else 1

    def line(key: str, name: str, numbers: tuple[int, int]) -> ShareLine:
        total = (output or {}).get(key, 0)
        return ShareLine(
            key=key,
            name=name,
            count=numbers[0],
            share=numbers[0] / totals[0] if totals[0] else 0.0,
            before=numbers[1],
            share_before=numbers[1] / totals[1] if totals[1] else 0.0,
            of_output=min(numbers[0] / total, 1.0) if total >= _LEAST_OUTPUT else None,
            width=round(100 * min(numbers[0] / most, 1.0), 1),
        )

    lines = [line(key, names[key], (counts[0][key], counts[1].get(key, 0))) for key in shown]
    rest = [sum(number for key, number in counted.items() if key not in shown) for counted in counts]
    return [*lines, line("", REST, (rest[0], rest[1]))] if rest[0] else lines
