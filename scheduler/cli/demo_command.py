"""The command `demo`: the bundled press, crawled, measured against its truth, and opened in Datasette."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

import click

from scheduler.cli.crawl_commands import crawl_here, print_report
from scheduler.cli.opened import opened
from scheduler.cli.output import print_table
from scheduler.cli.read_commands import free_port
from scheduler.demo.measure import Measured, measure
from scheduler.demo.press import Press
from scheduler.demo.settings_file import write_demo_settings
from storage import db


@click.command()
@click.option("--once", is_flag=True, help="End when the crawl is measured; do not open Datasette.")
@click.option("--serve-only", is_flag=True, help="Only keep the press up, to try sources by hand.")
@click.option("-p", "--port", default=8001, show_default=True, help="First port to try for Datasette.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to work; default: a new temporary folder.",
)
@click.pass_context
def demo(ctx: click.Context, once: bool, serve_only: bool, port: int, folder: Path | None) -> None:
    """Crawl the bundled press and show the result: no network is needed.

    Six outlets and more on this machine, in four languages, with wire copies, an edited article, a consent wall, a
    slow page and a feed with bad dates. Its topic has three seeds and no query.
    """
    if serve_only:
        keep_press_up()
        return
    for name in ("SEEDWATCH_DB", "SEEDWATCH_CONFIG"):
        os.environ.pop(name, None)  # the demo is not to write into the user's own database
    with _folder(folder) as work, Press() as press:
        ctx.find_root().obj = write_demo_settings(work, press)
        click.echo(f"the demo press: {len(press.outlets)} outlets on 127.0.0.1; working in {work}\n")
        with opened() as (config, _):
            pass
        report = crawl_here(config.database, trigger="demo")
        print_report(report)
        press.edit()
        click.echo("\nan outlet edits an article, and its feed says so: the second crawl\n")
        print_report(crawl_here(config.database, trigger="demo"))
        connection = db.connect(config.database)
        try:
            measured = measure(connection, press)
            _print_measured(measured)
            _print_matches(connection)
        finally:
            db.finish(connection)
        if once:
            sys.exit(0 if measured.is_good else 1)
        _open_datasette(config.database, port)


def keep_press_up() -> None:
    """Serve the press on fixed ports until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Press(first_port=8100) as press:
        rows = [(one.title, one.kind, one.language, one.home, one.feed_url or "") for one in press.outlets]
        print_table(["outlet", "kind", "language", "home", "feed"], rows)
        click.echo(
            "\nallow their addresses in [crawl] allow_private to try them by hand; Ctrl-C ends it", err=True
        )
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
    click.echo()
    click.secho("against the truth of the press (expected.json):", bold=True)
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
                "copies known as copies of the right original",
                measured.right_copies,
                measured.copies,
                measured.copy_recall,
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
        click.echo(f"  {line}")


def _print_matches(connection: Connection) -> None:
    rows = connection.execute(
        """
        SELECT articles.published_at, sources.title AS outlet, articles.language, articles.title, matches.score,
            matches.terms
        FROM matches
        JOIN articles ON articles.id = matches.article_id
        JOIN sources ON sources.id = articles.source_id
        ORDER BY matches.published_at DESC LIMIT 12
        """
    ).fetchall()
    click.echo()
    click.secho("the newest matches, and the words that made them:", bold=True)
    print_table(
        ["published", "outlet", "language", "score", "headline", "why"],
        [
            (
                (row["published_at"] or "undated")[:10], row["outlet"], row["language"], row["score"],
                row["title"], ", ".join(row["terms"].split(", ")[:4]),
            )
            for row in rows
        ],
        wide=4,
    )  # fmt: skip


def _open_datasette(database: Path, port: int) -> None:
    """Datasette as a child, so that the press stays up for its links, until it ends."""
    import subprocess

    from storage.datasette.launch import datasette_arguments

    free = free_port("127.0.0.1", port)
    if free != port:
        click.echo(f"\nport {port} is busy", err=True)
    click.echo()
    click.secho(f"http://127.0.0.1:{free}/  (Ctrl-C ends it)", bold=True)
    sys.stdout.flush()
    child = subprocess.Popen(
        datasette_arguments(database, port=free, host="127.0.0.1"),
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        child.wait()
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
