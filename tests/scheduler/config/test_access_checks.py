"""Headers and proxies as the settings take them."""

import pytest

from scheduler.config import checks
from scheduler.config.load import load_config
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


def test_whether_pages_are_shown_in_a_browser():
    assert [checks.check_browser(value) for value in (True, False, "auto")] == [True, False, "auto"]
    for value in ("true", "yes", 1, None):
        with pytest.raises(ConfigError):
            checks.check_browser(value)


def test_a_browser_that_is_not_there_or_would_need_a_proxy_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "seedwatch.toml"
    source = '[[source]]\nname = "a"\nhome = "https://a.example/"\nbrowser = true\n'
    path.write_text(source)
    assert any("there is no Chromium" in warning for warning in load_config(path).warnings)
    path.write_text(f'[crawl]\nproxy = "http://proxy.example:1"\n{source}')
    assert any("by a proxy" in warning for warning in load_config(path).warnings)
    path.write_text(f'[cluster]\ndsn = "postgresql://db/x"\n{source}')
    assert not any("browser: " in warning for warning in load_config(path).warnings)
    path.write_text(source.replace("true", "'auto'"))
    assert not any("browser: " in warning for warning in load_config(path).warnings)
