"""What the public, reviewers and operators can do: verify, report, decide, revoke, pay, look."""

import subprocess
import time

import httpx2
import pytest
from sqlalchemy import select

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.library import lookup
from phonofilm.jobs.lifecycle.finish import finish
from phonofilm.jobs.moderation import review
from phonofilm.jobs.store.database import new_id
from phonofilm.jobs.store.tables import AuditEntry, Job

from .conftest import finished, start

BODY = {"prompt": "A red ball bounces", "model": "fake", "duration": 4, "seed": 3}


@pytest.fixture(scope="module")
def clip(running, tmp_path_factory):
    with running.client() as client:
        got = finished(client, client.post("/v1/generations", json=BODY).json()["id"])
        assert got["state"] == "succeeded", got["error"]
        path = tmp_path_factory.mktemp("clip") / "video.mp4"
        path.write_bytes(client.get(f"/v1/generations/{got['id']}/content").content)
    return got["id"], path


def verify(running, path):
    with path.open("rb") as file:
        answer = httpx2.post(f"{running.base}/v1/verify", files={"file": ("x.mp4", file)}, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_anybody_can_have_a_clip_verified(running, clip, tmp_path):
    job, path = clip
    said = verify(running, path)
    assert said["made_here"] and said["generation"]["id"] == job
    assert said["signature"]["state"] == "trusted" and said["signature"]["job"] == job
    assert said["picture"]["found"] and said["sound"]["found"]
    assert (
        "prompt" not in said["generation"]
        and BODY["prompt"] not in str(said)
        and "main" not in said["generation"].values()
    )


def test_a_clip_without_its_signature_is_still_known(running, clip, tmp_path):
    import imageio_ffmpeg

    job, path = clip
    bare = tmp_path / "bare.mp4"
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            "-i",
            path,
            "-c:v",
            "libx264",
            "-crf",
            "26",
            "-c:a",
            "aac",
            "-map_metadata",
            "-1",
            bare,
        ],
        check=True,
    )
    said = verify(running, bare)
    assert said["signature"] is None and said["made_here"] and said["generation"]["id"] == job


def test_what_was_not_made_here(running, picture, tmp_path):
    said = verify(running, picture)
    assert not said["made_here"] and said["generation"] is None and said["signature"] is None
    lie = tmp_path / "lie.mp4"
    lie.write_bytes(b"\0\0\0\x20ftypisom" + b"x" * 5000)
    with lie.open("rb") as file:
        assert httpx2.post(f"{running.base}/v1/verify", files={"file": file}, timeout=60).status_code == 400
    assert httpx2.get(f"{running.base}/v1/verify", params={"generation": "gen_nothere"}, timeout=60).status_code == 404


def test_verify_by_id_and_its_limit(tmp_path):
    server, stop = start(tmp_path, worker=False)
    try:
        with server.client() as client:
            job = client.post("/v1/generations", json=BODY).json()["id"]
        answers = [httpx2.get(f"{server.base}/v1/verify", params={"generation": job}, timeout=60) for _ in range(12)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
        assert answers[0].json()["generation"]["state"] == "queued" and int(answers[-1].headers["retry-after"]) > 0
    finally:
        stop()


def test_a_doubtful_prompt_waits_for_a_person(running):
    """An undeclared picture is held; the owner cannot pass it, another reviewer can, and the job goes on to its end."""
    import io

    import numpy as np
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(8).integers(0, 255, (400, 400, 3)).astype(np.uint8)).save(out, "PNG")
    with (
        running.client() as owner,
        running.client(running.make_key(user="judge", scopes=["review"])) as judge,
        running.client(running.make_key(user="second", scopes=["review"])) as second,
    ):
        asset = owner.post("/v1/assets", files={"file": ("a.png", out.getvalue())}).json()
        body = {**BODY, "references": [{"kind": "image", "role": "first_frame", "asset": asset["id"]}]}
        job = owner.post("/v1/generations", json=body).json()["id"]
        for _ in range(200):
            if owner.get(f"/v1/generations/{job}").json()["state"] == "review":
                break
            time.sleep(0.05)
        assert owner.get(f"/v1/generations/{job}").json()["state"] == "review"
        cases = [case for case in judge.get("/v1/admin/reviews").json()["data"] if case["subject"] == job]
        assert len(cases) == 1 and cases[0]["state"] == "pending"
        case = cases[0]["id"]
        assert owner.post("/v1/admin/reviews/lease", json={"review": case}).status_code == 403
        assert judge.post(f"/v1/admin/reviews/{case}/decide", json={"decision": "publish"}).status_code == 409
        taken = judge.post("/v1/admin/reviews/lease", json={"review": case}).json()
        assert taken["state"] == "leased" and taken["prompt"] == BODY["prompt"] and len(taken["files"]) == 1
        assert judge.get(taken["files"][0]).content == out.getvalue()
        assert owner.get(taken["files"][0], headers={"Authorization": "Bearer x"}).status_code == 401
        assert second.post("/v1/admin/reviews/lease", json={"review": case}).status_code == 409
        assert (
            judge.post(f"/v1/admin/reviews/{case}/decide", json={"decision": "block"}).json()["error"]["field"]
            == "note"
        )
        decided = judge.post(
            f"/v1/admin/reviews/{case}/decide", json={"decision": "publish", "note": "a pattern"}
        ).json()
        for other in [second] if decided["state"] != "decided" else []:
            assert other.post("/v1/admin/reviews/lease", json={"review": case}).status_code == 200
            decided = other.post(f"/v1/admin/reviews/{case}/decide", json={"decision": "publish"}).json()
        assert decided["state"] == "decided"
        assert finished(owner, job)["state"] == "succeeded"


