"""The model of languages, unpacked once on a machine and from then on only mapped. I/O edge.

py3langid brings it packed: each process that loads it so takes 0.35 s of processor time and 68 MB of its own. Mapped
from files it takes 0.01 s, and all processes share the memory. Only this file and crawler/text/languages.py import it.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# The parts of a model as its constructor names them, in the order in which it takes the first five.
_PARTS = ("nb_ptc", "nb_pc", "nb_classes", "tk_nextmove", "tk_output", "tk_row")
_NAME = "py3langid-"


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Where programs of this user keep what they can make again (XDG Base Directory); None: nowhere is known."""
    base = Path(environment.get("XDG_CACHE_HOME", ""))
    if base.is_absolute():
        return base / "seedwatch"
    home = environment.get("HOME")
    return Path(home) / ".cache" / "seedwatch" if home else None


def load_model(cache: Path | None) -> "LanguageIdentifier":
    """The model, from the files that are kept in *cache*; where there are none yet it is unpacked and they are made.

    Where they cannot be made or read it is unpacked for this process alone.
    """
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    packed = MODEL_DIR / MODEL_FILE
    if cache is not None:
        kept = cache / f"{_NAME}{packed.stat().st_size}-{packed.stat().st_mtime_ns}"
        with suppress(OSError, ValueError, EOFError):
            return _mapped(kept)
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    if cache is not None:
        with suppress(OSError):
            _keep(model, kept)
    return model


def _mapped(kept: Path) -> "LanguageIdentifier":
    """The model whose parts are kept there.

    Raises:
        OSError: they are not all there.
        ValueError, EOFError: they are cut off.
    """
    from py3langid.langid import LanguageIdentifier

    parts = {name: np.load(kept / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _PARTS}
    return LanguageIdentifier(
        np.asarray(parts["nb_ptc"]),
        np.array(parts["nb_pc"]),
        parts["nb_classes"].tolist(),
        memoryview(parts["tk_nextmove"]),  # it is asked number by number, which an array of numpy is slow at
        parts["tk_output"].tolist(),
        tk_row=parts["tk_row"].tolist(),
        norm_probs=True,
    )


def _keep(model: "LanguageIdentifier", kept: Path) -> None:
    """Write the parts of *model* there, all or none; those of another release give way."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=kept.parent))
    try:
        for name in _PARTS:
            part: NDArray[np.generic] = np.asarray(getattr(model, name))
            with (unfinished / f"{name}.npy").open("xb") as file:
                np.save(file, part, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())  # a power cut must not leave a file of zeros under its name
        for other in kept.parent.glob(f"{_NAME}*"):
            shutil.rmtree(other)
        unfinished.rename(kept)  # fails where another process was first, whose files are as good
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
