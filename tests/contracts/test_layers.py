"""Who may import whom: the contracts of pyproject.toml, and what a fresh interpreter really loads."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_import_contracts_hold():
    importlinter = pytest.importorskip("importlinter")
    assert importlinter
    code = (
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(config_filename='pyproject.toml',"
        " cache_dir=None))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (
        "an import against the rules, or a new file that its room's layers in pyproject.toml do not name:\n"
        + done.stdout[done.stdout.find("Broken contracts") :]
        + done.stderr
    )


@pytest.mark.parametrize(
    "code",
    [
        "import phonofilm",
        "import phonofilm.prompt, phonofilm.media.video, phonofilm.media.sheet, phonofilm.clip.make",
        "import phonofilm; phonofilm.generate('A ball', engine='fake', seconds=4)",
        "import phonofilm.engines.animatic.engine",
        "from phonofilm.cli.main import main; main(['generate', '', '--engine', 'fake'])",
    ],
)
def test_a_fresh_interpreter_loads_no_torch(code):
    check = (
        f"import sys\n{code}\nloaded = [name for name in ('torch', 'diffusers') if name in sys.modules]\nassert not"
        " loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_the_package_loads_almost_nothing():
    code = (
        "import sys, phonofilm; print(len([name for name in sys.modules if name.startswith('phonofilm')]), 'numpy' in"
        " sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "False"]  # itself, spec, the version
