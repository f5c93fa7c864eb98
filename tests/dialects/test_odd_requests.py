"""Odd characters and references that are too long together, in every dialect: right handling or a clean refusal, never
a fault of ours."""

import asyncio
import json
import time

import pytest

from .test_mcp import assistant

ARK = "/api/v3/contents/generations/tasks"
# a half character, alone, the wrong way round and at the end; NUL
HALVES = ["a \ud83d b", "\udfff\ud83d", "x\ud800", "\udc80", "a\x00b"]
# what looks as odd and is text all the same: families of emoji, right to left, marks heaped up, noncharacters, private
# use, controls, beyond the first plane
ODD = [
    "A 👩‍👩‍👧‍👦 waves 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇺🇳", "שלום \u202eabc\u202c مرحبا", "Z" + "\u0335\u0321\u0353" * 40 + "algo",
    "A \ufffe \uffff \U0010ffff",
    "A \ue000\U000f0000", "a\x01\x1b31m\x7f\x85b", "\ufeffA ball\u200b\u200d\u00ad", "𝔸 𝒷𝒶𝓁𝓁 𓀀",
    "A\r\nball\u2028falls\u2029\x0b\x0c", "ﷺ" * 20,
]  # fmt: skip


def bodies(text, model="fake"):
    """(path, body) of a request with these words, in each dialect that speaks JSON."""
    return [
        ("/v1/generations", {"prompt": text, "model": model, "duration": 4}),
        (ARK, {"model": model, "content": [{"type": "text", "text": text}], "duration": 4}),
        ("/v1/videos", {"model": model, "prompt": text, "seconds": "4"}),
    ]


def post(client, path, body, **headers):
    """With every character beyond ASCII escaped, the only way JSON can carry half a character."""
    return client.post(
        path, content=json.dumps(body).encode("ascii"), headers={"Content-Type": "application/json", **headers}
    )


