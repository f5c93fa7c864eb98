"""What every test shares."""

import os
import tempfile

import pytest

# Keys and certificates that clips are marked and signed with are made in a home of the tests' own, never in the person's.
os.environ["PHONOFILM_HOME"] = _HOME = tempfile.mkdtemp(prefix="phonofilm-home-")


@pytest.fixture(scope="session", autouse=True)
def home_of_the_tests():
    """Gone when they end."""
    import shutil

    yield
    shutil.rmtree(_HOME, ignore_errors=True)
