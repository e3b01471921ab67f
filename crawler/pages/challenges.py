"""Checks of the browser that stand before a page or feed: whose they are. Pure.

Services put their scripts on ordinary pages too, so a mark proves a check only where there is hardly anything to read.
"""

import re

from crawler.text.encoding import decode
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import Page

# A check says one or two sentences beside its scripts; a page with a short piece of news has a menu too.
_MOST_WORDS = 40
# Cloudflare's say more, by marks that stand on no other page.
_MOST_WORDS_OF = {"Cloudflare": 150}
# With its scripts and styles a check is smaller than this.
_MOST_BYTES = 300_000

_SERVICES = (
    ("F5", re.compile(r"\bbobcmn\b|/TSPD/|The requested URL was rejected\. Please consult")),
    (
        "Cloudflare",
        re.compile(
            r"_cf_chl_opt|/cdn-cgi/challenge-platform/h/\w/orchestrate/|cf-browser-verification|cf-error-details"
            r"|name=.captcha-bypass"
        ),
    ),
    (
        "DDoS-Guard",
        re.compile(r"ddos-guard/(?:js-challenge|ddg-captcha-page)|ddg-l10n-title|data-ddg-origin"),
    ),
    ("Imperva", re.compile(r"_Incapsula_Resource|Incapsula incident|visid_incap")),
    ("servicepipe", re.compile(r"servicepipe\.ru|get_cookie_sps|id_captcha_frame_div")),
    ("Akamai", re.compile(r"/_sec/cp_challenge|sec-if-cpt|bm-verify|errors\.edgesuite\.net")),
    ("DataDome", re.compile(r"captcha-delivery\.com")),
    ("HUMAN", re.compile(r"px-captcha|_pxAppId")),
    ("AWS WAF", re.compile(r"awswaf|gokuProps|AwsWafIntegration")),
    ("Sucuri", re.compile(r"sucuri_cloudproxy_js")),
    ("Qrator", re.compile(r"/__qrator/|qrator_jsid")),
    ("StormWall", re.compile(r"stormwall|swp_token", re.IGNORECASE)),
    ("Vercel", re.compile(r"/\.well-known/vercel/security")),
    ("Anubis", re.compile(r"anubis_challenge|/\.within\.website/x/cmd/anubis")),
    ("SafeLine", re.compile(r"/\.safeline/|SafeLineChallenge")),
    ("Yunsuo", re.compile(r"yunsuo_session|__jsl_clearance|acw_sc__v2|wzwschallenge|wzws-waf|aliyun_waf")),
    (
        "a captcha",
        re.compile(
            r"g-recaptcha|h-captcha|cf-turnstile|hcaptcha\.com|smartcaptcha|showcaptcha|geetest|TCaptcha"
        ),
    ),
)
_SETS_COOKIE = re.compile(r"document\s*\.\s*cookie\s*=(?!=)")
_LOADS_AGAIN = re.compile(r"\blocation\s*(?:\.\s*(?:reload|replace|assign)\s*\(|(?:\.\s*href)?\s*=(?!=))")
_UNSEEN = re.compile(
    r"<(script|style|noscript|template|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<[^<>]*>")


def challenge_of(markup: str) -> str | None:
    """Whose check of the browser the page *markup* is ("F5", "a script"); None if it is none."""
    if len(markup) > _MOST_BYTES or "<" not in markup[:1_000]:
        return None
    name = next((name for name, marks in _SERVICES if marks.search(markup)), None)
    sets_cookie = _SETS_COOKIE.search(markup) is not None and _LOADS_AGAIN.search(markup) is not None
    if name is None and not sets_cookie:
        return None
    words = count_words(_TAG.sub(" ", _UNSEEN.sub(" ", markup)))
    return (name or "a script") if words <= _MOST_WORDS_OF.get(name or "", _MOST_WORDS) else None


def challenge_on(page: Page) -> str | None:
    """Whose check of the browser *page* is; None if it is none, or cannot be read."""
    if len(page.body) > _MOST_BYTES:
        return None
    try:
        return challenge_of(decode(page.body, page.content_type))
    except ParseError:
        return None
