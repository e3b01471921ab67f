"""What the pages of a host teach, and when it is forgotten."""

from dataclasses import replace
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from crawler.blocks.site_memory import FIRST_PAGES, fingerprint, learn, page_marks, without_common
from storage.records.site_memory import CommonMarks, PageMarks, SiteMemory

LABEL = "Business"
NOTICE = "Read by {0} people in the harbour"
WORDS = (
    "herring",
    "ferry",
    "lighthouse",
    "timetable",
    "mayor",
    "crane",
    "island",
    "winter",
    "ballot",
    "quay",
)


def story(number: int) -> str:
    """A text that no other number has."""
    lead, rest = divmod(number, len(WORDS))
    return f"The {WORDS[rest]} of {'x' * lead} came first.\nNobody had seen the {WORDS[rest]} {'y' * lead} before."


def page(number: int, *furniture: str, title: str = "", names: tuple[str, ...] = ()) -> PageMarks:
    text = "\n".join((*furniture, story(number)))
    return page_marks(
        text, CommonMarks(), title or f"Headline {WORDS[number % 10]} {'z' * (number // 10)}", names
    )


def taught(pages: list[PageMarks], memory: SiteMemory | None = None) -> SiteMemory:
    memory = memory or SiteMemory()
    for one in pages:
        memory = learn(memory, one)
    return memory


def test_a_line_that_stands_on_many_pages_is_known_after_the_first_pages() -> None:
    pages = [page(number, LABEL, NOTICE.format(number)) for number in range(FIRST_PAGES)]

    assert taught(pages[:-1]).common == CommonMarks()
    memory = taught(pages)

    assert memory.common.lines == {fingerprint(LABEL), fingerprint(NOTICE.format(7))}
    text = f"{LABEL.upper()}\n{story(50)}\n{NOTICE.format(90_000)}"
    assert without_common(text, memory.common.lines) == story(50)


def test_a_line_of_few_pages_or_a_small_share_is_the_articles() -> None:
    few = taught([page(number, *([LABEL] if number < 3 else [])) for number in range(20)])
    rare = taught([page(number, *([LABEL] if number % 14 == 0 else [])) for number in range(60)])

    assert not few.common.lines
    assert not rare.common.lines


def test_what_is_common_stays_until_it_has_become_rare() -> None:
    memory = taught([page(number, *([LABEL] if number % 2 else [])) for number in range(10)])
    mark = fingerprint(LABEL)
    assert mark in memory.common.lines

    for number in range(10, 140):
        memory = learn(memory, page(number, names=()))
        if memory.pages == 70:
            assert mark in memory.common.lines  # below a tenth of the pages, not below a twentieth
    assert mark not in memory.common.lines
    assert mark in memory.common.former


def test_copies_teach_nothing() -> None:
    same = page(1, LABEL)
    updated = page_marks(f"{LABEL}\n{story(1)}\nA line was added.", CommonMarks(), "Headline ferry ", ())
    memory = taught([same])

    assert taught([same] * 20, memory) is memory
    assert learn(memory, updated) is memory
    assert learn(memory, PageMarks()) is memory  # a page without text


def test_pages_under_one_title_teach_where_their_texts_differ() -> None:
    """A site whose name is read as the headline of each page must be learnt, too."""
    memory = taught([page(number, LABEL, title="The Harbour Gazette") for number in range(9)])

    assert fingerprint(LABEL) in memory.common.lines


def test_names_are_learnt_from_the_titles_of_half_the_pages() -> None:
    names = [
        ("theharbourgazette", "business" if number % 3 else "sports", f"title{number}")
        for number in range(12)
    ]
    memory = taught([page(number, names=names[number]) for number in range(12)])

    assert memory.common.names == {"theharbourgazette", "business"}


def test_a_site_that_was_made_anew_is_forgotten() -> None:
    memory = taught([page(number, LABEL, names=("gazette",)) for number in range(30)])
    anew = [page(number) for number in range(100, 106)]

    assert taught(anew[:5], memory).pages == 35
    forgotten = taught(anew, memory)

    assert forgotten.pages == 1
    assert forgotten.common == CommonMarks(former=frozenset({fingerprint(LABEL)}))


def test_a_line_of_every_other_page_is_not_forgotten_for_six_without_it() -> None:
    memory = taught([page(number, *([LABEL] if number % 2 else [])) for number in range(30)])

    assert taught([page(number) for number in range(100, 106)], memory).pages == 36


@given(st.lists(st.lists(st.text(min_size=2, max_size=8), max_size=300), max_size=30))
def test_a_memory_is_bounded(texts: list[list[str]]) -> None:
    memory = SiteMemory()
    for number, lines in enumerate(texts):
        text = "\n".join([*lines, f"line {'a' * number}"])
        memory = learn(memory, page_marks(text, memory.common, f"t {'b' * number}", lines))
    assert_bounded(memory)


def test_a_memory_is_bounded_over_many_pages() -> None:
    letters = "abcdefghijklmnopqrst"
    memory = SiteMemory()
    for number in range(450):
        own = [
            f"{one}{two} own {'w' * (number % 25)} {letters[number % 20]}"
            for one in letters
            for two in letters[:5]
        ]
        lines = [*own[: number % 90], LABEL, f"common {letters[number % 3]}", f"only {number * 'v'}"]
        memory = learn(memory, page_marks("\n".join(lines), memory.common, f"t {number * 'b'}", lines))
        assert memory.pages < 200
    assert fingerprint(LABEL) in memory.common.lines
    assert_bounded(memory)


def assert_bounded(memory: SiteMemory) -> None:
    assert len(memory.lines) <= 1_000
    assert len(memory.names) <= 200
    assert len(memory.recent) <= 60
    assert len(memory.common.former) <= 300


def test_a_very_long_page_teaches_its_beginning_and_end() -> None:
    lines = [f"line {'n' * number}" for number in range(400)]
    marks = page_marks("\n".join(lines), CommonMarks(), "Long", ())

    assert marks.lines == tuple(map(fingerprint, lines[:100] + lines[-100:]))


def test_tables_of_figures_keep_their_lines() -> None:
    rates = [f"Rate of {word}: {number}.50" for number, word in enumerate(WORDS)]
    text = "\n".join([LABEL, "Rates were calm on Friday.", *rates])
    common = frozenset(map(fingerprint, [LABEL, *rates]))

    assert without_common(text, common).splitlines() == text.splitlines()[1:]


def test_a_text_of_nothing_else_stays() -> None:
    assert without_common(LABEL, frozenset({fingerprint(LABEL)})) == LABEL
    assert without_common("", frozenset({fingerprint(LABEL)})) == ""
    assert without_common(story(1), frozenset({fingerprint(LABEL)})) == story(1)
    assert without_common(LABEL, frozenset()) == LABEL


@given(st.text(max_size=40), st.integers(0, 9))
def test_digits_case_and_spaces_make_no_difference(line: str, digit: int) -> None:
    assert fingerprint(f"  {line} 7 ") == fingerprint(f"{line}  {digit}{digit}")


def test_lines_without_two_letters_are_not_known_again() -> None:
    assert [fingerprint(line) for line in ("", "* * *", "12:30", "Q:")] == [""] * 4
    assert fingerprint("经济")


def test_the_same_pages_teach_the_same() -> None:
    pages = [page(number, LABEL) for number in islice(range(100), 0, 60)]

    assert taught(pages) == taught(list(pages))
    assert replace(taught(pages), pages=0) != taught(pages)
