"""How a cluster stands, and what is wrong with it, in words. Pure."""

from datetime import datetime

from storage.records.cluster import WIRE_VERSION, ClusterFigures, ClusterState, WorkerState

# Parts of a cluster give a sign every 5 s, and the scheduler notes them as often.
_SILENT_S = 60.0
# Workers pause from here on.
_LAG_S = 60.0
# Workers go by the scheduler's clock; what differs by more should be set right all the same.
_CLOCK_S = 30.0
_BACK = "With [cluster] set again, `seedwatch cluster drain` stores what lies there."


def cluster_line(state: ClusterState) -> str:
    """How it stands, in one line."""
    figures = state.figures
    if figures is None:
        return f"cluster at {state.place}: {state.error}"
    kinds = ", ".join(f"{number} {kind}" for kind, number in figures.by_kind)
    waiting = f"{figures.waiting} jobs wait" + (f" ({kinds})" if kinds else "")
    return (
        f"cluster at {state.place}: {_count(len(figures.living), 'worker')}, {waiting}, {figures.doing} in hand; "
        f"{_count(figures.records, 'record')} to be stored, the oldest for {figures.lag_s:.0f} s"
    )


def cluster_problems(state: ClusterState, now: datetime) -> list[str]:
    """What is wrong with it, the gravest first; empty if all is well."""
    if state.figures is None:
        return [state.error]
    figures = state.figures
    is_silent = (now - state.at).total_seconds() > _SILENT_S
    checks = (
        (state.error, bool(state.error)),
        (f"the scheduler has not been heard of since {state.at:%Y-%m-%d %H:%M} UTC", is_silent),
        (_writer_problem(figures, state.at), True),
        ("there is no worker: `seedwatch run --role worker` on any machine is one", not figures.living),
        (
            f"the writer lags by {figures.lag_s:.0f} s: workers pause until it has caught up",
            figures.lag_s > _LAG_S,
        ),
        (
            f"{_count(figures.newer, 'record')} of newer workers cannot be read by this version ({WIRE_VERSION}): "
            "upgrade the writer",
            figures.newer > 0,
        ),
        (
            f"the clock here is {figures.clock_ahead_s:+.0f} s from that of PostgreSQL's machine: set them (NTP)",
            abs(figures.clock_ahead_s) > _CLOCK_S,
        ),
        (f"{_count(figures.dead, 'dead letter')}: `seedwatch cluster` shows them", figures.dead > 0),
    )
    problems = [said for said, is_so in checks if said and is_so]
    ahead_s = figures.clock_ahead_s
    return [*problems, *(said for worker in figures.living for said in _worker_problems(worker, ahead_s))]


def what_is_left(state: ClusterState) -> str | None:
    """What is said when one machine goes on where a cluster was; None if all that it fetched is stored."""
    figures = state.figures
    if figures is None:
        return (
            f"the work is not shared any more; how the cluster at {state.place} stood is not known ({state.error}): "
            f"what it had fetched and not stored is fetched again here. {_BACK}"
        )
    if not (figures.records or figures.doing or figures.dead):
        return None
    return (
        f"the work is not shared any more; the cluster at {state.place} had {_count(figures.records, 'record')} that "
        f"were not stored, {_count(figures.doing, 'job')} in hand, {_count(figures.dead, 'dead letter')}: all of it is "
        f"fetched again here. {_BACK}"
    )


def _writer_problem(figures: ClusterFigures, at: datetime) -> str:
    """What is wrong with the writer; "" if nothing is."""
    if figures.writer_seen_at is None:
        return "there is no writer: `seedwatch run --role writer` stores what workers send"
    if (at - figures.writer_seen_at).total_seconds() > _SILENT_S:
        return f"the writer has not been heard of since {figures.writer_seen_at:%Y-%m-%d %H:%M} UTC"
    return "" if figures.writer_state in ("", "writes") else f"the writer {figures.writer_state}"


def _worker_problems(worker: WorkerState, scheduler_ahead_s: float) -> list[str]:
    problems = []
    if worker.wire_version != WIRE_VERSION:
        problems.append(
            f"worker {worker.name} speaks version {worker.wire_version}, this seedwatch {WIRE_VERSION}: upgrade it"
        )
    if worker.state.startswith("waits"):
        problems.append(f"worker {worker.name} {worker.state}")
    ahead_s = worker.clock_ahead_s - scheduler_ahead_s
    if abs(ahead_s) > _CLOCK_S:
        problems.append(
            f"the clock of worker {worker.name} is {ahead_s:+.0f} s from the scheduler's: set it (NTP)"
        )
    return problems


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
