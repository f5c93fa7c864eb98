"""What the theatre's tests share."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def drawings():
    """The compiled drawings, built where they are not there yet: a machine that cannot build them fails, it does not
    skip."""
    file = Path(__file__).parents[2] / "web/build_backend.py"
    spec = importlib.util.spec_from_file_location("build_backend", file)
    backend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend)
    backend.draw()
    assert backend.drawn(), "the drawings are left out: unset PHONOFILM_SKIP_STUDIO"
    return backend.PACK
