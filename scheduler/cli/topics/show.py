"""The command `topics show`: what a topic has learned, what it would match, and what would make it better."""

from sqlite3 import Connection

import click

from crawler import clock
from crawler.holdings.rematch import is_rematched
from crawler.topics.evaluation import background_scores, next_step, seed_fits, shares_above
from crawler.topics.prepare import load_corpus, prepare_matcher
from crawler.topics.profile import threshold_at
from crawler.topics.terms import SeedText
from scheduler.cli.context import opened
from scheduler.cli.output import json_option, print_json, printable
from scheduler.cli.topics.group import declared_topic, score_unit
from scheduler.cli.topics.topic_advice import LanguageFacts, TopicFacts, advise, count_verdicts
from storage.articles import feedback, matches
from storage.records.articles import Topic
from storage.topics import background, topics

# Days over which articles a day are counted.
RATE_DAYS = 14


@click.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show what a topic has learned from its seeds, what it would match, and what would make it better."""
    with opened() as (config, connection):
        shown = _gather(connection, declared_topic(config, name))
        read_in = {source.source.language for source in config.sources if source.source.enabled}
        advice = advise(shown, {language for language in read_in if language})
    if as_json:
        print_json(_plain(shown, advice))
        return
    _print_topic(shown)
    for one in shown.languages:
        _print_language(one, shown.topic.dial)
    click.echo()
    for line in advice:
        click.echo(f"note: {line}")


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
                language, profile, own, sampled.get(language, 0), rates.get(language, 0.0),
                dict(shares_above(profile, scores)), tuple(fits),
            )
        )  # fmt: skip
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
            one.language: {
                "measure": one.profile.measure,
                "threshold": threshold_at(one.profile, shown.topic.dial),
                "background": one.read,
                "next_step": (next_step(one.read) or (None,))[0],
                "articles_a_day": round(one.a_day, 1),
                "matches_a_day": {dial: round(share * one.a_day, 2) for dial, share in one.shares.items()},
                "seeds": len(one.seeds),
                "misfits": [one.seeds[fit.number].article_id for fit in one.fits if not fit.fits],
                "terms": [[term.surface, round(term.weight, 3)] for term in one.profile.terms],
            }
            for one in shown.languages
        },
        "advice": advice,
    }


def _print_topic(shown: TopicFacts) -> None:
    topic = shown.topic
    click.secho(topic.title or topic.name, bold=True)
    for rule in ("any", "require", "exclude"):
        if getattr(topic, rule):
            click.echo(f"{rule}: {getattr(topic, rule).strip()}")
    for entity, names in topic.aliases:
        click.echo(f"alias: {entity} = {', '.join(names)}")
    line = f"{shown.counts.match} match{'' if shown.counts.match == 1 else 'es'}"
    if shown.counts.review:
        line += f", {shown.counts.review} more to review: `seedwatch topics review {topic.name}`"
    click.echo(line)
    if shown.verdicts:
        click.echo(f"marked: {count_verdicts(shown, 'yes')} yes, {count_verdicts(shown, 'no')} no")


def _print_language(one: LanguageFacts, dial: str) -> None:
    click.echo(f"\n{one.language}: learned from {len(one.seeds)} seed{'s' if len(one.seeds) != 1 else ''}")
    for seed in one.seeds:
        click.echo(f"  {seed.article_id}  {printable(seed.title)}{'' if seed.declared else '  (by command)'}")
    click.echo(f"  measure: {_measure(one)}")
    unit = score_unit(one.profile.measure)
    click.echo(f"  a match needs {threshold_at(one.profile, dial):.2f} {unit} (dial {dial})")
    if one.shares:
        expected = ", ".join(f"{name} {share * one.a_day:.1f}" for name, share in one.shares.items())
        click.echo(f"  matches a day by dial: {expected}; of {one.a_day:.0f} articles a day")
    click.echo(f"  terms: {', '.join(printable(term.surface) for term in one.profile.terms)}")


def _measure(one: LanguageFacts) -> str:
    """Which measure is in force, and when the next one is."""
    named = (
        f"{one.read} articles that were read" if one.profile.measure == "background" else "word frequencies"
    )
    step = next_step(one.read)
    if step is None:
        return named
    return f"{named}; from {step[0]} articles on, {step[0] - one.read} more, {step[1]}"
