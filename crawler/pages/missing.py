"""Pages that say that there is nothing at their address, whatever their status says. Pure.

A phrase alone proves nothing: articles are written about errors and about what was not found. At a first reading the
page must call itself missing in a heading of hardly another word, and most of what it says must be the phrases of such
pages; beside an article that stood at the address before (a second look) a phrase is enough.
"""

import re
from collections.abc import Iterable

from crawler.limits import ARTICLE_WORDS
from crawler.pages.structured import PageFacts
from crawler.pages.walls import is_article
from storage.analyser import count_words
from storage.records.articles import Rejection

# Gone or not, what says so is short: the longest such page of the press seen has 90 words.
_MISSING_WORDS = 150
_MISSING_CHARACTERS = 300
_PAGE = r"(?:web ?)?(?:page|article|story|document|content|item|url|address|link)"
# The page, or what was asked for, is not there: no other sense.
_NO_PAGE = (
    r"\b(?:http )?(?:error )?404\b(?: error)?|\b410 gone\b"
    rf"|{_PAGE}s? (?:(?:you|that|which|at)[\w' ]{{1,40}} )?"
    r"(?:(?:was|is|were|could|can|has|have|does|do) ?)?(?:not|n't|'t|no longer|been)(?: be)?"
    r" (?:found|exist|exists|available|removed|deleted|located)"
    rf"|(?:can't|can ?not|could ?n't|could not|unable to|failed to) (?:find|locate) (?:the |that |this |your |a )?"
    rf"(?:requested )?{_PAGE}"
    rf"|(?:no such|missing) (?:page|article|address)|(?:nothing|no results?) (?:was |were )?found(?= (?:at|here|on))?"
    rf"|{_PAGE} (?:is )?(?:missing|unavailable)"
    r"|страниц\w+ (?:\w+ ){0,3}не (?:найден|существует|доступн)|материал (?:не найден|удал[её]н)"
    r"|такой страницы (?:не существует|нет)|ошибка 404"
    r"|запрашиваем\w+ .{0,40}не найден|сторінк\w+ не (?:знайден|існує)"
    r"|页面不存在|页面(?:未|没有)找到|(?:找不到|未找到)(?:该|此)?(?:页面|文章|网页)|您访问的(?:页面|内容)"
    r"|(?:文章|内容)(?:不存在|已(?:被)?删除)"
    r"|頁面不存在|找不到(?:頁面|網頁)|ページが見つかりません|お探しの(?:ページ|記事)|記事は(?:削除|存在し)"
    r"|(?:페이지|기사|게시물)(?:를|을)? 찾을 수 없|존재하지 않는 (?:페이지|기사|게시물)|삭제된 (?:페이지|기사|게시물)"
    r"|(?:페이지|기사|게시물)(?:가|이)? (?:존재하지 않|삭제되었|없습니다)"
    r"|seite (?:wurde )?nicht gefunden|page (?:introuvable|non trouvée)"
    r"|página no (?:encontrada|existe)|pagina non trovata|página não encontrada"
    r"|sayfa bulunamadı|strona nie (?:została znaleziona|istnieje)|nie znaleziono strony"
    r"|الصفحة غير موجودة|لم يتم العثور"
)
# Something is not there: the page, or what an article is about.
_NOTHING = (
    r"\bnot found|does(?: not|n't) exist|no longer (?:exists|available)|has been (?:removed|deleted)"
    r"|nicht (?:mehr )?(?:vorhanden|verfügbar)|n'existe (?:pas|plus)|nie znaleziono"
)
# What such pages go on to say: perhaps why, and where to go now.
_ADVICE = (
    r"(?:typed|entered|spelled) (?:\w+ )?(?:incorrectly|wrong)|mis(?:typed|spelled)|(?:moved|removed|renamed),? or"
    r"|or (?:moved|removed|deleted)|(?:check|retype) the (?:address|url|spelling|link)"
    r"|(?:go|return|back) (?:back )?(?:to )?(?:the |our )?(?:front|home) ?page|looking for"
    r"|try (?:a |the |using )?search"
    r"|use the search|maybe try|(?:broken|outdated|dead) link|error of ours|sorry"
    r"|адрес\w* (?:\w+ ){0,2}неправильно|(?:удал[её]н|перемещ[её]н)\w*|проверьте|вернитесь|воспользуйтесь|на главную"
    r"|к сожалению|извините"
    r"|주소(?:가|를) (?:정확|변경|잘못|확인|다시)|다시 (?:한번 )?확인|(?:삭제|변경)되었|첫 ?화면|메인|홈으로|검색"
    r"|죄송|고객센터"
    r"|返回首页|返回上一页|已(?:被)?(?:删除|移除)|地址(?:是否)?(?:有误|错误|正确)|抱歉|トップページ|ホームへ|URLを|移動または|申し訳"
    r"|startseite|zurück zur|page d'accueil|vérifiez l'adresse|página (?:de inicio|principal)|головну"
)
_SAYS_NO_PAGE = re.compile(_NO_PAGE, re.IGNORECASE)
_SAYS_NOTHING = re.compile(f"{_NO_PAGE}|{_NOTHING}", re.IGNORECASE)
_SIGN = re.compile(f"{_NO_PAGE}|{_NOTHING}|{_ADVICE}", re.IGNORECASE)
_HEADS = re.compile(r"<(title|h1)\b[^>]*>(.{0,500}?)</\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SENTENCE = re.compile(r"[^.!?。！？\n]+")
_OUTLET = re.compile(r"\s+[|·•–—:-]+\s+")
# Words of a heading beside the phrase: "Oops! That", "Sorry, the", "К сожалению, запрашиваемая".
_HEADING_WORDS = 3
# Share of the words in sentences with such phrases; of a page that calls itself an article more.
_SHARE, _SHARE_OF_ARTICLE = 0.5, 0.8
# The whole of a short page, and the beginning of one that goes on with what is read most.
_LEAD_WORDS = 60


def says_missing(title: str, text: str) -> bool:
    """Whether a short page says that there is nothing at its address; it has another text than stood there before."""
    title, text = _plain(title), _plain(text)
    if count_words(text) > _MISSING_WORDS:
        return False
    return (
        _SAYS_NOTHING.search(title) is not None
        or _SAYS_NOTHING.search(text[:_MISSING_CHARACTERS]) is not None
    )


def markup_says_missing(markup: str) -> bool:
    """The same of a page without an article, by its title and headings."""
    return any(_SAYS_NOTHING.search(_plain(_TAG.sub(" ", head[2]))) for head in _HEADS.finditer(markup))


def find_missing(title: str, text: str, facts: PageFacts) -> Rejection | None:
    """Why a page that is read for the first time is none but a notice that there is none; None if it may be one."""
    heads = map(_plain, (title, *facts.headings, *_OUTLET.split(facts.window_title)))
    head = next((head for head in heads if _calls_itself_missing(head)), None)
    if head is None:
        return None
    lead, words = _lead(_plain(text).splitlines())
    least = _SHARE_OF_ARTICLE if is_article(facts) else _SHARE
    signs = len({match[0].lower() for match in _SIGN.finditer(lead)})
    if words >= ARTICLE_WORDS and (signs < 2 or _share(lead) < least):
        return None
    return Rejection("not_found", head[:_MISSING_CHARACTERS])


def _plain(text: str) -> str:
    return text.replace("\u2019", "'").replace("\u02bc", "'")


def _calls_itself_missing(head: str) -> bool:
    rest, phrases = _SAYS_NO_PAGE.subn(" ", head)
    if not phrases:
        rest, phrases = _SAYS_NOTHING.subn(" ", head)
        return phrases > 0 and not count_words(rest)
    return count_words(rest) <= _HEADING_WORDS


def _lead(lines: Iterable[str]) -> tuple[str, int]:
    """The first lines, of 60 words or more together, and their words."""
    kept: list[str] = []
    words = 0
    for line in lines:
        if words >= _LEAD_WORDS:
            break
        kept.append(line)
        words += count_words(line)
    return "\n".join(kept), words


def _share(text: str) -> float:
    """Share (0 to 1) of the words of *text* that stand in sentences of a page that is missing."""
    sentences = [(count_words(sentence), _SIGN.search(sentence)) for sentence in _SENTENCE.findall(text)]
    whole = sum(words for words, _ in sentences)
    return sum(words for words, sign in sentences if sign) / whole if whole else 0.0
