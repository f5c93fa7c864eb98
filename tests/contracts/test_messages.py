"""What people are told: no class of an exception is named in a message."""

import ast
from pathlib import Path

import pytest

import phonofilm
from phonofilm.errors import in_words

SOURCES = sorted(Path(phonofilm.__file__).parent.rglob("*.py"))
NOT_SHOWN = {"jobs/observe/tracing.py", "engines/isolated/wire.py", "server/settings.py", "errors.py"}
"""A trace's status, the wire between our own processes, comparisons."""


def named_in(tree):
    """Lines on which an exception that was caught gives its class's name to anything but a log."""
    caught = {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name} | {
        "error",
        "exc",
        "exception",
    }
    logged = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("__name__", "__qualname__", "__class__")
            and node not in logged
        ):
            names = {inner.id for inner in ast.walk(node.value) if isinstance(inner, ast.Name)}
            if names & caught:
                yield node.lineno
        if (
            isinstance(node, ast.FormattedValue)
            and node.conversion == ord("r")
            and isinstance(node.value, ast.Name)
            and node.value.id in caught
        ):
            yield node.lineno


def test_the_reader_finds_what_it_looks_for():
    shown = (
        'try:\n    work()\nexcept OSError as problem:\n    raise MyError(f"failed ({type(problem).__name__})") from'
        " problem\n"
    )
    assert list(named_in(ast.parse(shown))) == [4]
    assert list(
        named_in(ast.parse("try:\n    work()\nexcept OSError as e:\n    raise MyError(f'failed {e!r}')\n"))
    ) == [4]
    assert not list(
        named_in(ast.parse('try:\n    work()\nexcept OSError as e:\n    log.warning("%s", type(e).__name__)\n'))
    )


def test_no_message_names_an_exceptions_class():
    found = []
    for path in SOURCES:
        place = path.relative_to(Path(phonofilm.__file__).parent).as_posix()
        if place not in NOT_SHOWN:
            found += [f"{place}:{line}" for line in named_in(ast.parse(path.read_text()))]
    assert not found


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("10.0.0.7:443 timed out"), "no answer in time"),
        (ConnectionRefusedError(111, "Connection refused"), "nobody answers there"),
        (ConnectionResetError(104, "Connection reset by peer"), "the connection broke off"),
        (ValueError("secret"), "the answer makes no sense"),
    ],
)
def test_what_went_wrong_elsewhere_has_words_of_its_own(error, words):
    assert in_words(error) == words


def test_the_http_clients_troubles_too():
    httpx2 = pytest.importorskip("httpx2")
    assert in_words(httpx2.ReadTimeout("x")) == "no answer in time"
    assert in_words(httpx2.ConnectError("x")) == "nobody answers there"
    assert in_words(httpx2.RemoteProtocolError("x")) == "the connection broke off"
