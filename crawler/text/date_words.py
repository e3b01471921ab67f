"""The words of dates: months in forty languages, parts of the day, and eras. Pure."""

import unicodedata
from enum import Enum

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
ژانويه | فوريه | مارس | اوريل آوريل | مه مى | ژوين ژوئن | ژوييه ژوئيه جولاى | اوت آگوست | سپتامبر | اكتبر | نوامبر | دسامبر
ינואר בינואר | פברואר בפברואר | מרץ במרץ | אפריל באפריל | מאי במאי | יוני ביוני | יולי ביולי | אוגוסט באוגוסט | ספטמבר בספטמבר | אוקטובר באוקטובר | נובמבר בנובמבר | דצמבר בדצמבר
januari | februari peb | maret | april | mei | juni | juli | agustus agt | september | oktober | november nop | desember des
januari | februari | mac | april | mei | jun | julai | ogos | september | oktober | november | disember
जनवरी | फरवरी | मार्च | अप्रैल | मई | जून | जुलाई | अगस्त | सितंबर | अक्टूबर | नवंबर | दिसंबर
มกราคม ม.ค. | กุมภาพันธ์ ก.พ. | มีนาคม มี.ค. | เมษายน เม.ย. | พฤษภาคม พ.ค. | มิถุนายน มิ.ย. | กรกฎาคม ก.ค. | สิงหาคม ส.ค. | กันยายน ก.ย. | ตุลาคม ต.ค. | พฤศจิกายน พ.ย. | ธันวาคม ธ.ค.
gener gen | febrer febr | marc | abril abr | maig | juny | juliol jul | agost ag | setembre set | octubre oct | novembre nov | desembre des
sausio sausis | vasario vasaris | kovo kovas | balandzio balandis | geguzes geguze | birzelio birzelis | liepos liepa | rugpjucio rugpjutis | rugsejo rugsejis | spalio spalis | lapkricio lapkritis | gruodzio gruodis
janvaris janvari janv | februaris februari febr | marts | aprilis aprili apr | maijs maija | junijs junija | julijs julija | augusts augusta | septembris septembri sept | oktobris oktobri okt | novembris novembri nov | decembris decembri dec
jaanuar jaan | veebruar veebr | marts | aprill apr | mai | juuni | juuli | august | september | oktoober okt | november | detsember dets
januarja januar | februarja februar | marca marec | aprila april | maja maj | junija junij | julija julij | avgusta avgust | septembra september | oktobra oktober | novembra november | decembra december
қантар | акпан ақпан | наурыз | сауір сәуір | мамыр | маусым | шілде | тамыз | қыркуйек қыркүйек | қазан | қараша | желтоқсан
جنوری | فروری | مارچ | اپریل | مئی | جون | جولائی | اگست | ستمبر | اکتوبر | نومبر | دسمبر
জানুয়ারি জানুয়ারী | ফেব্রুয়ারি ফেব্রুয়ারী | মার্চ | এপ্রিল | মে | জুন | জুলাই | আগস্ট | সেপ্টেম্বর | অক্টোবর | নভেম্বর | ডিসেম্বর
იანვარი | თებერვალი | მარტი | აპრილი | მაისი | ივნისი | ივლისი | აგვისტო | სექტემბერი | ოქტომბერი | ნოემბერი | დეკემბერი
հունվարի | փետրվարի | մարտի | ապրիլի | մայիսի | հունիսի | հուլիսի | օգոստոսի | սեպտեմբերի | հոկտեմբերի | նոյեմբերի | դեկտեմբերի
thang_1 thang_gieng | thang_2 | thang_3 | thang_4 | thang_5 | thang_6 | thang_7 | thang_8 | thang_9 | thang_10 | thang_11 | thang_12
"""  # noqa: E501  # a language a line reads best

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

# Months of the Jalali calendar, which begins in March, as Iran and Afghanistan name them.
_JALALI_LINES = """
فروردین | اردیبهشت | خرداد | تیر | مرداد امرداد | شهریور | مهر | آبان | آذر | دی | بهمن | اسفند
حمل | ثور | جوزا | سرطان | اسد | سنبله | میزان | عقرب | قوس | جدی | دلو | حوت
farvardin | ordibehesht | khordad | tir | mordad | shahrivar | mehr | aban | azar | dey | bahman | esfand
"""
# Months of the Islamic calendar: its days differ by country, so that they are no date of ours.
_HIJRI = (
    "محرم صفر ربيع_الأول ربيع_الآخر ربيع_الثاني جمادى_الأولى جمادى_الآخرة"
    " جمادى_الثانية رجب شعبان رمضان شوال"
    " ذو_القعدة ذي_القعدة ذو_الحجة ذي_الحجة muharram safar rajab shaban ramadan shawwal"
)


# Of a paper's head, which shows the day that it is.
_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag
sonnabend sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes sabado domingo
segunda terca quarta quinta sexta lunedi martedi mercoledi giovedi venerdi sabato domenica
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mandag tirsdag onsdag torsdag fredag lordag sondag
mandag tisdag lordag
maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai poniedzialek wtorek sroda czwartek piatek
sobota niedziela
pondeli utery streda ctvrtek patek nedele hetfo kedd szerda csutortok pentek szombat vasarnap luni marti
miercuri joi vineri duminica
понедельник вторник среда четверг пятница суббота воскресенье понеділок вівторок середа четвер п'ятниця субота
неділя
понеделник сряда четвъртък петък събота неделя δευτερα τριτη τεταρτη πεμπτη παρασκευη σαββατο κυριακη
pazartesi sali carsamba persembe cuma cumartesi pazar senin selasa rabu kamis jumat sabtu minggu
السبت الأحد الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة شنبه يكشنبه دوشنبه چهارشنبه پنجشنبه جمعه
월요일 화요일 수요일 목요일 금요일 토요일 일요일
星期一 星期二 星期三 星期四 星期五 星期六 星期日 星期天 周一 周二 周三 周四 周五 周六 周日
月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日 सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार
"""


