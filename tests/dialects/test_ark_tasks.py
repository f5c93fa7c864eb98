"""The Ark dialect, rule by rule, on the wire: tasks once they are made."""

import json
import time

import httpx2
import pytest
from ark import SEEDANCE, TAKES_ALL, TASKS, TEXT, change, create, made, refused, row


@pytest.fixture
def client(idle):
    with idle.client() as client:
        yield client


def test_request_ids_come_back(client):
    answer = client.get(f"{TASKS}/cgt-20260101000000-{'a' * 26}", headers={"X-Client-Request-Id": "20261120101010abc"})
    assert answer.headers["x-client-request-id"] == "20261120101010abc"
    refused(answer, "NotFound.id", "id", status=404)


def test_keys_are_needed(idle):
    for key in ("none", "pf_wrong", "pf_" + "a" * 12 + "_" + "b" * 46):
        answer = httpx2.post(
            idle.base + TASKS, json={"model": SEEDANCE, "content": [TEXT]}, headers={"Authorization": f"Bearer {key}"}
        )
        error = refused(
            answer,
            "AuthenticationError",
            "Authorization",
            "The API key or AK/SK in the request is missing or invalid",
            status=401,
        )
        assert error["type"] == "Unauthorized"
    with idle.client(idle.make_key(scopes=("read",))) as client:
        refused(create(client), "AccessDenied", "Authorization", status=403)


def test_too_many_submits_are_told_when_to_come_again(started):
    with started(requests_per_minute=2).client() as client:
        assert [create(client).status_code for _ in range(3)] == [200, 200, 429]
        answer = create(client)
        error = refused(answer, "RateLimitExceeded.EndpointRPMExceeded", status=429)
        assert error["type"] == "TooManyRequests" and 1 <= int(answer.headers["retry-after"]) <= 60
        assert client.get(TASKS).status_code == 200  # polls are free


def test_the_same_request_id_and_body_is_the_same_task(client):
    body = {"model": TAKES_ALL, "content": [TEXT]}
    first, again, other = (
        client.post(TASKS, json=one, headers={"X-Client-Request-Id": "trace-1"}).json()["id"]
        for one in (body, body, {**body, "duration": 6})
    )
    assert first == again != other
    key = {"Idempotency-Key": "order-1"}
    one = client.post(TASKS, json=body, headers=key).json()["id"]
    assert client.post(TASKS, json=body, headers=key).json()["id"] == one
    answer = client.post(TASKS, json={**body, "duration": 6}, headers=key)
    refused(answer, "OperationDenied.InvalidState", "Idempotency-Key", status=409)
    assert answer.headers["x-should-retry"] == "false"


def test_listing_pages_and_filters(idle):
    with idle.client(idle.make_key(tenant="lister", user="l", scopes=("generate", "read"))) as client:
        ids = [create(client, model=model).json()["id"] for model in (TAKES_ALL, TAKES_ALL, "native", TAKES_ALL)]
        client.post("/v1/generations", json={"prompt": "A ball.", "model": "fake"})  # another dialect's
        listed = client.get(TASKS).json()
        assert (listed["total"], [one["id"] for one in listed["items"]]) == (4, ids[::-1])
        page = client.get(TASKS, params={"page_num": 2, "page_size": 3}).json()
        assert (page["total"], [one["id"] for one in page["items"]]) == (4, [ids[0]])
        assert client.get(TASKS, params={"filter.model": "native"}).json()["total"] == 1
        two = client.get(TASKS, params={"filter.task_ids": ids[:2]}).json()
        assert {one["id"] for one in two["items"]} == set(ids[:2])
        assert client.get(TASKS, params={"filter.task_ids": "cgt-nobody"}).json() == {"items": [], "total": 0}
        client.delete(f"{TASKS}/{ids[0]}")
        assert [one["id"] for one in client.get(TASKS, params={"filter.status": "cancelled"}).json()["items"]] == [
            ids[0]
        ]
        assert client.get(TASKS, params={"filter.status": "queued"}).json()["total"] == 3
        assert client.get(TASKS, params={"filter.service_tier": "flex"}).json()["total"] == 0
        for given in (
            {"page_num": 0},
            {"page_num": 501},
            {"page_size": 501},
            {"page_size": "x"},
            {"filter.status": "done"},
            {"filter.service_tier": "x"},
        ):
            refused(client.get(TASKS, params=given), "InvalidParameter", next(iter(given)))


def test_nobody_sees_anothers_tasks(client, idle):
    task = made(client)["id"]
    with idle.client(idle.make_key(tenant="stranger", user="s", scopes=("generate", "read"))) as stranger:
        refused(stranger.get(f"{TASKS}/{task}"), "NotFound.id", "id", status=404)
        refused(stranger.delete(f"{TASKS}/{task}"), "NotFound.id", "id", status=404)
        assert stranger.get(TASKS).json()["items"] == []
        refused(
            create(stranger, [{"type": "draft_task", "draft_task": {"id": task}}]),
            "InvalidParameter",
            "content[0].draft_task.id",
        )
    assert client.get(f"{TASKS}/{task}").json()["status"] == "queued"
    assert client.get(f"{TASKS}/{task.replace('cgt-2', 'cgt-1')}").status_code == 404


