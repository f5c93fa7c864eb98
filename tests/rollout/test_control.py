"""Rollouts over HTTP and in the database, on a clock that is moved by hand."""

import pytest
from sqlalchemy import event, select

from phonofilm.cli.main import main
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import AuditEntry, Job
from phonofilm.rollout import control
from phonofilm.votes.studies import judged

from ..server.conftest import start

HOUR = 3600.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running, stop = start(
        tmp_path_factory.mktemp("home"),
        worker=False,
        engines={"fake": {}, "animatic": {}},
        models={"seedance_v2": "fake", "m1": "fake"},
    )
    yield running
    stop()


def db(server):
    return server.app.state.service.db


def outcomes(server, rollout, arm, count, *, errors=0, seconds=1.0, at=None, error=None):
    """Jobs of an arm that have just ended."""
    moment = now() if at is None else at
    with db(server).session() as session:
        for number in range(count):
            failed = number < errors
            session.add(
                Job(
                    id=new_id("gen"),
                    tenant="main",
                    user="owner",
                    dialect="native",
                    state="failed" if failed else "succeeded",
                    step="",
                    progress=1.0,
                    model="m",
                    engine="fake",
                    request={"prompt": "x", "seconds": 4.0},
                    extra={"rollout": {"id": rollout, "arm": arm}},
                    prompt_hash="p",
                    script_hash="",
                    seed=1,
                    created=moment - seconds,
                    updated=moment,
                    finished=moment,
                    expires=moment + 900,
                    error={"code": error or "engine_failed", "message": "x"} if failed else None,
                )
            )


def begin(client, model, **more):
    answer = client.post(
        "/v1/admin/rollouts",
        json={"model": model, "control": "fake", "candidate": "animatic", "passed": ["unit", "vectors"], **more},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def at(server, ident):
    with server.client() as client:
        return next(one for one in client.get("/v1/admin/rollouts").json()["data"] if one["id"] == ident)


def decisions(server, ident):
    with db(server).reading() as session:
        return [
            (row.action, row.data.get("percent"))
            for row in session.scalars(select(AuditEntry).where(AuditEntry.subject == ident).order_by(AuditEntry.id))
        ]


def test_submits_fall_into_the_arm_of_their_tenant_and_stay(server):
    with server.client() as client:
        rollout = begin(client, "seedance_v2")
        assert (rollout["percent"], rollout["state"]) == (5, "walking") and "72.0 h more at 5 %" in rollout["waits"]
    arms = {}
    for number in range(40):
        with server.client(server.make_key(tenant=f"t{number}", user="u")) as tenant:
            for _ in range(2):
                job = tenant.post(
                    "/v1/generations", json={"prompt": "A ball.", "model": "seedance_v2", "duration": 4}
                ).json()
                arms.setdefault(number, set()).add((job["engine"], job["model"]))
    assert all(len(kinds) == 1 for kinds in arms.values())  # sticky
    chosen = {number for number, kinds in arms.items() if ("animatic", "seedance_v2") in kinds}
    fives = {n for n in range(40) if control.fractional("seedance_v2", f"t{n}", (("c", 5), ("o", 95))) == "c"}
    assert chosen == fives and chosen
    with server.client() as client:
        assert (
            client.post(
                "/v1/admin/rollouts", json={"model": "seedance_v2", "control": "fake", "candidate": "animatic"}
            ).status_code
            == 409
        )
        ident = rollout["id"]
        assert (
            client.post(f"/v1/admin/rollouts/{ident}/act", json={"action": "back", "note": "enough"}).json()["state"]
            == "rolled_back"
        )
        assert client.post(f"/v1/admin/rollouts/{ident}/act", json={"action": "go", "note": "again"}).status_code == 409
    with server.client(server.make_key(tenant=f"t{min(chosen)}", user="u")) as tenant:
        assert (
            tenant.post("/v1/generations", json={"prompt": "A ball.", "model": "seedance_v2", "duration": 4}).json()[
                "engine"
            ]
            == "fake"
        )
    assert decisions(server, ident) == [("rollout.begin", 5), ("rollout.back", 0)]


def test_the_same_idempotency_key_gives_the_same_job_whatever_the_rollout_does(server):
    headers, body = {"Idempotency-Key": "one"}, {"prompt": "A ball.", "model": "m1", "duration": 4}
    with server.client() as client:
        first = client.post("/v1/generations", json=body, headers=headers).json()
        ident = begin(client, "m1")["id"]
        for _ in range(2):
            assert (
                client.post(f"/v1/admin/rollouts/{ident}/act", json={"action": "go", "note": "faster"}).status_code
                == 200
            )
        assert at(server, ident)["percent"] == 100
        assert client.post("/v1/generations", json=body, headers=headers).json()["id"] == first["id"]
        assert client.post("/v1/generations", json=body).json()["engine"] == "animatic"


def test_a_good_one_walks_to_everything_and_a_bad_one_goes_back(server):
    with server.client() as client:
        good, bad = begin(client, "m2")["id"], begin(client, "m3")["id"]
        lacks = begin(client, "m4", passed=["unit"])["id"]
    moment = now()
    with db(server).session() as session:
        for ident in (good, lacks):
            row = session.get_one(control.Rollout, ident)
            row.walk = {**row.walk, "soaked": 72 * HOUR - 60.0}
    for ident in (good, lacks):
        outcomes(server, ident, "candidate", 200, errors=1, at=moment + 20)
    outcomes(server, bad, "candidate", 300, errors=30, at=moment + 20)
    outcomes(server, bad, "control", 900, errors=3, at=moment + 20)
    changed = control.look(db(server), moment=moment + 60)
    assert [row.id for row in changed] == [bad]
    assert at(server, bad)["state"] == "rolled_back" and at(server, bad)["percent"] == 0
    assert "more ratings" in at(server, good)["reason"]  # nobody has judged it yet
    ratings(server, "animatic", 200, moment + 61)
    changed = control.look(db(server), moment=moment + 120)
    assert [row.id for row in changed] == [good] and at(server, good)["percent"] == 25
    assert at(server, lacks)["reason"] == "waits: suites not passed: vectors"
    assert decisions(server, bad)[-1] == ("rollout.back", 0) and decisions(server, good)[-1] == ("rollout.go", 25)
    assert control.look(db(server), moment=moment + 121) == []  # another process has just looked


def test_ratings_of_many_arms_are_looked_up_together_each_from_its_own_beginning(server):
    moment = now() + 10 * HOUR
    for engine, count, at_ in (("a1", 3, 0.0), ("a1", 4, 100.0), ("b1", 2, 100.0)):
        ratings(server, engine, count, moment + at_)
    asked = [("a1", moment - 1), ("a1", moment), ("b1", moment), ("c1", moment), ("b1", moment + 100)]
    queries = []
    with db(server).reading() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *call: queries.append(call[2]))
        found = judged(session, asked)
    assert [(one.count, round(one.mean, 2)) for one in found] == [(7, 4.43), (4, 4.5), (2, 4.5), (0, 0.0), (0, 0.0)]
    assert len(queries) == 4
    with db(server).reading() as session:
        assert judged(session, []) == []


