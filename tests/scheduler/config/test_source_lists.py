import csv
import io
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.storable import NAME_CHARACTERS
from scheduler.config.source_lists import (
    COLUMNS,
    ListedSource,
    read_csv,
    read_opml,
    write_csv,
    write_opml,
)
from storage.errors import ConfigError

OPML = """<opml version="2.0"><head><title>소식</title></head><body>
<outline text="Asia">
  <outline text="조선 소식 «ü»" xmlUrl="http://kcna.example/?a&amp;b=2" htmlUrl="http://kcna.example/" language="ko"/>
  <outline text="Ports"><outline title="Coast  News" xmlUrl="https://coast.example.org/a.xml" htmlUrl="https://www.coast.example.org"/></outline>
</outline>
<outline text="Coast Sport" xmlUrl="https://coast.example.org/b.xml" htmlUrl="https://coast.example.org/"/>
<outline text="Old scheme" xmlUrl="feed://old.example/rss" htmlUrl="javascript:alert(1)" language="all of them"/>
<outline text="A list, no feed" type="include" url="https://lists.example/x.opml"/>
<outline text="A folder without feeds"/>
</body></opml>"""


def test_opml_gives_outlets_with_their_feeds() -> None:
    assert read_opml(OPML) == [
        ListedSource(
            name="kcna-example",
            title="조선 소식 «ü»",
            home="http://kcna.example/",
            feeds=("http://kcna.example/?a&b=2",),
            language="ko",
            tags=("Asia",),
        ),
        ListedSource(
            name="coast-news",
            title="Coast News",
            home="https://www.coast.example.org/",
            feeds=("https://coast.example.org/a.xml", "https://coast.example.org/b.xml"),
            tags=("Asia", "Ports"),
        ),
        ListedSource(name="old-scheme", title="Old scheme", feeds=("http://old.example/rss",)),
    ]


@pytest.mark.parametrize(
    ("address", "feed"),
    [
        ("feed:https://old.example/rss", "https://old.example/rss"),
        ("feed://https://old.example/rss", "https://old.example/rss"),
        ("feed://old.example/rss", "http://old.example/rss"),
    ],
)
def test_opml_understands_feed_scheme(address: str, feed: str) -> None:
    (source,) = read_opml(f'<opml><body><outline text="x" xmlUrl="{address}"/></body></opml>')

    assert source.feeds == (feed,)


def test_opml_reads_any_declaration() -> None:
    declared = '<?xml version="1.0" encoding="euc-kr"?>\n' + OPML

    assert read_opml(declared) == read_opml(OPML)


def test_opml_knows_lines() -> None:
    assert [source.line for source in read_opml(OPML)] == [3, 4, 7]


@pytest.mark.parametrize(
    "text",
    ["", "no list", "<opml><body></body></opml>", '<opml><body><outline text="a" xmlUrl="http://x'],
    ids=["empty", "text", "no outline", "cut"],
)
def test_opml_without_feed_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match="no feed found"):
        read_opml(text)


def test_opml_that_listparser_fails_on_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no OPML that can be read"):
        read_opml('<outline text="a"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">')


def test_opml_names_line_of_bad_address() -> None:
    text = OPML.replace("https://coast.example.org/b.xml", "file:///etc/hosts")

    with pytest.raises(
        ConfigError, match="'file:///etc/hosts' is not allowed; an http:// or https:// address"
    ) as caught:
        read_opml(text)

    assert (caught.value.line, caught.value.key) == (6, "xmlUrl")