def test_a_refusal_can_be_appealed_once(running):
    with running.client() as owner, running.client(running.make_key(user="judge3", scopes=["review"])) as judge:
        import io

        import numpy as np
        from PIL import Image

        out = io.BytesIO()
        Image.fromarray(np.random.default_rng(9).integers(0, 255, (400, 400, 3)).astype(np.uint8)).save(out, "PNG")
        asset = owner.post("/v1/assets", files={"file": ("a.png", out.getvalue())}).json()["id"]
        job = owner.post("/v1/generations", json={**BODY, "references": [{"kind": "image", "asset": asset}]}).json()[
            "id"
        ]
        case = None
        for _ in range(200):
            case = next(
                (one["id"] for one in judge.get("/v1/admin/reviews").json()["data"] if one["subject"] == job), None
            )
            if case:
                break
            time.sleep(0.05)
        assert judge.post("/v1/admin/reviews/lease", json={"review": case}).status_code == 200
        assert (
            judge.post(f"/v1/admin/reviews/{case}/decide", json={"decision": "block", "note": "no"}).status_code == 200
        )
        assert finished(owner, job)["error"]["code"] == "input_blocked"
        appeal = owner.post(f"/v1/generations/{job}/appeal", json={"note": "it is noise"})
        assert appeal.status_code == 201 and appeal.json()["stage"] == "appeal"
        assert owner.post(f"/v1/generations/{job}/appeal", json={"note": "again"}).status_code == 409
        assert judge.post("/v1/admin/reviews/lease", json={"review": appeal.json()["id"]}).status_code == 403


def test_a_reported_clip_goes_and_its_links_with_it(running):
    with running.client() as owner, running.client(running.make_key(user="judge4", scopes=["review"])) as judge:
        got = finished(owner, owner.post("/v1/generations", json={**BODY, "seed": 44}).json()["id"])
        link = got["outputs"][0]["url"]
        notice = {
            "generation": got["id"],
            "reporter": "ana@example.com",
            "reason": "it shows me",
            "category": "likeness",
        }
        answer = httpx2.post(f"{running.base}/v1/notices", json=notice, timeout=60)
        assert answer.status_code == 201, answer.text
        assert (
            httpx2.post(
                f"{running.base}/v1/notices", json={**notice, "generation": "gen_nothere"}, timeout=60
            ).status_code
            == 404
        )
        case = answer.json()["id"]
        shown = next(one for one in judge.get("/v1/admin/notices").json()["data"] if one["id"] == case)
        assert shown["prompt"] == BODY["prompt"] and judge.get(shown["files"][0]).headers["content-type"] == "video/mp4"
        assert (
            judge.get(shown["files"][0][:-1] + "9").status_code == 404
            and httpx2.get(running.base + shown["files"][0]).status_code == 401
        )
        assert httpx2.get(link, timeout=60).status_code == 200
        copy = owner.post("/v1/assets", json={"generation": got["id"]}).json()
        assert httpx2.get(copy["url"], timeout=60).status_code == 200
        decided = judge.post(f"/v1/admin/notices/{case}/decide", json={"decision": "upheld", "facts": "it is her"})
        assert decided.status_code == 200 and decided.json()["statement"]["decision"] == "removed"
        assert httpx2.get(link, timeout=60).status_code == httpx2.get(copy["url"], timeout=60).status_code == 404
        assert owner.get(f"/v1/assets/{copy['id']}").status_code == 404
        assert decided.json()["files"] == [] and judge.get(shown["files"][0]).status_code == 404
        assert owner.get(f"/v1/generations/{got['id']}").json()["state"] == "removed"


