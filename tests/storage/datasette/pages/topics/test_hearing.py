"""What a topic hears, on its page: languages with seeds, with finds, with neither, and the one next step."""

import pytest

from storage.datasette.pages.topics.hearing import HeardLanguage, heard_of, next_step
from tests.support.datasette_data import fill
from tests.support.datasette_serving import opened, tree, words


def found(language: str, reason: str, number: int) -> dict[str, object]:
    return {"language": language, "reason": reason, "found": number}


def test_languages_come_with_what_was_found_and_by_what_the_most_read_first() -> None:
    heard = heard_of(
        [{"language": "en", "seeds": 2}],
        [
            {"language": language, "seen": seen}
            for language, seen in (("en", 40), ("ko", 900), ("fi", 3), ("vi", 9))
        ],
        [
            found("en", "rule", 1),
            found("en", "both", 4),
            found("en", "seed", 2),
            found("ru", "alias", 1),
            found("ru", "marked", 1),
        ],
        [{"language": "ko", "found": 5}, {"language": "zh", "found": 1}],
    )

    assert heard == [
        HeardLanguage("ko", 0, 900, 0, 5, ()),
        HeardLanguage("en", 2, 40, 7, 0, ("seeds", "query")),
        HeardLanguage("vi", 0, 9, 0, 0, ()),
        HeardLanguage("ru", 0, 0, 2, 0, ("names", "marks")),
        HeardLanguage("zh", 0, 0, 0, 1, ()),
    ]
    assert [one.language for one in heard if one.is_deaf] == ["vi"]


def test_a_reason_of_a_later_version_stands_as_it_is() -> None:
    assert heard_of([], [], [found("en", "hearsay", 1)], [])[0].by == ("hearsay",)


@pytest.mark.parametrize(
    ("heard", "step"),
    [
        ([], "It has no seeds and found nothing: seedwatch seeds import FILE... --topic pair"),
        (
            [HeardLanguage("en", 1, 9, 0, 0, ())],
            "Three seeds in en hear far more than 1: seedwatch topics promote",
        ),
        (
            [HeardLanguage("en", 3, 9, 1, 0, ("seeds",)), HeardLanguage("vi", 0, 9, 0, 0, ())],
            "Nothing was found in vi: seedwatch topics show pair",
        ),
        ([HeardLanguage("en", 3, 9, 1, 0, ("seeds",))], ""),
    ],
)
def test_the_next_step_is_one_sentence_with_a_command(heard, step) -> None:
    assert next_step("pair", heard).startswith(step)
    assert bool(next_step("pair", heard)) == bool(step)


def test_the_topic_page_shows_what_it_hears(tmp_path) -> None:
    with opened(fill(tmp_path / "watch.db")) as datasette:
        table = tree(datasette, "/-/topic/dprk-russia").find_class("sw-hears")[0]

    rows = {words(row[0]): [words(cell) for cell in row] for row in table.iter("tr")}
    assert rows["language"][1:] == ["seeds", "articles read", "matches in 30 days", "by", "to review"]
    assert "seeds" in rows["en"][4]
    assert sum(int(cells[3]) for name, cells in rows.items() if name != "language") == 22
