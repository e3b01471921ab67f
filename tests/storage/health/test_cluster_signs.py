"""How a cluster stands, in words: each thing that may be wrong with it is told, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import meta
from storage.health.cluster_signs import cluster_line, cluster_problems, what_is_left
from storage.records.cluster import WIRE_VERSION, ClusterFigures, ClusterState, WorkerState
from tests.support.samples import NOW

WORKER = WorkerState("m1:7", "0.2.0", WIRE_VERSION, NOW, 0.1, 3, "works")
FIGURES = ClusterFigures(
    waiting=5,
    doing=3,
    records=1,
    newer=0,
    lag_s=0.4,
    dead=0,
    by_kind=(("polls", 4), ("pages", 1)),
    workers=(WORKER,),
    writer_seen_at=NOW,
    writer_state="writes",
    scheduler_seen_at=NOW,
)
STATE = ClusterState(NOW, "postgresql://db/x", FIGURES)
OLD = NOW - timedelta(minutes=5)


def with_figures(**values):
    return replace(STATE, figures=replace(FIGURES, **values))


def test_a_cluster_in_order_is_one_line():
    assert cluster_problems(STATE, NOW) == []
    assert cluster_line(STATE) == (
        "cluster at postgresql://db/x: 1 worker, 5 jobs wait (4 polls, 1 pages), 3 in hand; 1 record to be stored, "
        "the oldest for 0 s"
    )
    gone = replace(WORKER, name="m2:7", is_living=False)
    assert "1 worker, 5 jobs" in cluster_line(with_figures(workers=(WORKER, gone)))
    assert "0 workers, 0 jobs wait, 3 in hand; 2 records" in cluster_line(
        with_figures(waiting=0, by_kind=(), workers=(), records=2)
    )


@pytest.mark.parametrize(
    ("state", "now", "said"),
    [
        (replace(STATE, figures=None, error="it is away"), NOW, "it is away"),
        (replace(STATE, error="it is slow"), NOW, "it is slow"),
        (STATE, NOW + timedelta(hours=1), "the scheduler has not been heard of since 2026-09-14 12:00"),
        (with_figures(writer_seen_at=None), NOW, "there is no writer"),
        (with_figures(writer_seen_at=OLD), NOW, "the writer has not been heard of since 2026-09-14 11:55"),
        (with_figures(writer_state="waits: the disk is full"), NOW, "the writer waits: the disk is full"),
        (with_figures(workers=()), NOW, "there is no worker"),
        (with_figures(workers=(replace(WORKER, is_living=False),)), NOW, "there is no worker"),
        (with_figures(lag_s=61.0), NOW, "the writer lags by 61 s"),
        (with_figures(newer=2), NOW, "2 records of newer workers"),
        (with_figures(dead=1), NOW, "1 dead letter:"),
        (with_figures(workers=(replace(WORKER, wire_version=99),)), NOW, "m1:7 speaks version 99"),
        (with_figures(workers=(replace(WORKER, clock_ahead_s=-3_600.0),)), NOW, "is -3600 s from the s"),
        (
            with_figures(workers=(replace(WORKER, state="waits: the disk is full"),)),
            NOW,
            "worker m1:7 waits: the disk is full",
        ),
        (
            with_figures(clock_ahead_s=3_600.0, workers=(replace(WORKER, clock_ahead_s=3_600.0),)),
            NOW,
            "the clock here is +3600 s from that of PostgreSQL's",
        ),
    ],
)
def test_what_is_wrong_is_told(state, now, said):
    (problem,) = cluster_problems(state, now)

    assert said in problem
    assert cluster_line(state)


def test_who_switches_a_cluster_off_hears_what_is_not_stored():
    assert what_is_left(with_figures(records=0, doing=0)) is None
    assert "1 record that were not stored, 3 jobs in hand" in what_is_left(STATE)
    assert "is not known (it is away)" in what_is_left(replace(STATE, figures=None, error="it is away"))


@pytest.mark.parametrize(
    "state",
    [STATE, replace(STATE, figures=None, error="it is away"), with_figures(writer_seen_at=None), None],
)
def test_how_it_stands_is_kept(connection, state):
    meta.put(connection, meta.CLUSTER, state)

    assert meta.get(connection, meta.CLUSTER) == state
