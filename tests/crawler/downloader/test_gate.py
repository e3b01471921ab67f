from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.downloader.gate import Gate, ascii_host, is_public
from storage.errors import BlockedError

OPEN = Gate(("127.0.0.1:8099", "[::1]:8099", "intranet:80", "wiki.corp.internal:443"))


def refusal(url: str, gate: Gate = OPEN) -> str:
    """The reason of the refusal; "" if the address may be asked for."""
    try:
        gate.check_url(url)
    except BlockedError as error:
        return error.reason if error.url == url else "another address"
    return ""


@pytest.mark.parametrize(
    "url",
    [
        "http://www.example.com/",
        "https://example.com:8443/a b?q=1#x",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/feed",
        "http://[64:ff9b::808:808]/",
        "http://xn--vv4b.example/",
        "http://한국.example/기사",
        "http://under_score.example.org/",
        "http://example.com./",
        "HTTP://EXAMPLE.COM/",
        "http://example.com/back\\slash?a\\b",
        "http://localhost.example.com/",
        "http://127.0.0.1:8099/",
        "http://2130706433:8099/",
        "http://[::1]:8099/",
        "http://[0:0:0:0:0:0:0:1]:8099/",
        "http://intranet/",
        "https://wiki.corp.internal/page",
    ],
)
def test_public_and_allowed_addresses_pass(url):
    assert refusal(url) == ""


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,x", "scheme"),
        ("gopher://127.0.0.1:6379/_INFO", "scheme"),
        ("//example.com/", "scheme"),
        ("example.com", "scheme"),
        ("", "scheme"),
        ("http://user:pass@example.com/", "credentials"),
        ("http://user@example.com/", "credentials"),
        ("http://@example.com/", "credentials"),
        ("http://127.0.0.1:8099\\@example.com/", "credentials"),
        ("http://example.com\\.evil.example/", "bad_address"),
        ("http://exa mple.com/", "bad_address"),
        ("http://exam\tple.com/", "bad_address"),
        ("http://example.com/\r\nHost: x", "bad_address"),
        (" http://example.com/", "bad_address"),
        ("http://%31%32%37.0.0.1/", "bad_address"),
        ("http://[fe80::1%25eth0]/", "bad_address"),
        ("http://", "bad_address"),
        ("http:///path", "bad_address"),
        ("http:\\\\example.com/", "bad_address"),
        ("http://[bad", "bad_address"),
        ("http://[1.2.3.4]/", "bad_address"),
        ("http://a..b/", "bad_address"),
        ("http://" + "a" * 64 + ".example/", "bad_address"),
        ("http://" + "a." * 130 + "example/", "bad_address"),
        ("http://example.com/" + "a" * 2048, "bad_address"),
        ("http://example.com:0/", "bad_address"),
        ("http://example.com:99999/", "bad_address"),
        ("http://example.com:80x/", "bad_address"),
        ("http://1.2.3.4.5/", "bad_address"),
        ("http://1.2.3.256/", "bad_address"),
        ("http://256.1.1.1/", "bad_address"),
        ("http://4294967296/", "bad_address"),
        ("http://" + "9" * 30 + "/", "bad_address"),
        ("http://example.08/", "bad_address"),
        ("http://010.8.8.8/", "bad_address"),
        ("http://0x08.8.8.8/", "bad_address"),
        ("http://134744072/", "bad_address"),
        ("http://127.0.0.1/", "private_address"),
        ("http://127.0.0.1:8100/", "private_address"),
        ("https://127.0.0.1/", "private_address"),
        ("http://127.1/", "private_address"),
        ("http://2130706433/", "private_address"),
        ("http://0x7f000001/", "private_address"),
        ("http://0x7f.1/", "private_address"),
        ("http://017700000001/", "private_address"),
        ("http://0177.0.0.01/", "private_address"),
        ("http://127.0.0.1./", "private_address"),
        ("http://１２７.０.０.１/", "private_address"),
        ("http://127。0。0。1/", "private_address"),
        ("http://0/", "private_address"),
        ("http://0x/", "private_address"),
        ("http://10.0.0.1/", "private_address"),
        ("http://100.64.0.1/", "private_address"),
        ("http://169.254.169.254/latest/meta-data/", "private_address"),
        ("http://172.31.255.255/", "private_address"),
        ("http://192.168.1.1/", "private_address"),
        ("http://198.18.0.1/", "private_address"),
        ("http://192.0.2.1/", "private_address"),
        ("http://224.0.0.1/", "private_address"),
        ("http://255.255.255.255/", "private_address"),
        ("http://[::1]/", "private_address"),
        ("http://[::]/", "private_address"),
        ("http://[::127.0.0.1]/", "private_address"),
        ("http://[::ffff:127.0.0.1]/", "private_address"),
        ("http://[::ffff:7f00:1]/", "private_address"),
        ("http://[64:ff9b::7f00:1]/", "private_address"),
        ("http://[64:ff9b:1::1]/", "private_address"),
        ("http://[2002:7f00:1::]/", "private_address"),
        ("http://[2001:0:4136:e378::1]/", "private_address"),
        ("http://[2001:db8::1]/", "private_address"),
        ("http://[fc00::1]/", "private_address"),
        ("http://[fe80::1]/", "private_address"),
        ("http://[fec0::1]/", "private_address"),
        ("http://[ff02::1]/", "private_address"),
        ("http://localhost/", "local_name"),
        ("http://LOCALHOST:8099/", "local_name"),
        ("http://localhost./", "local_name"),
        ("http://a.localhost/", "local_name"),
        ("http://printer.local/", "local_name"),
        ("http://metadata.google.internal/", "local_name"),
        ("http://nas.home.arpa/", "local_name"),
        ("http://router/", "local_name"),
        ("http://intranet:81/", "local_name"),
    ],
)
def test_other_addresses_are_refused_for_the_reason(url, reason):
    assert refusal(url) == reason


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1", "172.32.0.1"]
)
def test_connection_to_a_public_address_may_be_opened(address):
    OPEN.check_address("www.example.com", 443, address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "100.127.255.255",
        "169.254.169.254",
        "0.0.0.0",
        "::1",
        "fd00::1",
        "fe80::1%eth0",
        "2606:4700::1111%1",
        "ff05::2",
        "::ffff:10.0.0.1",
        "not an address",
        "",
    ],
)
def test_connection_to_another_address_is_refused(address):
    with pytest.raises(BlockedError) as caught:
        OPEN.check_address("www.example.com", 443, address)

    assert (caught.value.reason, caught.value.url) == ("private_address", "www.example.com:443")


