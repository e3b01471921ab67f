"""Services with one form of addresses for all their authors, and where each has its feeds. Pure.

As their own help pages or the code of feed readers name them; none of the services was asked. Sites of their own
(WordPress, Ghost, PeerTube, Discourse ...) name their feeds in their pages and need no rule.
"""

import re
from dataclasses import dataclass, field

from crawler.documents.wayback import INDEX


@dataclass(frozen=True, slots=True)
class Naming:
    """An answer that must be had first, since only it names the feed.

    Attributes:
        url: what is asked.
        pattern: with one group, which is put into *feed*; the first hit counts.
        feed: the feed's address, with ``{}`` for the group.
        problem: what to tell when the pattern is not found.
    """

    url: str
    pattern: str
    feed: str
    problem: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One form of addresses.

    ``address`` is matched against host (without "www.", "m.", "mobile.") and path, without a slash at its end, and "?"
    with the query if there is one; its groups fill the braces of the other fields. ``bridge`` are the paths of programs
    that make a feed of it, behind the address of the operator's own: RSS-Bridge's first, then RSSHub's.
    """

    kind: str
    address: str
    asks: tuple[str, ...] = ()
    name: str = ""
    text: str = "page"
    note: str = ""
    problem: str = ""
    naming: Naming | None = None
    bridge: tuple[str, ...] = ()
    missing: str = ""
    is_certain: bool = True
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(self.address, re.IGNORECASE))


_VIDEOS = "titles and descriptions of videos, not what is said in them; the newest 15"
_POSTS = "posts with their text, as the feed gives them"
_NOTES = "episodes with their show notes, not what is said in them"
_LOGIN = "shows its posts only to those who have logged in"
_UC = r"(?P<id>UC[\w-]{22})"
_YOUTUBE = "https://www.youtube.com/feeds/videos.xml?"
_CHANNEL_ID = Naming(
    "https://www.youtube.com/{path}",
    r"(?:channel_id=|\"externalId\":\s*\"|/channel/)(UC[\w-]{22})",
    _YOUTUBE + "channel_id={}",
    "the page does not name the channel's number: open it in a browser, choose Share > Copy channel ID, and add "
    "https://www.youtube.com/channel/ID",
)

RULES: tuple[Rule, ...] = (
    # --- videos -----------------------------------------------------------------------------------------------------
    Rule(
        "feed of YouTube",
        r"youtube\.com/feeds/videos\.xml\?(?P<query>.+)",
        (_YOUTUBE + "{query}",),
        text="feed",
        note=_VIDEOS,
    ),
    Rule(
        "YouTube playlist",
        r"youtube\.com/(?:playlist|watch)\?(?:.*&)?list=(?P<id>(?:PL|UU|OL|FL)[\w-]{10,})(?:&.*)?",
        (_YOUTUBE + "playlist_id={id}",),
        text="feed",
        note=_VIDEOS,
    ),
    Rule(
        "YouTube channel",
        rf"youtube\.com/channel/{_UC}(?:/.*)?(?:\?.*)?",
        (_YOUTUBE + "channel_id={id}",),
        text="feed",
        note=_VIDEOS,
    ),
    Rule(
        "YouTube channel",
        r"youtube\.com/user/(?P<id>\w+)(?:/.*)?(?:\?.*)?",
        (_YOUTUBE + "user={id}",),
        "youtube-{id}",
        text="feed",
        note=_VIDEOS,
    ),
    Rule(
        "YouTube channel",
        r"youtube\.com/(?P<path>(?:c/|@)(?P<id>[\w.%-]+))(?:/.*)?(?:\?.*)?",
        name="youtube-{id}",
        text="feed",
        note=_VIDEOS,
        naming=_CHANNEL_ID,
    ),
    Rule(
        "single video",
        r"(?:youtu\.be/|youtube\.com/(?:watch|shorts|live|embed)).*",
        problem="give the address of its channel or playlist",
    ),
    Rule(
        "Vimeo user",
        r"vimeo\.com/(?P<id>(?:channels/|user)?(?!\d+$)[\w-]+)(?:/videos)?",
        ("https://vimeo.com/{id}/videos/rss",),
        "vimeo-{id}",
        text="feed",
        note=_VIDEOS,
    ),
    Rule(
        "Dailymotion user",
        r"dailymotion\.com/(?:user/)?(?P<id>(?!video$)[\w.-]+)",
        ("https://www.dailymotion.com/rss/user/{id}",),
        "dailymotion-{id}",
        text="feed",
        note=_VIDEOS,
    ),
    Rule(
        "Odysee channel",
        r"odysee\.com/(?:\$/rss/)?(?P<id>@(?P<who>[\w.-]+):\w+)(?:\?.*)?",
        ("https://odysee.com/$/rss/{id}",),
        "odysee-{who}",
        text="feed",
        note=_VIDEOS,
    ),
    # --- newsletters and blogs --------------------------------------------------------------------------------------
    Rule(
        "Substack newsletter",
        r"(?!open\.|on\.)(?P<id>[\w-]+)\.substack\.com(?:/.*)?(?:\?.*)?",
        ("https://{id}.substack.com/feed",),
        "{id}",
        note="posts for subscribers only come as their beginning",
    ),
    Rule(
        "Substack newsletter",
        r"open\.substack\.com/pub/(?P<id>[\w-]+)(?:/.*)?(?:\?.*)?",
        ("https://{id}.substack.com/feed",),
        "{id}",
        note="posts for subscribers only come as their beginning",
    ),
    Rule(
        "Substack profile",
        r"substack\.com/@(?P<id>[\w-]+).*",
        ("https://{id}.substack.com/feed",),
        "{id}",
        note="taken for the newsletter of the same name",
    ),
    Rule(
        "Medium author",
        r"medium\.com/(?:feed/)?@(?P<id>[\w.-]+)(?:/.*)?(?:\?.*)?",
        ("https://medium.com/feed/@{id}",),
        "medium-{id}",
        text="feed",
        note="texts as the feed gives them; those for members only come as their beginning",
    ),
    Rule(
        "Medium tag",
        r"medium\.com/(?:feed/)?tag/(?P<id>[\w-]+)(?:/.*)?(?:\?.*)?",
        ("https://medium.com/feed/tag/{id}",),
        "medium-tag-{id}",
        text="feed",
        note="the beginnings of texts, as the feed gives them",
    ),
    Rule(
        "Medium publication",
        r"medium\.com/(?:feed/)?(?P<id>(?!m/|me/|p/|search)[\w-]+)(?:/.*)?(?:\?.*)?",
        ("https://medium.com/feed/{id}",),
        "medium-{id}",
        text="feed",
        note="texts as the feed gives them; those for members only come as their beginning",
    ),
    Rule(
        "Medium author",
        r"(?P<id>[\w-]+)\.medium\.com(?:/.*)?(?:\?.*)?",
        ("https://{id}.medium.com/feed",),
        "medium-{id}",
        text="feed",
        note="texts as the feed gives them; those for members only come as their beginning",
    ),
    Rule(
        "WordPress.com blog",
        r"(?P<id>[\w-]+)\.wordpress\.com(?:/.*)?(?:\?.*)?",
        ("https://{id}.wordpress.com/feed/",),
        "{id}",
    ),
    Rule(
        "Blogger blog",
        r"(?P<id>[\w-]+)\.(?P<host>blogspot\.[a-z.]{2,6})(?:/.*)?(?:\?.*)?",
        ("https://{id}.{host}/feeds/posts/default",),
        "{id}",
    ),
    Rule(
        "Tumblr blog",
        r"(?:tumblr\.com/(?:blog/(?:view/)?)?(?P<id>(?!tagged)[\w-]+)|(?P<sub>[\w-]+)\.tumblr\.com)(?:/.*)?(?:\?.*)?",
        ("https://{id}{sub}.tumblr.com/rss",),
        "tumblr-{id}{sub}",
        text="feed",
        note=_POSTS,
    ),
    Rule(
        "LiveJournal",
        r"(?P<id>[\w-]+)\.livejournal\.com(?:/.*)?(?:\?.*)?",
        ("https://{id}.livejournal.com/data/rss",),
        "livejournal-{id}",
        text="feed",
        note=_POSTS,
    ),
    Rule(
        "Naver blog",
        r"(?:blog\.naver\.com/(?P<id>[\w-]+)(?:/\d+)?|rss\.blog\.naver\.com/(?P<feed>[\w-]+)\.xml)(?:\?.*)?",
        ("https://rss.blog.naver.com/{id}{feed}.xml",),
        "naver-{id}{feed}",
        text="feed",
        note="beginnings of texts, as the feed gives them; pages stand in a frame",
    ),
    Rule(
        "Tistory blog",
        r"(?P<id>[\w-]+)\.tistory\.com(?:/.*)?(?:\?.*)?",
        ("https://{id}.tistory.com/rss",),
        "{id}",
    ),
    Rule(
        "note author", r"note\.com/(?P<id>\w+)(?:/.*)?(?:\?.*)?", ("https://note.com/{id}/rss",), "note-{id}"
    ),
    # --- networks ---------------------------------------------------------------------------------------------------
    Rule(
        "invitation to a Telegram group",
        r"(?:t|telegram)\.me/(?:\+|joinchat/).*",
        problem="a private group has no public page: give a public channel",
    ),
    Rule(
        "Telegram channel",
        r"(?:t|telegram)\.me/(?:s/)?(?P<id>(?!addstickers|share|iv|proxy|socks|c/|boost)[a-z]\w{3,31})(?:/\d+)?(?:\?.*)?",
        ("https://t.me/s/{id}",),
        "telegram-{id}",
        note="posts with their text and captions; no pictures, no comments",
        missing="the channel is gone, private, or shows no preview to those without the app: a bridge may read it",
    ),
    Rule(
        "private Telegram channel",
        r"(?:t|telegram)\.me/c/.*",
        problem="it has no public page; give a public channel",
    ),
    Rule(
        "Reddit listing",
        r"(?:old\.|new\.|np\.)?reddit\.com(?P<path>/(?:r|user)/[\w+-]+(?:/(?:new|top|hot|rising|submitted|comments(?:/\w+)*|m/\w+))?)(?:/|/?\.rss)?(?:\?.*)?",
        ("https://www.reddit.com{path}/.rss",),
        text="feed",
        note=_POSTS,
    ),
    Rule(
        "Reddit user",
        r"(?:old\.|new\.)?reddit\.com/u/(?P<id>[\w-]+)(?:/.*)?(?:\?.*)?",
        ("https://www.reddit.com/user/{id}/.rss",),
        "reddit-{id}",
        text="feed",
        note=_POSTS,
    ),
    Rule(
        "Bluesky account",
        r"bsky\.app/profile/(?P<id>[\w.:-]+)(?:/.*)?(?:\?.*)?",
        ("https://bsky.app/profile/{id}/rss",),
        "bluesky-{id}",
        text="feed",
        note=_POSTS,
    ),
    Rule(
        "VK page",
        r"vk\.(?:com|ru)/(?P<id>[\w.]+)(?:\?.*)?",
        name="vk-{id}",
        text="feed",
        note=_POSTS,
        problem="has no feed",
        bridge=("?action=display&bridge=VkBridge&u={id}&format=Atom",),
    ),
    Rule(
        "X account",
        r"(?:x|twitter|nitter\.net)(?:\.com)?/(?P<id>(?!search|hashtag|i/|home)\w{1,15})(?:/.*)?(?:\?.*)?",
        name="x-{id}",
        text="feed",
        note=_POSTS,
        problem=_LOGIN,
        bridge=(
            "?action=display&bridge=TwitterBridge&context=By+username&u={id}&format=Atom",
            "twitter/user/{id}",
        ),
    ),
    Rule(
        "Facebook page",
        r"(?:[\w-]+\.)?(?:facebook|fb)\.com/(?P<id>[\w.-]+)(?:/.*)?(?:\?.*)?",
        name="facebook-{id}",
        text="feed",
        note=_POSTS,
        problem=_LOGIN,
        bridge=("?action=display&bridge=FacebookBridge&context=User&u={id}&format=Atom",),
    ),
    Rule(
        "Instagram account",
        r"instagram\.com/(?P<id>[\w.]+)(?:/.*)?(?:\?.*)?",
        name="instagram-{id}",
        text="feed",
        note=_POSTS,
        problem=_LOGIN,
        bridge=(
            "?action=display&bridge=InstagramBridge&context=Username&u={id}&format=Atom",
            "instagram/user/{id}",
        ),
    ),
    Rule(
        "TikTok account",
        r"tiktok\.com/(?P<id>@[\w.]+)(?:/.*)?(?:\?.*)?",
        name="tiktok-{id}",
        text="feed",
        note=_POSTS,
        problem="has no feed",
        bridge=(
            "?action=display&bridge=TikTokBridge&context=By+user&username={id}&format=Atom",
            "tiktok/user/{id}",
        ),
    ),
    Rule(
        "Threads account",
        r"threads\.(?:net|com)/@(?P<id>[\w.]+)(?:/.*)?(?:\?.*)?",
        name="threads-{id}",
        text="feed",
        note=_POSTS,
        problem="has no feed",
        bridge=("threads/{id}",),
    ),
    Rule(
        "Weibo account",
        r"weibo\.(?:com|cn)/(?:u/)?(?P<id>\d+)(?:/.*)?(?:\?.*)?",
        name="weibo-{id}",
        text="feed",
        note=_POSTS,
        problem=_LOGIN,
        bridge=("weibo/user/{id}",),
    ),
    Rule("LinkedIn page", r"(?:\w+\.)?linkedin\.com/.*", problem=f"{_LOGIN}, and no bridge can be named"),
    Rule(
        "Lemmy community",
        r"(?P<host>[\w.-]+(?::\d+)?)/c/(?P<id>\w+(?:@[\w.-]+)?)(?:\?.*)?",
        ("https://{host}/feeds/c/{id}.xml?sort=New",),
        text="feed",
        note=_POSTS,
        is_certain=False,
    ),
    Rule(
        "Mastodon account of another server",
        r"(?P<host>[\w.-]+)/@(?P<id>\w+)@(?P<home>[\w-]+(?:\.[\w-]+)+)(?:\?.*)?",
        ("https://{home}/@{id}.rss",),
        "{id}-{home}",
        text="feed",
        note=_POSTS,
        is_certain=False,
    ),
    Rule(
        "Mastodon account",
        r"(?P<host>[\w.-]+(?::\d+)?)/(?:@|users/)(?P<id>\w+)(?:/(?:with_replies|media|\d+))?(?:\?.*)?",
        ("{scheme}://{host}/@{id}.rss",),
        "{id}-{host}",
        text="feed",
        note=_POSTS,
        is_certain=False,
    ),
    Rule(
        "Mastodon hashtag",
        r"(?P<host>[\w.-]+(?::\d+)?)/tags/(?P<id>[^/?.]+)(?:\?.*)?",
        ("{scheme}://{host}/tags/{id}.rss",),
        "tag-{id}-{host}",
        text="feed",
        note=_POSTS,
        is_certain=False,
    ),
    # --- code -------------------------------------------------------------------------------------------------------
    Rule(
        "GitHub commits",
        r"github\.com/(?P<id>[\w.-]+/[\w.-]+)/commits/(?P<branch>[\w./-]+?)(?:\.atom)?",
        ("https://github.com/{id}/commits/{branch}.atom",),
        "github-{id}-commits",
        text="feed",
        note="titles and texts of commits",
    ),
    Rule(
        "GitHub tags",
        r"github\.com/(?P<id>[\w.-]+/[\w.-]+)/tags(?:\.atom)?",
        ("https://github.com/{id}/tags.atom",),
        "github-{id}-tags",
        text="feed",
        note="names and messages of tags",
    ),
    Rule(
        "GitHub releases",
        r"github\.com/(?P<id>(?!orgs/|topics/|search/)[\w.-]+/[\w.-]+?)(?:\.git)?(?:/releases(?:\.atom|/.*)?|/tree/.*|/issues.*|/blob/.*)?(?:\?.*)?",
        ("https://github.com/{id}/releases.atom", "https://github.com/{id}/tags.atom"),
        "github-{id}",
        text="feed",
        note="releases with their notes",
    ),
    Rule(
        "GitLab tags",
        r"gitlab\.com/(?P<id>[\w.-]+(?:/[\w.-]+)+?)(?:/-/.*)?(?:\?.*)?",
        ("https://gitlab.com/{id}/-/tags?format=atom",),
        "gitlab-{id}",
        text="feed",
        note="names and messages of tags",
    ),
    # --- podcasts ---------------------------------------------------------------------------------------------------
    Rule(
        "podcast at Apple",
        r"(?:podcasts|itunes)\.apple\.com/(?:.*/)?id(?P<id>\d+)(?:\?.*)?",
        text="feed",
        note=_NOTES,
        naming=Naming(
            "https://itunes.apple.com/lookup?id={id}&entity=podcast",
            r'"feedUrl"\s*:\s*"([^"]+)"',
            "{}",
            "Apple's directory names no feed for it: it is for subscribers only, or gone; try its own site",
        ),
    ),
    Rule(
        "podcast at Spotify",
        r"open\.spotify\.com/(?:intl-\w+/)?(?:show|episode)/.*",
        problem="it is a player without a feed: give the show's address at podcasts.apple.com, or its own site",
    ),
    Rule(
        "podcast at Libsyn",
        r"(?P<id>(?!feeds?\b|www\b|traffic\b)[\w-]+)\.libsyn\.com(?:/.*)?(?:\?.*)?",
        ("https://{id}.libsyn.com/rss",),
        "{id}",
        text="feed",
        note=_NOTES,
    ),
    Rule(
        "podcast at Podbean",
        r"(?P<id>(?!feed\b|www\b)[\w-]+)\.podbean\.com(?:/.*)?(?:\?.*)?",
        ("https://feed.podbean.com/{id}/feed.xml",),
        "{id}",
        text="feed",
        note=_NOTES,
    ),
    Rule(
        "podcast at Buzzsprout",
        r"buzzsprout\.com/(?P<id>\d+)(?:/.*)?(?:\?.*)?",
        ("https://feeds.buzzsprout.com/{id}.rss",),
        text="feed",
        note=_NOTES,
    ),
    Rule(
        "podcast at Spreaker",
        r"spreaker\.com/(?:show|podcast)/(?:[\w-]+--)?(?P<id>\d+)(?:/.*)?(?:\?.*)?",
        ("https://www.spreaker.com/show/{id}/episodes/feed",),
        text="feed",
        note=_NOTES,
    ),
    Rule(
        "podcast at RSS.com",
        r"rss\.com/podcasts/(?P<id>[\w-]+)(?:/.*)?(?:\?.*)?",
        ("https://media.rss.com/{id}/feed.xml",),
        "{id}",
        text="feed",
        note=_NOTES,
    ),
    Rule(
        "SoundCloud account",
        r"soundcloud\.com/(?P<id>[\w-]+)(?:/.*)?(?:\?.*)?",
        name="soundcloud-{id}",
        text="feed",
        note=_NOTES,
        naming=Naming(
            "https://soundcloud.com/{id}",
            r"soundcloud:(?://)?users:(\d+)",
            "https://feeds.soundcloud.com/users/soundcloud:users:{}/sounds.rss",
            "the page does not name the account's number, without which its feed has no address",
        ),
    ),
    # --- indexes ----------------------------------------------------------------------------------------------------
    Rule(
        "papers of arXiv",
        r"(?:rss\.|export\.)?arxiv\.org/(?:list|rss|atom)/(?P<id>[\w.-]+)(?:/.*)?(?:\?.*)?",
        ("https://rss.arxiv.org/rss/{id}",),
        "arxiv-{id}",
        text="feed",
        note="titles and abstracts",
    ),
    Rule(
        "questions at Stack Exchange",
        r"(?P<host>stackoverflow\.com|[\w-]+\.stackexchange\.com)/questions/tagged/(?P<id>[\w.+-]+)(?:\?.*)?",
        ("https://{host}/feeds/tag/{id}",),
        "{host}-{id}",
        text="feed",
        note=_POSTS,
    ),
    Rule(
        "captures in the Wayback Machine",
        r"web\.archive\.org/web/(?:\*|\d+(?:id_|if_)?)/(?:https?:/+)?(?P<id>(?P<name>[^/?*]+)[^?*]*)\*?",
        (INDEX,),
        "{name}-archived",
        note="pages as the archive has captured them, days to weeks later; asked slowly",
        missing="the archive lists no page there that was captured in the last month",
    ),
    Rule(
        "index of GDELT",
        r"api\.gdeltproject\.org/api/v2/doc/doc\?(?P<query>.+)",
        ("https://api.gdeltproject.org/api/v2/doc/doc?{query}",),
        "gdelt",
        note="articles of many outlets under their own addresses; it wants 5 seconds between two requests",
        missing="it found nothing, or refused the query: mode=artlist and format=json must stand in it",
    ),
    Rule(
        "Google News",
        r"news\.google\.com/.*",
        problem="lists articles under addresses that hide those of the outlets: add the outlets themselves",
    ),
)
