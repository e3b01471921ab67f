"""Names under which a local server may be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.allowed_hosts import is_allowed

NAMED = ("watch.example.org",)


@pytest.mark.parametrize(
    ("header", "bound", "expected"),
    [
        ("127.0.0.1:8001", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("localhost:9000", "127.0.0.1", True),
        ("LOCALHOST.", "127.0.0.1", True),
        ("[::1]:8001", "127.0.0.1", True),
        ("[::1]:8001", "::1", True),
        ("watch.example.org", "127.0.0.1", True),
        ("Watch.Example.Org:443", "0.0.0.0", True),
        ("10.0.0.7:8001", "0.0.0.0", True),
        ("[fe80::1]", "::", True),
        ("10.0.0.7:8001", "10.0.0.7", True),
        ("desk.local", "desk.local", True),
        ("10.0.0.7:8001", "127.0.0.1", False),
        ("127.0.0.1", "10.0.0.7", False),
        ("evil.example", "127.0.0.1", False),
        ("evil.example:8001", "0.0.0.0", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("localhost.evil.example", "0.0.0.0", False),
        ("evil.example:127.0.0.1", "127.0.0.1", False),
        ("evil.example@127.0.0.1", "127.0.0.1", False),
        ("watch.example.org.evil.example", "127.0.0.1", False),
        ("[127.0.0.1", "10.0.0.7", False),
        ("", "127.0.0.1", False),
        ("", "0.0.0.0", False),
    ],
)
def test_own_addresses_and_named_hosts_are_allowed(header, bound, expected):
    assert is_allowed(header, bound=bound, named=NAMED) is expected


@given(
    st.from_regex(r"[a-z]([a-z0-9.-]{0,30}[a-z0-9])?", fullmatch=True),
    st.sampled_from(["127.0.0.1", "0.0.0.0", "::", "::1", "10.0.0.7"]),
    st.sampled_from(["", ":80", ":8001"]),
)
def test_no_other_name_is_allowed(name, bound, port):
    if name not in {"localhost", *NAMED}:
        assert not is_allowed(name + port, bound=bound, named=NAMED)
