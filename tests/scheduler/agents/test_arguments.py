from datetime import UTC, datetime

import pytest

from scheduler.agents.arguments import Argument, check, schema
from storage.errors import ConfigError

ARGUMENTS = (
    Argument("query", "text", "The query.", is_needed=True),
    Argument("side", "text", "Where.", usual="removed", choices=("removed", "added")),
    Argument("limit", "number", "How many.", usual=10, most=50),
    Argument("since", "time", "From then on."),
)


def test_what_is_not_given_is_as_usual():
    given = check(ARGUMENTS, {"query": " strait ", "limit": None})

    assert (given.text("query"), given.text("side"), given.number("limit")) == ("strait", "removed", 10)
    assert given.time("since") is None
    assert given.optional_number("before") is None
    assert given.text("nothing") == ""


@pytest.mark.parametrize(
    ("value", "number"), [(7, 7), ("7", 7), (7.0, 7), (" 50 ", 50)], ids=["int", "text", "float", "spaces"]
)
def test_a_number_may_be_written_as_models_write_it(value, number):
    assert check(ARGUMENTS, {"query": "a", "limit": value}).number("limit") == number


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-09-14", datetime(2026, 9, 14, tzinfo=UTC)),
        ("2026-09-14T08:00", datetime(2026, 9, 14, 8, tzinfo=UTC)),
        ("2026-09-14T08:00:00Z", datetime(2026, 9, 14, 8, tzinfo=UTC)),
        ("2026-09-14T17:00:00+09:00", datetime(2026, 9, 14, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_utc_where_it_says_nothing(written, at):
    assert check(ARGUMENTS, {"query": "a", "since": written}).time("since") == at


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "the argument 'query' is missing: The query."),
        ({"query": None}, "the argument 'query' is missing: The query."),
        ({"query": "a", "limt": 1}, "no argument 'limt'; allowed are: query, side, limit, since"),
        ({"query": "  "}, "query: '  ' is not allowed; allowed is a text"),
        ({"query": 3}, "query: '3' is not allowed; allowed is a text"),
        ({"query": "a" * 2_001}, "allowed is a text of 1 to 2,000 characters"),
        ({"query": "a", "side": "both"}, "side: 'both' is not allowed; allowed is 'removed' or 'added'"),
        ({"query": "a", "limit": 51}, "limit: '51' is not allowed; allowed is a whole number from 1 to 50"),
        ({"query": "a", "limit": 0}, "whole number from 1 to 50"),
        ({"query": "a", "limit": True}, "whole number from 1 to 50"),
        ({"query": "a", "limit": 1.5}, "whole number from 1 to 50"),
        ({"query": "a", "limit": "9" * 30}, "whole number from 1 to 50"),
        ({"query": "a", "limit": ["a"]}, "whole number from 1 to 50"),
        ({"query": "a", "since": "yesterday"}, "since: 'yesterday' is not allowed; allowed is a day such as"),
        ({"query": "a", "since": "0001-01-01T00:00+14:00"}, "allowed is a day such as"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_allowed(given, said):
    with pytest.raises(ConfigError) as error:
        check(ARGUMENTS, given)

    assert said in str(error.value)


def test_a_tool_without_arguments_takes_none():
    with pytest.raises(ConfigError, match="allowed are: none"):
        check((), {"a": 1})


def test_the_schema_says_what_is_checked():
    assert schema(ARGUMENTS) == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "The query."},
            "side": {
                "type": "string",
                "enum": ["removed", "added"],
                "default": "removed",
                "description": "Where.",
            },
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": 50,
                "default": 10,
                "description": "How many.",
            },
            "since": {"type": "string", "description": "From then on."},
        },
        "required": ["query"],
        "additionalProperties": False,
    }
