"""How hosts of sources are asked otherwise than all others: whose headers, cookies, proxy and encryption. Pure.

What stands here may be secret: it travels from the settings to the crawl's process over a private pipe or its
environment, is kept nowhere, and none of it is shown.
"""

import json
from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from functools import reduce
from urllib.parse import urlsplit

from crawler.urls import politeness_key, url_key

PROXY_PORTS = {"http": 80, "https": 443, "socks5h": 1_080}
"""The kinds of proxies, with the port of each where its address names none."""

ENVIRONMENT_NAME = "SEEDWATCH_ACCESS"
"""The variable in which a crawl's process of its own finds the plan."""


@dataclass(frozen=True, slots=True)
class HostAccess:
    """How the hosts of one source are asked.

    Attributes:
        source: its name.
        domains: registrable domains, as `crawler.urls.politeness_key` gives them; no other gets any of this.
        headers: that are sent with each request.
        user_agent: in place of ours; "": ours.
        cookies_file: absolute path of a file in Netscape's format; "": none.
        cookies: what stands in that file, for machines that do not have it; "": it is read there.
        verify_tls: whether a certificate must be right.
        legacy_tls: whether encryption that was given up elsewhere will do: TLS 1.0, small keys, old renegotiation.
        proxy: the address of a proxy, with user and password if it wants them; "": that of all.
        browser: whether its pages are shown in a browser before they are read.
        open_feeds: keys of addresses that are asked for whatever robots.txt says, as a reader of feeds does.
    """

    source: str
    domains: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    user_agent: str = ""
    cookies_file: str = field(default="", repr=False)
    cookies: str = field(default="", repr=False)
    verify_tls: bool = True
    legacy_tls: bool = False
    proxy: str = field(default="", repr=False)
    browser: bool = False
    open_feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailboxAccess:
    """A folder of a mailbox, and how it is read.

    Attributes:
        url: by which it is polled, as `crawler.mail.address.MailboxAddress.kept` has it.
        encryption: "tls"; "starttls", which must be had; "optional": it where the server offers it; or "none".
        verify_tls: whether its server's certificate must be right.
        problem: why it is not read at all; "" if it is.
    """

    url: str
    host: str
    port: int
    folder: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    encryption: str = "tls"
    verify_tls: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """The hosts that are asked otherwise, the proxy of all others ("": none), and the mailboxes."""

    hosts: tuple[HostAccess, ...] = ()
    proxy: str = field(default="", repr=False)
    mailboxes: tuple[MailboxAccess, ...] = ()

    def mailbox(self, url: str) -> MailboxAccess | None:
        """The mailbox that is polled as *url*; None: its password is not known."""
        return next((mailbox for mailbox in self.mailboxes if mailbox.url == url), None)

    def of(self, url: str) -> HostAccess | None:
        """How the host of *url* is asked; None: as all others.

        Sources of one domain share what each says of it; where two say otherwise, the first counts.
        """
        domain = politeness_key(url)
        own = [host for host in self.hosts if domain in host.domains]
        return reduce(_both, own) if own else None

    def of_host(self, host: str, port: int) -> HostAccess | None:
        """The same for a host that is connected to by TLS."""
        return self.of(f"https://{f'[{host}]' if ':' in host else host}:{port}/")

    def proxy_of(self, url: str) -> str:
        """The proxy by which *url* is asked; "": none."""
        host = self.of(url)
        return host.proxy if host is not None and host.proxy else self.proxy

    def is_open(self, url: str) -> bool:
        """Whether *url* is asked for whatever robots.txt says."""
        key = url_key(url)
        return any(key in host.open_feeds for host in self.hosts)

    @property
    def proxies(self) -> tuple[str, ...]:
        """All proxies, each once."""
        named = (self.proxy, *(host.proxy for host in self.hosts))
        return tuple(dict.fromkeys(filter(None, named)))

    @property
    def proxy_places(self) -> tuple[str, ...]:
        """Host and port of all proxies, as the gate has them."""
        return tuple(place_of(proxy) for proxy in self.proxies)

    @property
    def shows_pages(self) -> bool:
        """Whether pages of some source are shown in a browser."""
        return any(host.browser for host in self.hosts)

    @property
    def changes_connections(self) -> bool:
        """Whether connections are made otherwise than Scrapy's own handler makes them."""
        return bool(self.proxies) or any(host.legacy_tls or not host.verify_tls for host in self.hosts)


def _both(first: HostAccess, other: HostAccess) -> HostAccess:
    """What two sources of one domain say together; the headers of both, each name once."""
    names = {name.lower() for name, _ in first.headers}
    headers = (*first.headers, *(header for header in other.headers if header[0].lower() not in names))
    said = {
        value.name: getattr(other, value.name)
        for value in fields(HostAccess)
        if value.default is not MISSING and getattr(first, value.name) == value.default
    }
    return replace(first, **{**said, "headers": headers})


def place_of(proxy: str) -> str:
    """``host:port`` of a proxy's address, without its user and password."""
    parts = urlsplit(proxy)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or PROXY_PORTS[parts.scheme]}"


def shown_proxy(proxy: str) -> str:
    """A proxy's address as people may see it: without its user and password."""
    return f"{urlsplit(proxy).scheme}://{place_of(proxy)}"


def plan_to_text(plan: AccessPlan) -> str:
    """*plan* as one line; "" for one that asks nothing of anybody."""
    return json.dumps(asdict(plan), ensure_ascii=True) if plan != AccessPlan() else ""


def plan_from_text(text: str) -> AccessPlan:
    """The plan that `plan_to_text` wrote."""
    if not text:
        return AccessPlan()
    values = json.loads(text)
    mailboxes = tuple(MailboxAccess(**mailbox) for mailbox in values["mailboxes"])
    return AccessPlan(tuple(_host(host) for host in values["hosts"]), values["proxy"], mailboxes)


def _host(values: dict[str, object]) -> HostAccess:
    tuples = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    pairs: Sequence[Sequence[str]] = tuples.pop("headers", ())
    return HostAccess(**{**values, **tuples, "headers": tuple((name, text) for name, text in pairs)})  # type: ignore[arg-type]
