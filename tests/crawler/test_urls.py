from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import limits
from crawler.urls import (
    answered_key,
    asked_address,
    clean_link,
    doubtful_difference,
    doubtful_parameters,
    host_and_port,
    is_of_outlet,
    key_of_answer,
    key_with,
    politeness_key,
    url_key,
)

SAME = {
    "scheme": ("http://example.org/a", "https://example.org/a"),
    "www": ("https://www.example.org/a", "https://example.org/a"),
    "mobile host": ("https://m.example.org/a", "https://example.org/a"),
    "host case and final dot": ("https://EXAMPLE.org./a", "https://example.org/a"),
    "default port": ("https://example.org:443/a", "http://example.org/a"),
    "credentials": ("https://reader:secret@example.org/a", "https://example.org/a"),
    "blanks and line ends": (" https://example.org/\na\t", "https://example.org/a"),
    "backslashes": ("https:\\\\example.org\\a", "https://example.org/a"),
    "international host": ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    "percent case": ("https://example.org/caf%c3%a9", "https://example.org/café"),
    "needless percent-encoding": ("https://example.org/%61%2Dstory", "https://example.org/a-story"),
    "dot segments": ("https://example.org/x/../a/./b", "https://example.org/a/b"),
    "double slashes": ("https://example.org//a///b", "https://example.org/a/b"),
    "final slash": ("https://example.org/a/", "https://example.org/a"),
    "index page": ("https://example.org/a/index.php?id=3", "https://example.org/a/?id=3"),
    "session in the path": (
        "https://example.org/a.jsp;jsessionid=8A7B?id=3",
        "https://example.org/a.jsp?id=3",
    ),
    "session in the query": ("https://example.org/a?PHPSESSID=8a7b&id=3", "https://example.org/a?id=3"),
    "order of parameters": ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
    "empty value": ("https://example.org/a?id=3&x=", "https://example.org/a?id=3"),
    "empty query": ("https://example.org/a?", "https://example.org/a"),
    "blank in a value": ("https://example.org/a?q=two%20words", "https://example.org/a?q=two+words"),
    "campaign": ("https://example.org/a?utm_source=rss&utm_medium=feed", "https://example.org/a"),
    "click identifier": ("https://example.org/a?fbclid=IwAR0-x&id=3", "https://example.org/a?id=3"),
    "word in an ambiguous parameter": (
        "https://example.org/a?ref=rss&from=front-page",
        "https://example.org/a",
    ),
    "share sheet": ("https://example.org/a?s=21", "https://example.org/a"),
    "campaign of an app": (
        "https://example.org/a?CMP=Share_AndroidApp_Other",
        "https://example.org/a?cmp=share_btn_tw",
    ),
    "share token": ("https://example.org/a?sh=7a1f0b22", "https://example.org/a"),
    "long session": ("https://example.org/a?sid=0123456789abcdef01234567", "https://example.org/a"),
    "print flag": ("https://example.org/a?print=true", "https://example.org/a"),
    "amp flag": ("https://example.org/a?amp", "https://example.org/a?outputType=amp"),
    "amp tail": ("https://example.org/a/amp/", "https://example.org/a"),
    "amp head": ("https://example.org/amp/news/a", "https://example.org/news/a"),
    "amp suffix": ("https://example.org/a-story.amp.html", "https://example.org/a-story.html"),
    "fragment": ("https://example.org/a#comments", "https://example.org/a"),
    "text fragment": ("https://example.org/a#:~:text=word", "https://example.org/a"),
    "empty route": ("https://example.org/a#!/", "https://example.org/a"),
    "amp cache": (
        "https://example-org.cdn.ampproject.org/c/s/www.example.org/a/amp/",
        "https://example.org/a",
    ),
    "amp viewer": ("https://www.google.com/amp/s/www.example.org/a", "https://example.org/a"),
    "amp viewer without s": ("https://www.google.co.uk/amp/www.example.org/a", "https://example.org/a"),
    "archive": (
        "https://web.archive.org/web/20230822101010id_/https://example.org/a?id=3",
        "example.org/a?id=3",
    ),
    "alert": (
        "https://www.google.com/url?rct=j&url=https://example.org/a%3Fid%3D3&ct=ga",
        "example.org/a?id=3",
    ),
    "facebook": ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa&h=AT0", "example.org/a"),
    "bing": (
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fexample.org%2fa",
        "example.org/a",
    ),
    "wrapper in a wrapper": (
        "https://web.archive.org/web/2023/https://www.google.com/amp/s/example.org/a",
        "https://example.org/a",
    ),
}

