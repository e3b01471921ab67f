"""What of a page is the article's text: laws, each over several layouts and scripts."""

import pytest
from lxml.html import document_fromstring

from crawler.pages.body import Body, compose, read_body, shown_blocks
from crawler.pages.structured import read_facts

TITLE = {
    "en": "Railway to the northern port to reopen",
    "ru": "Железная дорога в северный порт откроется вновь",
    "ko": "북부항으로 가는 철길 다시 열려",
    "zh": "通往北港的铁路将重新开通",
}
STORY = {
    "en": [
        "Ministers met on Monday in the northern port, and agreed to reopen the railway before winter.",
        "The second bridge is to be rebuilt, they said, and the quay is to be dredged for larger ships.",
        "Neither side has published the text of the agreement, which was signed behind closed doors.",
        "Traders said the price of coal had fallen for a third day while buyers waited for word.",
    ],
    "ru": [
        "Министры встретились в понедельник в северном порту и договорились открыть дорогу до зимы.",
        "Второй мост построят заново, сказали они, а причал углубят для больших судов.",
        "Ни одна из сторон не опубликовала текст соглашения, подписанного за закрытыми дверями.",
        "Торговцы говорят, что уголь дешевеет третий день, пока покупатели ждут новостей.",
    ],
    "ko": [
        "장관들은 월요일 북부항에서 만나 겨울이 오기 전에 철길을 다시 열기로 합의하였다.",
        "두번째 다리는 새로 놓을것이며 큰 배들을 위하여 부두바닥을 파낼것이라고 그들은 말하였다.",
        "어느 측도 비공개로 서명한 합의문을 발표하지 않았다.",
        "상인들은 구매자들이 소식을 기다리는 동안 석탄값이 사흘째 내렸다고 말하였다.",
    ],
    "zh": [
        "部长们星期一在北港会晤，同意在冬季来临之前重新开通铁路。",
        "他们说，第二座桥将重建，码头将疏浚以停靠更大的船只。",
        "双方都没有公布闭门签署的协议文本。",
        "商人们说，在买家等待消息期间，煤炭价格连续第三天下跌。",
    ],
}
READ_ALSO = {"en": "Read also", "ru": "Читайте также", "ko": "관련기사", "zh": "相关新闻"}
OTHER = {"en": "Ice at the pier", "ru": "Лёд у причала", "ko": "부두에 얼음", "zh": "码头结冰"}
LANGUAGES = sorted(STORY)
MENU = '<header><a href="/">Courier</a><ul>' + '<li><a href="/s">Section</a></li>' * 8 + "</ul></header>"
FOOT = '<div id="copyright"><p>Copyright © Courier, tel. 02-9901. All rights reserved</p></div>'


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def read(language: str, inner: str, head: str = "", **how: bool) -> Body:
    title = TITLE[language]
    root = document_fromstring(
        f"<html><head><title>{title}</title>{head}</head>"
        f"<body>{MENU}<main><h1>{title}</h1>{inner}</main>{FOOT}</body></html>"
    )
    return read_body(root, read_facts(root, "https://courier.example/1"), title, **how)


