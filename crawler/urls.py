"""Addresses: a key that tells whether two are the same page, the host that is spared, links made safe. Pure."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit

import idna
import tldextract

from crawler import limits

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"(?:https?:)?//([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(.*?)(?::([0-9]*))?", re.DOTALL)

# RFC 3986 section 2.3, and the delimiters that servers treat alike with and without percent-encoding.
_PLAIN = r"A-Za-z0-9._~!$'()*,:@;\-"
_PATH_ODD = re.compile(rf"%[0-9A-Fa-f]{{2}}|[^{_PLAIN}/&=+]")
_PATH_DECODED = re.compile(rf"[{_PLAIN}&=+]")
_QUERY_ODD = re.compile(rf"%[0-9A-Fa-f]{{2}}|[^{_PLAIN}/?&=+]")
_QUERY_DECODED = re.compile(rf"[{_PLAIN}/?]")

_MOBILE_LABEL = re.compile(r"www\d?|m|amp|mobile|wap")
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_INDEX_PAGE = re.compile(r"(?:index|default)\.(?:html?|shtml|php\d?|aspx?|jsp|cfm)", re.IGNORECASE)
_AMP_SUFFIX = re.compile(r"(.*[^.])[-.]amp(\.html?)?", re.IGNORECASE)

# Parameters that never name a page: campaigns, clicks, sessions, AMP viewers, gift links. Whole names or whole
# families; a prefix that may also begin an identifier (`pk_id`, `mc`) is spelled out.
_TRACKER = re.compile(
    "|".join(
        (
            r"utm[_.-][a-z_]+\d?|(?:mtm|piwik|matomo|hsa|itm|stm|vero|oly|wt|cx|gaa|__twitter|_hs|guce)[_.]\w+",
            r"pk_(?:campaign|kwd|keyword|source|medium|content|cid|vid|cpn)|mc_(?:cid|eid|tc)",
            r"at_(?:medium|campaign|format|variant|creation|custom\w*|link\w*|bbc\w*|ptr\w*)|_hsenc|_hsmi",
            r"ns_(?:mchannel|source|campaign|linkname|fee)|ga_(?:source|medium|term|content|campaign|place)",
            r"fb_(?:action\w*|comment_id|ref|source)|fbclid|__tn__|__xts__\w*|__cft__\w*",
            r"gclid|gclsrc|dclid|gbraid|wbraid|yclid|ysclid|msclkid|twclid|ttclid|igshid|igsh|li_fat_id",
            r"_ga|_gl|_ke|xtor|cmpid|ocid|icid|smid|smtyp|taid|ncid|itid|hpid|mbid|spm|trk|trkcampaign|mkt_tok",
            r"traffic_source|soc_src|soc_trk|guccounter|wprov|zanpid|s_kwcid|ef_id|wickedid|dicbo|tblci",
            r"ref_src|ref_url|rb_clickid|share_token|unlocked_article_code",
            r"amp_js_v|amp_gsa|amp_r|usqp|aoh|phpsessid|jsessionid|aspsessionid\w*",
        )
    ),
    re.IGNORECASE,
)
# Parameters that name a page on some sites and the way to it on others: dropped only with a value that is no
# identifier. Lists of trackers that drop `ref` whole merge the articles `?ref=40021` and `?ref=40022`.
_AMBIGUOUS = re.compile(
    "|".join(
        (
            r"(?i:ref|referr?er|source|src|from|via|feature|shared?|sr_share|partner|ito)"
            r"=(?:[A-Z]?[a-z]+(?:[+_./|:-]+[A-Z]?[a-z]+)*|[A-Z_-]+)",
            r"(?i:cmp|campaign|medium)=[A-Za-z]+(?:[+_./|:-]+[A-Za-z]+)*",  # Share_AndroidApp_Other
            r"(?i:(?:amp|print|rss|mobile)(?:=(?:1|true|yes|on|y)?)?)",
            r"(?i:(?:view|output|outputtype)=(?:amp|print|mobile|rss))",
            r"s=[0-9]{2}",  # the share sheets of Twitter and X: s=20, s=21, s=46
            r"sid=[0-9a-fA-F]{24,}",
            r"sh=(?=[0-9]*[a-f])[0-9a-f]{6,}",  # the share token of forbes.com
        )
    )
)

# Of what is left out those that name a page on some sites all the same: there evidence of the host decides.
_DOUBTFUL = re.compile(
    r"ref|referr?er|source|src|from|via|feature|shared?|partner|ito|sid|sh|ncid|icid|ocid|itid|taid|mbid|hpid|smid"
)
_FRAGMENT_PARAMETER = re.compile(r"([a-z_]\w*)=([^&=]+)", re.IGNORECASE)

# Whose redirects, caches and archives are taken off an address. A closed list: a pattern ("google.*") lets anybody who
# registers such a name speak for other outlets. Google's by https://www.google.com/supported_domains.
_GOOGLE_ENDINGS = """
com cat ad ae al am as at az ba be bf bg bi bj bs by ca cd cf cg ch ci cl cm cn cv cz de dj dk dm dz ee es fi fm fr ga
ge gg gl gm gr gy hn hr ht hu ie im iq is it je jo kg ki kz la li lk lt lu lv md me mg mk ml mn mu mv mw ne nl no nr nu
pl pn ps pt ro rs ru rw sc se sh si sk sm sn so sr st td tg tl tm tn to tt vu ws
co.ao co.bw co.ck co.cr co.id co.il co.in co.jp co.ke co.kr co.ls co.ma co.mz co.nz co.th co.tz co.ug co.uk co.uz co.ve
co.vi co.za co.zm co.zw
com.af com.ag com.ar com.au com.bd com.bh com.bn com.bo com.br com.bz com.co com.cu com.cy com.do com.ec com.eg com.et
com.fj com.gh com.gi com.gt com.hk com.jm com.kh com.kw com.lb com.ly com.mm com.mt com.mx com.my com.na com.ng com.ni
com.np com.om com.pa com.pe com.pg com.ph com.pk com.pr com.py com.qa com.sa com.sb com.sg com.sl com.sv com.tj com.tr
com.tw com.ua com.uy com.vc com.vn
"""
_WRAPPER_HOSTS = frozenset(f"google.{ending}" for ending in _GOOGLE_ENDINGS.split()) | {
    "web.archive.org",
    "l.facebook.com",
    "lm.facebook.com",
    "bing.com",
    "cdn.ampproject.org",
}
_AMP_CACHE = ".cdn.ampproject.org"  # a host for each outlet
_WRAPPED_PATH = re.compile(
    r"(?:.+\.)?cdn\.ampproject\.org/[a-z]/(s/)?(?P<amp>.+)"
    r"|google\.[a-z.]+/amp/(s/)?(?P<viewer>[^/]+\..+)"
    r"|web\.archive\.org/web/[0-9]+\w*/(?:https?:/)?(?P<archive>[^/]+\..+)",
    re.IGNORECASE,
)
_WRAPPED_QUERY = {
    "url": ("url", "q"),  # google.com/url, as in Google Alerts
    "l.php": ("u",),  # l.facebook.com
    "news/apiclick.aspx": ("url",),  # the feeds of Bing News
}
_WRAPPERS_DEEP = 5
_ARCHIVE = "web.archive.org/"  # it keeps what its outlet may have no more


def url_key(url: str) -> str:
    """A key that is equal for the addresses of one page; never an address to fetch.

    Scheme, credentials, default port, www and mobile hosts, trackers, sessions, AMP forms and fragments are left
    out; what may name a page stays, path case and ``#!`` and ``#/`` routes too. The wrappers of AMP caches,
    web.archive.org and of the redirects of Google, Bing and Facebook are taken off. The key of a key with
    ``http://`` before it is the key itself. An address that is not http(s) is returned as it is, without blanks
    around it.
    """
    for _ in range(_WRAPPERS_DEEP):
        key, wrapped = _key_or_wrapped(url)
        if wrapped is None:
            return key
        url = wrapped
    return key


def answered_key(url: str) -> str:
    """The key of an address that answered: as `url_key`, but a wrapper that answers itself speaks for itself.

    What an archive or a cache serves is no answer of the outlet whose address it carries.
    """
    return _key_or_wrapped(url)[0]


def doubtful_parameters(url: str) -> dict[str, str]:
    """What `url_key` leaves out of *url* though it may name a page, by name in small letters; "#id" of a fragment."""
    parts = _ADDRESS.match(_CONTROL.sub("", url).strip())
    if parts is None:
        return {}
    query, fragment = parts[3] or "", parts[4] or ""
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = _normal(part, _QUERY_ODD, _QUERY_DECODED).partition("=")
        is_left_out = _TRACKER.fullmatch(name) or _AMBIGUOUS.fullmatch(f"{name}={value}")
        if value and is_left_out and _DOUBTFUL.fullmatch(name.lower()):
            found[name.lower()] = value
    if (pair := _FRAGMENT_PARAMETER.fullmatch(fragment)) and not _TRACKER.fullmatch(pair[1]):
        found[f"#{pair[1].lower()}"] = _normal(pair[2], _QUERY_ODD, _QUERY_DECODED)
    return found


def doubtful_difference(one: str, other: str) -> str | None:
    """The one doubtful parameter in which two addresses with the same key differ; None: in none, or in several."""
    before, after = doubtful_parameters(one), doubtful_parameters(other)
    if before.keys() != after.keys():
        return None
    names = [name for name, value in after.items() if value != before[name]]
    return names[0] if len(names) == 1 else None


def key_with(url: str, name: str) -> str:
    """The key of *url* with a doubtful parameter that it has, of a host where that names the page."""
    key, value = url_key(url), doubtful_parameters(url)[name]
    sign = "" if name.startswith("#") else "&" if "?" in key else "?"
    return f"{key}{sign}{name}={value}"


def key_of_answer(asked: str, key: str, came: str) -> str:
    """The key of the address that *came*, where *asked*, which is known by *key*, was asked for."""
    answered = answered_key(came)
    if answered == answered_key(asked):
        return key
    told = [name for name in doubtful_parameters(asked) if key_with(asked, name) == key]
    is_kept = bool(told) and doubtful_parameters(came).get(told[0]) == doubtful_parameters(asked)[told[0]]
    return key_with(came, told[0]) if is_kept else answered


def asked_address(url: str) -> tuple[str, str]:
    """The address to ask for where *url* is listed, and its key: what a redirect or an AMP cache carries, not these.

    An archive is asked itself, and has a key of its own: who lists it must not stand before the outlet's address.
    """
    key, wrapped = _key_or_wrapped(url)
    for _ in range(_WRAPPERS_DEEP):
        inside = None if wrapped is None or key.startswith(_ARCHIVE) else clean_link(wrapped, wrapped)
        if inside is None:
            break
        url = inside
        key, wrapped = _key_or_wrapped(url)
    return url, key


def _key_or_wrapped(url: str) -> tuple[str, str | None]:
    """The key, and the address inside it if it is a wrapper."""
    url = _CONTROL.sub("", url).strip().replace("\\", "/")
    parts = _ADDRESS.match(url)
    if parts is None:
        return url, None
    authority, path, query, fragment = parts.groups(default="")
    host = _key_host(authority)
    segments = _segments(_PATH_SESSION.sub("", _normal(path, _PATH_ODD, _PATH_DECODED)))
    short = _shortened(segments)
    tail = _key_query(query) + _route(fragment)
    wrapped = None
    if host in _WRAPPER_HOSTS or host.endswith(_AMP_CACHE):
        wrapped = _wrapped(host, segments, tail) or _wrapped(host, short, tail)
    return f"{host}/{'/'.join(short)}{tail}", wrapped


@lru_cache(maxsize=4_096)
def _key_host(authority: str) -> str:
    """The host without credentials, default port, and www and mobile labels; IDNA, lower case."""
    match = _AUTHORITY.fullmatch(authority.rpartition("@")[2])
    host, port = match.groups() if match else (authority, None)
    labels = _ascii_host(host).rstrip(".").split(".")
    while len(labels) > 2 and _MOBILE_LABEL.fullmatch(labels[0]):
        del labels[0]
    number = (port or "").lstrip("0")
    return ".".join(labels) + (f":{number}" if number not in ("", "80", "443") else "")


def _ascii_host(host: str) -> str:
    """*host* in IDNA (UTS 46) and lower case; what IDNA refuses only in lower case."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except UnicodeError:
        return host.lower()


