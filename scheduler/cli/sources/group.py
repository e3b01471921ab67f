"""Commands for sources: list, add, remove, rename, import, export, discover, check."""

import asyncio
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from crawler import clock
from crawler.browser.installed import missing
from crawler.cadence.due_rules import DUE_RULES
from crawler.discovery.lookups import LookupTask, SiteAnswer, SourceCheck, SourceToCheck
from crawler.discovery.services import Service, recognise, web_address
from crawler.documents.ingest import ingest
from crawler.documents.poll_results import first_poll
from crawler.downloader.access import HostAccess, plan_to_text
from crawler.mail.address import is_mailbox
from crawler.run.opening import begin_run
from crawler.sections.learnt import LEARNT_WITHIN, ShapeCount, learnt_shapes
from crawler.urls import politeness_key, url_key
from scheduler.cli.arguments import check_address, check_pattern, check_timezone
from scheduler.cli.context import opened, settings
from scheduler.cli.output import (
    date_text,
    echo,
    json_option,
    print_columns,
    print_data,
    print_json,
    print_table,
    time_text,
)
from scheduler.cli.sources.mailbox import MailboxOptions, mailbox_source, tell_mailbox, try_mailbox
from scheduler.cli.sources.propose import propose
from scheduler.cli.status.health import offer_text
from scheduler.config.access import access_plan, access_text
from scheduler.config.edit import add_source, add_sources, remove_source, rename_source, replace_feed
from scheduler.config.load import Config, SourceSettings
from scheduler.config.records import SourceAccess
from scheduler.config.source_lists import ListedSource, read_csv, read_opml, write_csv, write_opml
from scheduler.config.sync import sync, sync_present
from scheduler.daemon.child import look_up
from scheduler.pacing import decide_polls
from scheduler.wording import counted
from storage.db import transaction
from storage.errors import ConfigError, SeedwatchError
from storage.health.source_health import source_health
from storage.records.sources import Feed, FeedKind, Source
from storage.sources import runs, shapes, successors
from storage.sources import sources as stored
from storage.sources.sources import DeclaredFeed
from storage.sources.successors import DeadFeed, Offer


@click.group()
def sources() -> None:
    """List, add, remove, rename, import, export, discover and check sources."""


@sources.command("list")
@json_option
def list_sources(as_json: bool) -> None:
    """List the sources of the settings, with the addresses that are polled."""
    with opened() as (config, connection):
        polled: dict[str, list[Feed]] = {}
        for feed in stored.feeds_of(connection):
            polled.setdefault(feed.source, []).append(feed)
        errors = {state.source: state.last_error for state in source_health(connection)}
    if as_json:
        print_json(
            [
                {
                    "name": declared.source.name,
                    "title": declared.source.title,
                    "home": declared.source.home,
                    "language": declared.source.language,
                    "country": declared.source.country,
                    "timezone": declared.source.timezone,
                    "tags": list(declared.source.tags),
                    "enabled": declared.source.enabled,
                    "feeds": [feed.url for feed in polled.get(declared.source.name, ())],
                    "kinds": [str(feed.kind) for feed in polled.get(declared.source.name, ())],
                    "last_error": errors.get(declared.source.name),
                }
                for declared in config.sources
            ]
        )
        return
    print_columns(
        config.sources,
        {
            "source": lambda declared: (
                declared.source.name if declared.source.enabled else f"{declared.source.name} (off)"
            ),
            "language": lambda declared: declared.source.language,
            "country": lambda declared: declared.source.country,
            "polled": lambda declared: _kinds(polled.get(declared.source.name, ())),
            "home": lambda declared: declared.source.home or "",
            "addresses": lambda declared: _addresses(
                declared, polled.get(declared.source.name, ()), errors.get(declared.source.name)
            ),
        },
    )


def _kinds(feeds: Sequence[Feed]) -> str:
    """How many addresses of each kind are polled: "2 feed, 1 sitemap"; "none" where there is none."""
    numbers = Counter(str(feed.kind) for feed in feeds)
    return ", ".join(f"{number} {kind}" for kind, number in numbers.items()) or "none"


