"""What an analyst can do to make a topic better, from what is known of it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from crawler.topics.evaluation import COMPARED_SEEDS, SeedFit, next_step
from crawler.topics.profile import Profile
from storage.analyser import count_words
from storage.articles.feedback import VerdictRow
from storage.articles.matches import BandCounts
from storage.records.articles import Topic
from storage.topics.topics import SeedRow

# Fewer words than a short news item has say little of their subject.
FEW_WORDS = 30
# Research: three seeds gain more than any change of method (average precision .45 -> .67, Reuters).
ENOUGH_SEEDS = 3
# More than a tenth of the press is hardly about one subject.
HIGH_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class LanguageFacts:
    """What a topic is in one language."""

    language: str
    profile: Profile
    seeds: tuple[SeedRow, ...]
    read: int  # articles of the language in the background
    a_day: float  # articles read a day
    shares: Mapping[str, float]  # of the background that match, by dial; empty if it is too small
    fits: tuple[SeedFit, ...]


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What is known of a topic."""

    topic: Topic
    seeds: tuple[SeedRow, ...]  # of all languages, by article
    languages: tuple[LanguageFacts, ...]  # those with seeds
    counts: BandCounts
    verdicts: tuple[VerdictRow, ...]
    sampled: Mapping[str, int]  # articles in the background, by language
    rematched: bool  # whether all that is held was judged by the topic as it is


def advise(facts: TopicFacts, read_in: Set[str]) -> list[str]:
    """What would help, the seeds first; *read_in* are the languages that the outlets write in."""
    lines = _seed_advice(facts)
    for one in facts.languages:
        lines += _language_advice(one, facts, read_in)
    return lines + _reach_advice(facts)


def weak_seed(article_id: int, text: str, language: str | None) -> str | None:
    """What to say of a seed that teaches little or nothing; None if all is well."""
    words = count_words(text)
    counted = "one word" if words == 1 else f"{words} words"
    if language is None and words < FEW_WORDS:
        return f"seed {article_id} has {counted}, too few to know its language: it teaches nothing; use whole articles"
    if language is None:
        return f"seed {article_id}: its language was not recognised, so it teaches nothing"
    if words < FEW_WORDS:
        return (
            f"seed {article_id} has {counted} below its headline: it teaches little; whole articles do better"
        )
    return None


def count_verdicts(facts: TopicFacts, verdict: str) -> int:
    """How many articles were marked "yes" or "no"."""
    return sum(1 for one in facts.verdicts if one.verdict == verdict)


def _seed_advice(facts: TopicFacts) -> list[str]:
    if not facts.seeds:
        return [
            "it has no seeds: put a few articles that are about it into a folder that `seeds` names, or give them to "
            f"`seedwatch seeds import --topic {facts.topic.name}`"
        ]
    weak = (weak_seed(seed.article_id, seed.text, seed.language) for seed in facts.seeds)
    return [line for line in weak if line]


def _language_advice(one: LanguageFacts, facts: TopicFacts, read_in: Set[str]) -> list[str]:
    lines = []
    if one.profile.seeds < ENOUGH_SEEDS:
        seeds = "one seed" if one.profile.seeds == 1 else f"{one.profile.seeds} seeds"
        lines.append(
            f"it has {seeds}; three beat one by far: `seedwatch topics promote ARTICLE --topic {facts.topic.name}` "
            "makes a good match one"
        )
    if not one.read and facts.sampled and one.language not in read_in:
        lines.append("no outlet writes in this language, so its seeds find nothing")
    step = next_step(one.read)
    if step is not None:
        lines.append(f"{one.read} articles were read; scores are steadier from {step[0]} on")
    share = one.shares.get(facts.topic.dial, 0.0)
    if share > HIGH_SHARE:
        lines.append(
            f"{share:.0%} of what is read matches: a narrower dial, `require` or purer seeds would help"
        )
    lines += [
        f"seed {one.seeds[fit.number].article_id} is unlike the others, which give it {fit.score:.2f} of "
        f"{fit.threshold:.2f}: is it about the same?"
        for fit in one.fits
        if not fit.fits
    ]
    if len(one.seeds) > COMPARED_SEEDS:
        lines.append(f"only the first {COMPARED_SEEDS} seeds were compared with the others")
    return [f"{one.language}: {line}" for line in lines]


def _reach_advice(facts: TopicFacts) -> list[str]:
    """What the topic does not reach yet: languages, verdicts, what is held."""
    topic, lines = facts.topic, []
    missing = sorted(set(facts.sampled) - {one.language for one in facts.languages})
    if missing and not topic.any:
        ways = "the aliases" if len(topic.aliases) > 1 else "a rule (`any`) or `[topic.aliases]`"
        lines.append(f"no seed in {', '.join(missing)}: articles in these languages can only match by {ways}")
    seeds = {seed.article_id for seed in facts.seeds}
    waiting = sum(1 for one in facts.verdicts if not one.learned and one.article_id not in seeds)
    if waiting:
        lines.append(
            f"{waiting} of the marked articles are not learned from: `seedwatch topics mark` says why"
        )
    if not facts.rematched and facts.sampled:
        lines.append(
            f"what is held was not judged by the topic as it is now: `seedwatch rematch {topic.name}`"
        )
    return lines
