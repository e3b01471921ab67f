"""Verdicts as CSV: what is written is read back, and each line that cannot be used is named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.files.feedback_files import BadFeedbackLine, FeedbackLine, read_feedback, write_feedback
from storage.errors import ConfigError

AT = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
LINE = FeedbackLine(2, "7", "http://a.example/1", "strait", "yes", "Ministers meet", AT, "ann", "new")
HEAD = "article,url,topic,verdict,title,given_at,given_by,why\n"


def test_verdicts_are_written_and_read_back():
    text = write_feedback([LINE])

    assert text == HEAD + "7,http://a.example/1,strait,yes,Ministers meet,2026-09-14T08:30:00+00:00,ann,new\n"
    assert read_feedback(text) == ([LINE], [])


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "＝1"])
def test_no_cell_is_run_by_a_spreadsheet_and_none_is_changed(title):
    text = write_feedback([FeedbackLine(2, "7", "", "strait", "no", title, None)])

    assert f",'{title}," in text
    assert read_feedback(text)[0][0].title == title


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)


@given(LINES, st.sampled_from(["yes", "no"]))
def test_any_title_comes_back(title, verdict):
    line = FeedbackLine(2, "1", "", "strait", verdict, title, None)

    assert read_feedback(write_feedback([line])) == ([line], [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("topic;verdict;article\nstrait;YES;7\n", id="semicolons"),
        pytest.param("topic\tverdict\tarticle\nstrait\tyes\t7\n", id="tabs"),
        pytest.param(
            "\ufeffTopic, Verdict, Article\n\n  \nstrait, yes ,7\n", id="byte order mark and empty lines"
        ),
    ],
)
def test_files_of_spreadsheets_are_read(text):
    (line,), bad = read_feedback(text)

    assert (line.topic, line.verdict, line.article, bad) == ("strait", "yes", "7", [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7,,strait,maybe,,", "verdict 'maybe' is not allowed; yes or no"),
        (",,strait,yes,,", "neither article nor url is given"),
        ("7,,strait,yes,,soon", "given_at 'soon' is no time; as in 2026-09-14T08:30:00+00:00"),
        ("7,,strait,yes,,,,,more", "9 cells, but 8 columns"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_are_read(row, reason):
    found, bad = read_feedback(f"{HEAD}{row}\n8,,strait,no,,\n")

    assert bad == [BadFeedbackLine(2, reason)]
    assert [line.article for line in found] == ["8"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "topic is missing"),
        ("article,verdict\n", "topic is missing in its first line; columns are article, url, topic, verdict"),
        ("topic,verdict\n", "article or url is missing"),
        ("topic,verdict,article,mood\n", "mood is not allowed"),
        ("topic,verdict,article,topic\n", "a column is not allowed"),
    ],
    ids=["empty", "no topic", "no article", "unknown", "twice"],
)
def test_a_file_with_other_columns_is_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        read_feedback(text)


def test_a_time_without_zone_is_utc():
    (line,), _ = read_feedback("article,topic,verdict,given_at\n7,strait,no,2026-09-14T08:30:00\n")

    assert line.given_at == AT


def test_a_cell_beyond_what_a_cell_may_hold_is_told_with_its_line():
    with pytest.raises(ConfigError, match="is no CSV"):
        read_feedback(write_feedback([]) + '"' + "x" * 200_000 + '"')
