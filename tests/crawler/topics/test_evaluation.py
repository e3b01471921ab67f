"""What a profile would do to the press, and what marked articles teach it, measured on held-out ones."""

import pytest

from crawler.topics.corpus import Corpus
from crawler.topics.evaluation import (
    LEAST_OF_EACH,
    background_scores,
    held_out,
    held_out_seeds,
    next_step,
    seed_fits,
    shares_above,
)
from crawler.topics.learn import build_profile
from crawler.topics.terms import LabelledText, SeedText, term_list

SUBJECTS = (
    "tunnel strait ferry",
    "harvest wheat field",
    "orchestra concert hall",
    "parliament budget tax",
    "goal league match",
)


def text(subject: int, number: int) -> str:
    """Words of a subject, in an order and with company of their own."""
    words = SUBJECTS[subject].split()
    return " ".join(
        f"{words[(number + place) % 3]} {words[place % 3]} day{'abcdefgh'[(number + place) % 8]}s report"
        for place in range(20)
    )


def seed(subject: int, number: int = 0) -> SeedText:
    return SeedText(SUBJECTS[subject].split()[number % 3].title(), text(subject, number), "en")


# One in twenty is on the first subject.
ARTICLES = [
    term_list("Report", text(0 if number % 20 == 0 else 1 + number % 4, number), "en")
    for number in range(160)
]
CORPUS = Corpus.of("en", ARTICLES)


def test_a_narrower_dial_matches_no_more():
    profile = build_profile([seed(0)], CORPUS)

    shares = shares_above(profile, background_scores(profile, ARTICLES))

    assert 1 >= shares["wide"] >= shares["normal"] >= shares["strict"] >= 0
    assert shares["normal"] == pytest.approx(8 / 160, abs=0.02)


def test_few_articles_have_no_shares():
    profile = build_profile([seed(0)], CORPUS)

    assert shares_above(profile, background_scores(profile, ARTICLES[:29])) == {}


@pytest.mark.parametrize(("size", "step"), [(0, 100), (99, 100), (100, 300), (299, 300), (300, None)])
def test_the_next_step_is_the_size_at_which_scores_are_made_otherwise(size, step):
    found = next_step(size)

    assert (found[0] if found else None) == step


def test_a_seed_about_something_else_does_not_fit():
    fits = seed_fits([seed(0, 0), seed(0, 1), seed(0, 2), seed(2, 0)], CORPUS, "normal")

    assert [fit.number for fit in fits if not fit.fits] == [3]
    assert seed_fits([seed(0)], CORPUS, "normal") == []


def labelled(*, relevant: bool, subject: int, count: int) -> list[LabelledText]:
    return [LabelledText("Report", text(subject, 3 + number), "en", relevant) for number in range(count)]


def test_too_few_marked_articles_have_no_estimate():
    marked = labelled(relevant=True, subject=0, count=9) + labelled(
        relevant=False, subject=1, count=LEAST_OF_EACH - 1
    )

    assert held_out([seed(0)], [], marked, CORPUS) is None


def test_marks_that_say_what_the_seed_says_lose_nothing():
    marked = labelled(relevant=True, subject=0, count=5) + labelled(relevant=False, subject=1, count=5)

    estimate = held_out([seed(0)], [], marked, CORPUS)

    assert estimate is not None
    assert (estimate.before, estimate.after, estimate.articles) == (1.0, 1.0, 10)


def test_marks_teach_what_the_seed_does_not_know():
    def marked(words: str, *, relevant: bool) -> list[LabelledText]:
        return [
            LabelledText("Report", f"{text(0, number)} {words} {'abcdefgh'[number]}th hour", "en", relevant)
            for number in range(8)
        ]

    regatta = marked("regatta sailors winners regatta", relevant=False)
    treaty = marked("treaty ministers commission treaty", relevant=True)

    estimate = held_out([seed(0)], [], regatta + treaty, CORPUS)

    assert estimate is not None
    assert estimate.before < estimate.after == 1.0


def marked(subject: int, number: int) -> LabelledText:
    return LabelledText("Report", text(subject, number), "en", subject == 0)


MARKS = [marked(0, 100 + number) for number in range(6)] + [marked(1, 100 + number) for number in range(6)]


def test_seeds_of_another_subject_lower_the_estimate_and_of_the_same_do_not():
    own, other = [seed(0, 0), seed(0, 1)], [seed(1, number) for number in range(4)]

    worse = held_out_seeds(own, [*own, *other], MARKS, CORPUS)
    same = held_out_seeds(own, [*own, seed(0, 2)], MARKS, CORPUS)

    assert worse.after < worse.before
    assert same.after >= same.before
    assert worse.articles == 12


def test_an_estimate_of_seeds_takes_four_of_each_that_become_no_seeds():
    promoted = [SeedText(text.title, text.text, "en") for text in MARKS[:3]]

    assert held_out_seeds([seed(0)], [seed(0), *promoted], MARKS, CORPUS) is None