def _normal(text: str, odd: re.Pattern[str], decoded: re.Pattern[str]) -> str:
    """*text* with one way of percent-encoding: upper case, UTF-8, only where it must be."""

    def one_way(match: re.Match[str]) -> str:
        found = match[0]
        if len(found) == 3 and found[0] == "%":
            character = chr(int(found[1:], 16))
            return character if decoded.fullmatch(character) else found.upper()
        return quote(found, safe="", errors="surrogatepass")

    return odd.sub(one_way, text)


def _segments(path: str) -> list[str]:
    """The segments of *path* without empty ones and dots (RFC 3986 section 5.2.4)."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return kept


def _shortened(segments: list[str]) -> list[str]:
    """*segments* without index page and AMP marks, until none is left."""
    while segments:
        last = segments[-1].lower()
        if _INDEX_PAGE.fullmatch(last) or (last == "amp" and len(segments) > 1):
            segments = segments[:-1]
        elif len(segments) > 1 and segments[0].lower() == "amp" and not segments[1].isdigit():
            segments = segments[1:]
        elif last.endswith(("amp", "amp.html", "amp.htm")) and (mark := _AMP_SUFFIX.fullmatch(segments[-1])):
            segments = [*segments[:-1], mark[1] + (mark[2] or "")]
        else:
            break
    return segments


def _key_query(query: str) -> str:
    """What may name a page in *query*, sorted by key, with "?"; "" if nothing is left."""
    if not query:
        return ""
    kept = sorted(_naming(query), key=lambda pair: pair[0])
    return "?" + "&".join(key + value for key, value in kept) if kept else ""


def _naming(query: str) -> Iterator[tuple[str, str]]:
    """The parameters of *query* that may name a page: key, and "=" with the value or ""."""
    for part in query.replace("%20", "+").replace(" ", "+").split("&"):
        parameter = _normal(part, _QUERY_ODD, _QUERY_DECODED)
        key, equals, value = parameter.partition("=")
        if _TRACKER.fullmatch(key) or _AMBIGUOUS.fullmatch(parameter):
            continue
        if value:
            yield key, equals + value
        elif key and (not equals or any(character.isdigit() for character in key)):
            # "?x=" says nothing, but "?12345=" and "?story" may be all that names the page.
            yield key, ""


def _route(fragment: str) -> str:
    """*fragment* with "#" if it is a route (``#!``, ``#/``) of a page made by scripts; "" otherwise."""
    if fragment[:1] not in ("!", "/"):
        return ""
    route = _normal(fragment, _QUERY_ODD, _QUERY_DECODED).partition(":~:")[0].rstrip("/")
    return "#" + route if route.strip("!/") else ""


def _wrapped(host: str, segments: list[str], tail: str) -> str | None:
    """The address that a cache, archive or redirect carries; None if it carries none."""
    path = "/".join(segments)
    if inside := _WRAPPED_PATH.fullmatch(f"{host}/{path}"):
        place = inside.lastindex or 0
        scheme = "https" if inside[place - 1] else "http"  # "s/" stands before it
        return f"{scheme}://{inside[place]}{tail}"
    for name in _WRAPPED_QUERY.get(path, ()):
        target = re.search(rf"[?&]{name}=([^&#]+)", tail)
        if target and (address := unquote(target[1])).lower().startswith(("http://", "https://")):
            return address
    return None


# The list of suffixes that comes with the package: no request, no cache file.
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
_HOST = re.compile(r"(?!.*\.\.)[a-z0-9_](?:[a-z0-9_.-]{0,252})|\[[0-9a-f:.]{2,45}\]")


def politeness_key(url: str) -> str:
    """Whom requests to *url* burden together: the registrable domain, or host:port of an address or local name.

    Customers of a shared host (``a.blogspot.com``) count as domains of their own. "" if *url* has no host.
    """
    parts = _ADDRESS.match(_CONTROL.sub("", url).strip().replace("\\", "/"))
    return _politeness_host(parts[1], url[:6].lower() == "https:") if parts else ""


def host_and_port(url: str) -> str:
    """The host of *url*, lower case, with its port if it states one: another site than without. "" if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    return f"{host}:{port}" if port else host


def is_of_outlet(url: str, places: Iterable[str | None]) -> bool:
    """Whether *url* is of the outlet that one of *places* (None: unknown) is of, as its feed or home: of its domain."""
    return politeness_key(url) in {politeness_key(place) for place in places if place}


@lru_cache(maxsize=4_096)
def _politeness_host(authority: str, secure: bool) -> str:
    match = _AUTHORITY.fullmatch(authority.rpartition("@")[2])
    name, port = match.groups() if match else (authority, None)
    host = _ascii_host(name).rstrip(".")
    if not host:
        return ""
    if "." not in host or host.endswith(".localhost") or _is_ip(host):
        return f"{host}:{port or ('443' if secure else '80')}"
    return _SUFFIXES.extract_str(host).top_domain_under_public_suffix or host


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


_OTHER_SCHEME = re.compile(r"(?!https?:)(?:[a-z][a-z0-9+.-]*:|[^/?#]*://)", re.IGNORECASE)
_QUOTED_SAFE = "%/:=&?~!$,;'@()*[]|+"


def clean_link(base: str, href: str) -> str | None:
    """*href* as an absolute http(s) address, resolved against *base*; None if there is none to fetch.

    Without fragment, except ``#!`` and ``#/`` routes; non-ASCII characters percent-encoded, hosts in IDNA. None for
    other schemes, credentials, impossible hosts and ports, addresses over ``limits.URL_CHARACTERS``, and "".
    """
    href = _CONTROL.sub("", href).strip()
    if not href or href[0] == "#" or len(href) > limits.URL_CHARACTERS or _OTHER_SCHEME.match(href):
        return None
    try:
        parts = urlsplit(urljoin(base, _forward_slashes(href)))
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _is_host(host):
        return None
    shown = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme}://{shown}{f':{port}' if port else ''}{_quoted(parts.path) or '/'}"
    query = f"?{_quoted(parts.query)}" if parts.query else ""
    route = parts.fragment if parts.fragment[:1] in ("!", "/") and parts.fragment.strip("!/") else ""
    address += query + (f"#{_quoted(route)}" if route else "")
    return address if len(address) <= limits.URL_CHARACTERS else None


def _is_host(host: str) -> bool:
    """Whether *host*, in IDNA, can be asked for: labels of at most 63 characters, or an address."""
    if ":" in host:
        return _is_ip(host)
    return _HOST.fullmatch(host) is not None and all(len(label) <= 63 for label in host.split("."))


def _forward_slashes(href: str) -> str:
    """*href* with "/" for each backslash before query and fragment, as browsers read it (WHATWG URL)."""
    end = re.search(r"[?#]", href)
    cut = end.start() if end else len(href)
    return href[:cut].replace("\\", "/") + href[cut:]


def _quoted(text: str) -> str:
    return quote(text, safe=_QUOTED_SAFE, errors="replace")
