"""What a page shows as a JSON document, for programs. Pure."""

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

# Where something is drawn says nothing about the press.
_GEOMETRY = frozenset({"x", "y", "width", "height", "step"})


def page_document(context: Mapping[str, object]) -> dict[str, Any]:
    """*context*, which a template would get, as JSON values: records by field, marked text without its marks."""
    return {name: _plain(value) for name, value in context.items()}


def address_with_json(address: str) -> str:
    """The *address* of a page, as that of its document."""
    path, mark, query = address.partition("?")
    return f"{path.removesuffix('.json')}.json{mark}{query}"


def address_without_json(address: str) -> str:
    """The *address* of a document, as that of its page."""
    path, mark, query = address.partition("?")
    return f"{path.removesuffix('.json')}{mark}{query}"


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.name not in _GEOMETRY]
        return {name: _plain(getattr(value, name)) for name in fields}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Markup):
        return _text_of(value)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value))
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _text_of(html: Markup) -> str:
    """Its text with the line breaks that it has; `striptags` would join paragraphs."""
    return "\n".join(Markup(line).striptags() for line in str(html).split("\n"))
