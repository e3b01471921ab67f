"""The commands `topics`: their table, and what they share."""

from sqlite3 import Connection

from crawler.text.encoder import LANGUAGES, encoder_state
from scheduler.cli.lazy_group import LazyGroup
from scheduler.cli.topics.hearing import Hearing, hearings
from scheduler.config.load import Config
from storage.errors import ConfigError
from storage.records.topics import Topic
from storage.topics import background
from storage.topics import topics as stored_topics

# Name, module below scheduler.cli, attribute, and the line that --help shows.
_COMMANDS = (
    ("list", "topics.list", "list_topics", "List the topics with their seeds, rules and matches."),
    ("add", "topics.list", "add", "Add a topic to seedwatch.toml."),
    ("names", "topics.names", "names", "Show what a country is called in other languages."),
    ("show", "topics.show", "show", "Show what a topic has learned, and what would make it better."),
    ("explain", "topics.explain", "explain", "Show why a stored article matches, or why not."),
    ("test", "topics.test", "test_topic", "Show what a topic would match of all that is held."),
    ("review", "topics.mark", "review", "List the articles that a person should look at."),
    ("mark", "topics.mark", "mark", "Say that articles are about a topic, are not, or undo it."),
    ("marks", "topics.mark", "marks", "List what was marked and promoted: when, by whom, why."),
    ("promote", "topics.promote", "promote", "Make articles seeds of a topic."),
    ("demote", "topics.promote", "demote", "Let articles be seeds of a topic no more."),
    ("feedback", "topics.feedback", "feedback", "Export and import what was marked, as CSV."),
)

topics = LazyGroup("topics", table=_COMMANDS, help="List, show, test, explain and teach topics.")


def heard_by_topics(config: Config, connection: Connection) -> dict[str, list[Hearing]]:
    """What each topic of the settings can hear of what the outlets write and what was read."""
    read = background.sizes(connection)
    own = {source.source.language for source in config.sources if source.source.enabled}
    written = {language for language in own if language}
    return {
        topic.name: hearings(
            topic,
            [seed.language for seed in stored_topics.seeds(connection, topic.name)],
            read,
            written,
            LANGUAGES,
            encoder_state().name,
        )
        for topic in config.topics
    }


def declared_topic(config: Config, name: str) -> Topic:
    """The topic called *name*; raises ConfigError, with those there are, if there is none."""
    for topic in config.topics:
        if topic.name == name:
            return topic
    raise ConfigError(f"there is no topic {name!r}; {known_topics(config)}")


def chosen_topic(config: Config, name: str | None, *, by: str = "with --topic") -> Topic:
    """The topic called *name*, or the only one; raises ConfigError, which says *by* what to name it, if unclear."""
    if name is not None:
        return declared_topic(config, name)
    if len(config.topics) == 1:
        return config.topics[0]
    raise ConfigError(f"name the topic {by}; {known_topics(config)}")


def known_topics(config: Config) -> str:
    """Which topics there are, for messages."""
    names = ", ".join(topic.name for topic in config.topics)
    return f"topics are: {names}" if names else NO_TOPICS


NO_TOPICS = "there are no topics yet: `seedwatch topics add NAME --seeds FOLDER` makes one"


def score_unit(measure: str) -> str:
    """What a score counts, for people; "" for a rule's hit."""
    if measure == "background":
        return "standard deviations above the background"
    if measure == "meaning":
        return "deviations by meaning above what is read in its language"
    if measure == "cosine":
        return "by meaning, as a cosine: too little is read in its language to measure it by that"
    return "of the seeds' own score, by word frequencies" if measure else ""
