"""Each setting is declared once: what goes by the declaration follows it."""

from dataclasses import fields

import pytest

from crawler.run.opening import CrawlSettings
from scheduler.config.records import SourceAccess
from scheduler.config.settings import TABLES, CrawlConfig, SourceConfig, TopicConfig, settings_of
from scheduler.config.tables import KIND_OF
from storage.records.sources import Source
from storage.records.topics import Topic
from tests.support import setting_docs


@pytest.mark.parametrize("table", TABLES.values(), ids=[head or "file" for head in TABLES])
def test_default_of_a_setting_is_a_value_that_its_check_takes(table: type) -> None:
    for setting in settings_of(table):
        values = setting.default if setting.many else () if setting.default is None else (setting.default,)
        wrong = [value for value in values if not setting.is_required and setting.kind.check(value) != value]

        assert (setting.name, wrong) == (setting.name, [])
        assert setting.meaning.endswith("."), setting.name


def test_every_setting_is_documented_as_it_is_declared() -> None:
    page = setting_docs.PAGE.read_text("utf-8")

    assert setting_docs.documented(page) == [head or "file" for head in TABLES]
    assert setting_docs.with_settings(page) == page, "`python -m tests.support.setting_docs` writes them anew"


def test_what_crawls_are_told_has_the_defaults_of_the_settings() -> None:
    declared = {setting.name: setting.default for setting in settings_of(CrawlConfig)}
    kept = {field.name: field.default for field in fields(CrawlSettings)}

    assert {name: kept[name] for name in kept.keys() & declared.keys()} == {
        name: declared[name] for name in kept.keys() & declared.keys()
    }


@pytest.mark.parametrize(
    ("table", "record", "otherwise"),
    [
        (
            SourceConfig,
            Source,
            {"every", "wayback", *KIND_OF, *(field.name for field in fields(SourceAccess))},
        ),
        (TopicConfig, Topic, set()),
    ],
    ids=["source", "topic"],
)
def test_every_setting_of_a_source_or_topic_reaches_its_record(
    table: type, record: type, otherwise: set[str]
) -> None:
    taken = {field.name for field in fields(record)}

    assert {setting.name for setting in settings_of(table)} - taken == otherwise