def _addresses(declared: SourceSettings, feeds: Sequence[Feed], error: str | None) -> str:
    """The addresses that are polled; without one, why there is none."""
    if not declared.source.enabled:
        return " ".join(feed.url for feed in declared.feeds) or "switched off"
    if not feeds:
        return f"none found: {error}" if error else "found with the first crawl"
    return " ".join(feed.url for feed in feeds)


@sources.command()
@click.argument("url")
@click.option("--timezone", help="Zone of dates that state none.")
@click.option("--bridge", help="Your own RSS-Bridge or RSSHub, for services that have no feed.")
@json_option
def discover(url: str, timezone: str | None, bridge: str | None, as_json: bool) -> None:
    """Show what a site, channel or other service offers to poll, and change nothing. At most 12 requests."""
    url = web_address(url)
    with opened() as (config, _):
        answer = _search_site(config, LookupTask("feeds", (url,), timezone, bridge=bridge))
    _print_found(answer, as_json=as_json)
    if not answer.search.chosen:
        echo(f"{url}: {_why_nothing(answer)}", err=True)
    sys.exit(0 if answer.search.chosen else 1)


sources.add_command(propose)


@sources.command("check")
@click.argument("names", nargs=-1)
@json_option
def check_sources(names: tuple[str, ...], as_json: bool) -> None:
    """Read the list and one page of each source (all that are enabled, or NAMES), and store nothing.

    One line a source: how its list was found, its entries and the newest date, the words, headline and date of the
    first page, and what is wrong. Exit code 1 means that a source gave no article.
    """
    with opened() as (config, connection):
        chosen = _chosen_sources(config, names)
        if not chosen:
            raise ConfigError("no source is enabled: add one with `seedwatch sources add URL`")
        task = LookupTask("sources", (), sources=tuple(_to_check(declared) for declared in chosen))
        if sys.stderr.isatty():
            echo(f"looking at {counted(len(chosen), 'source')} ...", err=True)
        answers: list[SourceCheck] = asyncio.run(
            look_up(config.database, task, access_text(config, os.environ))
        )
        names_known = [declared.source.name for declared in chosen]
        learnt = {
            name: learnt_shapes(shapes.outcomes(connection, name, clock.now() - LEARNT_WITHIN))
            for name in names_known
        }
    order = {declared.source.name: number for number, declared in enumerate(chosen)}
    checks = sorted(answers, key=lambda check: order[check.name])
    _print_checks(checks, learnt, as_json=as_json)
    sys.exit(0 if all(check.words is not None for check in checks) else 1)


