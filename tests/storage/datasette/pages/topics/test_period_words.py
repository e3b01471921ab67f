"""What is written of a topic now and was not before."""

import random

from storage.datasette.pages.topics.period_words import SHOWN, period_words

OFTEN = [("en", f"Ministers of both states discuss the railway, day {number}") for number in range(60)]


def test_word_of_now_is_found_and_words_of_always_are_not():
    now = [
        *OFTEN[:30],
        *(("en", f"Railway ministers open the tunnel number {number}") for number in range(12)),
    ]
    found = period_words(now, OFTEN[30:])

    assert "tunnel" in [word.word for word in found["en"]]
    assert not {"Railway", "railway", "ministers", "Ministers", "the"} & {word.word for word in found["en"]}
    tunnel = next(word for word in found["en"] if word.word == "tunnel")
    assert (tunnel.now, tunnel.before) == (12, 0)


def test_forms_of_a_word_are_one_and_shown_as_they_are_mostly_written():
    now = [*OFTEN[:30], *[("en", "The Tunnel opens")] * 6, *[("en", "Tunnels open")] * 3]
    words = [word for word in period_words(now, OFTEN[30:])["en"] if word.word.lower().startswith("tunnel")]

    assert [(word.word, word.now) for word in words] == [("Tunnel", 9)]


def test_names_without_blanks_are_found_as_two_characters():
    usual = [("zh", f"两国部长讨论铁路{'一二三四五'[number % 5]}") for number in range(40)]
    found = period_words([*usual[:20], *[("zh", "朝俄两国部长讨论铁路")] * 10], usual[20:])

    assert "朝俄" in [word.word for word in found["zh"]]


def test_languages_are_held_against_themselves():
    russian = [("ru", f"Министры обсуждают железную дорогу {number}") for number in range(40)]
    tunnel = [("ru", "Министры открыли туннель")] * 9

    assert period_words(OFTEN[:30] + russian[:30], OFTEN[30:]) == {}
    assert list(period_words([*OFTEN[:30], *russian[:20], *tunnel], [*OFTEN[30:], *russian[20:]])) == ["ru"]


def test_one_text_of_many_words_is_no_word_of_the_time():
    assert period_words([*OFTEN[:30], ("en", "tunnel " * 50)], OFTEN[30:]) == {}


def test_chance_alone_brings_hardly_any_word():
    drawn = random.Random(4)
    words = [f"word{place}" for place in range(300)]
    weights = [1 / (place + 1) for place in range(300)]

    def period():
        return [("en", " ".join(drawn.choices(words, weights, k=10))) for _ in range(400)]

    found = [word for _ in range(5) for word in period_words(period(), period()).get("en", [])]
    assert len(found) <= 3


def test_list_ends_somewhere():
    now = [("en", " ".join(f"new{place}x" for place in range(40))) for _ in range(20)]

    assert len(period_words([*OFTEN[:30], *now], OFTEN[30:])["en"]) == SHOWN


def test_nothing_is_said_where_one_of_the_times_is_empty():
    assert period_words([], OFTEN) == period_words(OFTEN, []) == {}
