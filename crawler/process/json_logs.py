"""Log records as lines of JSON on stderr, where they are asked for. I/O edge.

``SEEDWATCH_LOG=json`` in the environment asks for them, which child processes inherit. A child's stderr is a pipe that
its own processes share: a line is one write of at most PIPE_BUF bytes, which the kernel does not mix (POSIX write).
"""

import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crawler import clock

# Linux' PIPE_BUF is 4,096; longer texts lose their middle.
_LINE_BYTES = 4_000
_FIELDS = ("source", "host", "run", "url")
# Who may log in, in an address: `scheme://name:word@host`.
_LOGIN = re.compile(r"(?<=://)[^\s/?#@]+@")
_MESSAGE, _TRACE = 1_000, 1_500  # characters: the longest that fit, with escapes, in most lines


def is_json_asked(environment: Mapping[str, str]) -> bool:
    """Whether log lines shall be JSON."""
    return environment.get("SEEDWATCH_LOG") == "json"


def log_as_json(level: int = logging.WARNING) -> None:
    """Have the root logger write lines of JSON to stderr, and nothing else."""
    root = logging.getLogger()
    root.handlers[:] = [_Handler()]
    root.setLevel(level)


def write_line(fields: Mapping[str, Any]) -> None:
    """One object on stderr, as a whole line."""
    data = _encoded(fields)
    if len(data) > _LINE_BYTES:
        share = _LINE_BYTES // (8 * max(len(fields), 1))  # a character takes up to 6 bytes
        data = _encoded({name: _shortened(value, share) for name, value in fields.items()})
    os.write(2, data)


def line_of(text: str, logger: str, level: str = "WARNING") -> dict[str, Any]:
    """A line that a child wrote to its stderr: its own object, else (half a line, a warning) *text* as the message."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and {"time", "level", "logger", "message"} <= value.keys():
        return value
    return fields_of(text, logger=logger, level=level)


def fields_of(message: str, *, logger: str, level: str, at: datetime | None = None) -> dict[str, Any]:
    """The four fields that each line has; without *at* the time is now."""
    moment = at or clock.now()
    return {
        "time": moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": level,
        "logger": logger,
        "message": _shortened(_LOGIN.sub("***@", message), _MESSAGE),
    }


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            write_line(_record_fields(record))
        except Exception:  # a line that cannot be made must not end what it tells of
            self.handleError(record)


def _record_fields(record: logging.LogRecord) -> dict[str, Any]:
    at = datetime.fromtimestamp(record.created, UTC)
    fields = fields_of(record.getMessage(), logger=record.name, level=record.levelname, at=at)
    for name in _FIELDS:
        if (value := getattr(record, name, None)) is not None:
            fields[name] = _shortened(_LOGIN.sub("***@", str(value)), _MESSAGE)
    if record.exc_info and record.exc_info[0] is not None:
        fields["error"] = record.exc_info[0].__name__
        trace = logging.Formatter().formatException(record.exc_info)
        fields["traceback"] = _shortened(_LOGIN.sub("***@", trace), _TRACE)
    return fields


def _encoded(fields: Mapping[str, Any]) -> bytes:
    # ASCII: no control character, C1 sign or half of a surrogate pair reaches a terminal as itself.
    return json.dumps(fields, ensure_ascii=True, default=str).replace("\x7f", "\\u007f").encode() + b"\n"


def _shortened(value: Any, characters: int) -> Any:
    if not isinstance(value, str) or len(value) <= characters:
        return value
    half = characters // 2
    return f"{value[:half]} … {value[-half:]}"