def ratings(server, engine, count, moment):
    """People's ratings of an engine's clips: 4 and 5."""
    from phonofilm.votes.tables import Sitting, Study, Vote

    with db(server).session() as session:
        study = Study(
            id=new_id("std"), tenant="main", user="u", name="x", clips=[], traps=0, created=moment, closed=None
        )
        session.add(study)
        session.flush()
        sitting = Sitting(
            id=new_id("sit"),
            tenant="main",
            user="u",
            kind="rating",
            study=study.id,
            items=[],
            checks={},
            opened=moment,
            created=moment,
            closed=moment,
        )
        session.add(sitting)
        session.flush()
        for number in range(count):
            session.add(
                Vote(
                    id=new_id("vot"),
                    tenant="main",
                    user="u",
                    sitting=sitting.id,
                    study=study.id,
                    item=number,
                    kind="rating",
                    role="test",
                    left=f"g{number}",
                    right=None,
                    left_engine=engine,
                    right_engine=None,
                    script_hash="",
                    pair=None,
                    choice=None,
                    score=4 + number % 2,
                    playback={},
                    created=moment,
                )
            )


def test_blameless_ends_count_for_nobody(server):
    with server.client() as client:
        ident = begin(client, "m5")["id"]
    moment = now()
    outcomes(server, ident, "candidate", 200, errors=200, error="input_blocked", at=moment + 20)
    control.look(db(server), moment=moment + 60)
    shown = at(server, ident)
    assert shown["state"] == "walking" and shown["candidate"]["ended"] == 0


def test_what_is_refused(server):
    with server.client() as client:

        def refused(**body):
            answer = client.post(
                "/v1/admin/rollouts", json={"model": "m9", "control": "fake", "candidate": "animatic", **body}
            )
            return answer.status_code, answer.json()["error"]["field"]

        assert (
            refused(candidate="gone") == (400, "candidate")
            and refused(control="gone") == (400, "control")
            and refused(candidate="fake") == (400, "candidate")
        )
        assert client.post("/v1/admin/rollouts/rol_x/act", json={"action": "go", "note": "n"}).status_code == 404
    with server.client(server.make_key(scopes=["generate", "read"])) as client:
        assert client.get("/v1/admin/rollouts").status_code == 403


def test_by_the_command_line(server, capsys):
    home = ["--home", str(server.home)]
    (server.home / "phonofilm.toml").write_text("[engines.fake]\n[engines.animatic]\n")
    assert main(["rollout", "begin", "m7", "--control", "fake", "--candidate", "animatic", *home]) == 0
    ident = capsys.readouterr().out.split(":")[0]
    assert main(["rollout", "passed", ident, "unit", *home]) == 0
    assert main(["rollout", "hold", ident, "--note", "wait", *home]) == 0
    assert "held, 5 %" in capsys.readouterr().out
    assert main(["rollout", "go", ident, "--note", "on", *home]) == 0
    assert main(["rollout", "go", ident, "--note", "on", *home]) == 0
    assert main(["rollout", "list", *home]) == 0
    assert "m7: fake -> animatic  walking, 25 %" in capsys.readouterr().out
    assert main(["rollout", "go", "rol_none", "--note", "on", *home]) == 2


def test_a_gold_clip_is_held_to_what_its_own_study_expects(server):
    from phonofilm.votes.tables import Study, Vote

    moment = now() + 20 * HOUR
    for low, scored in ((5, 5), (1, 1)):  # each rater says of the same clip what his study expects
        ratings(server, "g1", 2, moment)
        with db(server).session() as session:
            study = session.scalars(select(Study).order_by(Study.id.desc()).limit(1)).one()
            study.clips = [{"generation": "gold", "role": "gold", "low": low, "high": low}]
            one = session.scalars(select(Vote).where(Vote.study == study.id, Vote.item == 1)).one()
            one.role, one.left, one.score = "gold", "gold", scored
    with db(server).reading() as session:
        assert [one.count for one in judged(session, [("g1", moment - 1)])] == [2]
