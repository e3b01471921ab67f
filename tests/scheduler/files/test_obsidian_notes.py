"""Notes: what stands in them, that the web's text stays text, and that a reader's own lines stay."""

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.files.obsidian_notes import (
    BEGIN,
    END,
    NotedStory,
    note_name,
    paragraphs,
    plain,
    story_note,
    story_of_note,
)
from storage.articles.exports import ExportedRelation
from storage.articles.relations import Telling
from storage.articles.stories import Happening, Story, Teller, Version
from tests.support.exported import exported, match
from tests.support.samples import NOW

ACTIVE = re.compile(r"(?<!\\)(?:\\\\)*[`*_\[\]<>#|~^$%=&{}]")


def teller(id: int, relation: str | None = "copy", lag_s: int | None = 7_200, **more) -> Teller:
    values = {"title": f"Told {id}", "url": f"http://o{id}.example/", "outlet": f"Outlet {id}"} | more
    told = Telling(
        id,
        values["title"],
        f"o{id}",
        values["url"],
        NOW + timedelta(seconds=lag_s or 0),
        NOW,
        relation,
        0.9,
        "published",
        lag_s,
    )
    return Teller(
        told, values["outlet"], "xa", more.get("language", "en"), "minute", more.get("state", "live"), 0
    )


def noted(*others: Teller, follow_ups: tuple[Teller, ...] = (), versions=(), events=(), matches=None, **more):
    head = exported(1, **more)
    first = teller(1, None, None, title=head.title)
    return NotedStory(
        Story(1, 1, (first, *others), follow_ups, versions, events), head, matches or (match(),)
    )


def note(
    told: NotedStory, names=None, *, with_text: bool = True, pages: str = "", held: str | None = None
) -> str:
    return story_note(told, names or {}, with_text=with_text, pages=pages, held=held)


def test_note_tells_the_story_with_its_links():
    told = noted(
        teller(2, state="deleted", language="ru"),
        follow_ups=(teller(3, "follow_up"), teller(4, "follow_up")),
        versions=(Version(1, NOW, "a", "a", None, None), Version(2, NOW, "a", "b", "major", True)),
        events=(Happening("deleted", NOW, None),),
        relations=(ExportedRelation("follow_up", 9, "http://o9.example/", 0.3, "published", 60),),
    )

    text = note(
        told, {3: "2026-09-15 Told 3 (3).md", 9: "2026-09-01 Before (9).md"}, pages="https://watch.example"
    )

    assert 'title: "Ministers meet 1"\ndate: "2026-09-14"\n' in text
    assert 'languages: ["en", "ru"]\ntopics: ["strait"]\ntold_by: 2\n' in text
    for line in (
        "# Ministers meet 1",
        "**The Courier** · 2026-09-14T12:00+00:00 · [original](<http://courier.example/1>) · [in seedwatch](<https://watch.example/-/read/1>)",
        "**strait** 3.00 of 2.25 (seed): tunnel, strait",
        "> They met.",
        "- 2026-09-14 silently edited (major)",
        "- 2026-09-14 deleted",
        "They met.\n\nThey spoke.",
        "- 2026-09-14 · **Outlet 2** · [Told 2](<http://o2.example/>) · copy · 2 h later · deleted",
        "- [[2026-09-15 Told 3 (3)]]",
        "- 2026-09-14 · **Outlet 4** · [Told 4](<http://o4.example/>) · follow up · 2 h later",
        "- [[2026-09-01 Before (9)]]",
    ):
        assert f"\n{line}\n" in text
    assert "## Text" not in note(told, with_text=False)


def test_story_of_hundreds_names_a_hundred():
    text = note(noted(*(teller(number) for number in range(2, 152))))

    assert text.count("· copy ·") == 100
    assert "\n- and 50 more\n" in text


def test_article_that_follows_what_has_no_note_links_to_its_outlet():
    relation = ExportedRelation("follow_up", 9, "http://o9.example/", 0.3, "published", 60)

    assert "(<http://o9.example/>)" in note(noted(relations=(relation,)))


@given(st.text(max_size=200))
def test_text_of_the_web_is_shown_as_it_is(text):
    for shown in (plain(text), paragraphs(text)):
        assert not ACTIVE.search(shown)
        assert not re.search(r"(?m)^\s*([-+]\s|\d+[.)]\s)", shown)
        assert all(character.isprintable() or character == "\n" for character in shown)


