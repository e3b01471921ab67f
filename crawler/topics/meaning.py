"""A second opinion in languages in which a topic has no seeds: how near an article's meaning is to theirs. Pure.

Vectors of one language lie together, whatever their texts say: each language's middle is taken off first. Measured in
deviations from what is read in the language, an article that lies far out is left to a person; one that the topic's
names find, and that lies nearer to the middle than most of the press, is too. Nothing matches by its meaning alone.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records.topics import TextVector

Vectors = NDArray[np.float32]
# Vectors of a language from which its middle is known well enough.
ENOUGH_VECTORS = 30
# Vectors of a language that are kept at hand; the middle is steady from some hundred on.
MOST_VECTORS = 500
# Deviations above the median from which a person should look. On short texts of broad subjects (science, travel), with
# three English seeds and 3 % of the press on topic, one article in three from there on is; with 16 %, four in five.
LEAST_DEVIATIONS = 3.0
# Cosine of the vectors as they are from which one should, while a language's middle is unknown: on the same texts three
# of four and more are on topic, but few texts reach it.
LEAST_COSINE = 0.55
# Names alone do not make a match where an article lies nearer to the middle than this, in deviations: half of what is
# read does.
NAMES_NEED = 0.0
# A median deviation is as many standard deviations, if values are spread normally.
_NORMAL = 1.4826


@dataclass(frozen=True, slots=True)
class Example:
    """A text whose meaning is the topic's."""

    language: str
    vector: TextVector


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """What one language's articles reach."""

    centre: Vectors  # their mean
    middle: float  # the median of their nearness to the topic
    deviation: float


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a topic's seeds mean; goes to other processes by pickle."""

    plain: Vectors  # the seeds' mean vector
    centred: Vectors  # the same, each without its language's middle
    scales: Mapping[str, Scale]  # by language; those with few vectors are left out
    wanted: frozenset[str] = frozenset()  # its own languages of which more vectors are needed
    basis: str = ""  # hash of what it was made of


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near an article is to a topic by its meaning."""

    value: float
    measure: (
        str  # "meaning": deviations above the median of its language; "cosine": of the vectors as they are
    )

    @property
    def threshold(self) -> float:
        """What a person should look at from."""
        return LEAST_DEVIATIONS if self.measure == "meaning" else LEAST_COSINE

    @property
    def is_near(self) -> bool:
        """Whether a person should look."""
        return self.value >= self.threshold

    @property
    def speaks_against(self) -> bool:
        """Whether it is so far that the topic's names in it need a second look."""
        return self.measure == "meaning" and self.value < NAMES_NEED


def unpacked(vectors: Iterable[TextVector]) -> Vectors:
    """*vectors* as the rows of a matrix."""
    rows = [np.frombuffer(vector.values, dtype="<f2") for vector in vectors]
    return np.array(rows, dtype=np.float32)


def learn_meaning(
    examples: Sequence[Example], samples: Mapping[str, Vectors], wanted: Iterable[str] = (), basis: str = ""
) -> Meaning | None:
    """What *examples* have in common, held against *samples* of each language's articles; None without examples.

    A middle that is not known well enough is not taken off.
    """
    if not examples:
        return None
    centres = {
        language: sample.mean(axis=0) for language, sample in samples.items() if len(sample) >= ENOUGH_VECTORS
    }
    vectors = unpacked(example.vector for example in examples)
    centred = np.array(
        [
            vector - centres.get(example.language, 0.0)
            for vector, example in zip(vectors, examples, strict=True)
        ]
    )
    direction = _unit(_unit(centred).mean(axis=0))
    scales = {language: _scale(samples[language], centre, direction) for language, centre in centres.items()}
    return Meaning(_unit(vectors.mean(axis=0)), direction, scales, frozenset(wanted), basis)


def _scale(sample: Vectors, centre: Vectors, direction: Vectors) -> Scale:
    values = _unit(sample - centre) @ direction
    middle = float(np.median(values))
    deviation = _NORMAL * float(np.median(np.abs(values - middle)))
    # Where half of all articles are one text nothing is spread; then nothing stands out either.
    return Scale(centre, middle, deviation if deviation > 1e-6 else 1.0)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return scaled


@dataclass(frozen=True, slots=True, eq=False)
class MeaningIndex:
    """The meanings of many topics, so arranged that an article is held against all at once."""

    numbers: tuple[int, ...]  # of the topics
    plain: Vectors  # a row for each
    centred: Vectors
    centres: Mapping[str, Vectors]  # by language
    middles: Mapping[str, Vectors]  # of each topic, by language
    deviations: Mapping[str, Vectors]

    @classmethod
    def of(cls, meanings: Mapping[int, Meaning]) -> "MeaningIndex":
        """The index of *meanings*, by the numbers of their topics, ascending; all were made from the same samples."""
        made = list(meanings.values())
        languages = sorted(set.intersection(*(set(one.scales) for one in made))) if made else []
        return cls(
            tuple(meanings),
            np.array([one.plain for one in made], dtype=np.float32),
            np.array([one.centred for one in made], dtype=np.float32),
            {language: made[0].scales[language].centre for language in languages},
            {language: np.array([one.scales[language].middle for one in made]) for language in languages},
            {language: np.array([one.scales[language].deviation for one in made]) for language in languages},
        )

    def reach(self, language: str, vector: TextVector) -> "Reach":
        """How near an article is to all topics."""
        if not self.numbers:
            return NO_REACH
        (values,) = unpacked([vector])
        if language not in self.centres:
            return Reach(self.numbers, self.plain @ values, "cosine")
        found = self.centred @ _unit(values - self.centres[language])
        found = (found - self.middles[language]) / self.deviations[language]
        return Reach(self.numbers, found, "meaning")


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """How near one article is to many topics."""

    numbers: tuple[int, ...]  # of the topics, in their order
    values: Vectors  # of each
    measure: str  # as in Nearness

    def near(self) -> list[int]:
        """The numbers of the topics that are near enough for a person to look."""
        least = LEAST_DEVIATIONS if self.measure == "meaning" else LEAST_COSINE
        return [self.numbers[row] for row in np.flatnonzero(self.values >= least).tolist()]

    def of(self, number: int) -> Nearness | None:
        """How near it is to one topic; None if the topic has no meaning."""
        row = bisect_left(self.numbers, number)
        if row == len(self.numbers) or self.numbers[row] != number:
            return None
        return Nearness(float(self.values[row]), self.measure)


# Of an article whose meaning is not told.
NO_REACH = Reach((), np.zeros(0, dtype=np.float32), "")