def test_csv_gives_sources() -> None:
    text = (
        "name,title,home,feeds,language,country,timezone\n"
        'Coast,"Coast, the paper",https://coast.example.org,https://coast.example.org/a https://coast.example.org/b,EN-gb,GB,'
        "Europe/London\n\n"
        ",조선,http://kcna.example/,,ko,kp,Asia/Pyongyang\n"
    )

    assert read_csv(text) == [
        ListedSource(
            name="coast",
            title="Coast, the paper",
            home="https://coast.example.org/",
            feeds=("https://coast.example.org/a", "https://coast.example.org/b"),
            language="en",
            country="gb",
            timezone="Europe/London",
        ),
        ListedSource(
            name="kcna-example",
            title="조선",
            home="http://kcna.example/",
            language="ko",
            country="kp",
            timezone="Asia/Pyongyang",
        ),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_may_be_separated_as_spreadsheets_do(delimiter: str) -> None:
    text = (
        delimiter.join(("\ufeffTitle", "Home"))
        + "\r\n"
        + delimiter.join(("Coast", "https://coast.example.org/"))
        + "\r\n"
    )

    assert read_csv(text) == [ListedSource(name="coast", title="Coast", home="https://coast.example.org/")]


def test_csv_with_header_alone_is_an_empty_list() -> None:
    assert read_csv(write_csv([])) == []


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        ("", 1, None, "the header is incomplete"),
        ("name,title\nx,y\n", 1, None, "at least home or one of feeds"),
        ("home,home\nx,y\n", 1, None, "names a column twice"),
        ("home,url\nx,y\n", 1, None, "column 'url' is not known; allowed are name, title, home"),
        ("home\nftp://x.example/\n", 2, "home", "an http:// or https:// address"),
        ("home,feeds\n\n,https://x.example/a /b\n", 3, "feeds", "'/b' is not allowed"),
        ("title,home\n\"two\nlines\",https://x.example/\nx,\n", 4, None, "neither home nor feeds"),
        ("home\nhttps://x.example/,y\n", 2, None, "2 values for 1 columns"),
        ("home,language\nhttps://x.example/,Korean\n", 2, "language", "two letters such as ko"),
        ("home,country\nhttps://x.example/,PRK\n", 2, "country", "two letters such as kp"),
        ("home,timezone\nhttps://x.example/,Asia/Nowhere\n", 2, "timezone", "an IANA name"),
        ("home,timezone\nhttps://x.example/,../../etc/hosts\n", 2, "timezone", "an IANA name"),
        ("home,timezone\nhttps://x.example/,Asia\n", 2, "timezone", "an IANA name"),
        ('home\n"https://x.example/\n', 2, None, "no CSV"),
        ("home\n" + "x" * 200_000, 2, None, "no CSV"),
    ],
    ids=[
        "empty", "no address column", "twice", "unknown column", "home", "feed", "no address", "too many", "language",
        "country", "zone", "zone with dots", "folder of zones", "open quote", "huge cell",
    ],
)  # fmt: skip
def test_csv_mistake_names_line_and_what_is_allowed(
    text: str, line: int, key: str | None, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_csv(text)

    assert (caught.value.line, caught.value.key) == (line, key)
    assert message in str(caught.value)


def test_names_are_unique_slugs() -> None:
    rows = ["Ünïted Nëws!", "united news", "북한 TV", "북한 라디오", "x" * 80, "x" * 80]
    text = "title,home\n" + "".join(f"{title},https://port.example/\n" for title in rows)

    names = [source.name for source in read_csv(text)]

    assert names[:4] == ["united-news", "united-news-2", "port-example", "port-example-2"]
    assert names[4:] == ["x" * NAME_CHARACTERS, "x" * (NAME_CHARACTERS - 5) + "-2"]


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "'=1", "''@x"])
def test_no_csv_cell_is_a_formula(title: str) -> None:
    source = ListedSource(name="x", title=title, home="https://x.example/")

    text = write_csv([source])

    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert read_csv(text) == [source]


def test_csv_columns_are_the_documented_ones() -> None:
    assert (
        write_csv([])
        == "name,title,home,feeds,sitemaps,sections,link_pattern,language,country,timezone,tags\n"
    )
    assert COLUMNS[3] == "feeds"


NAMES = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20)
TITLES = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"),
    max_size=30,
)
SOURCES = st.builds(
    ListedSource,
    name=NAMES,
    title=TITLES,
    home=st.sampled_from([None, "https://coast.example.org/", "http://kcna.example/?a&b=%22"]),
    feeds=st.lists(
        NAMES.map("https://feeds.example/{}?a=1&b=2".format), min_size=1, max_size=3, unique=True
    ).map(tuple),
    language=st.sampled_from([None, "ko", "en"]),
    country=st.sampled_from([None, "kp"]),
    timezone=st.sampled_from([None, "Asia/Pyongyang"]),
    sitemaps=st.sampled_from([(), ("https://coast.example.org/news.xml",)]),
    sections=st.sampled_from(
        [(), ("https://coast.example.org/world/", "https://coast.example.org/?a=1&b=2")]
    ),
    link_pattern=st.sampled_from([None, r"/news/\d+", "=id|a&b<\"'"]),
    tags=st.sampled_from([(), ("Asia",), ("국영 언론", "Asia & <Pacific>, 'east'/west")]),
)
LISTS = st.lists(SOURCES, min_size=1, max_size=5, unique_by=lambda source: source.name)


@given(LISTS)
def test_csv_is_read_back_as_written(sources: list[ListedSource]) -> None:
    assert read_csv(write_csv(sources)) == sources


@given(LISTS)
def test_opml_is_read_back_as_written(sources: list[ListedSource]) -> None:
    own = [
        replace(
            source,
            title="" if source.title == source.name else source.title,
            feeds=tuple(f"{feed}&of={source.name}" for feed in source.feeds),
        )
        for source in sources
    ]

    assert read_opml(write_opml(own)) == own


def test_opml_keeps_source_without_feeds() -> None:
    sources = [
        ListedSource(
            name="coast", home="https://coast.example.org/", timezone="Europe/London", tags=("Ports",)
        )
    ]

    assert read_opml(write_opml(sources)) == sources


@pytest.mark.parametrize(("depth", "is_read"), [(200, True), (300, False), (20_000, False)])
def test_folders_in_folders_without_end_are_refused(depth, is_read):
    feed = '<outline text="a" xmlUrl="https://a.example/feed"/>'
    text = "<opml><body>" + '<outline text="f">' * depth + feed + "</outline>" * depth + "</body></opml>"

    if is_read:
        assert len(read_opml(text)) == 1
    else:
        with pytest.raises(ConfigError, match="more than 255 deep"):
            read_opml(text)


def test_a_large_file_is_read_whatever_stands_in_its_texts():
    lines = "".join(
        f'<outline text="a > b &amp; c {number}" xmlUrl="https://a.example/{number}"/>'
        for number in range(5_000)
    )

    assert sum(len(source.feeds) for source in read_opml(f"<opml><body>{lines}</body></opml>")) == 5_000
