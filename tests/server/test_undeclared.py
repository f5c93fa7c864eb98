"""The operator says what a picture means of which nobody said whether it shows a real person."""

import pytest

from .conftest import start
from .test_holds import BODY, noise, reached, upload


@pytest.mark.parametrize(("means", "ends"), [("refuse", None), ("person", "failed"), ("no_person", "succeeded")])
def test_the_operator_says_what_undeclared_means(tmp_path, means, ends):
    running, stop = start(tmp_path, package=False, undeclared=means)
    try:
        with running.client() as client:
            asset = upload(client, noise())["id"]
            body = {**BODY, "references": [{"kind": "image", "role": "first_frame", "asset": asset}]}
            answer = client.post("/v1/generations", json=body)
            if ends is None:
                fault = answer.json()["error"]
                assert (answer.status_code, fault["field"]) == (400, "references[0].person") and "real person" in fault[
                    "message"
                ]
                body["references"][0]["person"] = False
                assert client.post("/v1/generations", json=body).status_code == 201
                return
            ended = reached(client, answer.json()["id"], ("succeeded", "failed", "review"))
            assert ended["state"] == ends
            assert ends == "succeeded" or ended["error"]["code"] == "person_without_consent"
    finally:
        stop()
