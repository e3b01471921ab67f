"""Time zones as feeds and pages name them: by abbreviation, by offset, by city and in a sentence's words. Pure.

All names are compared folded (`crawler.text.date_words.fold`): in lower case and without accents.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from crawler.text.date_words import fold

# Kiribati is 14 h ahead; no zone is further off.
_LARGEST_OFFSET_MINUTES = 14 * 60

# Minutes east of Greenwich. The source's own zone goes before this table, which settles names with several meanings:
# CST is China's for a source in Asia/Shanghai, else America's as RFC 822 has it; IST is India's unless the source is
# in Israel or Ireland; BST Britain's; AST the Atlantic's. AMT is left out: Armenia's and the Amazon's are 8 h apart.
_BY_OFFSET = {
    0: "z ut utc gmt wet azost",
    60: "west bst cet mez wat",
    120: "cest mest mesz hec eet cat sast wast",
    180: "eest msk мск trt eat volt idt fet",
    210: "irst",
    240: "gst samt msd azt get mut ret sct самт",
    270: "irdt aft",
    300: "pkt yekt uzt tjt tmt mvt екб",
    330: "ist slst",
    345: "npt",
    360: "omst almt kgt btt омск",
    390: "mmt",
    420: "ict wib novt krat hovt",
    480: "hkt sgt pht phst myt awst wita irkt ulat bnt ирк",
    540: "jst kst wit yakt tlt chot",
    570: "acst",
    600: "aest vlat pgt chst влд",
    630: "acdt",
    660: "aedt magt sakt sret nct sbt",
    720: "nzst pett anat fjt",
    780: "nzdt tot",
    -60: "cvt",
    -120: "brst",
    -150: "ndt",
    -180: "brt art adt uyt clst gft pyst srt",
    -210: "nst",
    -240: "ast edt clt bot vet gyt",
    -300: "est cdt cot pet ect",
    -360: "cst mdt",
    -420: "mst pdt",
    -480: "pst akdt",
    -540: "akst hdt",
    -600: "hst hast",
    -660: "sst",
}
ZONE_MINUTES = {name: minutes for minutes, names in _BY_OFFSET.items() for name in names.split()}

# Names whose offset changes with the season, and places that a sentence calls otherwise than the zone's database.
_SEASONAL = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
# Stems of places as sentences decline them; the first that begins a word counts.
_PLACE_STEMS = {
    "Europe/Moscow": (
        "moscow mosco moscou moscu moskau moskv moskova московск москв мск московським"
        " московскаму موسكو مسكو مسکو מוסקבה मास्को 莫斯科 モスクワ 모스크바 러시아 俄罗斯 russia"
    ),
    "Asia/Vladivostok": "vladivostok владивосток 블라디보스토크 符拉迪沃斯托克",
    "Asia/Yekaterinburg": "yekaterinburg екатеринбург",
    "Asia/Novosibirsk": "novosibirsk новосибирск",
    "Asia/Krasnoyarsk": "красноярск",
    "Asia/Irkutsk": "иркутск",
    "Asia/Omsk": "омск",
    "Europe/Samara": "самарск",
    "Europe/Kaliningrad": "калининград",
    "Europe/Kyiv": "kyiv kiev киевск киев київськ києв كييف",
    "Europe/Minsk": "minsk минск мінск",
    "Asia/Almaty": "алматы almaty астан",
    "Asia/Tashkent": "ташкент tashkent",
    "Asia/Tbilisi": "тбилис tbilisi",
    "Asia/Yerevan": "ереван yerevan",
    "Asia/Baku": "бакин baku",
    "Asia/Shanghai": (
        "beijing peking pekin pequim china chinese пекин китай 北京 中国 中國 베이징 북경 중국 بكين"
    ),
    "Asia/Taipei": "taipei taiwan 台北 臺北 台灣 台湾",
    "Asia/Hong_Kong": "香港",
    "Asia/Tokyo": "tokyo tokio toquio japan japanese japon токий японск 東京 日本 东京 도쿄 일본 동경 طوكيو",
    "Asia/Seoul": "seoul seul korea korean corea сеул корейск 首尔 韩国 韓国 서울 한국 우리",
    "Asia/Pyongyang": "pyongyang pjongjang пхеньян 平壤 平壌 평양 북한 조선 بيونغ",
    "Asia/Kolkata": "india indian new_delhi delhi mumbai भारतीय индийск",
    "Asia/Karachi": "pakistan islamabad",
    "Asia/Ho_Chi_Minh": "hanoi ha_noi viet_nam vietnam",
    "Asia/Bangkok": "thailand thai",
    "Asia/Jakarta": "jakarta",
    "Asia/Tehran": "tehran iran iranian teheran تهران طهران ايران",
    "Asia/Jerusalem": "israel jerusalem ישראל القدس فلسطين",
    "Asia/Riyadh": "saudi mecca makkah riyadh مكه مكة السعودية السعوديه الرياض",
    "Asia/Dubai": "dubai uae abu_dhabi gulf الامارات ابوظبي دبي",
    "Asia/Baghdad": "baghdad بغداد",
    "Asia/Beirut": "beirut بيروت",
    "Asia/Damascus": "damascus دمشق",
    "Africa/Cairo": "cairo القاهرة القاهره",
    "Africa/Nairobi": "kenya",
    "Europe/Istanbul": "turkey turkish turkiye ankara",
    "Europe/London": "london britain british uk_time londres londra london's лондон 伦敦 倫敦 ロンドン 런던 영국",
    "Europe/Paris": "paris france francaise париж 巴黎 parigi",
    "Europe/Berlin": "berlin german deutscher берлин mitteleuropaisch central_european",
    "Europe/Athens": "greek eastern_european osteuropaisch",
    "Europe/Madrid": "espana madrid peninsular",
    "Europe/Lisbon": "lisboa lisbon portugal western_european",
    "Europe/Rome": "italiana roma",
    "Europe/Warsaw": "polskiego warszaw",
    "America/Sao_Paulo": "brasilia brazil",
    "America/Argentina/Buenos_Aires": "argentina",
    "America/Mexico_City": "mexico",
    "America/Bogota": "colombia",
    "America/Santiago": "chile",
    "America/New_York": (
        "eastern new_york nueva_york washington нью-йорк вашингтон 美东 美國東部 纽约 ニューヨーク 미국_동부"
        " 미_동부 뉴욕 워싱턴 واشنطن نيويورك"
    ),
    "America/Chicago": "central 미국_중부",
    "America/Denver": "mountain",
    "America/Los_Angeles": "pacific los_angeles 美西 미국_서부",
    "UTC": "greenwich гринвич غرينتش جرينتش غرينيتش גריניץ universal 格林尼治 格林威治 그리니치 세계표준 협정세계",
}
_LOCAL = re.compile(
    r"\blocal\b|местн|місцев|мясцов|ortszeit|lokal|locale\b|هنا|المحلي|محلي|현지|当地|當地|本地|現地|мест\. "
)
# Sentences that name a zone; whatever stands in the group is a place.
_SENTENCES = tuple(
    re.compile(pattern)
    for pattern in (
        r"по ([а-яё-]{3,25}(?:ому|ему)) времени|([а-яё-]{3,25}ого) времени|([а-яё-]{3,25}(?:ое|ее)) время",
        r"за ([а-яіїє-]{3,25}им) часом|за (києвом)|по (москве|мск|киеву|гринвичу)",
        r"(?:بتوقيت|توقيت|به وقت|وقت) ([\w ]{3,20})",
        r"(?:heure|heures) (?:de |d')([a-z -]{3,20})|heure (francaise|locale)",
        r"hora(?:rio)? (?:de |do |da |del )?([a-z -]{3,20})",
        r"ora (?:di )?(italiana|locale|[a-z]{4,12})\b",
        r"([a-z]{4,20})er zeit|(ortszeit)|([a-z]{4,25})e (?:sommer|winter)?zeit",
        r"(?:waktu|gio) ([a-z ]{4,12})",
        r"([a-z]{4,12}) saati(?:yle)?\b",
        r"czasu ([a-z]{4,15})",
        r"שעון (\w{4,10})",
    )
)
# In these only a known place counts: "reading time" and "发布时间" name no zone.
_KNOWN_ONLY = tuple(
    re.compile(pattern)
    for pattern in (
        r"([a-z]{2,12}(?:[ -][a-z]{3,12})?)(?:'s)? (?:standard |daylight |summer )?time\b",
        r"([\u4e00-\u9fff\u30a0-\u30ff]{2,6}?)(?:标准|標準|夏令)?[时時][间間]",
        r"((?:미국?\s?)?[\uac00-\ud7a3]{2,6}?)\s?(?:표준)?\s?(?:시간|시각|기준)",
    )
)
_WORDS_OF_TIME = re.compile(
    r"time\b|времен|время|часом|києвом|по (?:москве|мск|киеву|гринвичу)|توقيت|وقت|heure|hora|\bora |zeit\b|waktu|\bgio "
    r"|saati|czasu|שעון|[时時][间間]|시간|시각|기준"
)
_OFFSET = re.compile(r"(?:utc|gmt|мск|msk)? ?([+\-−])(\d{1,2}):?(\d\d)?")


@dataclass(frozen=True, slots=True)
class StatedZone:
    """A zone that a text states; neither *minutes* nor *name* nor *is_local*: stated, but not to be read."""

    minutes: int | None = None  # east of Greenwich
    name: str = ""  # IANA
    is_local: bool = False  # "local time": that of the source


def read_zone(word: str) -> StatedZone | None:
    """The zone that *word* behind a time of day names: offset, abbreviation or IANA name; None if it names none.

    Raises:
        ValueError: no place on Earth has the stated offset.
    """
    if match := _OFFSET.fullmatch(word):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes > _LARGEST_OFFSET_MINUTES or int(match[3] or 0) > 59:
            raise ValueError("offset")
        base = 180 if word[:3] in ("мск", "msk") else 0  # "МСК+2" counts from Moscow
        return StatedZone(base + (minutes if match[1] == "+" else -minutes))
    if word in ZONE_MINUTES:
        return StatedZone(ZONE_MINUTES[word])
    if word in _SEASONAL:
        return StatedZone(name=_SEASONAL[word])
    if "/" in word and (name := _iana_names().get(word)):
        return StatedZone(name=name)
    return None


def find_zone_words(text: str) -> StatedZone | None:
    """The zone that *text* states in words ("по московскому времени", "한국시간"); None if it states none."""
    if not _WORDS_OF_TIME.search(text):
        return None
    for sentence in _SENTENCES:
        if match := sentence.search(text):
            return _of_place(next(group for group in match.groups() if group)) or StatedZone()
    for sentence in _KNOWN_ONLY:
        for match in sentence.finditer(text):
            if found := _of_place(match[1]):
                return found
    return None


def offset_minutes(zone: StatedZone, local: datetime, timezone: str | None) -> int:
    """Minutes east of Greenwich of *zone* at the *local* time; *timezone* is the source's."""
    if zone.minutes is not None:
        return zone.minutes
    found = iana_zone(zone.name or timezone)
    there = local.replace(tzinfo=found) if found else None
    return minutes_of(there) if there else 0