LAYOUTS = {
    "article": lambda lines: f"<article>{paragraphs(lines)}</article>",
    "divisions": lambda lines: (
        "<div class=story>" + "".join(f"<div>{line}</div>" for line in lines) + "</div>"
    ),
    "breaks": lambda lines: f"<div class=txt>{'<br><br>'.join(lines)}</div>",
    "cell": lambda lines: f"<table><tr><td>{paragraphs(lines)}</td></tr></table>",
    "aside": lambda lines: f"<aside class=article-text>{paragraphs(lines)}</aside>",
    "lead apart": lambda lines: (
        f"<div class=lead>{lines[0]}</div><div class=text>{paragraphs(lines[1:])}</div>"
    ),
    "lead in a teaser": lambda lines: (
        '<div class="article-body"><div class="teaser-content">'
        f'<div><p>{lines[0]}</p></div></div><div class="remainder-content">{paragraphs(lines[1:])}</div></div>'
    ),
    "two blocks": lambda lines: (
        f"<div class=part>{paragraphs(lines[:2])}</div><div class=ad>Advertisement</div>"
        f"<div class=part>{paragraphs(lines[2:])}</div>"
    ),
    "wrapped one by one": lambda lines: (
        "<section>" + "".join(f"<div><p>{one}</p></div>" for one in lines) + "</section>"
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_text_is_the_paragraphs_and_nothing_else(layout: str, language: str) -> None:
    found = read(language, LAYOUTS[layout](STORY[language]))

    assert found.text.split("\n") == STORY[language]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "foreign",
    [
        '<p>{label}: <a href="/2">{other}</a></p>',
        '<div class="related"><h3>{label}</h3><ul><li><a href="/2">{other}</a></li></ul></div>',
        '<div class="ad"><p>{other}</p></div>',
        '<div class="tags"><a href="/t">{other}</a><a href="/u">{other}</a></div>',
        '<figure><img src="x.jpg"><figcaption>{other}</figcaption></figure>',
        '<div class="newsletter-signup"><p>{other}.</p></div>',
    ],
    ids=["label-and-link", "related", "advertisement", "tags", "caption", "newsletter"],
)
def test_foreign_text_within_the_story_stays_out(foreign: str, language: str) -> None:
    lines, box = STORY[language], foreign.format(label=READ_ALSO[language], other=OTHER[language])
    found = read(language, f"<article>{paragraphs(lines[:2])}{box}{paragraphs(lines[2:])}</article>")

    assert found.text.split("\n") == lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_brief_of_two_sentences_is_read_in_every_script(language: str) -> None:
    lines = STORY[language][:2]

    assert read(language, f"<div class=story>{paragraphs(lines)}</div>").text.split("\n") == lines


def test_body_stated_in_json_ld_is_taken_where_the_page_shows_less() -> None:
    stated = "\\n".join(STORY["en"])
    data = f'{{"@type": "NewsArticle", "headline": "x", "articleBody": "{stated}"}}'
    head = f'<script type="application/ld+json">{data}</script>'
    found = read("en", "<p>Subscribe to read on.</p>", head)

    assert (found.text.split("\n"), found.made_by) == (STORY["en"], "json-ld")


def test_text_of_the_page_s_data_is_taken_where_the_page_shows_none() -> None:
    items = ", ".join(f'{{"content": "{line}"}}' for line in STORY["ko"] * 2)
    data = f'<script>App.data = {{"title": "{TITLE["ko"]}", "elements": [{items}]}};</script>'

    assert read("ko", data).made_by == "state"


def test_judged_blocks_tell_what_was_kept_and_where_it_stands() -> None:
    found = read("en", f'<article class="story">{paragraphs(STORY["en"])}</article>', explain=True)

    kept = [block for block in found.blocks if block.is_kept]
    assert [block.text for block in kept] == STORY["en"]
    assert kept[0].path == "main > article.story > p"
    assert all(0 <= block.chance <= 1 for block in found.blocks)


class TestCompose:
    root = document_fromstring(f"<html><body>{paragraphs(STORY['en'])}</body></html>")

    def test_opinion_decides_what_is_in_doubt(self) -> None:
        shown = shown_blocks(self.root)
        found = compose(shown, [0.6] * 4, "", lambda: "\n".join(STORY["en"][:3]))

        assert (found.text.split("\n"), found.made_by) == (STORY["en"][:3], "blocks+trafilatura")

    def test_text_that_stands_everywhere_is_furniture(self) -> None:
        root = document_fromstring(
            f"<html><body>{paragraphs([STORY['en'][0]] * 3 + STORY['en'][1:])}</body></html>"
        )

        assert compose(shown_blocks(root), [0.99] * 6, "", str).text.split("\n") == STORY["en"][1:]

    @pytest.mark.parametrize(
        "inner", ["<p>x</p>" * 4_000, "<p>" + "<i>x </i>" * 30_000], ids=["blocks", "elements"]
    )
    def test_asks_nobody_about_a_page_that_would_take_seconds(self, inner: str) -> None:
        shown = shown_blocks(document_fromstring(f"<html><body>{inner}</body></html>"))

        assert compose(shown, [0.6] * len(shown.blocks), "", lambda: pytest.fail("asked")).made_by == "blocks"
