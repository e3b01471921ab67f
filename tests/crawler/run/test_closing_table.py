"""The closing table of a run that Scrapy's own command began."""

from crawler.run.closing_table import closing_table
from storage.records.polls import SourceCounts


def test_table_has_the_columns_that_say_something():
    lines = (SourceCounts("herald", polled=1, new=12, off_topic=3), SourceCounts("wire", polled=10))

    assert closing_table(7, "finished", lines).splitlines() == [
        "run 7 finished",
        "source  polled  new  off topic",
        "herald       1   12          3",
        "wire        10    0          0",
    ]


def test_run_that_did_nothing_says_so():
    assert closing_table(8, "interrupted", ()) == "run 8 interrupted\nnothing was due"
