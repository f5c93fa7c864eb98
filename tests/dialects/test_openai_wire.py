"""The Videos API, rule by rule, on the wire."""

import base64
import json
import re
import time

import httpx2
import pytest

from phonofilm.jobs.store.database import new_id
from phonofilm.jobs.store.tables import Asset, Job, Output
from phonofilm.prompt import parse
from phonofilm.server.dialects.openai_video import sizing
from phonofilm.server.errors import Refused
from phonofilm.spec.plain import from_plain

VIDEOS = "/v1/videos"
KEYS = {
    "id",
    "object",
    "model",
    "status",
    "progress",
    "created_at",
    "completed_at",
    "expires_at",
    "prompt",
    "size",
    "seconds",
    "remixed_from_video_id",
    "error",
}
ALL = "sora-2-pro"
"""Means the fake engine here, which takes everything; sora-2 keeps its default."""


@pytest.fixture
def client(idle):
    with idle.client() as client:
        yield client


def row(idle, video):
    with idle.service.db.reading() as session:
        return session.get(Job, f"gen_{video.removeprefix('video_')}")


def change(idle, video, **values):
    with idle.service.db.session() as session:
        for name, value in values.items():
            setattr(session.get(Job, f"gen_{video.removeprefix('video_')}"), name, value)


def refused(answer, code, param=None, words="", status=400):
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param), answer.text
    assert words in error["message"]
    assert answer.headers["x-request-id"].startswith("req_")
    return error


def test_json_and_forms_mean_the_same(client, idle):
    fields = {"prompt": "A red ball bounces.", "model": ALL, "seconds": "8", "size": "1280x720", "seed": "7"}
    by_json = client.post(VIDEOS, json={**fields, "seconds": 8, "seed": 7}).json()
    by_form = client.post(VIDEOS, files={name: (None, value) for name, value in fields.items()}).json()
    for video in (by_json, by_form):
        assert set(video) == KEYS
        assert re.fullmatch(r"video_[a-z0-9]{26}", video.pop("id"))
        assert abs(video.pop("created_at") - time.time()) < 60
    assert (
        by_json
        == by_form
        == {
            "object": "video",
            "model": ALL,
            "status": "queued",
            "progress": 0,
            "completed_at": None,
            "expires_at": None,
            "prompt": "A red ball bounces.",
            "size": "1280x720",
            "seconds": "8",
            "remixed_from_video_id": None,
            "error": None,
        }
    )


def test_defaults_are_the_vendors(client, idle):
    answer = client.post(VIDEOS, json={"prompt": "A ball.", "model": None, "size": None})
    assert (answer.json()["model"], answer.json()["size"], answer.json()["seconds"]) == ("sora-2", "720x1280", "4")
    assert int(answer.headers["openai-poll-after-ms"]) > 0
    assert row(idle, answer.json()["id"]).engine == "native"
    assert int(client.get(f"{VIDEOS}/{answer.json()['id']}").headers["openai-poll-after-ms"]) > 0


def test_fields_that_change_nothing_are_no_fault(client, idle):
    body = {
        "prompt": "A ball.",
        "model": ALL,
        "user": "u-17",
        "safety_identifier": "s",
        "n": 1,
        "metadata": {"shot": "7"},
    }
    video = client.post(VIDEOS, json=body).json()["id"]
    assert row(idle, video).extra["metadata"] == {"shot": "7"}
    form = {"prompt": "A ball.", "model": ALL, "user": "u-17", "metadata[shot]": "7"}
    assert row(
        idle, client.post(VIDEOS, files={name: (None, value) for name, value in form.items()}).json()["id"]
    ).extra["metadata"] == {"shot": "7"}


@pytest.mark.parametrize(
    ("given", "seconds"),
    [({"num_frames": 121}, 5.0), ({"num_frames": 120, "fps": 24}, 5.0), ({"num_frames": 97, "seconds": "4"}, 4.0)],
)
def test_other_servers_fields_are_honoured(client, idle, given, seconds):
    body = {
        "prompt": "A beach.",
        "model": ALL,
        "width": 1280,
        "height": 720,
        "negative_prompt": "people,\n text",
        **given,
    }
    video = client.post(VIDEOS, json=body).json()
    assert (video["size"], video["prompt"]) == ("1280x720", "A beach.")
    asked = row(idle, video["id"]).request
    assert asked["seconds"] == seconds
    assert parse(asked["prompt"]).negative == ("people", "text")


