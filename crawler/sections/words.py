"""The words by which sites name what is no article: folders, hosts, menus, and links such as "Read more". Pure.

The field's own words in the languages of the saved pages of ``tests/layouts``; other languages are judged by the rest
of the evidence.
"""

import re

# Path segments under which no article stands, whatever follows them.
FURNITURE_FOLDERS = frozenset(
    (
        "account", "accounts", "advertise", "advertising", "agb", "album", "albums", "anmelden", "app", "apps",
        "author", "authors", "autor", "autoren", "autores", "buscar", "byline", "calendar", "caricature",
        "caricatures", "cart", "cartoon", "cartoons", "categoria", "categorias", "categories", "category",
        "checkout", "columnist", "columnists", "comment", "contributor", "contributors", "cookies", "crossword",
        "datenschutz", "donate", "download", "downloads", "epaper", "etiqueta", "etiquetas", "faq", "feed",
        "feeds", "fotos", "galeria", "galerias", "galerie", "galleries", "gallery", "gutscheine", "horoscope",
        "impressum", "in_pictures", "kategorie", "komentarze", "kontakt", "konto", "label", "labels", "login",
        "logout", "member", "members", "movie", "movies", "mypage", "newsletter", "newsletters", "personen",
        "photo", "photogallery", "photos", "pictures", "podcast", "podcasts", "poll", "print", "privacy",
        "profile", "profiles", "quiz", "quote", "quotes", "redaktion", "register", "reklama", "rss", "rubrik",
        "rubrique", "search", "sendmail", "share", "shop", "signin", "signup", "sitemap", "slideshow",
        "slideshows", "sponsored", "subscribe", "subscription", "suche", "tag", "tagged", "tags", "tema",
        "temas", "thema", "themen", "topic", "topics", "tv", "user", "users", "video", "videos", "vod",
        "wallpaper", "webcam", "widget", "widgets", "wp-admin", "wp-content", "wp-login.php", "writer",
        "writers", "zhuanti",
    )
)  # fmt: skip

# Folders of lists and service pages: what is in them is an article only if much else speaks for it.
LIST_FOLDERS = frozenset(
    (
        "channel", "channels", "companies", "company", "event", "events", "guide", "guides", "help",
        "infographics", "jobs", "kanal", "multimedia", "poll", "polls", "recipes", "ressort", "seccion",
        "secciones", "section", "sections", "service", "staff", "static", "team", "vacancies", "weather",
    )
)  # fmt: skip

# First labels of a portal's hosts that have no articles of its press.
FURNITURE_HOSTS = frozenset(
    (
        "abo", "account", "accounts", "ads", "auth", "bbs", "blog", "corp", "download", "emarketing", "epaper",
        "forum", "game", "games", "gutscheine", "help", "id", "immobilien", "jobs", "konto", "live", "login",
        "lottery", "mail", "mi", "my", "newsletter", "passport", "photo", "photos", "pic", "podcast", "search",
        "shop", "suscripciones", "tv", "v", "video", "videos", "wetter",
    )
)  # fmt: skip

# Classes and ids of menus and other furniture, whole or as a part (`main-menu`, `siteNav`).
MENU_NAMES = frozenset(
    (
        "ad", "ads", "advert", "advertisement", "anzeige", "banner", "breadcrumb", "breadcrumbs", "cate",
        "consent", "cookie", "cookies", "copyright", "crumb", "crumbs", "dropdown", "friendlink", "ftr",
        "globalnav", "gnb", "hdr", "lang", "language", "languages", "lnb", "login", "mainmenu", "masthead",
        "mega", "megadrop", "menu", "nav", "navbar", "navi", "navigation", "navigations", "navlist",
        "newsletter", "pageno", "pager", "pagination", "paging", "share", "sharing", "sidenav", "snb", "sns",
        "social", "sponsor", "sponsored", "submenu", "subnav", "subscribe", "tagcloud", "tags", "toolbar",
        "topbar", "topmenu",
    )
)  # fmt: skip

# The same, as whole names only: `entry-header` and `card-footer` are parts of articles.
MENU_NAMES_WHOLE = frozenset(
    (
        "bottom", "foot", "footer", "header", "links", "page-numbers", "pages", "skip-link", "tag-list",
    )
)  # fmt: skip

