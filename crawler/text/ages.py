"""Dates that a page states by their age: "3 hours ago", "5分钟前", "вчера, 14:05". Pure.

What CMSs print beside a headline, by the plural rules of the languages (https://cldr.unicode.org/, relative times).
"""

import re
from datetime import UTC, datetime, timedelta

from crawler.limits import FUTURE_DATE_S
from crawler.text.date_labels import Said, split_at_labels
from crawler.text.date_words import fold
from crawler.text.dates import LabelledDate, read_clock
from crawler.text.storable import storable_line
from crawler.text.zones import iana_zone
from storage.records.articles import Precision, StatedDate

AGE_CHARACTERS = 60  # of a line that states an age and little else
# What is older is said in weeks and months, which name no day.
_MOST = {Precision.MINUTE: 180, Precision.HOUR: 72, Precision.DAY: 31}

# A language a line: what stands before the number and behind the unit, then words for minutes, hours and days.
_LANGUAGES = """
| ago | minute minutes min mins m | hour hours hr hrs h | day days d
vor | | minute minuten min | stunde stunden std | tag tagen
il_y_a | | minute minutes min mn | heure heures h | jour jours j
hace | | minuto minutos min | hora horas h | día días
há | | minuto minutos min | hora horas h | dia dias
| atrás | minuto minutos min | hora horas h | dia dias
| fa | minuto minuti min | ora ore h | giorno giorni
| geleden | minuut minuten min | uur u | dag dagen
för | sedan | minut minuter min | timme timmar tim | dag dagar dygn
| siden | minut minutter minutt min | time timer | dag dage dager døgn
| sitten | minuutti minuuttia min | tunti tuntia t | päivä päivää
| temu | minutę minuty minut min | godzinę godziny godzin godz | dzień dni
před | | minutou minutami min | hodinou hodinami hod | dnem dny
| назад | минуту минуты минут мин | час часа часов ч | день дня дней дн
| тому_назад | минуту минуты минут мин | час часа часов ч | день дня дней
| тому | хвилину хвилини хвилин хв | годину години годин год | день дні днів
преди | | минута минути мин | час часа | ден дни
пре | | минут минута | сат сата сати | дан дана
acum | | minut minute min | oră ore | zi zile
| önce | dakika dk | saat sa | gün
πριν | | λεπτό λεπτά | ώρα ώρες | ημέρα ημέρες μέρα μέρες
منذ | | دقيقة دقائق | ساعة ساعات | يوم أيام
قبل | | دقيقة دقائق | ساعة ساعات | يوم أيام
| پیش | دقیقه | ساعت | روز
| قبل | دقیقه | ساعت | روز
לפני | | דקה דקות | שעה שעות | יום ימים
| पहले | मिनट | घंटा घंटे घण्टे | दिन
| trước | phút | giờ | ngày
| yang_lalu | menit | jam | hari
| lalu | menit | jam | hari
| 전 | 분 | 시간 | 일
| 前 | 分 分钟 分鐘 | 小时 小時 个小时 個小時 時間 | 天 日
"""
# One, as it is written for a number.
_ONES = (
    "a an one einer einem une un una uno um uma één een en ett et jednu jedną jeden о один одну одна bir eine"
    " satu o"
)
# Today and yesterday, behind which a clock must stand: alone they are the name of a list.
_TODAY = (
    "today heute aujourd'hui hoy hoje oggi vandaag i_dag idag dziś dzisiaj dnes сегодня сьогодні днес danas astăzi azi"
    " bugün σήμερα اليوم امروز היום आज hôm_nay hari_ini 오늘 今天 今日"
)
_YESTERDAY = (
    "yesterday gestern hier ayer ontem ieri gisteren i_går igår wczoraj včera вчера вчора jučer ieri dün χθες أمس ديروز"
    " אתמול कल hôm_qua kemarin 어제 昨天 昨日"
)
_BEFORE_CLOCK = r"(?:,|\s|·|–|-|\||\b(?:at|um|a las|as|alle|ore|om|kl\.?|o|v|в|о|у|saat|la|στις|الساعة|à)\b)*"


def _words(words: str) -> str:
    """A pattern of all *words*, the longest first."""
    folded = {fold(word.replace("_", " ")) for word in words.split()}
    return "|".join(re.escape(word) for word in sorted(folded, key=lambda word: (-len(word), word)))