@sources.command()
@click.argument("url")
@click.option("--name", help="Name of the source; default: made of the host.")
@click.option("--title", default="", help="Name for people.")
@click.option("--language", help="ISO 639-1, such as ko.")
@click.option("--country", help="ISO 3166-1 alpha-2, such as kp.")
@click.option("--timezone", help="IANA name, such as Asia/Pyongyang.")
@click.option("--link-pattern", help="Regular expression that article addresses of section pages match.")
@click.option("--tag", "tags", multiple=True, help="Name of a group that it belongs to; may be repeated.")
@click.option("--bridge", help="Your own RSS-Bridge or RSSHub, for services that have no feed.")
@click.option(
    "--robots",
    type=click.Choice(["all", "pages"]),
    default="all",
    show_default=True,
    help="What robots.txt rules: all, or only pages, and not the feed that you follow.",
)
@click.option(
    "--browser", is_flag=True, help="Show its pages in a browser before they are read: made by JavaScript."
)
@click.option("--password-env", help="The variable that holds a mailbox's password.")
@click.option("--password-file", help="The file whose first line is a mailbox's password.")
@json_option
def add(
    url: str,
    name: str | None,
    title: str,
    language: str | None,
    country: str | None,
    timezone: str | None,
    link_pattern: str | None,
    tags: tuple[str, ...],
    bridge: str | None,
    robots: str,
    browser: bool,
    password_env: str | None,
    password_file: str | None,
    as_json: bool,
) -> None:
    """Find the feeds of the site, channel, newsletter or podcast at URL, and add it to seedwatch.toml.

    One article is read on the way, and told. The feeds that are fetched serve as the first poll. URL may be a mailbox,
    too: imaps://USER@HOST/FOLDER, with --password-env or --password-file.
    """
    if is_mailbox(url):
        passwords = MailboxOptions(password_env, password_file)
        _add_mailbox(
            url, passwords, Source(name or "", title, None, country, language, timezone, tags=tags), as_json
        )
        return
    url = web_address(url)
    with opened() as (config, connection):
        check_address(url)
        names = {declared.source.name for declared in config.sources}
        _check_new(name or "", names)
        service = recognise(url, bridge)
        if service is None or not service.is_certain:
            _check_new(name or _name_of(url), names)
        task = LookupTask(
            "feeds",
            (url,),
            timezone,
            language=language,
            link_pattern=link_pattern,
            bridge=bridge,
            tries_pages=True,
        )
        asks = (service.asks or (url,)) if service else (url,)
        own = HostAccess(
            "",
            (politeness_key(url),) if browser else (),
            browser=browser,
            open_feeds=tuple(map(url_key, asks)) if robots == "pages" else (),
        )
        if browser and (lacking := missing()):
            raise ConfigError(f"--browser: {lacking}")
        answer = _search_site(config, task, own if own != HostAccess("", ()) else None)
        if not answer.search.chosen:
            _print_found(answer, as_json=as_json)
            raise SeedwatchError(f"{url}: {_why_nothing(answer)}; nothing was added")
        found_title = title or answer.search.chosen[0].title[:100]
        chosen_name = name or _new_name(url, answer.search.service, found_title)
        _check_new(chosen_name, names)
        source = Source(
            chosen_name,
            found_title,
            url,
            country,
            language,
            timezone,
            link_pattern=link_pattern,
            text=answer.check.text if answer.check else "page",
            tags=tags,
        )
        feeds = tuple(
            DeclaredFeed(candidate.url, FeedKind(candidate.kind)) for candidate in answer.search.chosen
        )
        access = SourceAccess(robots=robots, browser=browser or "auto")
        changed = add_source(config.path, SourceSettings(source, feeds, access), os.environ)
        sync_present(connection, changed, os.environ, clock.now())
        waiting = _store_first_polls(connection, chosen_name, answer, clock.now())
    _print_found(answer, as_json=as_json)
    if not as_json:
        _tell_reading(chosen_name, answer.check)
        echo(
            f"\nadded {chosen_name} to {config.path}; {counted(waiting, 'article')} "
            f"{'waits' if waiting == 1 else 'wait'} for `seedwatch crawl {chosen_name}`"
        )


def _add_mailbox(url: str, passwords: MailboxOptions, wanted: Source, as_json: bool) -> None:
    """Try the mailbox at *url*, and add it; a wrong password, or a folder that is not there, adds nothing."""
    with opened() as (config, connection):
        added = mailbox_source(url, passwords, wanted, config)
        _check_new(added.source.name, {declared.source.name for declared in config.sources})
        check = try_mailbox(config, added, _to_check(added))
        if not check.answered or check.problem.startswith(("login", "no_folder", "protocol", "too_large")):
            raise SeedwatchError(f"{url}: {check.problem}; nothing was added")
        sync_present(connection, add_source(config.path, added, os.environ), os.environ, clock.now())
    tell_mailbox(added, check, config.path, as_json=as_json)


