"""What a message says: a headline and a text for people, one document for machines. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from scheduler.wording import counted
from storage.records.alerts import Contents, ToldArticle, ToldChange, ToldCondition

# Articles that a text lists; more are counted. The document for machines has all.
SHOWN = 20
SHOWN_IN_DIGEST = 100
# Outlets that are named as carriers of a story; more are counted.
OUTLETS = 6
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


def message_of(
    key: str, rule: str, contents: Contents, created_at: datetime, *, is_digest: bool, public_url: str = ""
) -> Message:
    """The message that tells *contents*; a digest as a briefing, by topic and story.

    *public_url* is where readers reach our pages, without a slash at its end; "": nowhere, so nothing leads there.
    """
    title = _title(contents)
    shown = SHOWN_IN_DIGEST if is_digest else SHOWN
    blocks = [_condition_text(condition) for condition in contents.conditions[:shown]]
    articles = contents.articles[:shown]
    if is_digest:
        blocks += _briefing(articles, public_url)
    else:
        blocks += [_article_text(article, public_url) for article in articles]
    more = max(len(contents.articles) - shown, 0) + max(len(contents.conditions) - shown, 0)
    if more:
        blocks.append(f"and {more} more")
    if contents.changes:
        blocks.append(_heading("Edited and removed", len(contents.changes)))
        blocks += [_change_text(change, public_url) for change in contents.changes]
    text = "\n\n".join([*blocks, f"seedwatch, alert {rule}, message {key}"])
    document = _document(key, rule, title, contents, created_at, public_url)
    return Message(key, rule, title, text, document, bool(contents.conditions))


def test_message(key: str, rule: str, created_at: datetime) -> Message:
    """A message that says that the channel works."""
    title = f"seedwatch: test of alert {rule}"
    document = _document(key, rule, title, Contents(), created_at, "") | {"kind": "test"}
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
    if contents.changes and not parts:
        articles = len({change.article_id for change in contents.changes})
        parts.append(f"{counted(articles, 'article')} edited or removed")
    return "; ".join(parts)


def _names(articles: Iterable[ToldArticle]) -> list[str]:
    """The topics of *articles*, each once, as people call them."""
    return list(
        dict.fromkeys(
            plain(topic.title or topic.topic, 100) for article in articles for topic in article.topics
        )
    )


def _briefing(articles: Sequence[ToldArticle], public_url: str) -> list[str]:
    """A heading for each topic, in the order in which they come, and its stories, each under its first topic."""
    by_topic: dict[str, list[ToldArticle]] = {}
    for article in articles:
        by_topic.setdefault(next(iter(_names([article])), ""), []).append(article)
    blocks = []
    for topic, stories in by_topic.items():
        blocks.append(_heading(topic, len(stories)))
        blocks += [_article_text(story, public_url) for story in stories]
    return blocks


def _heading(text: str, count: int) -> str:
    line = f"{text} ({count})"
    return f"{line}\n{'=' * min(len(line), 60)}"


def _article_text(article: ToldArticle, public_url: str) -> str:
    facts = [
        plain(article.source_title or article.source, 100),
        _date(article),
        article.language or "",
        ", ".join(_names([article])),
    ]
    lines = [
        plain(article.title),
        " · ".join(fact for fact in facts if fact),
        _carried_text(article.carried),
        article.url or "",
        *(
            f"“{plain(topic.sentence, _SENTENCE_CHARACTERS)}”"
            for topic in article.topics[:1]
            if topic.sentence
        ),
        _page(article.id, public_url) or "",
    ]
    return "\n".join(line for line in lines if line)


def _carried_text(outlets: Sequence[str]) -> str:
    if not outlets:
        return ""
    named = ", ".join(plain(outlet, 100) for outlet in outlets[:OUTLETS])
    more = f" and {len(outlets) - OUTLETS} more" if len(outlets) > OUTLETS else ""
    return f"also carried by {named}{more}"


def _change_text(change: ToldChange, public_url: str) -> str:
    what = "edited, silently" if change.is_silent else change.what
    lines = [
        f"{what}: {plain(change.title)}",
        f"{plain(change.source, 100)} · {_minute(change.at)} UTC",
        f"- {plain(change.removed, _SENTENCE_CHARACTERS)}" if change.removed else "",
        f"+ {plain(change.added, _SENTENCE_CHARACTERS)}" if change.added else "",
        change.url or "",
        _page(change.article_id, public_url) or "",
    ]
    return "\n".join(line for line in lines if line)


def _page(article_id: int, public_url: str) -> str | None:
    """The address of our page of an article; None where readers do not reach it."""
    return f"{public_url}/-/read/{article_id}" if public_url else None


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


def _document(
    key: str, rule: str, title: str, contents: Contents, created_at: datetime, public_url: str
) -> dict[str, Any]:
    kinds = [name for name, given in (("match", contents.articles), ("health", contents.conditions)) if given]
    kinds += ["changes"] * bool(contents.changes and not kinds)
    return {
        "id": key,
        "kind": "+".join(kinds),
        "rule": rule,
        "created_at": created_at.isoformat(),
        "title": title,
        "topics": list(
            dict.fromkeys(topic.topic for article in contents.articles for topic in article.topics)
        ),
        "articles": [
            _plain_record(asdict(article)) | {"page": _page(article.id, public_url)}
            for article in contents.articles
        ],
        "conditions": [_plain_record(asdict(condition)) for condition in contents.conditions],
        "changes": [
            _plain_record(asdict(change)) | {"page": _page(change.article_id, public_url)}
            for change in contents.changes
        ],
    }


def _plain_record(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in record.items()}
