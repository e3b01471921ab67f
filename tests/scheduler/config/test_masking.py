"""No secret of a channel's address is left in what people see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.config.masking import masked_channel, scrub


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("tgram://123456:ABCdef/@room", "tgram://***"),
        ("mailtos://ann:hunter2@mail.example/?to=b@x.example", "mailtos://***"),
        ("json+https://ann:hunter2@hooks.example:8443/t0ken", "json+https://hooks.example:8443/***"),
        ("https://hooks.slack.example/services/T0/B0/X", "https://hooks.slack.example/***"),
        ("https://[::1", "https://***"),
        ("JSON+HTTP://h.example/x", "json+http://h.example/***"),
    ],
)
def test_a_channel_is_shown_by_its_kind(url, shown):
    assert masked_channel(url) == shown


def test_what_a_channel_said_keeps_its_words_and_loses_the_secrets():
    url = "https://ann:p%40ssword@hooks.example/s3cret?key=hidden"

    said = scrub("hooks.example refused\np@ssword, p%40ssword, s3cret and hidden \x1b[31m", url)

    assert said == "hooks.example refused ***, ***, *** and *** [31m"


SECRET = st.text("abcXYZ0189-_", min_size=4, max_size=20)


@given(user=SECRET, word=SECRET, path=SECRET, query=SECRET, text=st.text(max_size=30))
def test_no_part_of_an_address_survives(user, word, path, query, text):
    for scheme in ("tgram", "json+https"):
        url = f"{scheme}://{user}:{word}@host.example/{path}?k={query}"
        said = scrub(f"{text} {url} {user} {word} {path} {query}", url)

        assert all(secret not in said for secret in (word, path, query))
        assert len(said) <= 500
