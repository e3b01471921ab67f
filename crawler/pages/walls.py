"""Pages that answer 200 and are no article: challenges, logins, consent and pay walls, lists. Pure.

A phrase alone proves nothing: articles are written about cookies and captchas. A page is a wall if its text is short
and mostly made of such phrases.
"""

import re
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.limits import ARTICLE_WORDS
from crawler.pages.challenges import challenge_of
from crawler.pages.structured import PageFacts
from storage.analyser import count_words
from storage.records.articles import Rejection

# Above this many words a text is an article, whatever it says. The longest consent texts of the press have about
# 150 words in the part that extraction takes for the body.
WALL_WORDS = 200
# A browser check says two or three sentences.
_CHALLENGE_WORDS = 100
# Share of the words that stand in sentences with a wall's phrase; more where the page proves to be an article.
_WALL_SHARE = 0.4
_WALL_SHARE_OF_ARTICLE = 0.7

# Walls have a phrase every 5 to 12 words; an article about cookies has one in a sentence.
_WALL_WORDS_PER_PHRASE = 15

_CHALLENGE_TITLE = re.compile(
    r"^(?:just a moment|attention required|checking your browser|one more step|access denied|ddos-guard"
    r"|are you (?:a )?(?:human|robot)|pardon our interruption|security check|verify(?:ing)? you are human|please wait"
    r"|bot verification|human verification|robot check|vercel security checkpoint|один момент|проверка браузера"
    r"|einen moment|un instant|un momento|请稍候|安全验证|しばらくお待ちください|잠시만 기다)",
    re.IGNORECASE,
)
_PHRASES = {
    "challenge": re.compile(
        r"enable javascript and cookies"
        r"|(?:verify|prove|confirm)(?:ing)? (?:that )?you(?:'re| are) (?:a )?(?:human|not a)"
        r"|checking (?:if the site|your browser)|needs to review the security|ray id|complete the captcha"
        r"|unusual traffic"
        r"|я не робот|подтвердите, что|проверка браузера|验证码|人机验证|로봇이 아닙",
        re.IGNORECASE,
    ),
    "login": re.compile(
        r"(?:log|sign) ?in (?:to|with|or)\b|please (?:log|sign) ?in|forgot(?:ten)? (?:your )?password"
        r"|create an? (?:free )?account|remember me|user ?name or e-?mail"
        r"|войдите|забыли пароль|anmelden|passwort vergessen|connectez-vous"
        r"|mot de passe|inicia(?:r)? sesión|contraseña|로그인|비밀번호|ログイン|パスワード|登录|登入|忘记密码",
        re.IGNORECASE,
    ),
    "wall": re.compile(
        r"(?:use|store|accept|reject|manage|all) (?:\w+ )?cookies|before you continue|(?:we and )?our (?:\d+ )?partners"
        r"|(?:accept|reject|agree to|decline) (?:all|and)|cookie (?:policy|settings|preferences|notice)"
        r"|your (?:privacy|consent|choices)|personali[sz]ed ads|legitimate interest|consent(?:ing)? to"
        r"|subscri(?:be|bers?|ption)s? (?:now|to|only|today|or)|already a subscriber|to (?:continue|keep) reading"
        r"|(?:article|content|story) is (?:only )?(?:for|reserved|available)|become a member|free (?:trial|articles)"
        r"|wir und unsere partner|cookies? (?:zustimmen|akzeptieren|ablehnen)|zustimmung"
        r"|abonn(?:ieren|enten|és|ez-vous)"
        r"|weiterlesen mit"
        r"|nos partenaires|accepter (?:et|tout|les)|tout (?:accepter|refuser)|aceptar (?:y|todo|las)"
        r"|suscr[ií]b|accett[ao]|abbonat|согласи[ея]|файл(?:ы|ов) cookie|подпи(?:шитесь|ску)|쿠키|구독"
        r"|クッキー|同意|有料会員|会員限定|接受.{0,6}cookie|订阅|訂閱",
        re.IGNORECASE,
    ),
}
_SENTENCE = re.compile(r"[^.!?。！？\n]+")

_PASSWORD = etree.XPath("boolean(//input[@type='password'])")
_LINKED_HEADINGS = etree.XPath(
    "count(//*[self::h2 or self::h3 or self::h4][descendant::a[@href] or parent::a[@href]])"
)
# A page with fewer linked headings is an article with a few recommendations.
_LIST_HEADINGS = 6
# Lines of teasers are short; an article's paragraphs have more words.
_PARAGRAPH_WORDS = 18
_PARAGRAPH_SHARE = 0.5
_HOME_PATHS = frozenset({"", "/", "/index.html", "/index.php", "/en", "/en/", "/home"})


def find_wall(title: str, text: str, facts: PageFacts, tree: HtmlElement, markup: str) -> Rejection | None:
    """Why the page is no article though it has *text*; None if it may be one.

    *text* is what a reader sees first, *markup* the beginning of the page as it came.
    """
    words = count_words(text)
    if words > WALL_WORDS:
        return None
    if words <= _CHALLENGE_WORDS:
        if service := challenge_of(markup):
            return Rejection("challenge", service)
        if _CHALLENGE_TITLE.search(title):
            return Rejection("challenge", title)
    proven = is_article(facts)
    shares = {reason: _marked_share(f"{title}\n{text}", phrase) for reason, phrase in _PHRASES.items()}
    reason, share = max(shares.items(), key=lambda pair: pair[1])
    phrases = sum(len(phrase.findall(text)) for phrase in _PHRASES.values())
    is_dense = _WALL_WORDS_PER_PHRASE * phrases >= words
    if is_dense and sum(shares.values()) >= (_WALL_SHARE_OF_ARTICLE if proven else _WALL_SHARE):
        return Rejection(reason, f"{share:.0%} of {words} words")
    if proven or words >= 2 * ARTICLE_WORDS:
        return None
    return Rejection("login", "a password is asked for") if _PASSWORD(tree) else None


def find_list(text: str, facts: PageFacts, tree: HtmlElement, url: str) -> Rejection | None:
    """Why the page is a list of articles; None if it may be an article."""
    if is_article(facts) or _LINKED_HEADINGS(tree) < _LIST_HEADINGS:
        return None
    if facts.linked.is_list or urlsplit(url).path in _HOME_PATHS:
        return Rejection("list_page", "it calls itself a list, or is the outlet's first page")
    counts = [count_words(line) for line in text[:50_000].splitlines()]
    if sum(count for count in counts if count >= _PARAGRAPH_WORDS) < _PARAGRAPH_SHARE * sum(counts):
        return Rejection("list_page", "headings with links, and no paragraphs")
    return None


def is_article(facts: PageFacts) -> bool:
    """Whether the page says that it is an article."""
    return (
        facts.linked.is_article
        or facts.page_type in ("article", "news", "news.article")
        or bool(facts.published)
    )


def _marked_share(text: str, phrase: re.Pattern[str]) -> float:
    """Share (0 to 1) of the words of *text* that stand in sentences with *phrase*."""
    sentences = _SENTENCE.findall(text)
    whole = sum(len(sentence.split()) for sentence in sentences)
    marked = sum(len(sentence.split()) for sentence in sentences if phrase.search(sentence))
    return marked / whole if whole else 0.0
