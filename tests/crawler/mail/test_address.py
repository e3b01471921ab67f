import pytest

from crawler.mail.address import MailboxAddress, is_mailbox, mailbox_address


def test_an_address_in_parts():
    assert mailbox_address("imaps://you%40example.org@imap.example.org/News/Korea") == MailboxAddress(
        "imaps", "you@example.org", "imap.example.org", 993, "News/Korea"
    )
    assert mailbox_address("IMAP://you@example.org@Mail.Example.org:1143/") == MailboxAddress(
        "imap", "you@example.org", "mail.example.org", 1143, "INBOX"
    )
    assert mailbox_address("imaps://you@[::1]/%ED%95%9C%EA%B5%AD").folder == "한국"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://you@imap.example.org/", ""),
        ("imaps://imap.example.org/Newsletters", "user is missing"),
        ("imaps://@imap.example.org/Newsletters", "user is missing"),
        ("imaps://you:secret@imap.example.org/Newsletters", "password does not belong"),
        ("imaps://you@imap.example.org:99999/x", "ort"),
        ("imaps://you@imap.example.org:0/x", ""),
        ("imaps://you@/x", ""),
        ("imaps://you@im ap.example.org/x", ""),
        ("imaps://you@im%ap/x", ""),
        ("imaps://you@example.org/a%07b", "cannot be written"),
        ("imaps://you@example.org/" + 1_000 * "a", ""),
    ],
)
def test_what_is_no_address(text, said):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its words are compared
        mailbox_address(text)
    assert said in str(caught.value)


def test_the_address_that_is_kept_tells_users_apart_and_names_none():
    one, other = (mailbox_address(f"imaps://{user}@imap.example.org/News%20here").kept for user in "ab")
    assert one != other
    assert one.startswith("imaps://imap.example.org/News%20here#")
    assert is_mailbox(one)
    assert mailbox_address("imap://a@[::1]:1143/x").kept.startswith("imap://[::1]:1143/x#")
    assert not is_mailbox("https://imap.example.org/")


def test_what_lies_on_this_machine():
    local = ("127.0.0.1", "localhost", "[::1]", "127.8.8.8")
    assert all(mailbox_address(f"imap://a@{host}/x").is_local for host in local)
    far = ("imap.example.org", "10.0.0.1", "localhost.example.org", "[2001:db8::1]")
    assert not any(mailbox_address(f"imap://a@{host}/x").is_local for host in far)
