from crawler.browser.messages import PageOrder, ShownPage, order_line, order_of, shown_line, shown_of
from crawler.browser.rules import MOST_REQUESTS, PageRequest, PageRules, place_of
from crawler.downloader.gate import Gate

PAGE = "https://www.press-example.org/news/1"


def refusal(url: str, kind: str = "script", method: str = "GET", *, is_of_frame: bool = False) -> str:
    return PageRules(PAGE, Gate()).refusal(PageRequest(url, kind, method, is_of_frame))


def test_what_a_text_is_made_of_goes_out():
    for kind in ("script", "stylesheet", "xhr", "fetch", "document"):
        assert refusal("https://cdn.example.com/a", kind) == ""
    assert refusal("https://api.press-example.org/graphql", "fetch", "POST") == ""
    assert refusal("https://api.press-example.org/part", "document", is_of_frame=True) == ""


def test_what_does_not():
    for kind in (
        "image",
        "media",
        "font",
        "websocket",
        "eventsource",
        "ping",
        "manifest",
        "other",
        "texttrack",
    ):
        assert refusal("https://www.press-example.org/a", kind) == f"kind: {kind}"
    assert refusal("https://www.press-example.org/a", "xhr", "DELETE") == "method: DELETE"
    assert refusal("https://ads.example.com/a", "xhr", "POST") == "elsewhere"
    assert refusal("https://ads.example.com/a", "document", is_of_frame=True) == "elsewhere"
    assert refusal("http://127.0.0.1/a") == "private_address"
    assert refusal("http://printer.local/a") == "local_name"
    assert refusal("file:///etc/hostname") == "scheme"
    assert refusal("view-source:http://a.example/") == "scheme"


def test_places_are_those_of_what_went_out_and_there_is_a_most():
    rules = PageRules(PAGE, Gate())
    for number in range(MOST_REQUESTS):
        assert rules.redirected(f"https://cdn.example.com:8443/{number}") == ""
    assert rules.refusal(PageRequest("https://late.example.com/", "script")) == "too many"
    assert (rules.places, rules.requests, rules.refused) == ({("cdn.example.com", 8443)}, MOST_REQUESTS, 1)
    assert rules.is_own("https://press-example.org/x")
    assert not rules.is_own("https://cdn.example.com/x")


def test_robots_txt_of_the_pages_host_rules_what_is_asked_there():
    rules = PageRules(PAGE, Gate(), lambda url: "/api/" not in url)
    host = PAGE.partition("/news")[0]
    assert rules.refusal(PageRequest(f"{host}/api/a", "fetch")) == "robots"
    assert rules.refusal(PageRequest(f"{host}/app.js", "script")) == ""
    assert rules.refusal(PageRequest("https://cdn.example.com/api/a", "fetch")) == ""


def test_places():
    assert place_of("https://A.example/") == ("a.example", 443)
    assert place_of("http://[::1]:8080/") == ("::1", 8080)
    assert place_of("about:blank") == ("", 0)


def test_messages_there_and_back():
    order = PageOrder(
        PAGE,
        b"\x00\xff<p>",
        (("Set-Cookie", "a=1"),),
        "seedwatch",
        (("Cookie", "b=2"),),
        verify_tls=False,
        robots=b"User-agent: *",
    )
    assert order_of(order_line(order)) == order
    assert "b=2" not in repr(order)
    shown = ShownPage("memory", "2 MB", "http://a.example/", "<p>паром", 3, 4, is_spent=True)
    assert shown_of(shown_line(shown)) == shown
