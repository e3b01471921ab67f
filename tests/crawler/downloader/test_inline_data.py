import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.downloader.inline_data import InlineData, without_inline_data

PICTURE = base64.b64encode(bytes(range(256)) * 40)


def in_pieces(body: bytes, length: int) -> bytes:
    cutter = InlineData()
    pieces = (body[start : start + length] for start in range(0, len(body), length))
    return b"".join(cutter.cut(piece) for piece in pieces) + cutter.end()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'<img src="data:image/jpeg;base64,', b'"><p>The story begins.</p>'),
        (b"<img src='data:image/png;charset=utf-8;base64,", b"' alt='x'><p>The story begins.</p>"),
        (b"<style>a{background:url(data:font/woff2;base64,", b")}</style><p>The story begins.</p>"),
        (b"<img src=data:image/gif;base64,", b" alt=x><p>The story begins.</p>"),
    ],
)
def test_value_is_cut_and_all_around_it_stays(before: bytes, after: bytes) -> None:
    assert without_inline_data(before + PICTURE + after) == before + after


def test_value_in_lines_is_cut_only_inside_quotes() -> None:
    lines = b"\r\n".join(PICTURE[start : start + 76] for start in range(0, len(PICTURE), 76))

    assert (
        without_inline_data(b'<img src="data:image/png;base64,' + lines + b'">')
        == b'<img src="data:image/png;base64,">'
    )
    assert (
        without_inline_data(b"So data:image/png;base64,iVBO begins it")
        == b"So data:image/png;base64, begins it"
    )


def test_page_without_such_values_stays_as_it_is() -> None:
    body = b"<p>The metadata: a few words; base64, too</p>"

    assert without_inline_data(body) is body
    assert (
        in_pieces(b"<p>data:text/plain,hello ;base64, x</p>", 3) == b"<p>data:text/plain,hello ;base64, x</p>"
    )


@given(
    st.lists(
        st.sampled_from(
            [b"<p>text</p>", b'"data:image/png;base64,', PICTURE[:300], b'"', b"data:", b";base64,", b"\xff"]
        ),
        max_size=30,
    ),
    st.integers(1, 400),
)
def test_pieces_of_any_length_give_the_same(parts: list[bytes], length: int) -> None:
    body = b"".join(parts)

    assert in_pieces(body, length) == in_pieces(body, len(body) or 1)
