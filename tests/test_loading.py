"""Which modules of the tests a process loads first."""

from tests.support.loading import modules_of, rotated


def test_each_process_begins_with_its_share_and_loads_all():
    names = [*"abcdefg"]

    orders = [rotated(names, worker, 3) for worker in range(3)]

    assert ["".join(order) for order in orders] == ["abcdefg", "cdefgab", "efgabcd"]


def test_modules_are_those_of_the_arguments_alone():
    assert modules_of(["tests/test_loading.py::test_a", "tests/seedwatch"]) == [
        "tests.seedwatch.test_archive",
        "tests.test_loading",
    ]