@pytest.mark.parametrize(
    "text",
    [
        "![](http://evil.example/pixel)",
        "[[Private note]]",
        "<script>alert(1)</script><iframe src=x>",
        "%% end of seedwatch %%",
        "`= this.file`",
        "#tag",
        "<% tp.system.clipboard() %>",
        "---\ntags: [x]\n---",
        "obsidian://open?vault=x https://evil.example",
        "$$x$$ ==y== ~~z~~ ^id",
        "> quoted\n- [ ] task",
        "\u202egnp.exe\x1b[31m\ud800",
    ],
)
def test_what_obsidian_would_run_link_or_read_as_its_own_is_escaped(text):
    told = noted(
        teller(2, title=text, outlet=text),
        title=text,
        text=text,
        source_title=text,
        matches=(match(terms=text, sentence=text),),
    )
    written = note(told)

    body = written.split(BEGIN)[1]
    assert body.count("%%") == 2, "our own mark at the end"
    assert body.count("[[") == 0
    ours = re.sub(
        r"\]\(<[^>]*>\)|\*\*|^#+ |^> |\[(?=original|in )", "", body.split(END)[0], flags=re.MULTILINE
    )
    assert not re.search(r"(?<!\\)[`<>#|~^$%={}]", ours)
    assert not re.search(r"\w://", re.sub(r"\(<[^>]*>\)", "", body))
    head = written.split("---\n")[1]
    assert all(json.loads(line.partition(": ")[2]) is not None for line in head.splitlines())
    assert note(told, held=written) == written


@pytest.mark.parametrize("url", ["javascript:alert(1)", "obsidian://open", None, "", "file:///etc/passwd"])
def test_only_addresses_of_the_web_are_links(url):
    text = note(noted(teller(2, url=url), url=url))

    assert "original" not in text
    assert " · Told 2 · " in text


def test_address_cannot_end_its_link():
    assert "(<http://a.example/%3E%29%20x%0A>)".replace("%29", ")") in note(
        noted(url="http://a.example/>) x\n")
    )


def test_lines_of_the_reader_stay_and_ours_are_brought_up_to_date():
    held = note(noted())
    mine = (
        held.replace("---\n%%", "rating: 5\ncssclasses:\n  - wide\n---\nMy own line.\n%%")
        + "\nMy thoughts [[Elsewhere]].\n"
    )

    again = note(noted(teller(2), title="Ministers meet again"), held=mine)

    assert "rating: 5\ncssclasses:\n  - wide\n---\nMy own line.\n%%" in again
    assert again.endswith("\nMy thoughts [[Elsewhere]].\n")
    assert 'title: "Ministers meet again"' in again
    assert "Ministers meet 1" not in again
    assert "told_by: 2" in again
    assert again.count("title:") == again.count("tags:") == 1
    assert note(noted(teller(2), title="Ministers meet again"), held=again) == again


def test_properties_that_obsidian_wrote_otherwise_are_replaced():
    held = note(noted()).replace('tags: ["seedwatch/strait"]\n', "tags:\n  - seedwatch/strait\n  - mine\n")

    assert note(noted(), held=held) == note(noted())


def test_properties_that_the_reader_took_out_come_back():
    held = note(noted()).split("---\n", 2)[2]

    assert note(noted(), held=held) == note(noted())


@pytest.mark.parametrize("mark", [BEGIN, END])
def test_note_without_its_marks_is_left(mark):
    assert note(noted(), held=note(noted()).replace(mark, "")) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Ministers meet", "2026-09-14 Ministers meet (1).md"),
        ('a/b\\c:d*e?f"g<h>i|j#k^l[m]n', "2026-09-14 a b c d e f g h i j k l m n (1).md"),
        ("../../etc/passwd", "2026-09-14 etc passwd (1).md"),
        ("", "2026-09-14 no headline (1).md"),
        ("...", "2026-09-14 no headline (1).md"),
        ("조" * 100, f"2026-09-14 {'조' * 50} (1).md"),
        ("\u202egnp.exe\n\x00", "2026-09-14 gnp.exe (1).md"),
        ("CON", "2026-09-14 CON (1).md"),
    ],
)
def test_name_of_a_note_is_fit_for_any_file_system(title, name):
    assert note_name(exported(1, title=title)) == name
    assert story_of_note(name) == 1


@given(st.text(max_size=300))
def test_any_headline_gives_a_name_that_leads_back(title):
    name = note_name(exported(12, title=title, published=None))

    assert story_of_note(name) == 12
    assert len(name.encode()) <= 255
    assert not re.search(r'[\\/:*?"<>|#^\[\]\n]', name)


def test_other_names_are_no_notes_of_ours():
    assert story_of_note("Thoughts (on war).md") is None
    assert story_of_note("x (1).txt") is None
