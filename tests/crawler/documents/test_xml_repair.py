import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.documents.xml_repair import limit_entries, read_xml


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("<rss>", "rss"),
        ('<?xml version="1.0"?><!-- c --><?style x?><feed xmlns="x">', "feed"),
        ("<rdf:RDF>", "rdf"),
        ("<atom:feed >", "feed"),
        ("<urlset/>", "urlset"),
        ("<sitemapindex\n>", "sitemapindex"),
        ("<br /><rss>", "rss"),
        ("<html><rss>", "html"),
        ("<!doctype HTML><rss>", "html"),
        ("<rssx>", ""),
        ("", ""),
    ],
)
def test_root_is_found_behind_anything(text: str, root: str) -> None:
    assert read_xml(text).root == root


@pytest.mark.parametrize(
    ("text", "mended", "flaw"),
    [
        ("<rss>a</rss>", "<rss>a</rss>", None),
        ('<?xml version="1.0"?>\n<!DOCTYPE rss [<!ENTITY a "b">] >\n<!-- c --><rss>a</rss>\n', "<rss>a</rss>", None),
        ("junk<rss>a</rss>", "<rss>a</rss>", "not well-formed"),
        ("<rss>a</rss>junk", "<rss>a</rss>", None),
        ("<rss>a\x00&#0;&#xFFFF;&#x110000;b</rss>", "<rss>ab</rss>", "not well-formed"),
        ("<rss>&#65;&#x41;&lt;&amp;</rss>", "<rss>&#65;&#x41;&lt;&amp;</rss>", None),
        ("<rss>a & &eacute; &LT; &own; &#x;</rss>", "<rss>a &amp; é &lt; &amp;own; &amp;#x;</rss>", "not well-formed"),
        ("<rss><![CDATA[a & b]]></rss>", "<rss><![CDATA[a & b]]></rss>", None),
        ("<rss><channel><item>a</item><item>b", "<rss><channel><item>a</item></channel></rss>", "cut off"),
        ("<a:feed><a:entry>a</a:entry><a:entry>", "<a:feed><a:entry>a</a:entry></a:feed>", "cut off"),
        ("<rss><item>a", "<rss><item>a", "cut off"),
    ],
    ids=[
        "whole", "prolog", "junk before", "junk behind", "controls", "entities", "bare ampersand", "cdata", "cut rss",
        "cut atom", "nothing whole",
    ],
)  # fmt: skip
def test_flaws_are_mended(text: str, mended: str, flaw: str | None) -> None:
    document = read_xml(text)

    assert (document.text, document.flaw) == (mended, flaw)


def test_long_prolog_is_a_flaw() -> None:
    assert read_xml("<!DOCTYPE rss [" + "<!--" * 5_000 + "]><rss></rss>").flaw == "not well-formed"


@pytest.mark.parametrize(
    ("entries", "text", "left_out"),
    [
        (1, "<rss><item>a</item></rss>", 2),
        (2, "<rss><item>a</item><item>c</item></rss>", 1),
        (3, "<rss><item>a</item><item x='1'>b</item><item>c</item></rss>", 0),
    ],
)
def test_entries_at_both_ends_are_kept(entries: int, text: str, left_out: int) -> None:
    document = read_xml("<rss><item>a</item><item x='1'>b</item><item>c</item></rss>")

    short, count = limit_entries(document, entries)

    assert (short.text, count) == (text, left_out)


@pytest.mark.parametrize(
    ("dates", "kept"),
    [
        (("2026-09-01T10:00Z", "2026-09-03T10:00Z", "2026-09-02T10:00Z"), "bc"),
        (("Tue, 01 Sep 2026 10:00:00 GMT", "02 Sep 2026 09:00:00 GMT", "02 Sep 2026 11:00:00 GMT"), "bc"),
        (("2026-09-03", "no date", "2026-09-02"), "ac"),
    ],
)
def test_newest_entries_are_kept_wherever_they_stand(dates: tuple[str, ...], kept: str) -> None:
    items = [f"<item>{name}<pubDate>{date}</pubDate></item>" for name, date in zip("abc", dates, strict=True)]

    short, _ = limit_entries(read_xml(f"<rss>{''.join(items)}</rss>"), 2)

    assert "".join(name for name in "abc" if f"<item>{name}<" in short.text) == kept


def test_entries_that_never_close_are_limited() -> None:
    short, count = limit_entries(read_xml("<rss><item>a<item>b<item>c"), 1)

    assert (short.text, count) == ("<rss><item>a", 2)


@given(st.text())
def test_mended_text_is_mended_once(text: str) -> None:
    once = read_xml(f"<rss>{text}</rss>")

    assert read_xml(once.text).text == once.text
