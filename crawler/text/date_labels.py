"""What the words beside a date say that it is: of publication, of a change, of something else. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from crawler.text.date_words import fold


class Said(StrEnum):
    """What a date is said to be."""

    PUBLISHED = "published"
    MODIFIED = "updated"
    OTHER = "other"  # of a comment, an event, a copyright, of today ...
    UNSAID = "unsaid"


# Folded when the expressions are made; a line is a few languages. "*" ends a stem: any letters may follow.
_PUBLISHED = """
published publication first_published posted posted_on issued released created uploaded filed date_posted
originally_published pub_date
veroffentlicht* erschienen publiziert erstellt eingestellt gepostet geschrieben veroffentlichung
erscheinungsdatum online_seit
publie publiee mise_en_ligne mis_en_ligne paru parue poste cree date_de_publication diffuse
publicado publicada publicacion fecha_de_publicacion creado creada emitido escrito publicacao postado postada
criado divulgado
pubblicato pubblicata pubblicazione inserito postato creato gepubliceerd geplaatst geschreven publicatiedatum
publicerad publicerat publicerades publiceret udgivet offentliggjort oprettet publisert lagt_ut julkaistu
opublikowan* data_publikacji dodano dodana utworzono zverejneno publikovano vydano vlozeno zverejnen*
publikovan* uverejnen*
megjelent megjelenes kozzeteve kozzetetel letrehozva publikalva publicat publicata publicat_la postat
paskelbta publikuota publicets publiceta avaldatud
опубликован* публикаци* дата_публикации размещен* добавлен* создан* вышло вышла публикувано публикувана
публикуван публикация_от
опубліковано опублікована дата_публікації розміщено додано створено апублікавана размешчана објављено објављен
objavljen* postavljeno
δημοσιευθηκε δημοσιευτηκε δημοσιευση δημοσιευμενο ημερομηνια_δημοσιευσης αναρτηθηκε αναρτηση πρωτη_δημοσιευση
yayinlanma yayinlandi yayin_tarihi yayimlanma giris eklenme olusturulma yayimlandi
نشر نشرت نشر_في تاريخ_النشر تم_النشر اضيف كتب انتشار تاريخ_انتشار منتشر شائع تاریخ_اشاعت
פורסם פרסום תאריך_פרסום פורסמה נכתב הועלה प्रकाशित प्रकाशन पब्लिश प्रकाशित_तिथि প্রকাশ প্রকাশিত
เผยแพร่ โพสต์ ลงวันที่ วันที่โพสต์ xuat_ban dang_luc ngay_dang dang_ngay
diterbitkan dipublikasikan terbit tayang dipublikasi diunggah disiarkan diposting жарияланды жарияланган
최초입력 기사입력 입력 등록 게시 작성 발행 게재 승인 송고 발신 게시일 등록일 작성일 입력일
发布 發布 发表 發表 发布时间 發佈 刊登 刊发 刊發 上传 首发 发稿 公開 掲載 配信 投稿 作成 初出 登録
"""
_MODIFIED = """
updated last_updated update modified last_modified edited last_edited revised corrected amended last_changed
refreshed last_reviewed changed
aktualisiert aktualisierung geandert bearbeitet uberarbeitet letzte_anderung letzte_aktualisierung zuletzt
stand upd
modifie modifiee mis_a_jour mise_a_jour actualise derniere_modification maj
actualizado actualizada actualizacion ultima_actualizacion modificado modificada editado editada atualizado
atualizada atualizacao ultima_atualizacao
aggiornato aggiornata aggiornamento ultimo_aggiornamento ultima_modifica bijgewerkt gewijzigd aangepast
laatste_update
uppdaterad uppdaterat uppdaterades andrad senast opdateret oppdatert endret sist_oppdatert paivitetty muokattu
paivitys
aktualizacj* zaktualizowan* zmodyfikowano aktualizowano edytowano aktualizovan* upraven* aktualizace zmeneno
aktualizacia
frissitve modositva frissult frissites actualizat modificat ultima_actualizare atnaujinta atjaunots uuendatud
muudetud
обновлен* обновление изменен* изменени* отредактирован* дата_изменения последнего_изменения исправлен*
уточнен* обновено обновена актуализирано променено
оновлено оновлена змінено відредаговано останнє_оновлення абноулена azurirano azuriran* izmijenjeno
posodobljeno ажурирано
ενημερωθηκε ενημερωση τελευταια_ενημερωση τροποποιηθηκε ανανεωθηκε
guncelleme guncellenme guncellendi son_guncelleme degistirildi
تحديث اخر_تحديث تعديل محدث عدل حدث به_روز_رسانی به_روزرسانی بروزرسانی آخرین_ویرایش ویرایش اپ_ڈیٹ
עודכן עדכון עדכון_אחרון נערך अपडेट अपडेटेड अद्यतन संशोधित लास्ट_अपडेट আপডেট সর্বশেষ_আপডেট
แก้ไข อัปเดต อัพเดต อัพเดท ปรับปรุง cap_nhat sua_luc diperbarui diupdate dikemaskini dimutakhirkan жанартылды
жаңартылды
최종수정 수정 업데이트 갱신 편집 최종편집 수정일 更新 修改 编辑于 修訂 修订 最后更新 最終更新 改訂 修正 更新日
"""
_OTHER = """
accessed retrieved received accepted expires expiry valid_until deadline born died comment comments joined
registered last_seen last_visit
archived printed today starts ends event_date photo_taken captured filmed since until copyright viewed
created_by_user closing_date
abgerufen eingegangen angenommen gultig_bis heute geboren gestorben kommentar kommentare mitglied_seit
registriert termin beginn frist
consulte aujourd'hui commentaire commentaires inscrit hoy comentario comentarios consultado hoje comentario
vence oggi commento vandaag
сегодня комментари* зарегистрирован* сейчас сьогодні коментар* dzis komentarz dnes yorum bugun اليوم امروز
تعليق תגובה היום
오늘 댓글 촬영 마감 행사 今天 今日 评论 評論 コメント 撮影 截止
"""
_WITHOUT_SPACES = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# Vowel signs of many scripts are no letters to `re`, so not \w; apostrophes stand within words.
WORD = re.compile(r"[^\s\d\x00-\x26\x28-\x40\x5b-\x60\x7b-\x7f،–—©]+")
_LONGEST_PHRASE = 3  # words


def _spoken(lines: str, said: Said) -> dict[str, Said]:
    return {fold(word.replace("_", " ")): said for word in lines.split()}


_ALL = _spoken(_PUBLISHED, Said.PUBLISHED) | _spoken(_MODIFIED, Said.MODIFIED) | _spoken(_OTHER, Said.OTHER)
_STEMS = {word.rstrip("*"): said for word, said in _ALL.items() if word.endswith("*")}
_STEM_LENGTHS = sorted({len(stem) for stem in _STEMS}, reverse=True)
_SPACELESS = {word: said for word, said in _ALL.items() if _WITHOUT_SPACES.search(word)}
_SPACELESS_LABEL = re.compile("|".join(map(re.escape, sorted(_SPACELESS, key=len, reverse=True))))


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line that one label governs."""

    said: Said
    text: str  # without the label


