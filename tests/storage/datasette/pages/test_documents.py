"""What a page shows, as JSON values."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

from markupsafe import Markup

from storage.datasette.pages.charts import bar_chart
from storage.datasette.pages.documents import address_with_json, address_without_json, page_document


def test_every_kind_of_value_has_its_plain_form():
    document = page_document(
        {
            "marked": Markup("one <mark>word</mark> &amp; more\nnext"),
            "rows": [{"id": 1, 2: None}],
            "names": {"b", "a"},
            "day": date(2026, 9, 14),
            "at": datetime(2026, 9, 14, 9, tzinfo=UTC),
            "file": Path("a/b"),
            "chart": bar_chart({"2026-09-14": 3}, last=date(2026, 9, 14), days=1),
        }
    )

    assert json.loads(json.dumps(document)) == {
        "marked": "one word & more\nnext",
        "rows": [{"id": 1, "2": None}],
        "names": ["a", "b"],
        "day": "2026-09-14",
        "at": "2026-09-14T09:00:00+00:00",
        "file": "a/b",
        "chart": {
            "bars": [{"day": "2026-09-14", "next_day": "2026-09-15", "count": 3}],
            "most": 3,
            "total": 3,
        },
    }


def test_address_of_a_document_and_of_its_page_lead_to_each_other():
    for address in ("/-/search?q=a.json", "/-/read/1"):
        assert address_without_json(address_with_json(address)) == address