DIFFERENT = {
    "identifier": ("https://example.org/news?no=771", "https://example.org/news?no=772"),
    "identifier in an ambiguous parameter": ("https://example.org/a?ref=40021", "https://example.org/a?ref=40022"),
    "short session that may be an identifier": ("https://example.org/a?sid=123", "https://example.org/a?sid=124"),
    "short name that resembles a tracker": ("https://example.org/a?mc=8", "https://example.org/a?mc=9"),
    "primary key that resembles a campaign": ("https://example.org/a?pk_id=8", "https://example.org/a?pk_id=9"),
    "kind of view": ("https://example.org/?view=article&id=5", "https://example.org/?view=category&id=5"),
    "bare number": ("https://example.org/a?12345", "https://example.org/a?12346"),
    "bare number with an equals sign": ("https://example.org/a?12345=", "https://example.org/a?12346="),
    "swapped values": ("https://example.org/a?b=1&c=2", "https://example.org/a?b=2&c=1"),
    "path case": ("https://example.org/q/5a9c2dEf.kcmsf", "https://example.org/q/5a9c2def.kcmsf"),
    "encoded slash": ("https://example.org/a%2Fb", "https://example.org/a/b"),
    "plus and blank": ("https://example.org/a?q=c%2B", "https://example.org/a?q=c+"),
    "language": ("https://example.org/ko/1", "https://example.org/en/1"),
    "subdomain": ("https://blog.example.org/a", "https://www.example.org/a"),
    "port": ("https://example.org:8080/a", "https://example.org/a"),
    "word mobile in the path": ("https://example.org/mobile/phones", "https://example.org/phones"),
    "number behind amp": ("https://example.org/amp/5", "https://example.org/5"),
    "route": ("https://example.org/#!/a", "https://example.org/#!/b"),
    "route with a slash": ("https://example.org/#/a", "https://example.org/#/b"),
    "two labels": ("https://m.example/a", "https://example/a"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_addresses_of_one_page_have_one_key(one: str, other: str) -> None:
    other = other if "//" in other else f"https://{other}"

    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_addresses_of_two_pages_have_two_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.example.org", "example.org/"),
        ("https://www.Example.org/Story/?b=2&utm_source=x&a=1#top", "example.org/Story?a=1&b=2"),
        ("http://127.0.0.1:8080/a", "127.0.0.1:8080/a"),
        ("http://[::1]:8080/a", "[::1]:8080/a"),
        ("mailto:desk@example.org ", "mailto:desk@example.org"),
        ("https://google.com/url?q=javascript:alert(1)", "google.com/url?q=javascript:alert(1)"),
        ("https://www.xn--a.example/a", "xn--a.example/a"),
        ("https://\ud800.example/a", "\ud800.example/a"),
    ],
    ids=[
        "home",
        "article",
        "address",
        "six",
        "other scheme",
        "no address inside",
        "broken idna",
        "surrogate",
    ],
)
def test_key_is_address_without_scheme(url: str, key: str) -> None:
    assert url_key(url) == key


def test_wrappers_are_taken_off_to_a_bound() -> None:
    key = url_key("https://web.archive.org/web/2023/" * 9 + "https://example.org/a")

    assert key.startswith("web.archive.org/web/2023/")
    assert key.endswith("example.org/a")


