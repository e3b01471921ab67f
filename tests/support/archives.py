"""Archives of articles for tests: lines of JSON, written to a folder beside settings."""

import json
from collections.abc import Iterable
from pathlib import Path

_BODY = (
    "The council of {place} met on Monday and spoke for hours about the {thing} that the town has wanted for years. "
    "Nobody could say what the {thing} would cost, but {place} has put aside a sum that nobody would name either. "
    "A vote on the {thing} of {place} is to be taken before the winter, said the clerk, and all were glad to go home."
)
_THINGS = ("bridge", "library", "windmill", "orchestra", "lighthouse", "market", "tramway")
SETTINGS = 'database = "test.db"\n'


def entry(number: int, **more: object) -> dict[str, object]:
    """An article that no other number has."""
    text = _BODY.format(place=f"Town{number}ville", thing=f"{_THINGS[number % 7]} number {number}")
    return {
        "id": number,
        "url": f"http://outlet{number % 3}.example/{number}",
        "title": f"Council of Town{number}ville meets",
        "text": text,
        "published": f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T08:00:00+00:00",
        "language": "en",
        **more,
    }


def write_archive(path: Path, entries: Iterable[object]) -> Path:
    """*entries* as lines; text is written as it is."""
    lines = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in entries]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
