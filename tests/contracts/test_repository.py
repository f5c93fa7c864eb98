"""Promises about the repository itself: short files, short journeys, documents that do not lie."""

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "phonofilm"
MOST_LINES = 500
JOURNEYS = {
    "a tensor": "phonofilm.pipeline.generate",
    "a training step": "phonofilm.train.pretrain",
    "a request": "phonofilm.engines.run",
}
MOST_FILES = 30


def _python_files():
    return [path for folder in ("src", "tests", "benchmarks", "recipes") for path in (ROOT / folder).rglob("*.py")]


def test_no_file_is_too_long_to_read():
    long = {str(path.relative_to(ROOT)): lines for path in _python_files() if (lines := len(path.read_text().splitlines())) > MOST_LINES}
    assert long == {}


def test_every_module_says_what_it_is_for():
    silent = [str(path.relative_to(ROOT)) for path in SOURCE.rglob("*.py") if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_drawers_for_odds_and_ends():
    assert [path.name for path in SOURCE.rglob("*.py") if path.stem in ("utils", "helpers", "common", "misc", "manager")] == []


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_reader_follows_each_journey_through_few_files(journey):
    grimp = pytest.importorskip("grimp")
    graph = grimp.build_graph("phonofilm", cache_dir=None, exclude_type_checking_imports=True)
    read = {name for name in graph.find_upstream_modules(JOURNEYS[journey]) if graph.find_modules_directly_imported_by(name)}
    # a package's __init__ that only re-exports or says what the folder is needs no reading of its own
    read = {name for name in read if not (SOURCE.joinpath(*name.split(".")[1:]) / "__init__.py").exists()}
    assert len(read) + 1 <= MOST_FILES, sorted(read)


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md"])
def test_paths_named_in_the_documents_exist(document):
    text = (ROOT / document).read_text()
    named = set(re.findall(r"`((?:src|docs|tests|benchmarks|recipes)/[\w./-]+)`", text)) | set(re.findall(r"\]\(((?!https?:|#)[^)#]+)", text))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_modules_drawn_in_the_architecture_exist():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    modules = re.findall(r"\b((?:cli|engines|pipeline|data|model|flow|theatre|media|prompt|spec|train|evals)/[a-z_]+)\b(?![/.])", text)
    assert len(modules) >= 20
    assert [name for name in sorted(set(modules)) if not (SOURCE / f"{name}.py").exists()] == []


def test_every_command_shown_in_the_documents_parses(monkeypatch):
    from phonofilm.cli.main import _parser

    shown = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        blocks = re.findall(r"```(?:bash|sh|console)?\n(.*?)```", path.read_text(), re.DOTALL)
        lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        shown += [(path.name, line) for line in lines if line.startswith("phonofilm ")]
    assert shown
    import shlex

    for name, line in shown:
        words = shlex.split(line, comments=True)[1:]
        if words[0] == "train" or "..." in words or any(word.isupper() for word in words):
            continue
        try:
            _parser(words[:1]).parse_args(words)
        except SystemExit as leaving:
            assert leaving.code == 0, f"{name}: {line}"


def test_make_targets_named_in_the_readme_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_nothing_names_a_machine_or_a_package_host():
    """Set-up files hold names and versions only, so that they work with any index and on any machine."""
    for name in ("pyproject.toml", "constraints.txt", "Makefile", ".ci/run"):
        assert not re.search(r"https?://|index-url|find-links|file:/", (ROOT / name).read_text()), name


def test_continuous_integration_runs_what_people_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.search(r"^exec make test$", script.read_text(), re.MULTILINE)


def test_every_pin_is_exact():
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][\w.]*", pin) for pin in pins)
    assert "torch==2.13.0" in pins


def test_make_knows_what_to_do_without_doing_it():
    done = subprocess.run(["make", "-n", "demo", "VENV=/nonexistent/venv"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "-m venv" in done.stdout and "phonofilm generate" in done.stdout
