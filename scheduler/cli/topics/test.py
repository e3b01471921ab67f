"""The command `topics test`: what a topic would match of all that is held, or of the article in a file."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from crawler.holdings.rematch import context_of
from crawler.topics import trial
from crawler.topics.evaluation import background_scores
from crawler.topics.match import MatchContext, TopicIndex, TopicMatcher, score_topics
from crawler.topics.profile import threshold_at
from crawler.topics.seed_meanings import vector_of
from crawler.topics.terms import SeedText
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_json, print_table, printable, secho
from scheduler.cli.progress import ProgressLine
from scheduler.cli.topics.group import chosen_topic, known_topics
from scheduler.cli.topics.trial import Sample, TrialCounts, sample_of
from scheduler.config.load import Config, load_topics
from scheduler.files.seed_files import SeedFile, named_once, parse_file, read_seeds
from storage.articles import held as holdings
from storage.errors import ConfigError, ParseError
from storage.records.articles import Article
from storage.records.topics import TextVector, Topic
from storage.topics import background


@dataclass(frozen=True, slots=True)
class _Sampled:
    """How much of a language's background a topic would match, by the seeds' score alone."""

    language: str
    size: int  # articles in the sample
    seen: int  # articles that it was drawn from
    above: int  # articles of the sample at or above the threshold


@click.command("test")
@click.argument("item", required=False, metavar="[NAME|FILE.toml|ARTICLE-FILE]")
@click.option(
    "--topic", help="The topic to test an article's file against; may be left out if there is only one."
)
@click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 36_500), help="How far to look back."
)
@click.option(
    "-n", "--samples", default=5, show_default=True, type=click.IntRange(1, 100), help="Of each kind."
)
@json_option
def test_topic(item: str | None, topic: str | None, days: int, samples: int, as_json: bool) -> None:
    """Show what a topic would match of all that is held, or whether the article in a file would match.

    NAME is a topic of the settings, and may be left out where there is one; FILE.toml holds one or more [[topic]]
    tables that need not be in the settings yet.
    Looked at are the stored articles, the texts of off-topic ones that are still held, and the sample of all that was
    read. Nothing is stored.
    """
    with opened() as (config, connection):
        item = chosen_topic(config, None, by="as NAME").name if item is None else item
        file = Path(item)
        if file.is_file() and file.suffix.lower() != ".toml":
            _print_file(_test_file(config, connection, file, topic), as_json=as_json)
            return
        matchers = _matchers(config, connection, item)
        tallies = _count(connection, matchers, days, samples)
        sampled = [_sample(connection, matcher) for matcher in matchers]
    if as_json:
        plain = [_plain(*counted, days) for counted in zip(matchers, tallies, sampled, strict=True)]
        print_json(plain if file.is_file() else plain[0])
        return
    for matcher, tally, languages in zip(matchers, tallies, sampled, strict=True):
        _print_tally(matcher.topic, tally, languages, days)


def _matchers(config: Config, connection: Connection, item: str) -> list[TopicMatcher]:
    """The topics to try, as their seeds and the present background make them."""
    if Path(item).is_file():
        return [
            trial.trial_matcher(connection, topic, _file_seeds(topic)) for topic in load_topics(Path(item))
        ]
    for topic in config.topics:
        if topic.name == item:
            seeds = trial.seed_texts(connection, topic.name)
            return [
                trial.trial_matcher(connection, topic, seeds, trial.labelled_texts(connection, topic.name))
            ]
    raise ConfigError(f"there is no topic and no file {item!r}; {known_topics(config)}")


def _file_seeds(topic: Topic) -> list[SeedText]:
    return [
        SeedText(article.title, article.text, article.language)
        for path in topic.seeds
        for file in _read_files(Path(path))
        for article in file.articles
    ]


def _read_files(path: Path) -> Iterator[SeedFile]:
    """The seed files of *path*; those that are refused are named on stderr."""
    for file in read_seeds(path, clock.now()):
        if file.mistake:
            echo(f"note: {file.mistake}", err=True)
        yield file


def _count(
    connection: Connection, matchers: Sequence[TopicMatcher], days: int, samples: int
) -> list[TrialCounts]:
    tallies = [TrialCounts(samples) for _ in matchers]
    indexes = [TopicIndex.of([matcher]) for matcher in matchers]
    vectors = partial(_vector, connection)
    line, total = ProgressLine("articles"), max(holdings.count_held(connection), 1)
    since = clock.now() - timedelta(days=days)
    for number, held in enumerate(holdings.held_since(connection, since), 1):
        for matcher, index, tally in zip(matchers, indexes, tallies, strict=True):
            scored = score_topics(
                held.article, context_of(held), index, vectors(index, held.article, make=False)
            )
            needed = _needed(held.article, matcher)
            tally.add(sample_of(held.article, held.source, scored, needed), held.read_at)
        line.show(number, min(number / total, 1.0))
    line.clear()
    return tallies


def _sample(connection: Connection, matcher: TopicMatcher) -> list[_Sampled]:
    sampled = []
    for language, profile in matcher.profiles.items():
        scores = background_scores(profile, background.load(connection, language))
        size, seen = background.counts(connection, language)
        above = sum(score >= threshold_at(profile, matcher.topic.dial) for score in scores)
        if size:
            sampled.append(_Sampled(language, size, seen, above))
    return sampled


def _test_file(config: Config, connection: Connection, file: Path, topic: str | None) -> list[Sample]:
    """The articles of a file, held against a topic."""
    chosen = chosen_topic(config, topic)
    (matcher,) = _matchers(config, connection, chosen.name)
    try:
        articles = parse_file(file, clock.now())
    except (OSError, ParseError) as error:
        raise ConfigError(named_once(file, error)) from error
    index = TopicIndex.of([matcher])
    return [
        sample_of(
            article,
            "",
            score_topics(
                article, MatchContext(domain=article.outlet_host), index, _vector(connection, index, article)
            ),
            _needed(article, matcher),
        )
        for article in articles
    ]


def _vector(
    connection: Connection, index: TopicIndex, article: Article, *, make: bool = True
) -> TextVector | None:
    """What *article* means, where the topic asks for it; without *make* only if it is stored."""
    return vector_of(connection, article, make=make) if index.wants_vector(article.language) else None


def _needed(article: Article, matcher: TopicMatcher) -> float | None:
    profile = matcher.profiles.get(article.language or "")
    return None if profile is None else threshold_at(profile, matcher.topic.dial)


def _plain(
    matcher: TopicMatcher, tally: TrialCounts, sampled: Sequence[_Sampled], days: int
) -> dict[str, object]:
    return {
        "topic": matcher.topic.name,
        "looked_at": tally.looked,
        "days": days,
        "matches": tally.matches,
        "matches_a_day": round(tally.a_day(clock.now(), days), 2),
        "review": tally.review,
        "sources": {
            source: {"looked_at": number, "matches": tally.matches_by_source[source]}
            for source, number in sorted(tally.looked_by_source.items())
        },
        "background": [asdict(language) for language in sampled],
        "just_above": [asdict(sample) for sample in tally.just_above],
        "just_below": [asdict(sample) for sample in tally.just_below],
        "by_rule": [asdict(sample) for sample in tally.by_rule],
        "excluded": [asdict(sample) for sample in tally.excluded],
    }


def _print_tally(topic: Topic, tally: TrialCounts, sampled: Sequence[_Sampled], days: int) -> None:
    secho(f"{topic.title or topic.name}", bold=True)
    span = tally.span_days(clock.now(), days)
    echo(
        f"{tally.matches} of {tally.looked} articles read in the last {'day' if span == 1 else f'{span} days'} would "
        f"match, {tally.a_day(clock.now(), days):.1f} a day; {tally.review} more would be left to review"
    )
    if tally.matches_by_source:
        by_source = ", ".join(
            f"{source} {number} of {tally.looked_by_source[source]}"
            for source, number in tally.matches_by_source.most_common()
        )
        echo(f"by source: {by_source}")
    for language in sampled:
        echo(_sampled_line(language))
    _print_samples("just above the threshold", tally.just_above)
    _print_samples("just below", tally.just_below)
    _print_samples("found by a rule or by names, whatever the score", tally.by_rule)
    _print_samples("high enough, but kept out by `exclude` or `require`", tally.excluded)
    echo()


def _sampled_line(language: _Sampled) -> str:
    line = f"background, by the seeds' score alone: {language.language} {language.above} of {language.size}"
    if language.seen > language.size:
        scaled = round(language.above * language.seen / language.size)
        line += f", a sample of {language.seen} that were read: about {scaled} of these"
    return line


def _print_samples(head: str, samples: Sequence[Sample]) -> None:
    if not samples:
        return
    secho(f"\n{head}:", bold=True)
    rows = [
        (
            sample.score,
            sample.threshold,
            "review" if sample.outcome == "review" else "",
            sample.source,
            sample.language,
            sample.title,
        )
        for sample in samples
    ]
    print_table(["score", "of", "", "source", "language", "headline"], rows)


def _print_file(samples: Sequence[Sample], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(sample) for sample in samples])
        return
    for sample in samples:
        secho(printable(sample.title), bold=True)
        said = "no seed in its language"
        if sample.score is not None and sample.threshold is not None:
            said = f"score {sample.score:.2f} of {sample.threshold:.2f}"
        outcome = {"none": "no match", "excluded": "no match, kept out by a rule", "rule": "match by a rule"}
        echo(f"  {outcome.get(sample.outcome, sample.outcome)}: {said}")
        if sample.terms:
            echo(f"  words: {', '.join(map(printable, sample.terms))}")
