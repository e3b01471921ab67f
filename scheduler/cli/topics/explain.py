"""The command `topics explain`: why a stored article matches, or what was missing."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection, Row

import click

from crawler import clock
from crawler.topics.match import MatchContext, TopicIndex, TopicMatcher, score_topics
from crawler.topics.prepare import prepare_matcher
from crawler.topics.profile import threshold_at
from crawler.topics.seed_meanings import vector_of
from crawler.topics.terms import SeedText, term_counts
from scheduler.cli.arguments import ARTICLE_ID
from scheduler.cli.context import opened
from scheduler.cli.output import date_text, echo, json_option, print_json, printable, secho, time_text
from scheduler.cli.topics.group import declared_topic, score_unit
from storage.articles import articles, feedback, matches
from storage.articles.held import article_from_row
from storage.errors import ConfigError
from storage.records.articles import Article
from storage.records.topics import Span, Topic
from storage.topics import topics

# Of the words that a topic's profile holds.
SHOWN_WORDS = 8


@dataclass(frozen=True, slots=True)
class _Missed:
    """Why an article does not match a topic."""

    topic: str
    score: float | None  # None: no seed in its language
    threshold: float | None
    measure: str
    why: str
    has: tuple[str, ...]  # of the profile's heaviest terms
    lacks: tuple[str, ...]


@click.command()
@click.argument("article", type=ARTICLE_ID, metavar="ARTICLE-ID")
@click.option("--topic", help="Only this topic.")
@click.option("--full", is_flag=True, help="The whole text with its marks, not only the best paragraph.")
@json_option
def explain(article: int, topic: str | None, full: bool, as_json: bool) -> None:
    """Show why a stored article matches: score, words, sentences, and the paragraph that says most of it, marked.

    For topics that it does not match: its score by what they are now, and what was missing.
    """
    with opened() as (config, connection):
        row = articles.article(connection, article)
        if row is None:
            raise ConfigError(f"there is no article {article}; `seedwatch search` shows the numbers")
        asked = [declared_topic(config, topic)] if topic else list(config.topics)
        current = [
            match for match in matches.matches_of(connection, article) if topic in (None, match["topic"])
        ]
        past = [match for match in matches.past_of(connection, article) if topic in (None, match["topic"])]
        said = [
            verdict
            for verdict in feedback.verdicts(connection, article_id=article)
            if topic in (None, verdict.topic)
        ]
        serves = [name for name in topics.served_by(connection, article) if topic in (None, name)]
        matched = {match["topic"] for match in current}
        refused = {verdict.topic for verdict in said if verdict.verdict == "no"}
        missed = [
            _missed(connection, declared, row, refused=declared.name in refused)
            for declared in asked
            if declared.name not in matched and declared.name not in serves
        ]
    if as_json:
        print_json(
            {
                "article": article,
                "seed_of": serves,
                "marked": {verdict.topic: verdict.verdict for verdict in said},
                "matches": [
                    {**dict(match), "explanation": json.loads(match["explanation"])} for match in current
                ],
                "past": [dict(match) for match in past],
                "missed": [
                    {
                        "topic": near.topic,
                        "score": near.score,
                        "threshold": near.threshold,
                        "why": near.why,
                        "has": near.has,
                        "lacks": near.lacks,
                    }
                    for near in missed
                ],
            }
        )
        return
    _print_head(row)
    for name in serves:
        echo(f"\nit is a seed of {name}")
    for verdict in said:
        by = f" by {printable(verdict.given_by)}" if verdict.given_by else ""
        why = f": {printable(verdict.why)}" if verdict.why else ""
        echo(f"\n{verdict.topic}: marked {verdict.verdict} on {time_text(verdict.given_at)}{by}{why}")
    for match in current:
        _print_match(match, row, full=full)
    for near in missed:
        _print_missed(near)
    for match in past:
        _print_past(match)


REFUSED = (
    "it was marked no, which decides whatever its score: `seedwatch topics mark ARTICLE undo` takes that back"
)


def _missed(connection: Connection, topic: Topic, row: Row, *, refused: bool) -> _Missed:
    """What the topic as it is now says of the stored text; *refused*: it was marked no."""
    matcher = prepare_matcher(connection, topic, clock.now())
    article = article_from_row(row)
    context = MatchContext(row["source"], row["outlet_host"], row["country"])
    index = TopicIndex.of([matcher])
    vector = vector_of(connection, article) if index.wants_vector(article.language) else None
    scored = score_topics(article, context, index, vector)
    profile = matcher.profiles.get(article.language or "")
    if profile is None:
        why = REFUSED if refused else _unscored(article, matcher, matched=bool(scored.matches))
        return _Missed(topic.name, None, None, "", why, (), ())
    threshold = threshold_at(profile, topic.dial)
    counts = term_counts(SeedText(article.title, article.text, article.language))
    words = [(term.surface, term.term in counts) for term in profile.terms]
    return _Missed(
        topic=topic.name,
        score=scored.best_score,
        threshold=threshold,
        measure=profile.measure,
        why=REFUSED
        if refused
        else _why(scored.best_score or 0.0, threshold, matched=bool(scored.matches), topic=topic),
        has=tuple(surface for surface, there in words if there)[:SHOWN_WORDS],
        lacks=tuple(surface for surface, there in words if not there)[:SHOWN_WORDS],
    )


def _why(score: float, threshold: float, *, matched: bool, topic: Topic) -> str:
    if matched:
        return f"it would match now: `seedwatch rematch {topic.name}` makes it a match"
    if score < threshold:
        rule = ", and the query `any` finds nothing in it" if topic.any else ""
        return f"{threshold - score:.2f} are missing{rule}"
    rules = " and ".join(f"`{rule}`" for rule in ("exclude", "require") if getattr(topic, rule))
    return f"its score is enough, but {rules or 'what was marked'} keeps it out"


def _unscored(article: Article, matcher: TopicMatcher, *, matched: bool) -> str:
    if matched:
        return f"it would match now: `seedwatch rematch {matcher.topic.name}` makes it a match"
    language = article.language or "an unknown language"
    ways = [
        text
        for text, there in (
            ("`any`", matcher.topic.any),
            ("the aliases", len(matcher.topic.aliases) > 1),
        )
        if there
    ]
    said = f"; {' and '.join(ways)} found nothing in it" if ways else ""
    return f"there is no seed in its language ({language}){said}"


def _print_head(row: Row) -> None:
    secho(printable(row["title"]), bold=True)
    published = date_text(row["published_at"], row["published_precision"])
    echo(f"{published} · {row['source']} · {row['language'] or '?'} · {row['url'] or ''}")


def _print_match(match: Row, row: Row, *, full: bool) -> None:
    why = json.loads(match["explanation"])
    band = "to review, " if match["band"] == "review" else ""
    echo(f"\n{match['topic']}: {band}by {match['reason']}", nl=False)
    if why["measure"]:
        echo(", ", nl=False)
        secho(f"score {match['score']:.2f}", fg=_colour(match["band"]), bold=True, nl=False)
        echo(f" of {match['threshold']:.2f} {score_unit(why['measure'])}", nl=False)
    echo()
    if match["place"]:
        density = "" if match["density"] is None else f", {match['density']:.1f} places in 100 words"
        echo(f"  the rule found it in the {match['place']}{density}")
    if why.get("caution"):
        echo(f"  left to review: {printable(why['caution'])}")
    for surface, part in why["terms"]:
        echo(f"  {part:6.2f}  {printable(surface)}")
    for sentence in why["sentences"]:
        echo(f"  » {printable(sentence)}")
    spans = [span for values in why["spans"] if (span := Span(*values)).field == "text"]
    shown = row["text"] if full else why.get("paragraph", "")
    start = row["text"].find(shown.removesuffix("…"))
    if shown and start >= 0:
        echo()
        echo(_marked(shown, _within(spans, start, start + len(shown))))


def _print_missed(missed: _Missed) -> None:
    echo(f"\n{missed.topic}: ", nl=False)
    secho("no match", fg="red", bold=True, nl=False)
    if missed.score is not None and missed.threshold is not None:
        echo(f", score {missed.score:.2f} of {missed.threshold:.2f} {score_unit(missed.measure)}", nl=False)
    echo(f"; {missed.why}")
    if missed.has:
        echo(f"  it has: {', '.join(map(printable, missed.has))}")
    if missed.lacks:
        echo(f"  it lacks: {', '.join(map(printable, missed.lacks))}")


def _print_past(past: Row) -> None:
    echo(
        f"\nbefore: {past['topic']}, band {past['band']}, by {past['reason']}, score {past['score']:.2f} "
        f"of {past['threshold']:.2f}, from {time_text(past['matched_at'])} to {time_text(past['ended_at'])} "
        f"({past['why']})"
    )


def _colour(band: str) -> str:
    return "yellow" if band == "review" else "green"


def _within(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Those of *spans* between *start* and *end*, counted from there."""
    inside = (span for span in spans if start <= span.start and span.end <= end)
    return [Span(span.field, span.start - start, span.end - start) for span in inside]


def _marked(text: str, spans: Sequence[Span]) -> str:
    """The text with its spans in colour; between « » without a terminal."""
    pieces, at = [], 0
    for span in spans:
        hit = printable(text[span.start : span.end])
        pieces.append(printable(text[at : span.start]))
        pieces.append(click.style(hit, fg="yellow", bold=True) if sys.stdout.isatty() else f"«{hit}»")
        at = span.end
    return "".join([*pieces, printable(text[at:])])