def _form(line: str) -> str:
    """The pattern of one language's line."""
    before, behind, *units = (part.strip() for part in line.split("|"))
    names = ("minute", "hour", "day")
    unit = "|".join(rf"(?P<{name}>{_words(words)})" for name, words in zip(names, units, strict=True))
    number = rf"(?:(?P<number>\d{{1,3}})\s?|(?P<one>{_words(_ONES)})\s)"
    # An hour may go without its one ("час назад"), but nothing goes without both words.
    opening = rf"{_words(before)}\s?" if before else ""
    ending = rf"\.?\s?{_words(behind)}" if behind else r"\.?"
    return rf"{opening}{number}?(?:{unit}){ending}"


_FORMS = tuple(re.compile(_form(line)) for line in _LANGUAGES.strip("\n").splitlines())
_UNITS = (("minute", Precision.MINUTE), ("hour", Precision.HOUR), ("day", Precision.DAY))
_NEAR_DAY = re.compile(
    rf"(?:(?P<today>{_words(_TODAY)})|(?P<yesterday>{_words(_YESTERDAY)})){_BEFORE_CLOCK}(?P<clock>\d.*)"
)
_ENDS = " .,:;|·•–—-()[]"


def read_ages(text: str, *, rule: str, timezone: str | None, now: datetime) -> tuple[LabelledDate, ...]:
    """The dates that a short *text* states by their age at *now*, in order, with what its labels say of them.

    Minutes and hours are as precise as they are said, days are those of *timezone* (IANA name; UTC if None or unknown).
    Today and yesterday count with a clock alone. A text that says more than that is prose and gives none.

    Raises:
        Nothing.
    """
    if len(text) > AGE_CHARACTERS:
        return ()
    raw = storable_line(text)
    folded = fold(raw)
    if match := _NEAR_DAY.fullmatch(folded.strip(_ENDS)):
        near = _near_day(match, rule, raw, timezone, now)
        return (LabelledDate(near, Said.UNSAID),) if near else ()
    found = (
        (segment.said, _read(segment.text.strip(_ENDS), rule, raw, timezone, now))
        for segment in split_at_labels(folded)
    )
    return tuple(LabelledDate(date, said) for said, date in found if date is not None)


def _read(text: str, rule: str, raw: str, timezone: str | None, now: datetime) -> StatedDate | None:
    if match := _NEAR_DAY.fullmatch(text):
        return _near_day(match, rule, raw, timezone, now)
    matches = (form.fullmatch(text) for form in _FORMS)
    match = next((match for match in matches if match), None)
    return _aged(match, rule, raw, timezone, now) if match else None


def _near_day(
    match: re.Match[str], rule: str, raw: str, timezone: str | None, now: datetime
) -> StatedDate | None:
    """Today or yesterday with its clock; None if that is none, or has not come yet."""
    day = _day(1 if match["yesterday"] else 0, rule, raw, timezone, now)
    timed = read_clock(match["clock"], day, timezone=timezone)
    if timed is None or timed.at > now + timedelta(seconds=FUTURE_DATE_S):
        return None
    return StatedDate(timed.at, timed.precision, raw, rule, timed.offset_minutes, timed.zone)


def _aged(
    match: re.Match[str], rule: str, raw: str, timezone: str | None, now: datetime
) -> StatedDate | None:
    name, precision = next(unit for unit in _UNITS if match[unit[0]])
    number = int(match["number"]) if match["number"] else 1
    if number > _MOST[precision]:
        return None
    if precision is Precision.DAY:
        return _day(number, rule, raw, timezone, now)
    at = (now - timedelta(**{f"{name}s": number})).astimezone(UTC).replace(second=0, microsecond=0)
    at = at.replace(minute=0) if precision is Precision.HOUR else at
    return StatedDate(at, precision, raw, rule, 0)


def _day(days: int, rule: str, raw: str, timezone: str | None, now: datetime) -> StatedDate:
    local = now.astimezone(iana_zone(timezone) or UTC) - timedelta(days=days)
    return StatedDate(datetime(local.year, local.month, local.day, tzinfo=UTC), Precision.DAY, raw, rule)
