import pytest

from crawler.topics.prepare import load_frequencies


@pytest.mark.parametrize(
    ("language", "common", "rare"),
    [
        ("en", "the", "strait"),
        ("ru", "что", "пролив"),
        ("ko", "니다", "해협"),
        ("zh", "中国", "海峡"),
        ("ja", "です", "海峡"),
    ],
)
def test_packaged_frequencies_tell_common_terms_from_rare_ones(language: str, common: str, rare: str) -> None:
    frequencies = load_frequencies(language)

    assert frequencies is not None
    assert frequencies.share(common) > 20 * frequencies.share(rare)
    assert frequencies.share("zzzyx") == frequencies.unseen


def test_language_without_list_has_no_frequencies() -> None:
    assert load_frequencies("xx") is None
    assert load_frequencies("no") is not None
