"""What the settings say of how hosts are asked, as crawls take it; and what of it cannot work. I/O edge.

Secrets come out of here for a crawl's process alone; sentences for people name files and variables, never values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crawler.browser.installed import missing
from crawler.downloader.access import AccessPlan, HostAccess, MailboxAccess, plan_to_text, shown_proxy
from crawler.mail.address import mailbox_address
from crawler.urls import politeness_key, url_key
from scheduler.config.records import Config, SourceAccess, SourceSettings

_FROM_ENVIRONMENT = "env:"
_PASSWORD_CHARACTERS = 1_000
# Stands for a proxy that is not known: whoever wants one must not be asked for without it.
_UNKNOWN_PROXY = "http://unknown-proxy.invalid"


def access_text(config: Config, environment: Mapping[str, str], *, with_files: bool = False) -> str:
    """The plan of *config* as crawls are given it; "" where all hosts are asked alike.

    *with_files*: with what stands in the files that it names, for machines that do not have them.
    """
    plan = access_plan(config, environment)
    if with_files:
        plan = replace(plan, hosts=tuple(_with_cookies(host) for host in plan.hosts))
    return plan_to_text(plan)


def access_plan(config: Config, environment: Mapping[str, str]) -> AccessPlan:
    """How hosts of single sources are asked, in order of the settings; a proxy that is not known leads nowhere."""
    special = [source for source in config.sources if source.access != SourceAccess()]
    hosts = (_host(source, environment) for source in special if not source.access.imap)
    mailboxes = (
        mailbox_access(source, config.crawl.proxy, environment) for source in special if source.access.imap
    )
    return AccessPlan(tuple(hosts), _proxy(config.crawl.proxy, environment), tuple(mailboxes))


def access_problems(
    config: Config, environment: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, str]]:
    """What cannot work: the key in the settings, and a sentence."""
    named = config.crawl.proxy
    if missing := _missing(named, environment):
        yield "crawl.proxy", f"{missing} is not set here: nothing is asked for without the proxy"
    for source in config.sources:
        key = f"source {source.source.name}"
        for value in (
            source.access.proxy or "",
            *(header.partition(":")[2] for header in source.access.headers),
        ):
            if missing := _missing(value.strip(), environment):
                yield key, f"{missing} is not set here"
        if source.access.cookies_file and (problem := _cookie_problem(source, now)):
            yield key, f"cookies_file: {problem}"
        if source.access.browser is True and (problem := _browser_problem(source, config)):
            yield key, f"browser: {problem}"
        if source.access.imap and (problem := _mailbox_problem(source, config.crawl.proxy, environment)):
            yield key, f"imap: {problem}"


def access_notes(config: Config) -> Iterator[tuple[str, str]]:
    """What is less safe, or otherwise than people expect: the source's name ("": all), and a sentence."""
    if config.crawl.proxy:
        yield "", f"all hosts are asked by {_shown(config.crawl.proxy)}"
    for source in config.sources:
        yield from _notes_of(source)


def _notes_of(source: SourceSettings) -> Iterator[tuple[str, str]]:
    access, name = source.access, source.source.name
    if not access.verify_tls:
        yield (
            name,
            "its certificates are not checked (verify_tls = false): anybody on the way may change its pages",
        )
    if access.legacy_tls:
        yield name, "old encryption will do for it (legacy_tls = true)"
    if access.proxy:
        yield name, f"is asked by {_shown(access.proxy)}"
    if access.robots == "pages":
        yield name, "robots.txt rules its pages alone, not its feeds (robots = 'pages')"
    if access.plain_imap:
        yield name, "its password and mails may cross the network unencrypted (plain_imap = true)"


def access_lines(source: SourceSettings) -> list[str]:
    """How the hosts of *source* are asked where that differs from the usual; names of headers and files, no values."""
    access = source.access
    lines = [text for _, text in _notes_of(source)]
    if access.browser is True:
        lines.append("its pages are shown in a browser before they are read")
    if access.imap:
        lines.append("it is a folder of a mailbox, which is read and never changed")
    if access.headers:
        names = ", ".join(header.partition(":")[0].strip() for header in access.headers)
        lines.append(f"it is sent headers of its own: {names}")
    if access.cookies_file:
        lines.append(f"it is sent cookies from {Path(access.cookies_file).name}")
    if access.user_agent:
        lines.append(f"we call ourselves {access.user_agent}")
    return lines


def _host(source: SourceSettings, environment: Mapping[str, str]) -> HostAccess:
    access = source.access
    return HostAccess(
        source=source.source.name,
        domains=_domains(source),
        headers=tuple(_headers(access, environment)),
        user_agent=access.user_agent or "",
        cookies_file=str(cookie_path(source)) if access.cookies_file else "",
        verify_tls=access.verify_tls,
        legacy_tls=access.legacy_tls,
        proxy=_proxy(access.proxy, environment),
        browser=access.browser is True,
        open_feeds=tuple(url_key(feed.url) for feed in source.feeds) if access.robots == "pages" else (),
    )


def _with_cookies(host: HostAccess) -> HostAccess:
    """*host* with its cookies; of a file that cannot be read the machine that needs it will say so."""
    if not host.cookies_file:
        return host
    try:
        return replace(host, cookies=Path(host.cookies_file).read_text("utf-8"))
    except (OSError, ValueError):
        return host


