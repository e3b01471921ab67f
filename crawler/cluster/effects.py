"""What a crawl writes into the database, as records that another machine can carry out: the same calls, later.

Whatever a class of work stores, it stores by calling a function with the database and some values. On a worker, which
has no database, the call is written down instead: the function's name here, and its arguments by name. The writer
makes the call. So what one machine stores and what many store cannot differ.

Arguments travel as MessagePack. A field or an argument that one side does not know is passed over, one that is missing
takes its default: what is added with a default needs no new WIRE_VERSION.
"""

import inspect
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from crawler.articles.store import store_reading
from crawler.documents.ingest import ingest
from crawler.tasks.second_looks import store_sight
from storage.errors import RecordError
from storage.records.cluster import SentRecord
from storage.sources import (
    backfills,
    hosts,
    links,
    polls,
    robots_files,
    site_searches,
    subscriptions,
    successors,
)

_Storing = Callable[..., Any]
_encode = msgspec.msgpack.Encoder(order=None).encode

_FUNCTIONS: Mapping[str, _Storing] = {
    "poll": polls.record_poll,
    "document": ingest,
    "article": store_reading,
    "link": links.record,
    "look": store_sight,
    "host": hosts.remember,
    "robots": robots_files.keep,
    "feeds found": site_searches.add_found,
    "no feeds found": site_searches.record_failure,
    "successor": successors.record,
    "push read": subscriptions.drop_push,
    "hub failed": subscriptions.note_error,
    "list links": backfills.add_links,
    "list read": backfills.record_read,
    "list failed": backfills.record_failure,
}


@dataclass(frozen=True, slots=True)
class _Effect:
    """How the calls of one function travel."""

    function: _Storing
    signature: inspect.Signature
    decode: Callable[[bytes], Any]


def _effect(function: _Storing) -> _Effect:
    signature = inspect.signature(function)
    hints = get_type_hints(function)
    arguments = list(signature.parameters.values())[1:]  # the first is the database
    shape = msgspec.defstruct(
        function.__name__,
        [
            (one.name, hints[one.name])
            if one.default is inspect.Parameter.empty
            else (one.name, hints[one.name], one.default)
            for one in sorted(arguments, key=lambda one: one.default is not inspect.Parameter.empty)
        ],
    )
    return _Effect(function, signature, msgspec.msgpack.Decoder(shape).decode)


_EFFECTS = {name: _effect(function) for name, function in _FUNCTIONS.items()}
_NAMES = {function: name for name, function in _FUNCTIONS.items()}


def is_effect(function: _Storing) -> bool:
    """Whether calls of *function* can be written down."""
    return function in _NAMES


def record_of(function: _Storing, *args: Any, **kwargs: Any) -> SentRecord:
    """The call of *function* with these arguments, the database left out."""
    name = _NAMES[function]
    bound = _EFFECTS[name].signature.bind(None, *args, **kwargs)
    values = dict(list(bound.arguments.items())[1:])
    return SentRecord(name, _encode(values))


def carry_out(connection: sqlite3.Connection, kind: str, payload: bytes) -> Any:
    """Make the call that a record is; what it returns.

    What was read of a page is passed over if a later run has read it since: it was left lying, or comes a second time
    when nobody knows the first, and would take the page back to what it was.

    Raises:
        RecordError: it is none, or of a kind that is not known.
    """
    effect = _EFFECTS.get(kind)
    if effect is None:
        raise RecordError(f"records of the kind {kind!r} are not known here")
    try:
        values = effect.decode(payload)
    except msgspec.DecodeError as error:
        raise RecordError(str(error)) from error
    arguments = {name: getattr(values, name) for name in values.__struct_fields__}
    read = _page_read(effect.function, arguments)
    if read is not None and links.was_read_since(connection, *read):
        return None
    return effect.function(connection, **arguments)


def _page_read(function: _Storing, arguments: Mapping[str, Any]) -> tuple[int, int] | None:
    """The link that was read, and the run that did it; None for what is about no page, or has neither."""
    if function is links.record:
        return arguments["outcome"].link_id, arguments["run_id"]
    if function is not store_reading:
        return None
    reading = arguments["reading"]
    return (reading.link.id, reading.run_id) if reading.link and reading.run_id is not None else None