def test_models_are_listed(client):
    listed = client.get("/v1/models").json()
    names = [one["id"] for one in listed["data"]]
    assert (
        listed["object"] == "list"
        and {"native", "animatic", ALL, "sora-2-pro"} <= set(names)
        and len(names) == len(set(names))
    )
    assert not any("*" in name for name in names)
    for name in (*names, "sora-2-2025-12-08"):
        assert client.get(f"/v1/models/{name}").json() == {
            "id": name,
            "object": "model",
            "created": 0,
            "owned_by": "phonofilm",
        }
        assert client.post(VIDEOS, json={"prompt": "A ball.", "model": name, "seconds": "4"}).status_code == 200, name
    assert httpx2.get(f"{str(client.base_url).rstrip('/')}/v1/models").json()["error"]["code"] == "invalid_api_key"


def test_any_models_name_is_taken(client, idle):
    assert (
        row(idle, client.post(VIDEOS, json={"prompt": "A ball.", "model": "some-future-model"}).json()["id"]).engine
        == "native"
    )
    assert (
        row(idle, client.post(VIDEOS, json={"prompt": "A ball.", "model": "animatic"}).json()["id"]).engine
        == "animatic"
    )


@pytest.mark.parametrize(
    ("asked", "given"),
    [("720x1280", (720, 1280)), ("1280x720", (1280, 720)), ("1024x1792", (1024, 1792)), ("1792x1024", (1792, 1024)),
        ("1920x1080", (1920, 1080)),
     ("854x480", (854, 480)), ("864x496", (864, 496)), ("832x480", (854, 480)), ("1344x768", (1280, 720)),
     ("1024x1024", (960, 960))],
)  # fmt: skip
def test_sizes_are_ours_or_the_nearest(client, idle, asked, given):
    video = client.post(VIDEOS, json={"prompt": "A ball.", "size": asked}).json()
    assert video["size"] == f"{given[0]}x{given[1]}"
    assert from_plain(row(idle, video["id"]).request).size == given


@pytest.mark.parametrize(
    "size", ["100x100", "1280x1000", "4096x2160", "3840x2160", "big", "1280", "0x0", "1280x", "99999x99999"]
)
def test_sizes_far_from_ours_are_refused(size):
    with pytest.raises(Refused) as error:
        sizing(size)
    assert error.value.fault.field == "size" and "1280x720" in str(error.value)


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"prompt": None}, "missing_required_parameter", "prompt"),
        ({"prompt": ""}, "missing_required_parameter", "prompt"), ({"prompt": 5}, "invalid_value", "prompt"),
        ({"prompt": "x" * 32_001}, "invalid_value", "prompt"), ({"seconds": "16"}, "invalid_value", "seconds"),
        ({"seconds": "2"}, "invalid_value", "seconds"),
        ({"seconds": "many"}, "invalid_value", "seconds"), ({"seconds": True}, "invalid_value", "seconds"),
        ({"size": "2x2"}, "invalid_value", "size"),
        ({"size": 5}, "invalid_value", "size"), ({"model": 5}, "invalid_value", "model"),
        ({"seed": -1}, "invalid_value", "seed"),
        ({"input_reference": 5}, "invalid_value", "input_reference"),
        ({"input_reference": {"image_url": "ftp://x"}}, "invalid_value", "input_reference.image_url"),
        ({"input_reference": {"a": "b"}}, "invalid_value", "input_reference"), ({"fps": 30}, "invalid_value", "fps"),
        ({"flow_shift": 3}, "unknown_parameter", "flow_shift"), ({"n": 2}, "invalid_value", "n"),
        ({"width": 1280}, "invalid_value", "height"),
        ({"size": "1280x720", "width": 720, "height": 1280}, "invalid_value", "size"),
        ({"num_frames": 20}, "invalid_value", "seconds"),
        ({"num_frames": 97, "seconds": "5"}, "invalid_value", "num_frames"),
        ({"metadata": {"a": 1}}, "invalid_value", "metadata.a"),
        ({"user": 5}, "invalid_value", "user"), ({"metadata": "x"}, "invalid_value", "metadata"),
        ({"size": "1280x720", "ratio": "1:1"}, "invalid_value", "size"),
        ({"generate_audio": "perhaps"}, "invalid_value", "generate_audio"),
        ({"input_reference": {"file_id": "asset_nowhere"}}, "not_found", "input_reference"),
        ({"input_reference": {"image_url": "http://10.0.0.1/a.png"}}, "invalid_value", "input_reference"),
        ({"prompt": 'She says "hello'}, "invalid_value", "prompt"),
    ],
)  # fmt: skip
def test_wrong_values_are_refused_by_name(client, given, code, param):
    body = {"prompt": "A ball.", "model": ALL, **given}
    refused(client.post(VIDEOS, json=body), code, param, status=404 if code == "not_found" else 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"prompt": "a\\ud800"}'])
