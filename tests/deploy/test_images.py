"""The images, built step by step in a clean root, and run as they will be: another user, nothing writable but /data
and /tmp.
"""

import json
import os
import shutil
import struct
import sys
from pathlib import Path

import pytest

from .clean_root import build, ignored, instructions
from .conftest import DEPLOY

ROOT = DEPLOY.parent
SLIM = set(
    "ld-linux-x86-64.so.2 libc.so.6 libdl.so.2 libgcc_s.so.1 libm.so.6 libmvec.so.1 libpthread.so.0 ".split()
    + "libresolv.so.2 librt.so.1 libstdc++.so.6 libz.so.1".split()
)
"""Shared libraries of python:3.11-slim-bookworm that packages may lean on."""
ASK = """
from urllib.request import urlopen
print(urlopen('http://127.0.0.1:8655/readyz').read().decode())
print(b'<html' in urlopen('http://127.0.0.1:8655/').read())
"""
LOOK = """
import av
clip = av.open('/data/clip.mp4')
print(sorted(stream.type for stream in clip.streams), clip.streams.video[0].frames)
"""
PROMPT = "A boy in a red coat plays the drum in a meadow at noon."


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    if os.geteuid() or not shutil.which("unshare"):
        pytest.skip("mounts need root and unshare")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the images are of Python 3.11, and this one stands in for theirs")
    folder = tmp_path_factory.mktemp("images")
    folder.chmod(0o755)
    for parent in folder.parents[:3]:
        parent.chmod(0o755)
    yield build(DEPLOY / "Dockerfile", ROOT, folder)
    shutil.rmtree(folder, ignore_errors=True)


def inside(image, script, **more):
    done = image.run(["sh", "-euc", script], read_only=True, **more)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def shell(words):
    import shlex

    return shlex.join(words)


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["server", "worker"])
def test_as_it_runs(images, name):
    image = images[name]
    said = inside(
        image,
        "id -u; touch /app/x 2>&1 || echo closed; touch /data/x && echo open; command -v phonofilm",
    )
    assert said.split()[0] == "10001" and "closed" in said and "open" in said and "/app/bin/phonofilm" in said
    torch = image.run(["python", "-c", "import torch"], read_only=True)
    assert (torch.returncode == 0) == (name == "worker"), torch.stderr[-400:]
    assert (image.root / "app/lib/python3.11/site-packages/phonofilm/studio/index.html").is_file(), (
        "the studio is not built"
    )


@pytest.mark.nightly
def test_what_is_installed_is_what_is_pinned(images):
    pins = dict(
        line.split(" ;")[0].split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    )
    pins = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    there = json.loads(inside(images["worker"], "python -m pip list --format json"))
    other = {
        one["name"]: one["version"]
        for one in there
        if (pin := pins.get(one["name"].lower().replace("_", "-"))) and one["version"].split("+")[0] != pin
    }
    assert other == {} and len(there) > 80
    assert {one["name"] for one in there if one["name"].lower().replace("_", "-") not in pins} <= {"phonofilm", "pip"}


@pytest.mark.nightly
def test_the_server_answers_and_its_healthcheck_sees_it(images):
    image = images["server"]
    health = shell(image.health).replace("8600", "8655")
    said = inside(
        image,
        f"""{health} 2>/dev/null && echo too early
        {shell([*image.entrypoint, *image.command])} --port 8655 >/tmp/log 2>&1 & server=$!
        for n in $(seq 120); do {health} 2>/dev/null && break; sleep 1; done
        python -c "{ASK}"
        kill $server; wait $server && echo ended well""",
    )
    assert "too early" not in said and "ended well" in said
    assert (
        json.loads(said.splitlines()[0])["checks"] == {"database": "ok", "bucket": "ok", "worker": "none"}
        and "True" in said
    )


@pytest.mark.nightly
def test_the_worker_makes_a_clip_and_its_healthcheck_sees_its_heart(images):
    image = images["worker"]
    health = shell(image.health)
    said = inside(
        image,
        f"""phonofilm generate '{PROMPT}' --fast --duration 4 --out /data/clip.mp4 >/dev/null 2>&1
        python -c "{LOOK}"
        {health} && echo too early
        {shell([*image.entrypoint, *image.command])} >/tmp/log 2>&1 & worker=$!
        for n in $(seq 120); do {health} && break; sleep 1; done
        {health} && echo beats
        kill $worker; wait $worker && echo ended well""",
    )
    assert "['audio', 'video']" in said and int(said.split("]")[1].split()[0]) > 24
    assert "too early" not in said and "beats" in said and "ended well" in said


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["server", "worker"])
def test_no_package_needs_a_library_the_base_image_lacks(images, name):
    files = [path for path in (images[name].root / "app").rglob("*") if path.is_file() and not path.is_symlink()]
    own = {path.name for path in files}
    assert {library: path.name for path in files for library in needed(path) if library not in own | SLIM} == {}


def needed(path: Path) -> list[str]:
    """DT_NEEDED of an ELF file of 64 bits; of anything else nothing."""
    with path.open("rb") as file:
        if file.read(5) != b"\x7fELF\x02":
            return []
    data, found = path.read_bytes(), []
    at, size, count = struct.unpack_from("<Q", data, 40)[0], *struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQII", data, at + number * size) for number in range(count)]
    for section in (one for one in sections if one[1] == 6):
        names = sections[section[6]][4]
        for entry in range(section[4], section[4] + section[5], 16):
            tag, value = struct.unpack_from("<qQ", data, entry)
            if tag == 1:
                found.append(data[names + value : data.index(b"\0", names + value)].decode())
    return found


def test_the_context_holds_no_more_than_the_images_need(tmp_path):
    left_out = ignored((DEPLOY / "Dockerfile.dockerignore").read_text(), tmp_path)
    top = ["src", "web", "constraints.txt", "runs", ".git", ".env", "tests", "docs", "pyproject.toml"]
    assert left_out(str(tmp_path), top) == {"runs", ".git", ".env", "tests", "docs"}
    assert left_out(str(tmp_path / "web"), ["src", "node_modules", "package.json"]) == {"node_modules"}
    assert left_out(str(tmp_path / "src/phonofilm"), ["studio", "jobs", "__pycache__"]) == {"studio", "__pycache__"}


def test_both_images_run_as_nobody_in_particular():
    lines = instructions((DEPLOY / "Dockerfile").read_text())
    assert "USER 10001:10001" in lines and sum(line.startswith("HEALTHCHECK") for line in lines) == 2
    assert lines[-1].startswith("HEALTHCHECK") or lines[-1].startswith("CMD"), "a plain build gives the server"
