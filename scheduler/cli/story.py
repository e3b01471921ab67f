"""The command `story`: who told a story, what was changed in it, how it ended."""

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby, pairwise

import click

from crawler.articles.revisions import DifferencePart, word_difference
from scheduler.article_names import find_article
from scheduler.cli.context import opened
from scheduler.cli.output import (
    cut_text,
    date_text,
    echo,
    json_option,
    print_json,
    printable,
    secho,
    time_text,
    width,
)
from storage.articles import stories as stored
from storage.articles.evidence_text import evidence_lines, happening_words, lag_words, read_evidence
from storage.articles.stories import Happening, Story, Teller

# What is shown of the versions of one article, and of the tellers of a story.
_VERSIONS = 10
_TELLERS = 40
# Room for the mark and the date to the minute.
_INDENT = 20
# Without a terminal, and on a wide one: longer lines are hard to read.
_COLUMNS = 100
# What is shown of a stretch that did not change, at each of its ends.
_CONTEXT = 60
# What is shown of a stretch that came or went.
_CHANGE = 600
_COLOURS = {"added": "green", "removed": "red"}
_SIGNS = {"added": ("{+", "+}"), "removed": ("[-", "-]")}
# A line may be broken at a space, and before and behind a character of scripts without spaces.
_SINGLES = "\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_TOKEN = re.compile(rf"[{_SINGLES}]|[^\s{_SINGLES}]+|\s+")
_Token = tuple[str, str]  # kind of its piece, text


@click.command()
@click.argument("article", metavar="(ARTICLE-ID|ADDRESS)")
@click.option("--full", is_flag=True, help="Cut nothing: whole texts, all versions, all outlets.")
@json_option
def story(article: str, full: bool, as_json: bool) -> None:
    """Show the story that an article tells: who had it first, who repeated it and when, what follows it up.

    Then what its outlet changed in the article, word by word: {+came+} and [-went-] where there are no
    colours; and whether it was removed or put back, with the evidence.
    """
    with opened(synced=False) as (_, connection):
        told = stored.story(connection, find_article(connection, article))
        assert told is not None  # it was found a moment ago
    if as_json:
        print_json(plain_story(told))
    else:
        print_story(told, full=full)


def plain_story(story: Story) -> dict[str, object]:
    """The story for --json, with the word differences of the versions."""
    return {
        "article_id": story.article_id,
        "head_id": story.head_id,
        "told_by": [_plain_teller(teller) for teller in story.tellers],
        "follow_ups": [_plain_teller(teller) for teller in story.follow_ups],
        "versions": [
            {
                **{name: getattr(new, name) for name in ("number", "seen_at", "title", "text", "kind")},
                "silent": new.is_silent,
                "difference": [[piece.kind, piece.text] for piece in word_difference(old.text, new.text)]
                if old
                else None,
            }
            for old, new in zip((None, *story.versions), story.versions, strict=False)
        ],
        "events": [{**asdict(event), "detail": read_evidence(event.detail)} for event in story.events],
    }


def print_story(story: Story, *, full: bool = False) -> None:
    """The story as text that fits the terminal."""
    columns = min(shutil.get_terminal_size((_COLUMNS, 24)).columns, _COLUMNS)
    head = next(teller for teller in story.tellers if teller.telling.article_id == story.head_id)
    _print_wrapped(head.telling.title, columns, bold=True)
    number = len(story.tellers)
    echo(f"told by {number} article{'s' * (number > 1)}" if number > 1 else "told by one article alone")
    echo()
    _print_tellers(story, story.tellers, columns, full=full)
    if story.follow_ups:
        echo("\nfollowed up by:")
        _print_tellers(story, story.follow_ups, columns, full=full)
    _print_versions(story, columns, full=full)
    for event in story.events:
        _print_event(event, columns)
    if (own := _own(story)) and own.state not in {"live", "unknown"} and not story.events:
        echo(f"\nit is {happening_words(own.state)}")