def test_bodies_that_cannot_be_read_are_refused(client, body):
    answer = client.post(VIDEOS, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_forms_with_brackets(client, idle, picture):
    data = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
    form = {
        "prompt": (None, "A beach."),
        "model": (None, ALL),
        "input_reference[image_url]": (None, data),
        "person": (None, "false"),
    }
    job = row(idle, client.post(VIDEOS, files=form).json()["id"])
    (reference,) = job.request["references"]
    assert (reference["kind"], reference["role"], reference["person"]) == ("image", "first_frame", False)
    for form in ({"prompt[a]": "x", "prompt": "y"}, {"prompt": "x", "a[[b]": "c"}, {"prompt": "x", "nested[a][]": "1"}):
        assert client.post(VIDEOS, files={name: (None, value) for name, value in form.items()}).status_code == 400
    refused(
        client.post(VIDEOS, content=b"prompt=x", headers={"Content-Type": "application/x-www-form-urlencoded"}),
        "unsupported_media_type",
        "Content-Type",
        status=415,
    )


def test_an_uploaded_file_is_the_first_frame(client, idle, picture):
    files = {"input_reference": ("beach.png", picture.read_bytes(), "image/png")}
    job = row(
        idle,
        client.post(VIDEOS, data={"prompt": "It moves.", "model": ALL, "person": "false"}, files=files).json()["id"],
    )
    assert [(one["role"], one["person"]) for one in job.request["references"]] == [("first_frame", False)]
    error = refused(client.post(VIDEOS, data={"prompt": "It moves."}, files=files), "invalid_value", "input_reference")
    assert "engine native takes no image as first frame" in error["message"]
    bad = {"input_reference": ("beach.png", b"no picture", "image/png")}
    refused(
        client.post(VIDEOS, data={"prompt": "It moves.", "model": ALL}, files=bad), "invalid_image", "input_reference"
    )


def test_a_cut_off_form_is_refused(client):
    body = b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nA ball'
    refused(
        client.post(VIDEOS, content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}),
        "invalid_value",
        "body",
    )


def test_states_are_told_in_the_vendors_words(client, idle):
    video = client.post(VIDEOS, json={"prompt": "A ball."}).json()["id"]
    for state, status in (
        ("running", "in_progress"),
        ("review", "queued"),
        ("failed", "failed"),
        ("expired", "failed"),
        ("cancelled", "failed"),
        ("unknown_outcome", "failed"),
    ):
        change(
            idle,
            video,
            state=state,
            progress=0.999,
            error={"code": "output_blocked", "message": "no"} if state == "failed" else None,
        )
        shown = client.get(f"{VIDEOS}/{video}").json()
        assert (shown["status"], shown["progress"]) == (status, 99)
        assert (shown["error"] is None) == (status != "failed" and state != "review")
        if state == "failed":
            assert shown["error"] == {"code": "moderation_blocked", "message": "no"}
    change(
        idle,
        video,
        state="succeeded",
        finished=time.time(),
        keep_until=time.time() + 9,
        error=None,
        result={"seconds": 4.0, "width": 720, "height": 1280},
    )
    shown = client.get(f"{VIDEOS}/{video}").json()
    assert (shown["status"], shown["progress"], shown["error"], shown["seconds"]) == ("completed", 100, None, "4")
    assert shown["completed_at"] and shown["expires_at"]


