"""The lines of keys in a TOML text."""

import datetime
import tomllib

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from scheduler.config.positions import NESTING, Extent, KeyPath, entry_extent, key_extents, line_of

TABLES = """\
database = "x.db"  # 1
[crawl]
contact = ""
"allow_private" = [
  "127.0.0.1:80",  # first
  # between
  "127.0.0.1:81",
]

[[source]]
name = 'a'
[[topic]]
any = '''
one # no comment
[[source]]
'''
[[source]]
name = "b"
extra = { x = 1, "y.z" = [1,
 2] }
dotted.one = 1
dotted."two" = 2
[source.sub]
deep = true
[[source.part]]
k = 1
[[source.part]]
k = 2
"""


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        pytest.param(("database",), (1, 1), id="top key"),
        pytest.param(("crawl",), (2, 2), id="table header"),
        pytest.param(("crawl", "contact"), (3, 3), id="key of a table"),
        pytest.param(("crawl", "allow_private"), (4, 8), id="quoted key with an array over lines"),
        pytest.param(("crawl", "allow_private", 0), (5, 5), id="first element"),
        pytest.param(("crawl", "allow_private", 1), (7, 7), id="element behind a comment"),
        pytest.param(("source",), (10, 10), id="array of tables"),
        pytest.param(("source", 0, "name"), (11, 11), id="first table of the array"),
        pytest.param(("topic", 0, "any"), (13, 16), id="text over lines that looks like TOML"),
        pytest.param(("source", 1), (17, 17), id="second table behind another array"),
        pytest.param(("source", 1, "name"), (18, 18), id="key of the second table"),
        pytest.param(("source", 1, "extra", "y.z"), (19, 20), id="quoted key with a dot, inline"),
        pytest.param(("source", 1, "extra", "y.z", 1), (20, 20), id="element of an array inside"),
        pytest.param(("source", 1, "dotted"), (21, 21), id="table that a dotted key makes"),
        pytest.param(("source", 1, "dotted", "two"), (22, 22), id="second dotted key"),
        pytest.param(("source", 1, "sub", "deep"), (24, 24), id="sub-table of the newest element"),
        pytest.param(("source", 1, "part", 1, "k"), (28, 28), id="array of tables inside an element"),
    ],
)
def test_key_has_its_lines(path: KeyPath, lines: tuple[int, int]) -> None:
    assert key_extents(TABLES)[path] == Extent(*lines)


def test_unknown_key_has_line_of_table_around_it() -> None:
    extents = key_extents(TABLES)

    assert line_of(extents, ("source", 1, "country")) == 17
    assert line_of(extents, ("nowhere", "at", "all")) is None


def test_entry_ends_with_its_last_key() -> None:
    extents = key_extents("[[source]]\nname = 'a'\nfeeds = [\n'x',\n]\n# of the next\n[[source]]\n")

    assert entry_extent(extents, ("source", 0)) == Extent(1, 5)
    assert entry_extent(extents, ("source", 2)) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('a = """x""""\nb = 1', id="quote before the closing quotes"),
        pytest.param("a = '''x'''''\nb = 1", id="two quotes before the closing quotes"),
        pytest.param('a = """\\\n  x \\""" y"""\nb = 1'.replace("\n", "\n", 1), id="escaped quotes"),
        pytest.param('a = ""\nb = 1', id="empty text"),
        pytest.param('a = """"""\nb = 1', id="empty long text"),
        pytest.param("a = 1979-05-27 07:32:00 # day\nb = 1", id="date with a blank"),
        pytest.param("a = [[],[{}],{x = '}'}] # ]\nb = 1", id="brackets in texts and comments"),
        pytest.param("a = 1\r\nb = 1\r\n", id="Windows line ends"),
        pytest.param("'' = 1\nb = 1", id="empty key"),
    ],
)
def test_line_behind_difficult_value_is_right(text: str) -> None:
    last = text.rstrip().count("\n") + 1

    assert "b" in tomllib.loads(text)
    assert line_of(key_extents(text), ("b",)) == last


@pytest.mark.parametrize("depth", [NESTING, NESTING + 2, 100])
def test_deep_nesting_is_stepped_over(depth: int) -> None:
    text = f"a = {'[' * depth}'[',\n{']' * depth}\nb = 1"

    assert tomllib.loads(text)["b"] == 1
    assert key_extents(text)[("b",)] == Extent(3, 3)


@given(st.text(alphabet="a.b[]{}=\"'#,\\ \n1", max_size=60))
def test_any_text_is_walked_without_error(text: str) -> None:
    lines = text.count("\n") + 1

    assert all(1 <= extent.first <= extent.last <= lines for extent in key_extents(text).values())


KEYS = st.text(alphabet="ab-_.é'\" ]#", max_size=4)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-9, 9),
    st.dates(min_value=datetime.date(1900, 1, 1)),
    st.text(alphabet="a\"'\\[]{}=#,\n é", max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def paths(value: object, path: KeyPath = ()) -> list[KeyPath]:
    if isinstance(value, dict):
        inside = [found for key, inner in value.items() for found in paths(inner, (*path, key))]
    elif isinstance(value, list):
        inside = [found for number, inner in enumerate(value) for found in paths(inner, (*path, number))]
    else:
        inside = []
    return [path, *inside] if path else inside


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_key_of_written_toml_is_placed_in_order(data: dict[str, object]) -> None:
    text = tomlkit.dumps(data)
    extents = key_extents(text)

    assert set(extents) == set(paths(tomllib.loads(text)))


@given(st.lists(st.tuples(KEYS, SCALARS), max_size=6, unique_by=lambda pair: pair[0]))
def test_line_of_a_key_is_where_it_was_written(pairs: list[tuple[str, object]]) -> None:
    text, lines = "", {}
    for key, value in pairs:
        text += "# [x]\n"
        lines[key] = text.count("\n") + 1
        text += tomlkit.dumps({key: value})

    assert {path: extent.first for path, extent in key_extents(text).items()} == {
        (key,): line for key, line in lines.items()
    }
