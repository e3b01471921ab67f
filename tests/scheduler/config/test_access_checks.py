"""Headers and proxies as the settings take them."""

import pytest

from scheduler.config import checks
from storage.errors import ConfigError

TOO_LONG = "X: " + "a" * 5_000


@pytest.mark.parametrize("line", ["Accept-Language: ru", "X-Key:env:KEY", "authorization: Bearer a.b=="])
def test_header_of_ones_own(line):
    assert checks.check_header(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no colon",
        ": empty",
        "X-Key:",
        "X Key: a",
        "X-Key: a\r\nHost: b",
        "Host: a",
        "COOKIE: a=b",
        TOO_LONG,
        7,
    ],
)
def test_header_that_would_steer_the_connection_is_refused(line):
    with pytest.raises(ConfigError):
        checks.check_header(line)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://a.example",
        "https://u:p@a.example:8443/",
        "socks5h://127.0.0.1:9050",
        "env:MY_PROXY",
        "http://[::1]:8080",
    ],
)
def test_proxy_that_is_one(address):
    assert checks.check_proxy(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "a.example:80",
        "socks4://a.example",
        "http://",
        "http://a.example:0",
        "http://a.example/path",
        "http://a b",
        "env:",
        "http://[::1",
        7,
    ],
)
def test_proxy_that_is_none(address):
    with pytest.raises(ConfigError):
        checks.check_proxy(address)


@pytest.mark.parametrize("prefix", ["kcna.kp/en/article/", "www.example.org", "a.example:8080/b"])
def test_prefix_of_addresses(prefix):
    assert checks.check_prefix(prefix) == prefix


@pytest.mark.parametrize(
    "prefix", ["https://kcna.kp/", "kcna", "kcna.kp/*", "a.example/?b", "a b.example", "", 7]
)
def test_prefix_that_is_none(prefix):
    with pytest.raises(ConfigError):
        checks.check_prefix(prefix)
