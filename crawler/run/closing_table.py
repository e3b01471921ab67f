"""What a run did, a line for each source, as text: for who crawls by Scrapy's own command. Pure."""

from collections.abc import Sequence

from storage.records.polls import SourceCounts

_COLUMNS = ("polled", "new", "matched", "copies", "off_topic", "failed", "poll_failures", "waiting")


def closing_table(run_id: int, state: str, lines: Sequence[SourceCounts]) -> str:
    """The run and its counts by source; columns without any are left out."""
    shown = [name for name in _COLUMNS if any(getattr(line, name) for line in lines)]
    rows = [["source", *(name.replace("_", " ") for name in shown)]]
    rows += [[line.source, *(str(getattr(line, name)) for name in shown)] for line in lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([f"run {run_id} {state}", *(table if lines else ["nothing was due"])])
