"""Addresses as people paste them, and a small web of invented answers in the shapes of their services.

No service was asked: the addresses have the forms that services' help pages name, the names in them are invented.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from scrapy import Request
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response

from crawler.documents.wayback import index_address
from tests.support.telegram import NO_PREVIEW, Message, preview

UC = "UCabcdefghijklmnopqrstuv"
PL = "PLabcdefghijklmnop"
VIDEOS = "https://www.youtube.com/feeds/videos.xml"
CAPTURES = index_address("www.ferry-news.kp/en/article/")
BRIDGE = "https://bridge.example.org"
# address as given | feed that is to be polled, or ! and a part of the message that says what to do | text
TABLE = f"""
https://www.youtube.com/channel/{UC} | {VIDEOS}?channel_id={UC} | feed
https://www.youtube.com/channel/{UC}/videos | {VIDEOS}?channel_id={UC} | feed
youtube.com/channel/{UC}?view_as=subscriber | {VIDEOS}?channel_id={UC} | feed
https://m.youtube.com/channel/{UC} | {VIDEOS}?channel_id={UC} | feed
https://www.youtube.com/playlist?list={PL} | {VIDEOS}?playlist_id={PL} | feed
https://www.youtube.com/watch?v=abcdefghijk&list={PL}&index=2 | {VIDEOS}?playlist_id={PL} | feed
https://www.youtube.com/@StraitWatch | {VIDEOS}?channel_id={UC} | feed
https://www.youtube.com/@StraitWatch/videos | {VIDEOS}?channel_id={UC} | feed
https://www.youtube.com/c/StraitWatch | {VIDEOS}?channel_id={UC} | feed
https://www.youtube.com/user/straitwatch | {VIDEOS}?user=straitwatch | feed
{VIDEOS}?channel_id={UC} | {VIDEOS}?channel_id={UC} | feed
https://youtu.be/abcdefghijk | ! its channel or playlist
https://www.youtube.com/@NoNumber | ! Copy channel ID
https://vimeo.com/straitwatch | https://vimeo.com/straitwatch/videos/rss | feed
https://www.dailymotion.com/straitwatch | https://www.dailymotion.com/rss/user/straitwatch | feed
https://odysee.com/@straitwatch:4 | https://odysee.com/$/rss/@straitwatch:4 | feed
https://ferrynotes.substack.com/ | https://ferrynotes.substack.com/feed | page
https://ferrynotes.substack.com/p/the-old-bridge | https://ferrynotes.substack.com/feed | page
ferrynotes.substack.com | https://ferrynotes.substack.com/feed | page
https://open.substack.com/pub/ferrynotes/p/the-old-bridge?r=1 | https://ferrynotes.substack.com/feed | page
https://substack.com/@ferrynotes | https://ferrynotes.substack.com/feed | page
https://www.ferry-letter.example/ | https://www.ferry-letter.example/feed | page
https://medium.com/@ferryman | https://medium.com/feed/@ferryman | feed
https://medium.com/ferry-review | https://medium.com/feed/ferry-review | feed
https://medium.com/tag/north-korea | https://medium.com/feed/tag/north-korea | feed
https://ferryman.medium.com/the-old-bridge-123abc | https://ferryman.medium.com/feed | feed
https://medium.com/feed/@ferryman | https://medium.com/feed/@ferryman | feed
https://ferryblog.wordpress.com/ | https://ferryblog.wordpress.com/feed/ | page
https://ferryblog.wordpress.com/2026/09/01/old-bridge/ | https://ferryblog.wordpress.com/feed/ | page
https://strait-times.example/ | https://strait-times.example/feed/ | page
https://strait-times.example/category/trade/ | https://strait-times.example/category/trade/feed/ | page
strait-times.example | https://strait-times.example/feed/ | page
https://ferry.blogspot.com/ | https://ferry.blogspot.com/feeds/posts/default | page
https://ferry.blogspot.com/feeds/posts/default | https://ferry.blogspot.com/feeds/posts/default | page
https://ferry.blogspot.co.uk/2026/09/bridge.html | https://ferry.blogspot.co.uk/feeds/posts/default | page
https://ferrypics.tumblr.com/ | https://ferrypics.tumblr.com/rss | feed
https://www.tumblr.com/ferrypics | https://ferrypics.tumblr.com/rss | feed
https://ferryman.livejournal.com/ | https://ferryman.livejournal.com/data/rss | feed
https://ferryman.livejournal.com/12345.html | https://ferryman.livejournal.com/data/rss | feed
https://blog.naver.com/ferryman | https://rss.blog.naver.com/ferryman.xml | feed
https://blog.naver.com/ferryman/223000000001 | https://rss.blog.naver.com/ferryman.xml | feed
https://ferryman.tistory.com/ | https://ferryman.tistory.com/rss | page
https://note.com/ferryman | https://note.com/ferryman/rss | page
https://mastodon.example/@ferryman | https://mastodon.example/@ferryman.rss | feed
https://mastodon.example/@ferryman/112233445566 | https://mastodon.example/@ferryman.rss | feed
https://mastodon.example/users/ferryman | https://mastodon.example/@ferryman.rss | feed
https://mastodon.example/@ferryman@other.example | https://other.example/@ferryman.rss | feed
https://mastodon.example/tags/dprk | https://mastodon.example/tags/dprk.rss | feed
https://mastodon.example/@ferryman.rss | https://mastodon.example/@ferryman.rss | page
https://lemmy.example/c/ferries | https://lemmy.example/feeds/c/ferries.xml?sort=New | feed
https://tube.example/c/harbour/videos | https://tube.example/feeds/videos.xml?videoChannelId=7 | page
https://www.reddit.com/r/northkorea/ | https://www.reddit.com/r/northkorea/.rss | feed
https://old.reddit.com/r/northkorea/new/ | https://www.reddit.com/r/northkorea/new/.rss | feed
https://www.reddit.com/r/northkorea/.rss | https://www.reddit.com/r/northkorea/.rss | feed
https://www.reddit.com/r/northkorea+korea | https://www.reddit.com/r/northkorea+korea/.rss | feed
https://www.reddit.com/user/ferryman/ | https://www.reddit.com/user/ferryman/.rss | feed
reddit.com/u/ferryman | https://www.reddit.com/user/ferryman/.rss | feed
https://www.reddit.com/r/closed/ | ! http_403
https://bsky.app/profile/ferryman.example | https://bsky.app/profile/ferryman.example/rss | feed
https://bsky.app/profile/did:plc:abc123/post/3k | https://bsky.app/profile/did:plc:abc123/rss | feed
https://github.com/harbour/ferry | https://github.com/harbour/ferry/releases.atom | feed
https://github.com/harbour/ferry/releases | https://github.com/harbour/ferry/releases.atom | feed
https://github.com/harbour/ferry.git | https://github.com/harbour/ferry/releases.atom | feed
https://github.com/harbour/ferry/tags | https://github.com/harbour/ferry/tags.atom | feed
https://github.com/harbour/ferry/commits/main | https://github.com/harbour/ferry/commits/main.atom | feed
https://github.com/harbour/untagged | https://github.com/harbour/untagged/tags.atom | feed
https://gitlab.com/harbour/ferry | https://gitlab.com/harbour/ferry/-/tags?format=atom | feed
https://podcasts.apple.com/us/podcast/strait-talk/id1234567 | https://shows.example/strait-talk.xml | feed
https://podcasts.apple.com/us/podcast/only-for-some/id7654321 | ! try its own site
https://open.spotify.com/show/4rOoJ6Egrf8K2IrywzwOMk | ! podcasts.apple.com
https://straittalk.libsyn.com/ | https://straittalk.libsyn.com/rss | feed
https://straittalk.podbean.com/e/episode-1/ | https://feed.podbean.com/straittalk/feed.xml | feed
https://www.buzzsprout.com/123456 | https://feeds.buzzsprout.com/123456.rss | feed
https://www.spreaker.com/podcast/strait-talk--1234567 | https://www.spreaker.com/show/1234567/episodes/feed | feed
https://rss.com/podcasts/straittalk/ | https://media.rss.com/straittalk/feed.xml | feed
https://soundcloud.com/straittalk | https://feeds.soundcloud.com/users/soundcloud:users:4711/sounds.rss | feed
pcast://shows.example/strait-talk.xml | https://shows.example/strait-talk.xml | page
https://strait-talk.example/ | https://strait-talk.example/podcast.rss | page
https://t.me/harbour_news | https://t.me/s/harbour_news | page
t.me/s/harbour_news | https://t.me/s/harbour_news | page
https://t.me/harbour_news/123 | https://t.me/s/harbour_news | page
https://telegram.me/harbour_news?before=7 | https://t.me/s/harbour_news | page
https://t.me/closed_news | ! a bridge may read it
https://t.me/+AbCdEfGhIjK | ! give a public channel
https://web.archive.org/web/*/http://www.ferry-news.kp/en/article/* | {CAPTURES} | page
https://web.archive.org/web/20260901000000/https://silent.example/ | ! captured in the last month
https://vk.com/ferryman | ! action=display&bridge=VkBridge&u=ferryman
https://x.com/ferryman | ! https://YOUR-BRIDGE/twitter/user/ferryman
https://twitter.com/ferryman/status/1 | ! https://YOUR-BRIDGE/twitter/user/ferryman
https://www.facebook.com/ferryman | ! bridge=FacebookBridge
https://www.instagram.com/ferryman/ | ! https://YOUR-BRIDGE/instagram/user/ferryman
https://www.tiktok.com/@ferryman | ! https://YOUR-BRIDGE/tiktok/user/@ferryman
https://www.linkedin.com/company/ferry | ! logged in
https://arxiv.org/list/cs.CL/recent | https://rss.arxiv.org/rss/cs.CL | feed
https://stackoverflow.com/questions/tagged/scrapy | https://stackoverflow.com/feeds/tag/scrapy | feed
https://news.google.com/search?q=dprk | ! add the outlets themselves
feed://strait-times.example/feed/ | https://strait-times.example/feed/ | page
https://feedly.com/i/subscription/feed%2Fhttps%3A%2F%2Fwire.example%2Ffeed.json | https://wire.example/feed.json | page
https://ghost.example/ | https://ghost.example/rss/ | page
https://forum.example/c/trade/5 | https://forum.example/c/trade/5.rss | page
https://static.example/ | https://static.example/index.xml | page
https://gazette.example/ | https://gazette.example/news-sitemap.xml | page
https://agency.example/ | https://agency.example/ | page
https://agency.example/en/ | https://agency.example/en/ | page
https://wire.example/feed.json | https://wire.example/feed.json | page
https://wire.example/rss.xml?lang=ru | https://wire.example/rss.xml?lang=ru | page
https://gone.example/ | ! dns
https://empty.example/ | ! no feed, sitemap or list of articles was found
"""


@dataclass(frozen=True)
class Expected:
    """What an address must become: a feed and where its texts are from, or a message."""

    given: str
    feed: str = ""
    text: str = "page"
    message: str = ""


def expected() -> tuple[Expected, ...]:
    """The table's rows, in order."""
    rows = []
    for line in TABLE.strip().splitlines():
        given, wanted, *text = (part.strip() for part in line.split(" | "))
        is_message = wanted.startswith("! ")
        rows.append(
            Expected(given, message=wanted[2:])
            if is_message
            else Expected(given, wanted, text[0] if text else "page")
        )
    return tuple(rows)


