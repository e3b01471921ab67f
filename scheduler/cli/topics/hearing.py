"""What a topic can hear: by what it finds articles in each language that is read, and what would help most. Pure."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from crawler.topics.rules import LETTERS
from scheduler.wording import counted
from storage.records.topics import Topic

# Three seeds gain more than any change of method (average precision .38 -> .59, wire stories).
ENOUGH_SEEDS = 3
# Fewer articles of a language say nothing of it: a stray page, a wrong guess.
FEW_ARTICLES = 4


@dataclass(frozen=True, slots=True)
class Hearing:
    """By what a topic finds articles in one language."""

    language: str
    seeds: int
    by_names: bool  # two of its entities have a name that the language may write
    by_rule: bool  # `any` asks for words that the language may write
    read: int  # articles of it in the background
    # What the meaning of articles adds in it: "yes", "offered" (by an extra), "broken" (it is), or "" (nothing).
    by_meaning: str = ""

    @property
    def ways(self) -> str:
        """In words; "" if there is none."""
        ways = [counted(self.seeds, "seed")] if self.seeds else ["names"] if self.by_names else []
        ways += ["`any`"] if self.by_rule else []
        ways += ["meaning (for review)"] if self.by_meaning == "yes" else []
        return " and ".join(ways)


def hearings(
    topic: Topic,
    seeds: Iterable[str | None],
    read: Mapping[str, int],
    written: Iterable[str],
    encoded: Set[str] = frozenset(),
    encoder: str = "",
) -> list[Hearing]:
    """What *topic* hears in each language that is read or written or has seeds: by language.

    *seeds* are the languages of its seeds, one each; *read* the articles read by language; *written* the languages
    that the outlets are declared to write in; *encoded* those that the *encoder* of the extra knows, which is "ready",
    "missing" or "broken".
    """
    own = [language for language in seeds if language]
    heard = {language for language, number in read.items() if number >= FEW_ARTICLES}
    can = {"ready": "yes", "missing": "offered", "broken": "broken"}.get(encoder, "")
    helped = set(encoded) - set(own) if set(own) & set(encoded) else set()
    return [
        Hearing(
            language,
            own.count(language),
            sum(_writes(language, (entity, *names)) for entity, names in topic.aliases) > 1,
            _writes(language, (topic.any,)),
            read.get(language, 0),
            can if language in helped else "",
        )
        for language in sorted({*own, *heard, *written})
    ]


def hearing_lines(topic: Topic, heard: Iterable[Hearing]) -> list[str]:
    """What people are told: by what it hears each language, which it does not, and the one next step."""
    heard = list(heard)
    if not heard:
        return []
    hears = [f"{one.language} by {one.ways}{_read(one)}" for one in heard if one.ways]
    deaf = [f"{one.language}{_read(one)}" for one in heard if not one.ways]
    lines = [
        f"{topic.name} hears {'; '.join(hears) or 'nothing yet'}"
        + (f"; not {', '.join(deaf)}" if deaf else "")
    ]
    step = _next_step(topic, heard)
    lines += [f"  next: {step}"] if step else []
    return [*lines, *_meaning_lines(heard)]


def _meaning_lines(heard: Iterable[Hearing]) -> list[str]:
    """What the extra would add, or that it is broken; nothing where it is at work or no use."""
    offered = [one.language for one in heard if one.by_meaning == "offered"]
    broken = [one.language for one in heard if one.by_meaning == "broken"]
    if broken:
        return [
            f"  by meaning it hears nothing in {', '.join(broken)}: the extra is broken, `seedwatch doctor` says why"
        ]
    if offered:
        return [
            f"  by meaning it would hear {', '.join(offered)}, for review: `pip install 'seedwatch[meaning]'`"
        ]
    return []


def _next_step(topic: Topic, heard: list[Hearing]) -> str:
    deaf = [one.language for one in heard if not one.ways or one.ways.startswith("meaning")]
    few = [one for one in heard if 0 < one.seeds < ENOUGH_SEEDS]
    named = [one.language for one in heard if one.by_names and not one.seeds]
    if not any(one.ways for one in heard):
        return f"give it seeds: `seedwatch seeds import FILE... --topic {topic.name}`"
    if few:
        one = max(few, key=lambda hearing: hearing.read)
        return (
            f"{ENOUGH_SEEDS - one.seeds} more of {ENOUGH_SEEDS} seeds in {one.language}, three beat one by far: "
            f"`seedwatch topics promote ARTICLE --topic {topic.name}`"
        )
    if deaf:
        languages = ",".join(deaf)
        return (
            f"names for {languages}: `seedwatch topics names COUNTRY --languages {languages} --topic {topic.name} "
            "--write`"
        )
    if named:
        return (
            f"a good match in {named[0]} as its seed: `seedwatch topics promote ARTICLE --topic {topic.name}`"
        )
    return ""


def _read(one: Hearing) -> str:
    return f" ({counted(one.read, 'article')} read)" if one.read else ""


def _writes(language: str, texts: Iterable[str]) -> bool:
    """Whether one of *texts* has letters that the language writes; any text serves a language of unknown letters."""
    letters = LETTERS.get(language)
    return any(letters.search(text) if letters else text.strip() for text in texts)
