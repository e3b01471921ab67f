"""Phrases and names by which a page says what is not its article, and what is its lead. Pure.

Where a page names a thing, no likeness of its text outweighs that; the model learns the names that are less plain.
"""

import re
from functools import lru_cache

# At the beginning of a line: what leads to other pages, in the words of outlets of each language.
_LABELS = (
    r"(?:read|see|watch|listen)(?: also| more| next| now)?\s*[:：»>-]|(?:read|see) also|also read|read more|more from",
    r"more on this|don'?t miss|related (?:stor|article|news|content|topic|link)|recommended|most read|trending",
    r"you (?:may|might) (?:also|like)|sign up|subscribe|follow us|join us|click here",
    r"читайте также|читать также|по теме|смотрите также|материалы по теме|ещ[её] по теме|другие новости",
    r"подписывайтесь|подпишитесь|читайте також|дивіться також|також читайте",
    r"관련\s?(?:기사|뉴스|글)|함께\s?(?:보면|읽)|더\s?보기|이\s?시각|많이\s?본|추천\s?기사",
    r"相关(?:新闻|阅读|报道|链接|文章|推荐)|相關(?:新聞|閱讀|報導|連結|文章)|延伸(?:阅读|閱讀)|更多(?:新闻|新聞|阅读|内容)",
    r"推荐阅读|推薦閱讀|热门|点击查看|関連(?:記事|ニュース|リンク)|あわせて読みたい|おすすめ|もっと(?:見る|読む)|こちらも",
    r"lesen sie (?:auch|hier|mehr)|mehr zum thema|mehr dazu|auch interessant|das könnte sie",
    r"lire (?:aussi|également)|à lire|voir aussi|sur le même (?:sujet|thème)",
    r"leer (?:también|más)|lea también|te puede interesar|también te|más (?:noticias|información)|ver también",
    r"leggi anche|potrebbe interessarti|leia (?:também|mais)|veja (?:também|mais)|saiba mais",
    r"czytaj (?:także|też|również)|zobacz (?:także|też)|přečtěte si|čtěte také|lees ook|læs også|les også|läs också",
    r"lue myös|ayrıca (?:okuyun|bakınız)|اقرأ أيضا|اقرأ ايضا|إقرأ أيضا|بیشتر بخوانید|مطالب مرتبط",
    r"xem thêm|baca juga|यह भी पढ़ें|อ่านเพิ่มเติม",
)
_LABEL = re.compile(rf"^\W{{0,3}}(?:{'|'.join(_LABELS)})", re.IGNORECASE)
_LABEL_CHARACTERS = 60


def has_label(text: str) -> bool:
    """Whether *text* begins with a phrase that leads to other pages ("Read also", "관련기사")."""
    return _LABEL.match(text[:_LABEL_CHARACTERS]) is not None


# Within the element that holds the article, these are not of it. Between signs, "ad" is a word of its own.
_FOREIGN_NAME = re.compile(
    r"(?:^|[\s_-])(?:ads?|advert\w*|advertisement|reklama|werbung|anzeige|promo\w*|sponsor\w*|outbrain|taboola"
    r"|newsletter\w*|subscribe\w*|subscription|signup|related\w*|recommend\w*|readmore|readalso|read-also|read-more"
    r"|see-also|more-on|share|sharing|social|socials|tags|taglist|tag-list|comments?|breadcrumbs?|most-read|mostread"
    r"|most-popular|popular|trending|caption|figcaption|wp-caption\w*|copyright|cookie\w*|consent)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LEAD_NAME = re.compile(
    r"(?:^|[\s_-])(?:lead|lede|leadin|standfirst|intro|introduction|summary|deck|dek|excerpt|abstract|annotation"
    r"|announce|anons|chapeau|chapo|perex|vorspann|subtitle|sub-title|subheadline|subhead|kicker-text|teaser-text"
    r"|entradilla|sommario|occhiello|ingress|zhaiyao)(?:$|[\s_-])",
    re.IGNORECASE,
)

_BODY_NAME = re.compile(
    r"(?:article|story|post|entry|news|main)[_-]*(?:body|text|content|copy)|body-?(?:copy|text|content)|articlebody",
    re.IGNORECASE,
)


@lru_cache(maxsize=8_192)
def is_foreign_name(name: str) -> bool:
    """Whether an element of this *name* (class, id) holds something beside the article by its own word."""
    return _FOREIGN_NAME.search(name) is not None


@lru_cache(maxsize=8_192)
def is_lead_name(name: str) -> bool:
    """Whether an element of this *name* (class, id) holds an article's lead by its own word."""
    return _LEAD_NAME.search(name) is not None


@lru_cache(maxsize=8_192)
def is_body_name(name: str) -> bool:
    """Whether an element of this *name* (class, id, itemprop) holds an article's text by its own word."""
    return _BODY_NAME.search(name) is not None
