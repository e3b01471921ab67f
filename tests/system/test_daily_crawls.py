"""One crawl a day, by hand or from cron, notices what is removed, whatever the order in which pages are looked at."""

from contextlib import closing
from pathlib import Path

import pytest

from storage import db
from tests.support import warm_crawls
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import Answer, answer, serving, with_date

TOPIC = '[[topic]]\nname = "harbour"\nany = "committee"'
DAYS = 3
# Each crawl begins some seconds later in its day than the one before.
LATER = 20 / 86_400


def daily(folder: Path, day: float) -> None:
    warm_crawls.crawl(folder=folder, hours=day * 24)


def deleted(folder: Path) -> set[str]:
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        rows = connection.execute("SELECT title FROM articles WHERE state = 'deleted'").fetchall()
    return {row["title"] for row in rows}


@pytest.mark.parametrize(("gone", "living"), [(2, 2), (5, 1)])
def test_removals_are_confirmed_by_daily_crawls(tmp_path, gone, living):
    names = [f"gone {number}" for number in range(gone)] + [f"living {number}" for number in range(living)]
    routes: dict[str, Answer] = {f"/{name.replace(' ', '-')}": story(name) for name in names}
    with serving(routes) as server:
        days = [0.0]
        listed = feed({name: server.url(f"/{name.replace(' ', '-')}") for name in names})
        routes["/feed"] = with_date(listed, lambda: days[-1])
        write_settings(
            tmp_path, [{"name": "herald", "feeds": [server.url("/feed")]}], [server.place], more=TOPIC
        )
        daily(tmp_path, 0)
        for number in range(gone):
            routes[f"/gone-{number}"] = answer(b"", 404)

        for day in range(1, DAYS):
            days.append(day * (1 + LATER))
            daily(tmp_path, days[-1])

    assert deleted(tmp_path) == {f"gone {number}" for number in range(gone)}