def test_uploads_that_are_gone_are_no_evidence(idle, picture):
    with idle.client() as owner, idle.client(idle.make_key(user="judge5", scopes=["review"])) as judge:
        uploads = []
        for name in ("a.png", "b.png"):
            with picture.open("rb") as file:
                uploads.append(
                    owner.post("/v1/assets", files={"file": (name, file)}, data={"person": "false"}).json()["id"]
                )
        body = {**BODY, "references": [{"kind": "image", "role": "reference", "asset": asset} for asset in uploads]}
        job = owner.post("/v1/generations", json=body).json()["id"]
        service = idle.app.state.service
        with service.db.session() as session:
            case = review.open_review(session, tenant="main", subject=job, stage="admit", reasons=[]).id
        notice = {"generation": job, "reporter": "ana@example.com", "reason": "it shows me", "category": "likeness"}
        report = httpx2.post(f"{idle.base}/v1/notices", json=notice, timeout=60).json()["id"]

        def shown():
            return next(one for one in judge.get("/v1/admin/notices").json()["data"] if one["id"] == report)["files"]

        assert len(shown()) == len(judge.post("/v1/admin/reviews/lease", json={"review": case}).json()["files"]) == 2
        owner.post(f"/v1/generations/{job}/cancel")
        assert judge.post("/v1/admin/reviews/lease", json={"review": case}).status_code == 409, (
            "a case does not outlive its generation"
        )
        assert owner.delete(f"/v1/assets/{uploads[0]}").status_code == 200
        files = shown()
        assert len(files) == 1 and judge.get(files[0]).content == picture.read_bytes()
        assert judge.get(files[0][:-1] + "1").status_code == 404
        service.bucket.delete(lookup.evidence(service.db, job).files[0].key)
        assert judge.get(files[0]).status_code == 404, "said before the answer begins"


def test_a_hold_keeps_and_a_budget_refuses(idle):
    with idle.client() as owner:
        job = owner.post("/v1/generations", json=BODY).json()["id"]
        owner.post(f"/v1/generations/{job}/cancel")
        assert owner.put(f"/v1/admin/generations/{job}/hold", json={"on": True, "note": "order 1"}).json() == {
            "id": job,
            "legal_hold": True,
        }
        assert owner.delete(f"/v1/generations/{job}").status_code == 409
        owner.put(f"/v1/admin/generations/{job}/hold", json={"on": False, "note": "lifted"})
        assert owner.delete(f"/v1/generations/{job}").status_code == 200
        assert owner.put("/v1/admin/tenants/nobody/budget", json={"monthly": 1}).status_code == 404
        assert (
            owner.put("/v1/admin/tenants/main/budget", json={"monthly": 5_000_000, "hard": True}).json()["budget"][
                "monthly"
            ]
            == 5_000_000
        )


