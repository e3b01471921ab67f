"""Edits of seedwatch.toml keep what a person wrote."""

# ruff: noqa: E501 - a message stands on one line, as the user sees it

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.config.edit import (
    EditedFile,
    add_source,
    add_sources,
    add_topic,
    remove_source,
    rename_source,
    replace_feed,
    replace_text,
)
from scheduler.config.load import SourceSettings, load_config
from storage.errors import ConfigError
from storage.records.sources import FeedKind, Source
from storage.records.topics import Topic
from storage.sources.sources import DeclaredFeed

MIXED = """\
# My file.
database = "x.db"   # beside it

# The first
[[source]]
name = "first"  # its name
feeds = [
    "https://first.example/rss",  # all
    # "https://first.example/old",
]

# A topic between
[[topic]]
name = "strait"
any = 'strait'

# The second
[[source]]
name = "second"
home = "https://second.example/"
# behind the second

[crawl]
delay = 2.0  # slow

# The third
[[source]]
name = "third"
home = "https://third.example/"
enabled = false   # for now
# the end
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "seedwatch.toml"
    path.write_text(MIXED)
    return path


def names(path: Path) -> list[str]:
    return [declared.source.name for declared in load_config(path).sources]


def test_added_source_stands_at_the_end_and_all_else_stays(file: Path) -> None:
    added = SourceSettings(
        Source(
            "fourth",
            'The "Fourth"',
            "https://fourth.example/",
            "kr",
            "ko",
            "Asia/Seoul",
            False,
            r"/\d+",
            every_s=5_400,
        ),
        (
            DeclaredFeed("https://fourth.example/b/", FeedKind.SECTION),
            DeclaredFeed("https://fourth.example/rss", FeedKind.FEED),
            DeclaredFeed("https://fourth.example/rss2", FeedKind.FEED),
        ),
    )

    config = add_source(file, added)

    assert config == load_config(file)
    assert config.sources[-1].source == added.source
    assert file.read_text() == MIXED + (
        "\n[[source]]\n"
        'name = "fourth"\n'
        "title = 'The \"Fourth\"'\n"
        'home = "https://fourth.example/"\n'
        'feeds = [\n    "https://fourth.example/rss",\n    "https://fourth.example/rss2",\n]\n'
        'sections = ["https://fourth.example/b/"]\n'
        'language = "ko"\n'
        'country = "kr"\n'
        'timezone = "Asia/Seoul"\n'
        "link_pattern = '/\\d+'\n"
        "enabled = false\n"
        'every = "90m"\n'
    )


def test_settings_that_have_their_default_are_not_written(file: Path) -> None:
    add_source(file, SourceSettings(Source("fourth", home="https://fourth.example/")))

    assert file.read_text() == MIXED + '\n[[source]]\nname = "fourth"\nhome = "https://fourth.example/"\n'


def test_sources_are_added_all_or_none(file: Path) -> None:
    new = [SourceSettings(Source(name, home=f"https://{name}.example/")) for name in ("a", "b")]

    with pytest.raises(ConfigError, match="'first' is taken already"):
        add_sources(file, [*new, SourceSettings(Source("first", home="https://x.example/"))])
    assert file.read_text() == MIXED

    add_sources(file, new)
    assert names(file) == ["first", "second", "third", "a", "b"]


def test_source_of_an_empty_file_is_its_first_line(file: Path) -> None:
    file.write_text("\n")

    add_source(file, SourceSettings(Source("a", home="https://a.example/")))

    assert file.read_text() == '[[source]]\nname = "a"\nhome = "https://a.example/"\n'


def test_added_topic_has_its_seeds_beside_the_file(file: Path) -> None:
    (file.parent / "seeds").mkdir()

    config = add_topic(file, Topic("new", seeds=("seeds",), any="\"a b\" OR 'c'", dial="wide"))

    assert config.topics[1] == Topic(
        "new", seeds=(str(file.parent / "seeds"),), any="\"a b\" OR 'c'", dial="wide"
    )
    assert file.read_text().startswith(MIXED)


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        pytest.param("first", MIXED[MIXED.index("[[source]]") : MIXED.index("# A topic")], id="first"),
        pytest.param(
            "second", '[[source]]\nname = "second"\nhome = "https://second.example/"\n', id="second"
        ),
        pytest.param("third", MIXED[MIXED.rindex("[[source]]") : MIXED.index("# the end")], id="last"),
    ],
)
def test_removed_source_leaves_every_comment_around_it(file: Path, name: str, gone: str) -> None:
    config = remove_source(file, name)

    assert name not in [declared.source.name for declared in config.sources]
    assert file.read_text() == MIXED.replace(gone, "\n" if name == "first" else "")


def test_a_renamed_source_stays_where_it_is(file: Path) -> None:
    config = rename_source(file, "second", "other")

    assert "other" in [declared.source.name for declared in config.sources]
    assert file.read_text() == MIXED.replace('name = "second"', 'name = "other"')


REFUSED = [
    ("name twice", lambda file: add_source(file, SourceSettings(Source("first", home="https://x.example"))), r"seedwatch\.toml:34: source\[4\]\.name: 'first' is taken already"),
    ("address twice", lambda file: add_source(file, SourceSettings(Source("x"), (DeclaredFeed("http://first.example/rss/", FeedKind.FEED),))), r"is polled already: .*:8, source\[1\]\.feeds\[1\]"),
    ("bad value", lambda file: add_source(file, SourceSettings(Source("x", home="x.example"))), r"source\[4\]\.home: 'x\.example' is not allowed"),
    ("topic twice", lambda file: add_topic(file, Topic("strait", any="x")), r"topic\[2\]\.name: 'strait' is taken already"),
    ("topic of a wrong name", lambda file: add_topic(file, Topic("Ne w", any="x")), "'Ne w' is not allowed"),
    ("topic with a wrong alias", lambda file: add_topic(file, Topic("new", aliases=(("A", ('"',)),))), "a name of 1 to 100"),
    ("rename to one that is there", lambda file: rename_source(file, "second", "first"), "'first' is taken already"),
    ("removal of none", lambda file: remove_source(file, "frist"), r"^there is no source 'frist'; did you mean 'first'\?$"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "message"), [pytest.param(*case[1:], id=case[0]) for case in REFUSED])
def test_refused_edit_leaves_file_and_folder_as_they_were(file: Path, edit, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match=message):
        edit(file)

    assert file.read_text() == MIXED
    assert list(file.parent.iterdir()) == [file]


def test_second_removal_is_an_error(file: Path) -> None:
    remove_source(file, "first")

    with pytest.raises(ConfigError, match="there is no source 'first'"):
        remove_source(file, "first")


def test_broken_file_is_not_edited(file: Path) -> None:
    file.write_text(MIXED + "x = \n")

    with pytest.raises(ConfigError, match="Invalid value"):
        add_source(file, SourceSettings(Source("x", home="https://x.example/")))

    assert file.read_text() == MIXED + "x = \n"


def test_source_without_a_table_of_its_own_is_left_to_the_user(file: Path) -> None:
    text = "source = [{name = 'a', home = 'https://a.example/'}, {name = 'b', home = 'https://b.example/'}]\n"
    file.write_text(text)

    with pytest.raises(
        ConfigError, match=r"toml:1: source 'a': is not written as a table \[\[source\]\]: edit it by hand$"
    ):
        remove_source(file, "a")

    assert file.read_text() == text


def test_source_of_a_list_is_left_to_the_user(file: Path) -> None:
    (file.parent / "list.csv").write_text("name,home\nlisted,https://listed.example/\n")
    file.write_text('include = ["list.csv"]\n')

    with pytest.raises(ConfigError, match=r"list\.csv:2: source 'listed': is not written as a table"):
        remove_source(file, "listed")


def test_source_of_an_included_file_is_edited_there(file: Path) -> None:
    included = file.parent / "more.toml"
    included.write_text('# more\n[[source]]\nname = "m"\nhome = "https://m.example/"\n')
    file.write_text('include = ["more.toml"]\n')

    remove_source(file, "m")

    assert file.read_text() == 'include = ["more.toml"]\n'
    assert included.read_text() == "# more\n"


def test_line_ends_and_byte_order_mark_of_the_file_stay(file: Path) -> None:
    text = "\ufeff" + MIXED.replace("\n", "\r\n")
    file.write_bytes(text.encode())

    add_source(file, SourceSettings(Source("fourth", home="https://fourth.example/")))
    remove_source(file, "fourth")

    changed = file.read_bytes().decode()
    assert changed.startswith(text[:40])
    assert changed.count("\n") == changed.count("\r\n")
    assert names(file) == ["first", "second", "third"]


def test_permissions_stay_and_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    file.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(file)

    remove_source(link, "third")

    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert names(file) == ["first", "second"]


def test_read_only_file_is_not_replaced_though_its_folder_allows_it(file: Path) -> None:
    file.chmod(0o444)

    with pytest.raises(ConfigError, match="cannot be written: it is read-only"):
        remove_source(file, "third")

    assert file.read_text() == MIXED
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("saved", [MIXED + "# saved by a person\n", "", "\udcff"])
def test_what_a_person_saved_meanwhile_stays(file: Path, saved: str) -> None:
    file.write_text(saved, errors="surrogateescape")

    with pytest.raises(ConfigError, match="was changed by another meanwhile; nothing was written"):
        replace_text(EditedFile(file, MIXED, MIXED + "# edited\n"))

    assert file.read_text(errors="surrogateescape") == saved
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_of_many_who_edit_at_once_nobody_loses_what_was_said_to_be_written(file: Path) -> None:
    def add(name: str) -> bool:
        try:
            add_source(file, SourceSettings(Source(name, home=f"https://{name}.example/")))
        except ConfigError as error:
            return "again" not in str(error) and "else" not in str(error)
        return True

    wanted = [f"new-{number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        done = [name for name, was_added in zip(wanted, pool.map(add, wanted), strict=True) if was_added]

    assert done
    assert sorted(names(file)) == sorted(["first", "second", "third", *done])
    assert file.read_text().startswith(MIXED)


@given(
    st.text("ab\"'\\\n\u202e\u2066\u200b\u200c\u200f\u2028\x85\ufeff\U000e0041é渡", min_size=1, max_size=12)
)
def test_what_is_written_can_be_seen_and_says_the_same(title: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "seedwatch.toml"
        file.write_text(MIXED)
        try:
            topic = add_topic(file, Topic("new", title=title, any="strait")).topics[-1]
        except ConfigError:  # a title has one line
            assert file.read_text() == MIXED
            return
        written = file.read_text().removeprefix(MIXED)

    assert topic.title == title
    assert all(sign.isprintable() or sign in "\n\u200c" for sign in written)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.sampled_from(["first", "second", "third", "new-1", "new-2"]), max_size=8))
def test_any_run_of_edits_keeps_all_comments_outside_of_removed_tables(
    tmp_path: Path, edits: list[str]
) -> None:
    file = tmp_path / "seedwatch.toml"
    file.write_text(MIXED)
    expected = ["first", "second", "third"]
    for name in edits:
        if name in expected:
            remove_source(file, name)
            expected.remove(name)
        else:
            add_source(file, SourceSettings(Source(name, home=f"https://{name}.example/")))
            expected.append(name)

    text = file.read_text()
    assert sorted(names(file)) == sorted(expected)
    assert [line for line in MIXED.split("\n") if line.startswith("#")] == [
        line for line in text.split("\n") if line.startswith("#")
    ]
    assert "\n\n\n" not in text


def feed(url: str, kind: FeedKind = FeedKind.FEED) -> DeclaredFeed:
    return DeclaredFeed(url, kind)


def test_an_address_is_replaced_where_it_stands(file: Path) -> None:
    changed = replace_feed(file, "first", "https://first.example/rss", feed("https://first.example/new"))

    assert file.read_text() == MIXED.replace("https://first.example/rss", "https://first.example/new")
    assert [one.url for one in changed.sources[0].feeds] == ["https://first.example/new"]


def test_an_address_of_another_kind_goes_where_its_kind_is(file: Path) -> None:
    new = feed("https://first.example/map.xml", FeedKind.SITEMAP)

    changed = replace_feed(file, "first", "https://first.example/rss", new)

    assert changed.sources[0].feeds == (new,)
    assert 'sitemaps = ["https://first.example/map.xml"]' in file.read_text()
    back = replace_feed(file, "first", "https://first.example/map.xml", feed("https://first.example/rss"))
    assert back.sources[0].feeds == (feed("https://first.example/rss"),)


@pytest.mark.parametrize(
    ("name", "old", "said"),
    [
        ("first", "https://first.example/none", "has no address 'https://first.example/none'"),
        ("fist", "https://first.example/rss", "there is no source 'fist'"),
    ],
)
def test_an_address_that_is_not_there_is_not_replaced(file: Path, name: str, old: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        replace_feed(file, name, old, feed("https://first.example/new"))

    assert file.read_text() == MIXED
