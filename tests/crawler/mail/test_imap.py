"""A folder read from real servers on 127.0.0.1: honest ones, liars and those that hang."""

import threading
from datetime import date
from typing import Any

import pytest

from crawler import limits
from crawler.downloader.access import MailboxAccess
from crawler.mail import imap
from crawler.mail.imap import MailboxError, MailboxReader, imap_folder
from tests.support.imap import PASSWORD, USER, ImapServer, Talk, end, serving_mail
from tests.support.servers import Authority, unanswered_port

TODAY = date(2026, 11, 29)


def access(server: ImapServer, **more: Any) -> MailboxAccess:
    values: dict[str, Any] = {
        "url": server.url(),
        "host": "127.0.0.1",
        "port": server.port,
        "folder": server.folder,
        "user": USER,
        "password": PASSWORD,
        "encryption": "tls" if server.scheme == "imaps" else "none",
    }
    return MailboxAccess(**(values | more))


def look(server: ImapServer, cursor: str | None = None, **more: Any):
    return MailboxReader(access(server, **more), answer_s=5, look_s=10).look(cursor, TODAY)


def mails(*uids: int) -> dict[int, bytes]:
    return {uid: f"Subject: mail {uid}\r\n\r\nText {uid}\r\n".encode() for uid in uids}


def failure(server: ImapServer, **more: Any) -> MailboxError:
    with pytest.raises(MailboxError) as caught:
        look(server, **more)
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_mails_come_once_and_nothing_is_changed():
    with serving_mail(mails(3, 5, 9)) as server:
        first = look(server)
        assert [mail.uid for mail in first.mails] == [3, 5, 9]
        assert first.mails[0].body == server.mails[3]
        assert first.mails[0].arrived == "2-Nov-2026 08:00:00 +0000"
        assert first.cursor == "7:9"
        again = look(server, first.cursor)
        assert (again.mails, again.cursor) == ((), "7:9")
        server.mails |= mails(10)
        assert [mail.uid for mail in look(server, again.cursor).mails] == [10]
    words = {command.split(" ")[0] for command in server.commands}
    assert words == {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID", "LOGOUT"}
    assert "UID SEARCH SINCE 30-Oct-2026" in server.commands
    assert all("PEEK" in command for command in server.commands if "BODY" in command)


def test_a_folder_that_is_numbered_anew_is_read_anew():
    with serving_mail(mails(1, 2), validity=8) as server:
        found = look(server, "7:400")
    assert ([mail.uid for mail in found.mails], found.cursor, found.is_anew) == ([1, 2], "8:2", True)


def test_an_empty_folder_waits():
    with serving_mail() as server:
        assert look(server).cursor == "7:0"
        server.mails |= mails(4)
        assert look(server, "7:0").cursor == "7:4"


def test_one_look_has_a_bound_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr(imap, "MAILS", 3)
    with serving_mail(mails(*range(1, 9))) as server:
        first = look(server)
        assert ([mail.uid for mail in first.mails], first.waiting) == ([6, 7, 8], 0)
        second = look(server, "7:1")
        assert ([mail.uid for mail in second.mails], second.waiting, second.cursor) == ([2, 3, 4], 4, "7:4")
        monkeypatch.setattr(imap, "LOOK_BYTES", 70)
        third = look(server, second.cursor)
        assert ([mail.uid for mail in third.mails], third.waiting) == ([5, 6], 2)


def test_many_mails_are_asked_for_in_parts(monkeypatch):
    monkeypatch.setattr(imap, "_TOGETHER", 2)
    with serving_mail(mails(*range(1, 6))) as server:
        assert [mail.uid for mail in look(server).mails] == [1, 2, 3, 4, 5]
    assert sum("BODY" in command for command in server.commands) == 3


def test_a_mail_of_100_megabytes_is_left_out_before_it_is_asked_for():
    with serving_mail(mails(1, 2, 3), sizes={2: 100 * 2**20}) as server:
        found = look(server)
    assert [mail.uid for mail in found.mails] == [1, 3]
    assert found.left_out == ("mail 2 has 104857600 bytes",)
    assert found.cursor == "7:3"
    assert not any(
        "2" in command.split(" ")[2].split(",") for command in server.commands if "BODY" in command
    )


def test_login_without_authenticate_and_a_password_beyond_ascii():
    with serving_mail(mails(1), capabilities="IMAP4rev1") as server:
        assert len(look(server).mails) == 1
        assert failure(server, password="пароль").reason == "login"
    assert "LOGIN" in server.commands


def test_refusals_have_their_reason():
    with serving_mail(mails(1)) as server:
        assert failure(server, password="wrong").reason == "login"
        assert failure(server, folder="Elsewhere").reason == "no_folder"
        assert failure(server, encryption="starttls").reason == "tls"
        assert failure(server, port=unanswered_port()).reason == "refused"
        assert failure(server, host="no-such-host.invalid").reason == "dns"
        assert failure(server, encryption="tls").reason == "tls"
        assert len(look(server, encryption="optional").mails) == 1
    with serving_mail(mails(1), capabilities="IMAP4rev1 LOGINDISABLED") as server:
        assert failure(server).reason == "login"
        assert "LOGIN" not in server.commands


def test_certificates_are_checked(tmp_path):
    own = Authority.made_in(tmp_path).context("127.0.0.1", signed_by_itself=True)
    with serving_mail(mails(1), tls=own) as server:
        assert failure(server).reason == "tls"
        assert len(look(server, verify_tls=False).mails) == 1


def on(word: str, *lines: str | bytes):
    """A server that answers a command with these lines, and nothing more."""

    def fault(talk: Talk, command: str) -> bool:
        if not command.startswith(word):
            return False
        talk.say(*lines)
        return end(talk)

    return fault


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [
        (on("GREETING", "* BYE too many"), {"protocol", "reset"}),
        (on("GREETING", "HTTP/1.1 400 Bad Request"), {"protocol", "reset"}),
        (on("GREETING"), {"protocol", "reset"}),
        (on("EXAMINE", "* OK [UIDVALIDITY never] x"), {"protocol", "reset"}),
        (on("UID SEARCH", "* SEARCH 1 2", "+ go on"), {"protocol", "reset"}),
        (on("UID SEARCH", b"* SEARCH " + 2_000_000 * b"1"), {"protocol", "reset", "too_large"}),
        (on("UID FETCH 1,2 (RFC", "* 1 FETCH (UID 1 RFC822.SIZE {99999999999}"), {"too_large"}),
        (on("UID FETCH 1,2 (UID", "* 1 FETCH (UID 1 BODY[] {104857600}", 100 * b"a"), {"too_large"}),
        (on("UID FETCH 1,2 (UID", "* 1 FETCH (UID 1 BODY[] {1000}", 100 * b"a"), {"protocol", "reset"}),
        (
            on("UID FETCH 1,2 (UID", *(60 * [b"* OK " + 900_000 * b"x"])),
            {"too_large"},
        ),
    ],
)
def test_whatever_a_server_sends_the_look_ends_with_a_reason(fault, reasons):
    with serving_mail(mails(1, 2), fault=fault) as server:
        assert failure(server).reason in reasons


