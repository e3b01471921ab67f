import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock

from crawler import limits
from crawler.downloader.gate import Gate
from crawler.downloader.resolver import GateResolver
from tests.support.crawl_child import crawl
from tests.support.servers import answer, serving

FAST = {"DOWNLOAD_DELAY": 0.001, "AUTOTHROTTLE_ENABLED": False, "ROBOTSTXT_OBEY": False}


class Names:
    """A name service that answers when it is told to; it notes what it was asked."""

    def __init__(self, **answers):
        self.answers, self.asked, self.waiting = answers, [], []

    def resolveHostName(self, receiver, host, port=0, types=None, semantics="TCP"):  # noqa: ARG002
        self.asked.append(host)
        receiver.resolutionBegan(None)
        self.waiting.append((receiver, host))
        if host in self.answers:
            self.answer()

    def answer(self, *addresses):
        receiver, host = self.waiting.pop()
        for address in addresses or self.answers[host]:
            kind = IPv6Address if ":" in address else IPv4Address
            # Port 0, as a cache below might hand it over.
            receiver.addressResolved(kind("TCP", address, 0))
        receiver.resolutionComplete()


class Receiver:
    """What a connection would be opened to."""

    def __init__(self):
        self.addresses, self.is_complete = [], False

    def resolutionBegan(self, resolution):
        assert resolution.name

    def addressResolved(self, address):
        self.addresses.append((address.host, address.port))

    def resolutionComplete(self):
        assert not self.is_complete
        self.is_complete = True


@pytest.fixture
def clock():
    return Clock()


def resolver_over(names, clock, *allow_private, names_kept=10):
    return GateResolver(clock, names, Gate(allow_private), limits.DNS_TIMEOUT_S, names_kept)


def look_up(resolver, host, port):
    receiver = Receiver()
    resolver.resolveHostName(receiver, host, port)
    return receiver


def test_public_addresses_of_both_kinds_pass_with_the_port(clock):
    resolver = resolver_over(Names(a=["8.8.8.8", "2606:4700::1111"]), clock)

    assert look_up(resolver, "a", 443).addresses == [("8.8.8.8", 443), ("2606:4700::1111", 443)]
    assert resolver.refusal("a", 443) is None
    assert not clock.getDelayedCalls()


def test_private_addresses_among_public_ones_are_left_out(clock):
    resolver = resolver_over(Names(a=["10.0.0.1", "8.8.8.8", "::1"]), clock)

    assert look_up(resolver, "a", 80).addresses == [("8.8.8.8", 80)]
    assert resolver.refusal("a", 80) is None


def test_name_with_private_addresses_only_has_none_and_the_refusal_is_kept(clock):
    resolver = resolver_over(Names(a=["10.0.0.1"]), clock)

    receiver = look_up(resolver, "a", 80)

    assert (receiver.addresses, receiver.is_complete) == ([], True)
    assert resolver.refusal("A.", 80).reason == "private_address"
    assert resolver.refusal("a", 81) is None


def test_remembered_name_is_checked_for_each_port(clock):
    names = Names(a=["127.0.0.1"])
    resolver = resolver_over(names, clock, "127.0.0.1:8099")

    assert look_up(resolver, "a", 8099).addresses == [("127.0.0.1", 8099)]
    assert look_up(resolver, "a", 8100).addresses == []
    assert look_up(resolver, "a", 8099).addresses == [("127.0.0.1", 8099)]
    assert names.asked == ["a"]


def test_name_is_looked_up_again_when_its_time_is_over(clock):
    names = Names(a=["8.8.8.8"])
    resolver = resolver_over(names, clock)
    look_up(resolver, "a", 80)
    names.answers["a"] = ["127.0.0.1"]

    clock.advance(limits.DNS_CACHE_S - 1)
    assert look_up(resolver, "a", 80).addresses == [("8.8.8.8", 80)]
    clock.advance(2)
    assert look_up(resolver, "a", 80).addresses == []
    assert names.asked == ["a", "a"]


def test_no_more_names_are_remembered_than_allowed(clock):
    names = Names(a=["8.8.8.8"], b=["8.8.4.4"], c=["1.1.1.1"])
    resolver = resolver_over(names, clock, names_kept=2)

    for name in "abcbcac":
        look_up(resolver, name, 80)

    assert names.asked == ["a", "b", "c", "a"]


def test_nothing_is_remembered_without_a_cache(clock):
    names = Names(a=["8.8.8.8"])
    resolver = resolver_over(names, clock, names_kept=0)

    look_up(resolver, "a", 80)
    look_up(resolver, "a", 80)

    assert names.asked == ["a", "a"]


def test_lookup_without_an_answer_ends_at_the_timeout_and_its_late_answer_is_dropped(clock):
    names = Names()
    receiver = look_up(resolver_over(names, clock), "slow", 80)
    assert not receiver.is_complete

    clock.advance(limits.DNS_TIMEOUT_S)
    assert (receiver.addresses, receiver.is_complete) == ([], True)

    names.answer("8.8.8.8")
    assert receiver.addresses == []


def test_name_that_turns_private_between_two_requests_is_refused_at_the_connection():
    with (
        serving({"/": answer()}) as site,
        serving({"/": answer()}, address="127.0.0.2", port=site.port) as inner,
    ):
        url = site.url("/", host="turncoat.example")

        outcomes = crawl(
            [[url], [f"{url}?again"]],
            settings={**FAST, "SEEDWATCH_ALLOW_PRIVATE": [site.place], "DNSCACHE_ENABLED": False},
            names={"turncoat.example": [["127.0.0.1"], ["127.0.0.2"]]},
        )

    assert outcomes.of(url)["status"] == 200
    refused = outcomes.of(f"{url}?again")
    assert (refused["reason"], refused["error"], refused["permanent"]) == ("blocked", "BlockedError", True)
    assert refused["detail"] == (
        f"private_address: turncoat.example:{site.port} leads to the private address 127.0.0.2; "
        "if it is yours to watch, allow_private under [crawl] names it, with its port"
    )
    assert outcomes.lookups == [f"turncoat.example:{site.port}"] * 2
    assert inner.hits == []


def test_gate_stands_without_scrapys_own_start_up_and_for_mixed_answers():
    with (
        serving({"/": answer()}) as site,
        serving({"/": answer()}, address="127.0.0.2", port=site.port) as inner,
    ):
        mixed, elsewhere = site.url("/", host="mixed.example"), f"http://elsewhere.example:{site.port}/"

        outcomes = crawl(
            [[mixed], [elsewhere, "http://nowhere.example/"]],
            settings={**FAST, "SEEDWATCH_ALLOW_PRIVATE": [site.place]},
            names={
                "mixed.example": [["127.0.0.2", "::1", "127.0.0.1"]],
                "elsewhere.example": [["127.0.0.2", "fe80::1"]],
                "nowhere.example": [[]],
            },
            process="runner",
        )

    assert outcomes.of(mixed)["status"] == 200
    assert outcomes.reason(elsewhere) == "blocked"
    assert outcomes.reason("http://nowhere.example/") == "dns"
    assert (len(site.hits), inner.hits) == (1, [])
