"""What is shown of two versions of a text."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from storage.datasette.pages.articles.comparison import compare, compare_words


@pytest.mark.parametrize(
    ("old", "new", "html"),
    [
        ("six days", "eight days", "<del>six </del><ins>eight</ins> days"),
        ("朝俄列车", "朝俄客车", "朝俄<del>列 </del><ins>客</ins>车"),
        ("㍿朝日", "㍿毎日", "㍿<del>朝 </del><ins>毎</ins>日"),  # one sign, read as four
        ("<b>", "<i>", "&lt;<del>b </del><ins>i</ins>&gt;"),
        ("", "new", "<ins>new</ins>"),
        ("same", "same", "same"),
        ("9,000 left", "6,000 left", "<del>9,000 </del><ins>6,000</ins> left"),
        ("up 3.5%", "up 3.6%", "up <del>3.5% </del><ins>3.6%</ins>"),
        ("at 10:30", "at 10:45", "at <del>10:30 </del><ins>10:45</ins>"),
        ("on 5 May 2026", "on 6 May 2026", "on <del>5 May 2026 </del><ins>6 May 2026</ins>"),
        ("May 5, 2026", "May 6, 2026", "<del>May 5, 2026 </del><ins>May 6, 2026</ins>"),
        ("2026年11月5日访问", "2026年11月6日访问", "<del>2026年11月5日 </del><ins>2026年11月6日</ins>访问"),
        ("11월 5일 방문", "11월 6일 방문", "<del>11월 5일 </del><ins>11월 6일</ins> 방문"),
        ("a red apple fell", "a green pear fell", "a <del>red apple </del><ins>green pear</ins> fell"),
        ("Ivan Petrov said", "Pyotr Petrov said", "<del>Ivan Petrov </del><ins>Pyotr Petrov</ins> said"),
    ],
)
def test_words_that_changed(old, new, html):
    assert compare_words(old, new) == Markup(html)


def test_paragraphs_that_changed():
    compared = compare("one\ntwo\nthree", "one\n2\nthree\nfour")

    assert [(one.changed, str(one.html)) for one in compared] == [
        (False, "one"),
        (True, "<del>two</del>"),
        (True, "<ins>2</ins>"),
        (False, "three"),
        (True, "<ins>four</ins>"),
    ]


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_comparison_holds_the_new_text(old, new):
    html = "\n".join(str(one.html) for one in compare(old, new))
    kept = re.sub("<del>.*?</del>", "", html).replace("<ins>", "").replace("</ins>", "")

    assert [line for line in kept.split("\n") if line.strip()] == [
        line for line in new.split("\n") if line.strip()
    ]


def test_huge_texts_are_bounded():
    compared = compare("a b " * 50_000, "b a " * 50_000)

    assert len(compared) == 1
    assert compared[0].html.startswith("<del>")


SIGNS = "".join(chr(0x4E00 + number % 3_000) for number in range(20_000))

WORDS = " ".join(f"w{number}" for number in range(300))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("same\n" * 1_400, "same\nother\n" * 700),
        ("***\n" * 1_400, "***\n---\n" * 700),
        (SIGNS, f"{SIGNS}车"),
        ("\n".join(["a b c d e f " * 70] * 40), "\n".join(["a b c d e f f " * 65] * 40)),
        (f"{WORDS}\n" * 60, f"{WORDS} more\n" * 60),
        ("e\u0301" + "\u0301" * 20_000 + " x", "e\u0301" + "\u0301" * 19_000 + " y"),
        ("شباب اليوم " * 300 + "one", "شباب اليوم " * 300 + "two"),
    ],
    ids=["lines", "lines without letters", "no spaces", "few words", "pairs", "marks", "right to left"],
)
def test_texts_that_are_hard_to_compare_are_shown_whole(old, new):
    html = [str(one.html) for one in compare(old, new)]

    assert [line for line in without("del", html) if line] == [
        line.strip() for line in new.strip().split("\n")
    ]
    assert squeezed(without("ins", html)) == squeezed([old])


def without(gone: str, html: list[str]) -> list[str]:
    """What is left of each paragraph when what came ("ins") or went ("del") is taken out."""
    kept = [re.sub(f"<{gone}>.*?</{gone}>", "", line) for line in html]
    return [unescape(re.sub("<[^>]*>", "", line)).strip() for line in kept]


def squeezed(lines: list[str]) -> str:
    return "".join("".join(lines).split())


CHAIR = 'The chair called the findings "a map of what must be solved". Comments may come until the end of {month}.'
COUNCIL = (
    "The islands' council said late on Tuesday that it would ask a court to stop the plan for a whole winter."
)
ENDING = "Sailings resume at six on Thursday, the line said."
MORE = " Should the ministers bring no guarantee next week, the unions will strike for three days in October again."


def told(old: list[str], new: list[str]) -> list[str]:
    return [str(one.html) for one in compare("\n".join(old), "\n".join(new))]


def test_paragraph_that_was_put_in_moves_none_behind_it():
    before, after = CHAIR.format(month="May"), CHAIR.format(month="June")

    shown = told(["First.", before], ["First.", COUNCIL, after])

    assert shown[1] == str(Markup("<ins>{}</ins>").format(COUNCIL))
    assert shown[2].endswith("until the end of <del>May </del><ins>June</ins>.")
    assert len(shown) == 3


def test_paragraph_that_was_taken_out_moves_none_behind_it():
    shown = told([COUNCIL, CHAIR.format(month="May")], [CHAIR.format(month="June")])

    assert shown[0].startswith("<del>The islands")
    assert shown[1].startswith("The chair called")


def test_paragraph_that_was_cut_short_or_went_on_is_still_the_same():
    assert told([ENDING + MORE], [ENDING]) == [f"{ENDING[:-1]}<del>.{MORE[:-1]}</del>."]
    assert told([ENDING], [ENDING + MORE])[0].startswith(ENDING[:-1])


def test_paragraph_about_something_else_stands_beside_the_old_one_whole():
    shown = told([COUNCIL], ["Ferries stay in port."])

    assert [line[:5] for line in shown] == ["<del>", "<ins>"]


def test_many_paragraphs_are_paired_as_they_stand():
    old, new = [f"line {n} old" for n in range(200)], [f"line {n} new" for n in range(200)]

    assert told(old, new)[7] == "line 7 <del>old </del><ins>new</ins>"


@given(
    st.lists(st.sampled_from((CHAIR, COUNCIL, ENDING, MORE, "a b")), max_size=6),
    st.lists(st.sampled_from((CHAIR, COUNCIL, ENDING, MORE, "b a c")), max_size=6),
)
def test_comparison_holds_both_texts(old, new):
    html = [str(one.html) for one in compare("\n".join(old), "\n".join(new))]

    assert [line for line in without("del", html) if line] == [line.strip() for line in new]
    assert [" ".join(line.split()) for line in without("ins", html) if line] == [line.strip() for line in old]
