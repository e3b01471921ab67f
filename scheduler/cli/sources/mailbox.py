"""Mailboxes that are to be added: what is written of them, and one look at their mails."""

import asyncio
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from crawler.discovery.lookups import LookupTask, SourceCheck, SourceToCheck
from crawler.downloader.access import plan_to_text
from crawler.mail.address import mailbox_address
from crawler.text.storable import slug
from scheduler.cli.output import date_text, echo, print_json
from scheduler.config.access import access_plan, mailbox_access
from scheduler.config.load import Config, SourceSettings
from scheduler.config.records import SourceAccess
from scheduler.daemon.child import look_up
from scheduler.wording import counted
from storage.errors import ConfigError
from storage.records.sources import FeedKind, Source
from storage.sources.sources import DeclaredFeed


@dataclass(frozen=True, slots=True)
class MailboxOptions:
    """Where a mailbox's password stands; None: not there."""

    password_env: str | None
    password_file: str | None


def mailbox_source(url: str, passwords: MailboxOptions, wanted: Source, config: Config) -> SourceSettings:
    """The source that reads the mailbox at *url*; without a name it is called after its folder.

    Raises:
        ConfigError: *url* is no address of a mailbox, or it is not said where its password stands.
    """
    try:
        address = mailbox_address(url)
    except ValueError as error:
        reason = f" ({error})" if str(error) else ""
        raise ConfigError(
            f"{url.rpartition('@')[2]!r} is no address of a mailbox{reason}; allowed is such as "
            "imaps://you%40example.org@imap.example.org/Newsletters"
        ) from error
    if bool(passwords.password_env) == bool(passwords.password_file):
        raise ConfigError(
            "say where the mailbox's password stands: --password-env NAME of a variable, or --password-file FILE"
        )
    name = wanted.name or slug(address.folder.rpartition("/")[2]) or slug(address.host)
    access = SourceAccess(
        imap=url, imap_password_env=passwords.password_env, imap_password_file=passwords.password_file
    )
    feeds = (DeclaredFeed(address.kept, FeedKind.FEED),)
    return SourceSettings(replace(wanted, name=name, text="feed"), feeds, access, config.path)


def try_mailbox(config: Config, added: SourceSettings, source: SourceToCheck) -> SourceCheck:
    """How the mailbox does."""
    plan = access_plan(config, os.environ)
    own = mailbox_access(added, config.crawl.proxy, os.environ)
    task = LookupTask("sources", (), sources=(source,))
    plan = replace(plan, mailboxes=(*plan.mailboxes, own))
    checks: list[SourceCheck] = asyncio.run(look_up(config.database, task, plan_to_text(plan)))
    return checks[0]


def tell_mailbox(added: SourceSettings, check: SourceCheck, path: Path, *, as_json: bool) -> None:
    """What was found and written."""
    if as_json:
        print_json({"name": added.source.name, "reading": asdict(check)})
        return
    echo("mailbox: each mail is an article; nothing in it is changed")
    if check.words is None:
        echo(f"nothing was read yet: {check.problem}", err=True)
    else:
        date = (
            date_text(check.published.at, check.published.precision) if check.published else "without a date"
        )
        echo(f"read as an article: {check.title[:80]}, {date}, {counted(check.words, 'word')}")
    echo(
        f"\nadded {added.source.name} to {path}; `seedwatch crawl {added.source.name}` reads "
        f"{counted(check.entries, 'mail')} of the last month"
    )