@sources.command()
@click.argument("name")
@json_option
def adopt(name: str, as_json: bool) -> None:
    """Poll what a source's site offers in place of its feeds that have died.

    An address in seedwatch.toml is replaced there. What was stored stays.
    """
    adopted: list[tuple[DeadFeed, Offer]] = []
    with opened() as (config, connection):
        if name not in {declared.source.name for declared in config.sources}:
            raise ConfigError(f"there is no source {name!r}")
        for feed in successors.dead(connection, clock.now(), DUE_RULES, [name]):
            if feed.offer is None:
                continue
            declared = next(source for source in config.sources if source.source.name == name)
            if any(known.url == feed.url for known in declared.feeds):
                offered = DeclaredFeed(feed.offer.url, feed.offer.kind)
                config = replace_feed(config.path, name, feed.url, offered, os.environ)
            else:
                successors.take_place(connection, feed, feed.offer)
            adopted.append((feed, feed.offer))
        sync_present(connection, config, os.environ, clock.now())
    if not adopted:
        raise SeedwatchError(f"{name}: no successor of a dead feed is known; `seedwatch status` says why")
    if as_json:
        print_json([{"dead": feed.url, **asdict(offer)} for feed, offer in adopted])
        return
    for feed, offer in adopted:
        echo(f"{name}: {offer_text(offer)} in place of {feed.url}; it is polled next")


@sources.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take a source out of seedwatch.toml. What was stored of it stays."""
    with opened(synced=False) as (config, connection):
        known = [declared.source.name for declared in config.sources]
        if name not in known:
            raise ConfigError(f"there is no source {name!r}; known are: {', '.join(known) or 'none'}")
        changed = remove_source(config.path, name, os.environ)
        sync_present(connection, changed, os.environ, clock.now())
    echo(f"removed {name} from {config.path}; its articles stay")


@sources.command()
@click.argument("old")
@click.argument("new")
def rename(old: str, new: str) -> None:
    """Give a source another name, in seedwatch.toml and with all that was stored of it.

    Articles, links, matches and second looks stay its own. A name that is changed by hand does the same only
    if the feeds, or without feeds the home page, stay.
    """
    with opened(synced=False) as (config, connection):
        if old not in (known := [declared.source.name for declared in config.sources]):
            raise ConfigError(f"there is no source {old!r}; known are: {', '.join(known) or 'none'}")
        sync(connection, config, clock.now())
        # A daemon that sees the changed file waits until the rows are changed, too.
        with transaction(connection):
            if not stored.rename(connection, old, new):
                raise ConfigError(f"{new!r} has articles or links of its own: choose another name")
            changed = rename_source(config.path, old, new, os.environ)
            sync(connection, changed, clock.now())
    echo(f"{old} is called {new} in {config.path}, with all that was stored of it")


@sources.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Add the sources of an OPML or CSV file to seedwatch.toml; those with a known name are left as they are."""
    config = settings()
    text = file.read_text("utf-8", errors="replace")
    lines = read_csv(text) if file.suffix.lower() == ".csv" else read_opml(text)
    known = {declared.source.name for declared in config.sources}
    added = [line for line in lines if line.name not in known]
    if added:
        add_sources(config.path, [_settings_of(line) for line in added], os.environ)
    known_number = len(lines) - len(added)
    echo(
        f"added {counted(len(added), 'source')} to {config.path}; "
        f"{known_number} {'was' if known_number == 1 else 'were'} known"
    )


@sources.command()
@click.option("--format", "kind", type=click.Choice(["opml", "csv"]), default="opml", show_default=True)
def export(kind: str) -> None:
    """Print the sources as OPML or CSV."""
    lines = [_line_of(declared) for declared in settings().sources]
    print_data(write_csv(lines) if kind == "csv" else write_opml(lines))


def _chosen_sources(config: Config, names: Sequence[str]) -> list[SourceSettings]:
    known = {declared.source.name: declared for declared in config.sources}
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no source {name!r}; known are: {', '.join(known) or 'none'}")
    enabled = [declared for declared in known.values() if declared.source.enabled]
    return [known[name] for name in names] if names else enabled


