"""What a topic hears, on its page: each language that is read, with its seeds and what was found in it, and by what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from storage.datasette.pages.rendering import Row, rows
from storage.datasette.pages.wording import clean
from storage.topics.folding import WAITING

# Fewer articles of a language say nothing of it: a stray page, a wrong guess.
_FEW_READ = 4
# Three seeds gain more than any change of method.
_ENOUGH_SEEDS = 3
_SEEDS = """
SELECT articles.language, count(*) AS seeds
FROM topic_seeds
JOIN articles ON articles.id = topic_seeds.article_id
WHERE topic_seeds.topic_id = :topic AND articles.language IS NOT NULL
GROUP BY articles.language
"""
_READ = "SELECT language, seen FROM background_counts"
# Answered by the index matches_of_topic alone.
_FOUND = """
SELECT language, reason, count(*) AS found
FROM matches
WHERE topic_id = :topic
    AND band = 'match'
    AND published_at >= :first
    AND published_at < :behind
    AND language IS NOT NULL
GROUP BY language, reason
"""
_WAITING = f"""
SELECT language, count(*) AS found
FROM matches
WHERE topic_id = :topic AND band = 'review' AND language IS NOT NULL AND {WAITING}
GROUP BY language
"""
_BY = {"seed": "seeds", "both": "seeds", "rule": "query", "alias": "names", "marked": "marks"}


@dataclass(frozen=True, slots=True)
class HeardLanguage:
    """What a topic hears in one language."""

    language: str  # ISO 639-1
    seeds: int
    read: int  # articles of it that were read so far, on any subject
    matches: int  # in the days that are shown
    review: int  # stories that wait for a person's word, of any date
    by: tuple[str, ...]  # what found the matches: "seeds", "names", "query", "marks"; the most first

    @property
    def is_deaf(self) -> bool:
        """Whether nothing was found in a language without seeds."""
        return not self.seeds and not self.matches and not self.review


async def heard_languages(database: Any, topic_id: int, bounds: tuple[str, str]) -> list[HeardLanguage]:
    """What the topic hears in each language that has seeds, is read, or had matches in *bounds*; most read first."""
    first, behind = bounds
    return heard_of(
        await rows(database, _SEEDS, topic=topic_id),
        await rows(database, _READ),
        await rows(database, _FOUND, topic=topic_id, first=first, behind=behind),
        await rows(database, _WAITING, topic=topic_id),
    )


def heard_of(
    seeds: Iterable[Row], read: Iterable[Row], found: Iterable[Row], waiting: Iterable[Row]
) -> list[HeardLanguage]:
    """The languages of these rows, the most read first."""
    own = {row["language"]: row["seeds"] for row in seeds}
    seen = {row["language"]: row["seen"] for row in read}
    matches = list(found)
    review = {row["language"]: row["found"] for row in waiting}
    languages = {*own, *review, *(row["language"] for row in matches)}
    languages |= {language for language, number in seen.items() if number >= _FEW_READ}
    heard = [_heard(language, own, seen, matches, review) for language in languages]
    return sorted(heard, key=lambda one: (-one.read, one.language))


def _heard(
    language: str,
    seeds: Mapping[str, int],
    seen: Mapping[str, int],
    found: Iterable[Row],
    waiting: Mapping[str, int],
) -> HeardLanguage:
    matched = sorted((row for row in found if row["language"] == language), key=lambda row: -row["found"])
    return HeardLanguage(
        language=clean(language),
        seeds=seeds.get(language, 0),
        read=seen.get(language, 0),
        matches=sum(row["found"] for row in matched),
        review=waiting.get(language, 0),
        by=tuple(dict.fromkeys(_BY.get(row["reason"], clean(row["reason"])) for row in matched)),
    )


def next_step(name: str, heard: Iterable[HeardLanguage]) -> str:
    """What would make the topic called *name* hear more, as a sentence with a command; "" if nothing stands out."""
    heard = list(heard)
    if not any(one.seeds or one.matches for one in heard):
        return f"It has no seeds and found nothing: seedwatch seeds import FILE... --topic {name}"
    few = [one for one in heard if 0 < one.seeds < _ENOUGH_SEEDS]
    deaf = [one.language for one in heard if one.is_deaf]
    if few:
        one = few[0]
        more = f"Three seeds in {one.language} hear far more than {one.seeds}"
        return f"{more}: seedwatch topics promote ARTICLE --topic {name}"
    if deaf:
        return f"Nothing was found in {', '.join(deaf)}: seedwatch topics show {name} says what would help"
    return ""
