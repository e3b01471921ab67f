"""What a message says: a headline and a text for people, one document for machines. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from scheduler.wording import counted
from storage.records.alerts import Contents, ToldArticle, ToldCondition

# Articles that a text lists; more are counted. The document for machines has all.
SHOWN = 20
SHOWN_IN_DIGEST = 100
# Of what a page says, so much: it decides about the length of a message otherwise.
_HEADLINE_CHARACTERS = 300
_SENTENCE_CHARACTERS = 300
# Puts a stop to what chats take for a command, such as @everyone or <!here>, and is not seen.
_WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to a channel."""

    key: str  # by which the receiver knows it again
    rule: str
    title: str
    text: str
    document: Mapping[str, Any]  # JSON
    is_warning: bool = False


def message_of(key: str, rule: str, contents: Contents, created_at: datetime, *, is_digest: bool) -> Message:
    """The message that tells *contents*."""
    title = _title(contents)
    shown = SHOWN_IN_DIGEST if is_digest else SHOWN
    blocks = [_condition_text(condition) for condition in contents.conditions[:shown]]
    blocks += [_article_text(article) for article in contents.articles[:shown]]
    more = max(len(contents.articles) - shown, 0) + max(len(contents.conditions) - shown, 0)
    if more:
        blocks.append(f"and {more} more")
    text = "\n\n".join([*blocks, f"seedwatch, alert {rule}, message {key}"])
    return Message(
        key, rule, title, text, _document(key, rule, title, contents, created_at), bool(contents.conditions)
    )


def test_message(key: str, rule: str, created_at: datetime) -> Message:
    """A message that says that the channel works."""
    title = f"seedwatch: test of alert {rule}"
    document = _document(key, rule, title, Contents(), created_at) | {"kind": "test"}
    text = f"If you read this, alert {rule} reaches you.\n\nseedwatch, alert {rule}, message {key}"
    return Message(key, rule, title, text, document)


def plain(text: str, characters: int = _HEADLINE_CHARACTERS) -> str:
    """What the web says, as one line of text that steers neither a terminal nor a chat."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if len(line) > characters:
        line = f"{line[: characters - 1]}…"
    return line.replace("@", f"@{_WORD_JOINER}").replace("<", f"<{_WORD_JOINER}")


def _title(contents: Contents) -> str:
    parts = []
    if contents.articles:
        topics = ", ".join(_names(contents.articles))
        article = contents.articles[0]
        parts.append(
            f"{topics}: {plain(article.title)}"
            if len(contents.articles) == 1
            else f"{topics}: {len(contents.articles)} new articles"
        )
    if contents.conditions:
        one_condition = contents.conditions[0]
        parts.append(
            _condition_line(one_condition)
            if len(contents.conditions) == 1
            else counted(len(contents.conditions), "change") + " of health"
        )
    return "; ".join(parts)


def _names(articles: Iterable[ToldArticle]) -> list[str]:
    """The topics of *articles*, each once, as people call them."""
    return list(
        dict.fromkeys(
            plain(topic.title or topic.topic, 100) for article in articles for topic in article.topics
        )
    )


def _article_text(article: ToldArticle) -> str:
    date = _date(article)
    facts = [article.source, date, article.language or ""]
    lines = [
        plain(article.title),
        " · ".join([*(fact for fact in facts if fact), ", ".join(_names([article]))]),
        article.url or "",
        *(
            f"“{plain(topic.sentence, _SENTENCE_CHARACTERS)}”"
            for topic in article.topics[:1]
            if topic.sentence
        ),
    ]
    return "\n".join(line for line in lines if line)


def _date(article: ToldArticle) -> str:
    if article.published_at is None:
        return "undated"
    characters = {"year": 4, "month": 7, "day": 10}.get(article.published_precision or "", 16)
    text = article.published_at.strftime("%Y-%m-%d %H:%M")[:characters]
    return f"{text} UTC" if characters == 16 else text


def _condition_line(condition: ToldCondition) -> str:
    subject = f"{condition.subject}: " if condition.subject else ""
    over = "is over: " if condition.change == "ended" and condition.kind != "gap" else ""
    return f"{subject}{over}{condition.kind}"


def _condition_text(condition: ToldCondition) -> str:
    until = f" until {_minute(condition.until)}" if condition.until else ""
    return f"{_condition_line(condition)}\n{plain(condition.detail)}\nsince {_minute(condition.since)}{until} UTC"


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _document(key: str, rule: str, title: str, contents: Contents, created_at: datetime) -> dict[str, Any]:
    kinds = [name for name, given in (("match", contents.articles), ("health", contents.conditions)) if given]
    return {
        "id": key,
        "kind": "+".join(kinds),
        "rule": rule,
        "created_at": created_at.isoformat(),
        "title": title,
        "topics": list(
            dict.fromkeys(topic.topic for article in contents.articles for topic in article.topics)
        ),
        "articles": [_plain_record(asdict(article)) for article in contents.articles],
        "conditions": [_plain_record(asdict(condition)) for condition in contents.conditions],
    }


def _plain_record(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in record.items()}
