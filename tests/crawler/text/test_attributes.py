"""No element keeps more attributes than a parser reads quickly; all other markup stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from crawler.text.attributes import MOST_ATTRIBUTES, without_surplus_attributes

MANY = [f"a{number}" for number in range(MOST_ATTRIBUTES + 50)]
VALUES = ["", '="x"', "='x > y'", "=x", ' = "<p>"']


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("end", [">", "/>", " >"])
def test_the_first_attributes_of_a_crowded_element_stay(value, end):
    markup = (
        "<div><p class=first "
        + " ".join(name + value for name in MANY)
        + end
        + "Ferries stay in port.</p></div>"
    )

    root = document_fromstring(without_surplus_attributes(markup))
    (paragraph,) = root.iter("p")

    assert list(paragraph.attrib) == ["class", *MANY[: MOST_ATTRIBUTES - 1]]
    assert root.text_content() == "Ferries stay in port."


@pytest.mark.parametrize("count", [0, 1, MOST_ATTRIBUTES])
def test_what_has_no_more_is_the_same_object(count):
    markup = "<p " + " ".join(MANY[:count]) + ">Ferries 'stay' in port.</p>" * 3

    assert without_surplus_attributes(markup) is markup


@given(
    st.lists(st.sampled_from(["<p", " a", "=", '"', "'", ">", "x", "/", "<", " "]), max_size=300).map("".join)
)
def test_broken_markup_of_few_attributes_stays(markup):
    assert without_surplus_attributes(markup) == markup