class DayPart(Enum):
    """What a word beside a clock of twelve hours says of it."""

    FORENOON = 0  # 12 is midnight
    NOON = 1  # around twelve: 11 stays, 1 is 13
    AFTERNOON = 2  # 12 stays, all others are twelve later
    EVENING = 3  # as the afternoon, but 12 is no hour that is certain
    NIGHT = 4  # from six on before midnight, else behind it; 12 is no hour that is certain


# Words that mean something else beside a clock in another language ("em", "este", "fm") are left out.
_DAY_PARTS = {
    DayPart.FORENOON: (
        "오전 새벽 아침 이른아침 上午 午前 凌晨 早上 早晨 清晨 拂晓 黎明 早 未明 早朝 朝 明け方 am a.m. a.m a._m."
        " утра утром ранку раніцы rano morgens vormittags fruh fruhmorgens du_matin matin de_la_manana da_manha"
        " di_mattina del_mattino de_la_madrugada da_madrugada sang pagi subuh sabah sabahleyin ص صباحا الصباح صبح"
        ' ق.ظ قبل_از_ظهر בבוקר לפנה"צ सुबह पूर्वाह्न เช้า πμ π.μ. π.μ de. delelott ap. oo সকাল ভোর prepodne ujutro'
        " сутрин dopoledne dop."
    ),
    DayPart.AFTERNOON: (
        "오후 下午 午後 午后 傍晚 夕方 pm p.m. p.m p._m. popoludniu po_poludniu po_pol. nachmittags de_l'apres-midi"
        " apres-midi de_la_tarde da_tarde del_pomeriggio di_pomeriggio chieu sore petang ptg م مساء المساء عصرا"
        ' بعد_الظهر ب.ظ بعدازظهر بعد_از_ظهر عصر אחה"צ अपराह्न शाम บ่าย เย็น μμ μ.μ. μ.μ du. delutan ip. os'
        " ogleden_sonra বিকাল বিকেল odpoledne odp. popodne следобед"
    ),
    DayPart.NOON: (
        "낮 정오 한낮 점심 中午 正午 昼 昼間 дня дні trua tengah_hari ظهرا ظهر בצהריים दोपहर เที่ยง siang mittags"
        " দুপুর w_poludnie a_mediodia del_mediodia"
    ),
    DayPart.EVENING: (
        "저녁 晚上 晚间 晚間 晚 夜晚 vecera вечера вечером вечора wieczorem abends du_soir soir di_sera della_sera"
        " toi malam aksam شب בערב সন্ধ্যা uvecer vecer"
    ),
    DayPart.NIGHT: (
        "밤 심야 한밤 한밤중 오밤중 深夜 夜 夜里 夜裡 夜间 夜間 午夜 半夜"
        " ночи ночью ночі w_nocy nachts de_la_noche da_noite"
        " di_notte gece ليلا בלילה रात রাত ejjel"
    ),
}


# Letters that are written in two ways; signs that only shape their neighbours.
_ALIKE = str.maketrans(
    {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "ی": "ي", "ى": "ي", "ک": "ك", "ہ": "ه"}
    | dict.fromkeys(
        "\u200c\u200d\u200e\u200f\u00ad\u200b\ufeff\u0640\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
    )
    | {chr(zero + digit): str(digit) for zero in (0x660, 0x6F0, 0x966, 0x9E6) for digit in range(10)}
)


def fold(text: str) -> str:
    """*text* in lower case, with single spaces, digits of ASCII and without accents; Hangul stays composed."""
    if text.isascii():
        return " ".join(text.lower().split())
    wide = unicodedata.normalize("NFKC", text).lower().translate(_ALIKE)
    plain = "".join(
        character for character in unicodedata.normalize("NFKD", wide) if not unicodedata.combining(character)
    )
    return " ".join(unicodedata.normalize("NFC", plain).split())


def _months(lines: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines.strip().splitlines():
        for month, words in enumerate(line.split("|"), start=1):
            found.update((fold(word.replace("_", " ")), month) for word in words.split())
    return found


MONTHS = _months(_MONTH_LINES)
JALALI_MONTHS = _months(_JALALI_LINES)
WEEKDAYS = frozenset(map(fold, _WEEKDAYS.split()))
HIJRI_MONTHS = frozenset(fold(word.replace("_", " ")) for word in _HIJRI.split())
DAY_PARTS = {
    fold(word.replace("_", " ")): part for part, words in _DAY_PARTS.items() for word in words.split()
}
