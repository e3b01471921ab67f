"""References: what a reference manager reads of an article."""

import pytest

from scheduler.files.ris_files import ris_references
from tests.support.exported import exported


def fields(text: str) -> list[tuple[str, str]]:
    assert text.endswith("ER  - \r\n")
    return [(line[:2], line[6:]) for line in text.split("\r\n") if line]


def test_reference_has_the_facts_of_the_article():
    (reference,) = ris_references(
        [exported(7, authors=("Kim A", "Lee B"), published="2026-09-14T01:30+03:00")]
    )

    assert fields(reference) == [
        ("TY", "NEWS"),
        ("AU", "Kim A"),
        ("AU", "Lee B"),
        ("TI", "Ministers meet 7"),
        ("T2", "The Courier"),
        ("PY", "2026"),
        ("DA", "2026/09/13"),
        ("UR", "http://courier.example/7"),
        ("Y2", "2026/09/14"),
        ("LA", "en"),
        ("ER", ""),
    ]


@pytest.mark.parametrize(
    ("published", "precision", "stated"),
    [
        ("2026", "year", "2026"),
        ("2026-09", "month", "2026/09"),
        ("2026-09-14", "day", "2026/09/14"),
        ("2026-09-14T08+00:00", "hour", "2026/09/14"),
        (None, None, None),
    ],
)
def test_date_is_as_precise_as_it_was_stated(published, precision, stated):
    (reference,) = ris_references([exported(published=published, published_precision=precision)])

    assert dict(fields(reference)).get("DA") == stated


def test_text_of_the_web_adds_no_field():
    (reference,) = ris_references(
        [exported(title="A\r\nUR  - http://evil.example\nER  - ", url="javascript:alert(1)")]
    )

    assert [tag for tag, _ in fields(reference)].count("ER") == 1
    assert "UR" not in dict(fields(reference))
