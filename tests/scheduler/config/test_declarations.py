"""A topic's names in the settings: each mistake with its place, and a query of bounded size."""

from pathlib import Path

import pytest

from crawler.topics.rules import MAX_ALIAS_TERMS, alias_query, alias_terms
from scheduler.config.edit import add_topic
from scheduler.config.load import load_config, load_topics
from storage.errors import ConfigError
from storage.query import parse_query
from storage.records.topics import Topic

HEAD = "[[topic]]\nname = 't'\nany = 'x'\n"
NAMED = (("North Korea", ("DPRK", "북한", "КНДР")), ("Russia", ("로씨야",)))


def settings(folder: Path, text: str) -> Path:
    path = folder / "seedwatch.toml"
    path.write_text(text)
    return path


def test_names_are_read_in_their_order(tmp_path):
    text = HEAD + '[topic.aliases]\n"North Korea" = ["DPRK", "북한", "КНДР"]\nRussia = ["로씨야"]\n'

    (topic,) = load_config(settings(tmp_path, text)).topics

    assert topic.aliases == NAMED


@pytest.mark.parametrize(
    ("aliases", "message"),
    [
        ("aliases = 'x'", "4: topic[1].aliases: 'x' is not allowed; a table of names"),
        (
            "[topic.aliases]\nA = 'x'",
            "5: topic[1].aliases.A: 'x' is not allowed; a list, in which each is a name",
        ),
        ("[topic.aliases]\nB = []\nA = ['x', 3]", "6: topic[1].aliases.A[2]: 3 is not allowed; a name"),
        (
            "[topic.aliases]\nA = ['say \"x\"']",
            "5: topic[1].aliases.A[1]: 'say \"x\"' is not allowed; a name",
        ),
        ("[topic.aliases]\nA = ['...']", "5: topic[1].aliases.A[1]: '...' is not allowed"),
        (f"[topic.aliases]\nA = ['{'x' * 101}']", "5: topic[1].aliases.A[1]: 'xxx"),
        ("[topic.aliases]\n'' = ['x']", "is not allowed; a name of 1 to 100"),
        ("alias = 1", "4: topic[1].alias: is no setting; did you mean 'aliases'? allowed: "),
    ],
    ids=["text", "one name", "number", "quotation", "no word", "long", "no entity", "misspelt"],
)
def test_a_mistake_is_named_with_its_place(tmp_path, aliases, message):
    with pytest.raises(ConfigError) as error:
        load_config(settings(tmp_path, HEAD + aliases))

    assert message in str(error.value)


def test_more_names_than_a_query_holds_are_refused_with_what_to_do(tmp_path):
    table = "".join(f"E{entity} = {[f'n{entity}x{name}' for name in range(20)]}\n" for entity in range(9))

    with pytest.raises(
        ConfigError, match="9 entities with all their names make a query of 1512 names; at most 1000"
    ):
        load_config(settings(tmp_path, f"{HEAD}[topic.aliases]\n{table}"))


def test_as_many_names_as_are_allowed_can_be_read():
    aliases = tuple((f"E{one}", tuple(f"n{one}x{name}" for name in range(19))) for one in range(7))

    assert 800 < alias_terms(aliases) <= MAX_ALIAS_TERMS
    assert parse_query(alias_query(Topic("t", aliases=aliases)))


def test_one_entity_is_a_warning(tmp_path):
    config = load_config(settings(tmp_path, HEAD + "[topic.aliases]\nA = ['x']\n"))

    assert "4: topic[1].aliases: names one entity: a match needs two" in "\n".join(config.warnings)


def test_a_topic_of_names_alone_needs_no_seeds(tmp_path):
    text = "[[topic]]\nname = 't'\n[topic.aliases]\nA = ['a']\nB = ['b']\n"

    assert not any("topic[1]" in line for line in load_config(settings(tmp_path, text)).warnings)


def test_a_topic_of_nothing_waits_for_seeds_by_command(tmp_path):
    (warning,) = (
        line
        for line in load_config(settings(tmp_path, "[[topic]]\nname = 't'\n")).warnings
        if "topic[1]" in line
    )

    assert "has no seeds, any or aliases: it matches by the articles that `seeds import`" in warning


def test_names_are_written_so_that_they_are_read_back(tmp_path):
    path = settings(tmp_path, "# mine\n[[topic]]\nname = 'old'\nany = 'x'\n")

    add_topic(path, Topic("new", any="y", aliases=NAMED))
    add_topic(path, Topic("newer", any="z"))

    topics = {topic.name: topic.aliases for topic in load_config(path).topics}
    assert topics == {"old": (), "new": NAMED, "newer": ()}
    assert path.read_text().startswith("# mine\n")


# Topics of a file of their own


def test_topics_of_a_file_have_their_seeds_beside_it(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "one.txt").write_text("One")
    path = settings(tmp_path, "[[topic]]\nname = 'a'\nseeds = ['new']\n[[topic]]\nname = 'b'\nany = 'x'\n")

    first, second = load_topics(path)

    assert (first.seeds, second.any) == ((str(tmp_path / "new"),), "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no [[topic]] in it"),
        ("[[source]]\nname = 's'", "source: is no setting; allowed: topic"),
        ("[[topic]]\nname = 'a'\nseeds = ['nosuch']", "does not exist"),
        ("[[topic]]\nname = 'a'\nany = 'x'\n[[topic]]\nname = 'a'\nany = 'x'", "'a' is taken already"),
        ("[[topic", "seedwatch.toml:1"),
    ],
    ids=["empty", "source", "seeds", "twice", "no TOML"],
)
def test_a_file_of_topics_with_a_mistake_is_refused(tmp_path, text, message):
    with pytest.raises(ConfigError) as error:
        load_topics(settings(tmp_path, text))

    assert message in str(error.value)
