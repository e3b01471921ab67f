"""`sources check`: on the first evening one sees which outlets will disappoint, and why."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.command_line import Done, run_here
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import answer, serving, unanswered_port
from tests.support.shared import once

CHECK = answer(
    b'<html><head><script>window["bobcmn"]="1";</script><script src="/TSPD/1"></script></head></html>'
)
EMPTY = answer(b"<!doctype html><html><body><p>Under construction</p></body></html>")


@pytest.fixture(scope="module")
def checked(tmp_path_factory) -> tuple[Done, Done, Done, Done]:
    return once(tmp_path_factory, "check-sources", check_all)


def check_all(folder: Path) -> tuple[Done, Done, Done, Done]:
    with ExitStack() as running:
        dead = running.enter_context(unanswered_port())
        routes: dict[str, dict[str, bytes]] = {name: {} for name in ("good", "walled", "listed", "empty")}
        sites = {name: running.enter_context(serving(routes[name])) for name in routes}
        for name in ("good", "walled"):
            links = {
                f"Report of day {day}": sites[name].url(f"/2026/09/1{day}/report") for day in range(1, 4)
            }
            routes[name]["/feed"] = feed(links)
            page = story("Report of day 1") if name == "good" else CHECK
            routes[name] |= {f"/2026/09/1{day}/report": page for day in range(1, 4)}
        items = "".join(
            f'<li><a href="/?bbs={n}">The ferry of {n} crosses the strait</a></li>' for n in range(70, 75)
        )
        routes["listed"] |= {
            "/": answer(f"<!doctype html><html><body><ul>{items}</ul></body></html>".encode())
        }
        routes["listed"]["/?bbs=70"] = story("The ferry of 70 crosses the strait")
        routes["empty"]["/"] = EMPTY
        sources: list[dict[str, object]] = [
            {"name": "good", "feeds": [sites["good"].url("/feed")]},
            {"name": "walled", "feeds": [sites["walled"].url("/feed")]},
            {"name": "listed", "home": sites["listed"].url("/")},
            {"name": "empty", "sections": [sites["empty"].url("/")]},
            {"name": "dead", "feeds": [f"http://{dead}/feed"]},
            {"name": "off", "feeds": [f"http://{dead}/off"], "enabled": False},
        ]
        write_settings(folder, sources, [*(site.place for site in sites.values()), dead])
        return (
            run_here("sources", "check", "--json", folder=folder),
            run_here("sources", "check", folder=folder),
            run_here("sources", "check", "good", folder=folder),
            run_here("sources", "check", "nobody", folder=folder),
        )


def test_each_enabled_source_has_its_line_in_the_order_of_the_settings(checked):
    lines = {line["name"]: line for line in checked[0].json}

    assert list(lines) == ["good", "walled", "listed", "empty", "dead"]
    assert (lines["good"]["words"] or 0) > 100
    assert (lines["good"]["title"], lines["good"]["entries"]) == ("Report of day 1", 3)
    assert lines["good"]["found_by"] == "feed, declared"
    assert lines["good"]["published"]["rule"] == "url"
    assert lines["good"]["problem"] == ""


def test_what_will_disappoint_says_why(checked):
    lines = {line["name"]: line for line in checked[0].json}

    assert (lines["walled"]["answered"], lines["walled"]["problem"]) == (True, "challenge: F5")
    assert lines["empty"]["problem"] == "no article links found"
    assert (lines["dead"]["answered"], lines["dead"]["problem"].partition(":")[0]) == (False, "refused")


def test_list_of_a_site_is_found_as_the_first_crawl_finds_it(checked):
    (line,) = [line for line in checked[0].json if line["name"] == "listed"]

    assert line["found_by"] == "section, section"
    assert (line["entries"], line["title"]) == (5, "The ferry of 70 crosses the strait")


def test_table_names_those_that_gave_no_article_and_the_code_says_so(checked):
    _, table, good, unknown = checked

    assert (table.code, good.code, unknown.code) == (1, 0, 2)
    assert "3 sources gave no article: walled, empty, dead" in table.err
    assert table.out.splitlines()[0].split()[:4] == ["source", "answers", "list", "entries"]
    assert "there is no source 'nobody'" in unknown.err
