"""`sources propose`: outlets that carried a topic and are not watched."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from crawler.discovery.gdelt import address_of
from tests.support import warm_crawls
from tests.support.command_line import Done, run_here
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import Answer, answer, serving
from tests.support.shared import once

TOPIC = """
[[topic]]
name = "ferries"
any = "ferry"
[topic.aliases]
"Ferry" = ["ferry boat", "паром"]
"Harbour" = ["harbour"]
[[topic]]
name = "nothing"
any = "xylophone"
"""
QUERY = '"ferry boat" harbour'


class Proposed:
    """An aggregator that leads to two outlets, and an index that names one of them and a third."""

    def __init__(self, folder: Path) -> None:
        with ExitStack() as stack:
            pages: list[dict[str, Answer]] = [{}, {}, {}]
            own, first, second = (stack.enter_context(serving(routes)) for routes in pages)
            pages[1] |= {"/1": story("A ferry sails"), "/2": story("Another ferry waits")}
            pages[2] |= {"/3": story("The ferry is late")}
            pages[0]["/feed"] = feed(
                {"One": first.url("/1"), "Two": first.url("/2"), "Three": second.url("/3")}
            )
            index = own.url("/doc")
            articles = [
                {
                    "url": url,
                    "title": f"The ferry number {number}",
                    "seendate": "20261120T080000Z",
                    "domain": "d",
                }
                for number, url in enumerate(
                    [second.url("/4"), "https://press.example/5", "https://press.example/6"]
                )
            ]
            listed = answer(json.dumps({"articles": articles}).encode(), Content_Type="application/json")
            pages[0][address_of(QUERY, 30, index).split(own.place, 1)[1]] = listed
            source = {"name": "own", "feeds": [own.url("/feed")]}
            write_settings(folder, [source], [server.place for server in (own, first, second)], more=TOPIC)
            self.crawled = warm_crawls.crawl(folder=folder)
            self.plain: Done = run_here("sources", "propose", "ferries", folder=folder)
            self.asked: Done = run_here(
                "sources", "propose", "ferries", "--index", index, "--json", folder=folder
            )
            self.broken: Done = run_here(
                "sources", "propose", "ferries", "--index", own.url("/no"), folder=folder
            )
            self.nothing: Done = run_here("sources", "propose", "nothing", folder=folder)
            self.nameless: Done = run_here("sources", "propose", "nothing", "--index", "gdelt", folder=folder)
            self.unknown: Done = run_here("sources", "propose", "nobody", folder=folder)
            self.first, self.second = first.place, second.place


@pytest.fixture(scope="module")
def proposed(tmp_path_factory) -> Proposed:
    return once(tmp_path_factory, "proposed", Proposed)


def test_hosts_of_what_is_held_are_proposed_with_the_line_that_adds_each(proposed):
    assert proposed.plain.code == 0, proposed.plain.err
    lines = [line for line in proposed.plain.out.splitlines() if line.startswith("seedwatch")]
    assert lines == [f"seedwatch sources add http://{place}/" for place in (proposed.first, proposed.second)]


def test_index_adds_its_own(proposed):
    found = {one["host"]: (one["held"], one["listed"]) for one in proposed.asked.json}

    assert found == {proposed.first: (2, 0), proposed.second: (1, 1), "press.example": (0, 2)}


def test_index_that_does_not_answer_as_expected_is_said_and_the_rest_goes_on(proposed):
    assert proposed.broken.code == 0
    assert "the index gave no articles" in proposed.broken.err


def test_nothing_to_propose_is_said(proposed):
    assert (proposed.nothing.code, proposed.unknown.code, proposed.nameless.code) == (1, 2, 2)
    assert "no names in Latin letters" in proposed.nameless.err