def split_at_labels(text: str) -> tuple[Segment, ...]:
    """The parts of a folded *text* in order, each with what the label before it says; what no label precedes is unsaid.

    Where labels follow their dates ("2025-06-03 16:57 등록, 2025-06-03 18:20 수정") each governs the part before it.
    """
    labels = _labels(text)
    if not labels:
        return (Segment(Said.UNSAID, text),)
    ends = [*(label.start for label in labels[1:]), len(text)]
    parts = [text[label.end : end] for label, end in zip(labels, ends, strict=True)]
    said = [label.said for label in labels]
    first = text[: labels[0].start]
    if _has_day(first) and not _has_number(parts[-1]) and Said.OTHER not in said:
        return tuple(map(Segment, said, [first, *parts[:-1]]))
    return (Segment(Said.UNSAID, first), *map(Segment, said, parts))


@dataclass(frozen=True, slots=True)
class _Label:
    start: int
    end: int
    said: Said


def _labels(text: str) -> list[_Label]:
    """The labels in *text*, in order."""
    found = [_Label(match.start(), match.end(), Said.OTHER) for match in re.finditer("©", text)]
    if _WITHOUT_SPACES.search(text):
        spaceless = _SPACELESS_LABEL.finditer(text)
        found.extend(_Label(match.start(), match.end(), _SPACELESS[match[0]]) for match in spaceless)
    words = list(WORD.finditer(text))
    index = 0
    while index < len(words):
        length, said = _spoken_at(text, words, index)
        if said:
            found.append(_Label(words[index].start(), words[index + length - 1].end(), said))
        index += length
    return sorted(found, key=lambda label: label.start)


def _spoken_at(text: str, words: list[re.Match[str]], index: int) -> tuple[int, Said | None]:
    """The number of words of the longest label that begins with the word at *index*, and what it says; 1 and None."""
    start = words[index].start()
    for length in range(min(_LONGEST_PHRASE, len(words) - index), 0, -1):
        phrase = text[start : words[index + length - 1].end()]
        if phrase in _ALL and not (length == 1 and phrase in _SPACELESS):
            return length, _ALL[phrase]
    word = words[index][0]
    return 1, next((_STEMS[word[:size]] for size in _STEM_LENGTHS if word[:size] in _STEMS), None)


def _has_number(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _has_day(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= 3
