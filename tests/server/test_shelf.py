"""Names, projects and favourites over HTTP."""

import pytest

BODY = {"prompt": "[0-2s] A red ball bounces. [2-4s] A box slides.", "model": "fake", "duration": 4}


@pytest.fixture
def people(idle):
    keys = [
        idle.make_key(tenant="shelf"),
        idle.make_key(tenant="shelf", user="reader", scopes=["read"]),
        idle.make_key(tenant="elsewhere"),
    ]
    clients = [idle.client(key) for key in keys]
    yield clients
    for client in clients:
        client.close()


def test_what_is_said_of_a_clip_is_kept_and_found(people):
    ours, reader, strangers = people
    one, other = (
        ours.post("/v1/generations", json=BODY | more).json()
        for more in ({}, {"prompt": "A bell rings.", "project": " Winter  film "})
    )
    assert (one["name"], one["project"], one["favourite"]) == (None, None, False) and other["project"] == "Winter film"
    path = f"/v1/generations/{one['id']}"
    told = ours.patch(path, json={"name": "Opening", "project": "Winter film"}).json()
    assert (told["name"], told["project"], told["favourite"]) == ("Opening", "Winter film", False)
    assert ours.patch(path, json={"favourite": True}).json() | {"remaining": 0} == told | {
        "favourite": True,
        "remaining": 0,
    }

    def found(**query):
        return {each["id"] for each in reader.get("/v1/generations", params=query).json()["data"]}

    assert found(project="Winter film") == {one["id"], other["id"]} and found(
        favourite=True, project="Winter film"
    ) == found(search="opening") == {one["id"]}
    assert reader.get("/v1/projects").json() == {"object": "list", "data": [{"name": "Winter film", "clips": 2}]}
    assert (
        strangers.get("/v1/projects").json()["data"] == []
        and strangers.get("/v1/generations", params={"project": "Winter film"}).json()["total"] == 0
    )
    assert (
        strangers.patch(path, json={"name": "mine"}).status_code == 404
        and reader.patch(path, json={"name": "mine"}).status_code == 403
    )
    assert (
        ours.patch(path, json={"name": None, "project": ""}).json()["name"] is None and found(search="opening") == set()
    )
    assert (
        ours.patch("/v1/generations/gen_nothing", json={"name": "x"}).status_code
        == ours.patch("/v1/generations/..", json={"name": "x"}).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": "x" * 121}, "name"), ({"project": "x" * 61}, "project"), ({"name": 5}, "name"),
        ({"favourite": "yes"}, "favourite"), ({"favourite": None}, "favourite"),
     ({"star": True}, "star"), ({"name": "a\x1bb"}, "name"), ({"name": "a\x00b"}, "name")],
)  # fmt: skip
def test_what_is_wrong_is_named(people, body, field):
    job = people[0].post("/v1/generations", json=BODY).json()["id"]
    answer = people[0].patch(f"/v1/generations/{job}", json=body)
    assert answer.status_code == 400 and answer.json()["error"]["field"] == field, answer.text
    assert people[0].get(f"/v1/generations/{job}").json()["name"] is None


def test_a_change_of_nothing_and_a_project_too_long(people):
    job = people[0].post("/v1/generations", json=BODY).json()["id"]
    assert (
        people[0]
        .patch(f"/v1/generations/{job}", json={})
        .json()["error"]["message"]
        .endswith("send name, project or favourite")
    )
    assert people[0].post("/v1/generations", json=BODY | {"project": "x" * 61}).json()["error"]["field"] == "project"
    assert people[0].get("/v1/generations", params={"project": "x" * 61}).status_code == 400


def test_a_key_said_again_with_another_project_is_another_request(people):
    headers = {"Idempotency-Key": "shelf"}
    first = people[0].post("/v1/generations", json=BODY | {"project": "a"}, headers=headers).json()
    assert people[0].post("/v1/generations", json=BODY | {"project": "a"}, headers=headers).json()["id"] == first["id"]
    assert people[0].post("/v1/generations", json=BODY | {"project": "b"}, headers=headers).status_code == 409


def test_takes_whose_shots_have_other_times_are_one_group(people):
    one, other = (
        people[0].post("/v1/generations", json=BODY | {"prompt": prompt}).json()
        for prompt in (BODY["prompt"], "[0-1.5s] A red ball bounces. [1.5-4s] A box slides.")
    )
    assert one["group"] == other["group"]
    takes = {
        each["id"]
        for each in people[0].get("/v1/generations", params={"take_of": one["id"], "limit": 100}).json()["data"]
    }
    assert {one["id"], other["id"]} <= takes
