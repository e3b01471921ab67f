import pytest
from lxml import html

from crawler.sections.clicks import Clicks

SCRIPT = """
function openNews(id){ var x = 1; location.href = "/blog?page=" + id }
const show = (kind, no) => { window.open(`/view/${kind}?no=${no}`, "_blank"); };
var go = function(n){document.location='/read.php?n='+n+'&lang=en';};
function calc(n){ return n + 1 }
function twice(n){ return secret(n) }
function secret(n){ location.href = make(n) }
"""


def target(element: str, script: str = SCRIPT) -> str | None:
    root = html.document_fromstring(
        f"<html><body><script>{script}</script><section id=x>{element}</section></body></html>"
    )
    return Clicks(root).target(root.get_element_by_id("x")[0])


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("<div onclick=\"openNews('cef97c')\">x</div>", "/blog?page=cef97c"),
        ("<div onclick=\"show('world', 17)\">x</div>", "/view/world?no=17"),
        ('<a href="javascript:go(55);">x</a>', "/read.php?n=55&lang=en"),
        ('<a href="#" onclick="return go(55)">x</a>', "/read.php?n=55&lang=en"),
        ("<div onclick=\"location.href='/n/5510.html'\">x</div>", "/n/5510.html"),
        ("<div onclick='window.location = \"../n/5\"'>x</div>", "../n/5"),
        ('<div data-href="/n/5510">x</div>', "/n/5510"),
        ('<div data-url="view.php?no=5510">x</div>', "view.php?no=5510"),
        ('<div data-id="9a" onclick="openNews(this.dataset.id)">x</div>', "/blog?page=9a"),
        ('<div data-url="12">x</div>', None),
        ('<img data-url="/lazy.jpg">', None),
        ('<div onclick="calc(5)">x</div>', None),
        ('<div onclick="twice(5)">x</div>', None),
        ('<div onclick="secret(5)">x</div>', None),
        ('<div onclick="openNews(other)">x</div>', None),
        ('<div onclick="location.href = base + 5">x</div>', None),
        ('<div onclick="unknown(5)">x</div>', None),
        ("<div>x</div>", None),
    ],
)
def test_where_a_click_leads(element: str, expected: str | None) -> None:
    assert target(element) == expected


def test_long_script_is_read_to_a_bound() -> None:
    assert (
        target('<div onclick="late(5)">x</div>', "x();" * 100_000 + "function late(n){location='/n/'+n}")
        is None
    )