ATOM_TYPE, RSS_TYPE, HTML_TYPE = "application/atom+xml", "application/rss+xml", "text/html; charset=utf-8"
_WORDS = "The ferry carries freight over the strait again, as the harbour said on its page this week."


def atom(host: str, content: str = "", *, kind: str = "content") -> tuple[str, str]:
    """An Atom feed of three entries; *content* in the element *kind*."""
    entries = "".join(
        f"<entry><id>tag:{host},2026:{n}</id><title>Entry {n}</title><link rel='alternate' href='https://{host}/e/{n}'/>"
        f"<published>2026-09-1{n}T08:00:00Z</published><updated>2026-09-1{n}T08:00:00Z</updated>"
        f"<{kind}>{content or _WORDS}</{kind.split(' ')[0]}></entry>"
        for n in (3, 2, 1)
    )
    return ATOM_TYPE, (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:yt="http://www.youtube.com/xml/schemas/2015"'
        f' xmlns:media="http://search.yahoo.com/mrss/"><title>Feed of {host}</title>{entries}</feed>'
    )


def rss(host: str, *, has_titles: bool = True) -> tuple[str, str]:
    """An RSS feed of three entries with descriptions."""
    items = "".join(
        "<item>"
        + (f"<title>Item {n}</title>" if has_titles else "")
        + f"<link>https://{host}/i/{n}</link><guid>https://{host}/i/{n}</guid>"
        f"<pubDate>Tue, 1{n} Sep 2026 08:00:00 GMT</pubDate><description>&lt;p&gt;{_WORDS}&lt;/p&gt;</description>"
        "</item>"
        for n in (3, 2, 1)
    )
    return RSS_TYPE, f'<rss version="2.0"><channel><title>Feed of {host}</title>{items}</channel></rss>'


