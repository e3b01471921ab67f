"""Who is signed in, and how often one may try."""

from datetime import timedelta

from scheduler.judging.sessions import (
    IDLE,
    LONGEST,
    MOST_EACH,
    TRIES_ALL,
    TRIES_EACH,
    WINDOW,
    Sessions,
    Tries,
    is_token,
)
from tests.support.samples import NOW

SECOND = timedelta(seconds=1)


def signed_in() -> Sessions:
    sessions = Sessions()
    sessions.begin("id", "form", "anna", "stamp", NOW)
    return sessions


def test_session_is_found_by_its_id_alone_and_not_kept_by_it():
    sessions = signed_in()

    found = sessions.find("id", NOW)

    assert found is not None
    assert (found.reader, is_token(found, "form"), is_token(found, "")) == ("anna", True, False)
    assert not is_token(found, "\ud800")
    assert sessions.find("other", NOW) is None
    assert "id" not in sessions.held


def test_session_ends_after_a_week_without_use_and_after_a_month():
    idle, used = signed_in(), signed_in()

    assert idle.find("id", NOW + IDLE + SECOND) is None
    assert idle.held == {}
    for day in range(1, LONGEST.days + 1):
        assert used.find("id", NOW + timedelta(days=day))
    assert used.find("id", NOW + LONGEST + SECOND) is None


def test_sign_out_ends_it():
    sessions = signed_in()

    sessions.end("id")
    sessions.end("id")

    assert sessions.find("id", NOW) is None


def test_oldest_session_of_a_reader_gives_way():
    sessions = signed_in()
    sessions.begin("ben's", "form", "ben", "stamp", NOW)

    for number in range(MOST_EACH):
        sessions.begin(str(number), "form", "anna", "stamp", NOW + number * SECOND + SECOND)

    assert sessions.find("id", NOW) is None
    assert sessions.find("0", NOW + SECOND) is not None
    assert sessions.find("ben's", NOW) is not None


def test_tries_in_vain_are_bounded_for_a_name_and_for_all():
    tries = Tries()
    for _ in range(TRIES_EACH):
        assert tries.may_try("anna", NOW)
        tries.count("anna", NOW)

    assert not tries.may_try("anna", NOW)
    assert tries.may_try("ben", NOW)
    assert tries.may_try("anna", NOW + WINDOW + SECOND)
    for number in range(TRIES_ALL):
        tries.count(str(number), NOW + WINDOW + SECOND)
    assert not tries.may_try("carla", NOW + WINDOW + SECOND)
    assert len(tries.by_name) == TRIES_ALL
