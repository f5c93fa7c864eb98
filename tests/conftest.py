"""What every test shares."""

import logging
import os
import signal
import tempfile

import pytest

if (
    "PYTEST_XDIST_WORKER" in os.environ
):  # side by side, each on a core of its own: threads that wait for each other would take both
    os.environ.setdefault("OMP_NUM_THREADS", "1")
if (
    signal.getsignal(signal.SIGINT) == signal.SIG_IGN
):  # a shell's "make test &" has Ctrl-C ignored, and so would be those who are told to end
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Keys and certificates that clips are marked and signed with are made in a home of the tests' own, never in the
# person's.
os.environ.setdefault(
    "PHONOFILM_CLASSIFIERS", "none"
)  # the shipped checkers' models are loaded by their own tests alone
os.environ["PHONOFILM_HOME"] = _HOME = tempfile.mkdtemp(prefix="phonofilm-home-")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Side by side (``-n``), the tests of a file stay together, as they share servers. The longest files go first, so
    that none is left for one alone at the end."""
    items.sort(key=lambda item: item.path.parent.name != "studio")
    for item in items:
        item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.name}"))


def pytest_collection_finish(session):
    """A group that xdist does not hear of is lost without a word; its name ends what it hands out."""
    if getattr(session.config.option, "loadgroup", False):
        assert all("@" in item.nodeid for item in session.items), (
            "the groups of the tests are lost: pytest and pytest-xdist do not fit together"
        )


@pytest.fixture(scope="session", autouse=True)
def home_of_the_tests():
    """Gone when they end."""
    import shutil

    yield
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def logging_as_it_was():
    """A command that sets logging up for its process (``phonofilm serve``) and is tried inside the tests' leaves later
    ones nothing."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