def page(feed: str = "", body: str = "", kind: str = RSS_TYPE) -> tuple[str, str]:
    """A page whose head names *feed*."""
    head = f'<link rel="alternate" type="{kind}" title="Feed" href="{feed}">' if feed else ""
    return HTML_TYPE, f"<!doctype html><html><head><title>Page</title>{head}</head><body>{body}</body></html>"


def _section(path: str) -> str:
    return "".join(
        f'<li><a href="{path}view/{n}">The delegation visits the new harbour of {n}</a></li>'
        for n in range(880, 890)
    )


def _sitemap(host: str) -> tuple[str, str]:
    urls = "".join(
        f"<url><loc>https://{host}/n/{n}</loc><news:news><news:publication_date>2026-09-14T08:00:00Z"
        f"</news:publication_date><news:title>Ferry {n}</news:title></news:news></url>"
        for n in (1, 2, 3)
    )
    return "application/xml", (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )


_ITEMS = ",".join(
    f'{{"id": "{n}", "url": "https://wire.example/{n}", "title": "Ferry {n}"}}' for n in (1, 2, 3)
)
WEB: dict[str, tuple[str, str]] = {
    "https://www.youtube.com/@StraitWatch": page(body=f'<script>var d = {{"externalId":"{UC}"}};</script>'),
    "https://www.youtube.com/c/StraitWatch": page(f"{VIDEOS}?channel_id={UC}"),
    "https://www.youtube.com/@NoNumber": page(body="<p>Before you continue</p>"),
    "https://itunes.apple.com/lookup?id=1234567&entity=podcast": (
        "text/javascript",
        '{"resultCount":1,"results":[{"feedUrl":"https:\\/\\/shows.example\\/strait-talk.xml"}]}',
    ),
    "https://itunes.apple.com/lookup?id=7654321&entity=podcast": ("text/javascript", '{"resultCount":0,"results":[]}'),
    "https://soundcloud.com/straittalk": page(body='<meta property="al:ios:url" content="soundcloud://users:4711">'),
    "https://t.me/s/harbour_news": (
        HTML_TYPE,
        preview(Message(n, f"The ferry of pier {n} is late.") for n in (1, 2, 3)),
    ),
    "https://t.me/s/closed_news": (HTML_TYPE, NO_PREVIEW),
    CAPTURES: (
        "application/json",
        json.dumps(
            [
                ["timestamp", "original"],
                *(["20260901080000", f"http://www.ferry-news.kp/en/article/{n}"] for n in (1, 2, 3)),
            ]
        ),
    ),
    index_address("silent.example"): ("application/json", "[]"),
    "https://www.ferry-letter.example/": page("/feed"),
    "https://strait-times.example/": page("https://strait-times.example/feed/", _section("/")),
    "https://strait-times.example/category/trade/": page("https://strait-times.example/category/trade/feed/"),
    "https://tube.example/c/harbour/videos": page("https://tube.example/feeds/videos.xml?videoChannelId=7"),
    "https://strait-talk.example/": page("/podcast.rss"),
    "https://ghost.example/": page("https://ghost.example/rss/"),
    "https://forum.example/c/trade/5": page("https://forum.example/c/trade/5.rss"),
    "https://static.example/": page(),
    "https://gazette.example/": page(body=_section("/")),
    "https://gazette.example/robots.txt": ("text/plain", "Sitemap: https://gazette.example/news-sitemap.xml"),
    "https://gazette.example/news-sitemap.xml": _sitemap("gazette.example"),
    "https://agency.example/": page(body=_section("/")),
    "https://agency.example/en/": page(body=_section("/en/")),
    "https://empty.example/": page(body="<p>Under construction</p>"),
    "https://wire.example/feed.json": (
        "application/feed+json",
        f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": [{_ITEMS}]}}',
    ),
}  # fmt: skip
"""Address -> content type and body, for all that is no plain feed; plain feeds are `_feed`s."""