PIECES = st.sampled_from(
    ["a", "B", "amp", "index.html", "..", ".", "", "%2f", "%2e", "%41", "%25", "%", "é", "；", ";jsessionid=1", "-amp",
     ".amp", ".amp.html", "2023", "http:", "web", "web.archive.org", "www.google.com", "url", "s", "c",
     "x.cdn.ampproject.org", "ref=rss", "ref=1", "utm_source=x", "url=http%3A%2F%2Fwww.example.org%2Famp", "=", "x=",
     "q=a%20b", "+", " ", ":~:", "\\"]
)  # fmt: skip
HOSTS = st.sampled_from(
    ["example.org", "www.m.example.org", "WWW.EXAMPLE.ORG:80", "google.com", "amp.google.com", "web.archive.org",
     "x.cdn.ampproject.org", "l.facebook.com", "bücher.example", "[::1]:81", "a..b", "reader@www.example.org:0443"]
)  # fmt: skip


@given(
    HOSTS,
    st.lists(PIECES, max_size=6).map("/".join),
    st.lists(PIECES, max_size=4).map("&".join),
    st.sampled_from(["", "#!/a/", "#/b%20c", "#top", "#!:~:text=x", "#!%3A~:"]),
)
def test_key_of_key_is_key(host: str, path: str, query: str, fragment: str) -> None:
    key = url_key(f"https://{host}/{path}?{query}{fragment}")

    assert url_key(f"http://{key}") == key


@given(st.text())
def test_key_of_any_path_is_stable(text: str) -> None:
    key = url_key(f"https://example.org/{text}")

    assert url_key(f"http://{key}") == key


# ".." would climb out of the wrapped address.
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=".")))
def test_key_ignores_wrapping(text: str) -> None:
    url = f"https://example.org/{quote(text)}"

    assert url_key(f"https://web.archive.org/web/20240101000000/{url}") == url_key(url)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://news.example.co.uk/a", "example.co.uk"),
        ("https://www.kcna.kp/en", "kcna.kp"),
        ("http://www.pyongyangtimes.com.kp/", "pyongyangtimes.com.kp"),
        ("https://one.blogspot.com/a", "one.blogspot.com"),
        ("https://BÜCHER.example.org./a", "example.org"),
        ("http://127.0.0.1:8080/a", "127.0.0.1:8080"),
        ("https://127.0.0.1/a", "127.0.0.1:443"),
        ("http://[::1]/a", "[::1]:80"),
        ("http://localhost:8001/a", "localhost:8001"),
        ("http://press.localhost/", "press.localhost:80"),
        ("http://co.uk/", "co.uk"),
        ("mailto:desk@example.org", ""),
        ("http:///a", ""),
    ],
)
def test_politeness_key_is_registrable_domain_or_address(url: str, key: str) -> None:
    assert politeness_key(url) == key


BASE = "https://www.example.org/news/list.html?page=2"


