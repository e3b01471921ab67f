"""Counts as people read them. Pure."""


def counted(number: int, noun: str, many: str | None = None) -> str:
    """The number with its noun: "1 page", "2 pages"; *many* is the plural where it is not *noun* with an s."""
    return f"{number} {noun if number == 1 else many or f'{noun}s'}"