_MISSING = ("https://github.com/harbour/untagged/releases.atom", "https://tube.example/feeds/c/harbour.xml")
_CLOSED = ("https://www.reddit.com/r/closed/.rss",)


def _feed(url: str) -> tuple[str, str] | None:
    """The feed at *url*, in the form of its service; None where nothing lies."""
    host = url.split("/")[2]
    if url.startswith(VIDEOS):
        return atom(host, f"<media:description>{_WORDS}</media:description>", kind="media:group")
    if host == "www.reddit.com" or "atom" in url or "feeds/tag" in url:
        return atom(host, f"&lt;p&gt;{_WORDS}&lt;/p&gt;", kind='content type="html"')
    is_microblog = host in ("mastodon.example", "other.example", "bsky.app")
    return rss(host, has_titles=not is_microblog)


class SmallWeb:
    """Stands where a crawler's engine does, and answers from the tables above; every request is noted."""

    def __init__(self, more: Mapping[str, tuple[str, str]] | None = None) -> None:
        self.pages = {**WEB, **(more or {})}
        self.feeds = {row.feed for row in expected() if row.feed} - set(self.pages)
        self.asked: list[str] = []
        self.engine: Any = SimpleNamespace(download_async=self.download)

    async def download(self, request: Request) -> Response:
        self.asked.append(request.url)
        url, host = request.url, request.url.split("/")[2]
        if host == "gone.example":
            raise CannotResolveHostError("no such host")
        url = re.sub(r"&from=\d{8}$", "", url)  # captures of the last month
        found = self.pages.get(url) or (_feed(url) if url in self.feeds else None)
        status = 403 if url in _CLOSED else 200 if found and url not in _MISSING else 404
        kind, body = found or (HTML_TYPE, "")
        return Response(
            url, status=status, headers={"Content-Type": kind}, body=body.encode(), request=request
        )


class InThisProcess:
    """Stands where the pool does, and runs what it is given at once."""

    async def run(self, function: Any, *arguments: Any, **_bounds: object) -> Any:
        return function(*arguments)
