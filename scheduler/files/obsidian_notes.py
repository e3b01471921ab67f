"""Stories as notes of Obsidian: Markdown that an analyst adds to, and that an export brings up to date.

What the export writes stands between two marks, with the properties that it knows; the rest of a note is its
reader's. Nothing of what the web wrote can become a link, a tag, an embedded page or a query.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.text.storable import storable
from storage.articles.evidence_text import lag_words
from storage.articles.exports import ExportedArticle, ExportedMatch
from storage.articles.stories import Happening, Story, Teller

BEGIN = "%% seedwatch: what stands from here to the end mark is written anew by each export; write outside of it %%"
END = "%% end of seedwatch %%"
# A name of at most 255 bytes with date, number and suffix, and short enough for the paths of Windows.
_TITLE_CHARACTERS = 80
_TITLE_BYTES = 150
# Of a story told by hundreds the note names these; its page has all.
_TELLERS = 100
_UNFIT_FOR_NAME = re.compile(r'[\\/:*?"<>|#^\[\]]+')
_NUMBER = re.compile(r" \((\d{1,18})\)\.md$")
# What Obsidian or one of its usual plugins reads as more than text, anywhere in a line.
_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~^$%=&{}]|(?<=\w):(?=//)|@(?=\w)")
# The same at the beginning of a line: lists and rules.
_LINE_START = re.compile(r"^(\s*)([-+]|\d+(?=[.)]))", re.MULTILINE)
_PROPERTIES = (
    "title",
    "date",
    "outlet",
    "url",
    "languages",
    "topics",
    "told_by",
    "state",
    "seedwatch",
    "tags",
)
_FRONT_MATTER = re.compile(r"---\n(.*?)^---[ \t]*$(.*)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"([A-Za-z_][\w-]*):")


@dataclass(frozen=True, slots=True)
class NotedStory:
    """A story with what its note tells of it."""

    story: Story  # seen from its head
    head: ExportedArticle
    matches: tuple[ExportedMatch, ...]  # of all that tell it, each topic once


def note_name(article: ExportedArticle) -> str:
    """The name of the note of a story by its head: date, headline, number; fit for all common file systems."""
    title = unicodedata.normalize("NFC", storable(article.title))
    title = " ".join(_UNFIT_FOR_NAME.sub(" ", title.replace("\u2028", " ").replace("\u2029", " ")).split())
    title = "".join(character for character in title if character.isprintable())[:_TITLE_CHARACTERS]
    title = title.encode("utf-8")[:_TITLE_BYTES].decode("utf-8", "ignore").strip(" .")
    day = (article.published or "")[:10] or "undated"
    return f"{day} {title or 'no headline'} ({article.id}).md"


def story_of_note(name: str) -> int | None:
    """The number of the story whose note is called *name*; None if it is none of ours."""
    found = _NUMBER.search(name)
    return int(found[1]) if found else None


def story_note(
    noted: NotedStory, names: Mapping[int, str], *, with_text: bool, pages: str, held: str | None
) -> str | None:
    """The note of a story, brought up to date where it is *held*; None if what is held has lost its marks.

    *names* are those of the notes that there are, by the head of their story: others are linked at their outlet.
    *pages* is where our pages are served; "" for nowhere.
    """
    body = "\n".join([BEGIN, "", *_body(noted, names, with_text=with_text, pages=pages), "", END])
    if held is None:
        return f"---\n{_properties(noted)}---\n{body}\n"
    before, begin, rest = held.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return None
    return f"{_with_properties(before, noted)}{body}{after}"


def _body(noted: NotedStory, names: Mapping[int, str], *, with_text: bool, pages: str) -> list[str]:
    head = noted.head
    facts = [f"**{plain(head.source_title or head.source)}**", head.published or "undated"]
    facts += [f"[original](<{_address(head.url)}>)"] if _address(head.url) else []
    facts += [f"[in seedwatch](<{pages}/-/read/{head.id}>)"] if pages else []
    return [
        f"# {plain(head.title) or 'No headline'}",
        "",
        " · ".join(facts),
        *_reasons(noted.matches),
        *_changes(noted.story),
        *_section("Text", [paragraphs(head.text)] if with_text and head.text else []),
        *_section("Told by", _told_by(noted)),
        *_section("Followed up by", [_follow_up(noted, teller, names) for teller in noted.story.follow_ups]),
        *_section("Follows up", _followed(head, names)),
    ]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"## {title}", "", *lines] if lines else []


def _reasons(matches: Sequence[ExportedMatch]) -> list[str]:
    lines = []
    for match in matches:
        words = f": {plain(match.terms)}" if match.terms else ""
        lines += ["", f"**{match.topic}** {match.score:.2f} of {match.threshold:.2f} ({match.reason}){words}"]
        lines += ["", f"> {plain(match.sentence)}"] if match.sentence else []
    return lines


def _changes(story: Story) -> list[str]:
    edits = [
        f"- {version.seen_at:%Y-%m-%d} {'silently ' * bool(version.is_silent)}edited ({version.kind})"
        for version in story.versions
        if version.kind
    ]
    return _section("What its outlet changed", [*edits, *map(_happening, story.events)])


def _happening(event: Happening) -> str:
    return f"- {event.happened_at:%Y-%m-%d} {event.event.replace('_', ' ')}"


def _told_by(noted: NotedStory) -> list[str]:
    others = [teller for teller in noted.story.tellers if teller.telling.article_id != noted.head.id]
    lines = [f"- {_telling(noted, teller)}" for teller in others[:_TELLERS]]
    return lines + [f"- and {len(others) - _TELLERS} more"] * (len(others) > _TELLERS)


def _telling(noted: NotedStory, teller: Teller) -> str:
    told = teller.telling
    at = told.published_at or told.first_seen_at
    said = [f"{at:%Y-%m-%d}", f"**{plain(teller.outlet)}**", _link(told.title, told.url)]
    said += [told.relation.replace("_", " ")] if told.relation else []
    if told.lag_s is not None:
        said.append(lag_words(told.lag_s, (teller.published_precision, noted.head.published_precision)))
    said += [teller.state] * (teller.state not in ("live", "unknown"))
    return " · ".join(said)


def _follow_up(noted: NotedStory, teller: Teller, names: Mapping[int, str]) -> str:
    told = teller.telling
    if told.article_id in names:
        return f"- {_note_link(names[told.article_id])}"
    return f"- {_telling(noted, teller)}"


def _followed(head: ExportedArticle, names: Mapping[int, str]) -> list[str]:
    followed = next((other for other in head.relations if other.relation == "follow_up"), None)
    if followed is None:
        return []
    if followed.original_id in names:
        return [f"- {_note_link(names[followed.original_id])}"]
    return [f"- {_link(followed.original_url or f'article {followed.original_id}', followed.original_url)}"]


def _note_link(name: str) -> str:
    return f"[[{name.removesuffix('.md')}]]"


def _link(title: str, url: str | None) -> str:
    address = _address(url)
    shown = plain(title) or "no headline"
    return f"[{shown}](<{address}>)" if address else shown


def _address(url: str | None) -> str:
    """*url* if it may be a link, with what would end it written as codes; "" otherwise."""
    if not url or not url.lower().startswith(("http://", "https://")):
        return ""
    return "".join(
        "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
        if character in "<>\\" or character.isspace() or not character.isprintable()
        else character
        for character in url
    )


def plain(text: str) -> str:
    """*text* on one line as Markdown that shows it as it is."""
    return _escaped(" ".join(storable(text).split()))


def paragraphs(text: str) -> str:
    """*text* as paragraphs of Markdown that show it as it is."""
    lines = (" ".join(line.split()) for line in storable(text).splitlines())
    return "\n\n".join(_escaped(line) for line in lines if line)


def _escaped(line: str) -> str:
    visible = "".join(
        character if character.isprintable() else f"U+{ord(character):04X}" for character in line
    )
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", visible)) if visible else ""


def _properties(noted: NotedStory) -> str:
    """The properties of a note as lines of YAML, which takes JSON's values."""
    head, story = noted.head, noted.story
    values: dict[str, object] = {
        "title": head.title,
        "date": (head.published or "")[:10],
        "outlet": head.source_title or head.source,
        "url": _address(head.url),
        "languages": sorted({teller.language for teller in story.tellers if teller.language}),
        "topics": [match.topic for match in noted.matches],
        "told_by": len(story.tellers),
        "state": head.state,
        "seedwatch": head.id,
        "tags": [f"seedwatch/{match.topic}" for match in noted.matches],
    }
    return "".join(f"{name}: {_yaml(values[name])}\n" for name in _PROPERTIES if values[name] not in ("", []))


def _yaml(value: object) -> str:
    if isinstance(value, str):
        value = "".join(character if character.isprintable() else " " for character in storable(value))
    return json.dumps(value, ensure_ascii=False)


def _with_properties(before: str, noted: NotedStory) -> str:
    """What stands before the marks, with our properties as they are now, and those of the reader."""
    found = _FRONT_MATTER.match(before)
    if found is None:
        return f"---\n{_properties(noted)}---\n{before}"
    held, rest = found[1], found[2]
    own, is_ours = [], False
    for line in held.splitlines():
        if entry := _ENTRY.match(line):
            is_ours = entry[1] in _PROPERTIES
        if not is_ours and line:
            own.append(f"{line}\n")
    return f"---\n{_properties(noted)}{''.join(own)}---{rest}"