def minutes_of(there: datetime) -> int:
    """Minutes east of Greenwich of an aware time; 0 for one without a zone."""
    return round((there.utcoffset() or timedelta()).total_seconds() / 60)


@lru_cache(maxsize=256)
def iana_zone(name: str | None) -> ZoneInfo | None:
    """The zone of an IANA name; None if there is no such zone here."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):  # LookupError: the zone is not known here
        return None


def _of_place(words: str) -> StatedZone | None:
    if _LOCAL.search(words):
        return StatedZone(is_local=True)
    for start in _starts(words):
        for length in (len(start), *_stem_lengths()):
            if length <= len(start) and (name := _places().get(start[:length])):
                return StatedZone(name=name)
    return None


def _starts(words: str) -> list[str]:
    """Where a place's name may begin in *words*: at each word, and, without spaces between words, at each sign."""
    joined = words.strip().replace(" ", "_")
    if re.search("[\u3040-\u9fff\uac00-\ud7a3]", joined):
        return [joined[index:] for index in range(len(joined))]
    parts = joined.split("_")
    return ["_".join(parts[index:]) for index in range(len(parts))]


@lru_cache(maxsize=1)
def _places() -> dict[str, str]:
    """Zones by the folded names of places: our stems, then the cities of the zones' database."""
    cities = {name.rsplit("/", 1)[-1].lower(): name for name in sorted(available_timezones()) if "/" in name}
    return cities | {fold(stem): name for name, stems in _PLACE_STEMS.items() for stem in stems.split()}


@lru_cache(maxsize=1)
def _stem_lengths() -> tuple[int, ...]:
    stems = {len(fold(stem)) for stems in _PLACE_STEMS.values() for stem in stems.split()}
    return tuple(sorted(stems, reverse=True))


@lru_cache(maxsize=1)
def _iana_names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