def test_consents_webhooks_audit_and_metrics(idle):
    with idle.client() as owner:
        consent = owner.post("/v1/consents", json={"subject": "Ana", "scope": ["face"]}).json()
        assert consent["id"] in [one["id"] for one in owner.get("/v1/consents").json()["data"]]
        assert owner.delete(f"/v1/consents/{consent['id']}").json()["removed"] == []
        assert (
            owner.post("/v1/consents", json={"subject": "Ana", "scope": ["soul"]})
            .json()["error"]["field"]
            .startswith("scope")
        )
        hook = owner.post("/v1/webhooks", json={"url": "https://example.com/hook", "events": ["generation.succeeded"]})
        if hook.status_code == 201:  # needs name resolution
            assert hook.json()["secret"].startswith("whsec_")
            assert owner.get(f"/v1/webhooks/{hook.json()['id']}").json()["secret"] is None
            assert owner.delete(f"/v1/webhooks/{hook.json()['id']}").status_code == 200
        inside = owner.post("/v1/webhooks", json={"url": "http://127.0.0.1:1/hook"})
        assert inside.status_code == 400 and inside.json()["error"]["field"] == "url"
        state = owner.get("/v1/admin/audit").json()
        assert (
            state["whole"] and owner.get("/v1/admin/audit", params={"checkpoint": state["checkpoint"]}).json()["whole"]
        )
        figures = owner.get("/metrics")
        assert figures.headers["content-type"].startswith("text/plain")
        for name in ("generation_latency_ms", "job_error_rate_pct", "publish_rate_per_min", "moderation_queue_count"):
            assert name in figures.text


def test_a_user_can_be_forgotten(idle):
    key = idle.make_key(tenant="leavers", user="tom", scopes=["generate", "read"])
    with idle.client() as owner, idle.client(key) as tom:
        job = tom.post("/v1/generations", json=BODY).json()["id"]
        done = owner.delete("/v1/admin/tenants/leavers/users/tom").json()
        assert done["keys"] == 1
        assert tom.get(f"/v1/generations/{job}").status_code == 401


def test_a_crashed_generation_is_started_again(running):
    """It is reserved, made and settled like any other."""
    with running.client() as owner, running.client(running.make_key()) as other:
        # the clips taken down above have blocked what looks like them, and all clips of the fake engine do
        job = finished(
            owner,
            owner.post(
                "/v1/generations", json={"model": "animatic", "prompt": "A lamp in the fog", "duration": 4, "seed": 3}
            ).json()["id"],
        )["id"]
        assert owner.post(f"/v1/admin/generations/{job}/restart").status_code == 409
        crashed = new_id("gen")
        with running.app.state.service.db.session() as session:
            before = session.get(Job, job)
            same = {
                column.key: getattr(before, column.key)
                for column in Job.__table__.columns
                if column.key not in ("result", "finished", "owner")
            }
            row = Job(
                **same
                | {
                    "id": crashed,
                    "state": "running",
                    "step": "generate",
                    "deaths": {"step": "generate", "alone": 5, "shared": 0},
                }
            )
            session.add(row)
            finish(session, row, "crashed", error=JobError("crashed", "the process died 5 times"))
        assert owner.get(f"/v1/generations/{crashed}").json()["state"] == "crashed"
        assert other.post(f"/v1/admin/generations/{crashed}/restart").status_code == 403
        assert owner.post(f"/v1/admin/generations/{crashed}/restart").json() == {"id": crashed, "state": "queued"}
        assert finished(owner, crashed)["state"] == "succeeded"
        with running.app.state.service.db.reading() as session:
            noted = select(AuditEntry).where(AuditEntry.subject == crashed, AuditEntry.action == "generation.restart")
            assert session.scalars(noted).one().actor == "main/owner"


def test_engines_are_watched_and_outcomes_resolved_by_people(idle):
    with idle.client() as owner:
        job = owner.post("/v1/generations", json=BODY).json()["id"]
        states = {one["name"]: one for one in owner.get("/v1/admin/engines").json()["data"]}
        assert states["fake"]["waiting"] >= 1 and states["fake"]["breakers"] == {}
        assert owner.post(f"/v1/admin/generations/{job}/resolve", json={"decision": "retry"}).status_code == 409
        from phonofilm.jobs.store.tables import Job

        with idle.app.state.service.db.session() as session:
            session.get(Job, job).state = "unknown_outcome"
        assert (
            owner.post(f"/v1/admin/generations/{job}/resolve", json={"decision": "publish"}).json()["error"]["field"]
            == "vendor_id"
        )
        assert owner.post(f"/v1/admin/generations/{job}/resolve", json={"decision": "retry"}).json() == {
            "id": job,
            "state": "queued",
        }
