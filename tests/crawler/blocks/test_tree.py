import pytest
from lxml.html import document_fromstring

from crawler.blocks.tree import BROKEN_LINE, BlockTree, read_blocks, reading_length


def blocks(markup: str, **how: bool) -> BlockTree:
    return read_blocks(document_fromstring(f"<html><body>{markup}</body></html>").find("body"), **how)


def texts(markup: str, **how: bool) -> list[str]:
    return [block.text for block in blocks(markup, **how).blocks]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One <b>two</b> three</p><p>four</p>", ["One two three", "four"]),
        ("<div>loose<p>held</p>behind</div>", ["loose", "held", "behind"]),
        ("<div>first<br><br>second<br>\n <br>third</div>", ["first", "second", "third"]),
        ("<p>first<br>second</p>", ["first\nsecond"]),
        ("<p>broken\nby the markup</p>", ["broken by the markup"]),
        ("<my-body><p>in an element of the site's own</p></my-body>", ["in an element of the site's own"]),
        ("<p>a<script>no()</script><style>.n{}</style><template>n</template>b</p>", ["ab"]),
        ('<p>seen<span class="sr-only">unseen</span></p>', ["seen"]),
        ("<table><tr><td>cell</td><td>cell 2</td></tr></table>", ["cell", "cell 2"]),
        ("<p> \n </p><div></div>", []),
        ("", []),
    ],
    ids=[
        "inline",
        "loose",
        "breaks",
        "break",
        "markup",
        "own",
        "scripts",
        "hidden-span",
        "cells",
        "blank",
        "nothing",
    ],
)
def test_a_block_is_what_stands_between_two_breaks(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected


def test_furniture_is_left_out_unless_asked_for() -> None:
    markup = "<nav><p>Home</p></nav><p>Story</p><footer>Imprint</footer>"

    assert texts(markup) == ["Story"]
    assert texts(markup, furniture=True) == ["Home", "Story", "Imprint"]


def test_text_behind_a_line_break_is_a_paragraph_in_all_but_name() -> None:
    assert [block.tag for block in blocks("<div>one<br><br>two</div><p>three<br><br>four</p>").blocks] == [
        "div", BROKEN_LINE, "p", "p",
    ]  # fmt: skip


def test_share_of_links_counts_characters() -> None:
    (block,) = blocks('<p>1234567890<a href="/">1234<b>567890</b></a></p>').blocks

    assert block.linked == 0.5


def test_holders_come_before_what_they_hold_and_keep_their_names() -> None:
    tree = blocks('<main id="m"><div class="story" role="article" style="x"><p>Text</p></div></main>')

    assert [(node.parent, node.tag, node.name) for node in tree.nodes] == [
        (-1, "body", ""), (0, "main", "m"), (1, "div", "story article"), (2, "p", ""),
    ]  # fmt: skip
    assert tree.blocks[0].node == 3


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("twelve chars", 12), ("中国和俄罗斯", 18), ("북한은 러", 9), ("のみ", 4), ("Халмар", 6)],
)
def test_characters_that_say_more_count_more(text: str, length: int) -> None:
    assert reading_length(text) == length


def test_a_page_is_read_to_the_depth_that_the_parser_allows() -> None:
    assert texts("<div>" * 200 + "deep") == ["deep"]
    assert isinstance(texts("<div>" * 200_000 + "deeper"), list)
