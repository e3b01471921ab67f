"""What happens in a simulated year: who prints what, edits, takes away and brings back; who is down when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.year import words

BEGIN = datetime(2027, 1, 4, tzinfo=UTC)
BEFORE = timedelta(days=12)  # what was printed before is on the lists when we begin
STORIES_A_DAY = 1.0  # of each outlet
ON_TOPIC = 0.25  # share of the stories; these are watched after they were read
COPIED, FOLLOWED, EDITED, REMOVED, RETURNING = 0.15, 0.10, 0.15, 0.06, 0.5  # shares
OUTAGES = 3  # of each outlet, in the whole time


@dataclass(frozen=True, slots=True)
class Version:
    """A text of a story from a moment on."""

    since: datetime
    paragraphs: tuple[str, ...]
    modified: datetime | None = None  # as page and feed state it; None: neither says a word


@dataclass(frozen=True, slots=True)
class Story:
    """An article of the year."""

    outlet: str
    language: str
    number: int  # of all stories, by the order of printing
    title: str
    section: int
    published: datetime
    versions: tuple[Version, ...]
    on_topic: bool
    copy_of: int | None = None  # number of the story whose text it has
    removed: datetime | None = None
    status: int = 404  # what its address answers then
    returns: datetime | None = None

    def version(self, at: datetime) -> Version:
        """The text at that moment."""
        return [version for version in self.versions if version.since <= at][-1]

    def is_there(self, at: datetime) -> bool:
        """Whether its address has it at that moment."""
        is_away = (
            self.removed is not None and self.removed <= at and not (self.returns and self.returns <= at)
        )
        return self.published <= at and not is_away


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which an outlet answers nothing but an error; without an outlet we ourselves are off."""

    outlet: str | None
    begins: datetime
    ends: datetime

    @property
    def status(self) -> int:
        """What the outlet answers to everything; 0: it closes the connection without a word."""
        return (0, 503, 500)[self.begins.day % 3]


@dataclass(frozen=True, slots=True)
class WrongClock:
    """A time in which our clock is wrong."""

    begins: datetime
    ends: datetime
    ahead: timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of it."""

    days: int
    stories: tuple[Story, ...]  # by the time of printing
    outages: tuple[Outage, ...]
    clocks: tuple[WrongClock, ...]

    @property
    def ends(self) -> datetime:
        """The last moment."""
        return BEGIN + timedelta(days=self.days)

    def ahead(self, at: datetime) -> timedelta:
        """By how much our clock is wrong at that moment."""
        return sum((clock.ahead for clock in self.clocks if clock.begins <= at < clock.ends), timedelta())

    def outage(self, outlet: str | None, at: datetime) -> Outage | None:
        """The outage of the outlet at that moment, if there is one; None: our own."""
        return next(
            (one for one in self.outages if one.outlet == outlet and one.begins <= at < one.ends), None
        )


def plan_of(outlets: Sequence[tuple[str, str]], days: int, seed: int) -> Plan:
    """The plan for outlets, each a name and a language; the same for the same arguments."""
    chance = Random(seed)
    printed = sorted(
        (BEGIN + chance.uniform(-BEFORE / timedelta(days=1), days) * timedelta(days=1), outlet, language)
        for outlet, language in outlets
        for _ in range(round((days + BEFORE.days) * STORIES_A_DAY))
    )
    stories: list[Story] = []
    for number, (at, outlet, language) in enumerate(printed):
        stories.append(_story(number, at.replace(microsecond=0), outlet, language, stories, chance))
    return Plan(days, tuple(stories), _outages([name for name, _ in outlets], days, chance), _clocks(days))


def _story(
    number: int, at: datetime, outlet: str, language: str, before: Sequence[Story], chance: Random
) -> Story:
    models = [
        story
        for story in before[-60:]
        if story.outlet != outlet
        and story.language == language
        and story.copy_of is None
        and story.published > at - timedelta(days=2)
    ]
    on_topic = chance.random() < ON_TOPIC
    how = chance.random()
    if models and how < COPIED:
        model = chance.choice(models)
        return replace(
            model,
            outlet=outlet,
            number=number,
            published=at,
            copy_of=model.number,
            versions=(Version(at, model.versions[0].paragraphs),),
            removed=None,
            returns=None,
        )
    body = words.paragraphs(language, chance, on_topic=on_topic)
    if models and how < COPIED + FOLLOWED:
        model = chance.choice(models)
        on_topic = on_topic or model.on_topic
        body = (body[0], model.versions[0].paragraphs[0], *body[1:])
    title = words.headline(language, chance, on_topic=on_topic, number=number + 2)
    story = Story(outlet, language, number, title, chance.randrange(100), at, (Version(at, body),), on_topic)
    return _removed(_edited(story, chance), chance)


def _edited(story: Story, chance: Random) -> Story:
    if chance.random() >= EDITED:
        return story
    at = story.published + timedelta(hours=round(chance.uniform(2, 24 * 10)))
    old = story.versions[0].paragraphs
    place = chance.randrange(1, len(old))
    new = (*old[:place], words.paragraph(story.language, chance), *old[place + chance.randint(0, 1) :])
    modified = at if chance.random() < 0.5 else None
    return replace(story, versions=(*story.versions, Version(at, new, modified)))


def _removed(story: Story, chance: Random) -> Story:
    if chance.random() >= REMOVED * (3 if story.on_topic else 1):
        return story
    at = story.published + timedelta(hours=round(chance.uniform(12, 24 * 40)))
    back = at + timedelta(days=chance.randint(15, 30)) if chance.random() < RETURNING else None
    return replace(story, removed=at, status=chance.choice((404, 410)), returns=back)


def _outages(outlets: Sequence[str], days: int, chance: Random) -> tuple[Outage, ...]:
    found = []
    for outlet in outlets:
        for _ in range(max(1, round(OUTAGES * days / 365))):
            begins = BEGIN + timedelta(days=round(chance.uniform(2, days - 1), 2))
            found.append(Outage(outlet, begins, begins + timedelta(hours=chance.choice((3, 9, 30, 75, 150)))))
    for share in (0.25, 0.62) if days >= 20 else ():
        begins = BEGIN + timedelta(days=round(days * share) + 0.3)
        found.append(Outage(None, begins, begins + timedelta(hours=50)))
    return tuple(found)


def _clocks(days: int) -> tuple[WrongClock, ...]:
    """A clock that is 100 days ahead for two days, and one that is five hours behind for one."""
    first, second = BEGIN + timedelta(days=round(days * 0.4)), BEGIN + timedelta(days=round(days * 0.75))
    return (
        WrongClock(first, first + timedelta(days=2), timedelta(days=100)),
        WrongClock(second, second + timedelta(days=1), timedelta(hours=-5)),
    )
