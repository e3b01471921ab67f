"""The arguments of tools: declared once, told to agents as JSON Schema, and checked with an error that helps. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.errors import ConfigError

# A query, an address or a name; longer ones are mistakes.
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Argument:
    """What a tool may be told."""

    name: str
    kind: str  # "text", "number" or "time"
    meaning: str
    is_needed: bool = False
    usual: str | int | None = None  # what holds where it is not given; None: nothing
    least: int = 1  # of a number, as is the next
    most: int = 2**53
    choices: tuple[str, ...] = ()  # of a text; (): any


class Given:
    """The checked arguments of one call."""

    def __init__(self, values: Mapping[str, str | int | datetime | None]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """A text; "" if none was given."""
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A number that is needed, or has a usual value."""
        value = self._values.get(name)
        assert isinstance(value, int), name
        return value

    def optional_number(self, name: str) -> int | None:
        """A number; None if none was given."""
        value = self._values.get(name)
        return value if isinstance(value, int) else None

    def time(self, name: str) -> datetime | None:
        """An aware time; None if none was given."""
        value = self._values.get(name)
        return value if isinstance(value, datetime) else None


def schema(arguments: Sequence[Argument]) -> dict[str, object]:
    """*arguments* as a JSON Schema that takes no others."""
    return {
        "type": "object",
        "properties": {argument.name: _property(argument) for argument in arguments},
        "required": [argument.name for argument in arguments if argument.is_needed],
        "additionalProperties": False,
    }


def check(arguments: Sequence[Argument], given: Mapping[str, object]) -> Given:
    """The arguments of a call, with the usual values for those that were not given (null is not given).

    Raises:
        ConfigError: one is unknown, missing or not allowed; it says which, and what is allowed.
    """
    names = [argument.name for argument in arguments]
    for name in given:
        if name not in names:
            raise ConfigError(
                f"there is no argument {name[:80]!r}; allowed are: {', '.join(names) or 'none'}"
            )
    return Given({argument.name: _checked(argument, given.get(argument.name)) for argument in arguments})


def _property(argument: Argument) -> dict[str, object]:
    declared: dict[str, object] = {"type": "integer" if argument.kind == "number" else "string"}
    if argument.kind == "number":
        declared |= {"minimum": argument.least, "maximum": argument.most}
    if argument.choices:
        declared["enum"] = list(argument.choices)
    if argument.usual is not None:
        declared["default"] = argument.usual
    return {**declared, "description": argument.meaning}


def _checked(argument: Argument, value: object) -> str | int | datetime | None:
    if value is None:
        if argument.is_needed:
            raise ConfigError(f"the argument {argument.name!r} is missing: {argument.meaning}")
        return argument.usual
    if argument.kind == "number":
        return _number(argument, value)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise _refused(argument, value, f"a text of 1 to {_LONGEST:,} characters")
    if argument.choices and value not in argument.choices:
        raise _refused(argument, value, " or ".join(map(repr, argument.choices)))
    return _time(argument, value) if argument.kind == "time" else value.strip()


def _number(argument: Argument, value: object) -> int:
    """A whole number; some models write them as texts or with .0."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not argument.least <= value <= argument.most:
        raise _refused(argument, value, f"a whole number from {argument.least:,} to {argument.most:,}")
    return value


def _time(argument: Argument, value: str) -> datetime:
    """A day is its midnight; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(value.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        allowed = "a day such as 2026-09-14, or a time such as 2026-09-14T08:00:00Z"
        raise _refused(argument, value, allowed) from None


def _refused(argument: Argument, value: object, allowed: str) -> ConfigError:
    return ConfigError(f"{argument.name}: {str(value)[:80]!r} is not allowed; allowed is {allowed}")
