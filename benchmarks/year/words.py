"""What the outlets of a simulated year write: stories of words in four languages, no two alike. Pure."""

from random import Random

TOPIC = {
    "en": "strait link",
    "ru": "тоннель через пролив",
    "ko": "해협 연결",
    "zh": "海峡通道",
}
"""What the watched topic is called in each language; only stories on it hold these words."""

_PARTS = {
    "en": (
        "ferrymen pilots teachers surveyors bakers councillors engineers nurses glaziers foresters tailors clerks "
        "masons anglers farmers porters librarians millers drivers weavers cooks gardeners judges painters",
        "praised refused postponed counted repaired welcomed doubted inspected copied sold measured opened "
        "defended closed drafted mapped financed questioned restored moved tested widened insured renamed",
        "granaries bridges timetables windmills ledgers pensions orchards pavements lighthouses tariffs nurseries "
        "breakwaters archives kilns footpaths boilers vineyards tollgates reservoirs parishes anthems quarries",
        "Brennes Skarvik Lindhaven Osterby Halmar Torvik Mellau Granse Pellworth Ostrava Kelder Varnholt "
        "Ramsund Eskil Dorrim Hestrand Ulvik Farrow Nimbo Quarrel",
        "Monday Tuesday Wednesday Thursday Friday January February March April June July August October",
    ),
    "ru": (
        "паромщики лоцманы учителя землемеры пекари советники инженеры сёстры стекольщики лесники портные писари "
        "каменщики рыбаки фермеры носильщики библиотекари мельники водители ткачи повара садовники",
        "похвалили отвергли отложили пересчитали починили приветствовали осмотрели скопировали продали измерили "
        "открыли защитили закрыли составили профинансировали восстановили перенесли проверили расширили",
        "амбары мосты расписания мельницы книги пенсии сады тротуары маяки тарифы питомники волнорезы архивы печи "
        "тропинки котлы виноградники заставы водохранилища приходы гимны карьеры",
        "Бреннесе Скарвике Линдхавене Остербю Хальмаре Торвике Меллау Гранзе Пеллворте Келдере Варнхольте "
        "Рамсунде Эскиле Дорриме Хестранде Ульвике",
        "понедельник вторник среду четверг пятницу субботу воскресенье",
    ),
    "ko": (
        "선원들은 교사들은 기술자들은 농부들은 상인들은 의원들은 간호사들은 어부들은 목수들은 요리사들은 "
        "운전사들은 화가들은 사서들은 학자들은 관리들은 시민들은",
        "창고를 다리를 시간표를 풍차를 장부를 연금을 과수원을 도로를 등대를 요금을 온실을 방파제를 기록을 "
        "가마를 산책로를 저수지를",
        "브렌네스에서 스카르비크에서 린드하벤에서 오스테르뷔에서 할마르에서 토르비크에서 멜라우에서 그란세에서 "
        "켈더에서 람순드에서",
        "칭찬했다 거절했다 미루었다 세었다 고쳤다 환영했다 점검했다 베꼈다 팔았다 측정했다 열었다 닫았다 옮겼다 "
        "시험했다 넓혔다",
        "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
    ),
    "zh": (
        "船员 教师 工程师 农民 商人 议员 护士 渔民 木匠 厨师 司机 画家 馆员 学者 官员 市民",
        "称赞了 拒绝了 推迟了 清点了 修理了 欢迎了 检查了 抄写了 出售了 测量了 打开了 关闭了 搬走了 试验了 扩建了",
        "粮仓 桥梁 时刻表 风车 账本 养老金 果园 道路 灯塔 关税 温室 防波堤 档案 窑炉 步道 水库",
        "布伦内斯 斯卡维克 林德港 奥斯特比 哈尔马 托维克 梅劳 格兰瑟 凯尔德 拉姆松",
        "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
    ),
}
_WORDS = {language: [part.split() for part in parts] for language, parts in _PARTS.items()}


def headline(language: str, chance: Random, *, on_topic: bool, number: int) -> str:
    """A headline that no other story has."""
    topic = TOPIC[language] if on_topic else ""
    first, second, third, place, _ = (chance.choice(words) for words in _WORDS[language])
    match language:
        case "en":
            subject = f"{topic.capitalize()}: {first}" if topic else first.capitalize()
            return f"{subject} of {place} {second} {number} {third}"
        case "ru":
            subject = f"{topic.capitalize()}: {first}" if topic else first.capitalize()
            return f"{subject} {second} {number} {third} в {place}"
        case "ko":
            return f"{topic} {first} {third} {number}번째 {second} {place}".strip()
        case _:
            return f"{topic}：{place}{first}{second}{number}座{third}".strip("：")


def paragraphs(language: str, chance: Random, *, on_topic: bool) -> tuple[str, ...]:
    """The body of a story: some paragraphs of four sentences; one on the topic names it in the first two."""
    lead = (opening(language, chance), opening(language, chance)) if on_topic else ()
    return tuple(
        paragraph(language, chance, lead[number] if number < len(lead) else "")
        for number in range(chance.randint(4, 6))
    )


def paragraph(language: str, chance: Random, lead: str = "") -> str:
    """Four sentences after *lead*."""
    said = [sentence(language, chance) for _ in range(4)]
    return ("" if language == "zh" else " ").join(([lead] if lead else []) + said)


def opening(language: str, chance: Random) -> str:
    """A sentence that names the topic."""
    said = sentence(language, chance)
    return {
        "en": f"The {TOPIC['en']} commission heard that {said[0].lower()}{said[1:]}",
        "ru": f"Комиссия узнала, что {TOPIC['ru']} обсуждают давно. {said}",
        "ko": f"{TOPIC['ko']} 위원회는 회의를 열었다. {said}",
        "zh": f"{TOPIC['zh']}委员会开会。{said}",
    }[language]


def sentence(language: str, chance: Random) -> str:
    """One of some millions."""
    first, second, third, place, day = (chance.choice(words) for words in _WORDS[language])
    again = chance.choice(_WORDS[language][2 if language != "ko" else 1])
    number, other = chance.randint(2, 9_999), chance.randint(2, 99)
    match language:
        case "en":
            return (
                f"{first.capitalize()} near {place} {second} {number} {third} and {other} {again} on {day}."
            )
        case "ru":
            return f"В {day} {first} в {place} {second} {number} {third} и ещё {other} {again}."
        case "ko":
            return f"{day} {first} {third} {second} {number}번 보았고 {again} {other}번 {place}."
        case _:
            return f"{day}{place}的{first}{second}{number}座{third}和{other}处{again}。"