@pytest.mark.parametrize(
    ("href", "link"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("a?id=3", "https://www.example.org/news/a?id=3"),
        ("/a", "https://www.example.org/a"),
        ("../a", "https://www.example.org/a"),
        ("//Other.example/a", "https://other.example/a"),
        ("?page=3", "https://www.example.org/news/list.html?page=3"),
        (" \n/a\tb ", "https://www.example.org/ab"),
        ("/a b", "https://www.example.org/a%20b"),
        ("/新闻?q=é", "https://www.example.org/%E6%96%B0%E9%97%BB?q=%C3%A9"),
        ("/caf%c3%a9", "https://www.example.org/caf%c3%a9"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://example.org:8080", "https://example.org:8080/"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("/a#comments", "https://www.example.org/a"),
        ("/#!/a", "https://www.example.org/#!/a"),
        ("/#/a", "https://www.example.org/#/a"),
        ("\\\\other.example\\a", "https://other.example/a"),
        ("http://good.example\\@evil.example/", "http://good.example/@evil.example/"),
        ("/a:b", "https://www.example.org/a:b"),
    ],
)
def test_link_becomes_absolute(href: str, link: str) -> None:
    assert clean_link(BASE, href) == link


@pytest.mark.parametrize(
    "href",
    [
        "",
        "  ",
        "#top",
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "JavaScript:alert(1)",
        "mailto:desk@example.org",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "http://user:pass@example.org/",
        "https://user@example.org/",
        "http:/a",
        "http://[bad",
        "http://exa mple.org/",
        "http://a..b/",
        "http://-" + "a" * 64 + ".example/",
        "http://[1:2]/",
        "ht!tp://x@y",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http:///a",
        "/" + "a" * limits.URL_CHARACTERS,
        "/" + "é" * (limits.URL_CHARACTERS // 2),
    ],
    ids=lambda href: href[:24].strip() or "blank",
)
def test_link_that_cannot_be_fetched_is_none(href: str) -> None:
    assert clean_link("", href) is None
    assert clean_link(BASE, href) is None


@given(st.text(), st.text())
def test_any_link_is_cleaned_once(base: str, href: str) -> None:
    link = clean_link(f"https://example.org/{base}", href)

    assert link is None or clean_link(link, link) == link


@given(st.text())
def test_any_base_is_survived(base: str) -> None:
    link = clean_link(base, "a")

    assert link is None or link.startswith("http")


STRANGERS = (
    "google.qzx.me",
    "google.xyz",
    "google.com.evil.example",
    "web.archive.org.example",
    "evil-cdn.ampproject.org",
    "bing.co",
)
WRAPPED = (
    "/amp/s/example.org/a",
    "/url?url=https://example.org/a",
    "/web/2023/https://example.org/a",
    "/c/s/example.org/a",
)


@pytest.mark.parametrize("host", STRANGERS)
@pytest.mark.parametrize("path", WRAPPED)
def test_another_host_never_speaks_for_an_outlet(host: str, path: str) -> None:
    assert not url_key(f"https://{host}{path}").startswith("example.org")


def test_a_wrapper_that_answers_speaks_for_itself() -> None:
    archived = "https://web.archive.org/web/2023/https://example.org/a"

    assert url_key(archived) == "example.org/a"
    assert answered_key(archived).startswith("web.archive.org/")
    assert answered_key("https://www.example.org/a?utm_source=x") == url_key("https://example.org/a")


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("https://www.google.com/url?rct=j&url=https://www.example.org/a/%3Fid%3D3&ct=ga", "https://www.example.org/a/?id=3"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa&h=AT0", "https://example.org/a"),
        ("https://example-org.cdn.ampproject.org/c/s/example.org/a/amp/", "https://example.org/a/amp"),
        ("https://cdn.ampproject.org/v/example.org/a", "http://example.org/a"),
        ("https://www.google.de/amp/s/example.org/a", "https://example.org/a"),
        ("https://www.google.com/url?url=https://www.google.com/amp/s/example.org/a", "https://example.org/a"),
    ],
)  # fmt: skip
def test_what_a_redirect_or_cache_carries_is_asked_for(listed: str, asked: str) -> None:
    assert asked_address(listed) == (asked, url_key(listed))


@pytest.mark.parametrize(
    "url",
    [
        "https://web.archive.org/web/2023/https://example.org/a",
        "https://google.com/url?q=http://exa%20mple.org",
        "https://www.example.org/a?utm_source=x",
        "https://www.google.com/amp/",
    ],
)
def test_other_addresses_are_asked_for_as_they_are_listed(url: str) -> None:
    assert asked_address(url) == (url, answered_key(url))


def test_a_redirect_to_an_archive_asks_the_archive() -> None:
    archived = "https://web.archive.org/web/2023/https://example.org/a"

    assert asked_address(f"https://www.google.com/url?url={archived}") == (archived, answered_key(archived))


def test_redirects_are_taken_off_to_a_bound() -> None:
    url = "https://example.org/a"
    for _ in range(9):
        url = f"https://www.google.com/url?url={quote(url, safe='')}"

    assert asked_address(url)[1].startswith("google.com/url")


@given(
    HOSTS,
    st.lists(PIECES, max_size=6).map("/".join),
    st.lists(PIECES, max_size=4).map("&".join),
)
def test_the_key_of_a_listed_address_is_that_of_the_host_that_is_asked(
    host: str, path: str, query: str
) -> None:
    asked, key = asked_address(f"https://{host}/{path}?{query}")

    assert key == answered_key(asked)


@pytest.mark.parametrize(
    ("places", "is_own"),
    [
        (("https://feeds.example.org/rss", None), True),
        (("https://wire.example/rss", "https://www.example.org"), True),
        (("https://wire.example/rss", None), False),
        ((None, None), False),
    ],
)
def test_an_address_is_of_the_outlet_whose_domain_it_has(
    places: tuple[str | None, ...], is_own: bool
) -> None:
    assert is_of_outlet("https://news.example.org/a", places) == is_own


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://News.Example.org/a", "news.example.org"),
        ("http://127.0.0.1:8001/a", "127.0.0.1:8001"),
        ("http://127.0.0.1:8002/a", "127.0.0.1:8002"),
        ("http://[::1]:8001/a", "::1:8001"),
        ("http://example.org:99999/a", ""),
        ("/a", ""),
        ("", ""),
    ],
)
def test_another_port_is_another_site(url, site):
    assert host_and_port(url) == site


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://example.org/a?NCID=1001&id=3", {"ncid": "1001"}),
        ("https://example.org/a?ref=40021", {}),
        ("https://example.org/a?ref=rss&source=Tass#id=7", {"ref": "rss", "source": "Tass", "#id": "7"}),
        ("https://example.org/a?utm_source=rss&print=1&ref=#utm_medium=rss", {}),
        ("https://example.org/a#:~:text=a=b", {}),
        ("https://example.org/a#/route=1", {}),
        ("mailto:desk@example.org?ref=rss", {}),
    ],
)
def test_what_is_left_out_and_may_name_a_page_is_known(url: str, found: dict[str, str]) -> None:
    assert doubtful_parameters(url) == found
    for name in found:
        assert url_key(f"http://{key_with(url, name)}") == url_key(url)


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("?ref=one", "?ref=two", "ref"),
        ("?ref=one", "?ref=one", None),
        ("?ref=one", "", None),
        ("?ref=one&ncid=1", "?ref=two&ncid=2", None),
        ("?ref=one&ncid=1", "?ncid=2&ref=one", "ncid"),
        ("#id=1", "#id=2", "#id"),
    ],
)
def test_two_addresses_differ_in_one_doubtful_parameter(one: str, other: str, name: str | None) -> None:
    base = "https://example.org/a"

    assert doubtful_difference(base + one, base + other) == name


@pytest.mark.parametrize(
    ("key", "came", "wanted"),
    [
        ("example.org/a?ncid=2", "https://www.example.org/a?ncid=2&utm_source=x", "example.org/a?ncid=2"),
        ("example.org/a?ncid=2", "https://example.org/a", "example.org/a?ncid=2"),
        ("example.org/a?ncid=2", "https://example.org/b?ncid=2", "example.org/b?ncid=2"),
        ("example.org/a?ncid=2", "https://example.org/b?ncid=3", "example.org/b"),
        ("example.org/a?ncid=2", "https://example.org/b", "example.org/b"),
        ("example.org/a", "https://example.org/b?ncid=2", "example.org/b"),
        ("example.org/a", "https://example.org/a?ncid=2", "example.org/a"),
    ],
)
def test_an_answer_keeps_what_names_its_page(key: str, came: str, wanted: str) -> None:
    assert key_of_answer("https://example.org/a?ncid=2", key, came) == wanted
