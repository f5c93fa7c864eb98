"""The OpenAPI document: complete, with an example for every body and answer, and every example true to its schema."""

import json
import subprocess
import sys

import httpx2
import jsonschema
import pytest


@pytest.fixture(scope="module")
def document(idle):
    return httpx2.get(f"{idle.base}/openapi.json", timeout=60).json()


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def examples(content, document):
    """(schema, example) of a media type, its schema's own included."""
    schema = content.get("schema", {})
    found = [content["example"]] if "example" in content else []
    found += [one["value"] for one in content.get("examples", {}).values()]
    target = schema
    while "$ref" in target:
        target = document["components"]["schemas"][target["$ref"].rpartition("/")[2]]
    found += target.get("examples", []) + ([target["example"]] if "example" in target else [])
    if not found and target.get("type") == "array":
        inner = target["items"]
        found = [[one] for _, one in examples({"schema": inner}, document)]
    return [(schema, one) for one in found]


def check(schema, example, document):
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(example)


def test_every_route_is_described_and_shows_an_example_that_holds(document):
    bare = []
    for name, operation in operations(document):
        assert operation.get("summary"), name
        if "/media/" in name:
            continue
        body = operation.get("requestBody", {}).get("content", {})
        answers = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
        assert "422" not in operation["responses"], name
        shown = []
        of_body = [one for content in body.values() for one in examples(content, document)]
        if body and not of_body:
            bare.append(f"{name} body")
        shown += [one for one in of_body if "binary" not in str(one[0])]
        for status, answer in answers.items():
            for kind, content in answer.get("content", {}).items():
                if kind == "application/json":
                    found = examples(content, document)
                    if not found:
                        bare.append(f"{name} {status} {kind}")
                    shown += found
        for schema, example in shown:
            try:
                check(schema, example, document)
            except jsonschema.ValidationError as error:
                raise AssertionError(f"{name}: {error.message}") from error
    assert bare == [], "\n".join(bare)


def test_what_the_examples_say_is_accepted(idle, document):
    schema = document["components"]["schemas"]["NewGeneration"]
    first = schema["examples"][0]
    with idle.client() as client:
        assert client.post("/v1/generations", json=first).status_code == 201
        answer = client.get(f"/v1/generations/{client.post('/v1/generations', json=first).json()['id']}").json()
    check({"$ref": "#/components/schemas/Generation"}, answer, document)


def test_the_key_is_asked_for_everywhere_but_at_the_open_doors(idle, document):
    opened = {name.split()[1] for name, operation in operations(document) if not operation["security"]}
    assert opened == {
        "/livez",
        "/readyz",
        "/v1/verify",
        "/v1/notices",
        "/media/{key}",
        "/v1/session",
        "/v1/shared/{token}",
        "/v1/shared/{token}/notes",
        "/v1/templates/{template}/thumbnail",
    }
    for name, operation in operations(document):
        method, path = name.split()
        if operation["security"]:
            for part in (
                "generation",
                "asset",
                "webhook_id",
                "review_id",
                "notice_id",
                "consent_id",
                "key",
                "tenant",
                "user",
                "name",
                "number",
                "task_id",
                "video_id",
                "share",
                "note",
            ):
                path = path.replace("{" + part + "}", "1" if part == "number" else "x")
            assert httpx2.request(method, idle.base + path, timeout=60).status_code == 401, name


def test_the_document_is_printed_without_a_server(document):
    done = subprocess.run(
        [sys.executable, "-m", "phonofilm.server.openapi"], capture_output=True, text=True, check=True, timeout=600
    )
    assert json.loads(done.stdout) == document
