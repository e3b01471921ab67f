"""The words of dates: months in thirty languages, halves of the day, eras and the names of time zones. Pure."""

import unicodedata

# Folded by `fold`: lower case, without accents. Nominative, genitive and the usual short forms; each line is a
# language. Croatian is left out: its "listopad" is October, the Czech and Polish one November.
_MONTH_LINES = """
jan january | feb february | mar march | apr april | may | jun june | jul july | aug august | sep sept september | oct october | nov november | dec december
januar janner jan | februar feber feb | marz mrz maerz | april apr | mai | juni jun | juli jul | august aug | september sep sept | oktober okt | november nov | dezember dez
janvier janv | fevrier fevr fev | mars | avril avr | mai | juin | juillet juil | aout | septembre sept | octobre oct | novembre nov | decembre dec
enero ene | febrero feb | marzo mar | abril abr | mayo may | junio jun | julio jul | agosto ago | septiembre setiembre sep set | octubre oct | noviembre nov | diciembre dic
gennaio gen | febbraio feb | marzo mar | aprile apr | maggio mag | giugno giu | luglio lug | agosto ago | settembre set sett | ottobre ott | novembre nov | dicembre dic
janeiro jan | fevereiro fev | marco mar | abril abr | maio mai | junho jun | julho jul | agosto ago | setembro set | outubro out | novembro nov | dezembro dez
januari jan | februari feb | maart mrt | april apr | mei | juni jun | juli jul | augustus aug | september sep | oktober okt | november nov | december dec
januari | februari | mars | april | maj | juni | juli | augusti | september | oktober | november | december
januar | februar | marts mars | april | maj mai | juni | juli | august | september | oktober | november | december des
tammikuuta tammikuu | helmikuuta helmikuu | maaliskuuta maaliskuu | huhtikuuta huhtikuu | toukokuuta toukokuu | kesakuuta kesakuu | heinakuuta heinakuu | elokuuta elokuu | syyskuuta syyskuu | lokakuuta lokakuu | marraskuuta marraskuu | joulukuuta joulukuu
styczen stycznia sty | luty lutego lut | marzec marca | kwiecien kwietnia kwi | maj maja | czerwiec czerwca cze | lipiec lipca lip | sierpien sierpnia sie | wrzesien wrzesnia wrz | pazdziernik pazdziernika paz | listopad listopada lis | grudzien grudnia gru
leden ledna | unor unora | brezen brezna | duben dubna | kveten kvetna | cerven cervna | cervenec cervence | srpen srpna | zari | rijen rijna | listopad listopadu | prosinec prosince
januara januar | februara februar | marca marec | aprila april | maja maj | juna jun | jula jul | augusta august | septembra september | oktobra oktober | novembra november | decembra december
ianuarie ian | februarie | martie | aprilie | mai | iunie iun | iulie iul | august | septembrie | octombrie | noiembrie noi | decembrie
januar | februar | marcius | aprilis | majus | junius | julius | augusztus | szeptember | oktober | november | december
января январь янв | февраля февраль фев февр | марта март мар | апреля апрель апр | мая маи | июня июнь июн | июля июль июл | августа август авг | сентября сентябрь сен сент | октября октябрь окт | ноября ноябрь ноя нояб | декабря декабрь дек
січня січень січ | лютого лютии лют | березня березень бер | квітня квітень квіт | травня травень трав | червня червень черв | липня липень лип | серпня серпень серп | вересня вересень вер | жовтня жовтень жовт | листопада листопад лист | грудня грудень груд
студзеня | лютага | сакавіка | красавіка | мая | чэрвеня | ліпеня | жніуня | верасня | кастрычніка | лістапада | снежня
януари | февруари | март | април | маи | юни | юли | август | септември | октомври | ноември | декември
јануар | фебруар | март | април | мај | јун | јул | август | септембар | октобар | новембар | децембар
ianouariou ιανουαριου | φεβρουαριου | μαρτιου | απριλιου | μαιου | ιουνιου | ιουλιου | αυγουστου | σεπτεμβριου | οκτωβριου | νοεμβριου | δεκεμβριου
ocak oca | subat sub | mart | nisan nis | mayis | haziran haz | temmuz tem | agustos agu | eylul eyl | ekim eki | kasim kas | aralik ara
يناير كانون_الثاني جانفي | فبراير شباط فيفري | مارس اذار | ابريل نيسان افريل | مايو ايار ماي | يونيو حزيران جوان | يوليو تموز جويلية | اغسطس اب اوت | سبتمبر ايلول | اكتوبر تشرين_الاول | نوفمبر تشرين_الثاني | ديسمبر كانون_الاول
ژانويه | فوريه | مارس | اوريل | مه | ژوين | ژوييه | اوت | سپتامبر | اكتبر | نوامبر | دسامبر
ינואר בינואר | פברואר בפברואר | מרץ במרץ | אפריל באפריל | מאי במאי | יוני ביוני | יולי ביולי | אוגוסט באוגוסט | ספטמבר בספטמבר | אוקטובר באוקטובר | נובמבר בנובמבר | דצמבר בדצמבר
januari | februari peb | maret | april | mei | juni | juli | agustus agt | september | oktober | november nop | desember des
januari | februari | mac | april | mei | jun | julai | ogos | september | oktober | november | disember
जनवरी | फरवरी | मार्च | अप्रैल | मई | जून | जुलाई | अगस्त | सितंबर | अक्टूबर | नवंबर | दिसंबर
มกราคม ม.ค. | กุมภาพันธ์ ก.พ. | มีนาคม มี.ค. | เมษายน เม.ย. | พฤษภาคม พ.ค. | มิถุนายน มิ.ย. | กรกฎาคม ก.ค. | สิงหาคม ส.ค. | กันยายน ก.ย. | ตุลาคม ต.ค. | พฤศจิกายน พ.ย. | ธันวาคม ธ.ค.
thang_1 thang_gieng | thang_2 | thang_3 | thang_4 | thang_5 | thang_6 | thang_7 | thang_8 | thang_9 | thang_10 | thang_11 | thang_12
"""  # noqa: E501  # a language a line reads best

