"""What the value of a setting must be: a check for each kind. Pure but for the list of time zones."""

import functools
import re
import unicodedata
import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from crawler.cadence.cron import parse_cron
from crawler.downloader.access import PROXY_PORTS
from crawler.limits import URL_CHARACTERS
from crawler.mail.address import mailbox_address
from crawler.text.storable import source_tag
from storage.errors import ConfigError, QueryError
from storage.query import parse_query

Check = Callable[[Any], Any]
"""Gives the value as the records hold it; an error's text is the reason, "" where what is allowed says it all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the values of a setting have in common: their check, and the end of the sentence "... is not allowed;"."""

    check: Check
    allowed: str


LABEL_CHARACTERS = 200
CHANNEL_CHARACTERS = 4_000
HEADER_CHARACTERS = 4_000
# Those that make up the connection, and cookies, which have a file with domains and ends.
_OWN_HEADERS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer"}
    | {"cookie", "proxy-authorization"}
)
NAME_BYTES = 255  # of one file or folder: Linux's NAME_MAX
SECONDS_OF = {"m": 60, "h": 3_600, "d": 86_400}
# Rarer looks than one a month see almost nothing of a feed.
LONGEST_INTERVAL_S = 31 * 86_400

# The codes of ISO 3166-1 alpha-2: those that are left to users (Kosovo's xk among them), and the officially assigned.
COUNTRIES = frozenset(f"x{letter}" for letter in "abcdefghijklmnopqrstuvwxyz") | frozenset(
    """
    ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by bz
    ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fk fm fo fr
    ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo
    jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr
    ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro
    rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv
    tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    """.split()  # noqa: SIM905 - 249 codes are read better as text
)
# The codes of ISO 639-1.
LANGUAGES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
    kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng
    nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su
    sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 - as above
)


def whole_number(low: int, high: int) -> Kind:
    """A whole number within bounds, both included."""

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ConfigError("")
        return value

    return Kind(check, f"a whole number from {low} to {high}")


def seconds(low: int, high: int) -> Kind:
    """A number of seconds within bounds, both included."""

    def check(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise ConfigError("")
        return float(value)

    return Kind(check, f"a number of seconds from {low} to {high}")


def one_of(*choices: str) -> Kind:
    """One of a few words."""

    def check(value: object) -> str:
        if value not in choices:
            raise ConfigError(suggestion(value, choices))
        return str(value)

    *first, last = (f"'{choice}'" for choice in choices)
    return Kind(check, f"{', '.join(first)} or {last}")


def check_entities(value: object) -> str:
    """How many entities must be named: "all", "any", or a number as text."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 9:
        return str(value)
    if value in ("all", "any"):
        return str(value)
    raise ConfigError(suggestion(value, ("all", "any")))


def check_switch(value: object) -> bool:
    """True or false; 0 and 1 are neither."""
    if not isinstance(value, bool):
        raise ConfigError("")
    return value


def check_text(value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise ConfigError("")
    return value


def check_label(value: object) -> str:
    """One line of text, as titles are stored."""
    text = check_text(value)
    if len(text) > LABEL_CHARACTERS or any(unicodedata.category(sign) == "Cc" for sign in text):
        raise ConfigError("")
    return text


def check_tag(value: object) -> str:
    """The name of a group of sources; blanks evened."""
    tag = " ".join(check_label(value).split())
    if not tag or source_tag(tag) != tag:
        raise ConfigError("")
    return tag


def check_path(value: object) -> str:
    """A path or pattern that a file system can hold; whether something is there is not asked."""
    text = check_text(value)
    names = text.encode().split(b"/")
    if not text.strip() or "\0" in text or len(names) > 100 or max(map(len, names)) > NAME_BYTES:
        raise ConfigError("")
    return text


def check_secret_file(value: object) -> str:
    """A path, as `check_path`; not what should stand in the file."""
    if "://" in check_path(value):
        raise ConfigError("")
    return check_path(value)


def check_slug(value: object) -> str:
    """A name that is the same in addresses, on the command line and in the database."""
    if not re.fullmatch(r"[a-z0-9-]{1,60}", check_text(value)):
        raise ConfigError("")
    return check_text(value)


def code(codes: frozenset[str], mistaken: dict[str, str]) -> Check:
    """A check for a code of a standard; *mistaken* has the right one for what is often written instead."""

    def check(value: str) -> str:
        if check_text(value) not in codes:
            lower = value.lower()
            meant = lower if lower in codes else mistaken.get(lower)
            raise ConfigError(f"did you mean '{meant}'?" if meant else "")
        return str(value)

    return check


@functools.cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def check_timezone(value: object) -> str:
    """The name of a zone that this system knows."""
    text = check_text(value)
    if text not in _timezones():
        raise ConfigError(suggestion(text, _timezones()))
    return text


def check_web_address(value: object) -> str:
    """An http(s) address with a host; whether it may be fetched is the gate's to say, at the fetch."""
    text = check_text(value)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:  # brackets without an IPv6 address, a port out of range
        raise ConfigError(str(error)) from error
    if not usable or len(text) > URL_CHARACTERS or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ConfigError("")
    return text


def check_callback_base(value: object) -> str:
    """A web address to which more can be added, without a slash at its end; or nothing."""
    text = check_text(value)
    if not text:
        return text
    if set(text) & set("?#"):
        raise ConfigError("")
    return check_web_address(text).rstrip("/")


def check_contact(value: object) -> str:
    """A mailto: or web address, or nothing."""
    text = check_text(value)
    if not text or re.fullmatch(r"mailto:[^\s@:]+@[^\s@]+", text):
        return text
    return check_web_address(text)


def check_host(value: object) -> str:
    """A host's name or IPv4 address."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?", check_text(value)):
        raise ConfigError("")
    return check_text(value).lower()


def check_host_and_port(value: object) -> str:
    """``host:port``; an IPv6 address stands in brackets."""
    text = check_text(value)
    host, _, port = text.rpartition(":")
    known_host = re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", host)
    if not (known_host and re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65_535):
        raise ConfigError("")
    return text


def check_interval_s(value: object) -> int:
    """Seconds, from a number with m, h or d."""
    match = re.fullmatch(r"([0-9]{1,5})([mhd])", check_text(value))
    seconds = int(match[1]) * SECONDS_OF[match[2]] if match else 0
    if not 60 <= seconds <= LONGEST_INTERVAL_S:
        raise ConfigError("")
    return seconds


def interval_text(seconds: int) -> str:
    """Whole minutes as `check_interval_s` reads them, in the largest unit that fits."""
    unit = next(unit for unit in "dhm" if seconds % SECONDS_OF[unit] == 0 or unit == "m")
    return f"{seconds // SECONDS_OF[unit]}{unit}"


def check_cron(value: object) -> str:
    """A crontab expression whose time comes."""
    parse_cron(check_text(value))
    return " ".join(check_text(value).split())


def check_day_time(value: object) -> str:
    """A time of day, hours and minutes."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", check_text(value)):
        raise ConfigError("")
    return check_text(value)


