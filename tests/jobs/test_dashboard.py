"""The Grafana dashboard: its form by Grafana's own library, its questions by a real Prometheus that reads a real
server with jobs on record.

Grafana itself is not among the packages to be had, so nothing is drawn here: each panel's questions are asked as
Grafana asks them, over Prometheus' API, and
must bring what the panel shows.
"""

import json
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx2
import pytest
import yaml

from ..server.conftest import finished, start

DEPLOY = Path(__file__).parents[2] / "deploy"
BOARD = json.loads((DEPLOY / "grafana.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
PATIENCE = 90.0


def within(ours, theirs, path="$"):
    """Is all we wrote in what the library made of it? Names it does not know are missing there."""
    if isinstance(ours, dict):
        for name, value in ours.items():
            assert name in theirs or value is None, f"{path}.{name} is nothing Grafana knows"
            within(value, theirs.get(name), f"{path}.{name}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), path
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            within(one, other, f"{path}[{number}]")
    else:
        assert ours == theirs, (path, ours, theirs)


def test_grafanas_own_library_knows_every_word_of_it():
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models import units

    register_default_plugins()
    read = json.loads(json.dumps(models.Dashboard.from_json(json.loads(json.dumps(BOARD))), cls=JSONEncoder))
    within(BOARD, read)
    wrong = {**BOARD, "panels": [*BOARD["panels"], {**PANELS[0], "titel": "x"}]}
    with pytest.raises(AssertionError, match="titel is nothing Grafana knows"):
        within(wrong, json.loads(json.dumps(models.Dashboard.from_json(wrong), cls=JSONEncoder)))
    known = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}
    assert {panel["fieldConfig"]["defaults"]["unit"] for panel in PANELS} <= known


def test_panels_have_their_own_numbers_and_places():
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    taken = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
    assert all(panel["title"] and panel["description"] and panel["targets"] for panel in PANELS)
    assert BOARD["templating"]["list"][0]["name"] == "datasource"
    assert {target["datasource"]["uid"] for panel in PANELS for target in panel["targets"]} == {"${datasource}"}


def test_every_figure_is_the_most_of_all_processes():
    """Each process says the same figures: a sum over them would be a multiple."""
    for panel in PANELS:
        for target in panel["targets"]:
            assert re.search(r"\bmax( by \([a-z, ]+\))? \(?|\bmax\(", target["expr"]), target["expr"]
            assert not re.match(r"sum( by \([a-z, ]+\))? \((?!max by)", target["expr"]), target["expr"]


@pytest.fixture(scope="module")
def scraped(tmp_path_factory):
    """A Prometheus that reads a server every second; the server has made clips, blocked one and holds one, with a cap
    on what each may cost."""
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not installed")
    home = tmp_path_factory.mktemp("board")
    server, stop = start(home / "server", cost_cap=0.03, prices=str(_priced(home)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    target = {"targets": [server.base.removeprefix("http://")]}
    scrape = {"job_name": "phonofilm", "authorization": {"credentials": server.key}, "static_configs": [target]}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(DEPLOY / "alerts.yaml")],
        "scrape_configs": [scrape],
    }
    (home / "prometheus.yml").write_text(yaml.safe_dump(config))
    words = [
        "prometheus",
        f"--config.file={home}/prometheus.yml",
        f"--storage.tsdb.path={home}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with server.client() as client:
        make(client, 2)  # before the first look at the owner's numbers, which are kept for a minute
        client.patch(f"/v1/generations/{make(client, 1)[0]}", json={"favourite": True}).raise_for_status()
        with open(home / "log", "w") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log)
        try:
            asked = Prometheus(f"http://127.0.0.1:{port}", home / "log")
            asked.until("max(jobs_finished_total)", lambda rows: rows)
            make(client, 3)  # what rates are of comes after the first scrape
            asked.until("sum(increase(jobs_finished_total[1h]))", lambda rows: rows and float(rows[0]["value"][1]) > 0)
            yield asked, server
        finally:
            process.terminate()
            process.wait(30)
            stop()


def _priced(home):
    path = home / "prices.toml"
    path.write_text('version = "test"\n[engines.fake]\nby = "second"\nusd = { "480p" = 0.01 }\n')
    return path


def make(client, count):
    """Clips of four seconds, four cents each."""
    jobs = [
        client.post("/v1/generations", json={"model": "fake", "prompt": f"A paper boat {number}", "duration": 4})
        .raise_for_status()
        .json()["id"]
        for number in range(count)
    ]
    ended = [finished(client, job) for job in jobs]
    assert all(job["state"] == "succeeded" for job in ended), [job["error"] for job in ended]
    return jobs


class Prometheus:
    """Its HTTP API, as Grafana uses it."""

    def __init__(self, base, log):
        self.base, self.log = base, log

    def ask(self, expression):
        answer = httpx2.get(f"{self.base}/api/v1/query", params={"query": expression}, timeout=10).json()
        assert answer["status"] == "success", (expression, answer)
        return answer["data"]["result"]

    def until(self, expression, good):
        end, rows = time.monotonic() + PATIENCE, None
        while time.monotonic() < end:
            try:
                if good(rows := self.ask(expression)):
                    return rows
            except httpx2.TransportError:
                pass
            time.sleep(0.25)
        raise AssertionError(f"{expression} is {rows}\n{self.log.read_text()[-2000:]}")


def number(row):
    return float(row["value"][1])


def sound(rows):
    return rows and all(number(row) == number(row) for row in rows)  # NaN is not itself


@pytest.mark.parametrize("title", [panel["title"] for panel in PANELS])
def test_every_question_of_a_panel_has_an_answer(scraped, title):
    asked, _ = scraped
    panel = next(panel for panel in PANELS if panel["title"] == title)
    for target in panel["targets"]:
        rows = asked.until(target["expr"], sound)
        named = re.findall(r"{{(\w+)}}", target["legendFormat"])
        assert all(name in row["metric"] for row in rows for name in named), (target["legendFormat"], rows[0])


def test_the_figures_are_those_of_the_api(scraped):
    """One count, shown everywhere."""
    asked, server = scraped
    with server.client() as client:
        told = client.get("/v1/admin/numbers").raise_for_status().json()
    assert {row["metric"]["days"]: number(row) for row in asked.ask("max by (days) (active_users)")} == {
        "1": 1,
        "7": 1,
        "30": 1,
    }
    assert told["active_users"] == {"day": 1, "week": 1, "month": 1}
    assert number(asked.ask("max(cost_per_generation_usd)")[0]) == 0.04 and told["cost"]["per_generation"] == 40_000
    assert number(asked.ask("max(cost_per_generation_cap_usd)")[0]) == 0.03 and told["cost"]["cap"] == 30_000
    assert told["cost"]["alert"] and round(told["cost"]["percent_of_cap"], 1) == 133.3
    assert number(asked.ask('max(generations_today{engine="fake", outcome="made"})')[0]) in (
        3,
        told["generations"]["made"],
    )
    assert told["generations"]["made"] == 6 and told["publish"]["kept"] == 1


def test_the_alert_on_the_cost_waits_with_its_reason(scraped):
    asked, _ = scraped
    rows = asked.until('ALERTS{alertname="GenerationCost"}', lambda rows: rows)
    assert rows[0]["metric"]["alertstate"] in ("pending", "firing")
