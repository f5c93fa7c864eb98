"""The guide's example of a remote engine, as it is written there: from the key to the first clip, against a vendor on
this machine."""

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from phonofilm.media.video import write_clip
from phonofilm.server.settings import Settings

from ..engines.vendor_double import Double
from .conftest import finished, start

GUIDE = Path(__file__).parents[2] / "docs/guide/engines.md"
PROMPT = "The camera skims over the water. A boat drifts at dusk."


def written(number):
    return re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.S)[number]


@pytest.fixture(scope="module")
def vendor(tmp_path_factory):
    """Speaks the vendor's protocol on this machine, and has one clip for everybody."""
    frames = np.random.default_rng(7).integers(0, 255, (1, 480, 854, 3)).astype(np.uint8).repeat(97, 0)
    path = write_clip(tmp_path_factory.mktemp("vendor") / "clip.mp4", frames, np.zeros((2, 97_000), np.float32))
    double = Double(path)
    yield double
    double.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory, vendor):
    home = tmp_path_factory.mktemp("home")
    (home / "phonofilm.toml").write_text(written(0))
    said = Settings.load(home=home)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ARK_API_KEY", "vendor-key")
        engines = {**said.engines, "seedance": {**said.engines["seedance"], "base_url": vendor.ark}}
        server, stop = start(home, engines=engines, default_model=said.default_model, engine_poll=0.1)
        yield server
        stop()


def test_a_camera_word_of_its_own_is_priced_and_made_by_the_remote_engine(service, vendor):
    body = {"model": "seedance", "prompt": PROMPT, "duration": 4, "resolution": "480p", "seed": 7}
    with service.client() as client:
        told = client.post("/v1/estimate", json={**body, "resolution": "720p"})
        assert told.status_code == 200 and (told.json()["engine"], told.json()["cost"]) == (
            "seedance",
            611_100,
        ), told.text
        made = client.post("/v1/generations", json=body)
        assert made.status_code == 201, made.text
        clip = finished(client, made.json()["id"])
        assert (clip["state"], clip["engine"], clip["prompt"]) == ("succeeded", "seedance", PROMPT), clip["error"]
        assert any(one["name"] == "video.mp4" for one in clip["outputs"]) and clip["cost"]["settled"] == 762_300
        (sent,) = vendor.calls("POST")
        asked = json.loads(sent[3])
        assert sent[2]["authorization"] == "Bearer vendor-key" and asked["model"] == "dreamina-seedance-2-0-260128"
        assert asked["content"] == [{"type": "text", "text": PROMPT}]
        card = next(one for one in client.get("/v1/engines").json()["data"] if one["name"] == "seedance")
        assert card["remote"] and card["step_seconds"] == 1


def test_an_engine_takes_no_clip_and_says_what_would(service):
    reference = {"kind": "video", "asset": "asset_01k3v8f0qk7c3m4n5p6q7r8s9t"}
    with service.client() as client:
        told = client.post(
            "/v1/estimate",
            json={"model": "seedance", "prompt": "Like @video1", "duration": 4, "references": [reference]},
        ).json()
    assert told["error"]["field"] == "references" and "takes no video as reference" in told["error"]["message"]


def test_the_other_examples_are_read(tmp_path):
    (tmp_path / "phonofilm.toml").write_text(written(1))
    from phonofilm.engines.offered import Engines

    entries = Settings.load(home=tmp_path).engines
    assert Engines([{"name": name, **entry} for name, entry in entries.items()], only=()).names() == ("farm", "ltx")
    assert tomllib.loads(written(1))["engines"]["farm"]["adjust"] == {"sound": True}