def clean(answer):
    """A refusal in the dialect's own shape that is readable itself."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    return answer.json()["error"]


@pytest.mark.parametrize("text", HALVES)
def test_half_characters_are_refused_in_every_dialect_and_everywhere(idle, text):
    with idle.client() as client:
        for path, body in bodies(text):
            error = clean(post(client, path, body))
            assert error["message"], path
            clean(post(client, path, body, **{"Idempotency-Key": "half"}))
        for path, body in bodies("A ball", model=text):
            clean(post(client, path, body))
        native = {"prompt": "A ball", "model": "fake"}
        for more in (
            {"metadata": {text: "x"}},
            {"metadata": {"x": text}},
            {"resolution": text},
            {"ratio": text},
            {text: 1},
            {"parent": text},
            {"task": text},
            {"references": [{"kind": "image", "url": "http://example.com/" + text}]},
            {"references": [{"kind": "image", "asset": text}]},
            {"references": [{"kind": text, "asset": "a"}]},
            {"references": [{"kind": "image", "asset": "a", "name": text}]},
        ):
            clean(post(client, "/v1/generations", {**native, **more}))
        clean(post(client, "/v1/assets", {"url": "data:image/png;base64," + text}))
        clean(post(client, "/v1/webhooks", {"url": "https://example.com/" + text, "events": [text]}))
        clean(post(client, ARK, {"model": "fake", "content": [{"type": text, "text": "A ball"}]}))
        clean(
            post(
                client,
                ARK,
                {"model": "fake", "content": [{"type": "text", "text": "A ball"}], "safety_identifier": text},
            )
        )
        clean(
            post(
                client,
                "/v1/videos",
                {"model": "fake", "prompt": "A ball", "seconds": "4", "input_reference": {"file_id": text}},
            )
        )


@pytest.mark.parametrize("raw", [b"\xed\xa0\xbd", b"\xff\xfe", b"\xc0\xaf", b"\xf5\x80\x80\x80", b"A \x00 ball"])
def test_bytes_that_are_no_text_are_refused(idle, raw):
    with idle.client() as client:
        for path, body in bodies("MARK"):
            clean(
                client.post(
                    path,
                    content=json.dumps(body).encode().replace(b"MARK", raw),
                    headers={"Content-Type": "application/json"},
                )
            )
        part = b'--xx\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        form = part % (b"model", b"fake") + part % (b"seconds", b"4") + part % (b"prompt", raw) + b"--xx--\r\n"
        clean(client.post("/v1/videos", content=form, headers={"Content-Type": "multipart/form-data; boundary=xx"}))
        escaped = "".join(f"%{byte:02X}" for byte in raw)
        for path in (
            f"/v1/generations?search={escaped}",
            f"/v1/generations/{escaped}",
            f"{ARK}/{escaped}",
            f"{ARK}?filter.model={escaped}",
            f"/v1/videos/{escaped}",
            f"/v1/videos?after={escaped}",
            f"/v1/assets/{escaped}",
            f"/media/{escaped}",
        ):
            answer = client.get(path)
            assert answer.status_code < 500, (path, answer.text)


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_kept_as_it_is(idle, text):
    with idle.client() as client:
        native, ark, openai = (post(client, path, body) for path, body in bodies(text))
        assert (native.status_code, ark.status_code, openai.status_code) == (201, 200, 200), (
            native.text,
            ark.text,
            openai.text,
        )
        shown = client.get(f"/v1/generations/{native.json()['id']}").json()
        assert shown["prompt"] == text
        assert client.get(f"/v1/videos/{openai.json()['id']}").json()["prompt"] == text
        assert client.get(f"{ARK}/{ark.json()['id']}").json()["status"] == "queued"
        form = client.post(
            "/v1/videos", files={"prompt": (None, text), "model": (None, "fake"), "seconds": (None, "4")}
        )
        assert form.status_code == 200 and form.json()["prompt"] == text, form.text
        kept = post(
            client,
            "/v1/generations",
            {"prompt": "A ball", "model": "fake", "metadata": {text[:60]: text[:400]}},
            **{"Idempotency-Key": f"odd{ODD.index(text)}"},
        )
        assert kept.status_code == 201 and kept.json()["metadata"] == {text[:60]: text[:400]}, kept.text


def test_odd_text_goes_all_the_way_to_a_marked_signed_and_subtitled_clip(whole):
    words = 'A girl says: "𝔸 👩‍👩‍👧‍👦 \u202eabc\u202c \x01\x1b \ufffe <b> --> WEBVTT"'
    with whole.client() as client:
        answer = post(client, "/v1/generations", {"prompt": words, "model": "fake", "duration": 4})
        assert answer.status_code == 201, answer.text
        until = time.monotonic() + 240
        while (got := client.get(f"/v1/generations/{answer.json()['id']}").json())["state"] in (
            "queued",
            "running",
        ) and time.monotonic() < until:
            time.sleep(0.3)
        assert got["state"] == "succeeded", got["error"]
        files = {file["name"]: file["url"] for file in got["outputs"]}
        subtitles = client.get(files["subtitles.vtt"]).text
        assert subtitles.startswith("WEBVTT") and subtitles.count("-->") == 1 and "\x1b" not in subtitles, subtitles


def test_half_characters_by_an_assistant(idle):
    async def talk():
        async with assistant(idle) as client:
            for text in ("a\x00b",):  # the client itself can send no half character: its JSON is UTF-8
                answer = await client.call_tool("submit_video", {"prompt": text, "model": "fake", "duration": 4})
                assert answer.is_error and "prompt" in answer.content[0].text
            for text in ODD:
                answer = await client.call_tool("submit_video", {"prompt": text, "model": "fake", "duration": 4})
                assert not answer.is_error and answer.structured_content["prompt"] == text, answer.content

    asyncio.run(talk())
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "submit_video", "arguments": {"prompt": "MARK", "model": "fake", "duration": 4}},
    }
    with idle.client() as client:
        before = client.get("/v1/generations").json()["total"]
        for raw in (b"\\ud83d", b"\xed\xa0\xbd", b"\xff"):
            answer = client.post("/mcp", content=json.dumps(call).encode().replace(b"MARK", raw), headers=headers)
            assert answer.status_code < 500 and "error" in answer.text.lower(), (answer.status_code, answer.text)
        assert client.get("/v1/generations").json()["total"] == before


@pytest.fixture(scope="module")
def long_ones(idle, tmp_path_factory):
    """Assets: three clips of 6 s and two sounds of 8 s."""
    from phonofilm.engines import registry
    from phonofilm.media.video import write_clip
    from phonofilm.spec.request import Generate

    from .conftest import tone

    folder = tmp_path_factory.mktemp("long")
    found = {"video": [], "audio": []}
    with idle.client() as client:
        for number in range(3):
            made = registry.load("fake").generate(
                Generate(prompt=f"A square {number}.", seconds=6, engine="fake", seed=number)
            )
            path = write_clip(folder / f"{number}.mp4", made.frames, made.sound, rate=made.rate)
            found["video"].append(
                client.post("/v1/assets", files={"file": path.read_bytes()}, data={"person": "false"}).json()["id"]
            )
        for number in range(2):
            path = tone(folder / f"{number}.wav", 8 - number / 8)
            found["audio"].append(
                client.post("/v1/assets", files={"file": path.read_bytes()}, data={"person": "false"}).json()["id"]
            )
    return found


@pytest.mark.parametrize(("kind", "count", "total"), [("video", 3, "18.1"), ("audio", 2, "15.9")])
def test_references_may_not_be_too_long_together(idle, elsewhere, long_ones, kind, count, total):
    ids = long_ones[kind][:count]

    def native(ids):
        return {
            "prompt": "A ball",
            "model": "fake",
            "references": [{"kind": kind, "asset": ident, "person": False} for ident in ids],
        }

    def ark(ids):
        picture = {"type": "image_url", "image_url": {"url": f"{elsewhere}/beach.png"}, "role": "reference_image"}
        more = [
            {"type": f"{kind}_url", f"{kind}_url": {"url": f"asset://{ident}"}, "role": f"reference_{kind}"}
            for ident in ids
        ]
        return {
            "model": "fake",
            "content": [{"type": "text", "text": "A ball"}, *([picture] if kind == "audio" else []), *more],
        }

    says = f"{total} s of {kind} together are too long; give at most 15 s together"
    with idle.client() as client:
        error = clean(post(client, "/v1/generations", native(ids)))
        assert says in error["message"] and error["field"] == "references", error
        assert post(client, "/v1/generations", native(ids[:-1])).status_code == 201
        error = clean(post(client, ARK, ark(ids)))
        assert says in error["message"] and "content" in error["message"], error
        if kind == "video":
            assert post(client, ARK, ark(ids[:-1])).status_code == 200

    async def talk():
        async with assistant(idle) as client:
            answer = await client.call_tool(
                "submit_video", {"prompt": "A ball", "model": "fake", "references": native(ids)["references"]}
            )
            assert answer.is_error and says in answer.content[0].text, answer.content

    asyncio.run(talk())


def test_references_by_address_are_added_up_when_they_are_here(running, elsewhere):
    with running.client() as client:
        references = [
            {"kind": "audio", "url": f"{elsewhere}/tone.wav?{number}", "person": False} for number in range(2)
        ]
        made = post(client, "/v1/generations", {"prompt": "A ball", "model": "fake", "references": references}).json()[
            "id"
        ]
        until = time.monotonic() + 60
        while (got := client.get(f"/v1/generations/{made}").json())["state"] in (
            "queued",
            "running",
        ) and time.monotonic() < until:
            time.sleep(0.1)
        assert (
            got["state"] == "failed"
            and got["error"]["code"] == "invalid_parameter"
            and got["error"]["field"] == "references"
        ), got
        assert "16.0 s of audio together" in got["error"]["message"]
