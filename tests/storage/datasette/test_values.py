"""The pure files behind the pages: words for values, cells, differences, charts, the feed."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markupsafe import Markup

from storage.articles.evidence_text import lag_words, time_span
from storage.datasette.addresses import DatabasePages
from storage.datasette.pages.charts import bar_chart, day_ticks
from storage.datasette.pages.wording import (
    clean,
    cut,
    is_web_address,
    read_explanation,
    read_list,
    read_time,
    short_address,
    short_time,
)
from storage.datasette.tables.cells import cell
from tests.support.datasette_data import fill
from tests.support.datasette_serving import opened

_READ = '<a dir="auto" href="/-/read/7">{}</a>'


def _key(value, label):
    """A foreign key as Datasette expands it."""
    return {"value": value, "label": label}


ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with opened(fill(tmp_path_factory.mktemp("values") / "watch.db")) as datasette:
        yield DatabasePages(datasette.urls, "watch", "")


@pytest.mark.parametrize(
    ("stored", "precision", "shown"),
    [
        ("2026-09-14T08:30:00+00:00", "minute", "2026-09-14 08:30"),
        ("2026-09-14T08:30:00.123Z", None, "2026-09-14 08:30"),
        ("2026-09-14T00:00:00+00:00", "day", "2026-09-14"),
        ("2026-09-01T00:00:00+00:00", "month", "2026-09"),
        ("2026-01-01T00:00:00+00:00", "year", "2026"),
        ("2026-09-14", None, "2026-09-14"),
        ("Juche 115", None, "Juche 115"),
        ("<b>\x00", None, "<b>"),
        (None, None, ""),
        (5, 7, "5"),
    ],
)
def test_times_are_short(stored, precision, shown):
    assert short_time(stored, precision) == shown


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("2026-09-14T08:30:00+02:00", datetime(2026, 9, 14, 6, 30, tzinfo=UTC)),
        ("2026-09-14T08:30:00", None),
        ("2023-08-22Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_or_none(stored, read):
    assert read_time(stored) == read


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (45, "45 s"), (2160, "36 min"), (5400, "1 h 30 min"), (-86400, "1 d"), (273_600, "3 d 4 h"),
     (86_460, "1 d")],
)  # fmt: skip
def test_spans_of_time(seconds, shown):
    assert time_span(seconds) == shown


@pytest.mark.parametrize(
    ("lag_s", "precisions", "said"),
    [
        (2_160, ("second", "minute"), "36 min later"),
        (-5_400, ("minute", "hour"), "1 h 30 min earlier"),
        (0, ("second", "second"), "at the same time"),
        (60_420, ("day", "minute"), "1 day later"),
        (30_000, ("minute", "day"), "the same day"),
        (-200_000, ("second", "day"), "2 days earlier"),
        (86_400 * 40, ("month", "day"), "1 month later"),
        (86_400 * 40, ("year", "month"), "the same year"),
    ],
)
def test_lag_is_no_finer_than_the_coarser_date(lag_s, precisions, said):
    assert lag_words(lag_s, precisions) == said


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://a.example/x", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https://", False),
        ("https://a.example/\x01", False),
        (" https://a.example", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_links(url, is_link):
    assert is_web_address(url) is is_link


def test_addresses_are_shortened():
    assert short_address("https://www.a.example/x/y/#z") == "a.example/x/y"
    assert short_address("http://a.example/view.php?no=344") == "a.example/view.php?no=344"
    assert (
        short_address(f"http://a.example/{'x' * 60}/v.php?no=344") == f"a.example/{'x' * 21}…xxx/v.php?no=344"
    )
    assert cut("abcdef", 4) == "abc…"


@given(st.text())
def test_clean_text_is_fit_for_xml(text):
    etree.fromstring(f"<a>{Markup.escape(clean(text))}</a>".encode())


@pytest.mark.parametrize(
    "stored", [None, "", "no json", "[]", "7", '{"terms": 3, "spans": [[1]], "sentences": [4]}']
)
def test_odd_explanations_are_empty(stored):
    why = read_explanation(stored)

    assert (why.terms, why.sentences, why.spans) == ((), (), ())


def test_explanation_is_read():
    why = read_explanation(
        '{"measure": "m", "terms": [["a", 2]], "sentences": ["s"], "spans": [["text", 1, 2]]}'
    )

    assert (why.measure, why.terms, why.sentences, why.spans) == (
        "m",
        (("a", 2.0),),
        ("s",),
        (("text", 1, 2),),
    )


@pytest.mark.parametrize(
    ("value", "column", "table", "row", "html"),
    [
        pytest.param("A <b>", "title", "articles", {"id": 7}, _READ.format("A &lt;b&gt;"), id="title"),
        pytest.param("", "title", "articles", {"id": 7}, _READ.format("(no headline)"), id="no title"),
        pytest.param("A", "headline", None, {"article": 7}, _READ.format("A"), id="query"),
        pytest.param("A", "title", None, {}, '<span dir="auto">A</span>', id="query without article"),
        pytest.param(2, "revisions", "articles", {"id": 7}, '<a href="/-/revisions/7">2</a>', id="revisions"),
        pytest.param(0, "revisions", "articles", {"id": 7}, None, id="no revisions"),
        pytest.param("javascript:1", "url", "articles", {}, "<code>javascript:1</code>", id="no link"),
        pytest.param(None, "url", "articles", {}, None, id="no address"),
        pytest.param(_key(7, "T"), "article_id", "matches", {}, _READ.format("T"), id="article"),
        pytest.param(
            _key(1, "x y"), "topic_id", "matches", {}, '<a href="/-/topic/x%20y">x y</a>', id="topic"
        ),
        pytest.param(
            _key(1, "m"), "source_id", "articles", {}, '<a dir="auto" href="/-/source/m">m</a>', id="source"
        ),
        pytest.param(_key(1, "m"), "model_id", "matches", {}, None, id="other key"),
        pytest.param(5400, "lag_s", "copies", {}, "1 h 30 min", id="lag"),
        pytest.param(0.8612, "similarity", "copies", {}, "0.86", id="share"),
        pytest.param("a ⟦b⟧ <", "snippet", None, {}, "a <mark>b</mark> &lt;", id="snippet"),
        pytest.param("plain", "section", "articles", {}, None, id="Datasette's own"),
        pytest.param("a\x00b", "section", "articles", {}, "ab", id="control characters"),
        pytest.param(b"x", "terms", "background", {}, None, id="bytes"),
    ],
)
def test_cells(place, value, column, table, row, html):
    shown = cell(value, column, table, row, place)

    assert shown == (None if html is None else Markup(html))


def test_long_text_is_folded(place):
    shown = cell("<x> " * 400, "text", "revisions", {}, place)

    assert shown is not None
    assert shown.startswith('<details class="sw-long">')
    assert "<x>" not in shown


def test_explanation_cell_is_readable(place):
    shown = cell(
        '{"terms": [["North Korea", 2.4]], "sentences": ["A <b>."]}', "explanation", "matches", {}, place
    )

    assert shown is not None
    assert "North Korea 2.40" in shown
    assert "A &lt;b&gt;." in shown


@pytest.mark.parametrize(
    ("stored", "texts"),
    [('["a", "b"]', ("a", "b")), ('["a", 1, null]', ("a",)), ("{}", ()), ("odd", ()), (None, ())],
)
def test_stored_lists_are_read_and_what_is_none_is_empty(stored, texts):
    assert read_list(stored) == texts


def test_chart_has_a_bar_for_each_day():
    chart = bar_chart({"2026-09-14": 400, "2026-09-12": 1, "2026-01-01": 9}, last=date(2026, 9, 14), days=3)

    assert [(bar.day, bar.next_day, bar.count) for bar in chart.bars] == [
        ("2026-09-12", "2026-09-13", 1),
        ("2026-09-13", "2026-09-14", 0),
        ("2026-09-14", "2026-09-15", 400),
    ]
    assert [bar.height for bar in chart.bars] == [2.0, 0.0, 120.0]
    assert (chart.most, chart.total) == (400, 401)


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (30, ["17 Aug", "24 Aug", "31 Aug", "7 Sep", "14 Sep"]),
        (90, ["1 Jul", "15 Jul", "1 Aug", "15 Aug", "1 Sep"]),
        (365, ["Oct", "Nov", "Dec", "2026", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]),
        (1, ["14 Sep"]),
    ],
)
def test_days_below_a_chart(days, labels):
    ticks = day_ticks(date(2026, 9, 14), days)

    assert [tick.label for tick in ticks] == labels
    assert all(0 <= tick.x < 100 for tick in ticks)
    assert [tick.x for tick in ticks] == sorted(tick.x for tick in ticks)
