import tomllib
from contextlib import ExitStack
from typing import Any

import pytest
from scrapy.settings import Settings, default_settings
from scrapy.utils.misc import load_object

from crawler import limits, settings
from crawler.settings import user_agent
from tests.support.crawl_child import crawl
from tests.support.folders import ROOT
from tests.support.servers import PAGE, Authority, answer, serving

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
NAMES = [name for name in dir(settings) if name.isupper()]


def test_each_setting_is_one_that_scrapy_or_seedwatch_knows():
    assert [
        name for name in NAMES if not name.startswith("SEEDWATCH_") and name not in default_settings.__all__
    ] == []


def test_each_component_can_be_loaded():
    components = [settings.TWISTED_DNS_RESOLVER, settings.DUPEFILTER_CLASS, *settings.DOWNLOADER_MIDDLEWARES]

    assert all(load_object(component) for component in components)


def test_components_that_are_switched_off_are_scrapys_own():
    known = default_settings.DOWNLOADER_MIDDLEWARES_BASE

    assert {name for name, order in settings.DOWNLOADER_MIDDLEWARES.items() if order is None} <= known.keys()


@pytest.mark.parametrize(
    "name",
    [
        "TELNETCONSOLE_ENABLED",
        "REMOTE_CONTROL_ENABLED",
        "HTTPPROXY_ENABLED",
        "COOKIES_ENABLED",
        "METAREFRESH_ENABLED",
    ],
)
def test_door_is_shut(name):
    assert getattr(settings, name) is False


def test_only_web_addresses_have_a_handler():
    handlers = Settings()
    handlers.setmodule("crawler.settings")

    merged = handlers.get_component_priority_dict_with_base("DOWNLOAD_HANDLERS")

    assert {scheme for scheme, handler in merged.items() if handler} == {"http", "https"}


def test_bounds_are_those_of_the_limits():
    assert (settings.DOWNLOAD_MAXSIZE, settings.DOWNLOAD_TIMEOUT) == (
        limits.PAGE_BYTES,
        limits.FETCH_TIMEOUT_S,
    )


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("", f"seedwatch/{VERSION}"),
        ("mailto:desk@example.org", f"seedwatch/{VERSION} (+mailto:desk@example.org)"),
    ],
)
def test_user_agent_names_the_contact_if_there_is_one(contact, expected):
    assert user_agent(contact) == expected


CERTIFICATES: dict[str, tuple[str, dict[str, Any]]] = {
    "good.example": ("good.example", {}),
    "self-signed.example": ("self-signed.example", {"signed_by_itself": True}),
    "expired.example": ("expired.example", {"until_year": 2021}),
    "other-name.example": ("somewhere.example", {}),
}


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """One crawl of servers with good and bad certificates."""
    authority = Authority.made_in(tmp_path_factory.mktemp("authority"))
    with ExitStack() as running:
        urls, places = {}, []
        for host, (certified, options) in CERTIFICATES.items():
            site = running.enter_context(
                serving({"/": answer()}, tls=authority.context(certified, **options))
            )
            urls[host] = site.url("/", host=host, scheme="https")
            places.append(site.place)
        outcomes = crawl(
            [list(urls.values())],
            settings={
                "SEEDWATCH_ALLOW_PRIVATE": places,
                "DOWNLOAD_DELAY": 0.001,
                "AUTOTHROTTLE_ENABLED": False,
            },
            names={host: [["127.0.0.1"]] for host in urls},
            environment={"SSL_CERT_FILE": str(authority.folder / "ca.pem")},
        )
    return outcomes, urls


def test_certificate_that_the_system_trusts_is_accepted(secured):
    outcomes, urls = secured

    assert outcomes.of(urls["good.example"])["body"] == PAGE.decode()


@pytest.mark.parametrize("host", [host for host in CERTIFICATES if host != "good.example"])
def test_certificate_that_proves_nothing_is_refused(secured, host):
    outcomes, urls = secured

    assert outcomes.reason(urls[host]) == "tls"
