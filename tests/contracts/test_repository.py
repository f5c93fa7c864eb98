"""Promises about the repository itself: short files, short journeys, documents that do not lie."""

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "phonofilm"
MOST_LINES = 600
JOURNEYS = {
    "a clip, up to the engine": (["phonofilm.cli.generate"], 82),
    "a clip of the animatic": (["phonofilm.cli.generate", "phonofilm.engines.animatic.engine"], 169),
    "a clip of our network": (["phonofilm.cli.generate", "phonofilm.engines.native"], 165),
    "a job": (["phonofilm.server.dialects.native", "phonofilm.jobs.run.worker"], 146),
    "a tensor": (["phonofilm.pipeline.generate"], 32),
    "a training step": (["phonofilm.train.pretrain"], 24),
}
"""Where each begins, engines that are loaded by name included, and how many files can be met on it at most: all that is
imported, however late and however little of it is used. The figures are a little above what they are; they may only be
lowered."""


def _python_files():
    return [path for folder in ("src", "tests", "benchmarks", "recipes") for path in (ROOT / folder).rglob("*.py")]


def test_no_file_is_too_long_to_read():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _python_files()
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert long == {}


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


ROOMY = 20
"""Files of a package at one level."""


def test_no_room_is_a_drawer():
    count = {}
    for path in SOURCE.rglob("*.py"):
        if path.parent.name != "versions":  # a migration stays where it is for ever
            count[str(path.parent.relative_to(SOURCE))] = count.get(str(path.parent.relative_to(SOURCE)), 0) + 1
    assert {name: files for name, files in count.items() if files > ROOMY} == {}


def test_no_drawers_for_odds_and_ends():
    assert [
        path.name for path in SOURCE.rglob("*.py") if path.stem in ("utils", "helpers", "common", "misc", "manager")
    ] == []


@pytest.fixture(scope="module")
def imports():
    """Who imports whom, imports inside functions included."""
    grimp = pytest.importorskip("grimp")
    return grimp.build_graph("phonofilm", cache_dir=None, exclude_type_checking_imports=True)


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_meets_no_more_files_than_before(imports, journey):
    begins, most = JOURNEYS[journey]
    met = set(begins).union(*(imports.find_upstream_modules(begin) for begin in begins))
    read = sorted(name for name in met if SOURCE.joinpath(*name.split(".")[1:]).with_suffix(".py").exists())
    assert len(read) <= most, read


def test_no_modules_import_each_other_in_a_circle(imports):
    waiting = {name: set(imports.find_modules_directly_imported_by(name)) for name in imports.modules}
    while free := [name for name, needs in waiting.items() if not needs & waiting.keys()]:
        for name in free:
            del waiting[name]
    while ends := [
        name for name in waiting if not any(name in needs for needs in waiting.values())
    ]:  # these only lead into a circle
        for name in ends:
            del waiting[name]
    assert sorted(waiting) == []


def test_making_a_clip_reads_aloud():
    source = ast.parse((SOURCE / "clip" / "make.py").read_text())
    make = next(node for node in source.body if isinstance(node, ast.FunctionDef) and node.name == "make")
    assert make.end_lineno - make.body[1].lineno + 1 <= 40  # from the first line after its docstring


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_paths_named_in_the_documents_exist(document):
    text = (ROOT / document).read_text()
    named = set(re.findall(r"`((?:src|docs|tests|benchmarks|recipes)/[\w./-]+)`", text)) | set(
        re.findall(r"\]\(((?!https?:|#)[^)#]+)", text)
    )
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_modules_drawn_in_the_architecture_exist():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    modules = re.findall(
        r"\b((?:cli|server|clip|engines|pipeline|data|model|flow|theatre|media|prompt|spec|train|evals|jobs)/[a-z_]+(?:/[a-z_]+)?)\b(?![/.])",
        text,
    )
    assert len(modules) >= 20
    assert [name for name in sorted(set(modules)) if not (SOURCE / f"{name}.py").exists()] == []


def test_every_command_shown_in_the_documents_parses(monkeypatch):
    from phonofilm.cli.main import _parser

    shown = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        blocks = re.findall(r"```(?:bash|sh|console)?\n(.*?)```", path.read_text(), re.DOTALL)
        lines = [
            line.strip().removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()
        ]
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
    assert {"demo", "check", "test"} <= named <= targets


def test_nothing_names_a_machine_or_a_package_host():
    """Set-up files hold names and versions only, so that they work with any index and on any machine."""
    for name in ("pyproject.toml", "constraints.txt", "Makefile", ".ci/run"):
        assert not re.search(r"https?://|index-url|find-links|file:/", (ROOT / name).read_text()), name


def test_continuous_integration_runs_what_people_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.search(r"^exec make check test$", script.read_text(), re.MULTILINE)
    assert {"make check", "make test", "make nightly"} <= set(
        re.findall(r"`(make \w+)`", (ROOT / "CONTRIBUTING.md").read_text())
    )


def test_every_pin_is_exact():
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==([0-9]+!)?[0-9][\w.]*( ; .+)?", pin) for pin in pins)
    assert "torch==2.13.0" in pins
    pinned = {re.split(r"[=<>]", pin)[0].lower().replace("_", "-") for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [one for group in (project["dependencies"], *project["optional-dependencies"].values()) for one in group]
    assert {re.match(r"[\w.-]+", one)[0].lower().replace("_", "-") for one in asked} - {"phonofilm"} <= pinned, (
        "run: make pins"
    )


def test_make_knows_what_to_do_without_doing_it():
    done = subprocess.run(
        ["make", "-n", "demo", "VENV=/nonexistent/venv"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "-m venv" in done.stdout and "phonofilm generate" in done.stdout
    assert "[native,speech,languages]" in done.stdout and "dev" not in done.stdout, "a clip needs no tests"