def test_listing(idle):
    with idle.client(idle.make_key(tenant="watcher", user="w", scopes=("generate", "read"))) as client:
        assert client.get(VIDEOS).json() == {
            "object": "list",
            "data": [],
            "first_id": None,
            "last_id": None,
            "has_more": False,
        }
        ids = [client.post(VIDEOS, json={"prompt": "A ball."}).json()["id"] for _ in range(3)]
        first = client.get(VIDEOS, params={"limit": 2}).json()
        assert ([one["id"] for one in first["data"]], first["first_id"], first["last_id"], first["has_more"]) == (
            ids[:0:-1],
            ids[2],
            ids[1],
            True,
        )
        rest = client.get(VIDEOS, params={"limit": 2, "after": first["last_id"]}).json()
        assert ([one["id"] for one in rest["data"]], rest["has_more"]) == ([ids[0]], False)
        assert [one["id"] for one in client.get(VIDEOS, params={"order": "asc"}).json()["data"]] == ids
        for given in ({"limit": 0}, {"limit": 101}, {"limit": "x"}, {"order": "up"}):
            refused(client.get(VIDEOS, params=given), "invalid_value", next(iter(given)))
        refused(client.get(VIDEOS, params={"after": "nobody"}), "not_found", "after", status=404)


def test_delete_reads_no_body_and_cancels_what_waits(client, idle):
    video = client.post(VIDEOS, json={"prompt": "A ball."}).json()["id"]
    answer = client.request("DELETE", f"{VIDEOS}/{video}", headers={"Content-Type": "application/json"})
    assert answer.json() == {"id": video, "object": "video.deleted", "deleted": True}
    refused(client.get(f"{VIDEOS}/{video}"), "not_found", "video_id", status=404)
    assert row(idle, video).state == "removed"


def test_content_of_what_is_not_there(client):
    video = client.post(VIDEOS, json={"prompt": "A ball."}).json()["id"]
    refused(client.get(f"{VIDEOS}/{video}/content"), "video_not_ready", "video_id", "queued", status=404)
    refused(client.get(f"{VIDEOS}/{video}/content", params={"variant": "gif"}), "invalid_value", "variant")
    refused(client.post(f"{VIDEOS}/{video}/remix", json={"prompt": "At night."}), "video_not_ready", "video_id")
    refused(
        client.post(f"{VIDEOS}/edits", json={"prompt": "At night.", "video": {"id": video}}), "video_not_ready", "video"
    )


def test_edits_and_extensions_of_files(client, idle, clip):
    files = {"video": ("clip.mp4", clip.read_bytes(), "video/mp4")}
    edit = row(
        idle,
        client.post(f"{VIDEOS}/edits", data={"prompt": "Blue.", "model": ALL, "person": "false"}, files=files).json()[
            "id"
        ],
    )
    assert (edit.request["task"], edit.request["seconds"], edit.request["resolution"], edit.request["ratio"]) == (
        "edit",
        4.0,
        "480p",
        "16:9",
    )
    extend = row(
        idle,
        client.post(f"{VIDEOS}/extensions", data={"prompt": "On.", "model": ALL, "seconds": "8"}, files=files).json()[
            "id"
        ],
    )
    assert (extend.request["task"], extend.request["seconds"], extend.request["references"][0]["role"]) == (
        "extend",
        8.0,
        "source",
    )
    refused(client.post(f"{VIDEOS}/edits", json={"prompt": "x"}), "missing_required_parameter", "video")
    refused(
        client.post(f"{VIDEOS}/edits", json={"prompt": "x", "video": {"id": "video_nobody"}}),
        "not_found",
        "video",
        status=404,
    )
    error = refused(client.post(f"{VIDEOS}/edits", data={"prompt": "Blue."}, files=files), "invalid_value", "model")
    assert "engine native cannot edit" in error["message"]


