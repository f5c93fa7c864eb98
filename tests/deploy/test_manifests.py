"""What the manifests say of the service is so: settings, metrics, ports, the stages and limits of a rollout."""

import re

import pytest
import yaml

from phonofilm.jobs.observe import metrics
from phonofilm.jobs.run.worker import ALIVE, GRACE
from phonofilm.jobs.store.database import Database
from phonofilm.rollout import rules
from phonofilm.server.settings import Settings

from .conftest import DEPLOY

K8S = DEPLOY / "k8s"
COMPOSE = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())


def documents(path):
    return [one for one in yaml.safe_load_all((K8S / path).read_text()) if one]


def literals(path):
    (kustomization,) = documents(path)
    return dict(one.split("=", 1) for maps in kustomization.get("configMapGenerator", ()) for one in maps["literals"])


def defaults(text):
    """A value with what stands in for its variables."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", re.sub(r"\$\{(\w+):\?[^}]*\}", "ab12", text))


INSTALLATIONS = {
    "compose": {name: defaults(value) for name, value in COMPOSE["services"]["worker"]["environment"].items()},
    "small": literals("base/kustomization.yaml"),
    "production": literals("base/kustomization.yaml") | literals("overlays/production/kustomization.yaml"),
}


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_settings_are_ones_there_are(name, monkeypatch, tmp_path):
    for key, value in INSTALLATIONS[name].items():
        monkeypatch.setenv(key, value)
    ours = {key.removeprefix("PHONOFILM_").lower() for key in INSTALLATIONS[name] if key.startswith("PHONOFILM_")}
    assert ours <= set(Settings.model_fields)
    settings = Settings.load(home=tmp_path)
    assert settings.config().files.startswith("s3://") and settings.trusted_proxies and settings.public_url
    if name == "compose":
        assert settings.config().database.startswith("postgresql+psycopg://") and settings.signing_key() == b"ab12"


def test_replicas_see_the_proxy_at_an_address_they_trust():
    services, inside = COMPOSE["services"], COMPOSE["networks"]["inside"]
    shared = set(services["proxy"]["networks"]) & set(services["api-1"]["networks"])
    assert shared == {"inside"}, "names would be looked up on either network"
    assert INSTALLATIONS["compose"]["PHONOFILM_TRUSTED_PROXIES"] == f'["{inside["ipam"]["config"][0]["subnet"]}"]'
    open_ones = [name for name, one in services.items() if one.get("ports")]
    assert open_ones == ["proxy"] and all("inside" in one["networks"] for one in services.values())


def test_every_variable_of_the_compose_file_is_in_the_example():
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert asked == set(re.findall(r"^(\w+)=", (DEPLOY / "compose" / "env.example").read_text(), re.MULTILINE))


def test_probes_ask_what_the_service_answers():
    api = documents("base/api.yaml")[0]["spec"]["template"]["spec"]
    worker = documents("base/worker.yaml")[0]["spec"]["template"]["spec"]
    (serving,), (walking,) = api["containers"], worker["containers"]
    assert serving["ports"] == [{"name": "http", "containerPort": Settings.model_fields["port"].default}]
    paths = {name: serving[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert paths == {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    assert serving["readinessProbe"]["timeoutSeconds"] > 5, "/readyz waits 5 s for a part"
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert f"/data/{ALIVE}" in walking[probe]["exec"]["command"][-1]
    beat = Settings.model_fields["heartbeat"].default
    assert beat * 4 < 60, "-mmin -1: several heartbeats may be late"
    assert worker["terminationGracePeriodSeconds"] > GRACE + 10
    assert float(COMPOSE["services"]["worker"]["stop_grace_period"].rstrip("s")) > GRACE


def test_workers_are_scaled_by_what_is_exported(tmp_path):
    db = Database(f"sqlite:///{tmp_path / 'a.db'}")
    db.migrate()
    page = metrics.render(db).decode()
    db.close()
    trigger = documents("overlays/production/scaling.yaml")[0]["spec"]["triggers"][0]["metadata"]
    asked = re.findall(r'(\w+\{state="\w+"\})', trigger["query"])
    assert len(asked) == 2 and all(f"\n{one} " in page for one in asked)
    assert float(trigger["threshold"]) == Settings.model_fields["concurrency"].default


def test_argos_stages_and_limits_are_our_controllers():
    (rollout,) = documents("components/argo-rollouts/rollout.yaml")
    steps = rollout["spec"]["strategy"]["canary"]["steps"]
    weights = [step["setWeight"] for step in steps if "setWeight" in step]
    pauses = [float(step["pause"]["duration"].rstrip("h")) * 3600 for step in steps if "pause" in step]
    assert list(zip(weights, pauses, strict=True)) == [stage for stage in rules.STAGES if stage[1]]
    back, on = documents("components/argo-rollouts/analysis.yaml")
    assert _limits(back, "failureCondition") == {"errors": 100 * rules.BACK_ERRORS, "p95": rules.BACK_P95}
    assert _limits(on, "successCondition") == {"errors": 100 * rules.MOST_ERRORS, "p95": rules.MOST_P95}
    alerts = (DEPLOY / "alerts.yaml").read_text()
    for one in [*back["spec"]["metrics"], *on["spec"]["metrics"]]:
        query = one["provider"]["prometheus"]["query"]
        assert "job_error_rate_pct" in query or f"record: {query}" in alerts


def _limits(template, condition):
    found = {one["name"]: re.findall(r"[<>]=? (\d+)", one[condition])[-1] for one in template["spec"]["metrics"]}
    return {name: float(value) for name, value in found.items()}
