"""The model of languages as it is kept: it says the same, is whole or not there, and can be done without."""

from pathlib import Path

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from crawler.text.language_model import cache_folder, load_model

TEXTS = (
    "The ministers of the two shores signed the treaty on the tunnel in the harbour.",
    "Министры двух берегов подписали договор о туннеле.",
    "Los ministros de las dos orillas firmaron el tratado del túnel.",
    "",
)


@pytest.fixture(scope="module")
def packed() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


def test_a_kept_model_says_what_the_packed_one_does(tmp_path, packed):
    first = load_model(tmp_path)
    kept = load_model(tmp_path)

    assert not isinstance(first.tk_nextmove, memoryview)
    assert isinstance(kept.tk_nextmove, memoryview)
    assert [kept.rank(text) for text in TEXTS] == [packed.rank(text) for text in TEXTS]
    assert len(folders(tmp_path)) == 1


def test_what_is_damaged_or_of_another_release_is_made_anew(tmp_path, packed):
    (tmp_path / "py3langid-1-2").mkdir()
    load_model(tmp_path)
    [name] = folders(tmp_path)
    (tmp_path / name / "nb_ptc.npy").write_bytes((tmp_path / name / "nb_ptc.npy").read_bytes()[:1000])

    for is_mapped in (False, True):
        model = load_model(tmp_path)
        assert isinstance(model.tk_nextmove, memoryview) == is_mapped
        assert model.rank(TEXTS[0]) == packed.rank(TEXTS[0])
    assert folders(tmp_path) == [name]


def test_without_a_place_for_it_the_model_is_unpacked(tmp_path, packed):
    (tmp_path / "file").write_text("no folder")

    assert load_model(None).rank(TEXTS[1]) == packed.rank(TEXTS[1])
    assert load_model(tmp_path / "file").rank(TEXTS[1]) == packed.rank(TEXTS[1])
    assert folders(tmp_path) == ["file"]


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CACHE_HOME": "/var/cache/anna", "HOME": "/home"}, Path("/var/cache/anna/seedwatch")),
        ({"XDG_CACHE_HOME": "cache", "HOME": "/srv"}, Path("/srv/.cache/seedwatch")),
        ({"HOME": "/srv"}, Path("/srv/.cache/seedwatch")),
        ({}, None),
    ],
)
def test_it_is_kept_where_programs_keep_what_they_can_make_again(environment, folder):
    assert cache_folder(environment) == folder