def _to_check(declared: SourceSettings) -> SourceToCheck:
    source = declared.source
    return SourceToCheck(
        source.name,
        source.home,
        tuple((feed.url, feed.kind) for feed in declared.feeds),
        source.timezone,
        source.language,
        source.link_pattern,
        source.text,
    )


def _print_checks(
    checks: Sequence[SourceCheck], learnt: Mapping[str, Sequence[ShapeCount]], *, as_json: bool
) -> None:
    if as_json:
        print_json(
            [{**asdict(check), "learnt": [asdict(shape) for shape in learnt[check.name]]} for check in checks]
        )
        return
    print_columns(
        checks,
        {
            "source": lambda check: check.name,
            "answers": lambda check: "yes" if check.answered else "no",
            "list": lambda check: check.found_by,
            "entries": lambda check: check.entries,
            "newest": lambda check: date_text(check.newest, "day") if check.newest else "",
            "words": lambda check: "" if check.words is None else check.words,
            "headline": lambda check: check.title[:40],
            "date": lambda check: (
                date_text(check.published.at, check.published.precision) if check.published else ""
            ),
            "by": lambda check: check.published.rule if check.published else "",
            "wrong": lambda check: check.problem,
        },
    )
    for check in checks:
        for shape in learnt[check.name]:
            echo(
                f"{check.name}: of addresses like {shape.pattern} {shape.articles} were articles, "
                f"{shape.others} were not"
            )
    disappointing = [check.name for check in checks if check.words is None]
    if disappointing:
        echo(
            f"{counted(len(disappointing), 'source')} gave no article: {', '.join(disappointing)}; "
            "docs/sources.md says what can be done",
            err=True,
        )


def _check_new(name: str, names: Collection[str]) -> None:
    if name in names:
        raise ConfigError(f"there is a source {name!r} already; give another with --name")


def _search_site(config: Config, task: LookupTask, own: HostAccess | None = None) -> SiteAnswer:
    """What is found; *own*: how its host is asked, beside what the settings say."""
    for url in (*task.urls, *([task.bridge] if task.bridge else [])):
        check_address(url)
    check_timezone(task.timezone)
    check_pattern(task.link_pattern)
    plan = access_plan(config, os.environ)
    if own is not None:
        plan = replace(plan, hosts=(*plan.hosts, own))
    (answer,) = asyncio.run(look_up(config.database, task, plan_to_text(plan)))
    sites: SiteAnswer = answer
    return sites


def _store_first_polls(connection: sqlite3.Connection, source: str, answer: SiteAnswer, now: datetime) -> int:
    """What was fetched to find feeds is their first poll; how many articles wait for the next crawl."""
    token, run_id, feeds = begin_run(connection, trigger="manual", names=[source], only_due=False)
    waiting = 0
    for feed in feeds:
        key = url_key(feed.url)
        fetched, document = answer.search.answers.get(key), answer.documents.get(key)
        # A sitemap index is polled anew, for the sitemaps that it names were not all fetched.
        if fetched is None or fetched.page is None or document is None or document.sitemaps:
            continue
        result = first_poll(feed.id, fetched, now)
        queued = ingest(connection, feed, document, result, url=fetched.page.url, run_id=run_id)
        waiting += len(queued)
    decide_polls(connection, now)
    stored.release(connection, token)
    runs.end(connection, run_id, state="finished", now=now)
    return waiting


def _why_nothing(answer: SiteAnswer) -> str:
    search = answer.search
    if search.error == "no_feed":  # recognised, and known to have none
        return search.detail
    what = f"{search.service.kind}: " if search.service else ""
    if search.error is None:
        return f"{what}no feed, sitemap or list of articles was found"
    said = what + (f"{search.error}: {search.detail}" if search.detail else search.error)
    if search.error == "robots" and search.service is not None:
        return (
            f"{said}; if you may follow it as a reader of feeds does, --robots pages asks for it all the same"
        )
    return said


