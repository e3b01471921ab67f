"""Mails as newsletters send them, and as nobody should."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from crawler.mail.message import read_mail
from storage.errors import ParseError

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
BODY = (
    "Nine wagons left the northern quay on Friday after customs officers had opened every one of them, the harbour "
    "master said. The ferry that was to carry them had waited for two days."
)
MORE = (
    "A second train is expected on Monday. Its wagons hold timber, and one of them a crane for the new pier."
)


def read(raw: bytes, arrived: str = "29-Nov-2026 08:00:00 +0000", timezone: str | None = None):
    return read_mail(raw, arrived=arrived, timezone=timezone, now=NOW)


def mail(*, html: str = "", plain: str = "", **headers: str) -> bytes:
    message = EmailMessage()
    known = {
        "Subject": "Wagons leave the quay",
        "From": "Harbour Watch <news@mail.harbour.example>",
        "To": "analyst@desk.example",
        "Date": "Sat, 28 Nov 2026 08:00:00 +0900",
        "Message-ID": "<issue-12@mail.harbour.example>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in known.items():
        if value:
            message[name] = value
    message.set_content(plain or "See the HTML.")
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def raw(head: str, body: bytes = BODY.encode()) -> bytes:
    return head.strip().replace("\n", "\r\n").encode("utf-8") + b"\r\n\r\n" + body


def test_a_mail_is_an_article():
    entry = read(mail(plain=BODY, List_Id="Harbour Watch <harbour.lists.example>"))
    assert entry.url == "mid:issue-12@mail.harbour.example"
    assert entry.title == "Wagons leave the quay"
    assert entry.text == BODY
    assert entry.outlet == "harbour.lists.example"
    assert entry.authors == ("Harbour Watch",)
    assert entry.published.at == datetime(2026, 11, 27, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "outlet"),
    [
        ({}, "mail.harbour.example"),
        ({"List_Id": "<News.Harbour.Example>"}, "news.harbour.example"),
        ({"List_Id": "no host at all"}, "mail.harbour.example"),
        ({"List_Id": "<nohost>", "From": "nobody"}, None),
        ({"From": "x@nohost", "Sender": "y@press.example"}, "press.example"),
    ],
)
def test_the_outlet_is_the_list_else_the_sender(headers, outlet):
    assert read(mail(plain=BODY, **headers)).outlet == outlet


def test_without_message_id_the_same_mail_has_the_same_address():
    one, again = (read(mail(plain=BODY, Message_ID="")).url for _ in range(2))
    assert one == again
    assert one.startswith("mid:")
    assert read(mail(plain=MORE, Message_ID="")).url != one


def test_addresses_are_written_as_addresses():
    entry = read(raw("Message-ID: <a b>\nSubject: x"))
    assert " " not in entry.url
    assert read(raw("Message-ID: <пар/оm?#@x.org>\nSubject: x")).url.isascii()


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("=?utf-8?B?0J/QsNGA0L7QvCDRg9GI0ZHQuw==?=", "Паром ушёл"),
        ("=?utf-8?B?0J/QsNGA0L7QvCA=?=\n =?utf-8?B?0YPRiNGR0Ls=?=", "Паром ушёл"),
        ("=?koi8-r?Q?=F0=C1=D2=CF=CD?=", "Паром"),
        ("=?euc-kr?B?ud3G97+sx9Q=?=", "반포연함"),
        ("Паром ушёл", "Паром ушёл"),
        ("=?no-such-charset?Q?Ferry?=", "Ferry"),
        ("=?utf-8?B?A?=", None),
        ("=?nonsense?B?AAECAwQFBgcAAQIDBAUGBw==?=", None),
        ("=?utf-8?Q?=FF=FEx?=", None),
        ("  Ferry\n  leaves  ", "Ferry leaves"),
    ],
)
def test_headlines_are_read_as_they_are_meant(subject, title):
    entry = read(raw(f"Subject: {subject}\nMessage-ID: <a@b.example>"))
    assert entry.title == title if title else entry.title


def test_a_mail_without_subject_has_its_first_words():
    assert read(raw("Message-ID: <a@b.example>")).title.startswith("Nine wagons left the northern quay")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Type: text/plain; charset=koi8-r", "Паром ушёл на север".encode("koi8-r")),
        ("Content-Type: text/plain; charset=utf-8", "Паром ушёл на север".encode("windows-1251")),
        ("Content-Type: text/plain", "Паром ушёл на север, и с ним вагоны".encode()),
        ("Content-Type: text/plain; charset=nonsense", "Паром ушёл на север".encode()),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
            b"0J/QsNGA0L7QvCDRg9GI0ZHQuw==",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
            b"=D0=9F=D0=B0=D1=80=D0=BE=D0=BC =D1=83=D1=88=D1=\r\n=91=D0=BB",
        ),
    ],
)
def test_charsets_and_codings(head, body):
    assert read(raw(f"Message-ID: <a@b.example>\n{head}", body)).text.startswith("Паром ушёл")


ESSAY = f"""<html><head><style>p {{color: red}}</style><title>x</title></head><body>
<div style="display:none">Preview words that fill the list of mails &#847; &zwnj;</div>
<table><tr><td><a href="https://click.harbour.example/l/8f3a9c2e77d04b1f9a?u=reader">
View this email in your browser</a></td></tr><tr><td><h1>Wagons leave the quay</h1><p>{BODY}</p>
<p>{MORE} <a href="https://click.harbour.example/x?u=1">Read on</a></p>
<p>{BODY.replace("Friday", "Thursday")}</p></td></tr>
<tr><td><p>You are receiving this because analyst@desk.example subscribed.</p>
<p>Harbour Watch, all rights reserved. <a href="https://click.harbour.example/u">Unsubscribe</a></p></td></tr></table></body></html>"""


def test_an_essay_in_html_loses_what_every_issue_says():
    entry = read(mail(html=ESSAY))
    assert entry.text.split("\n")[0] == BODY
    assert MORE in entry.text
    for gone in ("Preview", "browser", "Unsubscribe", "subscribed", "analyst", "http", "color", "rights"):
        assert gone not in entry.text, gone


def test_a_digest_keeps_all_its_items():
    items = [f"Harbour {number} reports on pier {number}" for number in range(30)]
    rows = "".join(
        f'<tr><td><a href="https://click.example/{number}">{item}</a></td></tr>'
        for number, item in enumerate(items)
    )
    text = read(mail(html=f"<html><body><table>{rows}</table></body></html>")).text
    assert text.split("\n") == items


def test_nested_tables_and_inline_elements():
    inner = "<table><tr><td>The <b>ferry</b> left<br>at <i>noon</i>.</td><td>Next</td></tr></table>"
    html = f"<table><tr><td>{inner}</td></tr></table>"
    assert read(mail(html=html)).text == "The ferry left\nat noon.\nNext"


def test_the_plain_text_is_taken_where_the_html_says_little():
    assert read(mail(html="<p>Open our app.</p>", plain=f"{BODY}\n\n{MORE}")).text == f"{BODY}\n{MORE}"


def test_plain_text_is_joined_to_paragraphs():
    plain = (
        "Nine wagons left the northern quay on Friday after customs\nofficers had opened every one "
        "of them (https://click.example/a?b=c).\n\nITEMS\n- one\n- two\n\n------\nUnsubscribe: <https://x.example/u>\n"
    )
    assert read(mail(plain=plain)).text.split("\n") == [
        "Nine wagons left the northern quay on Friday after customs officers had opened every one of them .",
        "ITEMS",
        "- one",
        "- two",
    ]


def test_the_readers_own_address_is_left_out_of_a_long_line():
    long = f"{BODY} Write to analyst@desk.example if you know more. {MORE}"
    assert "analyst" not in read(mail(plain=long)).text


@pytest.mark.parametrize(
    ("headers", "html", "said"),
    [
        (
            {"Archived_At": "<https://harbour.example/issues/12?u=reader>"},
            "",
            "in a browser: https://harbour.example/issues/12",
        ),
        (
            {},
            '<p>x</p><a href="https://harbour.example/p/wagons?token=1#x">View in browser</a>',
            "in a browser: https://harbour.example/p/wagons",
        ),
        (
            {"List_Archive": "<https://lists.example/harbour>"},
            ESSAY,
            "its list: https://lists.example/harbour",
        ),
        ({"List_Archive": "<mailto:x@y.example>"}, '<p>x</p><a href="javascript:x">View in browser</a>', ""),
    ],
)
def test_where_else_it_can_be_read_is_kept_without_what_knows_the_reader(headers, html, said):
    assert read(mail(plain=BODY, html=html, **headers)).summary == said


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sat, 28 Nov 2026 08:00:00 +0000 (UTC)", "2026-11-28T08:00:00+00:00"),
        ("yesterday", "2026-11-29T08:00:00+00:00"),
        ("Sat, 28 Nov 2099 08:00:00 +0000", "2026-11-29T08:00:00+00:00"),
        ("", "2026-11-29T08:00:00+00:00"),
    ],
)
def test_dates_that_cannot_be_are_those_of_the_arrival(date, expected):
    assert read(mail(plain=BODY, Date=date)).published.at.isoformat() == expected


def test_a_date_that_nobody_can_read_is_kept_as_it_was_written():
    entry = read(raw("Date: one of these days\nMessage-ID: <a@b.example>"), arrived="")
    assert (entry.published, entry.unread_date) == (None, "one of these days")


def test_attachments_are_no_text():
    message = EmailMessage()
    message["Subject"] = "Report"
    message.set_content(BODY)
    message.add_attachment("secret words", subtype="plain", filename="x.txt")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="x.pdf")
    assert read(message.as_bytes()).text == BODY


def test_what_has_no_text_is_no_article():
    assert read(mail(plain="https://x.example/only")) is None
    assert read(b"") is None
    assert read(raw("Content-Type: image/png", b"\x89PNG\r\n\x1a\n" + bytes(200))) is None
    assert read(raw("Content-Type: text/html", b'{"markup": "<html><body>x</body></html>"}')) is None
    assert read(raw("Content-Type: text/plain", b"\x00\x01\x02\x03" * 100)) is None
    assert read(raw("Content-Type: text/html", b"<html><body>" + b"<table>" * 20_000)) is None


def test_a_mail_of_parts_within_parts_ends():
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number)
        for number in range(5_000)
    )
    with pytest.raises(ParseError, match="cannot be read"):
        read(b"Subject: deep\r\n" + deep)


def test_many_parts_are_read_up_to_a_bound():
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nA ferry leaves.\r\n"
    entry = read(
        b"Subject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + 1_000 * part + b"--b--"
    )
    assert entry.text.count("ferry") == 199


def test_lines_of_megabytes_are_read_in_time():
    entry = read(raw("Message-ID: <a@b.example>", b"ferry " * 400_000))
    assert len(entry.text) <= 500_000
    entry = read(raw("Message-ID: <a@b.example>\nContent-Type: text/html", b"<p>" + b"x" * 3_000_000))
    assert len(entry.text) <= 500_000