def check_channel(value: object) -> str:
    """The address of a channel; whether Apprise knows its kind is asked when it is used, for that takes a second."""
    text = check_text(value)
    if (
        not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]{0,40}://[^\s\x00-\x1f\x7f]+", text)
        or len(text) > CHANNEL_CHARACTERS
    ):
        raise ConfigError("")
    return text


def check_dsn(value: object) -> str:
    """Where a PostgreSQL is, as an address or as libpq's keys and values; whether it is there shows in its use."""
    text = check_text(value)
    if not re.fullmatch(r"postgres(?:ql)?://\S+|[a-z_]+\s*=.+", text):
        raise ConfigError("")
    return text


def check_header(value: object) -> str:
    """A header's line that does not steer the connection itself."""
    text = check_text(value)
    name, colon, rest = text.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", name) or not rest.strip():
        raise ConfigError("")
    if re.search(r"[\x00-\x1f\x7f]", text) or len(text) > HEADER_CHARACTERS:
        raise ConfigError("")
    if name.lower() in _OWN_HEADERS:
        raise ConfigError(f"{name} is not yours to set; cookies stand in cookies_file")
    return text


def check_prefix(value: object) -> str:
    """The beginning of web addresses, without their scheme."""
    text = check_text(value)
    if (
        not re.fullmatch(r"[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?/?[^\s?#*]*", text)
        or len(text) > URL_CHARACTERS // 2
    ):
        raise ConfigError("")
    return text


def check_proxy(value: object) -> str:
    """The address of a proxy, or the variable that holds it."""
    text = check_text(value)
    if not text:
        return ""
    if text.startswith("env:"):
        return f"env:{check_name_of_variable(text[4:])}"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in PROXY_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ConfigError("") from error
    if not usable or parts.path not in ("", "/") or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ConfigError("")
    return text


def check_browser(value: object) -> bool | str:
    """Whether pages are shown in a browser, or "auto"."""
    if isinstance(value, bool) or value == "auto":
        return value
    raise ConfigError("")


def check_mailbox(value: object) -> str:
    """The address of a mailbox's folder, without a password."""
    text = check_text(value)
    try:
        mailbox_address(text)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return text


def check_name_of_variable(value: object) -> str:
    """A name that a shell can give to a variable of the environment."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", check_text(value)):
        raise ConfigError("")
    return check_text(value)


def check_pattern(value: object) -> str:
    """A regular expression that compiles."""
    text = check_text(value)
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigError(" ".join(str(error).split())) from error  # it may quote a line end of the pattern
    return text


def check_query(value: object) -> str:
    """The query as it was written; an empty one is none."""
    text = check_text(value)
    if text.strip():
        try:
            parse_query(text)
        except QueryError as error:
            raise ConfigError(str(error)) from error
    return text


def query_warnings(query: str) -> tuple[str, ...]:
    """What of a checked query was read otherwise than some would expect, in order."""
    return parse_query(query).warnings if query.strip() else ()


def suggestion(value: object, choices: Iterable[str]) -> str:
    """``did you mean 'x'?``, or "" where no choice is near."""
    near = get_close_matches(value, sorted(choices), n=1, cutoff=0.7) if isinstance(value, str) else []
    return f"did you mean '{near[0]}'?" if near else ""
