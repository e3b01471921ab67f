"""What one article is to another beside it: its copy, its follow-up, or nothing. Pure."""

import math
from collections.abc import Sequence
from urllib.parse import urlsplit

from crawler.stories.compare import ComparedText, Likeness, compare, shares_enough
from crawler.stories.copy_weights import WEIGHTS
from crawler.text.equality import title_overlap
from storage.records.decisions import Known
from storage.records.stories import Member, Pair

# Texts under this length are equal by chance or by template (consent notes, stubs), so the headline must agree too:
# on the evaluation texts 13 of 14 walls were merged without this rule, none with it.
_EQUAL_WORDS = 70
_EQUAL_TITLE_OVERLAP = 0.34
# Texts that share less of the shorter one's shingles are not looked at closer: no copy of the evaluation shares less
# than a third.
_LEAST_SHARED = 0.2
# Both sides of a follow-up hold more that is new than that is old; below .2 lie stock phrases.
_FOLLOW_UP = (0.2, 0.7)
_FOLLOW_UP_WORDS, _FOLLOW_UP_HOURS = 40, 30 * 24
# Texts that share no more than this are reports of a template if two figures, most of all, are others.
_SHORT_WORDS = 200
# Shorter ones are equal by chance (stubs, consent notes), so that the headline must agree too.
_SHORTEST_WORDS, _SHORTEST_TITLE_OVERLAP = 40, 0.34
# One text holds the other nearly whole, and has much more beside it.
_WHOLE = 0.9


def judge_pairs(newcomer: Member, known: Known) -> tuple[Pair, ...]:
    """What *newcomer* is to the stored articles with its text and to those that share a part of it, surest first."""
    equal = [Pair(member, "copy", 1.0) for member in known.same_text if is_equal_story(newcomer, member)]
    beside = [_story(member) for member in known.similar]
    compared = likenesses(_story(newcomer), beside, _stories(known.similar))
    judged = [
        (copy_probability(likeness), member, likeness)
        for member, likeness in zip(known.similar, compared, strict=True)
        if likeness is not None
    ]
    judged.sort(key=lambda scored: -scored[0])
    return (*equal, *(pair for scored in judged if (pair := _pair(*scored))))


def is_equal_story(one: Member, other: Member) -> bool:
    """Whether two with the same text tell the same story."""
    return (
        min(one.words, other.words) >= _EQUAL_WORDS
        or title_overlap(_stated_title(one), _stated_title(other)) >= _EQUAL_TITLE_OVERLAP
    )


def _pair(probability: float, member: Member, likeness: Likeness) -> Pair | None:
    similarity = max(likeness.coverage, likeness.coverage_back)
    if probability >= 0.5:
        return Pair(member, "copy", similarity)
    return Pair(member, "follow_up", similarity) if is_follow_up(likeness) else None


def _story(member: Member) -> ComparedText:
    host = urlsplit(member.url).netloc if member.url else ""
    return ComparedText(_stated_title(member), member.text, host, member.published_at)


def _stated_title(member: Member) -> str:
    """The headline; "" for what an import without one has in its place, the beginning of the text: it says no more."""
    is_made = member.origin == "import" and member.text.startswith(member.title.removesuffix(" …"))
    return "" if is_made else member.title


def _stories(members: Sequence[Member]) -> list[int]:
    return [member.head_id or member.id or 0 for member in members]


