"""How articles are cited."""

from dataclasses import replace

import pytest

from storage.datasette.pages.articles.citation import CitedArticle, citation

ARTICLE = CitedArticle(
    article_id=7,
    title="Ferries & trains: 50 % more",
    outlet="Harbour Courier",
    authors="Ada Berg; Staff and agencies; Kim Olsen",
    published_at="2026-09-13T12:00:00+00:00",
    precision="minute",
    read_at="2026-09-14T08:00:00+00:00",
    url="https://courier.example/a_{1}",
    language="en",
)
BARE = CitedArticle(8, "", "등대일보", None, None, None, "2026-09-14T08:00:00+00:00", None, "ko")


def test_each_form_says_who_what_where_and_when():
    cited = citation(ARTICLE)

    assert cited.plain == (
        "Ada Berg, Staff and agencies, Kim Olsen, “Ferries & trains: 50 % more”, Harbour Courier, 13 September 2026, "
        "https://courier.example/a_{1} (read 2026-09-14)."
    )
    assert cited.chicago == (
        "Ada Berg, Staff and agencies, and Kim Olsen. “Ferries & trains: 50 % more.” Harbour Courier, "
        "September 13, 2026. Accessed September 14, 2026. https://courier.example/a_{1}."
    )
    assert cited.bibtex == (
        "@online{seedwatch7,\n"
        "  author = {Ada Berg and {Staff and agencies} and Kim Olsen},\n"
        "  title = {{Ferries \\& trains: 50 \\% more}},\n"
        "  organization = {Harbour Courier},\n"
        "  date = {2026-09-13},\n"
        "  url = {https://courier.example/a_%7B1%7D},\n"
        "  urldate = {2026-09-14},\n"
        "  langid = {english},\n"
        "}\n"
    )
    assert cited.ris.split("\r\n") == [
        "TY  - NEWS",
        "AU  - Ada Berg",
        "AU  - Staff and agencies",
        "AU  - Kim Olsen",
        "TI  - Ferries & trains: 50 % more",
        "T2  - Harbour Courier",
        "PY  - 2026",
        "DA  - 2026/09/13",
        "UR  - https://courier.example/a_{1}",
        "Y2  - 2026/09/14",
        "LA  - en",
        "ER  - ",
        "",
    ]


def test_what_is_unknown_is_left_out():
    cited = citation(BARE)

    assert cited.plain == "“(no headline)”, 등대일보, n.d. (read 2026-09-14)."
    assert cited.chicago == "“(no headline).” 등대일보, n.d. Accessed September 14, 2026."
    assert "  date =" not in cited.bibtex
    assert "langid" not in cited.bibtex
    assert "\r\nDA" not in cited.ris


@pytest.mark.parametrize(
    ("precision", "plain", "chicago", "bibtex", "ris"),
    [
        ("year", "2026", "2026", "2026", "2026"),
        ("month", "September 2026", "September 2026", "2026-09", "2026/09"),
        ("day", "13 September 2026", "September 13, 2026", "2026-09-13", "2026/09/13"),
    ],
)
def test_date_is_no_finer_than_it_is_known(precision, plain, chicago, bibtex, ris):
    cited = citation(replace(ARTICLE, precision=precision))

    assert f"Harbour Courier, {plain}, https" in cited.plain
    assert f"Harbour Courier, {chicago}. Accessed" in cited.chicago
    assert f"date = {{{bibtex}}}," in cited.bibtex
    assert f"DA  - {ris}\r\n" in cited.ris


def test_hostile_values_stay_one_value():
    cited = citation(
        replace(
            ARTICLE, title="What\r\nER  - \r\n}, x = {\\y}?", outlet="A\x00B", read_at="odd", url="javascript:alert(1)",
            authors="Berg, Ada",
        )
    )  # fmt: skip

    assert cited.ris.count("\r\nER  - ") == 1
    assert "javascript" not in "".join((cited.plain, cited.chicago, cited.bibtex, cited.ris))
    assert "title = {{What ER - \\}, x = \\{\\textbackslash{}y\\}?}}," in cited.bibtex
    assert "author = {{Berg, Ada}}," in cited.bibtex
    assert "“What ER - }, x = {\\y}?” AB, September 13, 2026. https" not in cited.chicago
    assert "Accessed" not in cited.chicago
