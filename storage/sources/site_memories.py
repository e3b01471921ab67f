"""What was learnt of hosts' pages, a row a host; of the hosts that were read longest ago nothing is kept."""

import json
import sqlite3
from datetime import datetime

from storage.db import storage_errors, to_iso, transaction
from storage.records.site_memory import NOTHING_COMMON, CommonMarks, SiteMemory

# Hosts that are remembered. A row has some 20 KB at most.
_HOSTS = 2_000


@storage_errors
def recall(connection: sqlite3.Connection, host: str) -> SiteMemory:
    """What was learnt of *host*'s pages; an empty memory if nothing was."""
    row = connection.execute("SELECT memory FROM site_memories WHERE host = ?", [host]).fetchone()
    return SiteMemory() if row is None else _memory(row["memory"])


@storage_errors
def common_marks(connection: sqlite3.Connection, host: str) -> CommonMarks:
    """What is known of *host*'s pages before one of them is read."""
    row = connection.execute(
        "SELECT json_extract(memory, '$.common') AS common FROM site_memories WHERE host = ?", [host]
    ).fetchone()
    return NOTHING_COMMON if row is None else _common(json.loads(row["common"]))


@storage_errors
def remember(connection: sqlite3.Connection, host: str, memory: SiteMemory, now: datetime) -> None:
    """Keep *memory* of *host* in place of what was kept before."""
    with transaction(connection):
        connection.execute(
            """
            INSERT INTO site_memories (host, pages, furniture, learnt_at, memory) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (host) DO UPDATE SET pages = excluded.pages, furniture = excluded.furniture,
                learnt_at = excluded.learnt_at, memory = excluded.memory
            """,
            [host, memory.pages, len(memory.common.lines), to_iso(now), _as_json(memory)],
        )
        connection.execute(
            """
            DELETE FROM site_memories WHERE host IN (
                SELECT host FROM site_memories ORDER BY learnt_at DESC, host LIMIT -1 OFFSET ?
            )
            """,
            [_HOSTS],
        )


def _as_json(memory: SiteMemory) -> str:
    common = memory.common
    return json.dumps(
        {
            "pages": memory.pages,
            "tried": memory.tried,
            "fitting": memory.fitting,
            "strangers": memory.strangers,
            "lines": dict(memory.lines),
            "names": dict(memory.names),
            "recent": memory.recent,
            "common": {
                "lines": sorted(common.lines),
                "names": sorted(common.names),
                "former": sorted(common.former),
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _memory(text: str) -> SiteMemory:
    found = json.loads(text)
    return SiteMemory(
        pages=found["pages"],
        lines=tuple(found["lines"].items()),
        names=tuple(found["names"].items()),
        common=_common(found["common"]),
        tried=found["tried"],
        fitting=found["fitting"],
        strangers=found["strangers"],
        recent=tuple(found["recent"]),
    )


def _common(found: dict[str, list[str]]) -> CommonMarks:
    return CommonMarks(frozenset(found["lines"]), frozenset(found["names"]), frozenset(found["former"]))
