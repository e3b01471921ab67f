"""What an address is by itself: a channel, newsletter, forum or podcast; and where that has its feed. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from crawler.discovery.service_rules import RULES, Naming, Rule

_SCHEME = re.compile(r"(?:feed|rss|podcast|pcast|itpc):(?://)?(https?:(?://)?)?", re.IGNORECASE)
# What a person writes down of an address: "t.me/channel", "www.example.org/news".
_BARE = re.compile(r"(?:[\w-]{1,63}\.)+[a-z]{2,24}(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
# Addresses in which readers keep that of a feed.
_WRAPPED = re.compile(
    r"https?://(?:www\.)?(?:feedly\.com/i/subscription/(?:content/)?feed(?:/|%2f)"
    r"|inoreader\.com/feed/|theoldreader\.com/feeds/subscribe\?url=|newsblur\.com/\?url=)(.+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Service:
    """What an address was recognised as.

    Attributes:
        kind: for people, such as "YouTube channel".
        name: of the source to be; "" where its title makes a better one.
        asks: addresses of its feed, the likeliest first; empty where *naming* or *problem* says more.
        text: where its articles are from, as the setting of sources has it: "page" or "feed".
        note: what it gives, and what it does not; "" if nothing is special.
        missing: what to tell where *asks* gives no feed; "" for nothing special.
        problem: why it cannot be read, and what can be done; "" if it can.
        is_certain: False: the address only looks so, and where *asks* gives nothing it is a site like any other.
    """

    kind: str
    name: str = ""
    asks: tuple[str, ...] = ()
    text: str = "page"
    note: str = ""
    problem: str = ""
    missing: str = ""
    naming: Naming | None = None
    is_certain: bool = True


def web_address(text: str) -> str:
    """What a person gave as an address, as one that can be asked for: scheme added, feed readers' wrapping taken off.

    What looks like no address is given back as it is.
    """
    address = text.strip()
    if scheme := _SCHEME.match(address):
        address = (scheme[1] or "https://") + address[scheme.end() :]
    elif _BARE.fullmatch(address):
        address = f"https://{address}" if re.search("[/?#]", address) else f"https://{address}/"
    wrapped = _WRAPPED.fullmatch(address)
    return unquote(wrapped[1]) if wrapped else address


def recognise(url: str, bridge: str | None = None) -> Service | None:
    """What the address *url* (absolute) is by its form alone; None: a site, or a feed, like any other.

    *bridge*: the address of the operator's own RSS-Bridge or RSSHub, for services that have no feed.
    """
    parts = urlsplit(url)
    host = re.sub(r"^(?:www|m|mobile)\.", "", parts.netloc.rpartition("@")[2].lower())
    address = f"{host}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")
    for rule in RULES:
        if found := rule.pattern.fullmatch(address):
            groups = {name: value or "" for name, value in found.groupdict().items()}
            return _service(rule, {"scheme": parts.scheme, "host": host, **groups}, bridge)
    return None


def _service(rule: Rule, groups: Mapping[str, str], bridge: str | None) -> Service:
    """What *rule* makes of an address."""
    asks = tuple(template.format(**groups) for template in rule.asks)
    problem = rule.problem
    if rule.bridge and bridge is not None:
        safe = {name: quote(value, safe="@.-_") for name, value in groups.items()}
        asks = tuple(f"{bridge.rstrip('/')}/{path.format(**safe)}" for path in rule.bridge)
        problem = ""
    elif rule.bridge:
        recipes = " or ".join(f"https://YOUR-BRIDGE/{path.format(**groups)}" for path in rule.bridge)
        problem = f"{problem}: run a bridge (RSS-Bridge, RSSHub) and name it by --bridge; its feed is then {recipes}"
    naming = rule.naming and Naming(
        rule.naming.url.format(**groups), rule.naming.pattern, rule.naming.feed, rule.naming.problem
    )
    return Service(
        kind=rule.kind,
        name=rule.name.format(**groups),
        asks=() if problem else asks,
        text=rule.text,
        note=rule.note,
        problem=problem,
        missing=rule.missing,
        naming=naming,
        is_certain=rule.is_certain,
    )


def named_feed(naming: Naming, answer: str) -> str | None:
    """The feed's address that the *answer* to a naming names; None: it names none."""
    found = re.search(naming.pattern, answer)
    return naming.feed.format(found[1].replace("\\/", "/")) if found else None
