"""What to ask GDELT's DOC 2.0 index of the world's press about a topic, and which outlets it names. Pure.

After its documentation: phrases in quotation marks, alternatives in brackets with OR, all else joined by AND; it
searches texts as they are translated into English. It wants 5 seconds between two requests, and asks for few.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from crawler.urls import politeness_key
from storage.records.sources import FeedEntry
from storage.records.topics import Topic

ADDRESS = "https://api.gdeltproject.org/api/v2/doc/doc"
_MOST_ARTICLES = 250
# Longer queries are refused, and so are shorter names.
_QUERY_CHARACTERS = 240
_NAME_CHARACTERS = 4
_NAMES_EACH = 4


@dataclass(frozen=True, slots=True)
class CarryingHost:
    """A host that is not watched and carried a subject.

    Attributes:
        host: registrable domain, or host:port.
        held: articles of it that are held and match.
        listed: articles of it that an index names.
        example: the address of one.
    """

    host: str
    held: int
    listed: int
    example: str


def query_of(topic: Topic) -> str:
    """The query for a topic: a few Latin names of each of its entities; "" where it has none that can be asked for."""
    groups = [_group(names, _room(topic)) for _, names in topic.aliases]
    return " ".join(group for group in groups if group)


def address_of(query: str, days: int, index: str = ADDRESS) -> str:
    """The address that answers with the newest articles of the last *days* for *query*."""
    asked = {
        "query": query,
        "mode": "artlist",
        "format": "json",
        "maxrecords": _MOST_ARTICLES,
        "timespan": f"{days}d",
        "sort": "datedesc",
    }
    return f"{index}?{urlencode(asked)}"


def carrying_hosts(
    held: Iterable[str], listed: Iterable[FeedEntry], watched: Iterable[str]
) -> tuple[CarryingHost, ...]:
    """The hosts of articles *held* (their addresses) and *listed*, without those *watched*; most articles first."""
    known = {politeness_key(url) for url in watched}
    examples: dict[str, str] = {}
    numbers = []
    for urls in (held, (entry.url for entry in listed)):
        number: Counter[str] = Counter()
        for url in urls:
            host = politeness_key(url)
            if host and host not in known:
                number[host] += 1
                examples.setdefault(host, url)
        numbers.append(number)
    held_by, listed_by = numbers
    order = sorted(examples, key=lambda host: (-held_by[host] - listed_by[host], host))
    return tuple(CarryingHost(host, held_by[host], listed_by[host], examples[host]) for host in order)


def front_page(url: str) -> str:
    """The front page of the host of *url*."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _room(topic: Topic) -> int:
    return _QUERY_CHARACTERS // max(1, len(topic.aliases))


def _group(names: Iterable[str], characters: int) -> str:
    """Names of one entity as alternatives; those that can be searched for and have room."""
    chosen: list[str] = []
    for name in names:
        plain = " ".join(name.replace('"', " ").split())
        if not plain.isascii() or len(plain) < _NAME_CHARACTERS or len(chosen) == _NAMES_EACH:
            continue
        if len(" OR ".join([*chosen, f'"{plain}"'])) + 2 <= characters:
            chosen.append(f'"{plain}"' if not plain.isalnum() else plain)
    return f"({' OR '.join(chosen)})" if len(chosen) > 1 else "".join(chosen)
