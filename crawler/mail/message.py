"""A mail into an entry that is an article by itself: headline, text, date, author, outlet. Pure.

Nothing that a mail names is ever asked for. Links are left out of the text, for in newsletters they lead over counters
that know the reader; so is the reader's own address, and what every issue says about subscriptions.
"""

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from hashlib import blake2b
from urllib.parse import quote, urlsplit

from lxml.html import HtmlElement

from crawler import limits
from crawler.documents.entries import first_words
from crawler.pages.extract import explain_page
from crawler.pages.page_tree import PageTree, drop_hidden, read_tree
from crawler.text.dates import read_date, unread_date
from crawler.text.encoding import decode
from crawler.text.storable import storable_line
from crawler.urls import clean_link
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import Page, Rejection, StatedDate
from storage.records.sources import FeedEntry

_HEADER_CHARACTERS = 2_000
_PARTS = 200
# The page reader's text is taken where it holds so much of what the mail shows; of an issue made of many short pieces
# it finds one, and the others would be lost.
_READ_SHARE = 0.6
# A line of more words is part of an article, whatever it speaks of.
_FURNITURE_WORDS = 40
_FURNITURE = re.compile(
    r"unsubscri|opt[ -]out\b|\bin (?:your|a|the) browser\b|\bview (?:this |it )?(?:e-?mail )?(?:in browser|online)\b"
    r"|\bweb version\b|online version"
    r"|(?:manage|update|change|edit) (?:your |my )?(?:email |e-mail |newsletter )?(?:preferences|subscription|settings)"
    r"|you(?:['’]re| are)? (?:receiv|get)\w* this|this (?:e-?mail|message|newsletter) (?:was|is|has been) sent"
    r"|forward(?:ed)? (?:this )?(?:e-?mail|to a friend)|add us to your address book|all rights reserved"
    r"|im browser|abmelden|abbestellen|désabonner|désinscri|navigateur|darse de baja|cancelar (?:la |tu )?suscripci"
    r"|отписаться|отказаться от рассылки|в браузере|수신\s?거부|구독\s?(?:취소|해지)|브라우저에서"
    r"|配信停止|購読(?:停止|解除)|ブラウザで|退订|退訂|取消订阅|取消訂閱|浏览器(?:中|查看)|瀏覽器",
    re.IGNORECASE,
)
_IN_BROWSER = re.compile(
    r"\bbrowser\b|\bview (?:it |this )?online\b|web version|online version|navigateur|в браузере"
    r"|브라우저|ブラウザ|浏览器|瀏覽器",
    re.IGNORECASE,
)
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
_UNREAD = frozenset(("script", "style", "head", "title", "noscript", "template", "select", "textarea"))
# What stands in place of nothing: soft hyphens and joiners, with which mails fill the line that lists of mails preview.
_FILLERS = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
_ADDRESS = re.compile(r"[(<\[]?\s*https?://[^\s<>\"')\]]+\s*[)>\]]?", re.IGNORECASE)
_RULE = re.compile(r"[\W_]+")
_ITEM = re.compile(r"\s*(?:[-*•–—·>]|\d{1,3}[.)])\s")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_LIST_ID = re.compile(r"<\s*([^<>\s]+)\s*>\s*$")
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{3,400})\s*>")
# Plain text is broken at some 60 to 80 characters; a line of less than half of that ends by itself.
_BROKEN_CHARACTERS = 30
# Part of a path that names a reader, not an article: letters and digits mixed, without hyphens between words.
_TOKEN = re.compile(r"(?<![A-Za-z0-9+_=~])(?=[A-Za-z+_=~]*\d)[A-Za-z0-9+_=~]{16,}")
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Body:
    """What a mail shows: its HTML and its plain text, the parts of each joined; "" for none."""

    html: str
    plain: str


def read_mail(raw: bytes, *, arrived: str, timezone: str | None, now: datetime) -> FeedEntry | None:
    """The entry that the mail *raw* is, which its server got when *arrived* says; None if it has no text.

    Its address is ``mid:`` with the mail's Message-ID (RFC 2392); without one, with a hash of what it says. Its outlet
    is the List-Id, else the sender's domain.

    Raises:
        ParseError: ``not_text``: it is no mail that can be read.
    """
    try:
        mail = message_from_bytes(raw[: limits.PAGE_BYTES], policy=policy.compat32)
        body = _body(mail)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ParseError("not_text", f"the mail cannot be read: {type(error).__name__}") from error
    title = storable_line(_header(mail, "Subject"))[: limits.TITLE_CHARACTERS]
    outlet, author = _outlet(mail), _author(mail)
    url = f"mid:{quote(_identity(mail, raw), safe='@.!$*+-=_~')}"
    readers = _readers(mail)
    text = "\n".join(_shown_lines(_text(body, outlet, now), title, readers))[: limits.TEXT_CHARACTERS]
    if not count_words(text):
        return None
    stated = _header(mail, "Date")
    published = _date(stated, arrived, timezone, now)
    return FeedEntry(
        url,
        title or first_words(text),
        published=published,
        unread_date=None if published else unread_date(stated, arrived),
        text=text,
        authors=(author,) if author else (),
        outlet=outlet,
        summary=_elsewhere(mail, body),
    )


