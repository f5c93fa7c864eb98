"""Takes are judged over HTTP: made by the animatic, looked at by the real judges in their own process, ranked, kept
apart, and gone with the clip."""

import json

import pytest

from phonofilm.evals import take
from phonofilm.server.routes import judgement

from .conftest import finished

PROMPT = "A red ball bounces on a beach at night."
BODY = {"prompt": PROMPT, "model": "animatic", "duration": 4, "resolution": "480p"}


@pytest.fixture(scope="module")
def people(running):
    keys = [
        running.make_key(tenant="judged"),
        running.make_key(tenant="judged", user="reader", scopes=["read"]),
        running.make_key(tenant="elsewhere"),
    ]
    clients = [running.client(key) for key in keys]
    yield clients
    for client in clients:
        client.close()


@pytest.fixture(scope="module")
def takes(people):
    """Two of the same words, of which one has the noise of the fake engine for a picture."""
    made = [
        people[0].post("/v1/generations", json=BODY | more).json()["id"]
        for more in ({"seed": 1}, {"seed": 2, "model": "fake"})
    ]
    assert all(finished(people[0], one)["state"] == "succeeded" for one in made)
    return made


def files(running, ident):
    return [path for path in running.home.rglob("judgement-*.json") if ident in str(path)]


def test_a_take_is_judged_once_and_ranked(running, people, takes):
    ours, reader, strangers = people
    staged, noise = (f"/v1/generations/{one}/judgement" for one in takes)
    before = reader.get(staged).json()
    assert before["report"] is None and before["takes"] == [] and before["waiting"] == 2
    assert (
        reader.post(staged).status_code == 403
        and strangers.post(staged).status_code == strangers.get(staged).status_code == 404
    )
    assert files(running, takes[0]) == []

    answer = ours.post(staged, timeout=180)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    verdicts = {check["what"]: check["verdict"] for check in told["report"]["checks"]}
    assert verdicts["hour night"] == verdicts["action bounce"] == "kept" and set(verdicts.values()) <= {
        "kept",
        "missed",
        "not judged",
    }
    assert told["report"]["kept"] == list(verdicts.values()).count("kept") and told["report"]["score"] > 0.7
    assert [one["id"] for one in told["takes"]] == takes[:1] and told["waiting"] == 1
    (file,) = files(running, takes[0])
    made = file.stat().st_mtime_ns
    assert ours.post(staged).json() == reader.get(staged).json() == told and file.stat().st_mtime_ns == made, (
        "made once"
    )

    other = ours.post(noise, timeout=180).json()
    assert [one["id"] for one in other["takes"]] == takes and other["waiting"] == 0, "the staged one keeps more"
    assert other["takes"] == reader.get(staged).json()["takes"] and other["report"]["score"] != told["report"]["score"]
    assert strangers.get(staged).status_code == 404 and all(
        takes[0] not in json.dumps(one) for one in strangers.get("/v1/generations").json()["data"]
    )


def test_takes_are_ranked_as_the_command_line_ranks_them():
    counts = [(1, 3), (0, 0), (2, 0), (4, 0), (3, 1), (0, 2)]
    reports = []
    for kept, missed in counts:
        rows = [
            take.Check(what="x", shot=0, verdict=verdict, found="", sure=1.0)
            for verdict in ["kept"] * kept + ["missed"] * missed
        ]
        reports.append(take.Report(checks=tuple(rows)))
    shown = judgement.ranked({str(n): report.as_dict() for n, report in enumerate(reports)})
    assert [int(one.id) for one in shown] == take.ranked(reports)


def test_what_cannot_be_judged_is_refused_with_the_reason(running, people, takes, monkeypatch):
    ours = people[0]
    cancelled = ours.post("/v1/generations", json=BODY | {"duration": 15, "resolution": "1080p"}).json()["id"]
    ours.post(f"/v1/generations/{cancelled}/cancel")
    state = finished(ours, cancelled)["state"]
    fault = ours.post(f"/v1/generations/{cancelled}/judgement")
    assert (
        fault.status_code == 409
        and fault.json()["error"]["field"] == "generation"
        and state in fault.json()["error"]["message"]
    )
    for ident in ("gen_nothing", "nothing"):
        assert ours.post(f"/v1/generations/{ident}/judgement").status_code == 404
    made = ours.post("/v1/generations", json=BODY | {"seed": 3, "model": "fake"}).json()["id"]
    assert finished(ours, made)["state"] == "succeeded"
    path = f"/v1/generations/{made}/judgement"
    with monkeypatch.context() as patch:
        patch.setattr(judgement, "NEEDED", "a_package_nobody_has")
        fault = ours.post(path)
        assert fault.status_code == 503 and "pip install 'phonofilm[native]'" in fault.json()["error"]["message"]
    with monkeypatch.context() as patch:
        patch.setattr(judgement, "LIMIT", 0.05)
        fault = ours.post(path)
        assert (
            fault.status_code == 503
            and fault.headers["Retry-After"]
            and "longer than" in fault.json()["error"]["message"]
        )
    (clip,) = [path for path in running.home.rglob("video.mp4") if made in str(path)]
    clip.write_bytes(b"no clip at all")
    fault = ours.post(path, timeout=180)
    assert (
        fault.status_code == 409
        and "another take" in fault.json()["error"]["message"]
        and str(running.home) not in fault.text
    )
    assert files(running, made) == [] and ours.get(path).json()["report"] is None


def test_a_report_goes_with_its_clip(running, people, takes):
    ours = people[0]
    assert files(running, takes[1])
    assert ours.delete(f"/v1/generations/{takes[1]}").status_code == 200
    assert not files(running, takes[1]) and files(running, takes[0])
    assert ours.get(f"/v1/generations/{takes[1]}/judgement").status_code == 409
    assert [one["id"] for one in ours.get(f"/v1/generations/{takes[0]}/judgement").json()["takes"]] == takes[:1]