def test_uids_that_are_none_are_passed_over():
    lies = "* SEARCH 2 2 0 -4 99999999999999 four 2 1 4294967296"
    done = threading.Event()

    def fault(talk: Talk, command: str) -> bool:
        if command.startswith("UID SEARCH") and not done.is_set():
            done.set()
            talk.say(lies)
        return False

    with serving_mail(mails(1, 2), fault=fault) as server:
        found = look(server)
    assert [mail.uid for mail in found.mails] == [1, 2]


def test_mails_that_nobody_asked_for_are_none():
    def fault(talk: Talk, command: str) -> bool:
        if "BODY" in command:
            talk.say("* 9 FETCH (UID 9 BODY[] {4}", b"spam)", "* 8 FETCH (BODY[] {4}", b"spam)")
        return False

    with serving_mail(mails(1), fault=fault) as server:
        assert [mail.uid for mail in look(server).mails] == [1]


def test_what_came_before_a_fault_is_kept(monkeypatch):
    monkeypatch.setattr(imap, "_TOGETHER", 1)
    with serving_mail(mails(1, 2, 3), fault=on("UID FETCH 2 (UID")) as server:
        found = look(server)
    assert [mail.uid for mail in found.mails] == [1]
    assert found.cursor == "7:1"
    assert found.problem.startswith(("reset", "protocol"))
    assert found.waiting == 2


def test_a_server_that_drips_or_says_nothing_is_cut_off():
    going = threading.Event()

    def drip(talk: Talk, command: str) -> bool:
        if command.startswith("EXAMINE"):
            while not going.wait(0.01):
                talk.wfile.write(b"*")
        return False

    def silent(_: Talk, command: str) -> bool:
        return command.startswith("EXAMINE") and not going.wait(20)

    for fault in (drip, silent):
        with serving_mail(mails(1), fault=fault) as server:
            with pytest.raises(MailboxError) as caught:
                MailboxReader(access(server), answer_s=5, look_s=0.3).look(None, TODAY)
            assert caught.value.reason == "timeout"
    going.set()


def test_aborted_from_another_thread():
    with serving_mail(mails(1)) as server:
        reader = MailboxReader(access(server), answer_s=20)
        server.fault = lambda talk, command: (
            command.startswith("EXAMINE") and (reader.abort(), talk.rfile.read(1))[0] is None
        )
        with pytest.raises(MailboxError) as caught:
            reader.look(None, TODAY)
    assert caught.value.reason == "timeout"


@pytest.mark.parametrize(
    ("name", "written"),
    [("INBOX", "INBOX"), ("News & views", "News &- views"), ("한국", "&1VytbQ-"), ("Tür/x", "T&APw-r/x")],
)
def test_names_of_folders(name, written):
    assert imap_folder(name) == written


def test_no_mail_is_larger_than_a_page():
    with serving_mail(mails(1)) as server:
        look(server)
    assert any(f"<0.{limits.PAGE_BYTES}>" in command for command in server.commands)
