"""Stems of words by their beginnings, against the stemmers."""

import pytest

from storage.analyser import tokens
from storage.query.stems import stem_bases, stem_endings


@pytest.mark.parametrize(
    "language", ["da", "de", "en", "es", "fr", "hu", "it", "lt", "no", "pt", "ro", "ru", "sv"]
)
def test_no_beginning_of_a_common_word_loses_its_stem(language: str) -> None:
    from wordfreq import top_n_list

    for listed in top_n_list("nb" if language == "no" else language, 1_500, wordlist="small"):
        found = tokens(listed, language)
        if len(found) != 1 or found[0].single or not found[0].word[0].isalpha():
            continue
        word, term = found[0].word, found[0].term
        for length in range(2, len(word) + 1):
            beginning = word[:length]
            endings = stem_endings(beginning, language)
            assert (
                endings is None
                or term in endings
                or any(term.startswith(base) for base in stem_bases(beginning, language))
            ), f"{beginning}* loses {word}, which is indexed as {term}"