def _header(mail: "Message[str, str]", name: str) -> str:
    """A header's text, its encoded words read; "" if there is none."""
    raw = next((value for key, value in mail.raw_items() if key.lower() == name.lower()), "")
    return _decoded(str(raw)[:_HEADER_CHARACTERS])


def _decoded(raw: str) -> str:
    """A header as it is meant: encoded words (RFC 2047), or bytes that are simply written there."""
    line = " ".join(raw.encode("ascii", "surrogateescape").decode("latin-1").split())
    try:
        parts = decode_header(line)
    except (HeaderParseError, binascii.Error, ValueError):
        parts = [(line, None)]
    read = [_read_part(part, charset) for part, charset in parts]
    return storable_line("".join(read))


def _read_part(part: str | bytes, charset: str | None) -> str:
    data = part.encode("latin-1", "replace") if isinstance(part, str) else part
    try:
        return data.decode(charset) if charset else decode(data, "")
    except (LookupError, UnicodeDecodeError, ParseError):
        pass
    try:
        return decode(data, f"text/plain; charset={charset}")
    except ParseError:
        return data.decode("utf-8", "replace")


def _identity(mail: "Message[str, str]", raw: bytes) -> str:
    """What tells the mail from all others, however often it is delivered."""
    stated = _MESSAGE_ID.search(str(next((v for k, v in mail.raw_items() if k.lower() == "message-id"), "")))
    if stated:
        return stated[1].encode("ascii", "surrogateescape").decode("latin-1")
    head = "\n".join(_header(mail, name) for name in ("Date", "From", "Subject"))
    end = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1]
    return blake2b(head.encode() + end, digest_size=12).hexdigest()


def _outlet(mail: "Message[str, str]") -> str | None:
    """The host that names the newsletter: its List-Id, else the sender's domain; None: neither is one."""
    listed = _LIST_ID.search(_header(mail, "List-Id"))
    senders = [address for _, address in getaddresses([_header(mail, "From"), _header(mail, "Sender")])]
    for named in (listed[1] if listed else "", *(address.rpartition("@")[2] for address in senders)):
        host = named.strip(". ").lower()
        if _HOST.fullmatch(host) and len(host) <= 253:
            return host
    return None


def _author(mail: "Message[str, str]") -> str:
    named = [name for name, _ in getaddresses([_header(mail, "From")])]
    return storable_line(named[0])[:200] if named else ""


def _readers(mail: "Message[str, str]") -> tuple[str, ...]:
    """The addresses that the mail was sent to, lower case."""
    headers = [_header(mail, name) for name in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")]
    return tuple(address.lower() for _, address in getaddresses(headers) if "@" in address)


def _date(stated: str, arrived: str, timezone: str | None, now: datetime) -> StatedDate | None:
    """When it was sent; where it does not say, or says what cannot be, when it arrived."""
    for text in (re.sub(r"\([^()]*\)", " ", stated), arrived.replace("-", " ", 2)):
        if date := read_date(text, rule="mail", timezone=timezone, now=now):
            return date
    return None


def _body(mail: "Message[str, str]") -> _Body:
    """The texts of a mail, without what is attached."""
    found: dict[str, list[str]] = {"text/html": [], "text/plain": []}
    for number, part in enumerate(mail.walk()):
        if number >= _PARTS:
            break
        kind = part.get_content_type()
        if kind in found and not part.is_multipart() and part.get_content_disposition() != "attachment":
            found[kind].append(_payload(part, kind))
    return _Body("\n".join(found["text/html"]), "\n\n".join(found["text/plain"]))


def _payload(part: "Message[str, str]", kind: str) -> str:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)  # it has no parts
    charset = str(part.get_param("charset") or "")
    try:
        return decode(data, f"{kind}; charset={charset}" if charset.isascii() else kind)
    except ParseError:  # it is called text, and is none
        return ""


def _text(body: _Body, outlet: str | None, now: datetime) -> list[str]:
    """The lines that the mail shows: those of its HTML, unless that holds little of what its plain text says."""
    shown, read = _html_lines(body.html, outlet, now) if body.html.strip() else ([], "")
    if count_words(read) >= _READ_SHARE * count_words("\n".join(shown)):
        shown = read.split("\n")
    plain = _plain_lines(body.plain)
    return plain if count_words("\n".join(shown)) * 2 < count_words("\n".join(plain)) else shown