def _print_found(answer: SiteAnswer, *, as_json: bool) -> None:
    chosen = {candidate.url for candidate in answer.search.chosen}
    rows = [
        (
            "yes" if candidate.url in chosen else "",
            candidate.kind.value,
            candidate.how,
            candidate.entries,
            time_text(candidate.newest, none=""),
            candidate.url,
        )
        for candidate in answer.search.found
    ]
    heads = ["use", "kind", "found by", "entries", "newest", "address"]
    if as_json:
        print_json(
            {
                "home": answer.search.home,
                "requests": len(answer.search.answers),
                "error": answer.search.error,
                "detail": answer.search.detail,
                "service": asdict(answer.search.service) if answer.search.service else None,
                "reading": asdict(answer.check) if answer.check else None,
                "found": [dict(zip(heads, row, strict=True)) for row in rows],
            }
        )
        return
    if answer.search.service is not None:
        service = answer.search.service
        echo(f"{service.kind}: {service.note}" if service.note else service.kind)
    if rows:
        print_table(heads, rows)
    echo(counted(len(answer.search.answers), "request"), err=True)


def _tell_reading(name: str, check: SourceCheck | None) -> None:
    """How the article that was read came out."""
    if check is None:
        return
    if check.words is None:
        echo(
            f"\nno article could be read: {check.problem or 'the list is empty'}; "
            + (
                f"`browser = true` of {name} in the settings shows its pages in a browser"
                if check.problem.startswith("needs_browser")
                else f"`seedwatch sources check {name}` tries again"
            ),
            err=True,
        )
        return
    date = (
        f"{date_text(check.published.at, check.published.precision)} by {check.published.rule}"
        if check.published
        else "no date"
    )
    echo(
        f"\nread as an article: {check.title[:80] or 'without a headline'}, {date}, {counted(check.words, 'word')}"
    )
    if check.text == "feed":
        because = f" (its pages: {check.problem})" if check.problem else ""
        echo(f'its articles are what the feed says{because}: text = "feed"')


def _new_name(url: str, service: Service | None, title: str) -> str:
    """The name of a source to be: of its service and its author there, of its title, or of its host."""
    if service is None:
        return _name_of(url)
    of_title = f"{service.kind.split()[0]}-{title}" if title.isascii() and title else ""
    return _slug(service.name or of_title) or _name_of(url)


def _name_of(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "source").removeprefix("www.")
    stem = host.rsplit(".", 1)[0] if not host.replace(".", "").isdigit() else f"{host}-{parts.port or 80}"
    return _slug(stem)


def _slug(text: str) -> str:
    """*text* as a name of at most 60 characters; "" if nothing of it can stand in one."""
    kept = (c if c.isalnum() and c.isascii() else "-" for c in text.lower())
    return "-".join(filter(None, "".join(kept).split("-")))[:60].strip("-")


def _settings_of(line: ListedSource) -> SourceSettings:
    source = Source(
        line.name,
        line.title,
        line.home,
        line.country,
        line.language,
        line.timezone,
        link_pattern=line.link_pattern,
        tags=line.tags,
    )
    polled = {
        FeedKind.FEED: line.feeds,
        FeedKind.SITEMAP: line.sitemaps,
        FeedKind.SECTION: line.sections,
    }
    return SourceSettings(
        source, tuple(DeclaredFeed(url, kind) for kind, urls in polled.items() for url in urls)
    )


def _line_of(declared: SourceSettings) -> ListedSource:
    source = declared.source
    return ListedSource(
        name=source.name,
        title=source.title,
        home=source.home,
        feeds=_declared(declared, FeedKind.FEED),
        sitemaps=_declared(declared, FeedKind.SITEMAP),
        sections=_declared(declared, FeedKind.SECTION),
        link_pattern=source.link_pattern,
        language=source.language,
        country=source.country,
        timezone=source.timezone,
        tags=source.tags,
    )


def _declared(declared: SourceSettings, kind: FeedKind) -> tuple[str, ...]:
    return tuple(feed.url for feed in declared.feeds if feed.kind is kind and not is_mailbox(feed.url))