@pytest.mark.parametrize(
    ("host", "port", "address", "passes"),
    [
        ("127.0.0.1", 8099, "127.0.0.1", True),
        ("127.0.0.1", 8100, "127.0.0.1", False),
        ("evil.example", 8099, "127.0.0.1", True),
        ("evil.example", 8099, "127.0.0.2", False),
        ("evil.example", 8099, "::ffff:127.0.0.1", False),
        ("::1", 8099, "::1", True),
        ("intranet", 80, "10.0.0.7", True),
        ("Intranet.", 80, "10.0.0.7", True),
        ("intranet", 443, "10.0.0.7", False),
        ("other", 80, "10.0.0.7", False),
    ],
)
def test_exception_is_for_exactly_one_port_of_one_host(host, port, address, passes):
    if passes:
        OPEN.check_address(host, port, address)
    else:
        with pytest.raises(BlockedError):
            OPEN.check_address(host, port, address)


def test_nothing_private_passes_without_exceptions():
    assert refusal("http://127.0.0.1:8099/", Gate()) == "private_address"


def test_names_are_compared_as_dns_writes_them():
    assert ascii_host("BÜCHER.Example.") == "xn--bcher-kva.example"
    assert Gate(("bücher.example:80",)).check_address("xn--bcher-kva.example", 80, "10.0.0.1") is None


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_no_notation_hides_a_private_address(number, notation):
    address = IPv4Address(number)

    reason = refusal(f"http://{notation.format(number)}/", Gate())

    # A single number is never the usual spelling, so even public ones are refused.
    assert reason == ("bad_address" if is_public(str(address)) else "private_address")


@given(st.ip_addresses())
def test_what_is_public_here_is_global_to_the_standard_library(address):
    # 192.88.99.0/24 and the like are refused here and not there; never the other way round.
    if is_public(str(address)) and not _carries_v4(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.text(max_size=60))
def test_any_text_is_judged_without_another_error(text):
    assert refusal("http://" + text) in {"", "bad_address", "credentials", "private_address", "local_name"}


@given(st.ip_addresses(v=4))
def test_an_address_inside_an_address_is_judged_by_itself(address):
    number = int(address)
    mapped = ip_address((0xFFFF << 32) | number)
    translated = ip_address((0x64FF9B << 96) | number)
    relayed = ip_address((0x2002 << 112) | (number << 80))

    verdicts = {is_public(str(inner)) for inner in (address, mapped, translated, relayed)}

    assert len(verdicts) == 1


def _carries_v4(address):
    return address.version == 6 and (
        address.sixtofour or address.ipv4_mapped or int(address) >> 32 == 0x64FF9B << 64
    )


@pytest.mark.parametrize("host", ["[::1::2]", "[fe80::zz]", "[1:2]"])
def test_an_address_that_is_no_ipv6_is_refused(host):
    assert refusal(f"http://{host}/") == "bad_address"
