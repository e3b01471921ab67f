"""What machines share work by: jobs of one host, records of what came of them, and how all of that stands. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# Raised when a job or a record is written so that the version before cannot read it.
WIRE_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class SentJob:
    """A job as it is put into PostgreSQL."""

    key: str
    host: str  # the politeness key of all that it asks for
    kind: str  # the class of its work: polls, pages, looks or past
    priority: int  # the higher the sooner
    run_id: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job as a worker takes it."""

    key: str
    attempt: int  # the first is 1
    payload: bytes


@dataclass(frozen=True, slots=True)
class SentRecord:
    """One thing that came of a job, as a worker sends it."""

    kind: str  # the name of what is to be done with it
    payload: bytes


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """A record that waits to be stored."""

    id: int
    job: str  # its job's key
    position: int  # in its job, from 1
    kind: str
    payload: bytes
    is_retried: bool = False  # it was a dead letter


@dataclass(frozen=True, slots=True)
class UnendedJob:
    """A job that is to be done."""

    key: str
    host: str
    priority: int
    is_doing: bool  # a worker has it in hand


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job that is over: all that came of it is stored, or it was given up."""

    key: str
    host: str
    run_id: int
    payload: bytes
    is_dead: bool  # its workers died, or failed, too often
    detail: str  # why; "" where it went well


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be stored."""

    id: int
    kind: str
    host: str
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker, as it was heard of last."""

    name: str  # host and process
    version: str  # of seedwatch
    wire_version: int
    seen_at: datetime  # by the clock of who looks
    clock_ahead_s: float  # of PostgreSQL's
    jobs: int  # that it has in hand
    state: str  # "works", "pauses: the writer lags", or "waits: " and for what
    is_living: bool = True  # it was heard of a moment ago


@dataclass(frozen=True, slots=True)
class ClusterFigures:
    """How the cluster stands."""

    waiting: int  # jobs that no worker has begun
    doing: int
    records: int  # that wait to be stored
    newer: int  # of them, those of a version that the writer cannot read
    lag_s: float  # since the oldest record that waits was sent; 0: none waits
    dead: int  # dead letters
    by_kind: tuple[tuple[str, int], ...] = ()  # jobs that wait, by the class of their work
    workers: tuple[WorkerState, ...] = ()
    writer_seen_at: datetime | None = None  # by the clock of who looks; None: never
    writer_state: str = ""  # "writes", or what it waits for
    scheduler_seen_at: datetime | None = None
    clock_ahead_s: float = 0.0  # of this machine, of PostgreSQL's

    @property
    def living(self) -> tuple[WorkerState, ...]:
        """The workers that were heard of a moment ago."""
        return tuple(worker for worker in self.workers if worker.is_living)


@dataclass(frozen=True, slots=True)
class ClusterState:
    """How the cluster stood when it was looked at."""

    at: datetime
    place: str  # the DSN without its password
    figures: ClusterFigures | None  # None: PostgreSQL could not be had
    error: str = ""  # why; or what is wrong beside what the figures say