# ``rel`` of links that lead to no article.
MENU_RELATIONS = frozenset(
    (
        "author", "category", "help", "license", "next", "prev", "search", "sponsored", "tag",
    )
)  # fmt: skip


# Folders of pictures and films by a part of their name: "photostory", "galeri-haber", "web-videos".
MEDIA_FOLDER = re.compile(
    r"(?:\w+[-_])?(?:photo(?!n)|foto|video(?![-_]?game)|galer|galler|podcast|webtv|diapo|bilder)\w*(?:[-_]\w+)?",
    re.IGNORECASE,
)
# Last path segments of a site's pages about itself.
ABOUT_PAGE = re.compile(
    r"(?:about|contact|privacy|terms|cookies?|accessibility|advertise|pravila|acerca|polityka[-_]prywatnosci)"
    r"(?:[-_](?!\d)[^\W_]+){0,3}"  # "privacy-law-passes-second-vote" is an article
    r"|legal(?:[-_]?notice)?|copyright|imprint|help|home|site-?map|sign-?(?:in|up|out)|log-?(?:in|out)"
    r"|regist(?:er|ration)|join|subscri\w*|rss|feeds?|more|all|quienes[-_]somos|aviso[-_]legal|contacto"
    r"|mentions[-_]legales|o-nas|kontakty?|redaktsiya|impressum|datenschutz",
    re.IGNORECASE,
)

# Beginnings of link texts that name no page.
_LABEL_BEGINNINGS = (
    "continue reading", "read more", "read the full", "read full", "read on", "full story", "full text",
    "leave a comment", "leave a reply", "permalink", "permanent link", "weiterlesen", "mehr lesen", "lire la suite",
    "leer más", "seguir leyendo", "leia mais", "leggi tutto", "czytaj dalej", "czytaj więcej", "lees verder",
    "läs mer", "devamını oku", "читать далее", "читать дальше", "читать полностью", "подробнее", "阅读全文",
    "閱讀全文", "閱讀更多", "查看详情", "查看全文", "続きを読む", "もっと見", "もっと読", "記事全文", "전체보기",
    "전체 보기", "자세히", "기사보기", "기사 보기", "اقرأ المزيد", "المزيد", "xem thêm",
)  # fmt: skip
# Whole link texts that name no page.
_LABELS = frozenset(
    (
        "comment", "comments", "no comments", "more", "more details", "more info", "more information", "details",
        "mehr", "weiter", "suite", "más", "siguiente", "anterior", "далее", "ещё", "еще", "вперед", "назад", "更多",
        "详细", "詳細", "全文", "下一页", "上一页", "次へ", "前へ", "더보기", "더 보기", "다음", "이전", "التالي",
        "السابق", "tiếp", "next", "previous", "prev", "older", "newer", "view", "open", "link", "share", "print",
        "play", "watch", "video", "photo", "image",
    )
)  # fmt: skip
# Numbers with a word ("12 comments", "댓글 3"), and a month or day alone, as calendars and archives have them.
_NUMBERED_LABEL = re.compile(
    r"\W*|\d{1,3}"
    r"|\d{1,6}[\W_]*(?:comments?|kommentare?|komentar\w*|commentaires?|comentarios?|комментар\w*|评论|댓글|コメント)"
    r"|(?:comments?|комментар\w*|评论|댓글|コメント)[\W_]*\d{1,6}"
    r"|[^\W\d_]{3,10}\.? (?:19|20)\d\d|\d{1,2}[月월] ?\d{1,2}[日일]"
    r"|(?:19|20)\d\d[-./年년]? ?\d{0,2}[-./月월]? ?\d{0,2}[日일]?"
)


def is_label(text: str) -> bool:
    """Whether *text* names no page: "Read more", "12 comments", a number, signs."""
    plain = text.strip(" .…»›→>«[]()|:!").casefold()
    return (
        plain in _LABELS
        or plain.startswith(_LABEL_BEGINNINGS)
        or _NUMBERED_LABEL.fullmatch(plain) is not None
    )
