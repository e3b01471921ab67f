"""The command `topics show`: what a topic has learned, what it would match, and what would make it better."""

from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass
from sqlite3 import Connection

import click

from crawler import clock
from crawler.holdings.rematch import is_rematched
from crawler.topics.evaluation import (
    COMPARED_SEEDS,
    SeedFit,
    background_scores,
    next_step,
    seed_fits,
    shares_above,
)
from crawler.topics.prepare import load_corpus, prepare_matcher
from crawler.topics.profile import Profile, threshold_at
from crawler.topics.terms import SeedText
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_json, printable, secho
from scheduler.cli.topics.group import chosen_topic, heard_by_topics, score_unit
from scheduler.cli.topics.hearing import ENOUGH_SEEDS, hearing_lines
from storage.analyser import count_words
from storage.articles import feedback, matches
from storage.articles.feedback import VerdictRow
from storage.articles.matches import BandCounts
from storage.records.topics import Topic
from storage.topics import background, topics
from storage.topics.topics import SeedRow

# Fewer words than a short news item has say little of their subject.
FEW_WORDS = 30
# More than a tenth of the press is hardly about one subject.
HIGH_SHARE = 0.1
# Days over which articles a day are counted.
RATE_DAYS = 14


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
    for language in facts.languages:
        lines += _language_advice(language, facts, read_in)
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
    return sum(1 for row in facts.verdicts if row.verdict == verdict)


def _seed_advice(facts: TopicFacts) -> list[str]:
    if not facts.seeds:
        return [
            "it has no seeds: put a few articles that are about it into a folder that `seeds` names, or give them to "
            f"`seedwatch seeds import --topic {facts.topic.name}`"
        ]
    weak = (weak_seed(seed.article_id, seed.text, seed.language) for seed in facts.seeds)
    return [line for line in weak if line]


def _language_advice(known: LanguageFacts, facts: TopicFacts, read_in: Set[str]) -> list[str]:
    lines = []
    if known.profile.seeds < ENOUGH_SEEDS:
        seeds = "one seed" if known.profile.seeds == 1 else f"{known.profile.seeds} seeds"
        lines.append(
            f"it has {seeds}; three beat one by far: `seedwatch topics promote ARTICLE --topic {facts.topic.name}` "
            "makes a good match one"
        )
    if not known.read and facts.sampled and known.language not in read_in:
        lines.append("no outlet writes in this language, so its seeds find nothing")
    step = next_step(known.read)
    if step is not None:
        lines.append(f"{known.read} articles were read; scores are steadier from {step[0]} on")
    share = known.shares.get(facts.topic.dial, 0.0)
    if share > HIGH_SHARE:
        lines.append(
            f"{share:.0%} of what is read matches: a narrower dial, `require` or purer seeds would help"
        )
    lines += [
        f"seed {known.seeds[fit.number].article_id} is unlike the others, which give it {fit.score:.2f} of "
        f"{fit.threshold:.2f}: is it about the same?"
        for fit in known.fits
        if not fit.fits
    ]
    if len(known.seeds) > COMPARED_SEEDS:
        lines.append(f"only the first {COMPARED_SEEDS} seeds were compared with the others")
    return [f"{known.language}: {line}" for line in lines]


def _reach_advice(facts: TopicFacts) -> list[str]:
    """What the topic does not reach yet: languages, verdicts, what is held."""
    topic, lines = facts.topic, []
    missing = sorted(set(facts.sampled) - {known.language for known in facts.languages})
    if missing and not topic.any:
        ways = "the aliases" if len(topic.aliases) > 1 else "a rule (`any`) or `[topic.aliases]`"
        lines.append(f"no seed in {', '.join(missing)}: articles in these languages can only match by {ways}")
    seeds = {seed.article_id for seed in facts.seeds}
    waiting = sum(1 for row in facts.verdicts if not row.learned and row.article_id not in seeds)
    if waiting:
        lines.append(
            f"{waiting} of the marked articles are not learned from: `seedwatch topics mark` says why"
        )
    if not facts.rematched and facts.sampled:
        lines.append(
            f"what is held was not judged by the topic as it is now: `seedwatch rematch {topic.name}`"
        )
    return lines


@click.command()
@click.argument("name", required=False)
@json_option
def show(name: str | None, as_json: bool) -> None:
    """Show what a topic has learned from its seeds, what it would match, and what would make it better.

    NAME may be left out where there is one topic.
    """
    with opened() as (config, connection):
        shown = _gather(connection, chosen_topic(config, name, by="as NAME"))
        read_in = {source.source.language for source in config.sources if source.source.enabled}
        advice = advise(shown, {language for language in read_in if language})
        heard = heard_by_topics(config, connection)[shown.topic.name]
    if as_json:
        print_json(_plain(shown, advice) | {"hears": [asdict(one) for one in heard]})
        return
    _print_topic(shown)
    for line in hearing_lines(shown.topic, heard):
        echo(line)
    for known in shown.languages:
        _print_language(known, shown.topic.dial)
    echo()
    for line in advice:
        echo(f"note: {line}")


