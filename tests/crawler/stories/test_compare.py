"""What two texts share, and what stands in its place where they differ."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.stories.compare import ComparedText, compare, coverages, shares_enough

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)
TEXT = (
    "On Monday morning the ferry Aurora left the harbour of Brevia at 14:30 with 212 passengers, and the harbour "
    "master said that the storm had passed. The company expects all ships to leave on time from Tuesday."
)


def story(text=TEXT, title="Ferries leave again", host="a.example", at=NOON):
    return ComparedText(title, text, host, at)


def test_equal_texts_cover_each_other():
    found = compare(story(), story())

    assert (found.coverage, found.coverage_back, found.holes_share) == (1.0, 1.0, 0.0)
    assert (found.figures_replaced, found.names_replaced, found.swaps_repeated) == (0, 0, 0)


def test_an_excerpt_is_covered_and_does_not_cover():
    excerpt = TEXT.split(". ")[0]

    one, other = coverages(excerpt, TEXT)

    assert one == 1.0
    assert other < 0.8


def test_replaced_figures_are_counted_on_both_sides():
    found = compare(story(), story(TEXT.replace("14:30", "15:45").replace("212", "98")))

    assert (found.figures_replaced, found.figures_share) == (2, 1.0)


def test_added_figures_replace_nothing():
    assert compare(story(), story(TEXT.replace("on time", "on time, all 14,"))).figures_replaced == 0


def test_replaced_names_are_counted_on_both_sides():
    assert compare(story(), story(TEXT.replace("Aurora", "Borealis"))).names_replaced == 1


@pytest.mark.parametrize(
    ("other", "gap_h"),
    [(NOON + timedelta(hours=30), 30.0), (NOON - timedelta(hours=30), 30.0), (None, None)],
    ids=["later", "earlier", "unknown"],
)
def test_gap_between_publications(other, gap_h):
    assert compare(story(), story(at=other)).gap_h == gap_h


def test_unknown_hosts_are_not_the_same():
    assert compare(story(), story()).same_host
    assert not compare(story(host=""), story(host="")).same_host


def test_headlines_that_name_what_only_their_own_text_has():
    found = compare(
        story(title="Aurora leaves"), story(TEXT.replace("Aurora", "Borealis"), title="Borealis leaves")
    )

    assert found.title_replaced == 0.5
    assert found.swaps_titled == 1


def test_a_name_that_is_replaced_in_several_places_is_a_repeated_swap():
    text = "贺电说，我国同古巴的关系稳步发展，各领域友好合作不断扩大。贺电祝愿古巴繁荣昌盛，人民幸福安康。"

    found = compare(story(text), story(text.replace("古巴", "老挝")))

    assert found.swaps_repeated == 2


def test_repeated_swaps_are_found_where_the_frame_itself_repeats():
    text = "代表政府和人民向古巴政府和人民致以祝贺。贺电说，我国同古巴的关系稳步发展，祝古巴政府和人民幸福。"

    assert compare(story(text), story(text.replace("古巴", "老挝"))).swaps_repeated == 3


def test_other_words_for_the_same_are_no_swaps_of_names():
    text = "The outlet recounted that the ferry left. The master recounted that the storm had passed by now."

    assert compare(story(text), story(text.replace("recounted", "reported"))).swaps_repeated == 0


def test_what_third_stories_share_is_template():
    frame = (
        "This site is read by more than thirty million people each month through its pages and its programs. "
    )
    one, other = (
        frame + "Ships left port today at last, they say.",
        frame + "Bread is dearer than a year ago now.",
    )
    third = [frame + "A museum opened.", frame + "Rain is coming."]

    with_third = compare(story(one), story(other), third)

    assert with_third.template_share > 0.9
    assert with_third.own_coverage < 0.2 < compare(story(one), story(other)).own_coverage


@pytest.mark.parametrize(
    ("one", "other", "least", "enough"),
    [(TEXT, TEXT, 0.9, True), (TEXT, "Bread is dearer than before", 0.1, False), ("", TEXT, 0.0, False)],
    ids=["equal", "nothing", "empty"],
)
def test_shares_enough(one, other, least, enough):
    assert shares_enough(one, other, least) is enough


def test_a_text_without_spaces_inside_a_spaced_page_is_still_compared():
    korean = "두 나라사이의 친선협조관계가 더욱 확대발전되리라는 확신을 표명하였다"
    wrapped = (
        f"{korean} Top stories Weather Sports Most read today Subscribe now for one euro a month and more "
        * 3
    )

    assert coverages(korean, wrapped)[0] > 0.9


@given(st.text(max_size=80), st.text(max_size=80))
def test_comparing_is_the_same_both_ways(one, other):
    here, there = compare(story(one), story(other)), compare(story(other), story(one))

    assert (here.coverage, here.coverage_back) == (there.coverage_back, there.coverage)
    assert here.figures_replaced == there.figures_replaced
    assert here.own_coverage == there.own_coverage
