"""How common words are in a language, from the lists that the wordfreq package carries (Robyn Speer 2022).

The lists count subtitles, encyclopaedias, news, books and the web up to 2021; the small ones hold the words that occur
at least once in a million.
"""

from collections import defaultdict
from functools import lru_cache

from crawler.topics.rarity import TermFrequencies
from crawler.topics.terms import topic_terms
from storage.analyser import terms, tokens

# Languages whose list stands under another code.
_LISTED_AS = {"no": "nb", "nn": "nb", "sr": "sh", "hr": "sh", "bs": "sh"}
# The rarest listed words occur once in a million; what is not listed is rarer.
_UNSEEN = 5e-7


@lru_cache(maxsize=8)
def load_frequencies(language: str) -> TermFrequencies | None:
    """The frequencies of *language* (ISO 639-1) in our analyser's terms; None if no list is packaged.

    Takes 0.1 to 0.5 s at a language's first use, then nothing.
    """
    import wordfreq

    code = _LISTED_AS.get(language, language)
    if code not in wordfreq.available_languages("small"):
        return None
    words: dict[str, float] = defaultdict(float)
    first: dict[str, float] = defaultdict(float)
    last: dict[str, float] = defaultdict(float)
    for word, share in wordfreq.get_frequency_dict(code, "small").items():
        only = terms(word, language)
        if len(only) == 1 and len(only[0]) > 1:  # nearly every word, in half the time
            if not only[0].isnumeric():
                words[only[0]] += share
            continue
        found = tokens(word, language)
        for term in topic_terms(found):
            words[term.term] += share
        if found and found[0].single:
            first[found[0].term] += share
        if found and found[-1].single:
            last[found[-1].term] += share
    return TermFrequencies(language, dict(words), dict(first), dict(last), _UNSEEN)