def _own(story: Story) -> Teller | None:
    return next((teller for teller in story.tellers if teller.telling.article_id == story.article_id), None)


def _print_tellers(story: Story, tellers: Sequence[Teller], columns: int, *, full: bool) -> None:
    shown = tellers if full else _shown(story, tellers)
    for teller in shown:
        _print_teller(story, teller, columns)
    if len(shown) < len(tellers):
        secho(f"  … {len(tellers) - len(shown)} more: --full shows all", dim=True)


def _shown(story: Story, tellers: Sequence[Teller]) -> Sequence[Teller]:
    """The first ones, with the head and the article that was asked for."""
    wanted = {story.head_id, story.article_id}
    return [
        teller
        for place, teller in enumerate(tellers)
        if place < _TELLERS or teller.telling.article_id in wanted
    ]


def _print_teller(story: Story, teller: Teller, columns: int) -> None:
    telling = teller.telling
    mark = "▶" if telling.article_id == story.article_id else " "
    date = date_text(telling.published_at, teller.published_precision)
    if telling.published_at is None:
        date = f"seen {time_text(telling.first_seen_at)}"
    outlet = printable(teller.outlet) + (f" ({teller.country.upper()})" if teller.country else "")
    facts = " · ".join(part for part in (outlet, _relation(story, teller), _state(teller)) if part)
    is_head = telling.article_id == story.head_id
    for number, part in enumerate(wrapped(facts, columns, indent=_INDENT)):
        lead = f"{mark} {date:<{_INDENT - 3}} "
        secho(part if number else lead + part[_INDENT:], fg="green" if is_head else None)
    number_text = str(telling.article_id)
    title = cut_text(printable(telling.title), max(columns - _INDENT - 2 - len(number_text), 20))
    echo(f"{' ' * _INDENT}{click.style(number_text, dim=True)}  {title}")


def _relation(story: Story, teller: Teller) -> str:
    """What the article is to the head, how much of it, how much later, and why the head counts as first."""
    telling = teller.telling
    if telling.relation is None:
        return "head of the story" if len(story.tellers) > 1 else ""
    parts = [telling.relation.replace("_", " ")]
    if telling.similarity is not None:
        parts.append(f"{telling.similarity:.0%}")
    if telling.lag_s is not None:
        head = next(teller for teller in story.tellers if teller.telling.article_id == story.head_id)
        parts.append(lag_words(telling.lag_s, (teller.published_precision, head.published_precision)))
    elif telling.first_by:
        parts.append(f"the head is first by {telling.first_by}")
    return ", ".join(parts)


def _state(teller: Teller) -> str:
    parts = []
    if teller.revisions:
        parts.append("edited once" if teller.revisions == 1 else f"edited {teller.revisions} times")
    if teller.state not in {"live", "unknown"}:
        parts.append(happening_words(teller.state))
    return ", ".join(parts)


def _print_versions(story: Story, columns: int, *, full: bool) -> None:
    steps = list(pairwise(story.versions))
    hidden = 0 if full else max(0, len(steps) - _VERSIONS)
    if hidden:
        echo(f"\n… {hidden} earlier versions: --full shows all")
    for old, new in steps[hidden:]:
        echo()
        flags = ", ".join(filter(None, (new.kind, "silent" if new.is_silent else "")))
        secho(f"version {new.number}, seen {time_text(new.seen_at)}", bold=True, nl=False)
        echo(f": {flags}" if flags else "")
        if old.title != new.title:
            _print_lines(difference_lines(word_difference(old.title, new.title), columns, full=True))
        _print_lines(difference_lines(word_difference(old.text, new.text), columns, full=full))


def _print_lines(lines: Iterator[str]) -> None:
    for line in lines:
        echo(line)


def _print_wrapped(text: str, columns: int, *, bold: bool) -> None:
    for line in wrapped(printable(text), columns, indent=0):
        secho(line, bold=bold)


