"""Each alert has a page that says what to do, and what a page names is there: metrics, routes, settings, commands."""

import re
import shlex

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from phonofilm.cli.main import _parser
from phonofilm.jobs.observe import metrics
from phonofilm.jobs.store.database import Database
from phonofilm.rollout import control, figures
from phonofilm.server.settings import Settings

from .conftest import DEPLOY

ROOT = DEPLOY.parent
RULES = [rule for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
PAGES = {path.stem: path.read_text() for path in (ROOT / "docs" / "runbooks").glob("*.md")}
PROMQL = set(
    "max min sum by on and or time rate increase histogram_quantile max_over_time le state engine part model".split()
    + "candidate step w h m s d".split()
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Names of the samples of a service with a rollout under way, as Prometheus keeps them; what the rules record."""
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('db') / 'a.db'}")
    db.migrate()
    control.begin(db, frozenset({"one", "two"}), model="m", control="one", candidate="two", actor="test")
    page = (metrics.render(db) + figures.render(db)).decode()
    db.close()
    names = set()
    for family in text_string_to_metric_families(page):
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        names |= {family.name.removesuffix("_total") + suffix for suffix in suffixes}
    return names | {rule["record"] for rule in RULES if "record" in rule}


def asked(expression):
    """Metrics a PromQL expression names."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\b(?:by|on)\s*\([^)]*\)', " ", expression)
    return {word for word in re.findall(r"[a-z][a-z0-9_:]*", bare)} - PROMQL


def test_every_alert_has_its_page_and_every_page_its_alert():
    assert set(PAGES) == set(ALERTS)


def test_every_alert_is_seen_to_fire_in_its_case():
    cases = yaml.safe_load((DEPLOY / "alerts_test.yaml").read_text())["tests"]
    asked = [one for case in cases for one in case.get("alert_rule_test", [])]
    assert {one["alertname"] for one in asked if one.get("exp_alerts")} == set(ALERTS)
    for name, rule in ALERTS.items():
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_says_the_four_things_in_short(name):
    text = PAGES[name]
    assert text.startswith(f"# {name}\n") and len(text.split()) < 320
    places = [text.index(part) for part in ("**What it means.**", "**Look at**", "**Do**", "**Over when**")]
    assert places == sorted(places)


def test_rules_ask_for_what_is_exported(exported):
    assert asked("max by (le) (rate(a_bucket[5m])) > 1 and on () b:c == 1e9") - {"e9"} == {"a_bucket", "b:c"}
    for rule in RULES:
        assert asked(rule["expr"]) and asked(rule["expr"]) <= exported, rule


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_about_its_alerts_metrics(name, exported):
    text = PAGES[name]
    expressions = [
        part
        for part in re.findall(r"`([^`]+)`", text)
        if re.search(r"[a-z]_[a-z]", part) and re.match(r"(sum|max|time|hist|[a-z_:0-9]+(\{|$))", part)
    ]
    named = set().union(*(asked(part) for part in expressions))
    settings = set(Settings.model_fields)
    words = {
        "unknown_outcome",
        "maxReplicaCount",
        "half_open",
        "max_connections",
    }  # states of jobs, and others' own settings
    assert named - settings - words <= exported, named - settings - words - exported
    assert asked(ALERTS[name]["expr"]) & named, "it does not say how the alert's own metric is read"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_commands_and_links_of_a_page_are_there(name):
    for words in re.findall(r"`(phonofilm [^`]+)`", PAGES[name]):
        line = shlex.split(words)[1:]
        _parser(line[:1]).parse_args(line) if len(line) > 1 else _parser(line)
    for link in re.findall(r"\]\(([^)#]+)\)", PAGES[name]):
        assert (ROOT / "docs" / "runbooks" / link).exists(), link


def test_routes_of_the_pages_are_there(tmp_path):
    from phonofilm.server.app import create_app

    paths = {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path))
        for path, item in create_app(Settings.load(home=tmp_path, engines={"fake": {}}, worker=False))
        .openapi()["paths"]
        .items()
        for method in item
    }
    named = {
        (method, re.sub(r"\{[^}]*\}", "{}", path))
        for text in PAGES.values()
        for method, path in re.findall(r"(GET|POST|PATCH|DELETE) (/v1/[a-z/{}]+)", text)
    }
    assert named and named <= paths, named - paths