def test_a_remix_keeps_the_consent_its_clip_was_made_with(client, idle, clip, picture):
    consent = client.post("/v1/consents", json={"subject": "Ana Lopez", "scope": ["face"]}).json()["id"]
    said = {"person": "true", "consent": consent}
    face = client.post("/v1/assets", files={"file": ("ana.png", picture.read_bytes(), "image/png")}, data=said).json()[
        "id"
    ]
    body = {"prompt": "She waves.", "model": ALL, "seconds": "4", "input_reference": {"file_id": face}}
    video = client.post(VIDEOS, json=body).json()["id"]
    job = row(idle, video).id
    stored = idle.service.bucket.put(f"main/2026/11/{job}/video.mp4", clip, "video/mp4")
    change(idle, video, state="succeeded")
    with idle.service.db.session() as session:
        file = {
            "name": "video.mp4",
            "key": stored.key,
            "content_type": "video/mp4",
            "bytes": stored.bytes,
            "sha256": stored.sha256,
        }
        session.add(Output(id=new_id("out"), job=job, **file))
    again = client.post("/v1/assets", json={"generation": job}).json()["id"]
    for answer in (
        client.post(f"{VIDEOS}/{video}/remix", json={"prompt": "At night."}),
        client.post(f"{VIDEOS}/edits", json={"prompt": "Blue.", "video": {"id": video}}),
    ):
        (source,) = row(idle, answer.json()["id"]).request["references"]
        assert (source["role"], source["person"], source["asset"]) == (
            "source",
            True,
            again,
        ), "one way to go on from a clip"
        with idle.service.db.reading() as session:
            assert session.get(Asset, source["asset"]).consent == consent


def test_characters_are_refused_clearly(client):
    for answer in (
        client.post(f"{VIDEOS}/characters", data={"name": "Mia"}),
        client.get(f"{VIDEOS}/characters/char_1"),
    ):
        refused(answer, "unsupported", None, "not supported")


def test_nobody_sees_anothers_videos(client, idle):
    video = client.post(VIDEOS, json={"prompt": "A ball."}).json()["id"]
    with idle.client(idle.make_key(tenant="stranger", user="s", scopes=("generate", "read"))) as stranger:
        for answer in (
            stranger.get(f"{VIDEOS}/{video}"),
            stranger.delete(f"{VIDEOS}/{video}"),
            stranger.get(f"{VIDEOS}/{video}/content"),
            stranger.post(f"{VIDEOS}/{video}/remix", json={"prompt": "x"}),
        ):
            refused(answer, "not_found", "video_id", status=404)
        refused(
            stranger.post(f"{VIDEOS}/edits", json={"prompt": "x", "video": {"id": video}}),
            "not_found",
            "video",
            status=404,
        )
    assert client.get(f"{VIDEOS}/{video}").json()["status"] == "queued"


def test_keys_and_faults_in_the_vendors_shape(client, idle, monkeypatch):
    refused(httpx2.get(idle.base + VIDEOS), "invalid_api_key", "Authorization", status=401)

    def broken(*args, **more):
        raise OSError("disk")

    monkeypatch.setattr(idle.service, "submit", broken)
    answer = client.post(VIDEOS, json={"prompt": "A ball."})
    error = refused(answer, "server_error", status=500)
    assert answer.headers["x-should-retry"] == "false" and "disk" not in json.dumps(error)


def test_an_idempotency_key_gives_the_same_video(client, picture):
    key = {"Idempotency-Key": "video-order-1"}
    files = {"input_reference": ("beach.png", picture.read_bytes(), "image/png")}
    first, again = (
        client.post(VIDEOS, data={"prompt": "It moves.", "model": ALL}, files=files, headers=key).json()["id"]
        for _ in range(2)
    )
    assert first == again
    refused(client.post(VIDEOS, json={"prompt": "Another."}, headers=key), "conflict", "Idempotency-Key", status=409)


def test_the_routes_are_described(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {
        "/v1/videos",
        "/v1/videos/{video}",
        "/v1/videos/{video}/content",
        "/v1/videos/edits",
        "/v1/videos/extensions",
        "/v1/videos/{video}/remix",
    } <= set(paths)
    assert {"/api/v3/contents/generations/tasks", "/api/v3/contents/generations/tasks/{task}"} <= set(paths)
    for path, operations in paths.items():
        if path.startswith(("/v1/videos", "/api/v3")):
            for operation in operations.values():
                assert {"200", "4XX", "5XX"} <= set(operation["responses"]) and operation["summary"], path
                for body in (operation.get("requestBody") or {}).get("content", {}).values():
                    assert body["schema"]["properties"]
