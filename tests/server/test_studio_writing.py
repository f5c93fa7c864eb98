"""The linter, the vocabulary, estimates and templates over the wire."""

import io
import json

import httpx2
import pytest
from PIL import Image

from phonofilm.cli.main import main
from phonofilm.jobs.observe import forecast
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Job
from phonofilm.theatre.lexicon import repertoire

from .conftest import start


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running, stop = start(
        tmp_path_factory.mktemp("home"), worker=False, engines={"native": {}, "animatic": {}, "fake": {}}
    )
    yield running
    stop()


def lint(client, prompt, **more):
    answer = client.post("/v1/lint", json={"prompt": prompt, "duration": 5, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_prompt_comes_back_with_its_places(server):
    text = 'A girl on a beach. [0-2s] She waves. girl: "Hi" [en] [2-5s] A ball bounces like @image1. Static shot.'
    with server.client() as client:
        read = lint(client, text, model="animatic", references=[{"kind": "image"}])
    assert [(shot["number"], shot["start"], shot["end"], shot["marked"], shot["timed"]) for shot in read["shots"]] == [
        (1, 0, 2, True, True),
        (2, 2, 5, True, True),
    ]
    (line,) = read["shots"][0]["lines"]
    assert text[line["position"] :][: line["length"]] == "Hi" and line["language"] == "en"
    assert read["mentions"] == [{"name": "image1", "position": text.index("@"), "length": 7, "known_role": "reference"}]
    assert read["unknown"] == [] and {hint["severity"] for hint in read["hints"]} <= {"info", "warning"}


def test_what_cannot_be_read_is_still_200(server):
    with server.client() as client:
        for prompt in ("", 'A girl says "hello', "[0-9s] a ball", "x" * 6000):
            read = lint(client, prompt)
            assert read["hints"][0]["severity"] == "error" and read["unknown"] == []
        assert client.post("/v1/lint", json={"prompt": "x" * 20_001, "duration": 5}).status_code == 400
        assert (
            client.post("/v1/lint", json={"prompt": "x", "duration": 5, "what": 1}).json()["error"]["field"] == "what"
        )


def test_words_unknown_to_the_theatre_and_to_the_checkpoint(server):
    text = 'A quokka in a wheelbarrow. quokka: "quokka" The quokka bounces on a beach, @quokka too.'
    with server.client() as client:
        staged = lint(client, text, model="animatic")["unknown"]
        assert [text[one["position"] :][: one["length"]].lower() for one in staged] == [
            one["word"].lower() for one in staged
        ]
        assert {one["word"] for one in staged} == {"wheelbarrow"}  # who speaks is a name
        text = 'A quokka juggles on a beach. girl: "quokka" Quokkas, quokka!'
        staged = lint(client, text, model="animatic")
        places = [one["position"] for one in staged["unknown"] if one["word"] == "quokka"]
        assert places == [2, text.rindex("quokka")]
        (told,) = [hint for hint in staged["hints"] if "'quokka'" in hint["message"]]
        assert told["position"] == 2
        native = lint(client, "A girl ponders on a beach.", model="native")
        assert [one["word"] for one in native["unknown"]] == ["ponders"] and any(
            "this checkpoint" in hint["message"] for hint in native["hints"]
        )
        assert lint(client, "A quokka ponders.", model="fake")["unknown"] == []
        long = lint(client, "A girl is on a beach. " * 40, model="native")
        assert any("reads 160 words" in hint["message"] for hint in long["hints"])


def test_places_count_as_javascript_counts_where_asked(server):
    text = '\U0001f600\U0001f600 A quokka. [shot 1] \U0001f600 girl: "Hi"'
    with server.client() as client:
        plain, script = lint(client, text, model="animatic"), lint(client, text, model="animatic", units="utf16")
    wide = text.encode("utf-16-le")

    def cut(one):
        return wide[2 * one["position"] : 2 * (one["position"] + one["length"])].decode("utf-16-le")

    assert cut(script["unknown"][0]) == "quokka" and text[plain["unknown"][0]["position"] :].startswith("quokka")
    shot = script["shots"][0]
    assert cut(shot).startswith("[shot 1]") and shot["marker_length"] == plain["shots"][0]["marker_length"]
    assert cut(shot["lines"][0]) == "Hi"


def test_the_vocabulary_is_what_the_theatre_knows(server):
    with server.client() as client:
        words = client.get("/v1/vocabulary").json()
    assert {one["name"] for one in words["places"]} == {
        "meadow",
        "beach",
        "city",
        "stage",
        "room",
        "snow",
        "forest",
        "desert",
    }
    assert {one["code"] for one in words["languages"]} == {"en", "zh", "yue", "ja", "ko", "es", "fr", "de"}
    assert len(words["cameras"]) == 12 and all(one["words"] and one["description"] for one in words["cameras"])
    assert len(words["colours"]) == 12 and {one["name"] for one in words["roles"]} == {
        "reference",
        "first_frame",
        "last_frame",
        "source",
    }
    for kind, category in (
        ("places", "place"),
        ("hours", "hour"),
        ("weathers", "weather"),
        ("moods", "mood"),
        ("colours", "colour"),
        ("actions", "action"),
    ):
        for one in words[kind]:
            assert one["words"], one
            for word in one["words"]:
                assert repertoire.match(word.split(), 0) == (len(word.split()), (category, one["name"])), word


def test_templates_and_their_pictures(server):
    with server.client() as client:
        cards = client.get("/v1/templates").json()
        assert (
            len(cards) >= 25
            and len({one["category"] for one in cards}) == 7
            and len({one["id"] for one in cards}) == len(cards)
        )
        for one in cards:
            assert lint(client, one["prompt"], duration=one["duration"], model="animatic")["unknown"] == []
    first = cards[0]
    answer = httpx2.get(server.base + first["thumbnail"], timeout=300)  # no key: pages show them by themselves
    assert (
        answer.status_code == 200
        and answer.headers["content-type"] == "image/webp"
        and "public" in answer.headers["cache-control"]
    )
    assert Image.open(io.BytesIO(answer.content)).width >= 320
    again = httpx2.get(server.base + first["thumbnail"], headers={"If-None-Match": answer.headers["etag"]}, timeout=60)
    assert again.status_code == 304
    assert [path.suffix for path in (server.home / "thumbnails").iterdir()] == [".webp"]
    assert httpx2.get(server.base + first["thumbnail"], timeout=60).content == answer.content
    for strange in ("nobody", "..%2f..%2fphonofilm.db", "x" * 65):
        assert httpx2.get(f"{server.base}/v1/templates/{strange}/thumbnail", timeout=60).status_code in (400, 404)


def made(server, took, *, seconds=4.0, resolution="480p", engine="fake", **more):
    """A row as a finished job leaves it."""
    moment = now()
    row = dict(
        id=new_id("gen"), tenant="main", user="owner", dialect="native", state="succeeded", step="notify", progress=1.0,
        model=engine, engine=engine,
        request={"prompt": "x", "seconds": seconds, "resolution": resolution}, extra={}, prompt_hash="0" * 64, seed=1,
        priority=0, attempt=0,
        created=moment - took, updated=moment, started=moment - took, finished=moment, expires=moment + 1000,
        cancel_requested=False, cost_reserved=0,
        price_version="x", legal_hold=False,
    )  # fmt: skip
    with server.app.state.service.db.session() as session:
        session.add(Job(**(row | more)))
    return (row | more)["id"]


def test_price_time_and_queue_before_submitting(server):
    body = {"prompt": "A ball bounces.", "model": "fake", "duration": 8}
    with server.client() as client:
        first = client.post("/v1/estimate", json=body).json()
        assert first["engine"] == "fake" and first["seconds"] is None and first["waiting"] == 0 and first["cost"] > 0
        for took in (2.0, 3.0, 40.0):
            made(server, took)
        assert client.post("/v1/estimate", json=body).json()["seconds"] == pytest.approx(
            6.0, abs=0.1
        )  # the middle one, twice as long
        assert client.post("/v1/estimate", json={**body, "resolution": "720p"}).json()["seconds"] == pytest.approx(
            6.0 * 1280 * 720 / (854 * 480), rel=0.02
        )
        assert client.post("/v1/estimate", json={**body, "prompt": ""}).status_code == 200  # nothing is written yet
        assert client.post("/v1/estimate", json={**body, "model": "nobody"}).json()["error"]["field"] == "model"
        refused = client.post(
            "/v1/estimate",
            json={
                **body,
                "model": "animatic",
                "task": "edit",
                "references": [{"kind": "video", "role": "source", "asset": "asset_00000000000000000000000000"}],
            },
        )
        assert refused.status_code in (200, 400)
        ids = [client.post("/v1/generations", json=body).json()["id"] for _ in range(3)]
        told = [client.get(f"/v1/generations/{one}").json() for one in ids]
        assert {one["cost"]["reserved"] for one in told} == {first["cost"]}  # what was said is what is set aside
        assert [one["queue_position"] for one in told] == [1, 2, 3] and all(
            one["remaining"] == pytest.approx(6.0, abs=0.1) for one in told
        )
        assert client.post("/v1/estimate", json=body).json()["waiting"] == 3
        urgent = client.post("/v1/generations", json={**body, "priority": 5}).json()
        assert urgent["queue_position"] == 1 and client.get(f"/v1/generations/{ids[0]}").json()["queue_position"] == 2
        assert client.post("/v1/estimate", json={**body, "priority": 5}).json()["waiting"] == 1
        for one in (*ids, urgent["id"]):
            client.post(f"/v1/generations/{one}/cancel")
        ended = client.get(f"/v1/generations/{ids[0]}").json()
        assert ended["queue_position"] is None and ended["remaining"] is None


def test_what_is_left_follows_history_and_then_the_jobs_own_pace(server):
    db = server.app.state.service.db
    for _ in range(5):
        made(server, 10.0, engine="fake-slow")
    moment = now()

    def left(progress, gone):
        ident = made(
            server,
            0,
            engine="fake-slow",
            state="running",
            progress=progress,
            started=moment - gone,
            finished=None,
            owner="w:t",
        )
        with db.reading() as session:
            job = session.get(Job, ident)
        return forecast.outlook(db, [job])[ident][1]

    assert left(0.0, 0.0) == pytest.approx(10.0, abs=0.3)
    assert left(0.5, 5.0) == pytest.approx(5.0, abs=0.3)
    assert left(0.5, 20.0) > 5.0  # it is slower than the others were
    assert 0 <= left(0.99, 60.0) < 3.0
    with db.session() as session:
        for job in session.query(Job).filter(Job.state == "running"):
            job.state = "cancelled"


def test_what_is_needed_to_ask_again_is_in_the_answer(server, picture):
    with server.client() as client:
        asset = client.post("/v1/assets", files={"file": picture.open("rb")}, data={"person": "false"}).json()["id"]
        body = {
            "prompt": "@face waves.", "model": "fake", "duration": 6, "resolution": "720p", "ratio": "1:1", "seed": 11,
            "sound": False, "priority": 2, "label": False,
            "metadata": {"scene": "4"},
        }  # fmt: skip
        card = next(one for one in client.get("/v1/engines").json()["data"] if one["name"] == "fake")
        if "image/reference" in card["references"]:
            body["references"] = [
                {"kind": "image", "role": "reference", "name": "face", "asset": asset, "strength": 0.7, "person": False}
            ]
        else:
            body["prompt"] = "A girl waves."
        first = client.post("/v1/generations", json=body).json()
        again = {
            name: first[name]
            for name in (
                "prompt",
                "model",
                "task",
                "duration",
                "resolution",
                "ratio",
                "seed",
                "steps",
                "guidance",
                "sound",
                "references",
                "edit_strength",
                "label",
                "priority",
                "parent",
                "metadata",
            )
        }
        second = client.post("/v1/generations", json=again)
        assert second.status_code == 201, second.text
        for name in (*again, "group"):
            assert second.json()[name] == first[name], name
        assert {name: first[name] for name in body if name != "references"} == {
            name: value for name, value in body.items() if name != "references"
        }
        takes = client.get("/v1/generations", params={"take_of": first["id"]}).json()
        assert {one["id"] for one in takes["data"]} == {first["id"], second.json()["id"]} and len(
            {one["group"] for one in takes["data"]}
        ) == 1
        other = client.post("/v1/generations", json={**body, "prompt": "A box slides.", "references": []}).json()
        assert other["group"] != first["group"]


def test_the_plan_of_a_prompt_is_that_of_the_command(server, capsys):
    text = (
        "[0-2s] 😀 A quokka dances on a beach. [2-5s] A golden retriever runs. No music. --ar 9:16\nMEANS: quokka = cat"
    )
    assert main(["plan", text, "--json"]) == 0
    with server.client() as client:
        answer = client.post("/v1/plan", json={"prompt": text})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found == json.loads(capsys.readouterr().out)
        units = client.post("/v1/plan", json={"prompt": text, "units": "utf16"}).json()["words"]
    states = {text[one["position"] :][: one["length"]]: (one["state"], one["means"]) for one in found["words"]}
    assert (states["quokka"], states["golden retriever"], states["beach"]) == (
        ("staged", "cat"),
        ("stand-in", "dog"),
        ("staged", "place beach"),
    )
    wide = text.encode("utf-16-le")
    assert [wide[2 * one["position"] :][: 2 * one["length"]].decode("utf-16-le") for one in units] == [
        one["word"] for one in units
    ]
    assert found["kept_out"] == ["music"] and found["settings"] == {"ratio": "9:16"}


def test_a_prompt_that_cannot_be_planned_says_where(server):
    with server.client() as client:
        fault = client.post("/v1/plan", json={"prompt": 'A girl says "hello'}).json()["error"]
        assert (fault["code"], fault["field"], fault["position"]) == ("invalid_parameter", "prompt", 12)
        for prompt in (
            "[" * 2500 + "]" * 2500,
            "shot 1: " * 600,
            "cat, " * 1000,
            '{"a":' * 900 + "1" + "}" * 900,
            "@a" * 2500,
            "不要" * 2500,
        ):
            assert client.post("/v1/plan", json={"prompt": prompt}).status_code in (200, 400)


def test_a_prompt_leaves_as_a_file(server):
    import io

    import opentimelineio as otio
    import pypdf

    prompt = "[0-2s] A dog runs on a beach. [2-4s] Close-up of the dog, the camera pushes in. --ar 1:1"
    with server.client() as client:
        answer = client.post("/v1/export", json={"prompt": prompt, "duration": 4, "format": "storyboard.pdf"})
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == 'attachment; filename="storyboard.pdf"'
        assert [
            image.image.size for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages for image in page.images
        ] == [(480, 480)] * 2
        timeline = client.post("/v1/export", json={"prompt": prompt, "duration": 4, "format": "timeline.otio"}).text
        assert len(list(otio.adapters.read_from_string(timeline, "otio_json").find_clips())) == 2
        assert client.post("/v1/export", json={"prompt": prompt, "duration": 4, "format": "sora"}).text.startswith(
            "Shot 1 (0-2s): A dog"
        )
        for body in (
            {"format": "storyboard.doc"},
            {"format": "sora", "prompt": 'A girl says "hello'},
            {"format": "sora", "ratio": "2:1"},
        ):
            assert client.post("/v1/export", json={"prompt": prompt, **body}).status_code == 400