def copy_probability(likeness: Likeness) -> float:
    """How likely (0 to 1) the one repeats the other: a logistic model, after three rules that it cannot learn.

    Few figures in a short text are few words: a daily report of the same template has all but them in common, as two
    telegrams have all but the names. What is shorter than a paragraph is told from a stub by the headline alone.
    """
    if (
        likeness.shared_words < _SHORT_WORDS
        and likeness.figures_replaced >= 2
        and likeness.figures_share >= 0.5
    ):
        return 0.0
    if likeness.shared_words < _SHORT_WORDS and has_other_names(likeness):
        return 0.0
    if likeness.shared_words < _SHORTEST_WORDS and likeness.title_overlap < _SHORTEST_TITLE_OVERLAP:
        return 0.0
    total = sum(WEIGHTS[name] * value for name, value in evidence(likeness).items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def has_other_names(likeness: Likeness) -> bool:
    """Whether the same names are replaced by the same others in several places, or in text and headline.

    Of 640 true short copies of the evaluation's dev half four have it in two places ("Revs" for "Sales"), none in
    three or in the headline.
    """
    return likeness.swaps_titled > 0 or likeness.swaps_repeated >= (2 if likeness.is_unspaced else 3)


def evidence(likeness: Likeness) -> dict[str, float]:
    """What the model weighs, by name; each about 0 to 1."""
    coverage = max(likeness.coverage, likeness.coverage_back)
    # 1 for texts of up to 27 shared words, 0 from 200 on: there a single word counts more.
    shortness = _between((math.log(_SHORT_WORDS) - math.log(1 + likeness.shared_words)) / 2)
    gap = _gap(likeness.gap_h)
    return {
        "always": 1.0,
        "coverage": coverage,
        "coverage_above_60": max(0.0, coverage - 0.6),
        "coverage_above_80": max(0.0, coverage - 0.8),
        "length": math.log(1 + likeness.shared_words) / 5,
        "figures_replaced": likeness.figures_share,
        "figures_count": math.log(1 + likeness.figures_replaced),
        "names_replaced": likeness.names_share,
        "names_count": math.log(1 + likeness.names_replaced),
        "figures_and_names_replaced": likeness.figures_share * likeness.names_share,
        "holes": likeness.holes_share,
        "apart": max(0.0, 0.75 - coverage),
        "title": likeness.title_overlap,
        "title_replaced": likeness.title_replaced,
        "gap": gap,
        "same_host": float(likeness.same_host),
        "own_coverage": likeness.own_coverage,
        "template": likeness.template_share * likeness.own_coverage,
        "short_figures_replaced": likeness.figures_share * shortness,
        "short_names_replaced": likeness.names_share * shortness,
        "short_gap": gap * shortness,
        "short_holes": likeness.holes_share * shortness,
        "short_title_replaced": likeness.title_replaced * shortness,
        "swaps_repeated": min(1.0, likeness.swaps_repeated / 4),
        "swaps_titled": float(likeness.swaps_titled > 0),
    }


def is_follow_up(likeness: Likeness) -> bool:
    """Whether two that are no copies share passages as a story and its continuation do, and no mere template."""
    least, most = _FOLLOW_UP
    coverage = max(likeness.coverage, likeness.coverage_back)
    return (
        least <= coverage <= most
        and likeness.shared_words >= _FOLLOW_UP_WORDS
        and likeness.template_share < 0.5
        and (likeness.gap_h is None or likeness.gap_h <= _FOLLOW_UP_HOURS)
    )


def relation_to(coverage: float, coverage_of_head: float) -> str:
    """What a member is to the head of its story, by the shares (0 to 1) of either that lie in the other."""
    if coverage >= _WHOLE > coverage_of_head:
        return "excerpt"
    return "extended" if coverage_of_head >= _WHOLE > coverage else "copy"


def likenesses(
    one: ComparedText, others: Sequence[ComparedText], stories: Sequence[int]
) -> list[Likeness | None]:
    """*one* beside each of *others*, whose *stories* are numbered; None if they hardly share anything.

    What two others of different stories share with *one* as well counts as template.
    """
    close = [shares_enough(one.text, other.text, _LEAST_SHARED) for other in others]
    results: list[Likeness | None] = []
    for other, story, is_close in zip(others, stories, close, strict=True):
        third = [
            each.text
            for each, its, shares in zip(others, stories, close, strict=True)
            if shares and its != story
        ]
        results.append(compare(one, other, third) if is_close else None)
    return results


def _gap(gap_h: float | None) -> float:
    """0 within a day, 1 from a week on, by its logarithm; an unknown one as half a day more than one."""
    if gap_h is None:
        return 0.3
    return _between((math.log(1 + gap_h) - math.log(25)) / (math.log(169) - math.log(25)))


def _between(value: float) -> float:
    return max(0.0, min(1.0, value))
