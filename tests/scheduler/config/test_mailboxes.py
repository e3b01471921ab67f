"""Mailboxes in the settings: what is allowed, what a crawl is told of them, and what cannot work."""

from pathlib import Path

import pytest

from crawler.downloader.access import AccessPlan, plan_from_text
from scheduler.config.access import access_notes, access_plan, access_text
from scheduler.config.edit import add_source, rename_source
from scheduler.config.load import load_config
from scheduler.config.records import SourceAccess, SourceSettings
from storage.errors import ConfigError
from storage.records.sources import FeedKind, Source
from storage.sources.sources import DeclaredFeed

ADDRESS = "imaps://you%40example.org@imap.example.org/Newsletters"
KEPT = "imaps://imap.example.org/Newsletters#"


def written(folder: Path, *lines: str, above: str = "") -> Path:
    path = folder / "seedwatch.toml"
    path.write_text("\n".join([above, "[[source]]", 'name = "letters"', *lines, ""]))
    return path


def problems(folder: Path, *lines: str, environment: dict[str, str] | None = None, above: str = "") -> str:
    return "\n".join(load_config(written(folder, *lines, above=above), environment or {}).warnings)


def test_a_mailbox_is_a_feed_whose_mails_have_no_pages(tmp_path):
    (source,) = load_config(written(tmp_path, f'imap = "{ADDRESS}"')).sources
    assert source.source.text == "feed"
    assert [(feed.kind, feed.url[: len(KEPT)]) for feed in source.feeds] == [(FeedKind.FEED, KEPT)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['imap = "imaps://imap.example.org/x"'], "the user is missing"),
        (['imap = "imaps://you:hush@imap.example.org/x"'], "a password does not belong there"),
        ([f'imap = "{ADDRESS}"', 'feeds = ["https://a.example/rss"]'], "cannot stand beside feeds"),
        ([f'imap = "{ADDRESS}"', 'wayback = "a.example/x/"'], "cannot stand beside wayback"),
        (
            [f'imap = "{ADDRESS}"', 'imap_password_env = "A"', 'imap_password_file = "b"'],
            "cannot stand beside imap_password_file",
        ),
        ([f'imap = "{ADDRESS}"', "[[source]]", 'name = "b"', f'imap = "{ADDRESS}"'], "is polled already"),
    ],
)
def test_what_is_not_allowed_is_told_without_a_password(tmp_path, lines, said):
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(written(tmp_path, *lines))
    assert "hush" not in str(caught.value)


def test_two_users_of_one_host_are_two_mailboxes(tmp_path):
    other = ADDRESS.replace("you", "me")
    path = written(tmp_path, f'imap = "{ADDRESS}"', "[[source]]", 'name = "b"', f'imap = "{other}"')
    assert len({feed.url for source in load_config(path).sources for feed in source.feeds}) == 2


def test_what_cannot_work_is_a_warning(tmp_path):
    mailbox = f'imap = "{ADDRESS}"'
    assert "its password is missing" in problems(tmp_path, mailbox)
    of_variable = [mailbox, 'imap_password_env = "MAIL"']
    assert "MAIL is not set here" in problems(tmp_path, *of_variable)
    assert "imap" not in problems(tmp_path, *of_variable, environment={"MAIL": "x"})
    assert "'none.txt' cannot be read" in problems(tmp_path, mailbox, 'imap_password_file = "none.txt"')
    proxy = '[crawl]\nproxy = "http://proxy.example:1"\n'
    assert "by a proxy" in problems(tmp_path, *of_variable, environment={"MAIL": "x"}, above=proxy)
    local = ['imap = "imap://you@127.0.0.1:1143/x"', 'imap_password_env = "MAIL"']
    assert "by a proxy" not in problems(tmp_path, *local, environment={"MAIL": "x"}, above=proxy)


@pytest.mark.parametrize(
    ("lines", "encryption"),
    [
        ([f'imap = "{ADDRESS}"'], "tls"),
        (['imap = "imap://you@imap.example.org/x"'], "starttls"),
        (['imap = "imap://you@imap.example.org/x"', "plain_imap = true"], "optional"),
        (['imap = "imap://you@127.0.0.1:1143/x"'], "none"),
    ],
)
def test_encryption_may_be_missing_only_on_this_machine_or_by_a_setting(tmp_path, lines, encryption):
    config = load_config(written(tmp_path, *lines))
    (mailbox,) = access_plan(config, {}).mailboxes
    assert mailbox.encryption == encryption
    assert bool(list(access_notes(config))) is (encryption == "optional")


def test_a_crawl_is_told_of_mailboxes_with_their_passwords(tmp_path):
    (tmp_path / "mail.txt").write_text("hush 77 \nmore")
    path = written(tmp_path, f'imap = "{ADDRESS}"', 'imap_password_file = "mail.txt"', "verify_tls = false")
    config = load_config(path)
    plan = plan_from_text(access_text(config, {}))
    (url,) = (feed.url for feed in config.sources[0].feeds)
    mailbox = plan.mailbox(url)
    assert (mailbox.user, mailbox.password, mailbox.host) == (
        "you@example.org",
        "hush 77 ",
        "imap.example.org",
    )
    assert (mailbox.port, mailbox.folder, mailbox.verify_tls, mailbox.problem) == (
        993,
        "Newsletters",
        False,
        "",
    )
    assert "hush" not in repr(plan)
    assert plan.hosts == ()
    assert AccessPlan().mailbox(url) is None


def test_a_mailbox_is_added_and_renamed_in_the_file(tmp_path):
    path = tmp_path / "seedwatch.toml"
    path.write_text("")
    feeds = (
        DeclaredFeed(
            load_config(written(tmp_path, f'imap = "{ADDRESS}"')).sources[0].feeds[0].url, FeedKind.FEED
        ),
    )
    path.write_text("")
    access = SourceAccess(imap=ADDRESS, imap_password_env="MAIL")
    add_source(path, SourceSettings(Source("letters", text="feed"), feeds, access))
    renamed = rename_source(path, "letters", "post").sources[0]
    assert (renamed.source.name, renamed.access, renamed.feeds) == ("post", access, feeds)
    assert "feeds" not in path.read_text()