def _html_lines(markup: str, outlet: str | None, now: datetime) -> tuple[list[str], str]:
    """All that the markup shows, block by block, and the text that the reader of pages finds in it."""
    url = f"https://{outlet or 'mail.invalid'}/mail"
    whole = (
        markup
        if re.search(r"<(?:html|body)\b", markup[:20_000], re.I)
        else f"<html><body>{markup}</body></html>"
    )
    page = Page(url, whole.encode("utf-8", "replace"), "text/html; charset=utf-8", now)
    tree = read_tree(page)
    if isinstance(tree, Rejection):
        return [], ""
    drop_hidden(tree.root)
    read = explain_page(page, None, timezone=None, language=None, everything=False).text
    return _block_lines(tree.root), read


def _block_lines(root: HtmlElement) -> list[str]:
    pieces: list[str] = []
    for event, element in _walked(root):
        is_block = element.tag in _BLOCKS
        if event == "start":
            pieces += ["\n" if is_block else "", element.text or ""]
        else:
            pieces += ["\n" if is_block else "", element.tail or ""]
    return "".join(
        piece if piece == "\n" else " ".join(f"|{piece}|".split())[1:-1] for piece in pieces
    ).split("\n")


def _walked(root: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """The start and end of each element that is shown, in order; not recursive, for mails are nested deeply."""
    waiting: list[tuple[str, HtmlElement]] = [("start", root)]
    while waiting:
        event, element = waiting.pop()
        is_unread = element.tag in _UNREAD or not isinstance(element.tag, str)
        if event == "start" and not is_unread:
            yield event, element
        if event == "end":
            yield event, element
        else:
            waiting.append(("end", element))
            waiting += [] if is_unread else [("start", child) for child in reversed(element)]


def _plain_lines(text: str) -> list[str]:
    """Plain text as paragraphs: lines that were broken for the width of a screen are joined."""
    paragraphs = []
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        joined: list[str] = []
        for line in block.split("\n"):
            if joined and len(joined[-1]) >= _BROKEN_CHARACTERS and not _ITEM.match(line):
                joined[-1] = f"{joined[-1].rstrip()} {line.strip()}"
            else:
                joined.append(line.strip())
        paragraphs += joined
    return paragraphs


def _shown_lines(lines: Sequence[str], title: str, readers: tuple[str, ...]) -> Iterator[str]:
    """*lines* without addresses, rules, the headline above the text, and what stands in every issue."""
    begun = False
    for line in lines:
        text = storable_line(_ADDRESS.sub(" ", _FILLERS.sub("", line)))
        if not text or _RULE.fullmatch(text) or (not begun and text.lower() == title.lower()):
            continue
        named = [reader for reader in readers if reader in text.lower()]
        if (named or _FURNITURE.search(text)) and count_words(text) <= _FURNITURE_WORDS:
            continue
        for reader in named:
            text = re.sub(re.escape(reader), "…", text, flags=re.IGNORECASE)
        begun = True
        yield text


def _elsewhere(mail: "Message[str, str]", body: _Body) -> str:
    """Where the mail says that it, or else its list, can be read in a browser, in words; "" if it does not say.

    It is kept as text and never asked for, without its query and not if its path knows the reader.
    """
    stated = [_header(mail, "Archived-At").strip("<> ")]
    page = Page(
        "https://mail.invalid/", body.html.encode("utf-8", "replace"), "text/html; charset=utf-8", _NO_TIME
    )
    tree = read_tree(page) if body.html.strip() else None
    if isinstance(tree, PageTree):
        anchors = (anchor for anchor in tree.root.iter("a") if anchor.get("href"))
        stated += [
            str(one.get("href")) for one in anchors if _IN_BROWSER.search(str(one.text_content())[:200])
        ]
    if address := next(filter(None, map(_plain_address, stated)), ""):
        return f"in a browser: {address}"
    archives = re.findall(r"<\s*(https?://[^<>\s]+)\s*>", _header(mail, "List-Archive"))
    address = next(filter(None, map(_plain_address, archives)), "")
    return f"its list: {address}" if address else ""


def _plain_address(address: str) -> str:
    """A web address without query and fragment; "" if it is none, or a part of its path is a sign for the reader."""
    is_web = address.lower().startswith(("http://", "https://"))
    url = clean_link(address, address) if is_web else None
    plain = urlsplit(url)._replace(query="", fragment="").geturl() if url else ""
    return "" if _TOKEN.search(plain) else plain
