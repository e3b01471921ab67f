"""The command `demo`: the bundled press, crawled, measured against its truth, and opened in Datasette."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from scheduler.cli.context import opened
from scheduler.cli.crawl import crawl_here, print_report
from scheduler.cli.output import echo, print_columns, print_table, secho
from scheduler.cli.serve import free_port
from scheduler.cli.story import print_story
from scheduler.demo.measure import Measured, NoticedChange, measure, measure_changes
from scheduler.demo.press import Press
from scheduler.demo.settings_file import write_demo_settings
from storage import db
from storage.articles import matches, stories


@click.command()
@click.option("--once", is_flag=True, help="End when the crawl is measured; do not open Datasette.")
@click.option(
    "--later", is_flag=True, help="Let months pass, too: silent edits, deletions and a return are noticed."
)
@click.option("--serve-only", is_flag=True, help="Only keep the press up, to try sources by hand.")
@click.option("-p", "--port", default=8001, show_default=True, help="First port to try for Datasette.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to work; default: a new temporary folder.",
)
@click.pass_context
def demo(
    ctx: click.Context, once: bool, later: bool, serve_only: bool, port: int, folder: Path | None
) -> None:
    """Crawl the bundled press and show the result: no network is needed.

    Ten outlets on this machine, in four languages, with a wire story that five of them carry, an edited article, a
    consent wall, a slow page and a feed with bad dates; all of the last weeks. Its topic has three seeds and no query.
    """
    if serve_only:
        keep_press_up()
        return
    for name in ("SEEDWATCH_DB", "SEEDWATCH_CONFIG"):
        os.environ.pop(name, None)  # the demo is not to write into the user's own database
    with _folder(folder) as work, Press(today=clock.now().date()) as press:
        ctx.find_root().obj = write_demo_settings(work, press)
        echo(f"the demo press: {len(press.outlets)} outlets on 127.0.0.1; working in {work}\n")
        with opened() as (config, _):
            pass
        report = crawl_here(config.database, trigger="demo")
        print_report(report)
        press.edit()
        echo("\nan outlet edits an article, and its feed says so: the second crawl\n")
        print_report(crawl_here(config.database, trigger="demo"))
        connection = db.connect(config.database)
        try:
            measured = measure(connection, press)
            _print_measured(measured)
            _print_matches(connection)
            _print_largest_story(connection)
        finally:
            db.finish(connection)
        is_good = measured.is_good
        if later:
            is_good &= let_time_pass(config.database, press)
        if once:
            sys.exit(0 if is_good else 1)
        _open_datasette(config.database, port)


def let_time_pass(database: Path, press: Press) -> bool:
    """Crawl with the clock put forward, while outlets edit and remove articles; whether all of it was noticed."""
    steps = (
        (30.0, "a month later: an article was edited without a word, two are gone", _edit_and_remove),
        (30.1, "two hours later: what is gone is looked for again", lambda _: None),
        (62.0, "a month later: one of them is back", Press.restore),
    )
    before = os.environ.get(clock.AHEAD)
    try:
        for ahead, said, happen in steps:
            happen(press)
            os.environ[clock.AHEAD] = str(ahead)
            echo(f"\n{said}\n")
            print_report(crawl_here(database, trigger="demo"))
    finally:
        os.environ.pop(clock.AHEAD)
        if before is not None:
            os.environ[clock.AHEAD] = before
    with closing(db.connect(database)) as connection:
        changes = measure_changes(connection, press)
        _print_changes(connection, changes)
    return all(change.is_known for change in changes)


def _edit_and_remove(press: Press) -> None:
    press.edit_silently()
    press.remove()


def keep_press_up() -> None:
    """Serve the press on fixed ports until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Press(first_port=8100, today=clock.now().date()) as press:
        rows = [
            (outlet.title, outlet.kind, outlet.language, outlet.home, outlet.feed_url or "")
            for outlet in press.outlets
        ]
        print_table(["outlet", "kind", "language", "home", "feed"], rows)
        echo("\nallow their addresses in [crawl] allow_private to try them by hand; Ctrl-C ends it", err=True)
        sys.stdout.flush()
        stop.wait()


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="seedwatch-demo-") as made:
        yield Path(made)


def _print_measured(measured: Measured) -> None:
    echo()
    secho("against the truth of the press (expected.json):", bold=True)
    print_table(
        ["what", "right", "of", "share"],
        [
            (
                "matches that are on topic (precision)",
                measured.true_matches,
                measured.matches,
                measured.precision,
            ),
            (
                "articles on topic that match (recall)",
                measured.true_matches,
                measured.on_topic,
                measured.recall,
            ),
            (
                "copies, excerpts and longer versions known",
                measured.right_copies,
                measured.copies,
                measured.copy_recall,
            ),
            (
                "follow-ups known, and for no copy",
                measured.right_follow_ups,
                measured.follow_ups,
                measured.follow_up_share,
            ),
            (
                "walls, logins and dead pages kept out",
                measured.kept_out,
                measured.not_articles,
                measured.kept_out_share,
            ),
            ("publication dates", measured.right_dates, measured.dates, measured.date_share),
        ],
    )
    for line in measured.mistakes:
        echo(f"  {line}")


def _print_changes(connection: Connection, changes: Sequence[NoticedChange]) -> None:
    echo()
    secho("what became of articles, against the truth of the press:", bold=True)
    print_columns(
        changes,
        {
            "what": lambda change: change.change.replace("_", " "),
            "known": lambda change: "yes" if change.is_known else "NO",
            "article": lambda change: change.key,
        },
    )
    for change in changes:
        if (
            change.change != "edited"
            and change.article_id
            and (story := stories.story(connection, change.article_id))
        ):
            secho(f"\nseedwatch story {change.article_id}", dim=True)
            print_story(story)


def _print_largest_story(connection: Connection) -> None:
    head = stories.largest(connection)
    story = stories.story(connection, head) if head is not None else None
    if story is not None:
        echo()
        secho(f"the story that most outlets told (seedwatch story {head}):", bold=True)
        print_story(story)


def _print_matches(connection: Connection) -> None:
    echo()
    secho("the newest matches, and the words that made them:", bold=True)
    print_columns(
        matches.newest(connection, limit=12),
        {
            "published": lambda match: match.published_at.date() if match.published_at else "undated",
            "outlet": lambda match: match.outlet,
            "language": lambda match: match.language,
            "score": lambda match: match.score,
            "headline": lambda match: match.title,
            "why": lambda match: ", ".join(match.terms.split(", ")[:4]),
        },
        wide="headline",
    )


def _open_datasette(database: Path, port: int) -> None:
    """Datasette as a child, so that the press stays up for its links, until it ends."""
    import subprocess

    from storage.datasette.launch import datasette_arguments, datasette_environment

    free = free_port("127.0.0.1", port)
    if free != port:
        echo(f"\nport {port} is busy", err=True)
    echo()
    secho(f"http://127.0.0.1:{free}/-/seedwatch  (Ctrl-C ends it)", bold=True)
    sys.stdout.flush()
    child = subprocess.Popen(
        datasette_arguments(database, port=free, host="127.0.0.1"),
        env=datasette_environment(os.environ) | {"NO_PROXY": "127.0.0.1"},
    )
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        child.wait()
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