def mailbox_access(
    source: SourceSettings, general_proxy: str, environment: Mapping[str, str]
) -> MailboxAccess:
    """How the mailbox of a source is read, or why it is not; *general_proxy*: by which all hosts are asked."""
    access = source.access
    address = mailbox_address(access.imap or "")
    encryption = "tls" if address.scheme == "imaps" else "starttls"
    if encryption == "starttls" and (address.is_local or access.plain_imap):
        encryption = "none" if address.is_local else "optional"
    return MailboxAccess(
        url=address.kept,
        host=address.host,
        port=address.port,
        folder=address.folder,
        user=address.user,
        password=_mailbox_password(source, environment),
        encryption=encryption,
        verify_tls=access.verify_tls,
        problem=_mailbox_problem(source, general_proxy, environment),
    )


def _mailbox_password(source: SourceSettings, environment: Mapping[str, str]) -> str:
    access = source.access
    if access.imap_password_env:
        return environment.get(access.imap_password_env, "")
    if not access.imap_password_file:
        return ""
    try:
        with _beside(source, access.imap_password_file).open(encoding="utf-8", errors="replace") as file:
            return file.readline(_PASSWORD_CHARACTERS).rstrip("\r\n")
    except OSError:
        return ""


def _mailbox_problem(source: SourceSettings, general_proxy: str, environment: Mapping[str, str]) -> str:
    """Why the mailbox of a source cannot be read; "" if nothing is known."""
    access = source.access
    if (general_proxy or access.proxy) and not mailbox_address(access.imap or "").is_local:
        return "a mailbox cannot be read by a proxy, and is not read without it"
    if _mailbox_password(source, environment):
        return ""
    if access.imap_password_env:
        return f"{access.imap_password_env} is not set here"
    if access.imap_password_file:
        return f"'{access.imap_password_file}' cannot be read, or its first line is empty"
    return "its password is missing: give imap_password_env or imap_password_file"


def _browser_problem(source: SourceSettings, config: Config) -> str:
    """Why the pages of a source cannot be shown in a browser; "" if nothing is known."""
    if config.crawl.proxy or source.access.proxy:
        return "a page cannot be shown by a proxy, and is not asked without it"
    return "" if config.cluster.is_set else missing()  # workers show it, wherever they are


def _domains(source: SourceSettings) -> tuple[str, ...]:
    urls = (source.source.home, *(feed.url for feed in source.feeds))
    return tuple(dict.fromkeys(politeness_key(url) for url in urls if url))


def _headers(access: SourceAccess, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The headers, with the values that stand in the environment; those that stand nowhere are left out."""
    for line in access.headers:
        name, _, value = line.partition(":")
        value = value.strip()
        if value.startswith(_FROM_ENVIRONMENT):
            value = environment.get(value.removeprefix(_FROM_ENVIRONMENT), "")
        if value.isprintable() and value:
            yield name, value


def _proxy(named: str | None, environment: Mapping[str, str]) -> str:
    if not named or not named.startswith(_FROM_ENVIRONMENT):
        return named or ""
    return environment.get(named.removeprefix(_FROM_ENVIRONMENT), "") or _UNKNOWN_PROXY


def _shown(named: str) -> str:
    return f"the proxy in {named[4:]}" if named.startswith(_FROM_ENVIRONMENT) else shown_proxy(named)


def _missing(value: str, environment: Mapping[str, str]) -> str:
    """The variable that *value* names and that is not set; "" if none is."""
    name = value.removeprefix(_FROM_ENVIRONMENT)
    return name if value.startswith(_FROM_ENVIRONMENT) and not environment.get(name) else ""


def cookie_path(source: SourceSettings) -> Path:
    """The file of a source's cookies, which is named relative to the file that declares the source."""
    return _beside(source, source.access.cookies_file or "")


def _beside(source: SourceSettings, name: str) -> Path:
    """A file that is named relative to the one that declares *source*."""
    return (source.file.parent / name if source.file else Path(name)).absolute()


def _cookie_problem(source: SourceSettings, now: datetime) -> str:
    """Why the file of a source's cookies is of no use; "" if it is."""
    from http.cookiejar import (  # it loads what speaks HTTP, which no other command needs
        LoadError,
        MozillaCookieJar,
    )

    path = cookie_path(source)
    jar = MozillaCookieJar(str(path))
    try:
        jar.load(ignore_discard=True, ignore_expires=True)
    except LoadError:
        return (
            f"'{path.name}' is no file in Netscape's format; its first line is '# Netscape HTTP Cookie File'"
        )
    except (OSError, ValueError) as error:
        return f"'{path.name}' cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}"
    domains = _domains(source)
    own = [cookie for cookie in jar if politeness_key(f"https://{cookie.domain.lstrip('.')}/") in domains]
    own += [cookie for cookie in jar if any(domain.startswith(f"{cookie.domain}:") for domain in domains)]
    if not own:
        return f"'{path.name}' has no cookie for {', '.join(domains)}"
    ends = [cookie.expires for cookie in own]
    if all(end and end < now.timestamp() for end in ends):
        last = datetime.fromtimestamp(max(end or 0 for end in ends), UTC)
        return f"the last cookie in '{path.name}' expired on {last:%Y-%m-%d}: write the file anew from your browser"
    return ""
