"""What is noted of stored records: how far a job is, what was left out, and what is forgotten."""

from datetime import timedelta

from storage.cluster.applied import AppliedRecords, applied, forget_jobs, note_applied, note_left_out
from tests.support.samples import NOW


def test_a_job_that_is_not_known_has_nothing_stored(connection):
    assert not applied(connection, "job").has(1)


def test_records_are_known_by_job_and_number(connection):
    for position in (1, 2):
        note_applied(connection, "job", position, NOW)

    known = applied(connection, "job")
    assert [known.has(position) for position in (1, 2, 3)] == [True, True, False]
    assert not applied(connection, "other").has(1)


def test_an_earlier_record_that_is_noted_again_changes_nothing(connection):
    note_applied(connection, "job", 3, NOW)
    note_applied(connection, "job", 1, NOW)

    assert applied(connection, "job") == AppliedRecords(3)


def test_a_record_that_was_left_out_is_stored_only_when_it_is_tried_again(connection):
    note_applied(connection, "job", 1, NOW)
    note_left_out(connection, "job", 2, NOW)
    note_applied(connection, "job", 3, NOW)

    known = applied(connection, "job")
    assert known == AppliedRecords(3, (2,))
    assert known.has(2)
    assert not known.has(2, is_retried=True)
    assert known.has(3, is_retried=True)

    note_applied(connection, "job", 2, NOW)
    assert applied(connection, "job").has(2, is_retried=True)


def test_what_is_long_over_is_forgotten_but_for_what_was_left_out(connection):
    note_applied(connection, "old", 1, NOW)
    note_left_out(connection, "old with a dead letter", 1, NOW)
    note_applied(connection, "new", 1, NOW + timedelta(days=2))

    assert forget_jobs(connection, NOW + timedelta(days=1)) == 1

    assert not applied(connection, "old").has(1)
    assert applied(connection, "old with a dead letter").has(1)
    assert applied(connection, "new").has(1)