def _gather(connection: Connection, topic: Topic) -> TopicFacts:
    matcher = prepare_matcher(connection, topic, clock.now())
    seeds = tuple(topics.seeds(connection, topic.name))
    rates = background.arrivals(connection, clock.now(), days=RATE_DAYS)
    sampled = background.sizes(connection)
    languages = []
    for language, profile in matcher.profiles.items():
        own = tuple(seed for seed in seeds if seed.language == language)
        scores = background_scores(profile, background.load(connection, language))
        texts = [SeedText(seed.title, seed.text, seed.language) for seed in own]
        fits = seed_fits(texts, load_corpus(connection, language), topic.dial) if len(own) > 1 else []
        languages.append(
            LanguageFacts(
                language,
                profile,
                own,
                sampled.get(language, 0),
                rates.get(language, 0.0),
                dict(shares_above(profile, scores)),
                tuple(fits),
            )
        )
    return TopicFacts(
        topic=topic,
        seeds=seeds,
        languages=tuple(languages),
        counts=matches.match_counts(connection)[topic.name],
        verdicts=tuple(feedback.verdicts(connection, topic.name)),
        sampled=sampled,
        rematched=is_rematched(connection, matcher),
    )


def _plain(shown: TopicFacts, advice: list[str]) -> dict[str, object]:
    return {
        "name": shown.topic.name,
        "matches": shown.counts.match,
        "review": shown.counts.review,
        "verdicts": {verdict: count_verdicts(shown, verdict) for verdict in ("yes", "no")},
        "seeds": [
            {
                "id": seed.article_id,
                "language": seed.language,
                "title": seed.title,
                "by_command": not seed.declared,
            }
            for seed in shown.seeds
        ],
        "languages": {
            known.language: {
                "measure": known.profile.measure,
                "threshold": threshold_at(known.profile, shown.topic.dial),
                "background": known.read,
                "left_out": known.profile.left_out,
                "next_step": (next_step(known.read) or (None,))[0],
                "articles_a_day": round(known.a_day, 1),
                "matches_a_day": {
                    dial: round(share * known.a_day, 2) for dial, share in known.shares.items()
                },
                "seeds": len(known.seeds),
                "misfits": [known.seeds[fit.number].article_id for fit in known.fits if not fit.fits],
                "terms": [[term.surface, round(term.weight, 3)] for term in known.profile.terms],
            }
            for known in shown.languages
        },
        "advice": advice,
    }


def _print_topic(shown: TopicFacts) -> None:
    topic = shown.topic
    secho(topic.title or topic.name, bold=True)
    for rule in ("any", "require", "exclude"):
        if getattr(topic, rule):
            echo(f"{rule}: {getattr(topic, rule).strip()}")
    for entity, names in topic.aliases:
        echo(f"alias: {entity} = {', '.join(names)}")
    line = f"{shown.counts.match} match{'' if shown.counts.match == 1 else 'es'}"
    if shown.counts.review:
        line += f", {shown.counts.review} more to review: `seedwatch topics review {topic.name}`"
    echo(line)
    if shown.verdicts:
        echo(f"marked: {count_verdicts(shown, 'yes')} yes, {count_verdicts(shown, 'no')} no")


def _print_language(known: LanguageFacts, dial: str) -> None:
    echo(f"\n{known.language}: learned from {len(known.seeds)} seed{'s' if len(known.seeds) != 1 else ''}")
    for seed in known.seeds:
        echo(f"  {seed.article_id}  {printable(seed.title)}{'' if seed.declared else '  (by command)'}")
    echo(f"  measure: {_measure(known)}")
    unit = score_unit(known.profile.measure)
    echo(f"  a match needs {threshold_at(known.profile, dial):.2f} {unit} (dial {dial})")
    if known.shares:
        expected = ", ".join(f"{name} {share * known.a_day:.1f}" for name, share in known.shares.items())
        echo(f"  matches a day by dial: {expected}; of {known.a_day:.0f} articles a day")
    echo(f"  terms: {', '.join(printable(term.surface) for term in known.profile.terms)}")


def _measure(known: LanguageFacts) -> str:
    """Which measure is in force, and when the next one is."""
    named = (
        f"{known.read} articles that were read"
        if known.profile.measure == "background"
        else "word frequencies"
    )
    step = next_step(known.read)
    if known.profile.left_out:
        named += f", without {known.profile.left_out} of them that are likely on topic"
    if step is None:
        return named
    return f"{named}; from {step[0]} articles on, {step[0] - known.read} more, {step[1]}"
