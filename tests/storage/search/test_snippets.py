"""Snippets: a true piece of the text, with what was found marked to the character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records.topics import Span
from storage.search.snippets import SnippetPiece, snippet

ENGLISH = (
    "The ministers met in the harbour and spoke of the tunnel under the strait until the evening came. " * 9
)
HAN = "朝俄关系进入新阶段海峡隧道的谈判已经开始" * 30


def spans_of(text: str, *words: str) -> list[Span]:
    found = [
        Span("text", at, at + len(word))
        for word in words
        for at in range(len(text))
        if text.startswith(word, at)
    ]
    return sorted(found, key=lambda span: span.start)


def shown(pieces: list[SnippetPiece]) -> str:
    """The snippet without its ellipses."""
    return "".join(piece.text for piece in pieces).removeprefix("… ").removesuffix(" …")


def hits(pieces: list[SnippetPiece]) -> list[str]:
    return [piece.text for piece in pieces if piece.is_hit]


@pytest.mark.parametrize("spans", [[], [Span("title", 0, 3)]], ids=["no spans", "only of the title"])
def test_without_a_span_in_the_text_its_beginning_is_shown(spans):
    (piece,) = snippet(ENGLISH, spans)

    assert not piece.is_hit
    assert ENGLISH.startswith(shown([piece]))
    assert piece.text.endswith(" …")
    assert 160 <= len(shown([piece])) <= 180


def test_no_text_gives_no_pieces():
    assert snippet("", []) == []


def test_a_text_shorter_than_the_window_is_shown_whole():
    text = "The tunnel under the strait"

    assert snippet(text, spans_of(text, "tunnel", "strait")) == [
        SnippetPiece("The ", is_hit=False),
        SnippetPiece("tunnel", is_hit=True),
        SnippetPiece(" under the ", is_hit=False),
        SnippetPiece("strait", is_hit=True),
    ]


def test_a_hit_far_inside_is_shown_with_words_before_it_and_whole_words_at_the_ends():
    text = "Something else entirely was said. " * 20 + "Then the tunnel came. " + "And more was said. " * 20

    pieces = snippet(text, spans_of(text, "tunnel"))

    assert hits(pieces) == ["tunnel"]
    assert pieces[0].text == "… "
    assert pieces[-1].text.endswith(" …")
    assert set(shown(pieces).split()) <= set(text.split())
    assert 0 < shown(pieces).index("tunnel") <= 45


def test_the_window_holds_the_most_hits():
    text = (
        "A tunnel. "
        + "Nothing of interest. " * 20
        + "The tunnel, the strait, the tunnel. "
        + "Nothing. " * 40
    )

    assert hits(snippet(text, spans_of(text, "tunnel", "strait"))) == ["tunnel", "strait", "tunnel"]


def test_a_script_without_spaces_is_cut_anywhere():
    at = 400
    pieces = snippet(HAN, [Span("text", at, at + 2)])

    assert hits(pieces) == [HAN[at : at + 2]]
    assert len(shown(pieces)) == 180


def test_a_hit_longer_than_the_window_is_shown_as_far_as_the_window_goes():
    pieces = snippet(ENGLISH, [Span("text", 300, 700)])

    assert len(hits(pieces)) == 1
    assert 120 <= len(hits(pieces)[0]) <= 180
    assert ENGLISH[300:700].startswith(hits(pieces)[0])


def test_of_two_hits_that_overlap_each_character_is_shown_once():
    pieces = snippet("tunnelling", [Span("text", 0, 6), Span("text", 4, 10)])

    assert [piece.text for piece in pieces] == ["tunnel", "ling"]
    assert all(piece.is_hit for piece in pieces)


@st.composite
def texts_with_spans(draw):
    text = draw(st.text(alphabet=st.sampled_from("ab 朝俄북é\n"), max_size=400))
    ends = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=8))
    return text, [Span("text", *sorted(pair)) for pair in pairs]


@given(texts_with_spans(), st.integers(1, 200))
def test_a_snippet_is_a_piece_of_its_text_and_marks_what_was_found(text_with_spans, characters):
    text, spans = text_with_spans

    pieces = snippet(text, spans, characters)

    middle = [piece for piece in pieces if piece.text != "… "]
    if middle and middle[-1].text.endswith(" …"):
        middle[-1] = SnippetPiece(middle[-1].text.removesuffix(" …"), middle[-1].is_hit)
    whole = "".join(piece.text for piece in middle)
    assert len(whole) <= characters
    found = {at for span in spans for at in range(span.start, span.end)}
    assert any(marks_at(text, whole, middle, found, start) for start in range(len(text) + 1))


def marks_at(text: str, whole: str, pieces: list[SnippetPiece], found: set[int], start: int) -> bool:
    """Whether *pieces* lie at *start* of *text* and mark exactly the characters of *found* there."""
    marks = [piece.is_hit for piece in pieces for _ in piece.text]
    return text.startswith(whole, start) and all(
        is_hit == (start + number in found) for number, is_hit in enumerate(marks)
    )


@given(texts_with_spans())
def test_a_snippet_shows_a_hit_if_the_text_has_one(text_with_spans):
    text, spans = text_with_spans

    has_hits = any(span.end > span.start for span in spans)

    assert bool(hits(snippet(text, spans))) == has_hits