def test_delete_cancels_what_waits_and_refuses_what_runs(client, idle):
    task = made(client)["id"]
    answer = client.request("DELETE", f"{TASKS}/{task}", content=b"{}", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json(), answer.headers["content-type"]) == (200, {}, "application/json")
    assert client.get(f"{TASKS}/{task}").json()["status"] == "cancelled"
    refused(client.delete(f"{TASKS}/{task}"), "OperationDenied.InvalidState", "id", status=403)
    change(idle, task, finished=time.time() - 90_000)
    refused(client.get(f"{TASKS}/{task}"), "NotFound.id", "id", status=404)
    other = made(client)["id"]
    change(idle, other, state="running")
    assert client.get(f"{TASKS}/{other}").json()["status"] == "running"
    refused(client.delete(f"{TASKS}/{other}"), "OperationDenied.InvalidState", "id", status=403)
    change(idle, other, state="review")  # waits for a person, and says so
    held = client.get(f"{TASKS}/{other}").json()
    assert held["status"] == "queued" and held["error"]["code"] == "HeldForReview"
    assert client.get(TASKS, params={"filter.status": "queued"}).json()["items"]
    assert (
        client.delete(f"{TASKS}/{other}").json() == {}
        and client.get(f"{TASKS}/{other}").json()["status"] == "cancelled"
    )
    for state in ("failed", "expired", "succeeded"):
        one = made(client)["id"]
        change(
            idle,
            one,
            state=state,
            finished=time.time(),
            **({"result": {"seconds": 5.0}} if state == "succeeded" else {}),
        )
        assert client.delete(f"{TASKS}/{one}").json() == {}
        assert client.get(f"{TASKS}/{one}").status_code == 404


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("engine_failed", "InternalServiceError"), ("input_blocked",
            "InputTextSensitiveContentDetected.PolicyViolation"),
        ("output_blocked", "OutputVideoSensitiveContentDetected.PolicyViolation"),
        ("invalid_parameter", "InvalidParameter"),
        ("person_without_consent", "InputImageSensitiveContentDetected.PrivacyInformation"),
        ("engine_unavailable", "ServerOverloaded"),
    ],
)  # fmt: skip
def test_a_failed_task_is_an_answer_with_its_error_inside(client, idle, ours, theirs):
    task = made(client)["id"]
    change(idle, task, state="failed", error={"code": ours, "message": "something went wrong"})
    answer = client.get(f"{TASKS}/{task}")
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    assert answer.json()["error"] == {"code": theirs, "message": "something went wrong"}
    assert "content" not in answer.json()


def test_expired_and_unknown_are_told_apart(client, idle):
    task = made(client)["id"]
    change(idle, task, state="expired")
    assert client.get(f"{TASKS}/{task}").json()["status"] == "expired"
    change(idle, task, state="unknown_outcome")
    shown = client.get(f"{TASKS}/{task}").json()
    assert shown["status"] == "failed" and "do not send it again" in shown["error"]["message"]


@pytest.mark.parametrize(
    ("resolution", "size", "seconds", "brought", "tokens"),
    [("720p", (1280, 720), 5, 0, 108_900), ("720p", (1280, 720), 4, 0, 87_300), ("1080p", (1920, 1080), 5, 0, 245_025),
        ("1080p", (1920, 1080), 4, 0, 196_425),
     ("720p", (1280, 720), 4, 4, 173_700), ("720p", (1280, 720), 5, 2, 194_400), ("480p", (864, 496), 5, 2, 90_396)],
)  # fmt: skip
def test_tokens_are_counted_as_the_vendor_counts_them(client, idle, resolution, size, seconds, brought, tokens):
    task = made(client, model=SEEDANCE, resolution=resolution, duration=seconds)["id"]
    frames = 24 * seconds + 1
    extra = {**row(idle, task).extra, "input_seconds": float(brought)}
    change(
        idle,
        task,
        state="succeeded",
        extra=extra,
        result={"seconds": float(seconds), "frames": frames, "width": size[0], "height": size[1]},
    )
    shown = client.get(f"{TASKS}/{task}").json()
    assert shown["usage"] == {"completion_tokens": tokens, "total_tokens": tokens}
    assert shown["duration"] == frames // 24


def test_a_fault_after_the_submit_is_not_sent_again(client, idle, monkeypatch):
    def broken(*args, **more):
        raise OSError("disk")

    monkeypatch.setattr(idle.service, "submit", broken)
    answer = create(client)
    error = refused(answer, "InternalServiceError", status=500)
    assert answer.headers["x-should-retry"] == "false" and "disk" not in json.dumps(error)


def test_a_prompt_that_is_not_allowed_or_not_readable_names_the_content(client):
    refused(create(client, [{"type": "text", "text": 'She says "hello'}]), "InvalidParameter", "content")
    refused(
        create(client, [{"type": "text", "text": "A ball meets @nobody."}]), "InvalidParameter", "content", "@nobody"
    )