# Minutes east of Greenwich. The source's own zone goes before this table (see `crawler/text/dates.py`), which settles
# names with several meanings: CST is China's for a source in Asia/Shanghai, else America's as RFC 822 has it; IST
# is India's unless the source is in Israel or Ireland; BST Britain's; AST the Atlantic's.
ZONE_MINUTES = {
    "z": 0,
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "wet": 0,
    "west": 60,
    "bst": 60,
    "cet": 60,
    "mez": 60,
    "cest": 120,
    "mesz": 120,
    "eet": 120,
    "sast": 120,
    "eest": 180,
    "msk": 180,
    "мск": 180,
    "trt": 180,
    "irst": 210,
    "gst": 240,
    "samt": 240,
    "msd": 240,
    "pkt": 300,
    "yekt": 300,
    "uzt": 300,
    "ist": 330,
    "npt": 345,
    "omst": 360,
    "almt": 360,
    "ict": 420,
    "wib": 420,
    "novt": 420,
    "krat": 420,
    "hkt": 480,
    "sgt": 480,
    "pht": 480,
    "myt": 480,
    "awst": 480,
    "wita": 480,
    "irkt": 480,
    "ulat": 480,
    "jst": 540,
    "kst": 540,
    "wit": 540,
    "yakt": 540,
    "aest": 600,
    "vlat": 600,
    "aedt": 660,
    "magt": 660,
    "nzst": 720,
    "pett": 720,
    "nzdt": 780,
    "brt": -180,
    "art": -180,
    "ast": -240,
    "edt": -240,
    "est": -300,
    "cdt": -300,
    "et": -300,
    "cst": -360,
    "mdt": -360,
    "mst": -420,
    "pdt": -420,
    "pt": -480,
    "pst": -480,
    "akst": -540,
    "hst": -600,
}

# Languages whose press writes the day first in 08.09.2023. English is left out: it has both orders.
DAY_FIRST = frozenset(
    {
        "ar",
        "be",
        "bg",
        "bs",
        "ca",
        "cs",
        "da",
        "de",
        "el",
        "es",
        "et",
        "fi",
        "fr",
        "he",
        "hr",
        "hy",
        "id",
        "is",
        "it",
    }
    | {
        "ka",
        "kk",
        "lv",
        "mk",
        "ms",
        "nb",
        "nl",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "sl",
        "sq",
        "sr",
        "sv",
        "th",
    }
    | {"tr", "uk", "vi"}
)

# The year before the era's first.
ERA_STARTS = {
    "令和": 2018,
    "平成": 1988,
    "民國": 1911,
    "民国": 1911,
    "juche": 1911,
    "주체": 1911,
    "чучхе": 1911,
}

# Halves of the day; the second adds twelve to the hour.
_FORENOON = ("오전", "上午", "午前", "凌晨", "早上", "清晨", "am", "a.m.", "a.m", "sang", "ص")
_AFTERNOON = ("오후", "下午", "午後", "晚上", "傍晚", "pm", "p.m.", "p.m", "chieu", "م")
HALVES = {**dict.fromkeys(_FORENOON, 0), **dict.fromkeys(_AFTERNOON, 12)}


def fold(text: str) -> str:
    """*text* in lower case, with single spaces and without accents; Hangul stays composed."""
    if text.isascii():
        return " ".join(text.lower().split())
    wide = unicodedata.normalize("NFKC", text).lower().replace("ı", "i").replace("ł", "l")
    plain = "".join(
        character for character in unicodedata.normalize("NFKD", wide) if not unicodedata.combining(character)
    )
    return " ".join(unicodedata.normalize("NFC", plain).split())


def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for line in _MONTH_LINES.strip().splitlines():
        for month, words in enumerate(line.split("|"), start=1):
            found.update((fold(word.replace("_", " ")), month) for word in words.split())
    return found


MONTHS = _months()