def _print_event(event: Happening, columns: int) -> None:
    echo()
    colour = {"deleted": "red", "returned": "green"}.get(event.event)
    secho(f"{happening_words(event.event)}, noticed {time_text(event.happened_at)}", bold=True, fg=colour)
    for line in evidence_lines(event.detail):
        _print_lines(wrapped(printable(line), columns))


def _plain_teller(teller: Teller) -> dict[str, object]:
    values = asdict(teller)
    telling = values.pop("telling")
    return {**telling, **values}


def difference_lines(pieces: Sequence[DifferencePart], columns: int, *, full: bool) -> Iterator[str]:
    """What came and went, with some of what stands around it, in lines of at most *columns* columns.

    Green and struck red on a terminal, else {+came+} and [-went-]. If *full*, nothing is left out.
    """
    has_colours = sys.stdout.isatty()
    paragraphs: list[list[_Token]] = [[]]
    for kind, text in _cut(pieces, full=full):
        for number, part in enumerate(text.split("\n")):
            if number:
                paragraphs.append([])
            paragraphs[-1] += _tokens(kind, part, has_signs=not has_colours)
    for paragraph in paragraphs:
        for line in _laid_out(paragraph, columns):
            yield _styled(line, has_colours=has_colours)


def wrapped(text: str, columns: int, *, indent: int = 2) -> Iterator[str]:
    """*text* in lines of at most *columns* columns, whatever its script."""
    for line in _laid_out(_tokens("same", text, has_signs=False), columns, indent=indent):
        yield _styled(line, has_colours=False)


def _cut(pieces: Sequence[DifferencePart], *, full: bool) -> Iterator[_Token]:
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        text = printable(piece.text)
        if not full and piece.kind == "same":
            text = _middle_cut(text, is_first=place == 0, is_last=place == last)
        elif not full and len(text) > _CHANGE:
            text = f"{text[:_CHANGE]}… ({len(text) - _CHANGE:,} characters more)"
        yield piece.kind, text


def _middle_cut(text: str, *, is_first: bool, is_last: bool) -> str:
    """The ends of an unchanged stretch that lie beside a change, cut between words where there are any."""
    keep = (not is_first) * _CONTEXT + (not is_last) * _CONTEXT
    if len(text) <= keep + 20:
        return text
    before = "" if is_first else _up_to_word(text[:_CONTEXT])
    after = "" if is_last else _up_to_word(text[-_CONTEXT:][::-1])[::-1]
    return f"{before} … {after}"


def _up_to_word(text: str) -> str:
    cut = text.rpartition(" ")[0]
    return cut if len(cut) > _CONTEXT // 2 else text


def _tokens(kind: str, text: str, *, has_signs: bool) -> list[_Token]:
    tokens = [(kind, token) for token in _TOKEN.findall(text)]
    words = [place for place, (_, token) in enumerate(tokens) if token.strip()]
    if has_signs and words and kind in _SIGNS:
        opening, closing = _SIGNS[kind]
        tokens[words[0]] = kind, opening + tokens[words[0]][1]
        tokens[words[-1]] = kind, tokens[words[-1]][1] + closing
    return tokens


def _laid_out(tokens: Sequence[_Token], columns: int, *, indent: int = 2) -> Iterator[list[_Token]]:
    """The tokens in lines, each begun by its indent; empty paragraphs give none."""
    line: list[_Token] = []
    used = indent
    for kind, token in tokens:
        size = width(token)
        if used + size > columns and line:
            yield [("same", " " * indent), *line]
            line, used = [], indent
        if line or token.strip():
            line.append((kind, token))
            used += size
    if line:
        yield [("same", " " * indent), *line]


def _styled(line: Sequence[_Token], *, has_colours: bool) -> str:
    parts = []
    for kind, group in groupby(line, key=lambda token: token[0]):
        text = "".join(token for _, token in group)
        if has_colours and kind in _COLOURS and text.strip():
            text = click.style(text, fg=_COLOURS[kind], strikethrough=kind == "removed")
        parts.append(text)
    return "".join(parts).rstrip()
